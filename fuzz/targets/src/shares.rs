//! What both parties store: a share, and each half of a pairing.

use mpc::{
    Scheme, Share,
    pairing::{ClientPairing, CoSignerPairing},
};

use crate::{
    choosing, chosen,
    honest::{KEYGEN, PAIRED},
};

const KINDS: [fn(&[u8]) -> bool; 3] = [share, client_pairing, co_signer_pairing];

fn share(bytes: &[u8]) -> bool {
    Share::from_bytes(bytes).is_ok_and(|share| *share.to_bytes() == bytes || panic!("not canonical"))
}

fn client_pairing(bytes: &[u8]) -> bool {
    ClientPairing::from_bytes(bytes).is_ok_and(|pairing| *pairing.to_bytes() == bytes || panic!("not canonical"))
}

fn co_signer_pairing(bytes: &[u8]) -> bool {
    CoSignerPairing::from_bytes(bytes).is_ok_and(|pairing| *pairing.to_bytes() == bytes || panic!("not canonical"))
}

/// Reads one of the three.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, bytes)| read(&bytes))
}

/// One of each.
pub fn seeds() -> Vec<Vec<u8>> {
    let [secp256k1, ed25519] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519].map(|scheme| KEYGEN.of(scheme));
    vec![
        choosing(0, &secp256k1.client.to_bytes()),
        choosing(0, &secp256k1.co_signer.to_bytes()),
        choosing(0, &ed25519.client.to_bytes()),
        choosing(0, &ed25519.co_signer.to_bytes()),
        choosing(1, &PAIRED.client.to_bytes()),
        choosing(2, &PAIRED.co_signer.to_bytes()),
    ]
}
