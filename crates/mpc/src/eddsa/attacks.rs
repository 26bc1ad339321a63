//! Attacks on FROST for two, carried out to the end: each wins when its fix is taken away, and has
//! nothing with it.

use curve25519_dalek::{EdwardsPoint, traits::Identity};
use frost_core::Ciphersuite as _;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::{OsRng, RngCore};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    tests::{MESSAGE, Parties, RUN, observe, observed_by, solve},
    *,
};
use crate::{
    ecdsa::statistics::{is_fair, sessions},
    ed25519,
    traps::{self, Trap},
};

/// One more than the bits of a challenge.
const SESSIONS: usize = 253;

/// What the client is asked to sign, each time.
const ASKED: &[u8] = b"what the person signs";

/// What nobody asked it to sign.
const FORGED: &[u8] = b"all to the co-signer";

fn random() -> Scalar {
    let mut wide = [0; 64];
    OsRng.fill_bytes(&mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

fn point(encoded: &UnreadEd25519Point) -> EdwardsPoint {
    *ed25519::Point::from_bytes(&encoded.0).unwrap().inner()
}

fn encode(scalar: Scalar) -> UnreadEd25519Point {
    UnreadEd25519Point(EdwardsPoint::mul_base(&scalar).compress().to_bytes())
}

/// c of a signature with this R (RFC 8032 §5.1.6).
fn challenge(nonce: &EdwardsPoint, public_key: &[u8; 32], message: &[u8]) -> Scalar {
    Ciphersuite::H2(&[&nonce.compress().to_bytes()[..], public_key, message].concat())
}

/// Benhamouda, Lepoint, Loss, Orrù and Raykova (ia.cr/2020/945) by a co-signer with 253 queries of
/// one client open at once: whether it has a signature of [`FORGED`].
///
/// Without binding factors the client's half is z = d + e + c·b, where the co-signer chooses c
/// among hashes by its own nonce. Two challenges a session are two digits; the forged challenge,
/// minus an offset, written in binary says which one to take in each, and the sum of the halves,
/// weighted, is a half of the forged signature.
fn forges() -> bool {
    let parties = Parties::new();
    let public_key = parties.client.public_key();
    let encoded_key = public_key.ed25519().unwrap().to_bytes();
    let a = *parties.co_signer.secret().ed25519().unwrap().expose();
    let (states, queries): (Vec<_>, Vec<_>) = (0..SESSIONS).map(|_| parties.ask(ASKED)).unzip();
    let theirs = queries.iter().map(|query| &query.commitments);
    let nonces: Vec<_> = theirs
        .map(|theirs| point(&theirs.hiding) + point(&theirs.binding))
        .collect();
    let digits: Vec<_> = nonces
        .iter()
        .map(|nonce| {
            [(); 2].map(|()| {
                let own = random();
                (
                    own,
                    challenge(&(nonce + EdwardsPoint::mul_base(&own)), &encoded_key, ASKED),
                )
            })
        })
        .collect();

    let mut weight = Scalar::ONE;
    let (mut sum, mut offset, mut weights) = (EdwardsPoint::identity(), Scalar::ZERO, Vec::new());
    for (nonce, [(_, zero), (_, one)]) in nonces.iter().zip(&digits) {
        let alpha = weight * (one - zero).invert();
        sum += nonce * alpha;
        offset -= alpha * zero;
        weights.push(alpha);
        weight += weight;
    }
    let wanted = challenge(&sum, &encoded_key, FORGED);
    let binary = (wanted + offset).to_bytes();
    let mut z = wanted * a;
    for (at, (state, digits)) in states.into_iter().zip(&digits).enumerate() {
        let (own, challenge) = digits[usize::from(binary[at / 8] >> (at % 8) & 1)];
        let half = own + challenge * a;
        let hiding = random();
        let answer = Answer {
            commitments: Commitments {
                hiding: encode(hiding),
                binding: encode(own - hiding),
            },
            share: UnreadScalar(half.to_bytes()),
        };
        // A client that aborts has told nothing.
        let Ok(signature) = state.finish(answer) else {
            return false;
        };
        let whole = Scalar::from_canonical_bytes(signature.0[32..].try_into().unwrap()).unwrap();
        z += weights[at] * (whole - half);
    }
    let mut forged = [0; 64];
    forged[..32].copy_from_slice(&sum.compress().to_bytes());
    forged[32..].copy_from_slice(&z.to_bytes());
    Signature(forged).verify(&public_key, FORGED).is_ok()
}

#[test]
fn ros_forges_a_signature_only_without_binding_factors() {
    assert!(traps::with_open(Trap::BindingFactors, forges));
    assert!(!forges());
}

fn source() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([5; 32])
}

/// Three answers of a co-signer whose source repeats, to three queries of a client: what the client
/// takes a for.
fn ask_three_times(parties: &Parties) -> Scalar {
    let seen = [(); 3].map(|()| {
        let (state, query) = parties.ask(MESSAGE);
        let answer = co_signer_answer(&parties.co_signer, RUN, MESSAGE, query.clone(), &mut source()).unwrap();
        let signature = state.finish(answer.clone()).unwrap();
        observed_by(Role::Client, parties, MESSAGE, &query, &answer, &signature)
    });
    solve(seen)
}

/// RFC 9591's own hedge, a hash of the random bytes and the share, binds neither message nor
/// commitments.
#[test]
fn a_co_signers_source_that_repeats_gives_a_only_unhedged() {
    let parties = Parties::new();
    let secret = *parties.co_signer.secret().ed25519().unwrap().expose();
    assert_eq!(traps::with_open(Trap::Hedge, || ask_three_times(&parties)), secret);
    assert_ne!(ask_three_times(&parties), secret);
}

/// Three messages that a client whose source repeats has signed: what the co-signer takes b for.
fn answer_three_times(parties: &Parties) -> Scalar {
    let messages: [&[u8]; 3] = [b"one", b"two", b"three"];
    solve(messages.map(|message| {
        let (state, query) = client_start(&parties.client, RUN, message, &mut source()).unwrap();
        let answer = parties.answer(message, &query);
        let signature = state.finish(answer.clone()).unwrap();
        observe(parties, message, &query, &answer, &signature)
    }))
}

#[test]
fn a_clients_source_that_repeats_gives_b_only_unhedged() {
    let parties = Parties::new();
    let secret = *parties.client.secret().ed25519().unwrap().expose();
    assert_eq!(traps::with_open(Trap::Hedge, || answer_three_times(&parties)), secret);
    assert_ne!(answer_three_times(&parties), secret);
}

/// Both parties' commitments, hiding and binding, to three messages by sources that repeat.
fn commitments_of_repeating_sources() -> usize {
    let parties = Parties::new();
    let mut seen = std::collections::HashSet::new();
    for message in [&b"one"[..], b"two", b"three"] {
        let (_, query) = client_start(&parties.client, RUN, message, &mut source()).unwrap();
        let answer = co_signer_answer(&parties.co_signer, RUN, message, query.clone(), &mut source()).unwrap();
        seen.extend([query.commitments.hiding, query.commitments.binding]);
        seen.extend([answer.commitments.hiding, answer.commitments.binding]);
    }
    seen.len()
}

#[test]
fn all_four_nonces_depend_on_what_is_signed() {
    assert_eq!(commitments_of_repeating_sources(), 3 * 4);
    assert_eq!(traps::with_open(Trap::Hedge, commitments_of_repeating_sources), 4);
}

/// The co-signer's nonces depend on the client's, too: one message asked for twice is two
/// challenges.
#[test]
fn the_co_signers_nonces_depend_on_the_clients() {
    let parties = Parties::new();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let (_, query) = parties.ask(MESSAGE);
        for _ in 0..2 {
            let answer = co_signer_answer(&parties.co_signer, RUN, MESSAGE, query.clone(), &mut source()).unwrap();
            seen.extend([answer.commitments.hiding, answer.commitments.binding]);
        }
    }
    // The same query has the same answer, to the bit.
    assert_eq!(seen.len(), 3 * 2);
}

/// One nonce under two public keys gives the share (RUSTSEC-2022-0093), and who writes to where a
/// share is kept can give it another A, and so another X.
#[test]
fn a_replaced_peer_share_meets_other_nonces_and_no_co_signer() {
    let (parties, stranger) = (Parties::new(), Parties::new());
    let mut bytes = parties.client.to_bytes().to_vec();
    let place = bytes.len() - 33;
    bytes[place..].copy_from_slice(&stranger.co_signer.info().co_signer.to_bytes());
    let replaced = Share::from_bytes(&bytes).unwrap();
    assert_ne!(replaced.public_key(), parties.client.public_key());
    let ask = |share| client_start(share, RUN, MESSAGE, &mut source()).unwrap().1;
    let (query, other) = (ask(&parties.client), ask(&replaced));
    assert_ne!(query.commitments.hiding, other.commitments.hiding);
    assert_ne!(query.commitments.binding, other.commitments.binding);
    let answered = co_signer_answer(&parties.co_signer, RUN, MESSAGE, other, &mut OsRng);
    assert_eq!(answered.err(), Some(Abort::OtherContext));
}

/// By Hoeffding's inequality fair nonces fail with probability below 2⁻⁴⁰. The order is so near to
/// 2²⁵² that the lowest 252 bits of its scalars are fair but for 2⁻¹²⁴.
#[test]
fn frost_nonces_have_no_bias() {
    const BITS: usize = 252;
    let parties = Parties::new();
    let draws = 10 * sessions();
    let mut ones = vec![[0_usize; BITS]; 4];
    for _ in 0..draws {
        let signers = [&parties.client, &parties.co_signer].map(|share| Signer::new(share, &[], &mut OsRng).unwrap());
        let nonces = signers
            .iter()
            .flat_map(|signer| [signer.nonces.hiding(), signer.nonces.binding()]);
        for (ones, nonce) in ones.iter_mut().zip(nonces) {
            let bytes = nonce.serialize();
            for (at, ones) in ones.iter_mut().enumerate() {
                *ones += usize::from(bytes[at / 8] >> (at % 8) & 1);
            }
        }
    }
    for ones in ones {
        assert!(is_fair(ones.iter().sum(), draws * BITS, 43));
        // 252 < 2⁸, and four nonces.
        assert!(ones.iter().all(|ones| is_fair(*ones, draws, 51)), "{ones:?}");
    }
}
