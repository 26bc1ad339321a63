#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    Scheme,
    refresh::tests::{BINDING, Pair},
    scalar::SecretScalar,
};

/// Holds evidence against what it should be of.
fn verify(evidence: &Evidence, of: &Pair, binding: &[u8; 32]) -> Result<(), Abort> {
    let info = of.client.info();
    evidence.verify(info.wallet, &of.client.public_key(), info.epoch, binding)
}

#[test]
fn evidence_of_a_refresh_verifies_for_anybody() {
    for scheme in Scheme::ALL {
        let (next, evidence) = Pair::new(scheme).prove(BINDING);
        assert_eq!(verify(&evidence, &next, BINDING), Ok(()));
        let bytes = borsh::to_vec(&evidence).unwrap();
        assert_eq!(bytes.len(), 228);
        assert_eq!(borsh::from_slice::<Evidence>(&bytes).unwrap(), evidence);
    }
}

#[test]
fn evidence_of_another_key_wallet_epoch_or_binding_is_refused() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let (next, evidence) = pair.prove(BINDING);
        let refused = Err(Abort::WrongProof);
        let of_another_wallet = next.changed(|info| info.wallet.0[0] ^= 1);
        let of_another_epoch = next.changed(|info| info.epoch.0 += 1);
        assert_eq!(verify(&evidence, &of_another_wallet, BINDING), refused);
        assert_eq!(verify(&evidence, &of_another_epoch, BINDING), refused);
        assert_eq!(verify(&evidence, &pair, BINDING), refused);
        assert_eq!(verify(&evidence, &next, &[8; 32]), refused);
        let other = Pair::new(scheme);
        assert_eq!(verify(&evidence, &other, BINDING), Err(Abort::Inconsistent));
        let other = Pair::new(scheme.other());
        let outcome = verify(&evidence, &other, BINDING);
        assert!(outcome.is_err(), "{outcome:?}");
    }
}

#[test]
fn parts_of_two_refreshes_make_no_evidence() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let [(next, evidence), (_, other)] = [(); 2].map(|()| pair.prove(BINDING));
        let swaps: [fn(&mut Evidence, &Evidence); 5] = [
            |evidence, other| evidence.client_proof = other.client_proof.clone(),
            |evidence, other| evidence.co_signer_proof = other.co_signer_proof.clone(),
            |evidence, other| evidence.transcript = other.transcript,
            |evidence, other| (evidence.client, evidence.co_signer) = (other.client, other.co_signer),
            |evidence, _| core::mem::swap(&mut evidence.client, &mut evidence.co_signer),
        ];
        for swap in swaps {
            let mut mixed = evidence.clone();
            swap(&mut mixed, &other);
            assert_eq!(verify(&mixed, &next, BINDING), Err(Abort::WrongProof));
        }
        for swap in [
            |evidence: &mut Evidence, other: &Evidence| evidence.client = other.client,
            |evidence: &mut Evidence, other: &Evidence| evidence.co_signer = other.co_signer,
        ] {
            let mut mixed = evidence.clone();
            swap(&mut mixed, &other);
            assert_eq!(verify(&mixed, &next, BINDING), Err(Abort::Inconsistent));
        }
    }
}

#[test]
fn a_flipped_bit_of_evidence_is_refused() {
    for scheme in Scheme::ALL {
        let (next, evidence) = Pair::new(scheme).prove(BINDING);
        let bytes = borsh::to_vec(&evidence).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let read = borsh::from_slice::<Evidence>(&flipped);
            assert!(
                read.is_err() || verify(&read.unwrap(), &next, BINDING).is_err(),
                "{bit}"
            );
        }
    }
}

/// A co-signer alone: it keeps its share, or draws one, and proves what it knows; of the client it
/// has proofs of other refreshes.
#[test]
fn a_co_signer_alone_makes_no_evidence() {
    for scheme in Scheme::ALL {
        let pair = Pair::new(scheme);
        let (next, earlier) = pair.prove(BINDING);
        let (info, binding) = (next.client.info(), [7; 32]);
        let secret = SecretScalar::random(scheme, &mut rand_core::OsRng);
        let co_signer = secret.to_point();
        let client = next.client.public_key().minus(&co_signer).unwrap().unwrap();
        let key = (info.wallet, &next.client.public_key(), info.epoch);
        let bound = bound(key, (&co_signer, &client), &binding, &earlier.transcript);
        let own = |context: &[u8; 32], role| {
            let statement = statement_about(context, co_signer, role);
            ProofOfKnowledge::prove(&statement, &secret, &mut rand_core::OsRng).unwrap()
        };
        let forged = |client_proof: ProofOfKnowledge| Evidence {
            co_signer,
            client,
            transcript: earlier.transcript,
            co_signer_proof: own(&proved(&bound, &client_proof), Role::CoSigner),
            client_proof,
        };
        for client_proof in [own(&bound, Role::Client), earlier.client_proof.clone()] {
            assert_eq!(verify(&forged(client_proof), &next, &binding), Err(Abort::WrongProof));
        }
    }
}
