//! Refresh and prepare: both sides move to the next shares, and the co-signer stores its own as pending before it proves them.

use mpc::{PairingId, Scheme, pairing, refresh};
use rand_core::OsRng;
use wire::{
    ceremony::{ClaimPrepare, ClaimPrepared, ClaimRefresh, ClaimRefreshOffer},
    statement::{ClaimedKey, to_bytes},
};

use super::{
    Offered, RECEIPT_CLAIMANT, Refreshing,
    ground::{answerable, held, refuse_barred, refuse_strangers},
    missing, transcript_hash,
};
use crate::{
    api_error::ApiError,
    ceremonies::{earlier, failed_check::received, keep, or_refuse, pairing::refuse_taken, sign::open_live_share},
    door::Call,
    sealing::{seal_pairing, seal_share},
    state::CoSigner,
    store::{ClaimGround, ClaimedWallet, PairingOwner, PreparedClaim, ShareState},
};

pub(crate) fn refresh(co_signer: &CoSigner, call: Call<ClaimRefresh>) -> Result<ClaimRefreshOffer, ApiError> {
    let browser = call.caller.sender()?;
    let ClaimRefresh {
        claim,
        run,
        pairing,
        commitments,
    } = call.message;
    let live = &co_signer.live.offered;
    let is_own = |offered: &Offered| offered.browser == browser;
    // Who is refused for a time comes again with the same offer: it is taken out after that.
    let transcript = live.look(&claim, call.now, |offered| {
        is_own(offered).then(|| offered.transcript.clone())
    });
    if let Some(transcript) = transcript {
        refuse_strangers(co_signer, &transcript, &call.caller, call.now)?;
        refuse_barred(co_signer, &transcript, call.now)?;
    }
    let offered = live
        .take_if(&claim, call.now, is_own)
        .ok_or_else(|| missing(co_signer, claim, browser, call.now))?;
    call.caller.prove(co_signer, 1);
    let keys = &offered.transcript.keys;
    if commitments.len() != keys.len() {
        return Err(ApiError::invalid("the claim needs one commitment for each wallet"));
    }
    check_pairing(co_signer, keys, pairing)?;
    let binding = transcript_hash(&offered.transcript);
    let mut refreshes = Vec::with_capacity(keys.len());
    let mut offers = Vec::with_capacity(keys.len());
    for (key, commitment) in keys.iter().zip(commitments) {
        let wallet = held(co_signer, &offered.transcript.ground, key, call.now)?;
        let share = open_live_share(co_signer, &wallet, ShareState::Active, key.epoch)?;
        let (state, offer) = refresh::co_signer_start(&share, run, &binding, commitment, &mut OsRng)?;
        refreshes.push(state);
        offers.push(offer);
    }
    let commits = co_signer.store.commits()?;
    let (pairing, transfers) = pairing.map(|id| pairing::co_signer_start(id, &mut OsRng)).unzip();
    // In the place of one on the same ground. Another of these wallets goes on: commitments may be anybody's, and prove no share.
    let is_replaced = |earlier: &Refreshing| earlier.offered.is_of(&offered);
    co_signer.live.refreshing.drop_if(is_replaced);
    let times = (call.now, offered.expires_at);
    let refreshing = Refreshing {
        offered,
        refreshes,
        pairing,
        commits,
    };
    // Who fills the memory with claims of a wallet crowds out claims of it.
    let live = &co_signer.live.refreshing;
    live.insert_fairly((claim, refreshing), times, |refreshing| refreshing.offered.holder());
    Ok(ClaimRefreshOffer { offers, transfers })
}

pub(crate) fn prepare(co_signer: &CoSigner, call: Call<ClaimPrepare>) -> Result<ClaimPrepared, ApiError> {
    let browser = call.caller.sender()?;
    let _turn = co_signer.turn(&call.request);
    if let Some(answer) = earlier(co_signer, &call.request)? {
        return Ok(answer);
    }
    let ClaimPrepare {
        claim,
        openings,
        transfers,
    } = call.message;
    let live = &co_signer.live.refreshing;
    let is_own = |refreshing: &Refreshing| refreshing.offered.browser == browser;
    // Whoever may not go on throws nothing away: it is taken out after that.
    let transcript = live.look(&claim, call.now, |refreshing| {
        is_own(refreshing).then(|| refreshing.offered.transcript.clone())
    });
    if let Some(transcript) = transcript {
        refuse_strangers(co_signer, &transcript, &call.caller, call.now)?;
    }
    let Refreshing {
        offered,
        refreshes,
        pairing,
        commits,
    } = live
        .take_if(&claim, call.now, is_own)
        .ok_or_else(|| missing(co_signer, claim, browser, call.now))?;
    call.caller.prove(co_signer, 1);
    if openings.len() != refreshes.len() {
        return Err(ApiError::invalid("the claim needs one opening for each wallet"));
    }
    let answerable = answerable(&offered.transcript);
    // Again: another claim of these wallets may have failed since this one was refreshed.
    let renews = refuse_barred(co_signer, &offered.transcript, call.now)?;
    let pairing = match (pairing, transfers) {
        (Some(pairing), Some(transfers)) => {
            let id = pairing.id();
            refuse_taken(co_signer, id)?;
            let of = ((id, PairingOwner::Claim(claim)), &answerable);
            Some(received(co_signer, pairing.receive(transfers), of, call.now)?)
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(ApiError::invalid(
                "transfers are answered where a pairing is made, and only there",
            ));
        }
    };
    let mut wallets = Vec::with_capacity(refreshes.len());
    let (mut proofs, mut evidence) = (Vec::with_capacity(refreshes.len()), Vec::with_capacity(refreshes.len()));
    for ((state, opening), key) in refreshes.into_iter().zip(openings).zip(&offered.transcript.keys) {
        let (share, proof, proved) = state.receive_with_evidence(opening, &mut OsRng)?;
        let info = share.info();
        if (info.wallet, Some(info.epoch), share.public_key()) != (key.wallet, key.epoch.next(), key.public_key) {
            return Err(ApiError::internal("a refresh gave the share of another key"));
        }
        wallets.push(ClaimedWallet {
            wallet: key.wallet,
            from: key.epoch,
            to: info.epoch,
            share: seal_share(&*co_signer.kek, &share)?,
        });
        proofs.push(proof);
        evidence.push(proved);
    }
    let prepared = ClaimPrepared { proofs };
    let record = PreparedClaim {
        id: claim,
        browser,
        transcript: to_bytes(&offered.transcript),
        evidence: to_bytes(&evidence),
        ground: offered.ground.clone(),
        receipt_claimant: co_signer
            .root
            .seal_record(&[RECEIPT_CLAIMANT, &claim].concat(), &offered.receipt_claimant)?,
        expires_at: offered.expires_at,
        wallets,
        pairing: match pairing {
            Some(pairing) => Some((pairing.id(), seal_pairing(&*co_signer.kek, &pairing)?)),
            None => None,
        },
        commits,
        renews,
        answer: keep(co_signer, call.request, &prepared, call.now)?,
        at: call.now,
    };
    let stored = co_signer.store.prepare_claim(record);
    or_refuse(stored, || why_not(co_signer, &offered, call.now))?;
    // Of the claims of a wallet one goes on, as at the store: this one, whose client has proved that it holds the shares.
    let keys = &offered.transcript.keys;
    live.drop_if(|earlier| earlier.moves_any(keys));
    if renews {
        co_signer.metrics.pairing_renewed();
    }
    Ok(prepared)
}

/// Checks that a pairing is asked for where a wallet signs with ECDSA, and only there, under an id that is free.
fn check_pairing(co_signer: &CoSigner, keys: &[ClaimedKey], pairing: Option<PairingId>) -> Result<(), ApiError> {
    let needed = keys.iter().any(|key| key.scheme == Scheme::EcdsaSecp256k1);
    match pairing {
        Some(_) if !needed => Err(ApiError::invalid("no wallet of the claim needs a pairing")),
        None if needed => Err(ApiError::invalid(
            "a wallet of the claim signs with ECDSA: name a pairing",
        )),
        Some(id) => refuse_taken(co_signer, id),
        None => Ok(()),
    }
}

/// Why a claim could not be stored.
fn why_not(co_signer: &CoSigner, offered: &Offered, now: u64) -> ApiError {
    for key in &offered.transcript.keys {
        match (held(co_signer, &offered.transcript.ground, key, now), &offered.ground) {
            (Ok(wallet), ClaimGround::Ticket { claimant, .. }) if wallet.claimant != *claimant => {
                return ApiError::not_authorised("the wallet was given another claimant meanwhile");
            }
            (Ok(_), _) => {}
            (Err(error), _) => return error,
        }
    }
    ApiError::claim_expired()
}
