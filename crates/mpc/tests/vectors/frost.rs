//! FROST(Ed25519, SHA-512), RFC 9591 appendix E.1, as far as two-party signing can speak with the RFC's parties 1 and 2: the RFC lets 1
//! and 3 sign, which `eddsa/rfc9591.rs` does by the functions below.

use curve25519_dalek::{EdwardsPoint, Scalar};
use mpc::{Role, RunId, Scheme, Share, eddsa, export, tags};
use rand_core::{CryptoRng, OsRng, RngCore};
use sha2::{Digest, Sha512};
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

/// The random bytes of the source in the draws of the client's message.
const RANDOM: [u8; 32] = [0x5a; 32];

/// nonce_generate (RFC 9591 §4.1) of the bytes that the hedged stream gives (docs/protocol.md,
/// Conventions, Draws), and the commitment.
fn commitment(key: &[u8; 32], block: u64) -> [u8; 32] {
    let random = tags::hash("claimkit/hedge/stream/v1", &[key, &block.to_le_bytes()]);
    let mut hash = Sha512::new();
    hash.update(b"FROST-ED25519-SHA512-v1nonce");
    hash.update(random);
    hash.update(bytes::<32>(FIRST));
    let nonce = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    EdwardsPoint::mul_base(&nonce).compress().to_bytes()
}

/// 2·s₁ and −s₂ are an additive pair of the RFC's key: mapped back, they are its shares; and the
/// nonces are those of the specification, computed here once more.
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
    let (awaiting, query) = eddsa::client_start(&client, run, &message, &mut Given).unwrap();
    let encoded = borsh::to_vec(&query).unwrap();
    let (context, commitments) = encoded.split_at(32);
    let key = tags::hash("claimkit/eddsa/draws/v1", &[&RANDOM, &bytes::<32>(FIRST), context]);
    assert_eq!(commitments, [commitment(&key, 0), commitment(&key, 1)].concat());
    let answer = eddsa::co_signer_answer(&co_signer, run, &message, query, &mut OsRng).unwrap();
    let signature = awaiting.finish(answer).unwrap();
    signature.verify(&client.public_key(), &message).unwrap();
}

/// Gives its 32 bytes.
struct Given;

impl CryptoRng for Given {}

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        panic!("drawn by bytes alone")
    }
    fn next_u64(&mut self) -> u64 {
        panic!("drawn by bytes alone")
    }
    fn fill_bytes(&mut self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&RANDOM);
    }
    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(buffer);
        Ok(())
    }
}
