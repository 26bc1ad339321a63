//! The passkey's approval of a session, before it is shown to the co-signer and after.

use std::rc::Rc;

use mpc::{WalletId, tags};
use wire::{
    CoSignerIdentity, Request,
    ceremony::{Assertion, DeviceName, SessionTerms, UnlockFinish, UnlockOffer, UnlockStart, Unlocked},
    statement::{UNLOCK_TRANSCRIPT, UnlockTranscript, to_bytes},
};

use super::terms;
use crate::{
    Error, Fault,
    exchange::{Caller, call, insist},
    host::{Cancel, Host, Mediation, PrfOutput, UsePasskey},
    identity,
    passkey::{ask, prf_input},
    sender::{KeyPair, Sender},
};

/// An unlock that the co-signer has begun: nobody was asked yet.
pub(crate) struct Started<H: Host> {
    co_signer: CoSignerIdentity,
    keys: KeyPair<H>,
    wallets: Vec<WalletId>,
    offer: UnlockOffer,
    /// When the offer came, by this device's clock.
    heard_at: u64,
}

/// What a passkey approved, and the PRF output that came with it.
pub(super) struct Approval<H: Host> {
    pub(super) session: Approved<H>,
    pub(super) prf: Option<PrfOutput>,
}

/// A session that a passkey approved: nothing has been opened yet.
pub(super) struct Approved<H: Host> {
    pub(super) co_signer: CoSignerIdentity,
    pub(super) sender: Rc<Sender<H>>,
    pub(super) rp_id: String,
    pub(super) assertion: Assertion,
    pub(super) terms: SessionTerms,
    expires_at: u64,
}

/// How a session begins at the co-signer.
#[derive(Clone, Copy)]
pub(crate) struct Beginning<'a> {
    pub(crate) device: &'a DeviceName,
    /// Whether every other session of its wallets ends with it.
    pub(crate) ends_others: bool,
}

impl<'a> Beginning<'a> {
    pub(crate) const fn beside_others(device: &'a DeviceName) -> Self {
        Self {
            device,
            ends_others: false,
        }
    }
}

/// Whom the person may answer by, and how they are asked.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The passkeys that may answer; any of the relying party, if there are none.
    pub(super) credentials: &'a [Vec<u8>],
    /// The relying party that it must be, where it is known.
    pub(super) rp_id: Option<&'a str>,
    pub(super) mediation: Mediation,
}

/// What must be left of an offer's time for somebody to be asked, in seconds.
const TIME_TO_ANSWER: u64 = 15;

/// What an answer may take on its way, in seconds.
const TIME_ON_THE_WAY: u64 = 10;

impl<H: Host> Started<H> {
    /// Asks the co-signer. No wallets: all of the passkey that answers.
    pub(super) async fn ask(
        host: &H,
        co_signer: CoSignerIdentity,
        wallets: Vec<WalletId>,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let keys = KeyPair::generate(host).await?;
        let start = UnlockStart {
            wallets: wallets.clone(),
            request_key: keys.request_key(),
        };
        let offer = insist(host, &co_signer, Caller::Key(keys.channel()), &start, cancel).await;
        let offer = match offer {
            Err(error) => return Err(identity::explained(host, &co_signer, error, cancel).await),
            Ok(offer) => offer,
        };
        terms::check(&offer)?;
        Ok(Self {
            co_signer,
            keys,
            wallets,
            offer,
            // A prompt may take minutes: the clocks are compared before it.
            heard_at: host.now(),
        })
    }

    /// How long a person may take to answer, in seconds: less than there is by the time that the answer takes.
    pub(super) fn time_left(&self, host: &H) -> u64 {
        let passed = host.now().abs_diff(self.heard_at);
        // A session that is over before it begins helps nobody.
        let ends = self.offer.answer_by.min(self.offer.expires_at);
        let all = ends.saturating_sub(self.offer.now);
        all.saturating_sub(passed + TIME_ON_THE_WAY)
    }

    /// Whether it still serves to open these wallets.
    pub(super) fn serves(&self, wallets: &[WalletId], host: &H) -> bool {
        self.wallets == wallets && self.time_left(host) >= TIME_TO_ANSWER
    }

    /// Asks the person.
    pub(super) async fn approve(self, host: &H, asked: Asked<'_>, cancel: &Cancel) -> Result<Approval<H>, Error> {
        let Self {
            co_signer,
            keys,
            wallets,
            offer,
            heard_at,
        } = self;
        if asked.rp_id.is_some_and(|rp_id| offer.rp_id != rp_id) {
            return Err(Fault::Content("it names another relying party than at the claim").into());
        }
        let transcript = UnlockTranscript {
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            session: keys.channel().public_key(),
            request_key: keys.request_key(),
            wallets,
            expires_at: offer.expires_at,
        };
        let options = UsePasskey {
            rp_id: &offer.rp_id,
            challenge: &tags::hash(UNLOCK_TRANSCRIPT, &[&to_bytes(&transcript)]),
            credentials: asked.credentials,
            mediation: asked.mediation,
            prf_input: &prf_input(),
            cancel,
        };
        let used = ask(host, options).await?;
        Ok(Approval {
            session: Approved {
                co_signer,
                sender: Rc::new(Sender::new(keys, heard_at, (offer.now, offer.process))),
                terms: offer.terms,
                rp_id: offer.rp_id,
                assertion: used.assertion,
                expires_at: offer.expires_at,
            },
            prf: used.prf,
        })
    }
}

impl<H: Host> Approved<H> {
    /// Shows the approval to the co-signer, and checks that its answer is about as many keys as passkeys.
    pub(super) async fn open(&self, host: &H, beginning: Beginning<'_>, cancel: &Cancel) -> Result<Unlocked, Error> {
        let finish = UnlockFinish {
            assertion: self.assertion.clone(),
            device: beginning.device.clone(),
            ends_others: beginning.ends_others,
        };
        let unlocked = self.call(host, &finish, cancel).await?;
        let is_whole = unlocked.keys.len() == unlocked.passkeys.len();
        match is_whole && unlocked.expires_at == self.expires_at {
            true => Ok(unlocked),
            false => Err(OTHER_SESSION.into()),
        }
    }

    /// Sends a request of the session.
    pub(super) async fn call<R: Request>(&self, host: &H, request: &R, cancel: &Cancel) -> Result<R::Answer, Error> {
        call(host, &self.co_signer, Caller::Session(&self.sender), request, cancel).await
    }
}

pub(super) const OTHER_SESSION: Fault = Fault::Content("it opened another session than was asked for");
