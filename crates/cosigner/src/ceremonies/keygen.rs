//! Key generation: a back end makes a wallet for someone who has not arrived yet.

use mpc::{Epoch, keygen};
use rand_core::OsRng;
use wire::{
    WalletType,
    ceremony::{KeygenFinish, KeygenStart},
};

use super::{control::refused_more, earlier, keep, or_refuse};
use crate::{
    api_error::ApiError,
    api_key::Scope,
    door::Call,
    sealing::seal_share,
    state::CoSigner,
    store::{EpochPairings, NewWallet, Origin, WalletRecord},
};

/// How long a key generation, or an import, waits for its second request, in seconds.
pub(super) const WAITS_FOR: u64 = 60;

/// A key generation that waits for the client's opening.
pub(crate) struct Awaiting {
    state: keygen::CoSignerAwaitingOpening,
    wallet_type: WalletType,
    claimant: [u8; 32],
}

pub(crate) fn start(co_signer: &CoSigner, call: Call<KeygenStart>) -> Result<keygen::Offer, ApiError> {
    let key = call.caller.api_key(Scope::WalletsCreate)?;
    let KeygenStart {
        context,
        wallet_type,
        claimant,
        commitment,
    } = call.message;
    let claimant = claimant.normalised().map_err(ApiError::invalid)?;
    refuse_new(co_signer, &context, wallet_type)?;
    let run = context.run;
    let (state, offer) = keygen::co_signer_start(context, commitment, &mut OsRng)?;
    let awaiting = Awaiting {
        state,
        wallet_type,
        claimant: co_signer.root.claimant_index(&claimant),
    };
    let live = &co_signer.live.keygens;
    if live.has(&(key.id, run), call.now, |_| true) {
        return Err(ApiError::invalid("this run is under way: each needs an id of its own"));
    }
    live.insert((key.id, run), awaiting, call.now, call.now + WAITS_FOR)?;
    Ok(offer)
}

pub(crate) fn finish(co_signer: &CoSigner, call: Call<KeygenFinish>) -> Result<keygen::Confirmation, ApiError> {
    let key = call.caller.api_key(Scope::WalletsCreate)?;
    let _turn = co_signer.turn(&call.request);
    if let Some(answer) = earlier(co_signer, &call.request)? {
        return Ok(answer);
    }
    let awaiting = co_signer
        .live
        .keygens
        .take_if(&(key.id, call.message.run), call.now, |_| true)
        .ok_or_else(|| ApiError::invalid("no such key generation is under way: start it again"))?;
    let (share, confirmation) = awaiting.state.receive(call.message.opening)?;
    let info = share.info();
    let wallet = WalletRecord {
        id: info.wallet,
        wallet_type: awaiting.wallet_type,
        public_key: share.public_key(),
        origin: Origin::Generated,
        claimant: awaiting.claimant,
        epoch: Epoch(0),
        pairings: EpochPairings::default(),
        created_at: call.now,
        passkeys: None,
        exported_at: None,
        frozen_at: None,
    };
    let new = NewWallet {
        wallet,
        share: seal_share(&*co_signer.kek, &share)?,
        answer: keep(co_signer, call.request, &confirmation, call.now)?,
        key: key.id,
        most: co_signer.config.limits.wallets_per_claimant,
    };
    let claimant = awaiting.claimant;
    or_refuse(co_signer.store.create_wallet(new), || {
        refused_more(co_signer, &claimant, taken)
    })?;
    co_signer.metrics.wallet_created();
    Ok(confirmation)
}

/// Refuses a wallet whose type is of another scheme, or whose id is taken.
pub(super) fn refuse_new(
    co_signer: &CoSigner,
    context: &keygen::Context,
    wallet_type: WalletType,
) -> Result<(), ApiError> {
    if context.scheme != wallet_type.scheme() {
        return Err(ApiError::invalid("the scheme is not that of the wallet's type"));
    }
    co_signer.restored.refuse(context.wallet)?;
    match co_signer.store.wallet(context.wallet)? {
        Some(_) => Err(taken()),
        None => Ok(()),
    }
}

pub(super) fn taken() -> ApiError {
    ApiError::invalid("the wallet id is taken: draw another")
}
