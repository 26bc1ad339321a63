//! The client in one browser: its key, and what it holds.

use std::rc::Rc;

use mpc::channel::{self, ChannelKey, ChannelPublicKey};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, DecodeError, Envelope, ErrorCode, envelope, message,
    share::{HAND_OFF_LABEL, HandOff, HandOffContent},
};
use zeroize::Zeroizing;

use crate::{
    Claim, Error, ExpectedWallet, Progress, Resumed, Session, SessionOptions, Wallet,
    host::{Cancel, Host, Mediation},
    opening,
    prepared::{Prepared, PreparedSet},
    resume, text,
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
    pub(crate) expected: Option<CoSignerIdentity>,
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
    /// the others; [`Error::Version`]; [`Error::Argument`] for none, more than 16, or one wallet twice; [`Error::Storage`]; where an
    /// earlier claim of these wallets was interrupted in this browser, any error of [`Kit::resume`], and one of code
    /// `already_claimed` if that claim was committed: open the wallet then.
    pub async fn load(&self, shares: Vec<Zeroizing<String>>, cancel: &Cancel) -> Result<Claim<H>, Error> {
        let set = match shares.as_slice() {
            [one] if envelope::kind_of(one) == Some(HandOff::KIND) => self.open(one)?,
            several => PreparedSet::from_texts(several)?,
        };
        self.inner.expect(set.co_signer())?;
        let wallets: Vec<_> = set.shares().iter().map(|prepared| prepared.info.id).collect();
        let resumed = resume::some(&self.inner, &wallets, cancel).await?;
        match resumed.finished.is_empty() {
            true => Ok(Claim::new(self.inner.clone(), set)),
            false => Err(FINISHED),
        }
    }

    /// Ends well what an interruption left: each claim that this browser had not heard the end of is finished, if the co-signer
    /// committed it, or taken back for good. Sends nothing if there is none. Loading, claiming and unlocking do so too, for their
    /// own wallets.
    ///
    /// # Errors
    /// Any [`Error`]. Nothing is given up unless the co-signer itself, through the channel, has said that it may be.
    pub async fn resume(&self, cancel: &Cancel, progress: &dyn Fn(Progress)) -> Result<Resumed, Error> {
        resume::all(&self.inner, cancel, progress).await
    }

    /// Gets the wallets of a passkey back into a browser that has lost them, or never had them, and opens them, with one prompt:
    /// the co-signer keeps a copy of each sealed share.
    ///
    /// # Errors
    /// Any [`Error`]: of code `passkey_cancelled` where the person has no such passkey here, or did not use it; `not_authorised`
    /// where no wallet was claimed with it; `prf_unavailable` where it gives no PRF output, or another than before.
    pub async fn restore(&self, options: SessionOptions, cancel: &Cancel) -> Result<Session<H>, Error> {
        self.restore_only(None, Mediation::Prompt, options, cancel).await
    }

    /// The same without a prompt: waits until the person chooses a passkey in a field of the page, where the browser offers that. Nothing is shown
    /// until then. A browser has one such request at a time: cancel it, and await that it ends, before another prompt.
    ///
    /// # Errors
    /// As [`Kit::restore`]: of code `passkey_unsupported` where the browser does not offer it.
    pub async fn restore_by_autofill(&self, options: SessionOptions, cancel: &Cancel) -> Result<Session<H>, Error> {
        self.restore_only(None, Mediation::Autofill, options, cancel).await
    }

    /// The same for wallets that the caller names, where it names some: no other is opened or kept, and the first that is there comes first.
    ///
    /// # Errors
    /// As [`Kit::restore`]: of code `wallet_not_found` where the passkey opens none of them.
    ///
    /// # Security
    /// A co-signer can show wallets whose whole key it knows, sealed to this very passkey: a page that shows an address must know it from elsewhere.
    pub async fn restore_only(
        &self,
        expected: Option<&[ExpectedWallet]>,
        mediation: Mediation,
        options: SessionOptions,
        cancel: &Cancel,
    ) -> Result<Session<H>, Error> {
        let opened = opening::restore(&self.inner, expected, (&options.device, mediation), cancel).await?;
        Ok(Session::new(self.inner.clone(), opened, options))
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

    /// The wallets that this browser holds, in the order of their ids' text. One that can't be read keeps nobody from the others.
    ///
    /// # Errors
    /// [`Error::Storage`]; where none can be read, [`Error::Version`] for a record of a newer release, [`Error::Share`] for a damaged one.
    pub async fn wallets(&self) -> Result<Vec<Wallet<H>>, Error> {
        let vault = Vault::read(&*self.inner.host).await?;
        let records = vault.readable_wallets().into_iter();
        let wallets: Vec<_> = records
            .filter_map(|record| Wallet::new(self.inner.clone(), record).ok())
            .collect();
        if wallets.is_empty() {
            for record in vault.wallets()? {
                Wallet::new(self.inner.clone(), record)?;
            }
        }
        Ok(wallets)
    }
}

/// These wallets' claim was committed, and this browser has just heard of it.
pub(crate) const FINISHED: Error = Error::State {
    code: ErrorCode::AlreadyClaimed,
    message: "this browser had claimed the wallet before it was interrupted: it is there now, unlock it",
};

const DAMAGED_HAND_OFF: Error = Error::Share("the hand-off is damaged: ask the back end for another");

fn unreadable(error: DecodeError) -> Error {
    match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => DAMAGED_HAND_OFF,
    }
}
