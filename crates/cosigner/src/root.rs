//! The root secret: 32 random bytes of this co-signer, wrapped in its database, from which its long-lived keys come.
//!
//! ```text
//! key-encryption key (provider)
//! ├─ wraps the root secret ("claimkit/cosigner/root/v1")
//! │  ├─ HKDF "…/identity/channel/v1"  → seed of the X25519 channel key
//! │  ├─ HKDF "…/identity/receipt/v1"  → Ed25519 receipt key
//! │  ├─ HKDF "…/claimant-index/v1"    → HMAC key: claimants as the database knows them
//! │  └─ HKDF "…/records/v1"           → AES-256-GCM key: stored answers, receipts
//! └─ wraps one random key for each wallet and epoch, for each pairing, and for the proof key
//! ```

use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use mpc::channel::ChannelKey;
use rand_core::{OsRng, RngCore};
use sha2::Sha256;
use wire::{ClaimantId, CoSignerIdentity, ownership::Certificate};
use zeroize::Zeroizing;

use crate::key_encryption::{DataKey, KeyEncryption, Unopened, open, seal};

const ROOT: &[u8] = b"claimkit/cosigner/root/v1";
const CHANNEL: &[u8] = b"claimkit/cosigner/identity/channel/v1";
const RECEIPT: &[u8] = b"claimkit/cosigner/identity/receipt/v1";
const CLAIMANT_INDEX: &[u8] = b"claimkit/cosigner/claimant-index/v1";
const RECORDS: &[u8] = b"claimkit/cosigner/records/v1";

/// The keys that a co-signer lives with.
pub(crate) struct Root {
    channel: ChannelKey,
    receipt: SigningKey,
    claimant_index: DataKey,
    records: DataKey,
}

impl Root {
    /// Draws a root secret and wraps it, to be stored.
    pub(crate) fn create(kek: &dyn KeyEncryption) -> Result<Vec<u8>, Unopened> {
        let mut secret = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(secret.as_mut());
        kek.wrap(&secret, ROOT)
    }

    /// Unwraps a stored root secret.
    pub(crate) fn open(kek: &dyn KeyEncryption, wrapped: &[u8]) -> Result<Self, Unopened> {
        Ok(Self::derive(&kek.unwrap(wrapped, ROOT)?))
    }

    fn derive(secret: &DataKey) -> Self {
        let derive = |info: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            // 32 bytes are far below what HKDF can give: this can't fail.
            let _ = Hkdf::<Sha256>::new(None, secret.as_slice()).expand(info, key.as_mut());
            key
        };
        Self {
            channel: ChannelKey::from_seed(&derive(CHANNEL)),
            receipt: SigningKey::from_bytes(&derive(RECEIPT)),
            claimant_index: derive(CLAIMANT_INDEX),
            records: derive(RECORDS),
        }
    }

    pub(crate) fn identity(&self) -> CoSignerIdentity {
        CoSignerIdentity {
            channel: self.channel.public_key(),
            receipt: self.receipt.verifying_key().to_bytes(),
        }
    }

    pub(crate) fn channel(&self) -> &ChannelKey {
        &self.channel
    }

    /// Signs a receipt.
    pub(crate) fn sign_receipt(&self, bytes: &[u8]) -> [u8; 64] {
        self.receipt.sign(bytes).to_bytes()
    }

    /// Certifies a key that signs proofs of ownership.
    pub(crate) fn certify(&self, certificate: &Certificate) -> [u8; 64] {
        self.receipt.sign(&certificate.signed_bytes()).to_bytes()
    }

    /// The claimant as the database knows it: a keyed hash, so that its reader can't try identifiers out.
    pub(crate) fn claimant_index(&self, claimant: &ClaimantId) -> [u8; 32] {
        let hashed = mpc::tags::hash(
            wire::statement::CLAIMANT,
            &[claimant.kind().as_bytes(), claimant.value().as_bytes()],
        );
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(self.claimant_index.as_slice());
        // HMAC takes a key of any length.
        mac.map(|mac| mac.chain_update(hashed).finalize().into_bytes().into())
            .unwrap_or_default()
    }

    /// Seals a record that is no share, but nothing to lie open either.
    pub(crate) fn seal_record(&self, context: &[u8], record: &[u8]) -> Result<Vec<u8>, Unopened> {
        seal(&self.records, context, record)
    }

    /// Opens a record.
    pub(crate) fn open_record(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        open(&self.records, context, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_tree_is_what_it_was() {
        let root = Root::derive(&Zeroizing::new([7; 32]));
        let index = root.claimant_index(&ClaimantId::Email("a@example.com".to_owned()));
        assert_eq!(
            [
                hex::encode(root.identity().channel.0),
                hex::encode(root.identity().receipt),
                hex::encode(index),
            ],
            [
                "fb5eab6bffbb08c7df0671236a804ef6b31ab540cad063e5ae262a87f7be9825",
                "cfb4f1d980e05538631973a0df53907d64efa34aeda424dd51f0f85f0e085aa7",
                "4a2b8389dc6e0d12cb948da363147c140af341a92f63cc368f94b1e1965e04a8",
            ]
        );
    }

    #[test]
    fn a_root_of_another_key_does_not_open() {
        let kek = |byte| crate::key_encryption::LocalKey::new(Zeroizing::new([byte; 32]));
        let wrapped = Root::create(&kek(1)).unwrap();
        assert!(Root::open(&kek(1), &wrapped).is_ok());
        assert_eq!(Root::open(&kek(2), &wrapped).err(), Some(Unopened));
    }

    #[test]
    fn a_record_opens_in_its_own_context_only() {
        let root = Root::derive(&Zeroizing::new([7; 32]));
        let sealed = root.seal_record(b"one", b"record").unwrap();
        assert_eq!(root.open_record(b"one", &sealed).unwrap().as_slice(), b"record");
        assert_eq!(root.open_record(b"two", &sealed), Err(Unopened));
    }
}
