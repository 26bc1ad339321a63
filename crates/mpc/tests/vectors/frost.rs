//! FROST(Ed25519, SHA-512), RFC 9591 appendix E.1, as far as two-party signing can speak with the RFC's parties 1 and 2: the RFC lets 1
//! and 3 sign, which `eddsa/rfc9591.rs` does by the functions below.

use curve25519_dalek::{EdwardsPoint, Scalar};
use mpc::{Role, RunId, Scheme, Share, eddsa, export};
use rand_core::{CryptoRng, OsRng, RngCore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::bytes;

const KEY: &str = "15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673";
const SECRET: &str = "7b1c33d3f5291d85de664833beb1ad469f7fb6025a0ec78b3a790c6e13a98304";
const MESSAGE: &str = "74657374";
/// The share of participant 1.
const FIRST: &str = "929dcc590407aae7d388761cddb0c0db6f5627aea8e217f4a033f2ec83d93509";
/// The share of participant 2, who does not sign in the RFC.
const SECOND: &str = "a91e66e012e4364ac9aaa405fcafd370402d9859f7b6685c07eed76bf409e80d";
/// What the nonces of participant 1 are drawn from, the hiding one first.
const RANDOMNESS: [&str; 2] = [
    "06894e04ee4aceec8619d5f6a0a180e2f47194d2ac306cba586b555e7c48d765",
    "40d6f879ff22e22409f7d808fed81f37118e7d3e4af71c0f44c60207553bcbce",
];
/// The commitments to them.
const COMMITMENTS: [&str; 2] = [
    "9b116f12589591a7e23fe8048059ab10ab48e67739e7a2fb3890f61a7999478c",
    "c39b66b7dfccb122da24f13587f9a08c4347cae70046ca15169adf90ba65854d",
];

/// A stored share of an additive pair, of which the secret keys are given.
fn stored(role: Role, client: &Scalar, co_signer: &Scalar) -> Share {
    let secret = match role {
        Role::Client => client,
        Role::CoSigner => co_signer,
    };
    let mut bytes = vec![1, role as u8];
    bytes.extend(secret.to_bytes());
    bytes.extend([7; 16]);
    bytes.push(Scheme::EddsaEd25519 as u8);
    bytes.extend([0; 4 + 32 + 32]);
    for secret in [client, co_signer] {
        bytes.push(0xed);
        bytes.extend(EdwardsPoint::mul_base(secret).compress().to_bytes());
    }
    Share::from_bytes(&bytes).unwrap()
}

/// 2·s₁ and −s₂ are an additive pair of the RFC's key: mapped back, they are its shares, whose nonces and commitments are known.
#[test]
fn our_additive_pair_stands_for_the_shares_of_the_rfc() {
    let [first, second] = [FIRST, SECOND].map(|hex| Scalar::from_canonical_bytes(bytes(hex)).unwrap());
    let (b, a) = (first + first, -second);
    let (client, co_signer) = (stored(Role::Client, &b, &a), stored(Role::CoSigner, &b, &a));
    assert_eq!(client.public_key().ed25519().unwrap().to_bytes(), bytes(KEY));
    let reveal = export::co_signer_reveal(&co_signer).unwrap();
    assert_eq!(*export::client_combine(&client, reveal).unwrap(), bytes(SECRET));

    let message = hex::decode(MESSAGE).unwrap();
    let run = RunId([1; 16]);
    let mut given = Given(RANDOMNESS.to_vec());
    let (awaiting, query) = eddsa::client_start(&client, run, &message, &mut given).unwrap();
    let encoded = borsh::to_vec(&query).unwrap();
    assert_eq!([&encoded[32..64], &encoded[64..]].map(hex::encode), COMMITMENTS);
    let answer = eddsa::co_signer_answer(&co_signer, run, &message, query, &mut OsRng).unwrap();
    let signature = awaiting.finish(answer).unwrap();
    signature.verify(&client.public_key(), &message).unwrap();
}

/// Gives what is in it, first to last, 32 bytes a draw.
struct Given(Vec<&'static str>);

impl CryptoRng for Given {}

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        panic!("drawn by bytes alone")
    }
    fn next_u64(&mut self) -> u64 {
        panic!("drawn by bytes alone")
    }
    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&bytes::<32>(self.0.remove(0)));
    }
    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}
