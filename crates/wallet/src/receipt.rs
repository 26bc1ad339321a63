//! Receipts, checked offline.

use wire::CoSignerIdentity;

use crate::{Error, WalletInfo};

/// A receipt whose two signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt {
    /// The wallet, at the epoch that began.
    pub wallet: WalletInfo,
    /// The passkey's credential id.
    pub credential: Vec<u8>,
    /// The co-signer's Ed25519 key.
    pub co_signer: [u8; 32],
    /// When the co-signer committed, Unix seconds.
    pub committed_at: u64,
}

/// Verifies a receipt's text: the co-signer's signature, the wallet's own, and, if given, that it is the expected co-signer's.
///
/// # Errors
/// [`Error::Argument`] for what is no receipt or does not hold; [`Error::Version`].
pub fn verify(text: &str, expected: Option<&CoSignerIdentity>) -> Result<VerifiedReceipt, Error> {
    todo!()
}
