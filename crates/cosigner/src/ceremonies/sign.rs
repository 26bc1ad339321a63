//! Signing: the co-signer's half of one signature, for a back end before the claim, for a session after it.

use mpc::{Epoch, PairingId, Scheme, Share, WalletId, eddsa};
use wire::ceremony::{Sign, SignAnswer, SignQuery};

use super::{
    age, dead_share,
    failed_check::Answerable,
    query::{EcdsaQuery, EddsaQuery, Query, put},
    session_check::{live_session, over},
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

/// The pairing that a signature needs, if any.
pub(crate) fn queried(_: &CoSigner, sign: &Sign) -> Result<Option<PairingId>, ApiError> {
    match &sign.query {
        SignQuery::Ecdsa { pairing, .. } => Ok(Some(*pairing)),
        SignQuery::Eddsa { .. } => Ok(None),
    }
}

pub(crate) fn sign(co_signer: &CoSigner, call: Call<Sign>) -> Result<SignAnswer, ApiError> {
    let Call {
        message: Sign {
            wallet,
            epoch,
            run,
            query,
        },
        caller,
        now,
        turn,
        ..
    } = call;
    // Before anything else: the session may be lost with the rest.
    co_signer.restored.refuse(wallet)?;
    let (owner, session) = signer(co_signer, &caller, now)?;
    if session.is_some_and(|session| !session.wallets.contains(&wallet)) {
        return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
    }
    // Looked up first: names that a caller makes up get no bucket.
    let record = live_wallet(co_signer, &owner, wallet, epoch, now)?;
    co_signer
        .limiter
        .take(Subject::Wallet(wallet), now)
        .map_err(ApiError::rate_limited)?;
    check_query(&record, &query)?;
    if caller.sender.is_some() {
        age::refuse_old(co_signer, &record, now)?;
    }
    let share = open_live_share(co_signer, &record, ShareState::Active, epoch)?;
    let answerable = Answerable::signer(&owner, &[wallet]);
    let query = match query {
        SignQuery::Ecdsa {
            pairing,
            path,
            digest,
            query,
        } => Query::Ecdsa(EcdsaQuery {
            pairing,
            wallet: &record,
            owner: &owner,
            answerable: &answerable,
            path,
            run,
            digest,
            query,
            turn: turn.as_ref(),
        }),
        SignQuery::Eddsa { message, query } => Query::Eddsa(EddsaQuery { run, message, query }),
    };
    let answer = put(co_signer, &share, query, now)?;
    // A claim may have been committed meanwhile, or the wallet frozen: from then on no older epoch, and nothing frozen, signs.
    live_wallet(co_signer, &owner, wallet, epoch, now)?;
    // Nor does a session that was revoked meanwhile.
    if let PairingOwner::Credential(_) = owner
        && co_signer.store.session(&caller.sender()?)?.is_none()
    {
        return Err(over());
    }
    if caller.sender.is_some() && co_signer.store.has_retired(wallet)? {
        // The new epoch has signed: nothing needs the one before it any more.
        co_signer.store.erase_retired(vec![wallet], now)?;
    }
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
    let session = live_session(co_signer, caller, now)?;
    Ok((PairingOwner::Credential(session.credential.clone()), Some(session)))
}

/// The wallet, if it is at this epoch and this owner's to sign with.
fn live_wallet(
    co_signer: &CoSigner,
    owner: &PairingOwner,
    wallet: WalletId,
    epoch: Epoch,
    now: u64,
) -> Result<WalletRecord, ApiError> {
    let wallet = co_signer.wallet(wallet)?;
    let refused = |error| Err(dead_share::refused(co_signer, error, &wallet, epoch, now));
    match (owner, wallet.is_claimed()) {
        (PairingOwner::ApiKey(_), true) => return refused(ApiError::already_claimed()),
        (PairingOwner::Credential(session), true) if !wallet.is_opened_by(session) => {
            return Err(ApiError::not_authorised(
                "the wallet is not opened by the session's passkey",
            ));
        }
        (PairingOwner::Credential(_) | PairingOwner::Claim(_), false) => {
            return Err(ApiError::not_authorised("the wallet is not claimed yet"));
        }
        (PairingOwner::ApiKey(_), false) | (PairingOwner::Credential(_) | PairingOwner::Claim(_), true) => {}
    }
    if wallet.epoch != epoch {
        return refused(ApiError::epoch_mismatch());
    }
    wallet.refuse_frozen()?;
    Ok(wallet)
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
        scheme: wallet.scheme(),
    };
    let share = open_share(&*co_signer.kek, name, &record.sealed)?;
    if share.public_key() == wallet.public_key {
        Ok(share)
    } else {
        Err(ApiError::internal("the stored share belongs to another public key"))
    }
}

/// Checks that the query is of the wallet's scheme, and of a length that is signed.
fn check_query(wallet: &WalletRecord, query: &SignQuery) -> Result<(), ApiError> {
    match (wallet.scheme(), query) {
        (Scheme::EddsaEd25519, SignQuery::Eddsa { message, .. }) if message.len() > eddsa::MAX_MESSAGE => {
            Err(ApiError::invalid("at most 8,192 bytes are signed at once"))
        }
        (Scheme::EcdsaSecp256k1, SignQuery::Ecdsa { .. }) | (Scheme::EddsaEd25519, SignQuery::Eddsa { .. }) => Ok(()),
        (Scheme::EcdsaSecp256k1, SignQuery::Eddsa { .. }) | (Scheme::EddsaEd25519, SignQuery::Ecdsa { .. }) => {
            Err(ApiError::invalid("the query is of another scheme than the wallet's"))
        }
    }
}
