//! The wrapping key of a passkey: what its PRF output becomes.
//!
//! ```text
//! PRF output ── HKDF-SHA256, salt = SHA-256(rp id), info = (tag, credential id, purpose)
//!     ├── «share»    seals shares
//!     ├── «pairing»  seals pairings
//!     └── «check»    16 bytes, stored in clear: tells a changed PRF from a wrong passkey
//! ```

use borsh::BorshSerialize;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Error, host::PrfOutput, seal::SealingKey};

/// The tag of every key that is derived here.
const TAG: &str = "claimkit/wrapping-key/v1";

/// The keys of one passkey at one relying party. Erased when dropped.
pub(crate) struct WrappingKey {
    pub(crate) share: SealingKey,
    pub(crate) pairing: SealingKey,
    check: [u8; 16],
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
        let key = |purpose| -> Result<SealingKey, Error> {
            let mut key = Zeroizing::new([0; 32]);
            expand(&hkdf, credential, purpose, key.as_mut_slice())?;
            Ok(SealingKey::new(&key))
        };
        let mut check = [0; 16];
        expand(&hkdf, credential, "check", &mut check)?;
        Ok(Self {
            share: key("share")?,
            pairing: key("pairing")?,
            check,
            credential: credential.to_vec(),
            rp_id: rp_id.to_owned(),
        })
    }

    /// The key-check value.
    pub(crate) fn check(&self) -> [u8; 16] {
        self.check
    }

    /// Whether a key-check value is this key's.
    pub(crate) fn checks(&self, check: &[u8; 16]) -> bool {
        self.check.ct_eq(check).into()
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
        b.share.open(&a.share.seal(b"secret", &1u8).unwrap(), &1u8).is_some()
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
            assert!(!other.checks(&one.check()));
        }
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let one = key(1, b"credential", "localhost");
        let sealed = one.share.seal(b"secret", &1u8).unwrap();
        assert!(one.pairing.open(&sealed, &1u8).is_none());
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
            b"check",
        ]
        .concat();
        let mut check = [0; 16];
        Hkdf::<Sha256>::new(Some(&salt), &[7; 32])
            .expand(&info, &mut check)
            .unwrap();
        assert_eq!(key(7, b"id", "localhost").check(), check);
    }
}
