//! Export: where the operator allows it, a session that asks its person again gets the co-signer's share of a wallet.

use mpc::{
    Epoch, KeyInfo, WalletId,
    channel::ChannelPublicKey,
    export::{Reveal, co_signer_reveal},
};
use rand_core::{OsRng, RngCore};
use wire::{
    ErrorCode,
    ceremony::{Assertion, ExportFinish, ExportOffer, ExportStart},
    statement::{ClaimedKey, EXPORT_TRANSCRIPT, ExportTranscript, to_bytes},
};

use super::{clones, dead_share, note, or_refuse, session_check::live_session, sign::open_live_share};
use crate::{
    api_error::ApiError,
    config::ExportPolicy,
    door::Call,
    limits::Subject,
    state::CoSigner,
    store::{Event, Export, SessionRecord, ShareState, WalletRecord},
    webauthn::verify_assertion,
};

/// An export that waits for the passkey.
pub(crate) struct Awaiting {
    session: ChannelPublicKey,
    wallet: WalletId,
    nonce: [u8; 32],
}

pub(crate) fn start(co_signer: &CoSigner, call: Call<ExportStart>) -> Result<ExportOffer, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let wallet = wallet_of(co_signer, &session, call.message.wallet)?;
    let offered = offer(co_signer, &session, &wallet, call.now);
    told(co_signer, &wallet, call.now, offered)
}

/// Reveals the co-signer's share.
///
/// # Security
/// The passkey signs this very export: nonce, session, wallet, key and epoch stand in its challenge. That the wallet was exported
/// is on the disk before anything is revealed; that it was refused, before that is answered.
pub(crate) fn finish(co_signer: &CoSigner, call: Call<ExportFinish>) -> Result<Reveal, ApiError> {
    let ExportFinish {
        wallet,
        epoch,
        assertion,
    } = call.message;
    let session = live_session(co_signer, &call.caller, call.now)?;
    // Taken out before anything is checked: each challenge is good for one answer.
    let place = (session.key, wallet);
    let awaiting = co_signer.live.exports.take_if(&place, call.now, |_| true);
    let wallet = wallet_of(co_signer, &session, wallet)?;
    let revealed = reveal(co_signer, session, &wallet, (epoch, assertion, awaiting), call.now);
    told(co_signer, &wallet, call.now, revealed)
}

fn offer(
    co_signer: &CoSigner,
    session: &SessionRecord,
    wallet: &WalletRecord,
    now: u64,
) -> Result<ExportOffer, ApiError> {
    co_signer
        .limiter
        .take(Subject::Export(session.key), now)
        .map_err(ApiError::rate_limited)?;
    check_policy(co_signer)?;
    note(co_signer, vec![wallet.id], Event::ExportStarted, now)?;
    let mut nonce = [0; 32];
    OsRng.fill_bytes(&mut nonce);
    let ends = now + co_signer.config.lifetimes.unlock;
    let place = (session.key, wallet.id);
    let awaiting = Awaiting {
        session: session.key,
        wallet: wallet.id,
        nonce,
    };
    // By the wallet: a person's many sessions crowd out nobody else's.
    co_signer
        .live
        .exports
        .insert_fairly((place, awaiting), (now, ends), |awaiting| awaiting.wallet);
    Ok(ExportOffer {
        nonce,
        rp_id: co_signer.config.relying_party.id.clone(),
    })
}

fn reveal(
    co_signer: &CoSigner,
    session: SessionRecord,
    wallet: &WalletRecord,
    (epoch, assertion, awaiting): (Epoch, Assertion, Option<Awaiting>),
    now: u64,
) -> Result<Reveal, ApiError> {
    check_policy(co_signer)?;
    let Awaiting { nonce, .. } =
        awaiting.ok_or_else(|| ApiError::new(ErrorCode::SessionExpired, "this export is over: start it again"))?;
    if wallet.epoch != epoch {
        return Err(dead_share::refused(
            co_signer,
            ApiError::epoch_mismatch(),
            wallet,
            epoch,
            now,
        ));
    }
    if assertion.credential != session.credential {
        return Err(ApiError::not_authorised(
            "another passkey approved than the one that opened the session",
        ));
    }
    let credential = co_signer
        .store
        .credential(&session.credential)?
        .ok_or_else(|| ApiError::internal("the credential of a session is not stored"))?;
    let share = open_live_share(co_signer, wallet, ShareState::Active, epoch)?;
    let challenge = challenge(co_signer, nonce, session.key, share.info())?;
    let relying_party = &co_signer.config.relying_party;
    let asserted = verify_assertion(&assertion, &credential.public_key, &challenge, relying_party)?;
    clones::look(co_signer, &credential, asserted, &[wallet.id], now)?;
    let export = Export {
        wallet: wallet.id,
        epoch,
        session: session.key,
        credential: session.credential,
        sign_count: asserted.sign_count,
        at: now,
    };
    or_refuse(co_signer.store.record_export(export), || {
        match co_signer.wallet(wallet.id) {
            Ok(now) if now.frozen_at.is_some() => ApiError::wallet_frozen(),
            Ok(_) | Err(_) => ApiError::new(
                ErrorCode::SessionExpired,
                "the session, or the epoch of the wallet, ended meanwhile: unlock the wallet again",
            ),
        }
    })?;
    co_signer.metrics.exported();
    Ok(co_signer_reveal(&share)?)
}

/// Puts a refusal into the audit log before it is answered, six times a minute. Only of a session that holds the wallet: nobody writes into the log of
/// another's. A store that just failed is not asked again.
fn told<T>(co_signer: &CoSigner, wallet: &WalletRecord, now: u64, outcome: Result<T, ApiError>) -> Result<T, ApiError> {
    if let Err(refusal) = &outcome
        && refusal.code() != ErrorCode::StorageUnavailable
    {
        note(co_signer, vec![wallet.id], Event::ExportRefused, now)?;
    }
    outcome
}

/// Gives up what a session has started: it ended, or another begins in its place.
pub(super) fn give_up(co_signer: &CoSigner, session: ChannelPublicKey) {
    co_signer.live.exports.drop_if(|awaiting| awaiting.session == session);
}

fn check_policy(co_signer: &CoSigner) -> Result<(), ApiError> {
    match co_signer.config.policy.export {
        ExportPolicy::Allowed => Ok(()),
        ExportPolicy::Refused => Err(ApiError::not_authorised(
            "this co-signer's policy refuses exports: its operator may set policy.export",
        )),
    }
}

/// The wallet, if the session was unlocked for it and it is its passkey's.
fn wallet_of(co_signer: &CoSigner, session: &SessionRecord, id: WalletId) -> Result<WalletRecord, ApiError> {
    if !session.wallets.contains(&id) {
        return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
    }
    let wallet = co_signer.wallet(id)?;
    if !wallet.is_opened_by(&session.credential) {
        return Err(ApiError::not_authorised(
            "the wallet is not opened by the session's passkey",
        ));
    }
    wallet.refuse_frozen()?;
    Ok(wallet)
}

/// What the passkey signs: the hash of everything that the export is about.
fn challenge(
    co_signer: &CoSigner,
    nonce: [u8; 32],
    session: ChannelPublicKey,
    info: &KeyInfo,
) -> Result<[u8; 32], ApiError> {
    let transcript = ExportTranscript {
        nonce,
        rp_id: co_signer.config.relying_party.id.clone(),
        session,
        key: ClaimedKey::of(info)?,
    };
    Ok(mpc::tags::hash(EXPORT_TRANSCRIPT, &[&to_bytes(&transcript)]))
}
