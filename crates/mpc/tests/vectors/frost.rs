//! FROST(Ed25519, SHA-512), RFC 9591 appendix E.1: by the functions of frost-ed25519 that two-party signing calls, and by two-party
//! signing itself as far as it can speak with the RFC's parties 1 and 2 (the RFC lets 1 and 3 sign).

use std::collections::BTreeMap;

use curve25519_dalek::{EdwardsPoint, Scalar};
use frost_ed25519::{Identifier, SigningPackage, keys, round1, round2};
use mpc::{Role, RunId, Scheme, Share, eddsa, export};
use rand_core::{CryptoRng, OsRng, RngCore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::bytes;

const KEY: &str = "15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673";
const SECRET: &str = "7b1c33d3f5291d85de664833beb1ad469f7fb6025a0ec78b3a790c6e13a98304";
/// The share of participant 2, who does not sign in the RFC.
const SECOND: &str = "a91e66e012e4364ac9aaa405fcafd370402d9859f7b6685c07eed76bf409e80d";
const MESSAGE: &str = "74657374";
const SIGNATURE: &str = "154fb694ee7fcb37bf2381d94488c2a84b03b3352ad085feca81ad26d45852b7ecfe971ce4da95c4a95db93ac376b053897fca212ef85f99cf696bffeb178f07";

/// One of the two that sign, of three.
struct Participant {
    identifier: u16,
    share: &'static str,
    /// What the nonces are drawn from, the hiding one first.
    randomness: [&'static str; 2],
    commitments: [&'static str; 2],
    signature_share: &'static str,
}

const PARTICIPANTS: [Participant; 2] = [
    Participant {
        identifier: 1,
        share: "929dcc590407aae7d388761cddb0c0db6f5627aea8e217f4a033f2ec83d93509",
        randomness: [
            "06894e04ee4aceec8619d5f6a0a180e2f47194d2ac306cba586b555e7c48d765",
            "40d6f879ff22e22409f7d808fed81f37118e7d3e4af71c0f44c60207553bcbce",
        ],
        commitments: [
            "9b116f12589591a7e23fe8048059ab10ab48e67739e7a2fb3890f61a7999478c",
            "c39b66b7dfccb122da24f13587f9a08c4347cae70046ca15169adf90ba65854d",
        ],
        signature_share: "60997f0142e43e8005027fe5ab7447dac00d22c2d7ddd9571a02613ba7d81c08",
    },
    Participant {
        identifier: 3,
        share: "d3cb090a075eb154e82fdb4b3cb507f110040905468bb9c46da8bdea643a9a02",
        randomness: [
            "fa5d950626782aade9e33fa781376d4888c2d1de7c37518bc248eb818ed0cdde",
            "7459a4d14ded0e365b085271be8dc6600d5b88f3978a2174297ffa32001a5afc",
        ],
        commitments: [
            "e679a2a971748ccfaabead4dbe8ac1def61275c186c79d471e1e45091ad1e687",
            "b2a942478453fabb6bd3181c56ba657413447b4136e1daea2484d396d1a516b3",
        ],
        signature_share: "79390e78bc59699c7af831f8f5fb478ec871a85f561a8641b5670ac4443f720f",
    },
];

#[test]
fn commitments_shares_and_signature_are_those_of_the_rfc() {
    let verifying_key = frost_ed25519::VerifyingKey::deserialize(&bytes::<32>(KEY)).unwrap();
    let (mut packages, mut nonces) = (Vec::new(), Vec::new());
    let (mut commitments, mut verifying_shares) = (BTreeMap::new(), BTreeMap::new());
    for participant in &PARTICIPANTS {
        let identifier = Identifier::try_from(participant.identifier).unwrap();
        let share = keys::SigningShare::deserialize(&bytes::<32>(participant.share)).unwrap();
        let (drawn, committed) = round1::commit(&share, &mut Given(participant.randomness.to_vec()));
        let points = [committed.hiding(), committed.binding()].map(|point| point.serialize().unwrap());
        assert_eq!(points.map(hex::encode), participant.commitments);
        let verifying_share = keys::VerifyingShare::from(share);
        packages.push(keys::KeyPackage::new(
            identifier,
            share,
            verifying_share,
            verifying_key,
            2,
        ));
        verifying_shares.insert(identifier, verifying_share);
        commitments.insert(identifier, committed);
        nonces.push(drawn);
    }

    let package = SigningPackage::new(commitments, &hex::decode(MESSAGE).unwrap());
    let mut shares = BTreeMap::new();
    for ((participant, key), nonces) in PARTICIPANTS.iter().zip(&packages).zip(&nonces) {
        let share = round2::sign(&package, nonces, key).unwrap();
        assert_eq!(hex::encode(share.serialize()), participant.signature_share);
        shares.insert(*key.identifier(), share);
    }
    let public = keys::PublicKeyPackage::new(verifying_shares, verifying_key, Some(2));
    let signature = frost_ed25519::aggregate(&package, &shares, &public).unwrap();
    assert_eq!(hex::encode(signature.serialize().unwrap()), SIGNATURE);
}

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
    let [first, second] = [PARTICIPANTS[0].share, SECOND].map(|hex| Scalar::from_canonical_bytes(bytes(hex)).unwrap());
    let (b, a) = (first + first, -second);
    let (client, co_signer) = (stored(Role::Client, &b, &a), stored(Role::CoSigner, &b, &a));
    assert_eq!(client.public_key().ed25519().unwrap().to_bytes(), bytes(KEY));
    let reveal = export::co_signer_reveal(&co_signer).unwrap();
    assert_eq!(*export::client_combine(&client, reveal).unwrap(), bytes(SECRET));

    let message = hex::decode(MESSAGE).unwrap();
    let run = RunId([1; 16]);
    let mut given = Given(PARTICIPANTS[0].randomness.to_vec());
    let (awaiting, query) = eddsa::client_start(&client, run, &message, &mut given).unwrap();
    let encoded = borsh::to_vec(&query).unwrap();
    assert_eq!(
        [&encoded[32..64], &encoded[64..]].map(hex::encode),
        PARTICIPANTS[0].commitments
    );
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
