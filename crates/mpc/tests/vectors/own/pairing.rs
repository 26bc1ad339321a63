//! A pairing.

use mpc::{
    PairingId,
    pairing::{self, ClientPairing, CoSignerPairing, Progress},
};

use super::{
    draws::Draws,
    file::{self, Node, hex, object},
    sent,
};

const PAIRING: PairingId = PairingId(*b"a test's pairing");

pub(super) fn file() -> String {
    file::file("pairing", vec![run().2])
}

pub(super) fn run() -> (ClientPairing, CoSignerPairing, Node) {
    let (mut client_draws, mut co_signer_draws) = (Draws::new(0x60), Draws::new(0x61));
    let (co_signer, offer) = pairing::co_signer_start(PAIRING, &mut co_signer_draws);
    let (m1, offer) = sent(&offer);
    let mut transfers = pairing::client_start(PAIRING, offer).unwrap();
    let (client, answer) = loop {
        // In slices, as a browser does it: they change nothing.
        match transfers.advance(17, &mut client_draws).unwrap() {
            Progress::More(rest) => transfers = rest,
            Progress::Done(client, answer) => break (client, answer),
        }
    };
    let (m2, answer) = sent(&answer);
    let co_signer = co_signer.receive(answer).unwrap();
    let case = object([
        ("pairing", hex(PAIRING.0)),
        ("co_signer", co_signer_draws.listed()),
        ("client", client_draws.listed()),
        ("m1", hex(m1)),
        ("m2", hex(m2)),
        ("client_pairing", hex(client.to_bytes())),
        ("co_signer_pairing", hex(co_signer.to_bytes())),
    ]);
    (client, co_signer, case)
}
