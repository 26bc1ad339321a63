//! The receipt: proof, checkable offline, that a wallet was handed over and its old share retired.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{Epoch, Signature};

use crate::{Envelope, message::write, statement::ClaimStatement};

/// What the co-signer signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReceiptBody {
    /// What was claimed: wallet, public key, new epoch, transcript, proofs of both new shares, credential.
    pub statement: ClaimStatement,
    /// The epoch that ended.
    pub retired: Epoch,
    /// Hash of the claimant's id, tagged.
    pub claimant: [u8; 32],
    /// Whether the key was imported: then somebody had it before the co-signer did, and no rotation takes it back.
    pub imported: bool,
    /// When the co-signer committed, Unix seconds.
    pub committed_at: u64,
    /// The wallet's own signature of the statement, made by both new shares under the statement's key.
    pub wallet_signature: Signature,
    /// The co-signer's Ed25519 key that signs this, as pinned in the prepared share.
    pub co_signer: [u8; 32],
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// What is signed.
    pub body: ReceiptBody,
    /// Ed25519 of the co-signer over [`ReceiptBody::signed_bytes`].
    pub signature: [u8; 64],
}

const DOMAIN: &[u8] = b"claimkit/receipt/v1\0";

impl ReceiptBody {
    /// The bytes that the co-signer signs.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        write(&mut bytes, self);
        bytes
    }
}

impl Envelope for Receipt {
    const KIND: u8 = 6;
    const NAME: &'static str = "receipt";
    const LIMIT: usize = 4096;
}
