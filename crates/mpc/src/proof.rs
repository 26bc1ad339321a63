//! Proof of knowledge of a discrete logarithm (Schnorr, made non-interactive as Fiat and Shamir do).

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;

use crate::{
    Abort, Point, Role,
    scalar::{Scalar, SecretScalar},
};

/// What a proof is about, and everything it is bound to.
pub(crate) struct Statement<'a> {
    /// The tag of the protocol that asks for the proof.
    pub(crate) tag: &'static str,
    /// The hash of the protocol's transcript so far, or its session id.
    pub(crate) context: &'a [u8; 32],
    /// Who proves.
    pub(crate) role: Role,
    /// P, the point of reference.
    pub(crate) base: Point,
    /// Y = y·P, of which y is known to the prover.
    pub(crate) point: Point,
}

/// A proof that its sender knows y with Y = y·P; 65 bytes: T = t·P and s = t + c·y, both in the encoding of Y's curve.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ProofOfKnowledge {
    /// T. Never decoded: the verifier computes it and compares encodings, of which a point has one.
    commitment: [u8; 33],
    response: [u8; 32],
}

impl ProofOfKnowledge {
    /// Proves that `witness` is the discrete logarithm of the statement's point.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`] if witness and statement are of two curves.
    pub(crate) fn prove(
        statement: &Statement<'_>,
        witness: &SecretScalar,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, Abort> {
        let nonce = SecretScalar::random(statement.point.scheme(), rng);
        let commitment = nonce.times(&statement.base)?.to_bytes();
        let response = nonce.respond(&statement.challenge(&commitment), witness)?;
        Ok(Self { commitment, response })
    }

    /// Checks s·P − c·Y = T.
    ///
    /// # Errors
    /// [`Abort::WrongProof`] if it does not hold; [`Abort::Malformed`] if s is not below the order.
    pub(crate) fn verify(&self, statement: &Statement<'_>) -> Result<(), Abort> {
        let response = Scalar::from_bytes(statement.point.scheme(), &self.response)?;
        let challenge = statement.challenge(&self.commitment);
        let expected = statement.base.combine(&response, &statement.point, &challenge)?;
        if expected.is_some_and(|expected| expected.to_bytes() == self.commitment) {
            Ok(())
        } else {
            Err(Abort::WrongProof)
        }
    }

    /// The proof as 65 bytes, for hashes.
    pub(crate) fn to_bytes(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        let (commitment, response) = bytes.split_at_mut(33);
        commitment.copy_from_slice(&self.commitment);
        response.copy_from_slice(&self.response);
        bytes
    }
}

impl Statement<'_> {
    fn challenge(&self, commitment: &[u8; 33]) -> Scalar {
        let inputs: [&[u8]; 5] = [
            self.context,
            &[self.role as u8],
            &self.base.to_bytes(),
            &self.point.to_bytes(),
            commitment,
        ];
        Scalar::hash(self.point.scheme(), self.tag, &inputs)
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;
    use crate::tags;

    const CONTEXT: &[u8; 32] = &[7; 32];

    fn proved() -> (Statement<'static>, ProofOfKnowledge) {
        let base = SecretScalar::random(&mut OsRng).to_point();
        let witness = SecretScalar::random(&mut OsRng);
        let point = witness.times(&base);
        let statement = Statement {
            tag: tags::KEYGEN_PROOF,
            context: CONTEXT,
            role: Role::Client,
            base,
            point,
        };
        let proof = ProofOfKnowledge::prove(&statement, &witness, &mut OsRng);
        (statement, proof)
    }

    #[test]
    fn an_honest_proof_verifies() {
        let (statement, proof) = proved();
        assert_eq!(proof.verify(&statement), Ok(()));
        assert_eq!(borsh::to_vec(&proof).unwrap(), proof.to_bytes());
    }

    #[test]
    fn a_proof_holds_for_its_own_statement_only() {
        let (statement, proof) = proved();
        let others = [
            Statement {
                tag: tags::REFRESH_PROOF,
                ..statement
            },
            Statement {
                context: &[8; 32],
                ..statement
            },
            Statement {
                role: Role::CoSigner,
                ..statement
            },
            Statement {
                base: Point::GENERATOR,
                ..statement
            },
            Statement {
                point: Point::GENERATOR,
                ..statement
            },
        ];
        for other in others {
            assert_eq!(proof.verify(&other), Err(Abort::WrongProof));
        }
    }

    #[test]
    fn a_proof_with_the_wrong_witness_is_refused() {
        let (statement, _) = proved();
        let proof = ProofOfKnowledge::prove(&statement, &SecretScalar::random(&mut OsRng), &mut OsRng);
        assert_eq!(proof.verify(&statement), Err(Abort::WrongProof));
    }

    /// What a challenge that left out the commitment, the point or the base would let anybody do who knows no logarithm.
    #[test]
    fn a_statement_or_commitment_chosen_after_the_challenge_is_refused() {
        let (statement, proof) = proved();
        let (response, challenge) = (proof.response, statement.challenge(&proof.commitment));
        let [base, point, commitment] =
            [statement.base, statement.point, proof.commitment].map(|point| point.to_projective());
        let solved = |point: ProjectivePoint| Point::new(point).unwrap();
        let inverse = |scalar: &k256::Scalar| scalar.invert().unwrap();

        let other = k256::Scalar::from(5u64);
        let commitment_after = solved(base * other - point * challenge);
        let forged = ProofOfKnowledge {
            commitment: commitment_after,
            response: Scalar::new(other),
        };
        assert_eq!(forged.verify(&statement), Err(Abort::WrongProof));

        let forged = ProofOfKnowledge {
            commitment: proof.commitment,
            response: Scalar::new(other),
        };
        let point_after = solved((base * other - commitment) * inverse(&challenge));
        assert_eq!(
            forged.verify(&Statement {
                point: point_after,
                ..statement
            }),
            Err(Abort::WrongProof)
        );

        let base_after = solved((commitment + point * challenge) * inverse(response.get()));
        assert_eq!(base_after, statement.base);
        let base_after = solved((commitment + point * challenge) * inverse(&other));
        assert_eq!(
            forged.verify(&Statement {
                base: base_after,
                ..statement
            }),
            Err(Abort::WrongProof)
        );
    }

    #[test]
    fn a_flipped_bit_is_refused() {
        let (statement, proof) = proved();
        let bytes = proof.to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(proof) = borsh::from_slice::<ProofOfKnowledge>(&flipped) {
                assert_eq!(proof.verify(&statement), Err(Abort::WrongProof));
            }
        }
    }
}
