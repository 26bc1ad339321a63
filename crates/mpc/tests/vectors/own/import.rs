//! Import of a key that exists, for either scheme.

use mpc::{Scheme, import, keygen::Context};

use super::{
    RUN, SCHEMES, WALLET,
    draws::Draws,
    file::{self, Node, hex, object},
    sent,
};

pub(super) fn file() -> String {
    file::file("import", SCHEMES.map(case).into())
}

fn case(scheme: Scheme) -> Node {
    let context = Context {
        wallet: WALLET,
        scheme,
        run: RUN,
    };
    // Below either order in either byte order.
    let (key, chain_code) = ([0x0f; 32], [0x0c; 32]);
    let mut draws = Draws::new(0x50 + scheme as u8);
    let (client, deal) = import::client_start(&context, &key, chain_code, &mut draws).unwrap();
    let (m1, deal) = sent(&deal);
    let co_signer = import::co_signer_receive(&context, deal).unwrap();
    assert_eq!(client.info(), co_signer.info());
    object([
        ("wallet", hex(WALLET.0)),
        ("scheme", Node::Number(scheme as u32)),
        ("run", hex(RUN.0)),
        ("key", hex(key)),
        ("chain_code", hex(chain_code)),
        ("client", draws.named(&["seed of m1"])),
        ("m1", hex(m1)),
        ("public_key", hex(client.public_key().to_bytes())),
        ("client_share", hex(client.to_bytes())),
        ("co_signer_share", hex(co_signer.to_bytes())),
    ])
}
