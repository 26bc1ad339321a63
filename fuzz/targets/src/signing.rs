//! Messages of signing into the step that takes them.

use borsh::to_vec;
use mpc::{Abort, Scheme, ecdsa, eddsa};

use crate::{
    choosing, chosen,
    honest::{DIGEST, EDDSA, KEYGEN, SIGNING, ecdsa_key, eddsa_answer, eddsa_client, signing_answer, signing_client},
};

const KINDS: [fn(&[u8]) -> bool; 4] = [query, answer, eddsa_query, eddsa_message];

fn query(bytes: &[u8]) -> bool {
    let Ok(query) = borsh::from_slice::<ecdsa::Query>(bytes) else {
        return false;
    };
    let honest = query == SIGNING.0;
    let answered = match signing_answer(query) {
        Ok(answer) => Some(answer),
        Err(Abort::OtherContext | Abort::WrongExtension | Abort::Degenerate) => None,
        Err(other) => panic!("a query ended in {other}"),
    };
    // Whatever was asked, an answer to another query signs nothing for the honest client.
    let signed = answered.is_some_and(|answer| signing_client().0.finish(answer).is_ok());
    assert_eq!(signed, honest, "the answer to another query");
    signed
}

fn answer(bytes: &[u8]) -> bool {
    let Ok(answer) = borsh::from_slice::<ecdsa::Answer>(bytes) else {
        return false;
    };
    let honest = answer == SIGNING.1;
    match signing_client().0.finish(answer) {
        Ok(signature) => {
            assert!(honest, "an answer that is not the honest one");
            signature.verify(&ecdsa_key().client.public_key(), &DIGEST).unwrap();
            true
        }
        Err(Abort::WrongProof | Abort::WrongProduct | Abort::WrongSignature | Abort::Degenerate) => {
            assert!(!honest, "the honest answer was refused");
            false
        }
        Err(other) => panic!("an answer ended in {other}"),
    }
}

fn eddsa_query(bytes: &[u8]) -> bool {
    let Ok(query) = borsh::from_slice::<eddsa::Query>(bytes) else {
        return false;
    };
    let honest = query == EDDSA.0;
    let answered = match eddsa_answer(query) {
        Ok(answer) => Some(answer),
        Err(Abort::OtherContext | Abort::Malformed(_) | Abort::Inconsistent | Abort::Degenerate) => None,
        Err(other) => panic!("a query ended in {other}"),
    };
    let signed = answered.is_some_and(|answer| eddsa_client().0.finish(answer).is_ok());
    assert_eq!(signed, honest, "the answer to another query");
    signed
}

fn eddsa_message(bytes: &[u8]) -> bool {
    let Ok(answer) = borsh::from_slice::<eddsa::Answer>(bytes) else {
        return false;
    };
    let honest = answer == EDDSA.1;
    match eddsa_client().0.finish(answer) {
        Ok(signature) => {
            assert!(honest, "an answer that is not the honest one");
            let key = KEYGEN.of(Scheme::EddsaEd25519).client.public_key();
            signature.verify(&key, &DIGEST.0).unwrap();
            true
        }
        Err(Abort::WrongSignature | Abort::Malformed(_) | Abort::Mirrored | Abort::Inconsistent) => {
            assert!(!honest, "the honest answer was refused");
            false
        }
        Err(other) => panic!("an answer ended in {other}"),
    }
}

/// Gives one message to its step.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(step, bytes)| step(&bytes))
}

/// The honest messages.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![
        choosing(0, &to_vec(&SIGNING.0).unwrap()),
        choosing(1, &to_vec(&SIGNING.1).unwrap()),
        choosing(2, &to_vec(&EDDSA.0).unwrap()),
        choosing(3, &to_vec(&EDDSA.1).unwrap()),
    ]
}
