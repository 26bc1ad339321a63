use rand_core::OsRng;

use super::*;

fn transfer(state: CoSignerAwaitingAnswer, offer: TransferOffer) -> (CoSignerPairing, ClientPairing) {
    let mut transfers = client_start(state.id, offer).unwrap();
    let (client, answer) = loop {
        match transfers.advance(50, &mut OsRng).unwrap() {
            Progress::More(more) => transfers = more,
            Progress::Done(client, answer) => break (client, answer),
        }
    };
    (state.receive(answer).unwrap(), client)
}

/// A fresh pairing.
pub(crate) fn pair() -> (ClientPairing, CoSignerPairing) {
    let (state, offer) = co_signer_start(PairingId::random(&mut OsRng), &mut OsRng);
    let (co_signer, client) = transfer(state, offer);
    (client, co_signer)
}

#[test]
fn the_co_signer_knows_all_leaves_but_those_its_correlation_names() {
    let (client, co_signer) = pair();
    for tree in 0..TREES {
        let hole = (co_signer.correlation >> (4 * tree)) as usize & 15;
        for difference in 1..LEAVES {
            assert_eq!(
                co_signer.leaves[tree][difference - 1],
                client.leaves[tree][hole ^ difference]
            );
        }
    }
}
