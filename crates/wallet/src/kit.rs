//! The client in one browser: its key, and what it holds.

use std::rc::Rc;

use mpc::channel::{ChannelKey, ChannelPublicKey};
use wire::CoSignerIdentity;
use zeroize::Zeroizing;

use crate::{Claim, Error, Wallet, host::Host};

/// The client in one browser.
///
/// # Security
/// Its key is made fresh and lives in memory only: a hand-off sealed to it opens in this page and nowhere else.
pub struct Kit<H: Host> {
    pub(crate) inner: Rc<Inner<H>>,
}

pub(crate) struct Inner<H> {
    pub(crate) host: Rc<H>,
    pub(crate) key: ChannelKey,
    pub(crate) expected: Option<CoSignerIdentity>,
}

impl<H: Host> Kit<H> {
    /// Makes the browser's key. With `expected`, shares of any other co-signer are refused.
    pub fn new(host: Rc<H>, expected: Option<CoSignerIdentity>) -> Self {
        todo!()
    }

    /// The key that a back end seals shares to and names in a ticket.
    pub fn public_key(&self) -> ChannelPublicKey {
        todo!()
    }

    /// The same as text: 32 bytes, base64url.
    pub fn public_key_text(&self) -> String {
        todo!()
    }

    /// Reads one hand-off, or prepared shares in clear, and checks everything that can be checked here.
    ///
    /// # Errors
    /// [`Error::Share`] for a share that is damaged, sealed to another browser, or not of one co-signer and one claimant with
    /// the others; [`Error::Version`]; [`Error::Argument`] for none, more than 16, or one wallet twice.
    pub fn load(&self, shares: Vec<Zeroizing<String>>) -> Result<Claim<H>, Error> {
        todo!()
    }

    /// The wallets that this browser holds, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Storage`]; [`Error::Version`] for a record of a newer release.
    pub async fn wallets(&self) -> Result<Vec<Wallet<H>>, Error> {
        todo!()
    }
}
