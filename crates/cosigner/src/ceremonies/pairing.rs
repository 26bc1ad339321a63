//! Pairing: the oblivious-transfer set-up that signatures need, of a back end, or of a session whose own was burnt.

use mpc::pairing;
use rand_core::OsRng;
use wire::ceremony::{Done, PairingFinish, PairingStart};

use super::{earlier, keep, or_refuse, sign::signer};
use crate::{
    api_error::ApiError, door::Call, limits::Subject, sealing::seal_pairing, state::CoSigner, store::PairingRecord,
};

/// How long a pairing waits for its second request, in seconds.
const WAITS_FOR: u64 = 120;

/// A pairing that waits for the client's transfers.
pub(crate) struct Awaiting(pairing::CoSignerAwaitingAnswer);

pub(crate) fn start(co_signer: &CoSigner, call: Call<PairingStart>) -> Result<pairing::TransferOffer, ApiError> {
    let (owner, _) = signer(co_signer, &call.caller, call.now)?;
    // Each burnt pairing told one bit: how fast new ones are made bounds how fast bits are learnt.
    co_signer
        .limiter
        .take(Subject::Pairing(owner.clone()), call.now)
        .map_err(ApiError::rate_limited)?;
    let id = call.message.pairing;
    let live = &co_signer.live.pairings;
    if co_signer.store.pairing(id)?.is_some() || live.has(&(owner.clone(), id), call.now, |_| true) {
        return Err(taken());
    }
    let (state, offer) = pairing::co_signer_start(id, &mut OsRng);
    let ends = call.now + WAITS_FOR;
    live.insert((owner, id), Awaiting(state), call.now, ends)?;
    Ok(offer)
}

pub(crate) fn finish(co_signer: &CoSigner, call: Call<PairingFinish>) -> Result<Done, ApiError> {
    let (owner, _) = signer(co_signer, &call.caller, call.now)?;
    let _turn = co_signer.turn(&call.request);
    if let Some(answer) = earlier(co_signer, &call.request)? {
        return Ok(answer);
    }
    let id = call.message.pairing;
    let Awaiting(state) = co_signer
        .live
        .pairings
        .take_if(&(owner.clone(), id), call.now, |_| true)
        .ok_or_else(|| ApiError::invalid("no such pairing is under way: start it again"))?;
    let pairing = state.receive(call.message.answer)?;
    let record = PairingRecord {
        id,
        owner,
        sealed: Some(seal_pairing(&*co_signer.kek, &pairing)?),
    };
    let answer = keep(co_signer, call.request, &Done {}, call.now)?;
    or_refuse(co_signer.store.add_pairing(record, answer, call.now), taken)?;
    Ok(Done {})
}

fn taken() -> ApiError {
    ApiError::invalid("the pairing id is taken: draw another")
}
