//! Signing: the co-signer's half of one signature, for a back end before the claim, for a session after it.

use mpc::{Epoch, Share, WalletId, ecdsa};
use wire::{ErrorCode, ceremony::Sign};

use super::{
    failed_check::Answerable,
    query::{Query, put},
};
use crate::{
    api_error::ApiError,
    api_key::Scope,
    caller::Caller,
    door::Call,
    limits::Subject,
    sealing::{ShareName, open_share},
    state::CoSigner,
    store::{PairingOwner, SessionRecord, ShareState, WalletRecord},
};

pub(crate) fn sign(co_signer: &CoSigner, call: Call<Sign>) -> Result<ecdsa::Answer, ApiError> {
    let Call {
        message, caller, now, ..
    } = call;
    let (owner, session) = signer(co_signer, &caller, now)?;
    if session.is_some_and(|session| !session.wallets.contains(&message.wallet)) {
        return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
    }
    // Looked up first: names that a caller makes up get no bucket.
    let wallet = live_wallet(co_signer, &owner, message.wallet, message.epoch)?;
    co_signer
        .limiter
        .take(Subject::Wallet(wallet.id), now)
        .map_err(ApiError::rate_limited)?;
    let share = open_live_share(co_signer, &wallet, ShareState::Active, message.epoch)?;
    if caller.sender.is_some() && co_signer.store.has_retired(wallet.id)? {
        // The new epoch works: nothing needs the one before it any more.
        co_signer.store.erase_retired(vec![wallet.id], now)?;
    }
    let query = Query {
        pairing: message.pairing,
        owner: &owner,
        answerable: &Answerable::signer(&owner, &[wallet.id]),
        run: message.run,
        digest: message.digest,
        query: message.query,
    };
    let answer = put(co_signer, &share, query, now)?;
    // A claim may have been committed meanwhile: after its commit no older epoch signs.
    live_wallet(co_signer, &owner, message.wallet, message.epoch)?;
    co_signer.metrics.signed();
    Ok(answer)
}

/// Who may ask for signatures, and owns the pairings for it: a back end by its key, a browser by its session.
pub(super) fn signer(
    co_signer: &CoSigner,
    caller: &Caller,
    now: u64,
) -> Result<(PairingOwner, Option<SessionRecord>), ApiError> {
    if caller.is_back_end() {
        return Ok((PairingOwner::ApiKey(caller.api_key(Scope::Sign)?.id), None));
    }
    let key = caller.sender()?;
    let session = co_signer
        .store
        .session(&key)?
        .filter(|session| session.expires_at > now)
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::SessionExpired,
                "the session is over: unlock the wallet again",
            )
        })?;
    co_signer
        .limiter
        .take(Subject::Session(key), now)
        .map_err(ApiError::rate_limited)?;
    Ok((PairingOwner::Credential(session.credential.clone()), Some(session)))
}

/// The wallet, if it is at this epoch and this owner's to sign with.
fn live_wallet(
    co_signer: &CoSigner,
    owner: &PairingOwner,
    wallet: WalletId,
    epoch: Epoch,
) -> Result<WalletRecord, ApiError> {
    let wallet = co_signer.store.wallet(wallet)?.ok_or_else(ApiError::wallet_not_found)?;
    match (owner, &wallet.credential) {
        (PairingOwner::ApiKey(_), Some(_)) => return Err(ApiError::already_claimed()),
        (PairingOwner::Credential(session), Some(credential)) if session != credential => {
            return Err(ApiError::not_authorised("the wallet is of another passkey"));
        }
        (PairingOwner::Credential(_) | PairingOwner::Claim(_), None) => {
            return Err(ApiError::not_authorised("the wallet is not claimed yet"));
        }
        (PairingOwner::ApiKey(_), None) | (PairingOwner::Credential(_) | PairingOwner::Claim(_), Some(_)) => {}
    }
    if wallet.epoch == epoch {
        Ok(wallet)
    } else {
        Err(ApiError::epoch_mismatch())
    }
}

/// Opens a share in the state that it must be in, and holds it against the wallet's public key.
pub(super) fn open_live_share(
    co_signer: &CoSigner,
    wallet: &WalletRecord,
    state: ShareState,
    epoch: Epoch,
) -> Result<Share, ApiError> {
    let record = co_signer
        .store
        .share(wallet.id, epoch)?
        .filter(|record| record.state == state)
        .ok_or_else(ApiError::epoch_mismatch)?;
    let name = ShareName {
        wallet: wallet.id,
        epoch,
        scheme: wallet.scheme,
    };
    let share = open_share(&*co_signer.kek, name, &record.sealed)?;
    if share.public_key() == wallet.public_key {
        Ok(share)
    } else {
        Err(ApiError::internal("the stored share belongs to another public key"))
    }
}
