//! The refusal: proof, checkable offline, that a share of a retired epoch was used, and is dead.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{Epoch, Point, WalletId};

use crate::{Envelope, message::write};

/// What the co-signer signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RefusalBody {
    /// The wallet.
    pub wallet: WalletId,
    /// X.
    pub public_key: Point,
    /// The retired epoch whose share was used.
    pub epoch: Epoch,
    /// When the co-signer committed to the epoch after it, Unix seconds.
    pub committed_at: u64,
    /// When it refused, Unix seconds.
    pub refused_at: u64,
    /// The co-signer's Ed25519 key that signs this: the receipts' key.
    pub co_signer: [u8; 32],
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refusal {
    /// What is signed.
    pub body: RefusalBody,
    /// Ed25519 of the co-signer over [`RefusalBody::signed_bytes`].
    pub signature: [u8; 64],
}

const DOMAIN: &[u8] = b"claimkit/refusal/v1\0";

impl RefusalBody {
    /// The bytes that the co-signer signs.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        write(&mut bytes, self);
        bytes
    }
}

impl Envelope for Refusal {
    const KIND: u8 = 8;
    const NAME: &'static str = "refusal";
    const LIMIT: usize = 512;
}
