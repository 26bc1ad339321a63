//! Chain addresses, from public keys.

use mpc::Point;
use sha3::{Digest, Keccak256};

/// The address on Ethereum and its kin: the last 20 bytes of Keccak-256 over x ‖ y, with the checksum of EIP-55.
pub(crate) fn evm(public_key: &Point) -> String {
    let [_, coordinates @ ..] = public_key.to_uncompressed();
    let hash = Keccak256::digest(coordinates);
    checksummed(
        &hash
            .iter()
            .skip(12)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    )
}

/// Writes lower-case hex digits with the checksum of EIP-55.
fn checksummed(hex: &str) -> String {
    let checksum = Keccak256::digest(hex);
    let nibbles = checksum.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let cased = hex
        .chars()
        .zip(nibbles)
        .map(|(digit, nibble)| if nibble > 7 { digit.to_ascii_uppercase() } else { digit });
    ['0', 'x'].into_iter().chain(cased).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_has_its_known_address() {
        // The address of the private key 1, as any Ethereum wallet shows it.
        let generator = Point::from_bytes(&[
            2, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02,
            0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
        ])
        .unwrap();
        assert_eq!(evm(&generator), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    }

    #[test]
    fn the_checksum_is_that_of_eip_55() {
        // The examples of EIP-55, <https://eips.ethereum.org/EIPS/eip-55>.
        for address in [
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
            "0xde709f2102306220921060314715629080e2fb77",
            "0x27b1fdb04752bbc536007a920d24acb045561c26",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            assert_eq!(checksummed(&address[2..].to_lowercase()), address);
        }
    }
}
