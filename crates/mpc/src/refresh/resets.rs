//! Resets: a party whose random source gives the same bytes in two refreshes of one share. Its
//! proofs then have one nonce under two challenges, of secrets whose difference the peer knows;
//! unless they are hedged.

use std::collections::HashSet;

use k256::Scalar;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    tests::{BINDING, Pair, RUN},
    *,
};
use crate::{
    Scheme,
    traps::{self, Trap},
};

const SCHEME: Scheme = Scheme::EcdsaSecp256k1;

fn source() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([6; 32])
}

fn expose(secret: &SecretScalar) -> Scalar {
    *secret.secp256k1().unwrap().expose()
}

/// s and c of a proof.
fn proof(statement: &Statement<'_>, proof: &ProofOfKnowledge) -> [Scalar; 2] {
    let commitment: [u8; 33] = proof.to_bytes()[..33].try_into().unwrap();
    [proof.response(SCHEME), statement.challenge(&commitment)].map(|scalar| *scalar.secp256k1().unwrap())
}

/// What the peer takes the party's old share for, after two refreshes in which that party's source
/// repeats.
///
/// The proofs say s = t + c·(share ± δ), and the peer knows δ.
fn refresh_twice(pair: &Pair, party: Role) -> Scalar {
    let (b, a) = (expose(pair.client.secret()), expose(pair.co_signer.secret()));
    let seen = [(); 2].map(|()| {
        let (client, commitment) = client_start(&pair.client, RUN, BINDING, &mut OsRng).unwrap();
        let (co_signer, offer) = co_signer_start(&pair.co_signer, RUN, BINDING, commitment, &mut OsRng).unwrap();
        let (client, opening) = client.receive(offer, &mut source()).unwrap();
        let contribution = &opening.contribution;
        let transcript = (co_signer.run).transcript(
            &co_signer.commitment,
            &co_signer.contribution,
            contribution,
            &opening.salt,
        );
        let (proof_of_client, next) = (opening.proof.clone(), opening);
        let (next_co_signer, last) = co_signer.receive(next, &mut source()).unwrap();
        match party {
            Role::Client => {
                let shift = a - expose(next_co_signer.secret());
                let bound = bound_of(&next_co_signer, BINDING, &transcript);
                let [s, c] = proof(&statement(&bound, &next_co_signer, party), &proof_of_client);
                [s, c, shift]
            }
            Role::CoSigner => {
                let [s, c] = proof(&statement(&client.seen, &client.next, party), &last.proof);
                [s, c, b - expose(client.next.secret())]
            }
        }
    });
    let [[s1, c1, shift1], [s2, c2, shift2]] = seen;
    (s1 - s2 - c1 * shift1 + c2 * shift2) * (c1 - c2).invert().unwrap()
}

#[test]
fn a_repeated_source_gives_the_share_only_unhedged() {
    let pair = Pair::new(SCHEME);
    for (party, share) in [(Role::Client, &pair.client), (Role::CoSigner, &pair.co_signer)] {
        let secret = expose(share.secret());
        assert_eq!(traps::with_open(Trap::Hedge, || refresh_twice(&pair, party)), secret);
        assert_ne!(refresh_twice(&pair, party), secret);
    }
}

/// How many ephemeral keys, contributions and salts there are in two runs of two pairs, all of
/// sources that repeat.
fn contributions() -> [usize; 3] {
    let (mut ephemerals, mut entropies, mut salts) = (HashSet::new(), HashSet::new(), HashSet::new());
    for pair in [Pair::new(SCHEME), Pair::new(SCHEME)] {
        for run in [RunId([1; 16]), RunId([2; 16])] {
            let (client, commitment) = client_start(&pair.client, run, BINDING, &mut source()).unwrap();
            let (_, offer) = co_signer_start(&pair.co_signer, run, BINDING, commitment, &mut source()).unwrap();
            salts.insert(client.salt);
            for contribution in [client.contribution, offer.contribution] {
                ephemerals.insert(contribution.ephemeral.to_bytes());
                entropies.insert(contribution.entropy);
            }
        }
    }
    [ephemerals.len(), entropies.len(), salts.len()]
}

#[test]
fn contributions_depend_on_share_and_run() {
    assert_eq!(contributions(), [8, 8, 4]);
    assert_eq!(traps::with_open(Trap::Hedge, contributions), [1, 1, 1]);
}
