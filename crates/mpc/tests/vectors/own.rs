//! Our own known answers, for another implementation and for our own later self: `vectors/`, of which README.md says how it is read.
//!
//! Each test makes a file anew, from its seeds, and compares it byte for byte with the one that is kept. `CLAIMKIT_BLESS=1 cargo
//! test -p claimkit-mpc --test vectors` writes what is made instead: whoever does that changes what is on the wire, and says why.

mod channel;
mod draws;
mod ecdsa;
mod eddsa;
mod export;
mod file;
mod import;
mod keygen;
mod pairing;
mod refresh;

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{
    RunId, Scheme, WalletId,
    pairing::{ClientPairing, CoSignerPairing},
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use self::file::{compare, compare_bytes};

const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];
const WALLET: WalletId = WalletId(*b"test wallet no 1");
const RUN: RunId = RunId(*b"test run no. 001");

/// Both halves of the pairing of pairing.json.
pub(crate) fn paired() -> (ClientPairing, CoSignerPairing) {
    let (client, co_signer, _) = pairing::run();
    (client, co_signer)
}

/// A message as it crosses the wire: encoded, and decoded by who gets it.
fn sent<T: BorshSerialize + BorshDeserialize>(message: &T) -> (Vec<u8>, T) {
    let bytes = borsh::to_vec(message).unwrap();
    let received = borsh::from_slice(&bytes).unwrap();
    (bytes, received)
}

#[test]
fn key_generation_gives_the_kept_bytes() {
    compare(
        "keygen.json",
        include_str!("../../vectors/keygen.json"),
        &keygen::file(),
    );
}

#[test]
fn refresh_gives_the_kept_bytes() {
    compare(
        "refresh.json",
        include_str!("../../vectors/refresh.json"),
        &refresh::file(),
    );
}

#[test]
fn import_gives_the_kept_bytes() {
    compare(
        "import.json",
        include_str!("../../vectors/import.json"),
        &import::file(),
    );
}

#[test]
fn export_gives_the_kept_bytes() {
    compare(
        "export.json",
        include_str!("../../vectors/export.json"),
        &export::file(),
    );
}

#[test]
fn pairing_gives_the_kept_bytes() {
    compare(
        "pairing.json",
        include_str!("../../vectors/pairing.json"),
        &pairing::file(),
    );
}

#[test]
fn signing_with_ecdsa_gives_the_kept_bytes() {
    let (file, answer) = ecdsa::file();
    compare("ecdsa.json", include_str!("../../vectors/ecdsa.json"), &file);
    compare_bytes(
        "ecdsa-answer.bin",
        include_bytes!("../../vectors/ecdsa-answer.bin"),
        &answer,
    );
}

#[test]
fn signing_with_ed25519_gives_the_kept_bytes() {
    compare("eddsa.json", include_str!("../../vectors/eddsa.json"), &eddsa::file());
}

#[test]
fn the_channel_gives_the_kept_bytes() {
    compare(
        "channel.json",
        include_str!("../../vectors/channel.json"),
        &channel::file(),
    );
}
