//! The channel's keys: X25519, as HPKE uses them.

use borsh::{BorshDeserialize, BorshSerialize};
use hpke::{Deserializable, Kem, Serializable, kem::X25519HkdfSha256};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::Abort;

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;

/// An X25519 public key: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct ChannelPublicKey(pub [u8; 32]);

impl ChannelPublicKey {
    /// Every 32 bytes are a key to HPKE, which refuses those of low order where they are used.
    pub(super) fn to_hpke(self) -> Result<PublicKey, Abort> {
        PublicKey::from_bytes(&self.0).map_err(|_| Abort::Channel)
    }
}

/// An X25519 private key. Erased when dropped.
pub struct ChannelKey {
    /// Boxed, so that moving it leaves no copy behind.
    private: Box<PrivateKey>,
    public: ChannelPublicKey,
}

impl ChannelKey {
    /// Draws a key.
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// Derives a key from a 32-byte seed (RFC 9180 §7.1.3, DeriveKeyPair).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (private, public) = X25519HkdfSha256::derive_keypair(seed);
        Self {
            private: Box::new(private),
            public: ChannelPublicKey(public.to_bytes().into()),
        }
    }

    pub(super) fn private(&self) -> &PrivateKey {
        &self.private
    }

    /// The public half.
    pub fn public_key(&self) -> ChannelPublicKey {
        self.public
    }
}

impl core::fmt::Debug for ChannelKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ChannelKey(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn debug_says_redacted() {
        let key = ChannelKey::random(&mut OsRng);
        assert_eq!(format!("{key:?}"), "ChannelKey(<redacted>)");
    }

    #[test]
    fn a_key_comes_again_from_its_seed() {
        let [one, again, other] = [1, 1, 2].map(|byte| ChannelKey::from_seed(&[byte; 32]).public_key());
        assert_eq!(one, again);
        assert_ne!(one, other);
    }
}
