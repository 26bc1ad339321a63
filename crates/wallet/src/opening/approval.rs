//! The passkey's approval of a session, before it is shown to the co-signer and after.

use std::rc::Rc;

use mpc::{WalletId, tags};
use wire::{
    CoSignerIdentity, Request,
    ceremony::{Assertion, DeviceName, SessionTerms, UnlockFinish, UnlockStart, Unlocked},
    statement::{UNLOCK_TRANSCRIPT, UnlockTranscript, to_bytes},
};

use crate::{
    Error, Fault,
    exchange::{Caller, call, insist},
    host::{Cancel, Host, Passkeys, PrfOutput, UsePasskey},
    passkey::{approve, prf_input},
    sender::{KeyPair, Sender},
};

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

/// The passkeys that may answer, and their relying party; any of the co-signer's relying party, where none is named.
pub(super) type Expected<'a> = Option<(&'a str, &'a [Vec<u8>])>;

impl<H: Host> Approval<H> {
    /// Asks the person. No wallets: all of the passkey that answers.
    pub(super) async fn ask(
        host: &H,
        co_signer: CoSignerIdentity,
        wallets: Vec<WalletId>,
        expected: Expected<'_>,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let keys = KeyPair::generate(host).await?;
        let start = UnlockStart {
            wallets: wallets.clone(),
            request_key: keys.request_key(),
        };
        let offer = insist(host, &co_signer, Caller::Key(keys.channel()), &start, cancel).await?;
        // A prompt may take minutes: the clocks are compared before it.
        let heard_at = host.now();
        if expected.is_some_and(|(rp_id, _)| offer.rp_id != rp_id) {
            return Err(Fault::Content("it names another relying party than at the claim").into());
        }
        let transcript = UnlockTranscript {
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            session: keys.channel().public_key(),
            request_key: start.request_key,
            wallets,
            expires_at: offer.expires_at,
        };
        let challenge = tags::hash(UNLOCK_TRANSCRIPT, &[&to_bytes(&transcript)]);
        let used = match expected {
            Some((rp_id, credentials)) => approve(host, rp_id, credentials, &challenge, cancel).await?,
            None => {
                let options = UsePasskey {
                    rp_id: &offer.rp_id,
                    challenge: &challenge,
                    credentials: &[],
                    prf_input: &prf_input(),
                    cancel,
                };
                host.passkeys().get(options).await?
            }
        };
        Ok(Self {
            session: Approved {
                co_signer,
                sender: Rc::new(Sender::new(keys, heard_at, &offer)),
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
    pub(super) async fn open(&self, host: &H, device: &DeviceName, cancel: &Cancel) -> Result<Unlocked, Error> {
        let finish = UnlockFinish {
            assertion: self.assertion.clone(),
            device: device.clone(),
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
