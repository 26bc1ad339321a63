//! FROST(Ed25519, SHA-512), RFC 9591 appendix E.1: by the ciphersuite that signs here, and by frost-ed25519's.

use std::collections::BTreeMap;

use frost_core::{keys, round1, round2};
use rand_core::{CryptoRng, RngCore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::ciphersuite::Ciphersuite;

const KEY: &str = "15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673";
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
fn the_ciphersuite_signs_as_the_rfc() {
    signs_as_the_rfc::<Ciphersuite>();
}

#[test]
fn frost_ed25519_signs_as_the_rfc() {
    signs_as_the_rfc::<frost_ed25519::Ed25519Sha512>();
}

#[test]
fn nonces_of_the_rfcs_random_bytes_are_the_rfcs() {
    for participant in &PARTICIPANTS {
        let given = &mut Given(participant.randomness.to_vec());
        let share = bytes::<32>(participant.share);
        let commitments = [(); 2].map(|()| {
            let scalar: [u8; 32] = super::nonce(&share, given).serialize().try_into().unwrap();
            let scalar = super::Scalar::from_canonical_bytes(scalar).unwrap();
            let commitment = curve25519_dalek::EdwardsPoint::mul_base(&scalar);
            hex::encode(commitment.compress().to_bytes())
        });
        assert_eq!(commitments, participant.commitments);
    }
}

/// Both of the RFC's signers, from their randomness to the signature.
fn signs_as_the_rfc<C: frost_core::Ciphersuite>() {
    let verifying_key = frost_core::VerifyingKey::<C>::deserialize(&bytes::<32>(KEY)).unwrap();
    let (mut packages, mut nonces) = (Vec::new(), Vec::new());
    let (mut commitments, mut verifying_shares) = (BTreeMap::new(), BTreeMap::new());
    for participant in &PARTICIPANTS {
        let identifier = frost_core::Identifier::try_from(participant.identifier).unwrap();
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

    let package = frost_core::SigningPackage::new(commitments, &hex::decode(MESSAGE).unwrap());
    let mut shares = BTreeMap::new();
    for ((participant, key), nonces) in PARTICIPANTS.iter().zip(&packages).zip(&nonces) {
        let share = round2::sign(&package, nonces, key).unwrap();
        assert_eq!(hex::encode(share.serialize()), participant.signature_share);
        shares.insert(*key.identifier(), share);
    }
    let public = keys::PublicKeyPackage::new(verifying_shares, verifying_key, Some(2));
    let signature = frost_core::aggregate(&package, &shares, &public).unwrap();
    assert_eq!(hex::encode(signature.serialize().unwrap()), SIGNATURE);
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
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
