//! Chain addresses, from public keys.

use bech32::{Bech32, Hrp};
use mpc::Point;
use ripemd::Ripemd160;
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use wire::WalletType;

use crate::Error;

/// The prefix of the Cosmos Hub's addresses.
const COSMOS_HUB: &str = "cosmos";
/// The longest prefix, in characters: bech32 has at most 90 (BIP 173), 39 of them stand behind a prefix here.
const MAX_PREFIX: usize = 51;

/// Prefixes of chains whose addresses are Ethereum's hash of a key, and whose signatures are over Keccak-256 (`ethsecp256k1`): what is computed
/// here would be an address there that nobody has the key of. From the chain registry of the Cosmos project, `chain.json`: `key_algos` with
/// `ethsecp256k1`, or coin type 60.
const ETHEREUM_HASHED: [&str; 56] = [
    "acre", "aioz", "art", "bcx", "bfh", "blockx", "canto", "cascadia", "crc", "cvn", "cysic", "dym", "echelon",
    "epix", "ethm", "ethos", "evmos", "ex", "fx", "gala", "haqq", "human", "imv", "init", "inj", "kii", "kudo", "lamb",
    "logos", "lrz", "mande", "mantra", "mnova", "mono", "mythos", "neura", "nim", "plq", "point", "qie", "qubetics",
    "rai", "realio", "router", "shido", "st", "tac", "tenet", "titan", "tuc", "turk", "uptick", "vce", "warden",
    "xpla", "zeta",
];
/// What stands behind a chain's prefix where an account is a validator's: the same hash.
const VALIDATORS: [&str; 3] = ["valoper", "valcons", "pub"];

/// The address of a key on its type's chain.
pub(crate) fn of(wallet_type: WalletType, public_key: &Point) -> String {
    match (wallet_type, public_key) {
        (WalletType::Evm, Point::Secp256k1(key)) => evm(&key.to_uncompressed()),
        (WalletType::Cosmos, Point::Secp256k1(key)) => cosmos(COSMOS_HUB, &key.to_bytes()),
        (WalletType::Solana, Point::Ed25519(key)) => solana(&key.to_bytes()),
        // A key of another scheme than its type's is refused wherever one is read: it has no address.
        (WalletType::Evm | WalletType::Cosmos, Point::Ed25519(_)) | (WalletType::Solana, Point::Secp256k1(_)) => {
            String::new()
        }
    }
}

/// The address of a key on a chain of Cosmos' kin.
pub(crate) fn with_prefix(wallet_type: WalletType, public_key: &Point, prefix: &str) -> Result<String, Error> {
    let is_proper = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    match (wallet_type, public_key) {
        (WalletType::Cosmos, Point::Secp256k1(_)) if is_ethereum_hashed(prefix) => Err(Error::Argument(
            "this chain's addresses are Ethereum's hash of a key (ethsecp256k1), and COSMOS wallets have none there",
        )),
        (WalletType::Cosmos, Point::Secp256k1(key))
            if (1..=MAX_PREFIX).contains(&prefix.len()) && prefix.bytes().all(is_proper) =>
        {
            Ok(cosmos(prefix, &key.to_bytes()))
        }
        (WalletType::Cosmos, Point::Secp256k1(_)) => Err(Error::Argument(
            "an address' prefix has 1 to 51 lower-case letters and digits",
        )),
        _ => Err(Error::Argument(
            "only a wallet of type COSMOS has addresses with a prefix of choice",
        )),
    }
}

fn is_ethereum_hashed(prefix: &str) -> bool {
    let chain = VALIDATORS.iter().find_map(|ending| prefix.strip_suffix(ending));
    ETHEREUM_HASHED.contains(&prefix) || chain.is_some_and(|chain| ETHEREUM_HASHED.contains(&chain))
}

/// Ethereum and its kin: the last 20 bytes of Keccak-256 over x ‖ y, with the checksum of EIP-55.
fn evm([_, coordinates @ ..]: &[u8; 65]) -> String {
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

/// Cosmos and its kin: bech32 of RIPEMD-160 of SHA-256 of the compressed key (Cosmos SDK, ADR-028).
fn cosmos(prefix: &str, key: &[u8; 33]) -> String {
    let hash = Ripemd160::digest(Sha256::digest(key));
    // Neither fails: the prefix is proper, and the whole no longer than bech32 allows.
    Hrp::parse(prefix)
        .ok()
        .and_then(|prefix| bech32::encode_lower::<Bech32>(prefix, &hash).ok())
        .unwrap_or_default()
}

/// Solana: base58 of the key.
fn solana(key: &[u8; 32]) -> String {
    bs58::encode(key).into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        core::array::from_fn(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap())
    }

    fn generator() -> Point {
        let bytes = hex::<33>("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
        Point::from_bytes(&bytes).unwrap()
    }

    fn ed25519(key: &str) -> Point {
        Point::from_bytes(&[&[0xed][..], &hex::<32>(key)].concat()).unwrap()
    }

    #[test]
    fn the_generator_has_its_known_address() {
        // The address of the private key 1, as any Ethereum wallet shows it.
        assert_eq!(
            of(WalletType::Evm, &generator()),
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
        );
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

    #[test]
    fn cosmos_addresses_are_the_known_ones() {
        // CosmJS, packages/amino/src/addresses.spec.ts: pubkeyToAddress, Secp256k1.
        let key = hex::<33>("02d41a0aa167b21699429eab224bc03f2cd386f0af5d20cefbd0336f1544aea24f");
        let address = of(WalletType::Cosmos, &Point::from_bytes(&key).unwrap());
        assert_eq!(address, "cosmos1h806c7khnvmjlywdrkdgk2vrayy2mmvf9rxk2r");
        // BIP 173, Examples: the generator as a witness program of version 0 is bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.
        let address = of(WalletType::Cosmos, &generator());
        assert_eq!(&address[..39], "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k");
    }

    #[test]
    fn solana_addresses_are_the_known_ones() {
        // @solana/web3.js, test/publickey.test.ts: toBase58; and the system program, 32 zero bytes.
        let mut key = [0; 32];
        assert_eq!(solana(&key), "1".repeat(32));
        key[0] = 3;
        assert_eq!(solana(&key), "CiDwVBFgWV9E5MvXWoLgnEgn2hK7rJikbvfWavzAQz3");
        // The key of RFC 8032 §7.1, TEST 1; its base58 stands in many a Solana library's tests.
        let key = ed25519("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(
            of(WalletType::Solana, &key),
            "FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"
        );
    }

    #[test]
    fn a_prefix_is_of_another_chain_of_cosmos_kin_and_proper() {
        let osmo = with_prefix(WalletType::Cosmos, &generator(), "osmo").unwrap();
        let (prefix, hash) = bech32::decode(&osmo).unwrap();
        let (_, same) = bech32::decode(&of(WalletType::Cosmos, &generator())).unwrap();
        assert_eq!((prefix.as_str(), hash), ("osmo", same));
        let longest = "a".repeat(MAX_PREFIX);
        let address = with_prefix(WalletType::Cosmos, &generator(), &longest).unwrap();
        assert_eq!(address.len(), 90);
        for prefix in ["", "Cosmos", "c smos", "cösmos", &format!("{longest}a")] {
            assert!(with_prefix(WalletType::Cosmos, &generator(), prefix).is_err());
        }
        assert!(with_prefix(WalletType::Evm, &generator(), "cosmos").is_err());
    }

    #[test]
    fn a_prefix_of_a_chain_with_another_hash_is_refused() {
        for prefix in ETHEREUM_HASHED
            .into_iter()
            .chain(["injvaloper", "evmosvalcons", "dympub"])
        {
            let error = with_prefix(WalletType::Cosmos, &generator(), prefix).unwrap_err();
            assert_eq!(error.code(), wire::ErrorCode::InvalidArgument, "{prefix}");
            assert!(error.to_string().contains("ethsecp256k1"), "{prefix}");
        }
        for prefix in [
            "osmo",
            "cosmosvaloper",
            "celestia",
            "juno",
            "noble",
            "stars",
            "stride",
            "terra",
            "injx",
        ] {
            assert!(
                with_prefix(WalletType::Cosmos, &generator(), prefix).is_ok(),
                "{prefix}"
            );
        }
    }

    #[test]
    fn a_key_of_another_scheme_has_no_address() {
        let key = ed25519("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(of(WalletType::Evm, &key), "");
        assert_eq!(of(WalletType::Cosmos, &key), "");
        assert_eq!(of(WalletType::Solana, &generator()), "");
        assert!(with_prefix(WalletType::Cosmos, &key, "cosmos").is_err());
    }
}
