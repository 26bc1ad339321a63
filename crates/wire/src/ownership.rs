//! The proof of ownership: who holds which wallet at which epoch, as a JSON Web Token (RFC 7519) for one audience, and the key set
//! (RFC 7517) that it is checked with.
//!
//! ```text
//! identity that is pinned: receipt key ──certifies──▶ proof key, for a week ──signs──▶ proof, for five minutes
//! ```

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::{WalletType, bounded, message::write};

/// `GET /.well-known/jwks.json`: the keys that sign proofs. Open to anyone.
pub const KEY_SET: &str = "/.well-known/jwks.json";
/// The one algorithm: Ed25519 (RFC 8037).
pub const ALGORITHM: &str = "EdDSA";
/// What tells a proof from every other token (RFC 8725 §3.11).
pub const TYPE: &str = "claimkit-proof+jwt";
/// How long a proof lasts, in seconds.
pub const LIFETIME: u64 = 5 * 60;
/// The longest proof, in bytes.
pub const PROOF_LIMIT: usize = 2048;
/// The longest key set, in bytes.
pub const KEY_SET_LIMIT: usize = 64 * 1024;

/// 1 to `LIMIT` printable characters of ASCII without blank, quotation mark and backslash (`NQCHAR` of RFC 6749, appendix A): in JSON
/// they stand as they are.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct Plain<const LIMIT: usize>(String);

/// Whom a proof is for.
pub type Audience = Plain<256>;
/// What a proof answers: the back end's, good once.
pub type ProofNonce = Plain<128>;

impl<const LIMIT: usize> Plain<LIMIT> {
    /// The text, if it is of the form.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let is_plain = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let fits = (1..=LIMIT).contains(&text.len()) && text.bytes().all(is_plain);
        fits.then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LIMIT: usize> BorshDeserialize for Plain<LIMIT> {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let text = Self::new(bounded::text::<_, LIMIT>(reader)?);
        text.ok_or_else(|| borsh::io::Error::from(borsh::io::ErrorKind::InvalidData))
    }
}

/// A proof's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`ALGORITHM`].
    pub alg: String,
    /// [`TYPE`].
    pub typ: String,
    /// The key that signs, by its thumbprint.
    pub kid: String,
}

/// What a proof says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The co-signer: its receipt key, by its [thumbprint URI](issuer).
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The wallet: 16 bytes, base64url.
    pub sub: String,
    /// What it answers.
    pub nonce: String,
    /// When it was made, Unix seconds.
    pub iat: u64,
    /// Its end: [`LIFETIME`] later.
    pub exp: u64,
    /// What the wallet is for.
    pub wallet_type: WalletType,
    /// X: 33 bytes, base64url: SEC 1 compressed, or 0xed and the 32 bytes of RFC 8032.
    pub public_key: String,
    /// The live epoch.
    pub epoch: u32,
    /// Hash of the claimant's id, as in the receipt: 32 bytes, base64url.
    pub claimant: String,
}

/// The keys that sign proofs, and those that did of late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// The newest first.
    pub keys: Vec<Key>,
}

/// A key of a set (RFC 7517, RFC 8037). What is missing is empty, and what is not known is passed over, as RFC 7517 §5 has it: it says
/// nothing then that is certified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Key {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key: 32 bytes, base64url.
    pub x: String,
    /// Its thumbprint (RFC 7638).
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// [`ALGORITHM`].
    pub alg: String,
    /// The end of its certificate, Unix seconds: no proof by it lasts longer.
    pub ck_exp: u64,
    /// Its certificate: 64 bytes, base64url: the receipt key's signature of [`Certificate::signed_bytes`].
    pub ck_sig: String,
}

/// What the receipt key says of a proof key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    /// The key.
    pub key: [u8; 32],
    /// No proof by it lasts longer than this, Unix seconds.
    pub until: u64,
}

const DOMAIN: &[u8] = b"claimkit/proof-key/v1\0";

impl Certificate {
    /// The bytes that the receipt key signs.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        write(&mut bytes, self);
        bytes
    }
}

/// What the thumbprint of an Ed25519 key is the SHA-256 of (RFC 7638 §3, RFC 8037 appendix A.3): the key is given as base64url.
pub fn thumbprint_input(x: &str) -> String {
    format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{x}\"}}")
}

/// Names a co-signer by the thumbprint of its receipt key, as base64url (RFC 9278).
pub fn issuer(thumbprint: &str) -> String {
    format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_needs_no_escape() {
        for text in [
            "https://shop.example:8443/a?b=c#d",
            "!#[]^_`{|}~",
            "a",
            &"x".repeat(128),
        ] {
            let plain = ProofNonce::new(text).unwrap();
            assert_eq!(serde_json::to_string(plain.as_str()).unwrap(), format!("\"{text}\""));
            let bytes = borsh::to_vec(&plain).unwrap();
            assert_eq!(borsh::from_slice::<ProofNonce>(&bytes).unwrap(), plain);
        }
        for text in ["", "a b", "a\"", "a\\", "é", "a\n", "\u{7f}", &"x".repeat(129)] {
            assert_eq!(ProofNonce::new(text), None, "{text}");
            let bytes = borsh::to_vec(text).unwrap();
            assert!(borsh::from_slice::<ProofNonce>(&bytes).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_not_ours_is_read_as_one_that_says_nothing() {
        let set = r#"{"keys":[{"kty":"RSA","n":"0vx","e":"AQAB","x5c":["a"],"key_ops":["verify"]}],"more":{"a":[1]}}"#;
        let set: KeySet = serde_json::from_str(set).unwrap();
        let nothing = Key {
            kty: "RSA".to_owned(),
            ..Key::default()
        };
        assert_eq!(set.keys, [nothing]);
    }
}
