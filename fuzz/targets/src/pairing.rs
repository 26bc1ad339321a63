//! Messages of a pairing into the step that takes them.

use borsh::to_vec;
use mpc::{
    Abort,
    pairing::{Progress, TransferAnswer, TransferOffer, client_start},
};

use crate::{
    choosing, chosen,
    honest::{PAIRED, PAIRING, pairing_co_signer, rng},
};

const KINDS: [fn(&[u8]) -> bool; 2] = [offer, answer];

/// The transfers that are done of an arbitrary offer: each is like any other, and all would take a thirtieth of a second.
const SLICE: usize = 4;

fn offer(bytes: &[u8]) -> bool {
    let Ok(offer) = borsh::from_slice::<TransferOffer>(bytes) else {
        return false;
    };
    match client_start(PAIRING, offer).and_then(|transfers| transfers.advance(SLICE, &mut rng(9))) {
        Ok(Progress::More(transfers)) => transfers.done() == SLICE || panic!("another count of transfers"),
        Ok(Progress::Done(..)) => panic!("a slice was all"),
        Err(Abort::Mirrored | Abort::Degenerate) => false,
        Err(other) => panic!("an offer ended in {other}"),
    }
}

fn answer(bytes: &[u8]) -> bool {
    let Ok(answer) = borsh::from_slice::<TransferAnswer>(bytes) else {
        return false;
    };
    let honest = answer == PAIRED.answer;
    match pairing_co_signer().0.receive(answer) {
        // A change of a sum that the co-signer has no use for is not noticed, and does no harm.
        Ok(pairing) => *pairing.to_bytes() == *PAIRED.co_signer.to_bytes() || panic!("another pairing"),
        Err(Abort::WrongTree) => honest && panic!("the honest answer was refused"),
        Err(other) => panic!("an answer ended in {other}"),
    }
}

/// Gives one message to its step.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(step, bytes)| step(&bytes))
}

/// The honest messages.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![
        choosing(0, &to_vec(&PAIRED.offer).unwrap()),
        choosing(1, &to_vec(&PAIRED.answer).unwrap()),
    ]
}
