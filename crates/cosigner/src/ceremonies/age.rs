//! How old the shares of a claimed wallet may get, where an operator wants them changed by time, and how old they must be to be changed
//! again.

use mpc::Epoch;

use crate::{api_error::ApiError, state::CoSigner, store::WalletRecord};

/// When the live epoch of a claimed wallet gets too old, Unix seconds. Nothing where no epoch does.
pub(super) fn ends_at(co_signer: &CoSigner, wallet: &WalletRecord) -> Result<Option<u64>, ApiError> {
    match co_signer.config.lifetimes.epoch {
        0 => Ok(None),
        longest => Ok(began_at(co_signer, wallet)?.map(|began_at| began_at.saturating_add(longest))),
    }
}

/// When the live epoch of a claimed wallet began, Unix seconds.
fn began_at(co_signer: &CoSigner, wallet: &WalletRecord) -> Result<Option<u64>, ApiError> {
    match wallet.epoch.0.checked_sub(1).map(Epoch) {
        Some(before) => Ok(co_signer.store.retired_at(wallet.id, before)?),
        None => Ok(None),
    }
}

/// Refuses to rotate what was rotated a moment ago. What a claim made may be rotated at once: there is one of it.
pub(super) fn refuse_young(co_signer: &CoSigner, wallet: &WalletRecord, now: u64) -> Result<(), ApiError> {
    let pause = u64::from(co_signer.config.limits.rotation_pause);
    let is_rotated = wallet.epoch.0 > 1;
    let began_at = began_at(co_signer, wallet)?.filter(|_| is_rotated);
    // A clock that was set back keeps nobody out for longer.
    let wait = began_at.map_or(0, |at| at.saturating_add(pause).saturating_sub(now).min(pause));
    match wait {
        0 => Ok(()),
        seconds => Err(ApiError::rate_limited(u32::try_from(seconds).unwrap_or(u32::MAX))),
    }
}

/// Refuses to sign with shares that are too old.
pub(super) fn refuse_old(co_signer: &CoSigner, wallet: &WalletRecord, now: u64) -> Result<(), ApiError> {
    match ends_at(co_signer, wallet)? {
        Some(end) if end <= now => Err(ApiError::not_authorised(
            "the shares are older than this co-signer's operator allows: rotate the wallet, then sign again",
        )),
        Some(_) | None => Ok(()),
    }
}
