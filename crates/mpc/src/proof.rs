//! Proof of knowledge of a discrete logarithm (Schnorr, made non-interactive as Fiat and Shamir do).

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;

#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{
    Abort, Point, Role,
    hedge::Hedged,
    scalar::{Scalar, SecretScalar},
    tags,
    unread::{UnreadPoint, UnreadScalar},
};

/// What a proof is about, and everything it is bound to.
#[cfg_attr(test, derive(Clone))]
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
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub(crate) struct ProofOfKnowledge {
    /// T. Never decoded: the verifier computes it and compares encodings, of which a point has one.
    commitment: UnreadPoint,
    response: UnreadScalar,
}

impl ProofOfKnowledge {
    /// Proves that `witness` is the discrete logarithm of the statement's point.
    ///
    /// # Errors
    /// [`Abort::OtherCurve`] if witness and statement are of two curves.
    ///
    /// # Security
    /// t is hedged with the witness and the whole statement: one t under two challenges gives the
    /// witness.
    pub(crate) fn prove(
        statement: &Statement<'_>,
        witness: &SecretScalar,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, Abort> {
        let asked: [&[u8]; 5] = [
            statement.tag.as_bytes(),
            statement.context,
            &[statement.role as u8],
            &statement.base.to_bytes(),
            &statement.point.to_bytes(),
        ];
        let mut hedged = Hedged::new(tags::PROOF_DRAWS, rng, witness.to_bytes().as_slice(), &asked);
        let nonce = SecretScalar::random(statement.point.scheme(), &mut hedged);
        let commitment = nonce.times(&statement.base)?.to_bytes();
        let response = nonce.respond(&statement.challenge(&commitment), witness)?;
        Ok(Self {
            commitment: UnreadPoint(commitment),
            response: UnreadScalar(response),
        })
    }

    /// Checks s·P − c·Y = T.
    ///
    /// # Errors
    /// [`Abort::WrongProof`] if it does not hold; [`Abort::Malformed`] if s is not below the order.
    pub(crate) fn verify(&self, statement: &Statement<'_>) -> Result<(), Abort> {
        let response = Scalar::from_bytes(statement.point.scheme(), &self.response.0)?;
        let challenge = statement.challenge(&self.commitment.0);
        let expected = statement.base.combine(&response, &statement.point, &challenge)?;
        let holds = expected.is_some_and(|expected| expected.to_bytes() == self.commitment.0);
        #[cfg(test)]
        let holds = holds || traps::is_open(Trap::Proof);
        if holds { Ok(()) } else { Err(Abort::WrongProof) }
    }

    /// s, which an attack may have a use for.
    #[cfg(test)]
    pub(crate) fn response(&self, scheme: crate::Scheme) -> Scalar {
        Scalar::from_bytes(scheme, &self.response.0).unwrap()
    }

    /// The proof as 65 bytes, for hashes.
    pub(crate) fn to_bytes(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        let (commitment, response) = bytes.split_at_mut(33);
        commitment.copy_from_slice(&self.commitment.0);
        response.copy_from_slice(&self.response.0);
        bytes
    }
}

impl Statement<'_> {
    pub(crate) fn challenge(&self, commitment: &[u8; 33]) -> Scalar {
        let (context, role) = (self.context, self.role);
        #[cfg(test)]
        let (context, role) = if traps::is_open(Trap::Statement) {
            (&[0; 32], Role::Client)
        } else {
            (context, role)
        };
        let inputs: [&[u8]; 5] = [
            context,
            &[role as u8],
            &self.base.to_bytes(),
            &self.point.to_bytes(),
            commitment,
        ];
        Scalar::hash(self.point.scheme(), self.tag, &inputs)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::{Scheme, ed25519, hedge::tests::Stuck, secp256k1};

    const CONTEXT: &[u8; 32] = &[7; 32];

    fn proved(scheme: Scheme) -> (Statement<'static>, ProofOfKnowledge) {
        let base = SecretScalar::random(scheme, &mut OsRng).to_point();
        let witness = SecretScalar::random(scheme, &mut OsRng);
        let point = witness.times(&base).unwrap();
        let statement = Statement {
            tag: tags::KEYGEN_PROOF,
            context: CONTEXT,
            role: Role::Client,
            base,
            point,
        };
        let proof = ProofOfKnowledge::prove(&statement, &witness, &mut OsRng).unwrap();
        (statement, proof)
    }

    #[test]
    fn an_honest_proof_verifies() {
        for scheme in Scheme::ALL {
            let (statement, proof) = proved(scheme);
            assert_eq!(proof.verify(&statement), Ok(()));
            assert_eq!(borsh::to_vec(&proof).unwrap(), proof.to_bytes());
        }
    }

    #[test]
    fn a_proof_holds_for_its_own_statement_only() {
        for scheme in Scheme::ALL {
            let (statement, proof) = proved(scheme);
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
                    base: Point::generator(scheme),
                    ..statement
                },
                Statement {
                    point: Point::generator(scheme),
                    ..statement
                },
            ];
            for other in others {
                assert_eq!(proof.verify(&other), Err(Abort::WrongProof));
            }
        }
    }

    /// Two proofs of one secret with one t give it away.
    #[test]
    fn a_proofs_nonce_is_new_each_time_and_for_each_statement() {
        for scheme in Scheme::ALL {
            let witness = SecretScalar::random(scheme, &mut OsRng);
            let other = SecretScalar::random(scheme, &mut OsRng);
            let (generator, point) = (Point::generator(scheme), witness.to_point());
            let statement = Statement {
                tag: tags::KEYGEN_PROOF,
                context: CONTEXT,
                role: Role::Client,
                base: generator,
                point,
            };
            let others = [
                (statement.clone(), &other),
                (
                    Statement {
                        tag: tags::REFRESH_PROOF,
                        ..statement.clone()
                    },
                    &witness,
                ),
                (
                    Statement {
                        context: &[8; 32],
                        ..statement.clone()
                    },
                    &witness,
                ),
                (
                    Statement {
                        role: Role::CoSigner,
                        ..statement.clone()
                    },
                    &witness,
                ),
                (
                    Statement {
                        point: generator,
                        ..statement.clone()
                    },
                    &witness,
                ),
            ];
            let fresh = || ProofOfKnowledge::prove(&statement, &witness, &mut OsRng).unwrap();
            let fresh: HashSet<_> = (0..10).map(|_| fresh().commitment.0).collect();
            assert_eq!(fresh.len(), 10);
            let stuck = |statement: &Statement<'_>, witness: &SecretScalar| {
                let proof = ProofOfKnowledge::prove(statement, witness, &mut Stuck(7)).unwrap();
                proof.commitment.0
            };
            let commitments = || -> HashSet<_> {
                let others = others.iter().map(|(statement, witness)| stuck(statement, witness));
                others.chain([stuck(&statement, &witness)]).collect()
            };
            assert_eq!(commitments().len(), 6);
            assert_eq!(traps::with_open(Trap::Hedge, commitments).len(), 1);
        }
    }

    #[test]
    fn a_proof_with_the_wrong_witness_is_refused() {
        for scheme in Scheme::ALL {
            let (statement, _) = proved(scheme);
            let other = SecretScalar::random(scheme, &mut OsRng);
            let proof = ProofOfKnowledge::prove(&statement, &other, &mut OsRng).unwrap();
            assert_eq!(proof.verify(&statement), Err(Abort::WrongProof));
        }
    }

    #[test]
    fn a_witness_or_base_of_the_other_curve_is_refused() {
        for scheme in Scheme::ALL {
            let (statement, proof) = proved(scheme);
            let other = SecretScalar::random(scheme.other(), &mut OsRng);
            let refused = ProofOfKnowledge::prove(&statement, &other, &mut OsRng).err();
            assert_eq!(refused, Some(Abort::OtherCurve));

            let mixed = Statement {
                base: Point::generator(scheme.other()),
                ..statement
            };
            assert_eq!(proof.verify(&mixed), Err(Abort::OtherCurve));
            let witness = SecretScalar::random(scheme, &mut OsRng);
            let refused = ProofOfKnowledge::prove(&mixed, &witness, &mut OsRng).err();
            assert_eq!(refused, Some(Abort::OtherCurve));
        }
    }

    /// The scalar as a witness, and its inverse.
    fn known(scalar: &Scalar) -> [SecretScalar; 2] {
        match scalar {
            Scalar::Secp256k1(scalar) => [*scalar, scalar.invert().unwrap()]
                .map(|scalar| SecretScalar::Secp256k1(secp256k1::SecretScalar::new(scalar).unwrap())),
            Scalar::Ed25519(scalar) => [*scalar, scalar.invert()]
                .map(|scalar| SecretScalar::Ed25519(ed25519::SecretScalar::new(scalar).unwrap())),
        }
    }

    /// What a challenge that left out the commitment, the point or the base would let anybody do who knows no logarithm.
    #[test]
    fn a_statement_or_commitment_chosen_after_the_challenge_is_refused() {
        for scheme in Scheme::ALL {
            let (statement, proof) = proved(scheme);
            let commitment = Point::from_bytes(&proof.commitment.0).unwrap();
            let challenge = statement.challenge(&proof.commitment.0);
            let [c, inverse_c] = known(&challenge);
            let other = Scalar::hash(scheme, "other", &[]);
            let [s, inverse_s] = known(&other);
            let forged = ProofOfKnowledge {
                commitment: proof.commitment,
                response: UnreadScalar(*s.to_bytes()),
            };

            let commitment_after = statement.base.combine(&other, &statement.point, &challenge);
            let solved = ProofOfKnowledge {
                commitment: UnreadPoint(commitment_after.unwrap().unwrap().to_bytes()),
                ..forged.clone()
            };
            assert_eq!(solved.verify(&statement), Err(Abort::WrongProof));

            let difference = s.times(&statement.base).unwrap().minus(&commitment);
            let point = inverse_c.times(&difference.unwrap().unwrap()).unwrap();
            assert_eq!(forged.verify(&Statement { point, ..statement }), Err(Abort::WrongProof));

            // Y's multiple and T add up to s·P: for the honest s, that is the base itself.
            let sum = commitment.plus(&c.times(&statement.point).unwrap()).unwrap().unwrap();
            let [_, inverse] = known(&Scalar::from_bytes(scheme, &proof.response.0).unwrap());
            assert_eq!(inverse.times(&sum), Ok(statement.base));
            let base = inverse_s.times(&sum).unwrap();
            assert_eq!(forged.verify(&Statement { base, ..statement }), Err(Abort::WrongProof));
        }
    }

    #[test]
    fn a_flipped_bit_is_refused() {
        for scheme in Scheme::ALL {
            let (statement, proof) = proved(scheme);
            let bytes = proof.to_bytes();
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes;
                flipped[bit / 8] ^= 1 << (bit % 8);
                let proof: ProofOfKnowledge = borsh::from_slice(&flipped).unwrap();
                // The four highest bits of a scalar of Ed25519 are never set; q fills its 32 bytes.
                let expected = match scheme {
                    Scheme::EddsaEd25519 if bit >= 65 * 8 - 4 => Abort::Malformed("scalar"),
                    _ => Abort::WrongProof,
                };
                assert_eq!(proof.verify(&statement), Err(expected), "{bit}");
            }
        }
    }

    #[test]
    fn a_response_of_the_order_or_more_is_refused() {
        for scheme in Scheme::ALL {
            let (statement, proof) = proved(scheme);
            let proof = ProofOfKnowledge {
                response: UnreadScalar([0xff; 32]),
                ..proof
            };
            assert_eq!(proof.verify(&statement), Err(Abort::Malformed("scalar")));
        }
    }
}
