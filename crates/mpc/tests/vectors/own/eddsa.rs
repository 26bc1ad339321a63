//! Signing with Ed25519.

use mpc::{RunId, Scheme, Share, eddsa};

use super::{
    draws::Draws,
    file::{self, Node, hex, object},
    keygen, refresh, sent,
};

pub(super) fn file() -> String {
    let (client, co_signer, _) = keygen::run(Scheme::EddsaEd25519);
    let next = refresh::refreshed(Scheme::EddsaEd25519);
    let long = [0x6d; 300];
    let cases = vec![
        run(0x80, &client, &co_signer, b"claimkit"),
        run(0x81, &client, &co_signer, b""),
        run(0x82, &client, &co_signer, &long),
        run(0x83, &next.0, &next.1, b"claimkit"),
    ];
    file::file("signing with ed25519", cases)
}

fn run(seed: u8, client: &Share, co_signer: &Share, message: &[u8]) -> Node {
    let run = RunId([seed; 16]);
    let (mut client_draws, mut co_signer_draws) = (Draws::new(seed), Draws::new(seed + 8));
    let (awaiting, query) = eddsa::client_start(client, run, message, &mut client_draws).unwrap();
    let (m1, query) = sent(&query);
    let answer = eddsa::co_signer_answer(co_signer, run, message, query, &mut co_signer_draws).unwrap();
    let (m2, answer) = sent(&answer);
    let signature = awaiting.finish(answer).unwrap();
    signature.verify(&client.public_key(), message).unwrap();
    object([
        ("client_share", hex(client.to_bytes())),
        ("co_signer_share", hex(co_signer.to_bytes())),
        ("run", hex(run.0)),
        ("message", hex(message)),
        ("client", client_draws.named(&["seed of m1"])),
        ("co_signer", co_signer_draws.named(&["seed of m2"])),
        ("m1", hex(m1)),
        ("m2", hex(m2)),
        ("public_key", hex(client.public_key().ed25519().unwrap().to_bytes())),
        ("signature", hex(signature.0)),
    ])
}
