//! Start: the ticket is verified, the claim offered. Nothing is stored.

use ed25519_dalek::{Signature, VerifyingKey};
use mpc::channel::ChannelPublicKey;
use rand_core::{OsRng, RngCore};
use wire::{
    ErrorCode, ProcessMark, Ticket,
    ceremony::{ClaimOffer, ClaimStart, OfferedSession},
    share::MAX_WALLETS,
    statement::{CLAIMANT, ClaimTranscript, ClaimedKey, ClaimedSession, Ground},
};

use super::Offered;
use crate::{
    api_error::ApiError,
    api_key::Scope,
    ceremonies::{dead_share, session::terms},
    door::Call,
    limits::Subject,
    request_signature::is_key,
    state::CoSigner,
    store::{ClaimGround, WalletRecord},
};

/// How far ahead a ticket may end, in seconds.
const TICKET_LIFETIME: u64 = 60 * 60;
/// For how long the same request is taken for one that the network repeats, in seconds.
const REPEATED: u64 = 60;

pub(crate) fn start(co_signer: &CoSigner, call: Call<ClaimStart>) -> Result<ClaimOffer, ApiError> {
    let browser = call.caller.sender()?;
    let _turn = co_signer.turn(&call.request);
    let ClaimStart {
        ticket,
        keys,
        session,
        request_key,
    } = call.message;
    check_ticket(co_signer, &ticket, call.now)?;
    if ticket.body.browser != browser {
        return Err(ApiError::not_authorised("the ticket was made for another browser"));
    }
    if !is_key(&request_key) {
        return Err(ApiError::invalid(
            "the key that signs the session's requests is no point of P-256",
        ));
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
        let record = co_signer.wallet(*wallet)?;
        check_wallet(co_signer, &record, key, &claimant, call.now)?;
        imported.push(record.is_imported());
    }
    if co_signer.store.ticket_spent(ticket.body.key_id, ticket.body.nonce)? {
        return Err(ApiError::not_authorised("the ticket was used: each is taken once"));
    }
    // Taken last: a ticket that starts nothing costs nobody a claim.
    for wallet in &ticket.body.wallets {
        co_signer
            .limiter
            .take(Subject::Claim(*wallet), call.now)
            .map_err(ApiError::rate_limited)?;
    }
    call.caller.prove(co_signer, 1);
    if let Some(offer) = repeated(co_signer, &call.request, call.now) {
        return Ok(offer);
    }
    let body = &ticket.body;
    let (kind, value) = (body.claimant.kind(), body.claimant.value());
    let offered = offered_session(co_signer, call.now);
    let offering = Offering {
        browser,
        ground: (
            Ground::Ticket {
                nonce: body.nonce,
                session: ClaimedSession {
                    id: offered.id,
                    key: session,
                    request_key,
                    expires_at: offered.expires_at,
                    terms: offered.terms,
                },
            },
            ClaimGround::Ticket {
                key: body.key_id,
                nonce: body.nonce,
                expires_at: body.expires_at,
                claimant,
            },
        ),
        receipt_claimant: mpc::tags::hash(CLAIMANT, &[kind.as_bytes(), value.as_bytes()]),
        keys,
        imported,
        passkeys: Vec::new(),
        session: Some(offered),
    };
    offer(co_signer, offering, (call.request, call.now))
}

/// The session that a claim may end in: as long from its offer as an unlock's is.
fn offered_session(co_signer: &CoSigner, now: u64) -> OfferedSession {
    let terms = terms(co_signer);
    let mut offered = OfferedSession {
        id: [0; 16],
        expires_at: now + terms.length,
        terms,
        now,
        process: ProcessMark(co_signer.process.0),
    };
    OsRng.fill_bytes(&mut offered.id);
    offered
}

/// A claim that may be offered.
pub(super) struct Offering {
    pub(super) browser: ChannelPublicKey,
    /// As both sides name it, and as it is stored.
    pub(super) ground: (Ground, ClaimGround),
    /// As receipts know the claimant.
    pub(super) receipt_claimant: [u8; 32],
    pub(super) keys: Vec<ClaimedKey>,
    /// Whether the key of each was imported.
    pub(super) imported: Vec<bool>,
    /// In a rotation, the digest of each wallet's passkeys.
    pub(super) passkeys: Vec<[u8; 32]>,
    /// The session that a claim ends in.
    pub(super) session: Option<OfferedSession>,
}

/// The answer to the same request a moment ago: one that comes late must not end the claim that the first one began.
pub(super) fn repeated(co_signer: &CoSigner, request: &[u8; 32], now: u64) -> Option<ClaimOffer> {
    co_signer.live.offered.find(now, |offered| {
        let (earlier, at) = &offered.asked;
        (earlier == request && now < at + REPEATED).then(|| ClaimOffer {
            session: offered.offer.session.map(|session| OfferedSession { now, ..session }),
            ..offered.offer.clone()
        })
    })
}

/// Offers a claim, in the place of what was offered on the same ground.
pub(super) fn offer(co_signer: &CoSigner, offering: Offering, asked: ([u8; 32], u64)) -> Result<ClaimOffer, ApiError> {
    let (_, now) = asked;
    let relying_party = &co_signer.config.relying_party;
    let mut offer = ClaimOffer {
        claim: [0; 16],
        nonce: [0; 32],
        rp_id: relying_party.id.clone(),
        rp_name: relying_party.name.clone(),
        imported: offering.imported,
        passkeys: offering.passkeys,
        expires_at: now + co_signer.config.lifetimes.claim,
        session: offering.session,
    };
    OsRng.fill_bytes(&mut offer.claim);
    OsRng.fill_bytes(&mut offer.nonce);
    let (ground, stored_ground) = offering.ground;
    let offered = Offered {
        asked,
        offer: offer.clone(),
        browser: offering.browser,
        transcript: ClaimTranscript {
            claim: offer.claim,
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            browser: offering.browser,
            ground,
            keys: offering.keys,
        },
        ground: stored_ground,
        receipt_claimant: offering.receipt_claimant,
        expires_at: offer.expires_at,
    };
    let is_replaced = |earlier: &Offered| earlier.is_of(&offered);
    co_signer.live.offered.drop_if(is_replaced);
    co_signer
        .live
        .offered
        .insert_fairly((offer.claim, offered), (now, offer.expires_at), Offered::holder);
    Ok(offer)
}

/// Checks what the ticket says of itself, and that a live API key which may make tickets signed it.
fn check_ticket(co_signer: &CoSigner, ticket: &Ticket, now: u64) -> Result<(), ApiError> {
    let body = &ticket.body;
    let key = co_signer
        .store
        .api_key(&body.key_id)?
        .filter(|key| key.is_live(now) && key.scopes.contains(&Scope::ClaimsTicket))
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
    if record.is_claimed() {
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
    record.refuse_frozen()
}
