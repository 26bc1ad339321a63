//! How old the shares of a claimed wallet may get: an operator may want them changed by time.

use mpc::Epoch;

use crate::{api_error::ApiError, state::CoSigner, store::WalletRecord};

/// When the live epoch of a claimed wallet gets too old, Unix seconds. Nothing where no epoch does.
pub(super) fn ends_at(co_signer: &CoSigner, wallet: &WalletRecord) -> Result<Option<u64>, ApiError> {
    let longest = co_signer.config.lifetimes.epoch;
    let Some(before) = wallet.epoch.0.checked_sub(1).map(Epoch).filter(|_| longest > 0) else {
        return Ok(None);
    };
    let began_at = co_signer.store.retired_at(wallet.id, before)?;
    Ok(began_at.map(|began_at| began_at.saturating_add(longest)))
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
