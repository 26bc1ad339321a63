//! The client in one browser: its key, and what it holds.

use std::rc::Rc;

use mpc::channel::{self, ChannelKey, ChannelPublicKey};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, DecodeError, Envelope, envelope, message,
    share::{HAND_OFF_LABEL, HandOff, HandOffContent},
};
use zeroize::Zeroizing;

use crate::{
    Claim, Error, Wallet,
    host::Host,
    prepared::{Prepared, PreparedSet},
    text,
    vault::Vault,
};

/// The client in one browser.
///
/// # Security
/// Its key is made fresh and lives in memory only: a hand-off sealed to it opens in this page and nowhere else.
pub struct Kit<H: Host> {
    inner: Rc<Inner<H>>,
}

/// What claims and wallets need of their kit.
pub(crate) struct Inner<H> {
    pub(crate) host: Rc<H>,
    pub(crate) key: ChannelKey,
    expected: Option<CoSignerIdentity>,
}

impl<H> Inner<H> {
    /// Refuses a co-signer that isn't the pinned one.
    pub(crate) fn expect(&self, co_signer: &CoSignerIdentity) -> Result<(), Error> {
        match &self.expected {
            Some(expected) if expected != co_signer => Err(Error::Share(
                "the share is of another co-signer than the one this page expects",
            )),
            Some(_) | None => Ok(()),
        }
    }
}

impl<H: Host> Kit<H> {
    /// Makes the browser's key. With `expected`, shares of any other co-signer are refused.
    pub fn new(host: Rc<H>, expected: Option<CoSignerIdentity>) -> Self {
        Self {
            inner: Rc::new(Inner {
                host,
                key: ChannelKey::random(&mut OsRng),
                expected,
            }),
        }
    }

    /// The key that a back end seals shares to and names in a ticket.
    pub fn public_key(&self) -> ChannelPublicKey {
        self.inner.key.public_key()
    }

    /// The same as text: 32 bytes, base64url.
    pub fn public_key_text(&self) -> String {
        text::encode(&self.public_key().0)
    }

    /// Reads one hand-off, or prepared shares in clear, and checks everything that can be checked here.
    ///
    /// # Errors
    /// [`Error::Share`] for a share that is damaged, sealed to another browser, or not of one co-signer and one claimant with
    /// the others; [`Error::Version`]; [`Error::Argument`] for none, more than 16, or one wallet twice.
    pub fn load(&self, shares: Vec<Zeroizing<String>>) -> Result<Claim<H>, Error> {
        let set = match shares.as_slice() {
            [one] if envelope::kind_of(one) == Some(HandOff::KIND) => self.open(one)?,
            several => PreparedSet::from_texts(several)?,
        };
        self.inner.expect(set.co_signer())?;
        Ok(Claim::new(self.inner.clone(), set))
    }

    fn open(&self, hand_off: &str) -> Result<PreparedSet, Error> {
        let hand_off = HandOff::from_text(hand_off).map_err(unreadable)?;
        if hand_off.to != self.public_key() {
            return Err(Error::Share(
                "the hand-off is sealed to another browser, or to this page before it was loaded anew",
            ));
        }
        let content =
            channel::open_from(&self.inner.key, HAND_OFF_LABEL, &hand_off.sealed).map_err(|_| DAMAGED_HAND_OFF)?;
        let content: HandOffContent = message::decode(&content, HandOff::LIMIT, HandOff::NAME).map_err(unreadable)?;
        let shares = content
            .shares
            .iter()
            .map(|share| Prepared::from_envelope(share.as_bytes()));
        PreparedSet::new(shares.collect::<Result<_, _>>()?)
    }

    /// The wallets that this browser holds, in the order of their ids' text.
    ///
    /// # Errors
    /// [`Error::Storage`]; [`Error::Version`] for a record of a newer release; [`Error::Share`] for a damaged one.
    pub async fn wallets(&self) -> Result<Vec<Wallet<H>>, Error> {
        let records = Vault::read(&*self.inner.host).await?.wallets()?;
        records
            .into_iter()
            .map(|record| Wallet::new(self.inner.clone(), record))
            .collect()
    }
}

const DAMAGED_HAND_OFF: Error = Error::Share("the hand-off is damaged: ask the back end for another");

fn unreadable(error: DecodeError) -> Error {
    match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => DAMAGED_HAND_OFF,
    }
}
