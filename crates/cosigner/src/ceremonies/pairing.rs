//! Pairing: the oblivious-transfer set-up that signatures need, of a back end, or of a session whose own was burnt.

use mpc::{Epoch, PairingId, Scheme, WalletId, pairing};
use rand_core::OsRng;
use wire::ceremony::{Done, PairingFinish, PairingStart};

use super::{
    earlier,
    failed_check::{Answerable, received, refuse_barred_unless},
    keep, or_refuse,
    sign::signer,
};
use crate::{
    api_error::ApiError,
    door::Call,
    limits::Subject,
    sealing::seal_pairing,
    state::CoSigner,
    store::{PairingOwner, PairingRecord, SessionRecord, WalletRecord},
};

/// How long a pairing waits for its second request, in seconds.
const WAITS_FOR: u64 = 120;

/// How many pairings of one owner may wait: who starts and never finishes leaves room for others. The processes of a back end share
/// its key; a session has need of one pairing, and starts it again.
fn places(owner: &PairingOwner) -> usize {
    match owner {
        PairingOwner::ApiKey(_) => 8,
        PairingOwner::Claim(_) | PairingOwner::Credential(_) => 1,
    }
}

/// A pairing that waits for the client's transfers.
pub(crate) struct Awaiting {
    state: pairing::CoSignerAwaitingAnswer,
    /// How many commits there were before it was begun.
    commits: u64,
    /// Who holds its place.
    holder: Holder,
}

/// Whom a pairing under way is counted for, where all places are taken: all passkeys of a wallet are one person's.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Holder {
    ApiKey([u8; 8]),
    Wallet(Option<WalletId>),
}

pub(crate) fn start(co_signer: &CoSigner, call: Call<PairingStart>) -> Result<pairing::TransferOffer, ApiError> {
    let (owner, session) = signer(co_signer, &call.caller, call.now)?;
    let answerable = Answerable::pairing(&owner, session.as_ref());
    let is_owed = || Ok(owed(co_signer, session.as_ref())?.is_some());
    refuse_barred_unless(co_signer, &answerable, call.now, is_owed)?;
    let id = call.message.pairing;
    let live = &co_signer.live.pairings;
    refuse_taken(co_signer, id)?;
    if live.has(&(owner.clone(), id), call.now, |_| true) {
        return Err(taken());
    }
    // Its own first: a session without any left takes none from the other sessions of its passkey.
    if let Some(session) = &session {
        co_signer
            .limiter
            .take(Subject::Renewal(session.key), call.now)
            .map_err(ApiError::rate_limited)?;
    }
    // Each burnt pairing told one bit: how fast new ones are made bounds how fast bits are learnt.
    co_signer
        .limiter
        .take(Subject::Pairing(owner.clone()), call.now)
        .map_err(ApiError::rate_limited)?;
    let commits = co_signer.store.commits()?;
    let (state, offer) = pairing::co_signer_start(id, &mut OsRng);
    let times = (call.now, call.now + WAITS_FOR);
    let (places, same) = (places(&owner), owner.clone());
    let holder = match (&owner, &session) {
        (PairingOwner::ApiKey(key), _) => Holder::ApiKey(*key),
        (_, session) => Holder::Wallet(session.as_ref().and_then(|session| session.wallets.first().copied())),
    };
    let awaiting = Awaiting { state, commits, holder };
    let is_same = |(other, _): &(PairingOwner, PairingId)| *other == same;
    live.insert_of(((owner, id), awaiting), times, places, is_same, |awaiting| {
        awaiting.holder.clone()
    })?;
    Ok(offer)
}

pub(crate) fn finish(co_signer: &CoSigner, call: Call<PairingFinish>) -> Result<Done, ApiError> {
    let (owner, session) = signer(co_signer, &call.caller, call.now)?;
    let answerable = Answerable::pairing(&owner, session.as_ref());
    let _turn = co_signer.turn(&call.request);
    if let Some(answer) = earlier(co_signer, &call.request)? {
        return Ok(answer);
    }
    // Again: others of its pairings may have failed since it was started.
    let give = || give_owed(co_signer, session.as_ref(), call.now);
    let renewed = refuse_barred_unless(co_signer, &answerable, call.now, give)?;
    let id = call.message.pairing;
    let Awaiting { state, commits, .. } = co_signer
        .live
        .pairings
        .take_if(&(owner.clone(), id), call.now, |_| true)
        .ok_or_else(|| ApiError::invalid("no such pairing is under way: start it again"))?;
    refuse_taken(co_signer, id)?;
    let outcome = state.receive(call.message.answer);
    let pairing = received(co_signer, outcome, ((id, owner.clone()), &answerable), call.now)?;
    let record = PairingRecord {
        id,
        owner: owner.clone(),
        commits,
        sealed: Some(seal_pairing(&*co_signer.kek, &pairing)?),
    };
    let answer = keep(co_signer, call.request, &Done {}, call.now)?;
    let wallets = renewed.then(|| answerable.into_wallets());
    or_refuse(co_signer.store.add_pairing(record, answer, wallets, call.now), taken)?;
    if renewed {
        co_signer.metrics.pairing_renewed();
    }
    if session.is_some() {
        prune(co_signer, owner, id, call.now)?;
    }
    Ok(Done {})
}

/// Burns the oldest of what a passkey's sessions made and never used, where it is more than a few: a browser uses its pairing as soon as
/// it has it.
///
/// # Security
/// Nothing that was used is pruned. Another device's might be, which then could not make a new one while failed checks bar it.
fn prune(co_signer: &CoSigner, owner: PairingOwner, made: PairingId, now: u64) -> Result<(), ApiError> {
    match co_signer.live.unused.add(owner, made) {
        Some(oldest) => Ok(co_signer.store.burn_pairing(oldest, now).map(drop)?),
        None => Ok(()),
    }
}

/// The commit whose rotation ended the pairings that a session had: a new one is owed to it, though failed checks bar its passkey. None
/// where it was given one, or made the rotation.
///
/// # Security
/// Without this a session that was stolen could keep its person from every device but the one that rotated: by failing checks.
fn owed(co_signer: &CoSigner, session: Option<&SessionRecord>) -> Result<Option<u64>, ApiError> {
    let Some(session) = session else {
        return Ok(None);
    };
    let mut last = None;
    for wallet in &session.wallets {
        let wallet = co_signer.wallet(*wallet)?;
        if wallet.scheme() == Scheme::EcdsaSecp256k1 && is_rotated(co_signer, &wallet)? {
            last = last.max(Some(wallet.pairings.since));
        }
    }
    Ok(last.filter(|commit| !co_signer.live.owed_pairings.contains(&(session.key, *commit))))
}

/// Gives a session the pairing that is owed to it, once, and no passkey more of them in a day than rotations.
fn give_owed(co_signer: &CoSigner, session: Option<&SessionRecord>, now: u64) -> Result<bool, ApiError> {
    let (Some(session), Some(commit)) = (session, owed(co_signer, session)?) else {
        return Ok(false);
    };
    let owner = PairingOwner::Credential(session.credential.clone());
    Ok(co_signer.limiter.take(Subject::OwedPairing(owner), now).is_ok()
        && co_signer.live.owed_pairings.insert((session.key, commit)))
}

/// Whether the live epoch began by a rotation: the second commit, or a later one.
fn is_rotated(co_signer: &CoSigner, wallet: &WalletRecord) -> Result<bool, ApiError> {
    match wallet.epoch.0.checked_sub(2) {
        Some(epoch) => Ok(co_signer.store.retired_at(wallet.id, Epoch(epoch))?.is_some()),
        None => Ok(false),
    }
}

/// Refuses an id that a pairing has, had, or failed to be made under: each is drawn for one.
pub(super) fn refuse_taken(co_signer: &CoSigner, id: PairingId) -> Result<(), ApiError> {
    match co_signer.store.pairing(id)? {
        Some(_) => Err(taken()),
        None => Ok(()),
    }
}

fn taken() -> ApiError {
    ApiError::invalid("the pairing id is taken: draw another")
}
