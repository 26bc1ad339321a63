//! Start: the ticket is verified, the claim offered. Nothing is stored.

use ed25519_dalek::{Signature, VerifyingKey};
use rand_core::{OsRng, RngCore};
use wire::{
    ErrorCode, Ticket,
    ceremony::{ClaimOffer, ClaimStart},
    share::MAX_WALLETS,
    statement::{CLAIMANT, ClaimTranscript, ClaimedKey},
};

use super::Offered;
use crate::{
    api_error::ApiError, api_key::Scope, ceremonies::dead_share, door::Call, limits::Subject, state::CoSigner,
    store::WalletRecord,
};

/// How far ahead a ticket may end, in seconds.
const TICKET_LIFETIME: u64 = 60 * 60;
/// For how long the same request is taken for one that the network repeats, in seconds.
const REPEATED: u64 = 60;

pub(crate) fn start(co_signer: &CoSigner, call: Call<ClaimStart>) -> Result<ClaimOffer, ApiError> {
    let browser = call.caller.sender()?;
    let _turn = co_signer.turn(&call.request);
    let ClaimStart { ticket, keys } = call.message;
    check_ticket(co_signer, &ticket, call.now)?;
    if ticket.body.browser != browser {
        return Err(ApiError::not_authorised("the ticket was made for another browser"));
    }
    let claimant = co_signer.root.claimant_index(&ticket.body.claimant);
    if keys.len() != ticket.body.wallets.len() {
        return Err(ApiError::invalid(
            "the claim must name each wallet of its ticket, in the ticket's order",
        ));
    }
    let mut imported = Vec::with_capacity(keys.len());
    for (wallet, key) in ticket.body.wallets.iter().zip(&keys) {
        if *wallet != key.wallet {
            return Err(ApiError::not_authorised("the ticket was made for another wallet"));
        }
        co_signer
            .limiter
            .take(Subject::Wallet(*wallet), call.now)
            .map_err(ApiError::rate_limited)?;
        let record = co_signer.wallet(*wallet)?;
        check_wallet(co_signer, &record, key, &claimant, call.now)?;
        imported.push(record.is_imported());
    }
    if co_signer.store.ticket_spent(ticket.body.key_id, ticket.body.nonce)? {
        return Err(ApiError::not_authorised("the ticket was used: each is taken once"));
    }
    // One that comes late must not end the claim that the first one began.
    let earlier = co_signer.live.offered.find(call.now, |offered| {
        let (request, at) = offered.asked;
        (request == call.request && call.now < at + REPEATED).then(|| offered.offer.clone())
    });
    match earlier {
        Some(offer) => Ok(offer),
        None => offer(co_signer, &ticket, (keys, imported), claimant, (call.request, call.now)),
    }
}

fn offer(
    co_signer: &CoSigner,
    ticket: &Ticket,
    (keys, imported): (Vec<ClaimedKey>, Vec<bool>),
    claimant: [u8; 32],
    asked: ([u8; 32], u64),
) -> Result<ClaimOffer, ApiError> {
    let (_, now) = asked;
    let relying_party = &co_signer.config.relying_party;
    let mut offer = ClaimOffer {
        claim: [0; 16],
        nonce: [0; 32],
        rp_id: relying_party.id.clone(),
        rp_name: relying_party.name.clone(),
        imported,
        expires_at: now + co_signer.config.lifetimes.claim,
    };
    OsRng.fill_bytes(&mut offer.claim);
    OsRng.fill_bytes(&mut offer.nonce);
    let body = &ticket.body;
    let offered = Offered {
        asked,
        offer: offer.clone(),
        browser: body.browser,
        transcript: ClaimTranscript {
            claim: offer.claim,
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            browser: body.browser,
            ticket: body.nonce,
            keys,
        },
        ticket_key: body.key_id,
        ticket_expires_at: body.expires_at,
        claimant,
        receipt_claimant: mpc::tags::hash(
            CLAIMANT,
            &[body.claimant.kind().as_bytes(), body.claimant.value().as_bytes()],
        ),
        expires_at: offer.expires_at,
    };
    // A ticket is good for one claim: what it was offered before is given up.
    co_signer.live.offered.drop_if(|earlier| {
        (earlier.ticket_key, earlier.transcript.ticket) == (offered.ticket_key, offered.transcript.ticket)
    });
    co_signer
        .live
        .offered
        .insert(offer.claim, offered, now, offer.expires_at)?;
    Ok(offer)
}

/// Checks what the ticket says of itself, and that a live API key which may make tickets signed it.
fn check_ticket(co_signer: &CoSigner, ticket: &Ticket, now: u64) -> Result<(), ApiError> {
    let body = &ticket.body;
    let key = co_signer
        .store
        .api_key(&body.key_id)?
        .filter(|key| key.revoked_at.is_none() && key.scopes.contains(&Scope::ClaimsTicket))
        .ok_or_else(|| ApiError::not_authorised("no live API key that may make tickets signed this one"))?;
    VerifyingKey::from_bytes(&key.ticket_key)
        .map_err(|_| ApiError::internal("a stored ticket key is damaged"))?
        .verify_strict(&body.signed_bytes(), &Signature::from_bytes(&ticket.signature))
        .map_err(|_| ApiError::not_authorised("the ticket's signature does not verify"))?;
    if body.expires_at <= now {
        return Err(ApiError::new(
            ErrorCode::ClaimExpired,
            "the ticket is past its time: ask for another",
        ));
    }
    if body.expires_at > now + TICKET_LIFETIME {
        return Err(ApiError::invalid(
            "a ticket may be valid for an hour at most: make a shorter one, or compare the clocks of back end and co-signer",
        ));
    }
    let mut wallets: Vec<_> = body.wallets.iter().collect();
    wallets.sort_unstable();
    wallets.dedup();
    if wallets.is_empty() || wallets.len() != body.wallets.len() || wallets.len() > MAX_WALLETS {
        return Err(ApiError::invalid("a ticket names 1 to 16 wallets, no two alike"));
    }
    if body.claimant.clone().normalised().as_ref() != Ok(&body.claimant) {
        return Err(ApiError::invalid("a ticket's claimant id must be normalised"));
    }
    Ok(())
}

/// Checks that the wallet is this claimant's, unclaimed, and the one that the client holds a share of.
fn check_wallet(
    co_signer: &CoSigner,
    record: &WalletRecord,
    key: &ClaimedKey,
    claimant: &[u8; 32],
    now: u64,
) -> Result<(), ApiError> {
    if record.credential.is_some() {
        return Err(dead_share::refused(
            co_signer,
            ApiError::already_claimed(),
            record,
            key.epoch,
            now,
        ));
    }
    if record.claimant != *claimant {
        return Err(ApiError::not_authorised(
            "the wallet was made for another claimant than the ticket's",
        ));
    }
    if (record.scheme(), record.public_key) != (key.scheme, key.public_key) {
        return Err(ApiError::new(
            ErrorCode::ShareInvalid,
            "the share is of another key than this co-signer's share of the wallet",
        ));
    }
    if record.epoch != key.epoch {
        return Err(ApiError::epoch_mismatch());
    }
    Ok(())
}
