//! Cheats that the protocol allows to be tried, and what each is worth: one guess, once.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    tests::{Parties, digest},
    *,
};
use crate::{
    extension::tests::{Forgery, plain_error},
    multiply::Challenge,
    traps::{self, Trap},
};

const RUN: RunId = RunId([1; 16]);

/// The row of the first multiplication in which [`Trap::OneRow`] hides another input.
const ROW: usize = 3;

/// What a co-signer sends of its first multiplication: with [`Trap::OneRow`] a lie in one place of τ, which η and μ then cover,
/// and in the check column what hides the lie where θ is known before τ (trap T4).
pub(super) fn cheat(product: Masked<3>) -> Masked<3> {
    if traps::is_open(Trap::OneRow) {
        let guessed = Challenge::new(&[0; 32], 1, 3).factor(1);
        product.raised(ROW, 1, Scalar::ONE).raised(ROW, 2, -guessed)
    } else {
        product
    }
}

/// How sessions end in which one row was lied about: if the client chose that row, with this abort. Gives how many did.
fn lie_in_one_row(traps: &[Trap], noticed_as: Abort, sessions: usize) -> usize {
    let parties = Parties::new();
    let mut noticed = 0;
    for _ in 0..sessions {
        let digest = digest();
        let (state, query) = parties.ask(RUN, digest);
        let is_chosen = state.receivers[0].choice(ROW);
        let public_key = parties.client.public_key();
        let ended = traps::with_all_open(traps, || {
            let answer = parties.answer(RUN, digest, &query)?;
            state.finish(answer)
        });
        match ended {
            Ok(signature) => {
                assert!(!is_chosen);
                assert_eq!(signature.verify(&public_key, &digest), Ok(()));
            }
            Err(abort) => {
                assert!(is_chosen);
                assert_eq!((abort, abort.burns_pairing()), (noticed_as, false));
                noticed += 1;
            }
        }
    }
    noticed
}

/// τ cheated at one index: noticed where the client chose that row. Its choices are new in each session, so what the co-signer
/// learns is one bit of a session that is over.
#[test]
fn another_input_in_one_row_of_a_signature_is_a_guess_of_one_choice() {
    let noticed = lie_in_one_row(&[Trap::OneRow], Abort::WrongProduct, 24);
    // Half of them, but for one run of this test in eight million.
    assert!((1..24).contains(&noticed), "{noticed}");
}

/// Where θ is known before τ the multiplication's check passes whatever was lied, and the signature's verification is what is left.
#[test]
fn with_a_challenge_known_in_advance_only_the_verification_notices_another_input() {
    let open = [Trap::OneRow, Trap::MultiplyChallenge];
    let noticed = lie_in_one_row(&open, Abort::WrongSignature, 24);
    assert!((1..24).contains(&noticed), "{noticed}");
}

/// Four bits of Δ guessed: of sixteen guesses fifteen burn the pairing, and the right one signs as if nothing had been.
#[test]
fn a_guess_of_a_trees_bits_burns_the_pairing_fifteen_times_in_sixteen() {
    let parties = Parties::new();
    for tree in [0, 19, 31] {
        let bits = (parties.co_signer_pairing.correlation >> (4 * tree)) & 15;
        let mut burnt = 0;
        for guess in 0..16 {
            let digest = digest();
            let (mut state, mut query) = parties.ask(RUN, digest);
            let sid = session_id(&query.context, &query.nonce);
            let forgery = Forgery {
                pairing: &parties.client_pairing,
                sid: &sid,
                tree,
                guess: guess as u8,
            };
            let (chosen, transfers) = forgery.make(|_| plain_error(0));
            query.transfers = transfers;
            // Who knows the bits knows by how much the co-signer's side of the transfer is off, and goes on.
            let mut transfers = (0..).zip(chosen.transfers());
            let receivers = [Receiver::new(transfers.by_ref()), Receiver::new(transfers)];
            let wanted = {
                let inverse = inverse(state.nonce.expose()).unwrap();
                let key = *inverse * parties.client.secret().secp256k1().unwrap().expose();
                [*inverse - *receivers[0].input(), key - *receivers[1].input()]
            };
            query.corrections = wanted.map(secp256k1::Scalar::new);
            let [first, second] = receivers;
            state.receivers = [first.shifted(0, guess << (4 * tree)), second];
            state.asked = Asked::new(&sid, &query).unwrap();
            match parties.answer(RUN, digest, &query) {
                Ok(answer) => {
                    assert_eq!(guess, bits);
                    let signature = state.finish(answer).unwrap();
                    assert_eq!(signature.verify(&parties.client.public_key(), &digest), Ok(()));
                }
                Err(abort) => {
                    assert_ne!(guess, bits);
                    assert_eq!((abort, abort.burns_pairing()), (Abort::WrongExtension, true));
                    burnt += 1;
                }
            }
        }
        assert_eq!(burnt, 15);
    }
}

/// A correction that is off by what the client likes: the co-signer cannot notice, and no signature comes of it.
#[test]
fn a_correction_off_by_a_known_amount_gives_no_signature_and_burns_nothing() {
    let parties = Parties::new();
    for at in 0..2 {
        for offset in [Scalar::ONE, -Scalar::ONE, Scalar::from(1u64 << 40)] {
            let digest = digest();
            let (mut state, mut query) = parties.ask(RUN, digest);
            let correction = query.corrections[at].get() + offset;
            query.corrections[at] = secp256k1::Scalar::new(correction);
            state.asked = Asked::new(&session_id(&query.context, &query.nonce), &query).unwrap();
            let answer = parties.answer(RUN, digest, &query).unwrap();
            let abort = state.finish(answer).unwrap_err();
            assert_eq!((abort, abort.burns_pairing()), (Abort::WrongSignature, false));
        }
    }
}
