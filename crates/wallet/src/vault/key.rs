//! The wrapping key of a passkey: what its PRF output becomes.
//!
//! ```text
//! PRF output ── HKDF-SHA256, salt = SHA-256(rp id), info = (tag, credential id, purpose)
//!     ├── «share»    seed of an X25519 key pair (RFC 9180, DeriveKeyPair): opens shares
//!     └── «pairing»  seals pairings
//! ```
//!
//! The public half of «share» is kept in clear wherever a share is sealed to the passkey, here and at the co-signer. Whoever changes a wallet's
//! share seals the next one to each of its passkeys by it, without their prompts. It is the key-check value as well: a PRF output that
//! gives another public key is another output, and not a wrong passkey.

use borsh::BorshSerialize;
use hkdf::Hkdf;
use mpc::channel::ChannelKey;
use sha2::{Digest, Sha256};
use wire::{ErrorCode, Recipient};
use zeroize::Zeroizing;

use crate::{Error, host::PrfOutput, seal::SealingKey};

/// The tag of every key that is derived here.
const TAG: &str = "claimkit/wrapping-key/v1";

/// The keys of one passkey at one relying party. Erased when dropped.
pub(crate) struct WrappingKey {
    pub(crate) share: ChannelKey,
    pub(crate) pairing: SealingKey,
    credential: Vec<u8>,
    rp_id: String,
}

#[derive(BorshSerialize)]
struct Info<'a> {
    tag: &'a str,
    credential: &'a [u8],
    purpose: &'a str,
}

impl WrappingKey {
    /// Derives the keys; the PRF output is erased.
    ///
    /// # Security
    /// Every origin under the relying party's id gets the same PRF output: these keys are only as private as those origins are.
    pub(crate) fn new(prf: PrfOutput, credential: &[u8], rp_id: &str) -> Result<Self, Error> {
        let hkdf = Hkdf::<Sha256>::new(Some(&Sha256::digest(rp_id)), prf.0.as_slice());
        let key = |purpose| -> Result<Zeroizing<[u8; 32]>, Error> {
            let mut key = Zeroizing::new([0; 32]);
            expand(&hkdf, credential, purpose, key.as_mut_slice())?;
            Ok(key)
        };
        Ok(Self {
            share: ChannelKey::from_seed(&*key("share")?),
            pairing: SealingKey::new(&key("pairing")?),
            credential: credential.to_vec(),
            rp_id: rp_id.to_owned(),
        })
    }

    /// Whom shares are sealed to.
    pub(crate) fn recipient(&self) -> Recipient {
        Recipient {
            credential: self.credential.clone(),
            key: self.share.public_key(),
        }
    }

    /// Whether the passkey still gives the output that it gave when something was sealed to it.
    ///
    /// # Errors
    /// [`Error::State`] of code `prf_unavailable` if it gives another: a passkey of another credential id is told apart before.
    pub(crate) fn expect(&self, recipient: &Recipient) -> Result<(), Error> {
        match *recipient == self.recipient() {
            true => Ok(()),
            false => Err(OTHER_OUTPUT),
        }
    }

    /// The passkey's credential id.
    pub(crate) fn credential(&self) -> &[u8] {
        &self.credential
    }

    /// The relying party's id.
    pub(crate) fn rp_id(&self) -> &str {
        &self.rp_id
    }
}

const OTHER_OUTPUT: Error = Error::State {
    code: ErrorCode::PrfUnavailable,
    message: "the passkey gives another PRF output than when the wallet was sealed to it: \
              use it on the device, or with the passkey provider, where it was made, or another passkey of the wallet",
};

fn expand(hkdf: &Hkdf<Sha256>, credential: &[u8], purpose: &str, out: &mut [u8]) -> Result<(), Error> {
    let info = Info {
        tag: TAG,
        credential,
        purpose,
    };
    let failed = Error::Internal("a wrapping key can't be derived");
    let info = borsh::to_vec(&info).map_err(|_| failed.clone())?;
    hkdf.expand(&info, out).map_err(|_| failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(prf: u8, credential: &[u8], rp_id: &str) -> WrappingKey {
        WrappingKey::new(PrfOutput(Box::new(Zeroizing::new([prf; 32]))), credential, rp_id).unwrap()
    }

    fn opens(a: &WrappingKey, b: &WrappingKey) -> bool {
        b.pairing
            .open(&a.pairing.seal(b"secret", &1u8).unwrap(), &1u8)
            .is_some()
    }

    #[test]
    fn the_keys_hang_on_output_credential_and_relying_party() {
        let one = key(1, b"credential", "localhost");
        assert!(opens(&one, &key(1, b"credential", "localhost")));
        for other in [
            key(2, b"credential", "localhost"),
            key(1, b"credentials", "localhost"),
            key(1, b"credential", "local"),
        ] {
            assert!(!opens(&one, &other));
            assert_ne!(other.recipient().key, one.recipient().key);
        }
    }

    #[test]
    fn the_derivation_is_the_documented_one() {
        let salt = Sha256::digest("localhost");
        let info = [
            &24u32.to_le_bytes()[..],
            b"claimkit/wrapping-key/v1",
            &2u32.to_le_bytes(),
            b"id",
            &5u32.to_le_bytes(),
            b"share",
        ]
        .concat();
        let mut seed = [0; 32];
        Hkdf::<Sha256>::new(Some(&salt), &[7; 32])
            .expand(&info, &mut seed)
            .unwrap();
        let recipient = key(7, b"id", "localhost").recipient();
        assert_eq!(recipient.credential, b"id");
        assert_eq!(recipient.key, ChannelKey::from_seed(&seed).public_key());
    }
}
