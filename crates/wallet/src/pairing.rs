//! The client's side of making a pairing.

use mpc::{
    PairingId,
    pairing::{self, ClientPairing, TransferAnswer, TransferOffer, Transfers},
};
use rand_core::OsRng;

use crate::{
    Error,
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
