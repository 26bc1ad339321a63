//! The prepared share, and the co-signer it belongs to.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::channel::ChannelPublicKey;

use crate::{ClaimantId, Envelope, SecretBytes, WalletType, bounded};

/// A co-signer's static identity: pinned in each prepared share, so that no other server can stand in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CoSignerIdentity {
    /// X25519: every ceremony is sealed to it.
    pub channel: ChannelPublicKey,
    /// Ed25519: signs receipts.
    pub receipt: [u8; 32],
}

/// A share made before its user exists, waiting to be claimed: what a back end keeps in a text column.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct PreparedShare {
    /// What the wallet is for.
    pub wallet_type: WalletType,
    /// Whom it was made for.
    pub claimant: ClaimantId,
    /// The co-signer that holds the other share.
    pub co_signer: CoSignerIdentity,
    /// The share: [`mpc::Share::to_bytes`].
    pub share: SecretBytes,
    /// SHA-256 over the fields before it, tagged: tells damage, not forgery.
    pub checksum: [u8; 32],
}

impl Envelope for PreparedShare {
    const KIND: u8 = 1;
    const NAME: &'static str = "prepared share";
    const LIMIT: usize = 2048;
}

/// Prepared shares sealed to one browser's key, on their way from the back end.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HandOff {
    /// The browser's key, so that another browser is told so before it tries.
    pub to: ChannelPublicKey,
    /// [`mpc::channel::seal_to`] over [`HandOffContent`], under the label [`HAND_OFF_LABEL`].
    #[borsh(deserialize_with = "bounded::bytes::<_, 1, { HandOff::LIMIT }>")]
    pub sealed: Vec<u8>,
}

/// The channel label of a hand-off.
pub const HAND_OFF_LABEL: &str = "claimkit/hand-off/v1";

/// The most wallets that one claim takes over.
pub const MAX_WALLETS: usize = 16;

impl Envelope for HandOff {
    const KIND: u8 = 2;
    const NAME: &'static str = "hand-off";
    const LIMIT: usize = 64 * 1024;
}

/// What a hand-off holds: 1 to [`MAX_WALLETS`] prepared shares, as envelopes.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub struct HandOffContent {
    /// The prepared shares' envelope bytes.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub shares: Vec<SecretBytes>,
}
