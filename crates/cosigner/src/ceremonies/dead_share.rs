//! Evidence that a share is dead: who uses a retired epoch is refused with a signed answer.

use mpc::Epoch;
use wire::{Envelope, Refusal, refusal::RefusalBody};

use crate::{
    api_error::ApiError,
    state::CoSigner,
    store::{StoreError, WalletRecord},
};

/// Adds the signed refusal to an error, if the epoch that was used is a retired one.
pub(super) fn refused(
    co_signer: &CoSigner,
    error: ApiError,
    wallet: &WalletRecord,
    epoch: Epoch,
    now: u64,
) -> ApiError {
    match sign(co_signer, wallet, epoch, now) {
        Ok(Some(refusal)) => error.with_refusal(refusal.to_text().to_string()),
        Ok(None) => error,
        // The refusal stands without its evidence.
        Err(failed) => error.because(failed),
    }
}

fn sign(co_signer: &CoSigner, wallet: &WalletRecord, epoch: Epoch, now: u64) -> Result<Option<Refusal>, StoreError> {
    let committed_at = co_signer.store.retired_at(wallet.id, epoch)?;
    Ok(committed_at.map(|committed_at| {
        let body = RefusalBody {
            wallet: wallet.id,
            public_key: wallet.public_key,
            epoch,
            committed_at,
            refused_at: now,
            co_signer: co_signer.root.identity().receipt,
        };
        let signature = co_signer.root.sign_receipt(&body.signed_bytes());
        Refusal { body, signature }
    }))
}
