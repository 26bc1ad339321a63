use k256::{Scalar, elliptic_curve::Field};
use rand_core::{OsRng, RngCore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{Path, RunId, Scheme, ecdsa, eddsa, pairing::tests::pair, refresh::tests::Pair, secp256k1};

const RUN: RunId = RunId([1; 16]);

fn digest() -> Digest {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    Digest(bytes)
}

/// Both shares sign a digest, by the child at a path where there are children.
fn sign_at(shares: &Pair, path: &Path, digest: Digest) -> Result<Signature, Abort> {
    let rng = &mut OsRng;
    match shares.client.info().scheme {
        Scheme::EcdsaSecp256k1 => {
            let (ours, theirs) = pair();
            let (state, query) = ecdsa::client_start(&shares.client, path, &ours, RUN, digest, rng)?;
            let answer = ecdsa::co_signer_answer(&shares.co_signer, path, &theirs, RUN, digest, query, rng)?;
            state.finish(answer).map(Signature::Ecdsa)
        }
        Scheme::EddsaEd25519 => {
            let (state, query) = eddsa::client_start(&shares.client, RUN, &digest.0, rng)?;
            let answer = eddsa::co_signer_answer(&shares.co_signer, RUN, &digest.0, query, rng)?;
            state.finish(answer).map(Signature::Eddsa)
        }
    }
}

fn sign(shares: &Pair, digest: Digest) -> Result<Signature, Abort> {
    sign_at(shares, &Path::root(), digest)
}

fn for_statement(shares: &Pair, digest: &Digest) -> Pair {
    Pair {
        client: shares.client.for_statement(digest).unwrap(),
        co_signer: shares.co_signer.for_statement(digest).unwrap(),
    }
}

#[test]
fn a_statement_is_signed_under_a_key_of_its_own() {
    for scheme in Scheme::ALL {
        let (shares, digest) = (Pair::new(scheme), digest());
        let key = shares.client.public_key();
        let signature = sign(&for_statement(&shares, &digest), digest).unwrap();
        assert_eq!(signature.verify_statement(&key, &digest), Ok(()));
        assert_eq!(signature.verify(&key, &digest), Err(Abort::WrongSignature));
        // Nor is it of another statement, or another wallet.
        let refused = Err(Abort::WrongSignature);
        assert_eq!(signature.verify_statement(&key, &Digest([8; 32])), refused);
        let other = Pair::new(scheme).client.public_key();
        assert_eq!(signature.verify_statement(&other, &digest), refused);
    }
}

#[test]
fn an_ordinary_signature_of_a_digest_is_none_of_the_statement() {
    for scheme in Scheme::ALL {
        let (shares, digest) = (Pair::new(scheme), digest());
        let key = shares.client.public_key();
        // Of this epoch, and of the next: X is the same.
        for shares in [&shares, &shares.refresh()] {
            let ordinary = sign(shares, digest).unwrap();
            assert_eq!(ordinary.verify(&key, &digest), Ok(()));
            assert_eq!(ordinary.verify_statement(&key, &digest), Err(Abort::WrongSignature));
        }
    }
}

#[test]
fn no_child_signs_a_statement_of_its_wallet() {
    let (shares, digest) = (Pair::new(Scheme::EcdsaSecp256k1), digest());
    let key = shares.client.public_key();
    for indices in [&[0][..], &[1], &[44, 60, 0, 0, 7]] {
        let path = Path::new(indices.to_vec()).unwrap();
        let child = shares.client.info().child(&path).unwrap().public_key().unwrap();
        let signature = sign_at(&shares, &path, digest).unwrap();
        assert_eq!(signature.verify(&child, &digest), Ok(()));
        assert_eq!(signature.verify_statement(&key, &digest), Err(Abort::WrongSignature));
    }
}

#[test]
fn a_side_that_signs_the_ordinary_way_gets_no_statement() {
    for scheme in Scheme::ALL {
        let (shares, digest) = (Pair::new(scheme), digest());
        let tweaked = for_statement(&shares, &digest);
        for (client, co_signer) in [(tweaked.client, shares.co_signer), (shares.client, tweaked.co_signer)] {
            let mixed = Pair { client, co_signer };
            assert_eq!(sign(&mixed, digest).err(), Some(Abort::OtherContext));
        }
    }
}

/// A signature of `digest` under x by nonce k, as whoever knows both makes it.
fn forged(x: &Scalar, nonce: &Scalar, digest: Scalar) -> ecdsa::Signature {
    let nonce_point = secp256k1::SecretScalar::new(*nonce).unwrap().to_point();
    let r = *secp256k1::Scalar::from_bytes(&nonce_point.x()).unwrap().get();
    ecdsa::Signature::new(&nonce_point, nonce.invert().unwrap() * (digest + r * x))
}

/// The relation that additive tweaks have (ia.cr/2021/1330): (r, s) under X of m + r·t fits the
/// statement m. It asks for a digest that is chosen when r is known; here digest and query are one
/// message, and R is drawn after it.
#[test]
fn a_digest_chosen_after_r_alone_would_fit_a_statement() {
    let [x, nonce] = [(); 2].map(|()| Scalar::random(&mut OsRng));
    let key = Point::Secp256k1(secp256k1::SecretScalar::new(x).unwrap().to_point());
    let digest = digest();
    let tweak = *tweak(&key, &digest).unwrap().secp256k1().unwrap().expose();
    let nonce_point = secp256k1::SecretScalar::new(nonce).unwrap().to_point();
    let r = *secp256k1::Scalar::from_bytes(&nonce_point.x()).unwrap().get();
    let chosen = digest.to_scalar() + r * tweak;
    let fits = Signature::Ecdsa(forged(&x, &nonce, chosen));
    assert_eq!(fits.verify_statement(&key, &digest), Ok(()));
    // The same digest with any other R fits nothing.
    let other = Signature::Ecdsa(forged(&x, &Scalar::random(&mut OsRng), chosen));
    assert_eq!(other.verify_statement(&key, &digest), Err(Abort::WrongSignature));
}

/// Why the tweak is added and not multiplied: under u·X the signature (r, u·s) of m/u fits the
/// statement m, and m/u can be asked for.
#[test]
fn a_multiplied_key_would_be_met_by_a_chosen_digest() {
    let [x, nonce, factor] = [(); 3].map(|()| Scalar::random(&mut OsRng));
    let digest = digest();
    let asked = digest.to_scalar() * factor.invert().unwrap();
    let signature = forged(&x, &nonce, asked);
    let s = *secp256k1::Scalar::from_bytes(&signature.s).unwrap().get() * factor;
    let nonce_point = secp256k1::SecretScalar::new(nonce).unwrap().to_point();
    let product = Point::Secp256k1(secp256k1::SecretScalar::new(x * factor).unwrap().to_point());
    let fits = [s, -s].map(|s| ecdsa::Signature::new(&nonce_point, s).verify(&product, &digest).is_ok());
    assert!(fits.contains(&true));
}
