//! Start: the ticket is shown, and the claim gets its name, its nonce, the session that it ends in and what the passkey needs.

use std::rc::Rc;

use mpc::{WalletId, tags};
use wire::{
    DecodeError, Envelope, ErrorCode, Ticket,
    ceremony::{ClaimOffer, ClaimStart, OfferedSession},
    statement::{CLAIM_SESSION, CLAIM_TRANSCRIPT, ClaimTranscript, ClaimedKey, ClaimedSession, Ground, to_bytes},
};

use super::{Proof, rotation::expect_count};
use crate::{
    Error, Fault,
    exchange::{Caller, insist},
    host::{Cancel, Host, Passkeys},
    kit,
    opening::terms,
    prepared::{Prepared, PreparedSet},
    sender::{KeyPair, Sender},
};

/// An offer this near its end is not begun with, in seconds: a prompt takes a person's time.
const MARGIN: u64 = 30;

/// A claim that the co-signer is ready for.
pub(super) struct Offer<H: Host> {
    ticket: Ticket,
    /// What the co-signer said.
    pub(super) terms: ClaimOffer,
    /// The hash of all that the claim is about.
    pub(super) transcript: [u8; 32],
    /// The challenge of the new passkey's first assertion, which opens the session.
    pub(super) opens_session: [u8; 32],
    /// What the co-signer said of the session that the claim ends in.
    pub(super) session: OfferedSession,
    /// Who will send its requests.
    pub(super) sender: Rc<Sender<H>>,
}

impl<H: Host> Offer<H> {
    /// Shows a ticket, once it is clear that a passkey can be made here.
    pub(super) async fn ask(
        kit: &kit::Inner<H>,
        set: &PreparedSet,
        ticket: Ticket,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        kit.host.passkeys().check().await?;
        let prepared = set.in_order(&ticket.body.wallets).ok_or(WRONG_WALLETS)?;
        let keys: Vec<_> = prepared
            .iter()
            .map(|prepared| ClaimedKey {
                wallet: prepared.info.id,
                scheme: prepared.info.scheme(),
                public_key: prepared.info.public_key,
                epoch: prepared.info.epoch,
            })
            .collect();
        let own = KeyPair::generate(&*kit.host).await?;
        let start = ClaimStart {
            ticket: ticket.clone(),
            keys: keys.clone(),
            session: own.channel().public_key(),
            request_key: own.request_key(),
        };
        let terms = insist(&*kit.host, set.co_signer(), Caller::Key(&kit.key), &start, cancel).await?;
        // A prompt may take minutes: the clocks are compared before it.
        let heard_at = kit.host.now();
        expect_count(terms.imported.len(), keys.len())?;
        let session = terms.session.ok_or(NO_SESSION)?;
        terms::check_of_claim(&session)?;
        let transcript = ClaimTranscript {
            claim: terms.claim,
            nonce: terms.nonce,
            rp_id: terms.rp_id.clone(),
            browser: kit.key.public_key(),
            ground: Ground::Ticket {
                nonce: ticket.body.nonce,
                session: ClaimedSession {
                    id: session.id,
                    key: start.session,
                    request_key: start.request_key,
                    expires_at: session.expires_at,
                    terms: session.terms,
                },
            },
            keys,
        };
        let transcript = to_bytes(&transcript);
        Ok(Self {
            ticket,
            terms,
            transcript: tags::hash(CLAIM_TRANSCRIPT, &[&transcript]),
            opens_session: tags::hash(CLAIM_SESSION, &[&transcript]),
            session,
            sender: Rc::new(Sender::new(own, heard_at, (session.now, session.process))),
        })
    }

    /// The prepared shares in the ticket's order.
    pub(super) fn in_order<'a>(&self, set: &'a PreparedSet) -> Result<Vec<&'a Prepared>, Error> {
        set.in_order(&self.ticket.body.wallets).ok_or(WRONG_WALLETS)
    }

    /// The wallets whose key was imported.
    pub(super) fn imported(&self) -> Vec<WalletId> {
        let wallets = self.ticket.body.wallets.iter().zip(&self.terms.imported);
        wallets
            .filter(|(_, imported)| **imported)
            .map(|(wallet, _)| *wallet)
            .collect()
    }

    /// Whether this offer answers a ticket, and lasts for a while.
    pub(super) fn serves(&self, ticket: &Ticket, host: &H) -> bool {
        let ends = self.terms.expires_at.min(self.session.expires_at);
        self.ticket == *ticket && ends > self.sender.now(host).saturating_add(MARGIN)
    }
}

const NO_SESSION: Fault = Fault::Content("it offers a claim that ends in no session");

pub(super) const IMPORTED: Error = Error::State {
    code: ErrorCode::NotAuthorised,
    message: "the key of a wallet was imported, so somebody had it before: this claim takes none of these",
};

const WRONG_WALLETS: Error = Error::State {
    code: ErrorCode::NotAuthorised,
    message: "the ticket is for other wallets than the shares that were loaded",
};

/// Reads a ticket, and refuses one that can't be meant for this claim.
pub(super) fn ticket<H: Host>(kit: &kit::Inner<H>, set: &PreparedSet, proof: &Proof) -> Result<Ticket, Error> {
    let Proof::Ticket(text) = proof;
    let ticket = Ticket::from_text(text).map_err(|error| match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => {
            Error::Argument("this is no claim ticket")
        }
    })?;
    let refused = |message| {
        Err(Error::State {
            code: ErrorCode::NotAuthorised,
            message,
        })
    };
    if ticket.body.browser != kit.key.public_key() {
        return refused("the ticket is for another browser, or for this page before it was loaded anew");
    }
    if ticket.body.claimant != *set.claimant() {
        return refused("the ticket is for another claimant than the shares that were loaded");
    }
    if set.in_order(&ticket.body.wallets).is_none() {
        return Err(WRONG_WALLETS);
    }
    Ok(ticket)
}
