//! A mobile adversary: it has one side's half of a pairing of one epoch, and the other side in the
//! next. What refresh moves, a pairing that still signs gives back: a co-signer lets none of an
//! earlier epoch sign (docs/protocol.md, Pairing).

use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{
    exploits::unmask,
    tests::{Parties, digest},
    *,
};
use crate::{
    extension::tests::{eavesdrop, forge_with_the_co_signers_half},
    refresh,
};

const RUN: RunId = RunId([1; 16]);

/// Moves both shares to the next epoch, with the pairing as it is.
fn refresh(parties: &mut Parties) {
    let binding = [4; 32];
    let (client, commitment) = refresh::client_start(&parties.client, RUN, &binding, &mut OsRng).unwrap();
    let (co_signer, offer) =
        refresh::co_signer_start(&parties.co_signer, RUN, &binding, commitment, &mut OsRng).unwrap();
    let (client, opening) = client.receive(offer, &mut OsRng).unwrap();
    let (co_signer, proof) = co_signer.receive(opening, &mut OsRng).unwrap();
    (parties.client, parties.co_signer) = (client.receive(proof).unwrap(), co_signer);
}

/// The co-signer's row of a pairing, without a share, and one query in the epoch in which it is
/// put: gives a.
fn co_signers_share(stolen: &CoSignerPairing, parties: &Parties) -> Result<Scalar, Abort> {
    let digest = digest();
    let context = context(stolen.id(), RUN, &parties.client, &digest);
    let nonce = [9; 32];
    let sid = session_id(&context, &nonce);
    let (transfers, known) = forge_with_the_co_signers_half(stolen, &sid);
    let query = Query {
        context,
        nonce,
        nonce_point: Point::GENERATOR,
        transfers,
        corrections: [Scalar::ZERO; 2].map(secp256k1::Scalar::new),
    };
    let answer = parties.answer(RUN, digest, &query)?;
    let pads = Asked::new(&sid, &query)?.pads(&answer.salt);
    let mut transfers = (0..).zip(known.transfers());
    let [_, key, _] = answer.nonce_product.unmask(&pads, transfers.by_ref().take(416));
    let [inverse, _] = answer.key_product.unmask(&pads, transfers.skip(415));
    Ok(key * inverse.invert().unwrap())
}

/// The client's stored pairing, without a share, and the plaintext of one query: gives b.
fn clients_share(stolen: &ClientPairing, query: &Query) -> Scalar {
    let chosen = eavesdrop(stolen, &session_id(&query.context, &query.nonce), &query.transfers);
    let mut transfers = (0..).zip(chosen.choices());
    let inputs = [Receiver::new(transfers.by_ref()), Receiver::new(transfers)];
    let [inverse, key] = [0, 1].map(|at| query.corrections[at].get() + *inputs[at].input());
    key * inverse.invert().unwrap()
}

#[test]
fn an_old_row_and_one_new_query_give_the_new_share_and_key() {
    let mut parties = Parties::new();
    let stolen = CoSignerPairing::from_bytes(&parties.co_signer_pairing.to_bytes()).unwrap();
    refresh(&mut parties);
    let a = co_signers_share(&stolen, &parties).unwrap();
    assert!(parties.is_co_signer_secret(&a));
    let x = a + parties.client.secret().secp256k1().unwrap().expose();
    let key = *parties.client.public_key().secp256k1().unwrap();
    assert_eq!(Point::new(ProjectivePoint::GENERATOR * x), Some(key));
    // Once the co-signer signs with a pairing of the new epoch alone, the row is worth nothing.
    (parties.client_pairing, parties.co_signer_pairing) = crate::pairing::tests::pair();
    assert_eq!(co_signers_share(&stolen, &parties), Err(Abort::OtherContext));
}

#[test]
fn an_old_pairing_and_one_recorded_query_give_the_new_share() {
    let mut parties = Parties::new();
    let stolen = ClientPairing::from_bytes(&parties.client_pairing.to_bytes()).unwrap();
    refresh(&mut parties);
    let (_, query) = parties.ask(RUN, digest());
    assert!(parties.is_client_secret(&clients_share(&stolen, &query)));
    (parties.client_pairing, parties.co_signer_pairing) = crate::pairing::tests::pair();
    let (_, query) = parties.ask(RUN, digest());
    assert!(!parties.is_client_secret(&clients_share(&stolen, &query)));
}

#[test]
fn an_old_correlation_gives_a_client_the_new_share() {
    let mut parties = Parties::new();
    let stolen = parties.co_signer_pairing.correlation;
    refresh(&mut parties);
    let a = unmask(&parties, stolen);
    assert!(parties.is_co_signer_secret(&a));
    (parties.client_pairing, parties.co_signer_pairing) = crate::pairing::tests::pair();
    let a = unmask(&parties, stolen);
    assert!(!parties.is_co_signer_secret(&a));
}
