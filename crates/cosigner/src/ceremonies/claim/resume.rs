//! Resume: a browser that did not hear a claim's end is told it. What was not committed ends here, for good.

use wire::{
    ErrorCode,
    ceremony::{ClaimResume, ClaimResumed, PendingShare, ResumeOutcome},
    share::MAX_WALLETS,
    statement::ClaimedKey,
};

use super::{receipt_of, transcript};
use crate::{
    api_error::ApiError,
    ceremonies::sign::open_live_share,
    door::Call,
    limits::Subject,
    state::CoSigner,
    store::{ClaimRecord, ShareState},
};

/// Says what became of claims.
///
/// # Security
/// «Ended» lets the browser throw away what it sealed. It is said only once the claim is gone from the store, so that a commit which
/// is still on its way finds none.
pub(crate) fn resume(co_signer: &CoSigner, call: Call<ClaimResume>) -> Result<ClaimResumed, ApiError> {
    let shares = call.message.shares;
    if shares.is_empty() || shares.len() > MAX_WALLETS {
        return Err(ApiError::invalid("1 to 16 pending shares are resumed at once"));
    }
    let mut outcomes = Vec::with_capacity(shares.len());
    for pending in &shares {
        outcomes.push(outcome(co_signer, pending, call.now)?);
    }
    Ok(ClaimResumed { outcomes })
}

fn outcome(co_signer: &CoSigner, pending: &PendingShare, now: u64) -> Result<ResumeOutcome, ApiError> {
    // Of an older copy nothing may be concluded, least of all that a claim has ended.
    co_signer.restored.refuse(pending.key.wallet)?;
    let Some(record) = co_signer.store.claim(pending.claim)? else {
        return Ok(ResumeOutcome::Ended);
    };
    let moves = |key: &ClaimedKey| key.wallet == pending.key.wallet && key.epoch.next() == Some(pending.key.epoch);
    let keys = transcript(&record)?.keys;
    if !keys.iter().any(moves) {
        return Err(ApiError::not_authorised("the claim is of other wallets"));
    }
    keys.iter().try_for_each(|key| co_signer.restored.refuse(key.wallet))?;
    co_signer
        .limiter
        .take(Subject::Resume(pending.key.wallet), now)
        .map_err(ApiError::rate_limited)?;
    co_signer.store.end_claim(record.id, now)?;
    // Read again: a commit may have come before the end.
    match co_signer.store.claim(record.id)? {
        Some(record) => committed(co_signer, &record, pending),
        None => Ok(ResumeOutcome::Ended),
    }
}

fn committed(co_signer: &CoSigner, record: &ClaimRecord, pending: &PendingShare) -> Result<ResumeOutcome, ApiError> {
    let wallet = co_signer.wallet(pending.key.wallet)?;
    let receipt = receipt_of(co_signer, record, wallet.id)?;
    if wallet.epoch != pending.key.epoch {
        return Ok(ResumeOutcome::Superseded(receipt));
    }
    let share = open_live_share(co_signer, &wallet, ShareState::Active, wallet.epoch)?;
    if *share.info() == pending.key {
        Ok(ResumeOutcome::Live(receipt))
    } else {
        Err(ApiError::new(
            ErrorCode::ShareInvalid,
            "the share that was stored for this claim is not the one that the claim made",
        ))
    }
}
