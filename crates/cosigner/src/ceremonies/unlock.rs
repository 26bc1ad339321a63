//! Unlock: a passkey proves the person, and a key of the browser's becomes the session. Lock ends it.

use mpc::WalletId;
use rand_core::{OsRng, RngCore};
use wire::{
    ErrorCode,
    ceremony::{Done, Lock, UnlockFinish, UnlockOffer, UnlockStart, Unlocked},
    share::MAX_WALLETS,
    statement::{UNLOCK_TRANSCRIPT, UnlockTranscript, to_bytes},
};

use super::{export, sign::open_live_share};
use crate::{
    api_error::ApiError,
    door::Call,
    limits::Subject,
    state::CoSigner,
    store::{SessionRecord, ShareState, WalletRecord},
    webauthn::{RelyingParty, verify_assertion},
};

/// An unlock that waits for the passkey.
pub(crate) struct Awaiting(UnlockTranscript);

pub(crate) fn start(co_signer: &CoSigner, call: Call<UnlockStart>) -> Result<UnlockOffer, ApiError> {
    let session = call.caller.sender()?;
    let wallets = call.message.wallets;
    let mut distinct: Vec<_> = wallets.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() != wallets.len() || distinct.len() > MAX_WALLETS {
        return Err(ApiError::invalid("an unlock names at most 16 wallets, no two alike"));
    }
    for wallet in &wallets {
        // Looked up first: names that anyone may make up get no bucket.
        claimed(co_signer, *wallet)?;
        co_signer
            .limiter
            .take(Subject::Unlock(*wallet), call.now)
            .map_err(ApiError::rate_limited)?;
    }
    let lifetimes = &co_signer.config.lifetimes;
    let mut transcript = UnlockTranscript {
        nonce: [0; 32],
        rp_id: co_signer.config.relying_party.id.clone(),
        session,
        wallets,
        expires_at: call.now + lifetimes.session,
    };
    OsRng.fill_bytes(&mut transcript.nonce);
    let offer = UnlockOffer {
        nonce: transcript.nonce,
        rp_id: transcript.rp_id.clone(),
        expires_at: transcript.expires_at,
    };
    let ends = call.now + lifetimes.unlock;
    let waiting = match transcript.wallets.is_empty() {
        true => &co_signer.live.restores,
        false => &co_signer.live.unlocks,
    };
    waiting.insert(session, Awaiting(transcript), call.now, ends)?;
    Ok(offer)
}

pub(crate) fn finish(co_signer: &CoSigner, call: Call<UnlockFinish>) -> Result<Unlocked, ApiError> {
    let key = call.caller.sender()?;
    let assertion = call.message.assertion;
    // Taken out before anything is checked: each challenge is good for one answer.
    let live = &co_signer.live;
    let Awaiting(transcript) = live
        .unlocks
        .take_if(&key, call.now, |_| true)
        .or_else(|| live.restores.take_if(&key, call.now, |_| true))
        .ok_or_else(|| ApiError::new(ErrorCode::SessionExpired, "this unlock is over: start it again"))?;
    let Some(credential) = co_signer.store.credential(&assertion.credential)? else {
        co_signer.restored.refuse_unknown()?;
        return Err(ApiError::not_authorised("the passkey is not known to this co-signer"));
    };
    let challenge = mpc::tags::hash(UNLOCK_TRANSCRIPT, &[&to_bytes(&transcript)]);
    let relying_party = RelyingParty::of(&co_signer.config);
    let sign_count = verify_assertion(&assertion, &credential.public_key, &challenge, relying_party)?;
    let wallets = approved(co_signer, &transcript.wallets, &credential.id)?;
    let mut keys = Vec::with_capacity(wallets.len());
    for wallet in &wallets {
        let share = open_live_share(co_signer, wallet, ShareState::Active, wallet.epoch)?;
        keys.push(share.info().clone());
    }
    let session = SessionRecord {
        key,
        credential: credential.id,
        wallets: wallets.iter().map(|wallet| wallet.id).collect(),
        expires_at: transcript.expires_at,
    };
    export::give_up(co_signer, key);
    co_signer.store.begin_session(session, sign_count, call.now)?;
    co_signer.metrics.unlocked();
    Ok(Unlocked {
        expires_at: transcript.expires_at,
        keys,
    })
}

/// The wallets that a passkey's answer opens: those that were named, or all of that passkey.
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
    let wallet = |id: &WalletId| {
        let wallet = claimed(co_signer, *id)?;
        match wallet.credential.as_deref() == Some(credential) {
            true => Ok(wallet),
            false => Err(ApiError::not_authorised("the wallet was claimed with another passkey")),
        }
    };
    named.iter().map(wallet).collect()
}

pub(crate) fn lock(co_signer: &CoSigner, call: Call<Lock>) -> Result<Done, ApiError> {
    let session = call.caller.sender()?;
    export::give_up(co_signer, session);
    co_signer.store.end_session(session, call.now)?;
    Ok(Done {})
}

fn claimed(co_signer: &CoSigner, wallet: WalletId) -> Result<WalletRecord, ApiError> {
    let wallet = co_signer.wallet(wallet)?;
    if wallet.credential.is_some() {
        Ok(wallet)
    } else {
        Err(ApiError::not_authorised("the wallet is not claimed yet"))
    }
}
