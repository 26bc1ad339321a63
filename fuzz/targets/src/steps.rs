//! Messages of key generation, refresh and import into the step that takes them, of either scheme: the honest party's own
//! message, or an abort.

use borsh::{BorshDeserialize, to_vec};
use mpc::{Scheme, import, keygen, refresh};

use crate::{
    choosing, chosen,
    honest::{KEYGEN, REFRESH, context, deal, keygen_client, keygen_co_signer, refresh_client, refresh_co_signer, rng},
};

type Step = fn(Scheme, &[u8]) -> bool;

const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];

const STEPS: [Step; 9] = [
    keygen_commitment,
    keygen_offer,
    keygen_opening,
    keygen_confirmation,
    refresh_commitment,
    refresh_offer,
    refresh_opening,
    refresh_proof,
    import_deal,
];

fn read<T: BorshDeserialize>(bytes: &[u8]) -> Option<T> {
    borsh::from_slice(bytes).ok()
}

/// A co-signer takes any commitment, and an opening of that one only.
fn keygen_commitment(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(commitment) = read::<keygen::Commitment>(bytes) else {
        return false;
    };
    let honest = commitment == KEYGEN.of(scheme).commitment;
    let (state, _) = keygen_co_signer(scheme, commitment);
    let opened = state.receive(KEYGEN.of(scheme).opening.clone()).is_ok();
    assert!(!opened || honest, "a co-signer took an opening of another commitment");
    opened
}

fn keygen_offer(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(offer) = read::<keygen::Offer>(bytes) else {
        return false;
    };
    let honest = offer == KEYGEN.of(scheme).offer;
    let (state, commitment) = keygen_client(scheme);
    let Ok((state, opening)) = state.receive(offer) else {
        assert!(!honest, "the honest offer was refused");
        return false;
    };
    // What an offer may hide is found by the confirmations at the latest.
    let confirmed = keygen_co_signer(scheme, commitment).0.receive(opening).is_ok();
    let taken = state.receive(KEYGEN.of(scheme).confirmation.clone()).is_ok();
    assert_eq!((confirmed, taken), (honest, honest), "a key of two transcripts");
    taken
}

fn keygen_opening(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(opening) = read::<keygen::Opening>(bytes) else {
        return false;
    };
    let honest = opening == KEYGEN.of(scheme).opening;
    let (state, _) = keygen_co_signer(scheme, KEYGEN.of(scheme).commitment.clone());
    let taken = state.receive(opening);
    assert_eq!(taken.is_ok(), honest, "an opening that is not the honest one");
    taken
        .is_ok_and(|(share, _)| *share.to_bytes() == *KEYGEN.of(scheme).co_signer.to_bytes() || panic!("another share"))
}

fn keygen_confirmation(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(confirmation) = read::<keygen::Confirmation>(bytes) else {
        return false;
    };
    let honest = confirmation == KEYGEN.of(scheme).confirmation;
    let (state, _) = keygen_client(scheme);
    let (state, _) = state.receive(KEYGEN.of(scheme).offer.clone()).unwrap();
    let taken = state.receive(confirmation);
    assert_eq!(taken.is_ok(), honest, "a confirmation that is not the honest one");
    taken.is_ok_and(|share| *share.to_bytes() == *KEYGEN.of(scheme).client.to_bytes() || panic!("another share"))
}

fn refresh_commitment(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(commitment) = read::<refresh::Commitment>(bytes) else {
        return false;
    };
    let honest = commitment == REFRESH.of(scheme).commitment;
    let (state, _) = refresh_co_signer(scheme, commitment);
    let opened = state.receive(REFRESH.of(scheme).opening.clone(), &mut rng(7)).is_ok();
    assert!(!opened || honest, "a co-signer took an opening of another commitment");
    opened
}

fn refresh_offer(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(offer) = read::<refresh::Offer>(bytes) else {
        return false;
    };
    let honest = offer == REFRESH.of(scheme).offer;
    let (state, commitment) = refresh_client(scheme);
    let Ok((state, opening)) = state.receive(offer, &mut rng(6)) else {
        assert!(!honest, "the honest offer was refused");
        return false;
    };
    let (co_signer, _) = refresh_co_signer(scheme, commitment);
    let opened = co_signer.receive(opening, &mut rng(7)).is_ok();
    let taken = state.receive(REFRESH.of(scheme).proof.clone()).is_ok();
    assert_eq!((opened, taken), (honest, honest), "shares of two transcripts");
    taken
}

fn refresh_opening(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(opening) = read::<refresh::Opening>(bytes) else {
        return false;
    };
    let honest = opening == REFRESH.of(scheme).opening;
    let (state, _) = refresh_co_signer(scheme, REFRESH.of(scheme).commitment.clone());
    let taken = state.receive(opening, &mut rng(7)).is_ok();
    assert_eq!(taken, honest, "an opening that is not the honest one");
    taken
}

fn refresh_proof(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(proof) = read::<refresh::Proof>(bytes) else {
        return false;
    };
    let honest = proof == REFRESH.of(scheme).proof;
    let (state, _) = refresh_client(scheme);
    let (state, _) = state.receive(REFRESH.of(scheme).offer.clone(), &mut rng(6)).unwrap();
    let taken = state.receive(proof).is_ok();
    assert_eq!(taken, honest, "a proof that is not the honest one");
    taken
}

/// Anybody can deal: a deal that is taken makes shares that belong together, and is not the honest one by accident.
fn import_deal(scheme: Scheme, bytes: &[u8]) -> bool {
    let Some(deal) = read::<import::Deal>(bytes) else {
        return false;
    };
    import::co_signer_receive(&context(scheme), deal).is_ok_and(|share| share.info().scheme == scheme)
}

/// Gives one message to its step.
pub fn run(data: &[u8]) -> bool {
    let kinds: Vec<(Scheme, Step)> = SCHEMES
        .iter()
        .flat_map(|scheme| STEPS.map(|step| (*scheme, step)))
        .collect();
    chosen(&kinds, data).is_some_and(|((scheme, step), bytes)| step(scheme, &bytes))
}

/// The honest messages, of both schemes.
pub fn seeds() -> Vec<Vec<u8>> {
    let messages = SCHEMES.iter().flat_map(|&scheme| {
        let (keygen, refresh) = (KEYGEN.of(scheme), REFRESH.of(scheme));
        [
            to_vec(&keygen.commitment),
            to_vec(&keygen.offer),
            to_vec(&keygen.opening),
            to_vec(&keygen.confirmation),
            to_vec(&refresh.commitment),
            to_vec(&refresh.offer),
            to_vec(&refresh.opening),
            to_vec(&refresh.proof),
            to_vec(&deal(scheme)),
        ]
    });
    messages
        .enumerate()
        .map(|(kind, bytes)| choosing(kind, &bytes.unwrap()))
        .collect()
}
