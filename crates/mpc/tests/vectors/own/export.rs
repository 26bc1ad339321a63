//! Export of a key, for either scheme.

use mpc::{Scheme, export};

use super::{
    SCHEMES,
    file::{self, Node, hex, object},
    keygen, sent,
};

pub(super) fn file() -> String {
    file::file("export", SCHEMES.map(case).into())
}

fn case(scheme: Scheme) -> Node {
    let (client, co_signer, _) = keygen::run(scheme);
    let (m1, reveal) = sent(&export::co_signer_reveal(&co_signer).unwrap());
    let key = export::client_combine(&client, reveal).unwrap();
    object([
        ("client_share", hex(client.to_bytes())),
        ("co_signer_share", hex(co_signer.to_bytes())),
        ("m1", hex(m1)),
        ("key", hex(*key)),
    ])
}
