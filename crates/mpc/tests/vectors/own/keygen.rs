//! Key generation, for either scheme.

use mpc::{Scheme, Share, keygen, tags};

use super::{
    RUN, SCHEMES, WALLET,
    draws::Draws,
    file::{self, Node, hex, object},
    sent,
};

pub(super) fn file() -> String {
    file::file("key generation", SCHEMES.map(|scheme| run(scheme).2).into())
}

/// A key of this scheme: the client's share, the co-signer's, and how they came about.
pub(super) fn run(scheme: Scheme) -> (Share, Share, Node) {
    let context = keygen::Context {
        wallet: WALLET,
        scheme,
        run: RUN,
    };
    let (mut client_draws, mut co_signer_draws) = (Draws::new(0x10 + scheme as u8), Draws::new(0x20 + scheme as u8));
    let (client, commitment) = keygen::client_start(context.clone(), &mut client_draws).unwrap();
    let (m1, commitment) = sent(&commitment);
    let (co_signer, offer) = keygen::co_signer_start(context, commitment, &mut co_signer_draws).unwrap();
    let (m2, offer) = sent(&offer);
    let (client, opening) = client.receive(offer).unwrap();
    let (m3, opening) = sent(&opening);
    let (co_signer, confirmation) = co_signer.receive(opening).unwrap();
    let (m4, confirmation) = sent(&confirmation);
    let client = client.receive(confirmation).unwrap();
    let sid = session(scheme);
    as_specified(&client, &sid, [&m1, &m2, &m3, &m4]);

    let case = object([
        ("wallet", hex(WALLET.0)),
        ("scheme", Node::Number(scheme as u32)),
        ("run", hex(RUN.0)),
        ("client", client_draws.named(&["seed of m1"])),
        ("co_signer", co_signer_draws.named(&["seed of m2"])),
        ("sid", hex(sid)),
        ("m1", hex(m1)),
        ("m2", hex(m2)),
        ("m3", hex(m3)),
        ("m4", hex(m4)),
        ("public_key", hex(client.public_key().to_bytes())),
        ("key_id", hex(client.info().key_id)),
        ("chain_code", hex(client.info().chain_code)),
        ("client_share", hex(client.to_bytes())),
        ("co_signer_share", hex(co_signer.to_bytes())),
    ]);
    (client, co_signer, case)
}

fn session(scheme: Scheme) -> [u8; 32] {
    tags::hash("claimkit/keygen/sid/v1", &[&WALLET.0, &[scheme as u8], &RUN.0])
}

/// Every hash of the run again, as docs/protocol.md writes them down, from the messages' fields.
fn as_specified(share: &Share, sid: &[u8; 32], [m1, m2, m3, m4]: [&[u8]; 4]) {
    let (a, pi_a, rho_s) = (&m2[..33], &m2[33..98], &m2[98..]);
    let (b, pi_b, rho_c, salt, confirmation) = (&m3[..33], &m3[33..98], &m3[98..130], &m3[130..162], &m3[162..]);
    assert_eq!(
        m1,
        tags::hash("claimkit/keygen/commitment/v1", &[sid, &[1], b, pi_b, rho_c, salt])
    );
    let inputs: [&[u8]; 9] = [sid, m1, a, pi_a, rho_s, b, pi_b, rho_c, salt];
    let key_id = tags::hash("claimkit/keygen/transcript/v1", &inputs);
    assert_eq!(share.info().key_id, key_id);
    assert_eq!(
        confirmation,
        tags::hash("claimkit/keygen/confirmation/v1", &[&key_id, &[1]])
    );
    assert_eq!(m4, tags::hash("claimkit/keygen/confirmation/v1", &[&key_id, &[2]]));
    let public_key = share.public_key().to_bytes();
    let chain_code = tags::hash("claimkit/keygen/chain-code/v1", &[rho_c, rho_s, &public_key]);
    assert_eq!(share.info().chain_code, chain_code);
    let client = [share.info().client, share.info().co_signer].map(|point| point.to_bytes());
    assert_eq!([&client[0][..], &client[1]], [b, a]);
}
