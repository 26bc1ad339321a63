//! A signature of either scheme.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Abort, Digest, Point, ecdsa, eddsa};

/// A signature of a wallet, of whichever scheme the wallet's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Signature {
    /// ECDSA over secp256k1.
    Ecdsa(ecdsa::Signature),
    /// Ed25519.
    Eddsa(eddsa::Signature),
}

impl Signature {
    /// Verifies the signature of a digest: ECDSA signs the digest itself, Ed25519 its 32 bytes as a message.
    ///
    /// # Errors
    /// [`Abort::WrongSignature`] if it does not verify; [`Abort::OtherCurve`] if the key is of another scheme.
    pub fn verify(&self, public_key: &Point, digest: &Digest) -> Result<(), Abort> {
        match self {
            Self::Ecdsa(signature) => signature.verify(public_key, digest),
            Self::Eddsa(signature) => signature.verify(public_key, &digest.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use k256::Scalar;
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::secp256k1::SecretScalar;

    const DIGEST: Digest = Digest([7; 32]);

    fn ecdsa() -> (Point, Signature) {
        let [key, nonce] = [(); 2].map(|()| SecretScalar::random(&mut OsRng));
        let nonce_point = nonce.to_point();
        let r = *crate::secp256k1::Scalar::from_bytes(&nonce_point.x()).unwrap().get();
        let s: Scalar = nonce.expose().invert().unwrap() * (DIGEST.to_scalar() + r * key.expose());
        let signature = ecdsa::Signature::new(&nonce_point, s);
        (Point::Secp256k1(key.to_point()), Signature::Ecdsa(signature))
    }

    fn eddsa() -> (Point, Signature) {
        let parties = eddsa::tests::Parties::new();
        let signature = Signature::Eddsa(parties.sign(&DIGEST.0));
        (parties.client.public_key(), signature)
    }

    #[test]
    fn each_verifies_under_its_own_key_and_digest_only() {
        for (of, other) in [(ecdsa(), eddsa()), (eddsa(), ecdsa())] {
            let (key, signature) = of;
            assert_eq!(signature.verify(&key, &DIGEST), Ok(()));
            assert_eq!(signature.verify(&key, &Digest([8; 32])), Err(Abort::WrongSignature));
            assert_eq!(signature.verify(&other.0, &DIGEST), Err(Abort::OtherCurve));
            let own = Point::generator(key.scheme());
            assert_eq!(signature.verify(&own, &DIGEST), Err(Abort::WrongSignature));
        }
    }

    #[test]
    fn the_stored_form_names_the_scheme() {
        for ((_, signature), (kind, length)) in [(ecdsa(), (0, 66)), (eddsa(), (1, 65))] {
            let mut bytes = borsh::to_vec(&signature).unwrap();
            assert_eq!((bytes[0], bytes.len()), (kind, length));
            assert_eq!(borsh::from_slice::<Signature>(&bytes).unwrap(), signature);
            bytes[0] ^= 1;
            assert!(borsh::from_slice::<Signature>(&bytes).is_err());
            bytes[0] = 2;
            assert!(borsh::from_slice::<Signature>(&bytes).is_err());
        }
    }
}
