//! Import: a back end brings a key that exists. Whoever knows the whole key deals; a refresh follows at once, and only what comes
//! out of it is stored: no share that crossed the wire.

use mpc::{KeyInfo, WalletId, import, refresh};
use rand_core::OsRng;
use wire::{
    WalletType,
    ceremony::{ImportFinish, ImportStart},
};

use super::{
    control::refused_more,
    earlier, keep,
    keygen::{WAITS_FOR, refuse_new, taken},
    or_refuse,
};
use crate::{
    api_error::ApiError,
    api_key::Scope,
    door::Call,
    sealing::seal_share,
    state::CoSigner,
    store::{EpochPairings, NewWallet, Origin, WalletRecord},
};

/// An import whose refresh waits for the client's opening.
pub(crate) struct Awaiting {
    state: refresh::CoSignerAwaitingOpening,
    /// What was dealt.
    info: KeyInfo,
    wallet_type: WalletType,
    claimant: [u8; 32],
}

pub(crate) fn start(co_signer: &CoSigner, call: Call<ImportStart>) -> Result<refresh::Offer, ApiError> {
    let key = call.caller.api_key(Scope::WalletsImport)?;
    let ImportStart {
        context,
        wallet_type,
        claimant,
        deal,
        commitment,
    } = call.message;
    let claimant = claimant.normalised().map_err(ApiError::invalid)?;
    refuse_new(co_signer, &context, wallet_type)?;
    let live = &co_signer.live.imports;
    if live.has(&(key.id, context.run), call.now, |_| true) {
        return Err(ApiError::invalid("this run is under way: each needs an id of its own"));
    }
    let dealt = import::co_signer_receive(&context, deal)?;
    let info = dealt.info().clone();
    let (state, offer) = refresh::co_signer_start(&dealt, context.run, &info.key_id, commitment, &mut OsRng)?;
    let awaiting = Awaiting {
        state,
        info,
        wallet_type,
        claimant: co_signer.root.claimant_index(&claimant),
    };
    live.insert((key.id, context.run), awaiting, call.now, call.now + WAITS_FOR)?;
    Ok(offer)
}

pub(crate) fn finish(co_signer: &CoSigner, call: Call<ImportFinish>) -> Result<refresh::Proof, ApiError> {
    let key = call.caller.api_key(Scope::WalletsImport)?;
    let _turn = co_signer.turn(&call.request);
    if let Some(answer) = earlier(co_signer, &call.request)? {
        return Ok(answer);
    }
    let Awaiting {
        state,
        info: dealt,
        wallet_type,
        claimant,
    } = co_signer
        .live
        .imports
        .take_if(&(key.id, call.message.run), call.now, |_| true)
        .ok_or_else(|| ApiError::invalid("no such import is under way: start it again"))?;
    let (share, proof) = state.receive(call.message.opening, &mut OsRng)?;
    let info = share.info();
    if (info.wallet, Some(info.epoch)) != (dealt.wallet, dealt.epoch.next())
        || share.public_key() != dealt.public_key()?
        || info.co_signer == dealt.co_signer
    {
        return Err(ApiError::internal(
            "a refresh gave the share of another key, or the one that was dealt",
        ));
    }
    let wallet = WalletRecord {
        id: info.wallet,
        wallet_type,
        public_key: share.public_key(),
        origin: Origin::Imported,
        claimant,
        epoch: info.epoch,
        pairings: EpochPairings::default(),
        created_at: call.now,
        passkeys: None,
        exported_at: None,
        frozen_at: None,
    };
    let new = NewWallet {
        wallet,
        share: seal_share(&*co_signer.kek, &share)?,
        answer: keep(co_signer, call.request, &proof, call.now)?,
        key: key.id,
        most: co_signer.config.limits.wallets_per_claimant,
    };
    let id = new.wallet.id;
    or_refuse(co_signer.store.create_wallet(new), || {
        refused_more(co_signer, &claimant, || why_not(co_signer, id))
    })?;
    co_signer.metrics.wallet_imported();
    Ok(proof)
}

/// Why an import could not be stored.
fn why_not(co_signer: &CoSigner, id: WalletId) -> ApiError {
    match co_signer.store.wallet(id) {
        Ok(Some(_)) => taken(),
        Ok(None) => ApiError::invalid("the key is a wallet's here already: each is imported once, for one person"),
        Err(error) => error.into(),
    }
}
