//! The secrets that both parties drew for a signature, as who knows the whole key computes them:
//! each is new each time, depends on what is signed whatever the random source gives, and has no
//! bias.

use std::collections::HashSet;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    statistics::{is_fair, sessions},
    tests::{Parties, digest},
    *,
};
use crate::{
    Scheme,
    multiply::ROWS,
    traps::{self, Trap},
};

const RUN: RunId = RunId([1; 16]);

/// What the client drew: its nonce, k_B, the choices.
const CLIENT: [&str; 3] = ["nonce", "k_B", "β"];

/// What the co-signer drew: salt, k′, the nonce of its proof, φ, the two â.
const CO_SIGNER: [&str; 6] = ["salt", "k'", "t", "φ", "first â", "second â"];

/// The secrets of a signature, by name.
pub(super) struct Drawn {
    secrets: Vec<(&'static str, Vec<u8>)>,
    /// k_A = k′ + H(R′).
    pub(super) moved: Scalar,
    /// k_B.
    pub(super) nonce: Scalar,
}

impl Drawn {
    /// Takes a state, the answer to it, and both shares to the equations of docs/protocol.md,
    /// Signing, and solves them.
    pub(super) fn new(parties: &Parties, state: ClientAwaitingAnswer, nonce: [u8; 32], answer: &Answer) -> Self {
        let [b, a] = [&parties.client, &parties.co_signer].map(|share| *share.secret().secp256k1().unwrap().expose());
        let k_b = *state.nonce.expose();
        let choices = (0..2 * ROWS).map(|row| state.receivers[row / ROWS].choice(row % ROWS) as u8);
        let choices: Vec<u8> = choices.collect();
        let digest = state.digest;

        let opened = state
            .asked
            .open(&state.nonce_point, &answer.salt, &answer.unmoved)
            .unwrap();
        let offset = state.asked.offset(&answer.salt, &answer.unmoved);
        let multiplied = opened.multiply(&answer.proof, &answer.nonce_product, &answer.key_product);
        let challenges = multiplied.challenges();
        let shares = state.receivers[0]
            .receive(
                &state.asked.pads(&answer.salt),
                &answer.nonce_product,
                &answer.checks[0],
                &challenges[0],
            )
            .unwrap();
        let first_point = opened.nonce_point().to_projective() * shares[0];
        let pad = *answer.masked_pad.get() - multiplied.first_mask(first_point).unwrap();
        let proof_challenge = proof_challenge(&opened, &answer.proof);
        let nonce_point = *opened.nonce_point();

        // s = (m + r·x)/(k_A·k_B), but for its sign, which R tells.
        let signature = state.finish(answer.clone()).unwrap();
        let [r, s] = [signature.r, signature.s].map(|bytes| *secp256k1::Scalar::from_bytes(&bytes).unwrap().get());
        let both = (digest.to_scalar() + r * (a + b)) * s.invert().unwrap();
        let both = [both, -both]
            .into_iter()
            .find(|k| Point::new(ProjectivePoint::GENERATOR * k) == Some(nonce_point))
            .unwrap();
        let moved = both * k_b.invert().unwrap();
        let inverse = moved.invert().unwrap();

        // η = â + θ·a.
        let [first, second] = [&answer.checks[0], &answer.checks[1]].map(|check| *check.sum().get());
        let [theirs, own] = challenges;
        let first_check = first - theirs.factor(0) * (pad + inverse) - theirs.factor(1) * a * inverse;
        let second_check = second - own.factor(0) * inverse;
        let proof_nonce = *answer.proof.response(Scheme::EcdsaSecp256k1).secp256k1().unwrap() - proof_challenge * moved;
        let bytes = |scalar: Scalar| scalar.to_bytes().to_vec();
        let secrets = [
            nonce.to_vec(),
            bytes(k_b),
            choices,
            answer.salt.to_vec(),
            bytes(moved - offset),
            bytes(proof_nonce),
            bytes(pad),
            bytes(first_check),
            bytes(second_check),
        ];
        Self {
            secrets: CLIENT.into_iter().chain(CO_SIGNER).zip(secrets).collect(),
            moved,
            nonce: k_b,
        }
    }

    fn get(&self, name: &str) -> &[u8] {
        let (_, secret) = self.secrets.iter().find(|(of, _)| *of == name).unwrap();
        secret
    }
}

/// The challenge c of the answer's proof, as anybody computes it.
pub(super) fn proof_challenge(opened: &Opened, proof: &ProofOfKnowledge) -> Scalar {
    let commitment: [u8; 33] = proof.to_bytes()[..33].try_into().unwrap();
    *opened.statement().challenge(&commitment).secp256k1().unwrap()
}

/// A signature's secrets, of the query and the answer that these sources give.
fn drawn(
    parties: &Parties,
    digest: Digest,
    client: &mut impl CryptoRngCore,
    co_signer: &mut impl CryptoRngCore,
) -> Drawn {
    let root = Path::root();
    let (share, pairing) = (&parties.client, &parties.client_pairing);
    let (state, query) = client_start(share, &root, pairing, RUN, digest, client).unwrap();
    answered(parties, state, query, co_signer)
}

fn answered(parties: &Parties, state: ClientAwaitingAnswer, query: Query, rng: &mut impl CryptoRngCore) -> Drawn {
    let (share, pairing, digest) = (&parties.co_signer, &parties.co_signer_pairing, state.digest);
    let nonce = query.nonce;
    let answer = co_signer_answer(share, &Path::root(), pairing, RUN, digest, query, rng).unwrap();
    Drawn::new(parties, state, nonce, &answer)
}

/// How many values each secret has among these signatures.
fn values(names: &[&str], drawn: &[Drawn]) -> Vec<usize> {
    let distinct = |name: &&str| drawn.iter().map(|drawn| drawn.get(name)).collect::<HashSet<_>>().len();
    names.iter().map(distinct).collect()
}

#[test]
fn every_secret_of_an_answer_is_new_even_for_one_query() {
    let parties = Parties::new();
    let (state, query) = parties.ask(RUN, digest());
    let drawn = [(); 4].map(|()| answered(&parties, state.duplicate(), query.clone(), &mut OsRng));
    assert_eq!(values(&CO_SIGNER, &drawn), [4; 6]);
}

#[test]
fn every_secret_of_a_query_is_new_even_for_one_digest() {
    let parties = Parties::new();
    let digest = digest();
    let drawn = [(); 4].map(|()| drawn(&parties, digest, &mut OsRng, &mut OsRng));
    assert_eq!(values(&CLIENT, &drawn), [4; 3]);
}

/// Signatures of other digests, and of another key, with sources that give the same bytes to all of
/// them.
fn repeated() -> Vec<Drawn> {
    let source = || ChaCha20Rng::from_seed([3; 32]);
    let (one, other) = (Parties::new(), Parties::new());
    let cases = [
        (&one, Digest([1; 32])),
        (&one, Digest([2; 32])),
        (&other, Digest([1; 32])),
    ];
    let draw = |(parties, digest)| drawn(parties, digest, &mut source(), &mut source());
    cases.into_iter().map(draw).collect()
}

#[test]
fn every_secret_depends_on_the_key_and_on_what_is_signed() {
    let hedged = repeated();
    assert_eq!(values(&CLIENT, &hedged), [3; 3]);
    assert_eq!(values(&CO_SIGNER, &hedged), [3; 6]);
    // Without the hedge the sources repeat all of them.
    let plain = traps::with_open(Trap::Hedge, repeated);
    assert_eq!(values(&CLIENT, &plain), [1; 3]);
    assert_eq!(values(&CO_SIGNER, &plain), [1; 6]);
}

/// The same source, key and query give the same answer to the bit: nothing is learnt from it twice.
#[test]
fn a_source_that_repeats_gives_one_answer_to_one_query() {
    let parties = Parties::new();
    let (digest, source) = (digest(), || ChaCha20Rng::from_seed([4; 32]));
    let (_, query) = parties.ask(RUN, digest);
    let [first, second] = [(); 2].map(|()| {
        let (share, pairing) = (&parties.co_signer, &parties.co_signer_pairing);
        co_signer_answer(share, &Path::root(), pairing, RUN, digest, query.clone(), &mut source()).unwrap()
    });
    assert_eq!(first, second);
}

/// Minerva, LadderLeak and Polynonce take a key from nonces of which a bit is known a little better
/// than not at all.
///
/// By Hoeffding's inequality fair nonces fail with probability 2⁻⁴¹ for all bits together and 2⁻⁴¹
/// for the 256 places, for either party. q is so near to 2²⁵⁶ that its scalars' bits are fair but
/// for 2⁻¹²⁷.
#[test]
fn nonces_of_either_party_have_no_bias() {
    let parties = Parties::new();
    let draws = 2 * sessions();
    let mut ones = [vec![0_usize; 256], vec![0_usize; 256]];
    for _ in 0..draws {
        let drawn = drawn(&parties, digest(), &mut OsRng, &mut OsRng);
        for (ones, nonce) in ones.iter_mut().zip([drawn.moved, drawn.nonce]) {
            let bytes = nonce.to_bytes();
            for (at, ones) in ones.iter_mut().enumerate() {
                *ones += usize::from(bytes[at / 8] >> (at % 8) & 1);
            }
        }
    }
    for ones in ones {
        assert!(is_fair(ones.iter().sum(), draws * ones.len(), 42));
        // 256 = 2⁸, and two parties.
        assert!(ones.iter().all(|ones| is_fair(*ones, draws, 50)), "{ones:?}");
    }
}
