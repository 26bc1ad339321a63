//! A claimed wallet as this browser holds it.

use crate::{
    Error, Session, WalletInfo,
    host::{Cancel, Host},
};

/// A claimed wallet: public data, and a share sealed to a passkey.
pub struct Wallet<H: Host> {
    _host: std::marker::PhantomData<H>,
}

impl<H: Host> Wallet<H> {
    /// What is public of it.
    pub fn info(&self) -> &WalletInfo {
        todo!()
    }

    /// Whether its claim was interrupted before this browser heard the end: unlocking finishes it, if the co-signer did.
    pub fn is_pending(&self) -> bool {
        todo!()
    }

    /// The id of the passkey that opens it.
    pub fn credential(&self) -> &[u8] {
        todo!()
    }

    /// The receipt of its claim as text, where this browser has it.
    pub fn receipt(&self) -> Option<String> {
        todo!()
    }

    /// Opens the wallet, and with it every other wallet of the same passkey, with one prompt.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn unlock(&self, cancel: &Cancel) -> Result<Session<H>, Error> {
        todo!()
    }
}
