//! Resets: a party whose random source gives the same bytes twice, as a virtual machine that is
//! resumed twice from one snapshot. Each attack takes the key where the secrets come of the source
//! alone, and nothing where they are hedged.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    drawn::proof_challenge,
    exploits::{answer_and_keep, is_key, solve},
    tests::{Parties, digest},
    *,
};
use crate::{
    Scheme,
    traps::{self, Trap},
};

const RUN: RunId = RunId([1; 16]);

fn source() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([42; 32])
}

fn scalar(bytes: [u8; 32]) -> Scalar {
    *secp256k1::Scalar::from_bytes(&bytes).unwrap().get()
}

/// A client that asks for two signatures of a co-signer whose source repeats: what it takes x for.
///
/// Both proofs have one t, and k_A differs by the known H(R′): s₁ = t + c₁·(k′ + h₁) and s₂ = t +
/// c₂·(k′ + h₂) give k′, and with k_A either signature gives x.
fn ask_twice(parties: &Parties) -> [Scalar; 2] {
    let seen = [(); 2].map(|()| {
        let digest = digest();
        let (state, query) = parties.ask(RUN, digest);
        let (share, pairing) = (&parties.co_signer, &parties.co_signer_pairing);
        let answer = co_signer_answer(share, &Path::root(), pairing, RUN, digest, query, &mut source()).unwrap();
        let offset = state.asked.offset(&answer.salt, &answer.unmoved);
        let opened = state
            .asked
            .open(&state.nonce_point, &answer.salt, &answer.unmoved)
            .unwrap();
        let challenge = proof_challenge(&opened, &answer.proof);
        let response = *answer.proof.response(Scheme::EcdsaSecp256k1).secp256k1().unwrap();
        let nonce = *state.nonce.expose();
        (
            offset,
            challenge,
            response,
            nonce,
            state.finish(answer).unwrap(),
            digest,
        )
    });
    let [(h1, c1, s1, k_b, signature, digest), (h2, c2, s2, ..)] = seen;
    let unmoved = (s1 - s2 - c1 * h1 + c2 * h2) * (c1 - c2).invert().unwrap();
    let k_a = unmoved + h1;
    let (r, s) = (scalar(signature.r), scalar(signature.s));
    [s, -s].map(|s| (s * k_a * k_b - digest.to_scalar()) * r.invert().unwrap())
}

#[test]
fn a_co_signers_source_that_repeats_gives_the_key_only_unhedged() {
    let parties = Parties::new();
    let taken = traps::with_open(Trap::Hedge, || ask_twice(&parties));
    assert!(is_key(&parties, &taken));
    assert!(!is_key(&parties, &ask_twice(&parties)));
}

/// A co-signer that keeps its k_A is asked for two signatures by a client whose source repeats: k_B
/// is the same.
fn answer_twice(parties: &Parties) -> [Scalar; 2] {
    let digests = [Digest([1; 32]), Digest([2; 32])];
    let answered = digests.map(|digest| {
        let (share, pairing) = (&parties.client, &parties.client_pairing);
        let (state, query) = client_start(share, &Path::root(), pairing, RUN, digest, &mut source()).unwrap();
        let (k_a, answer) = answer_and_keep(parties, digest, &query);
        (k_a, state.finish(answer).unwrap())
    });
    solve(digests, answered)
}

#[test]
fn a_clients_source_that_repeats_gives_the_key_only_unhedged() {
    let parties = Parties::new();
    let taken = traps::with_open(Trap::Hedge, || answer_twice(&parties));
    assert!(is_key(&parties, &taken));
    assert!(!is_key(&parties, &answer_twice(&parties)));
}

/// T1 by a source that repeats: two queries of one session meet one salt, and so one set of pads,
/// where the salt is the source's.
#[test]
fn a_salt_that_repeats_meets_no_query_twice() {
    let parties = Parties::new();
    let salts = || {
        [(); 2].map(|()| {
            let digest = digest();
            let (_, query) = parties.ask(RUN, digest);
            let (share, pairing) = (&parties.co_signer, &parties.co_signer_pairing);
            let answer = co_signer_answer(share, &Path::root(), pairing, RUN, digest, query, &mut source());
            answer.unwrap().salt
        })
    };
    let [first, second] = traps::with_open(Trap::Hedge, salts);
    assert_eq!(first, second);
    let [first, second] = salts();
    assert_ne!(first, second);
}

/// What no draw can help against: a client that is set back and asks *the same* sends the same
/// query, and a co-signer that answers it anew each time has trap T2.
/// docs/decisions/0020-hedged-randomness.md says what stands against it.
#[test]
fn a_client_set_back_asks_the_same_of_the_same() {
    let parties = Parties::new();
    let digest = digest();
    let ask = |rng: &mut ChaCha20Rng| {
        let (share, pairing) = (&parties.client, &parties.client_pairing);
        client_start(share, &Path::root(), pairing, RUN, digest, rng).unwrap()
    };
    let [(first, query), (second, again)] = [(); 2].map(|()| ask(&mut source()));
    assert_eq!(query, again);
    let twice = [first, second].map(|state| {
        let (k_a, answer) = answer_and_keep(&parties, digest, &query);
        (k_a, state.finish(answer).unwrap())
    });
    assert!(is_key(&parties, &solve([digest; 2], twice)));
    // One new byte of the source, or another run, is enough.
    let (_, other) = ask(&mut ChaCha20Rng::from_rng(OsRng).unwrap());
    assert_ne!(query.nonce_point, other.nonce_point);
}
