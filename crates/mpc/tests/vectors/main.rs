//! Known answers, each with its origin: run natively and, from the same source, in a browser (`cargo xtask test --only browser`).
//!
//! What is private to the crate has its known answers beside it: RFC 9380 in `secp256k1/hash.rs`, GF(2¹²⁸) in `field.rs`,
//! RFC 9180 in `channel/tests.rs`, RFC 9591 in `eddsa/rfc9591.rs`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod aes_gcm;
mod bip32;
mod ecdsa;
mod ed25519;
mod frost;
mod hkdf;
mod own;
mod stored;
mod x25519;

/// Bytes of a known length from hex.
fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

/// A module whose `test` is the standard one is passed over in a browser, and nothing says so.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_test_of_the_crate_runs_in_a_browser_too() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut tested = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            if source.contains("#[test]") {
                let other = "use wasm_bindgen_test::wasm_bindgen_test as test;";
                let native = "#![cfg(not(target_arch = \"wasm32\"))]";
                let said = source.contains(other) || source.contains(native);
                assert!(said, "{} lacks «{other}» or «{native}»", path.display());
                tested += 1;
            }
        }
    }
    assert!(tested > 20);
}
