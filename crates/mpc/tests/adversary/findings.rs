//! What was found in other implementations of such protocols, tried on this one from outside. docs/assurance.md has the list, with
//! each finding's source and the tests inside the crate.

use std::{fs, path::Path};

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{
    Abort, Digest, PairingId, RunId, Scheme, WalletId,
    ecdsa::{self, ClientAwaitingAnswer},
    eddsa, export, import, keygen,
    pairing::{self, Progress, TransferAnswer, TransferOffer},
    refresh,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::{OsRng, RngCore};

use crate::{
    keygen::Sides,
    layout::fields_of,
    pairing::PAIRED,
    suite::{CoSigner, Output, Stop, Wire, honest},
};

/// Reads random bytes, of the right length and of others, and says whether all others were refused.
fn read_garbage<M: BorshDeserialize + borsh::BorshSchema>() {
    let length = fields_of::<M>()[0].length;
    let mut bytes = vec![0; 2 * length + 1];
    for _ in 0..20 {
        OsRng.fill_bytes(&mut bytes);
        let _ = borsh::from_slice::<M>(&bytes[..length]);
        for other in [0, 1, length / 2, length - 1, length + 1, 2 * length, 2 * length + 1] {
            if other != length {
                assert!(borsh::from_slice::<M>(&bytes[..other]).is_err(), "{other} for {length}");
            }
        }
    }
}

macro_rules! read_garbage {
    ($($message:ty),+ $(,)?) => {$(read_garbage::<$message>();)+};
}

#[test]
fn garbage_and_other_lengths_never_panic_and_never_parse() {
    read_garbage!(
        keygen::Commitment,
        keygen::Offer,
        keygen::Opening,
        keygen::Confirmation,
        refresh::Commitment,
        refresh::Offer,
        refresh::Opening,
        refresh::Proof,
        TransferOffer,
        TransferAnswer,
        ecdsa::Query,
        ecdsa::Answer,
        eddsa::Query,
        eddsa::Answer,
        import::Deal,
        export::Reveal,
    );
}

/// The co-signer's contribution to the chain code is the one value that no check but the confirmations covers.
#[test]
fn a_chain_code_that_only_one_side_has_makes_no_key() {
    for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
        let sides = Sides::new(scheme);
        let (transcript, _) = honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output));
        let mut offer = transcript[1].clone();
        *offer.last_mut().unwrap() ^= 1;
        let mut wire = Wire {
            replaced: Some((1, &offer)),
            ..Wire::default()
        };
        let mut output = Output::default();
        let abort = Abort::WrongConfirmation;
        assert_eq!(sides.run(&mut wire, &mut output), Err(Stop { by: CoSigner, abort }));
        assert_eq!(output, Output::default());
    }
}

/// What both sides of a signature hold.
fn shares(scheme: Scheme) -> [mpc::Share; 2] {
    crate::refresh::shares(scheme, WalletId([1; 16]), 0)
}

const RUN: RunId = RunId([2; 16]);
const DIGEST: Digest = Digest([7; 32]);

fn ask(share: &mpc::Share) -> (ClientAwaitingAnswer, ecdsa::Query) {
    ecdsa::client_start(share, &mpc::Path::root(), &PAIRED.client(), RUN, DIGEST, &mut OsRng).unwrap()
}

fn answer(share: &mpc::Share, query: ecdsa::Query) -> ecdsa::Answer {
    ecdsa::co_signer_answer(
        share,
        &mpc::Path::root(),
        &PAIRED.co_signer(),
        RUN,
        DIGEST,
        query,
        &mut OsRng,
    )
    .unwrap()
}

#[test]
fn an_answer_of_an_earlier_signature_is_refused() {
    let [client, co_signer] = shares(Scheme::EcdsaSecp256k1);
    let (earlier, query) = ask(&client);
    let recorded = answer(&co_signer, query);
    assert!(earlier.finish(recorded.clone()).is_ok());
    // The same share, pairing, run and digest.
    let (state, _) = ask(&client);
    assert_eq!(state.finish(recorded).err(), Some(Abort::WrongProof));
}

#[test]
fn signatures_asked_for_at_once_do_not_mix() {
    let [client, co_signer] = shares(Scheme::EcdsaSecp256k1);
    let (first, first_query) = ask(&client);
    let (second, second_query) = ask(&client);
    let (third, third_query) = ask(&client);
    let answers = [second_query, first_query.clone(), third_query].map(|query| answer(&co_signer, query));
    let [to_second, to_first, to_third] = answers;
    assert_eq!(third.finish(to_first.clone()).err(), Some(Abort::WrongProof));
    assert!(first.finish(to_first).is_ok());
    assert!(second.finish(to_second).is_ok());
    // An answer whose query was given up is of no use to anybody.
    let (fourth, _) = ask(&client);
    assert_eq!(fourth.finish(to_third).err(), Some(Abort::WrongProof));
}

#[test]
fn ed25519_signatures_asked_for_at_once_do_not_mix() {
    let [client, co_signer] = shares(Scheme::EddsaEd25519);
    let ask = || eddsa::client_start(&client, RUN, b"message", &mut OsRng).unwrap();
    let answer = |query| eddsa::co_signer_answer(&co_signer, RUN, b"message", query, &mut OsRng).unwrap();
    let ((first, first_query), (second, second_query)) = (ask(), ask());
    let (to_first, to_second) = (answer(first_query), answer(second_query));
    let ((third, _), (fourth, _)) = (ask(), ask());
    assert_eq!(third.finish(to_first.clone()).err(), Some(Abort::WrongSignature));
    assert_eq!(fourth.finish(to_second.clone()).err(), Some(Abort::WrongSignature));
    assert!(first.finish(to_first).is_ok());
    assert!(second.finish(to_second).is_ok());
}

/// Both halves of a pairing in which the co-signer offers what `change` makes of its offer.
fn pair_with(seed: u64, change: impl FnOnce(&mut Vec<u8>)) -> (Vec<u8>, Option<Vec<u8>>, Vec<u8>) {
    let id = PairingId([6; 16]);
    let rng = &mut ChaCha20Rng::seed_from_u64(seed);
    let (co_signer, offer) = pairing::co_signer_start(id, rng);
    let mut bytes = borsh::to_vec(&offer).unwrap();
    change(&mut bytes);
    let transfers = pairing::client_start(id, borsh::from_slice(&bytes).unwrap()).unwrap();
    let Ok(Progress::Done(client, answer)) = transfers.advance(pairing::Transfers::COUNT, rng) else {
        panic!("an honest offer is answered")
    };
    let co_signer = co_signer.receive(answer).ok();
    let co_signer = co_signer.map(|pairing| pairing.to_bytes().to_vec());
    (client.to_bytes().to_vec(), co_signer, bytes)
}

/// Of the 128 pairs of an offer, which point the co-signer knows the logarithm of, from the Δ it ends with.
fn known_sides(co_signer: &[u8]) -> impl Iterator<Item = usize> {
    let correlation = u128::from_le_bytes(co_signer[18..34].try_into().unwrap());
    (0..128).map(move |index| {
        let (tree, level) = (index / 4, index % 4);
        1 - (correlation >> (4 * tree + 3 - level) & 1) as usize
    })
}

/// A choice shows if the point that was drawn and the point that was made differ in anything: here in any bit of their encodings.
#[test]
fn both_points_of_an_offered_pair_look_alike() {
    // The prefix has one bit that varies, each byte of x eight.
    let mut ones = [[0_i64; 33 * 8]; 2];
    let pairings = 12;
    for seed in 0..pairings {
        let (_, co_signer, offer) = pair_with(seed, |_| ());
        let co_signer = co_signer.unwrap();
        for (pair, known) in offer.chunks(66).zip(known_sides(&co_signer)) {
            for (side, point) in pair.chunks(33).enumerate() {
                let counts = &mut ones[usize::from(side == known)];
                for (bit, count) in counts.iter_mut().enumerate() {
                    *count += i64::from(point[bit / 8] >> (bit % 8) & 1);
                }
            }
        }
    }
    // Of n points each; the difference of two such counts has variance n/2, so 6 σ of it.
    let n = 128.0 * pairings as f64;
    for (bit, (drawn, made)) in ones[0].iter().zip(&ones[1]).enumerate() {
        let difference = (drawn - made).abs() as f64;
        assert!(difference < 6.0 * (n / 2.0).sqrt(), "bit {bit}: {drawn} and {made}");
    }
}

/// The key of a transfer depends on its place: one pair for all of them makes no two keys alike.
#[test]
fn one_pair_offered_for_every_transfer_gives_no_two_leaves_alike() {
    let repeat = |offer: &mut Vec<u8>| *offer = offer[..66].repeat(128);
    let (client, co_signer, _) = pair_with(1, repeat);
    let leaves: std::collections::HashSet<_> = client[18..].chunks(16).collect();
    assert_eq!(leaves.len(), 32 * 16);
    // And the co-signer, which knows one logarithm of a pair made for another place, gets no pairing of it.
    assert_eq!(co_signer, None);
}

#[test]
fn no_message_is_read_as_another() {
    let [client, co_signer] = shares(Scheme::EcdsaSecp256k1);
    let (_, query) = ask(&client);
    let query_bytes = borsh::to_vec(&query).unwrap();
    let answer_bytes = borsh::to_vec(&answer(&co_signer, query)).unwrap();
    fn reads<M: BorshDeserialize + BorshSerialize>(bytes: &[u8]) -> bool {
        borsh::from_slice::<M>(bytes).is_ok()
    }
    assert!(reads::<ecdsa::Query>(&query_bytes) && reads::<ecdsa::Answer>(&answer_bytes));
    assert!(!reads::<ecdsa::Answer>(&query_bytes) && !reads::<ecdsa::Query>(&answer_bytes));
    assert!(!reads::<eddsa::Query>(&query_bytes) && !reads::<TransferOffer>(&query_bytes));
}

/// Every test that docs/assurance.md names, so that none is renamed or lost unnoticed.
#[test]
fn every_test_that_the_assurance_names_is_there() {
    fn sources(directory: &Path, into: &mut String) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut code = String::new();
    sources(&root.join("crates"), &mut code);
    sources(&root.join("xtask"), &mut code);
    let document = fs::read_to_string(root.join("docs/assurance.md")).unwrap();
    let spans = document.split('`').skip(1).step_by(2);
    // A test is named for a behaviour: no other code in that document has so many words.
    let names: Vec<_> = spans
        .filter(|span| span.matches('_').count() >= 4 && !span.contains(' '))
        .collect();
    assert!(names.len() > 50, "{}", names.len());
    for name in names {
        assert!(code.contains(&format!("fn {name}()")), "no test {name}");
    }
}
