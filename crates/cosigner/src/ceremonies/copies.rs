//! The copies of what browsers sealed: kept with the confirmation, given to a session of the same passkey.

use mpc::{Epoch, WalletId};
use wire::{
    Receipt,
    ceremony::{Copies, KeptCopies, KeptCopy, SealedCopy},
    share::MAX_WALLETS,
};

use super::{claim::receipt_of, session_check::live_session};
use crate::{api_error::ApiError, door::Call, state::CoSigner};

/// What copies are sealed as: they tell a reader of the database nothing of whose they are, nor of the keys' chain codes.
const COPY: &[u8] = b"claimkit/cosigner/copy/v1";

fn context(wallet: WalletId, epoch: Epoch) -> Vec<u8> {
    [COPY, &wallet.0, &epoch.0.to_le_bytes()].concat()
}

/// Seals a copy, to be stored.
pub(super) fn seal(
    co_signer: &CoSigner,
    wallet: WalletId,
    epoch: Epoch,
    copy: &SealedCopy,
) -> Result<Vec<u8>, ApiError> {
    if copy.0.is_empty() || copy.0.len() > SealedCopy::LIMIT {
        return Err(ApiError::invalid("a sealed copy has 1 to 8,192 bytes"));
    }
    Ok(co_signer.root.seal_record(&context(wallet, epoch), &copy.0)?)
}

/// Gives a session the copies of its wallets.
pub(crate) fn copies(co_signer: &CoSigner, call: Call<Copies>) -> Result<KeptCopies, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let wallets = call.message.wallets;
    if wallets.is_empty() || wallets.len() > MAX_WALLETS {
        return Err(ApiError::invalid("1 to 16 copies are asked for at once"));
    }
    let mut copies = Vec::with_capacity(wallets.len());
    for wallet in wallets {
        if !session.wallets.contains(&wallet) {
            return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
        }
        copies.push(kept(co_signer, wallet)?);
    }
    Ok(KeptCopies { copies })
}

fn kept(co_signer: &CoSigner, id: WalletId) -> Result<KeptCopy, ApiError> {
    let epoch = co_signer.wallet(id)?.epoch;
    let sealed = co_signer
        .store
        .copy(id, epoch)?
        .ok_or_else(ApiError::wallet_not_found)?;
    let copy = co_signer.root.open_record(&context(id, epoch), &sealed)?;
    Ok(KeptCopy {
        copy: SealedCopy(copy.to_vec()),
        receipt: receipt_of_epoch(co_signer, id, epoch)?,
    })
}

/// The receipt of the claim that made an epoch.
pub(super) fn receipt_of_epoch(co_signer: &CoSigner, wallet: WalletId, epoch: Epoch) -> Result<Receipt, ApiError> {
    let share = co_signer.store.share(wallet, epoch)?;
    let claim = share
        .and_then(|share| share.claim)
        .ok_or_else(|| ApiError::internal("a claimed wallet's share comes from no claim"))?;
    let record = co_signer
        .store
        .claim(claim)?
        .ok_or_else(|| ApiError::internal("a claimed wallet's claim is gone"))?;
    receipt_of(co_signer, &record, wallet)
}
