//! The client's side of making a pairing.

use mpc::{
    PairingId,
    pairing::{self, ClientPairing, TransferAnswer, TransferOffer, Transfers},
};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, ErrorCode,
    ceremony::{PairingFinish, PairingStart},
};

use crate::{
    Error, Fault,
    exchange::{Caller, call, insist},
    host::{Cancel, Host},
};

/// How many transfers are done before others may run: about 8 ms in a browser.
const SLICE: usize = 12;

/// Does the transfers in slices; `progress` hears how many are done.
pub(crate) async fn make<H: Host>(
    host: &H,
    id: PairingId,
    offer: TransferOffer,
    cancel: &Cancel,
    progress: impl Fn(usize),
) -> Result<(ClientPairing, TransferAnswer), Error> {
    let mut transfers = pairing::client_start(id, offer)?;
    loop {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        progress(transfers.done());
        match transfers.advance(SLICE, &mut OsRng)? {
            pairing::Progress::More(rest) => transfers = rest,
            pairing::Progress::Done(pairing, answer) => {
                progress(Transfers::COUNT);
                return Ok((pairing, answer));
            }
        }
        host.pause().await;
    }
}

/// Makes a pairing on its own: for a back end, and for a session whose own can't be used any more.
pub(crate) async fn agree<H: Host>(
    host: &H,
    to: &CoSignerIdentity,
    caller: Caller<'_, H>,
    cancel: &Cancel,
) -> Result<ClientPairing, Error> {
    let id = PairingId::random(&mut OsRng);
    let offer = call(host, to, caller, &PairingStart { pairing: id }, cancel).await?;
    let (pairing, answer) = make(host, id, offer, cancel, |_| ()).await?;
    insist(host, to, caller, &PairingFinish { pairing: id, answer }, cancel).await?;
    Ok(pairing)
}

/// Whether a failed signature ends the pairing it used.
pub(crate) fn is_burnt_by(error: &Error) -> bool {
    match error {
        Error::Misbehaved(Fault::Abort(abort)) => abort.burns_pairing(),
        other => other.code() == ErrorCode::PairingBurnt,
    }
}
