//! Sealing bytes under a key: AES-256-GCM with a random nonce.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::Error;

/// Sealed bytes.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Sealed {
    nonce: [u8; 12],
    ciphertext: Vec<u8>,
}

/// A 32-byte key. Erased when dropped.
pub(crate) struct SealingKey(Box<Aes256Gcm>);

impl SealingKey {
    pub(crate) fn new(key: &Zeroizing<[u8; 32]>) -> Self {
        Self(Box::new(Aes256Gcm::new(key.as_slice().into())))
    }

    /// Seals `secret`, bound to the canonical bytes of `about`.
    pub(crate) fn seal(&self, secret: &[u8], about: &impl BorshSerialize) -> Result<Sealed, Error> {
        let aad = bytes(about)?;
        let mut nonce = [0; 12];
        OsRng.fill_bytes(&mut nonce);
        let payload = Payload { msg: secret, aad: &aad };
        let ciphertext = self
            .0
            .encrypt(&nonce.into(), payload)
            .map_err(|_| Error::Internal("what is to be sealed is too long"))?;
        Ok(Sealed { nonce, ciphertext })
    }

    /// Opens what was sealed under this key about the same; nothing if it wasn't.
    pub(crate) fn open(&self, sealed: &Sealed, about: &impl BorshSerialize) -> Option<Zeroizing<Vec<u8>>> {
        let aad = bytes(about).ok()?;
        let payload = Payload {
            msg: &sealed.ciphertext,
            aad: &aad,
        };
        self.0.decrypt(&sealed.nonce.into(), payload).ok().map(Zeroizing::new)
    }
}

fn bytes(about: &impl BorshSerialize) -> Result<Vec<u8>, Error> {
    borsh::to_vec(about).map_err(|_| Error::Internal("what something is sealed about can't be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealingKey {
        SealingKey::new(&Zeroizing::new([byte; 32]))
    }

    #[test]
    fn what_is_sealed_opens_under_the_same_key_about_the_same() {
        let sealed = key(1).seal(b"secret", &("about", 1u32)).unwrap();
        assert_eq!(*key(1).open(&sealed, &("about", 1u32)).unwrap(), b"secret");
        assert!(key(2).open(&sealed, &("about", 1u32)).is_none());
        assert!(key(1).open(&sealed, &("about", 2u32)).is_none());
    }

    #[test]
    fn no_two_sealings_are_alike() {
        let (one, two) = (
            key(1).seal(b"secret", &1u8).unwrap(),
            key(1).seal(b"secret", &1u8).unwrap(),
        );
        assert!(one.nonce != two.nonce && one.ciphertext != two.ciphertext);
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let sealed = key(1).seal(b"secret", &1u8).unwrap();
        for bit in 0..sealed.ciphertext.len() * 8 {
            let mut other = sealed.clone();
            other.ciphertext[bit / 8] ^= 1 << (bit % 8);
            assert!(key(1).open(&other, &1u8).is_none());
        }
    }
}
