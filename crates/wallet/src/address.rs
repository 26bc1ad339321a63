//! Chain addresses, from public keys.

use mpc::Point;
use sha3::{Digest, Keccak256};

/// The address on Ethereum and its kin: the last 20 bytes of Keccak-256 over x ‖ y, with the checksum of EIP-55.
pub(crate) fn evm(public_key: &Point) -> String {
    let [_, coordinates @ ..] = public_key.to_uncompressed();
    let hash = Keccak256::digest(coordinates);
    let hex: String = hash.iter().skip(12).map(|byte| format!("{byte:02x}")).collect();
    let checksum = Keccak256::digest(&hex);
    let nibbles = checksum.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let cased = hex
        .chars()
        .zip(nibbles)
        .map(|(digit, nibble)| if nibble > 7 { digit.to_ascii_uppercase() } else { digit });
    ['0', 'x'].into_iter().chain(cased).collect()
}
