//! Unlock: a passkey proves the person, and two keys of the browser's become the session: one seals its requests, the other, which
//! can't be copied out of it, signs them.

use mpc::WalletId;
use rand_core::{OsRng, RngCore};
use wire::{
    ErrorCode, ProcessMark,
    ceremony::{Assertion, UnlockFinish, UnlockOffer, UnlockStart, Unlocked},
    share::MAX_WALLETS,
    statement::{UNLOCK_TRANSCRIPT, UnlockTranscript, to_bytes},
};

use super::{
    age, clones, export, or_refuse,
    passkeys::{self, digest},
    session::{seal_device, terms},
    session_check::{Signer, check_signature},
    sign::open_live_share,
};
use crate::{
    api_error::ApiError,
    door::Call,
    limits::{Network, Subject},
    request_signature::is_key,
    state::CoSigner,
    store::{Beginning, Event, SessionRecord, ShareState, WalletRecord},
    webauthn::{Asserted, verify_assertion},
};

/// How many sessions a passkey may have: a person has as many devices and pages open at most.
const MOST_SESSIONS: u32 = 64;

/// An unlock that waits for the passkey, and where it was asked for.
pub(crate) struct Awaiting(UnlockTranscript, Option<Network>);

pub(crate) fn start(co_signer: &CoSigner, call: Call<UnlockStart>) -> Result<UnlockOffer, ApiError> {
    let session = call.caller.sender()?;
    let wallets = call.message.wallets;
    let mut distinct: Vec<_> = wallets.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() != wallets.len() || distinct.len() > MAX_WALLETS {
        return Err(ApiError::invalid("an unlock names at most 16 wallets, no two alike"));
    }
    if !is_key(&call.message.request_key) {
        return Err(ApiError::invalid(
            "the key that signs the session's requests is no point of P-256",
        ));
    }
    for wallet in &wallets {
        // Looked up first: names that anyone may make up get no bucket.
        claimed(co_signer, *wallet)?;
        let from = call.caller.network.map(|network| Subject::UnlockFrom(*wallet, network));
        for subject in from.into_iter().chain([Subject::Unlock(*wallet)]) {
            co_signer
                .limiter
                .take(subject, call.now)
                .map_err(ApiError::rate_limited)?;
        }
    }
    let lifetimes = &co_signer.config.lifetimes;
    let mut transcript = UnlockTranscript {
        nonce: [0; 32],
        rp_id: co_signer.config.relying_party.id.clone(),
        session,
        request_key: call.message.request_key,
        wallets,
        expires_at: call.now + lifetimes.session,
    };
    OsRng.fill_bytes(&mut transcript.nonce);
    let offer = UnlockOffer {
        nonce: transcript.nonce,
        rp_id: transcript.rp_id.clone(),
        answer_by: call.now + lifetimes.unlock,
        expires_at: transcript.expires_at,
        terms: terms(co_signer),
        now: call.now,
        process: ProcessMark(co_signer.process.0),
    };
    let ends = offer.answer_by;
    let waiting = match transcript.wallets.is_empty() {
        true => &co_signer.live.restores,
        false => &co_signer.live.unlocks,
    };
    let awaiting = Awaiting(transcript, call.caller.network);
    waiting.insert_fairly((session, awaiting), (call.now, ends), |Awaiting(_, from)| *from);
    Ok(offer)
}

pub(crate) fn finish(co_signer: &CoSigner, call: Call<UnlockFinish>) -> Result<Unlocked, ApiError> {
    let key = call.caller.sender()?;
    let UnlockFinish {
        assertion,
        device,
        ends_others,
    } = call.message;
    let live = &co_signer.live;
    let over = || ApiError::new(ErrorCode::SessionExpired, "this unlock is over: start it again");
    let about = |Awaiting(transcript, _): &Awaiting| (transcript.request_key, transcript.wallets.clone());
    let (request_key, named) = live
        .unlocks
        .read(&key, call.now, about)
        .or_else(|| live.restores.read(&key, call.now, about))
        .ok_or_else(over)?;
    // Whoever starts a session shows that it has both keys.
    let signer = Signer::Unlock(&request_key, &named);
    check_signature(co_signer, &call.caller, &signer, call.now)?;
    // Taken out before anything of the passkey is checked: each challenge is good for one answer.
    let is_same = |Awaiting(transcript, _): &Awaiting| transcript.request_key == request_key;
    let Awaiting(transcript, _) = live
        .unlocks
        .take_if(&key, call.now, is_same)
        .or_else(|| live.restores.take_if(&key, call.now, is_same))
        .ok_or_else(over)?;
    let approved = approve(co_signer, &transcript, &assertion, call.now);
    if approved
        .as_ref()
        .is_err_and(|refusal| refusal.code() == ErrorCode::NotAuthorised)
    {
        signer.note(co_signer, Event::UnlockRefused, call.now)?;
    }
    let Approval { wallets, asserted } = approved?;
    // With the start, which could show nothing.
    call.caller.prove(co_signer, 2);
    let (mut keys, mut passkeys) = (Vec::with_capacity(wallets.len()), Vec::with_capacity(wallets.len()));
    let mut rotate_by = None;
    for wallet in &wallets {
        let share = open_live_share(co_signer, wallet, ShareState::Active, wallet.epoch)?;
        keys.push(share.info().clone());
        passkeys.push(digest(wallet)?);
        rotate_by = [rotate_by, age::ends_at(co_signer, wallet)?]
            .into_iter()
            .flatten()
            .min();
    }
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let session = SessionRecord {
        key,
        id,
        request_key,
        credential: assertion.credential,
        wallets: wallets.iter().map(|wallet| wallet.id).collect(),
        device: seal_device(co_signer, &id, &device)?,
        // Its longest counts from its offer, as its client knows it.
        began_at: transcript.expires_at.saturating_sub(co_signer.config.lifetimes.session),
        used_at: call.now,
        expires_at: transcript.expires_at,
        refreshed: 0,
    };
    export::give_up(co_signer, key);
    passkeys::give_up(co_signer, key);
    // One that opens sessions all day fills no log with it.
    let told = co_signer
        .limiter
        .take(Subject::NotedUnlock(session.credential.clone()), call.now);
    let beginning = Beginning {
        sign_count: asserted.sign_count,
        backup_eligible: asserted.backup_eligible,
        ends_others,
        is_told: told.is_ok(),
        most: MOST_SESSIONS,
        at: call.now,
    };
    or_refuse(co_signer.store.begin_session(session, beginning), || {
        ApiError::not_authorised("the passkey was removed from the wallet meanwhile")
    })?;
    co_signer.metrics.unlocked();
    Ok(Unlocked {
        session: id,
        expires_at: transcript.expires_at,
        keys,
        passkeys,
        rotate_by,
    })
}

/// What a passkey approved.
struct Approval {
    wallets: Vec<WalletRecord>,
    asserted: Asserted,
}

fn approve(
    co_signer: &CoSigner,
    transcript: &UnlockTranscript,
    assertion: &Assertion,
    now: u64,
) -> Result<Approval, ApiError> {
    let Some(credential) = co_signer.store.credential(&assertion.credential)? else {
        co_signer.restored.refuse_unknown()?;
        return Err(ApiError::not_authorised("the passkey is not known to this co-signer"));
    };
    let challenge = mpc::tags::hash(UNLOCK_TRANSCRIPT, &[&to_bytes(transcript)]);
    let relying_party = &co_signer.config.relying_party;
    let asserted = verify_assertion(assertion, &credential.public_key, &challenge, relying_party)?;
    let wallets = approved(co_signer, &transcript.wallets, &credential.id)?;
    let ids: Vec<_> = wallets.iter().map(|wallet| wallet.id).collect();
    clones::look(co_signer, &credential, asserted, &ids, now)?;
    Ok(Approval { wallets, asserted })
}

/// The wallets that a passkey's answer opens: of those that were named the first, and whichever others it opens; or all of that passkey.
fn approved(co_signer: &CoSigner, named: &[WalletId], credential: &[u8]) -> Result<Vec<WalletRecord>, ApiError> {
    if named.is_empty() {
        let mut wallets = co_signer.store.wallets_with(credential)?;
        wallets.truncate(MAX_WALLETS);
        wallets
            .iter()
            .try_for_each(|wallet| co_signer.restored.refuse(wallet.id))?;
        return match wallets.is_empty() {
            true => Err(ApiError::wallet_not_found()),
            false => Ok(wallets),
        };
    }
    let mut opened = Vec::with_capacity(named.len());
    for id in named {
        let wallet = claimed(co_signer, *id)?;
        if wallet.is_opened_by(credential) {
            opened.push(wallet);
        } else if opened.is_empty() {
            return Err(ApiError::not_authorised(
                "the passkey does not open this wallet: it was claimed with another, or this one was removed",
            ));
        }
    }
    Ok(opened)
}

fn claimed(co_signer: &CoSigner, wallet: WalletId) -> Result<WalletRecord, ApiError> {
    let wallet = co_signer.wallet(wallet)?;
    if wallet.is_claimed() {
        Ok(wallet)
    } else {
        Err(ApiError::not_authorised("the wallet is not claimed yet"))
    }
}
