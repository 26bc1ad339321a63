//! The right to sign, for a time.

use mpc::{Digest, Signature, WalletId};

use crate::{
    Error, WalletInfo,
    host::{Cancel, Host},
};

/// Open shares, in memory only, and the co-signer's consent for a time. Erased when locked or dropped.
pub struct Session<H: Host> {
    _host: std::marker::PhantomData<H>,
}

impl<H: Host> Session<H> {
    /// The wallets that are open, the one that was asked for first.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        todo!()
    }

    /// When the session ends, Unix seconds.
    pub fn expires_at(&self) -> u64 {
        todo!()
    }

    /// Whether the session can sign no more: locked, or past its time.
    pub fn is_locked(&self) -> bool {
        todo!()
    }

    /// Signs a 32-byte hash with one of the open wallets. Never tried again by itself.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn sign(&self, wallet: WalletId, digest: Digest, cancel: &Cancel) -> Result<Signature, Error> {
        todo!()
    }

    /// Erases the open shares at once, then tells the co-signer, as far as it can be told.
    pub async fn lock(&self) {
        todo!()
    }
}
