//! What a client could do at key generation if a check were missing: each attack wins when all that stands against it is
//! taken away, and each of those checks alone is enough to stop it.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::traps::{self, Trap};

const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];

fn context(scheme: Scheme) -> Context {
    Context {
        wallet: WalletId([1; 16]),
        scheme,
        run: RunId([2; 16]),
    }
}

/// A client that commits to nothing, and opens to what it makes of the co-signer's offer.
fn open_late(scheme: Scheme, open: impl FnOnce(&Offer) -> (Point, ProofOfKnowledge)) -> Result<Share, Abort> {
    let context = context(scheme);
    let commitment = Commitment { hash: [7; 32] };
    let (co_signer, offer) = co_signer_start(context.clone(), commitment.clone(), &mut OsRng)?;
    let (public_share, proof) = open(&offer);
    let committed = Committed {
        public_share,
        proof,
        contribution: offer.contribution,
        salt: [8; 32],
    };
    // All that a confirmation needs is public.
    let confirmation = match agree(&context, &commitment, &offer, &committed) {
        Ok(info) => Confirmation::new(&info, Role::Client),
        Err(_) => Confirmation { hash: [0; 32] },
    };
    let (share, _) = co_signer.receive(Opening {
        committed,
        confirmation,
    })?;
    Ok(share)
}

/// The client sends the co-signer's own words back.
fn mirror(scheme: Scheme) -> Result<Share, Abort> {
    open_late(scheme, |offer| (offer.public_share, offer.proof.clone()))
}

/// Without a secret of its own the client has made a wallet: one whose key the co-signer's share alone gives.
#[test]
fn a_mirrored_share_makes_a_key_of_the_co_signer_alone_and_any_one_check_stops_it() {
    for scheme in SCHEMES {
        let all = [Trap::Opening, Trap::Mirror, Trap::Statement];
        let share = traps::with_all_open(&all, || mirror(scheme)).unwrap();
        let twice = share.secret().plus(share.secret()).unwrap();
        assert_eq!(twice.to_point(), share.public_key());

        let refused = |open: &[Trap]| traps::with_all_open(open, || mirror(scheme)).err();
        assert_eq!(refused(&[Trap::Mirror, Trap::Statement]), Some(Abort::WrongOpening));
        assert_eq!(refused(&[Trap::Opening, Trap::Statement]), Some(Abort::Mirrored));
        assert_eq!(refused(&[Trap::Opening, Trap::Mirror]), Some(Abort::WrongProof));
        assert!(refused(&[]).is_some());
    }
}

/// The client opens to B = X* − A, so that the key is X*, of which it knows the whole secret.
fn rogue(scheme: Scheme, wanted: &SecretScalar) -> Result<Share, Abort> {
    open_late(scheme, |offer| {
        let rogue = wanted.to_point().minus(&offer.public_share).unwrap().unwrap();
        // The best proof that it can give: of a secret that is not B's.
        let sid = context(scheme).sid();
        let statement = client_statement(&sid, rogue);
        (rogue, ProofOfKnowledge::prove(&statement, wanted, &mut OsRng).unwrap())
    })
}

#[test]
fn a_rogue_share_gives_the_client_the_key_and_commitment_or_proof_alone_stops_it() {
    for scheme in SCHEMES {
        let wanted = SecretScalar::random(scheme, &mut OsRng);
        let share = traps::with_all_open(&[Trap::Opening, Trap::Proof], || rogue(scheme, &wanted)).unwrap();
        assert_eq!(share.public_key(), wanted.to_point());

        let refused = |open: &[Trap]| traps::with_all_open(open, || rogue(scheme, &wanted)).err();
        assert_eq!(refused(&[Trap::Proof]), Some(Abort::WrongOpening));
        assert_eq!(refused(&[Trap::Opening]), Some(Abort::WrongProof));
    }
}

/// The co-signer, which speaks in the middle, has the same wish and lacks B: the commitment hides it.
#[test]
fn a_co_signer_that_saw_the_clients_share_first_could_choose_the_key_but_for_the_proof() {
    for scheme in SCHEMES {
        let context = context(scheme);
        let wanted = SecretScalar::random(scheme, &mut OsRng);
        let offered = || {
            let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
            let (_, mut offer) = co_signer_start(context.clone(), commitment, &mut OsRng).unwrap();
            // What only the test can see before m3.
            let seen = client.committed.public_share;
            offer.public_share = wanted.to_point().minus(&seen).unwrap().unwrap();
            client.receive(offer)
        };
        let (client, _) = traps::with_open(Trap::Proof, offered).unwrap();
        assert_eq!(client.share.public_key(), wanted.to_point());
        assert_eq!(offered().err(), Some(Abort::WrongProof));
    }
}

/// Two clients commit alike to nothing: the salt hides a share even from who guesses it.
#[test]
fn a_commitment_says_nothing_of_the_share_to_who_guesses_it() {
    for scheme in SCHEMES {
        let context = context(scheme);
        let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
        let guessed = Committed {
            salt: [0; 32],
            ..client.committed.clone()
        };
        assert_ne!(guessed.commit(&context), commitment);
        assert_eq!(client.committed.commit(&context), commitment);
    }
}

/// A copied commitment opens for its own role only, whoever sends it.
#[test]
fn a_commitment_is_bound_to_role_and_run() {
    let context = context(Scheme::EcdsaSecp256k1);
    let (client, commitment) = client_start(context.clone(), &mut OsRng).unwrap();
    let committed = &client.committed;
    let inputs = |role: Role| {
        let inputs: [&[u8]; 6] = [
            &context.sid(),
            &[role as u8],
            &committed.public_share.to_bytes(),
            &committed.proof.to_bytes(),
            &committed.contribution,
            &committed.salt,
        ];
        tags::hash(tags::KEYGEN_COMMITMENT, &inputs)
    };
    assert_eq!(inputs(Role::Client), commitment.hash);
    assert_ne!(inputs(Role::CoSigner), commitment.hash);
}

/// What the peer takes a party's share for, where that party's source gives the same bytes in two
/// key generations: one share and one nonce of its proofs, under two challenges.
fn generate_twice(party: Role) -> [k256::Scalar; 2] {
    let source = || ChaCha20Rng::from_seed([7; 32]);
    let seen = [1, 2].map(|run| {
        let context = Context {
            run: RunId([run; 16]),
            ..context(Scheme::EcdsaSecp256k1)
        };
        let (client, commitment) = client_start(context.clone(), &mut source()).unwrap();
        let (co_signer, offer) = co_signer_start(context.clone(), commitment.clone(), &mut source()).unwrap();
        let (sid, seen) = (context.sid(), seen_by_co_signer(&context, &commitment));
        let (secret, statement, proof) = match party {
            Role::Client => {
                let Committed {
                    public_share, proof, ..
                } = client.committed;
                (client.secret, client_statement(&sid, public_share), proof)
            }
            Role::CoSigner => (
                co_signer.secret,
                co_signer_statement(&seen, offer.public_share),
                offer.proof,
            ),
        };
        let challenge = statement.challenge(&proof.to_bytes()[..33].try_into().unwrap());
        let of = |scalar: &crate::scalar::Scalar| *scalar.secp256k1().unwrap();
        let secret = *secret.secp256k1().unwrap().expose();
        [of(&proof.response(context.scheme)), of(&challenge), secret]
    });
    let [[s1, c1, secret], [s2, c2, _]] = seen;
    [(s1 - s2) * (c1 - c2).invert().unwrap(), secret]
}

#[test]
fn a_source_that_repeats_in_two_key_generations_tells_unhedged() {
    for party in [Role::Client, Role::CoSigner] {
        let [taken, secret] = traps::with_open(Trap::Hedge, || generate_twice(party));
        assert_eq!(taken, secret);
        let [taken, secret] = generate_twice(party);
        assert_ne!(taken, secret);
    }
}
