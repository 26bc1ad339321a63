//! The claim ticket: the back end's word, signed, that one browser may claim these wallets for this claimant, once.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{WalletId, channel::ChannelPublicKey};

use crate::{ClaimantId, Envelope, bounded, message::write};

/// What the back end signs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TicketBody {
    /// The API key whose ticket key signs: its public id.
    pub key_id: [u8; 8],
    /// The wallets, 1 to [`MAX_WALLETS`](crate::share::MAX_WALLETS), no two alike.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub wallets: Vec<WalletId>,
    /// Whom they were made for, normalised.
    pub claimant: ClaimantId,
    /// The browser that may claim: its hand-off key.
    pub browser: ChannelPublicKey,
    /// End of validity, Unix seconds.
    pub expires_at: u64,
    /// 16 random bytes: the co-signer takes each ticket once.
    pub nonce: [u8; 16],
}

/// A claim ticket.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ticket {
    /// What is signed.
    pub body: TicketBody,
    /// Ed25519 over [`TicketBody::signed_bytes`].
    pub signature: [u8; 64],
}

/// What a ticket's signature starts with, so that no other signed thing can pass for one.
const DOMAIN: &[u8] = b"claimkit/ticket/v1\0";

impl TicketBody {
    /// The bytes that the back end signs.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = DOMAIN.to_vec();
        write(&mut bytes, self);
        bytes
    }
}

impl Envelope for Ticket {
    const KIND: u8 = 5;
    const NAME: &'static str = "claim ticket";
    const LIMIT: usize = 2048;
}
