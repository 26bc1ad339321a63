//! Refresh, for either scheme: from the shares of key generation to epoch 1, and on to epoch 2.

use mpc::{RunId, Scheme, Share, refresh};

use super::{
    SCHEMES,
    draws::Draws,
    file::{self, Node, hex, object},
    keygen, sent,
};

const BINDING: [u8; 32] = *b"the hash of a claim's transcript";

pub(super) fn file() -> String {
    let cases = SCHEMES.map(|scheme| {
        let (client, co_signer, _) = keygen::run(scheme);
        let (client, co_signer, first) = run(&client, &co_signer);
        let (_, _, second) = run(&client, &co_signer);
        [first, second]
    });
    file::file("refresh", cases.into_iter().flatten().collect())
}

/// The shares of epoch 1.
pub(super) fn refreshed(scheme: Scheme) -> (Share, Share) {
    let (client, co_signer, _) = keygen::run(scheme);
    let (client, co_signer, _) = run(&client, &co_signer);
    (client, co_signer)
}

pub(super) fn run(client: &Share, co_signer: &Share) -> (Share, Share, Node) {
    let info = client.info();
    let run = RunId([0x30 + info.epoch.0 as u8; 16]);
    let seed = 0x30 + 0x10 * info.epoch.0 as u8 + info.scheme as u8;
    let (mut client_draws, mut co_signer_draws) = (Draws::new(seed), Draws::new(seed + 8));
    let (c, commitment) = refresh::client_start(client, run, &BINDING, &mut client_draws).unwrap();
    let (m1, commitment) = sent(&commitment);
    let (s, offer) = refresh::co_signer_start(co_signer, run, &BINDING, commitment, &mut co_signer_draws).unwrap();
    let (m2, offer) = sent(&offer);
    let (c, opening) = c.receive(offer, &mut client_draws).unwrap();
    let (m3, opening) = sent(&opening);
    let (next_co_signer, proof) = s.receive(opening, &mut co_signer_draws).unwrap();
    let (m4, proof) = sent(&proof);
    let next_client = c.receive(proof).unwrap();
    assert_eq!(next_client.public_key(), client.public_key());

    let case = object([
        ("client_share", hex(client.to_bytes())),
        ("co_signer_share", hex(co_signer.to_bytes())),
        ("run", hex(run.0)),
        ("binding", hex(BINDING)),
        ("client", client_draws.named(&["seed of m1", "seed of the proof"])),
        ("co_signer", co_signer_draws.named(&["seed of m2", "seed of the proof"])),
        ("m1", hex(m1)),
        ("m2", hex(m2)),
        ("m3", hex(m3)),
        ("m4", hex(m4)),
        ("next_client_share", hex(next_client.to_bytes())),
        ("next_co_signer_share", hex(next_co_signer.to_bytes())),
    ]);
    (next_client, next_co_signer, case)
}
