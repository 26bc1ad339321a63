//! Start: the ticket is shown, and the claim gets its name, its nonce and what the passkey needs.

use mpc::{WalletId, tags};
use wire::{
    DecodeError, Envelope, ErrorCode, Ticket,
    ceremony::{ClaimOffer, ClaimStart},
    statement::{CLAIM_TRANSCRIPT, ClaimTranscript, ClaimedKey, Ground, to_bytes},
};

use super::{Proof, rotation::expect_count};
use crate::{
    Error,
    exchange::{Caller, insist},
    host::{Cancel, Host, Passkeys},
    kit,
    prepared::{Prepared, PreparedSet},
};

/// An offer this near its end is not begun with, in seconds: a prompt takes a person's time.
const MARGIN: u64 = 30;

/// A claim that the co-signer is ready for.
pub(super) struct Offer {
    ticket: Ticket,
    /// What the co-signer said.
    pub(super) terms: ClaimOffer,
    /// The hash of all that the claim is about.
    pub(super) transcript: [u8; 32],
}

impl Offer {
    /// Shows a ticket, once it is clear that a passkey can be made here.
    pub(super) async fn ask<H: Host>(
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
        let start = ClaimStart {
            ticket: ticket.clone(),
            keys: keys.clone(),
        };
        let terms = insist(&*kit.host, set.co_signer(), Caller::Key(&kit.key), &start, cancel).await?;
        expect_count(terms.imported.len(), keys.len())?;
        let transcript = ClaimTranscript {
            claim: terms.claim,
            nonce: terms.nonce,
            rp_id: terms.rp_id.clone(),
            browser: kit.key.public_key(),
            ground: Ground::Ticket(ticket.body.nonce),
            keys,
        };
        Ok(Self {
            ticket,
            terms,
            transcript: tags::hash(CLAIM_TRANSCRIPT, &[&to_bytes(&transcript)]),
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
    pub(super) fn serves(&self, ticket: &Ticket, now: u64) -> bool {
        self.ticket == *ticket && self.terms.expires_at > now.saturating_add(MARGIN)
    }
}

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
