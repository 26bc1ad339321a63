use std::collections::HashSet;

use k256::{
    ProjectivePoint,
    elliptic_curve::{Field, ops::MulByGenerator},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    ecdsa::statistics::{is_fair, sessions},
    hedge::tests::Stuck,
    traps::{self, Trap},
};

/// The client's side of a pairing, in slices of `count`.
fn answer(id: PairingId, offer: TransferOffer, count: usize) -> (ClientPairing, TransferAnswer) {
    let mut transfers = client_start(id, offer).unwrap();
    for slice in 1.. {
        match transfers.advance(count, &mut OsRng).unwrap() {
            Progress::More(more) => transfers = more,
            Progress::Done(client, answer) => return (client, answer),
        }
        assert_eq!(transfers.done(), slice * count);
    }
    unreachable!()
}

/// A fresh pairing.
pub(crate) fn pair() -> (ClientPairing, CoSignerPairing) {
    let id = PairingId::random(&mut OsRng);
    let (state, offer) = co_signer_start(id, &mut OsRng);
    let (client, answer) = answer(id, offer, TRANSFERS);
    (client, state.receive(answer).unwrap())
}

fn fit(client: &ClientPairing, co_signer: &CoSignerPairing) -> bool {
    let trees = client.leaves.iter().zip(co_signer.leaves.iter()).enumerate();
    trees.into_iter().all(|(tree, (leaves, known))| {
        let hole = (co_signer.correlation >> (DEPTH * tree)) as usize % LEAVES;
        (1..LEAVES).all(|difference| known[difference - 1] == leaves[hole ^ difference])
    })
}

/// A co-signer that tries to know both keys of every transfer; gives the client's half as it then sees it, and as it is.
pub(crate) fn steal(id: PairingId) -> (ClientPairing, ClientPairing) {
    let sid = session_id(id);
    let mut logarithms = Vec::new();
    let pairs = Box::new(core::array::from_fn(|index| {
        let place = Place::new(&sid, index);
        let [left_base, right] = [(); 2].map(|()| k256::Scalar::random(&mut OsRng));
        let point = |logarithm| Point::new(ProjectivePoint::mul_by_generator(&logarithm)).unwrap();
        let right_point = point(right);
        let left_point = point(left_base - place.broken_hash(0, &right_point));
        logarithms.push([left_base, right + place.broken_hash(1, &left_point)]);
        [left_point, right_point]
    }));
    let offer = TransferOffer { pairs };
    let (client, answer) = answer(id, offer.clone(), TRANSFERS);
    let mut keys = Vec::new();
    for (index, logarithms) in logarithms.into_iter().enumerate() {
        let (place, pair, point) = (Place::new(&sid, index), &offer.pairs[index], &answer.points[index]);
        keys.push([0, 1].map(|side| {
            let secret = Point::new(point.to_projective() * logarithms[usize::from(side)]).unwrap();
            place.key(side, &secret, point, pair)
        }));
    }
    let forest = Forest::new(&sid);
    let mut leaves = Box::new([[0; LEAVES]; TREES]);
    for (tree, leaves) in (0..).zip(leaves.iter_mut()) {
        *leaves = *forest.grow(tree, &keys.as_chunks().0[usize::from(tree)]).0;
    }
    (ClientPairing { id, leaves }, client)
}

/// Flips a bit of a message; nothing when it then no longer parses.
pub(crate) fn flip<M: BorshSerialize + BorshDeserialize>(message: &M, bit: usize) -> Option<M> {
    let mut bytes = borsh::to_vec(message).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    borsh::from_slice(&bytes).ok()
}

/// Why a co-signer refuses the id of a pairing that failed.
#[test]
fn a_stuck_source_draws_one_correlation_for_one_id() {
    let drawn = |id| co_signer_start(PairingId([id; 16]), &mut Stuck(7)).0.correlation;
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

fn with_same_secrets(state: &CoSignerAwaitingAnswer) -> CoSignerAwaitingAnswer {
    CoSignerAwaitingAnswer {
        id: state.id,
        sid: state.sid,
        correlation: state.correlation.clone(),
        receivers: state.receivers.iter().map(Receiver::duplicate).collect(),
        offer: state.offer.clone(),
    }
}

#[test]
fn the_co_signer_knows_all_leaves_but_those_its_correlation_names() {
    let (client, co_signer) = pair();
    assert!(fit(&client, &co_signer));
    let known: HashSet<_> = co_signer.leaves.as_flattened().iter().collect();
    assert_eq!(known.len(), KNOWN * TREES);
    let unknown = client
        .leaves
        .as_flattened()
        .iter()
        .filter(|leaf| !known.contains(leaf))
        .count();
    assert_eq!(unknown, TREES);
}

#[test]
fn the_work_may_be_sliced_in_any_way() {
    let id = PairingId::random(&mut OsRng);
    for count in [1, 16, 64, 128, 1000] {
        let (state, offer) = co_signer_start(id, &mut OsRng);
        let (client, answer) = answer(id, offer, count);
        assert!(fit(&client, &state.receive(answer).unwrap()));
    }
    let (_, offer) = co_signer_start(id, &mut OsRng);
    let transfers = client_start(id, offer).unwrap();
    assert!(matches!(transfers.advance(0, &mut OsRng), Ok(Progress::More(same)) if same.done() == 0));
}

#[test]
fn messages_have_their_documented_lengths() {
    let id = PairingId::random(&mut OsRng);
    let (_, offer) = co_signer_start(id, &mut OsRng);
    assert_eq!(borsh::to_vec(&offer).unwrap().len(), 8448);
    let (_, answer) = answer(id, offer.clone(), TRANSFERS);
    let bytes = borsh::to_vec(&answer).unwrap();
    assert_eq!(bytes.len(), 9344);
    assert!(borsh::from_slice::<TransferAnswer>(&bytes[..9343]).is_err());
    assert!(borsh::from_slice::<TransferAnswer>(&[&bytes[..], &[0]].concat()).is_err());
    let bytes = borsh::to_vec(&offer).unwrap();
    assert!(borsh::from_slice::<TransferOffer>(&bytes[1..]).is_err());
    assert!(borsh::from_slice::<TransferOffer>(&[&bytes[..33], &[0; 33], &bytes[66..]].concat()).is_err());
}

#[test]
fn equal_points_of_a_transfer_are_refused() {
    let id = PairingId::random(&mut OsRng);
    let (_, mut offer) = co_signer_start(id, &mut OsRng);
    offer.pairs[127][1] = offer.pairs[127][0];
    assert_eq!(client_start(id, offer).err(), Some(Abort::Mirrored));
}

#[test]
fn a_point_that_cancels_its_hash_is_refused() {
    let id = PairingId::random(&mut OsRng);
    let (_, offer) = co_signer_start(id, &mut OsRng);
    let sid = session_id(id);
    for side in 0..2 {
        let mut offer = offer.clone();
        let other = &offer.pairs[0][usize::from(side ^ 1)];
        let [hash] = Place::new(&sid, 0).hash_to_curve([(side, other)]).unwrap();
        offer.pairs[0][usize::from(side)] = Point::new(-hash).unwrap();
        let transfers = client_start(id, offer).unwrap();
        assert_eq!(transfers.advance(1, &mut OsRng).err(), Some(Abort::Degenerate));
    }
}

#[test]
fn an_answer_to_another_offer_or_pairing_is_refused() {
    let (id, other) = (PairingId::random(&mut OsRng), PairingId::random(&mut OsRng));
    let (state, offer) = co_signer_start(id, &mut OsRng);
    let (another, _) = co_signer_start(id, &mut OsRng);
    let (_, to_other_pairing) = answer(other, offer.clone(), TRANSFERS);
    let (_, to_this) = answer(id, offer, TRANSFERS);
    let receive = |state: &CoSignerAwaitingAnswer, answer| with_same_secrets(state).receive(answer).err();
    assert_eq!(receive(&state, to_other_pairing), Some(Abort::WrongTree));
    assert_eq!(receive(&another, to_this.clone()), Some(Abort::WrongTree));
    assert_eq!(receive(&state, to_this), None);
}

#[test]
fn a_bit_flipped_in_the_offer_ends_the_pairing() {
    let id = PairingId::random(&mut OsRng);
    let (state, offer) = co_signer_start(id, &mut OsRng);
    for bit in (0..8448 * 8).step_by(2111) {
        let Some(offer) = flip(&offer, bit) else { continue };
        let (_, answer) = answer(id, offer, TRANSFERS);
        assert_eq!(
            with_same_secrets(&state).receive(answer).err(),
            Some(Abort::WrongTree),
            "{bit}"
        );
    }
}

/// All is noticed but a change of what this co-signer has no use for, after which the halves still fit.
#[test]
fn a_bit_flipped_in_the_answer_does_no_harm_or_ends_the_pairing() {
    let id = PairingId::random(&mut OsRng);
    let (state, offer) = co_signer_start(id, &mut OsRng);
    let (client, answer) = answer(id, offer, TRANSFERS);
    let mut ended = 0;
    for bit in (0..9344 * 8).step_by(613) {
        let Some(answer) = flip(&answer, bit) else { continue };
        match with_same_secrets(&state).receive(answer) {
            Ok(co_signer) => assert!(bit > 4224 * 8 && fit(&client, &co_signer), "{bit}"),
            Err(abort) => {
                assert_eq!(abort, Abort::WrongTree, "{bit}");
                ended += 1;
            }
        }
    }
    assert!(ended > 40, "{ended}");
}

#[test]
fn each_lie_about_a_tree_is_noticed() {
    let id = PairingId::random(&mut OsRng);
    let (state, offer) = co_signer_start(id, &mut OsRng);
    let (_, honest) = answer(id, offer, TRANSFERS);
    for tree in [0, 13, 31] {
        let mut swapped = honest.clone();
        swapped.corrections.swap(tree, (tree + 1) % TREES);
        assert_eq!(with_same_secrets(&state).receive(swapped).err(), Some(Abort::WrongTree));
        let mut swapped = honest.clone();
        swapped.points.swap(DEPTH * tree, DEPTH * tree + 1);
        assert_eq!(with_same_secrets(&state).receive(swapped).err(), Some(Abort::WrongTree));
    }
}

#[test]
fn a_stored_pairing_reads_back() {
    let (client, co_signer) = pair();
    let (client_bytes, co_signer_bytes) = (client.to_bytes(), co_signer.to_bytes());
    assert_eq!((client_bytes.len(), client_bytes.capacity()), (8210, 8210));
    assert_eq!((co_signer_bytes.len(), co_signer_bytes.capacity()), (7714, 7714));
    assert_eq!(client_bytes[..2], [1, 1]);
    assert_eq!(co_signer_bytes[..2], [1, 2]);
    let read = (
        ClientPairing::from_bytes(&client_bytes).unwrap(),
        CoSignerPairing::from_bytes(&co_signer_bytes).unwrap(),
    );
    assert_eq!((read.0.id(), read.1.id()), (client.id(), client.id()));
    assert_eq!((&read.0.leaves, &read.1.leaves), (&client.leaves, &co_signer.leaves));
    assert!(fit(&read.0, &read.1));
}

#[test]
fn another_version_role_or_length_of_a_stored_pairing_is_refused() {
    let (client, co_signer) = pair();
    let refused = |bytes: &[u8]| {
        assert_eq!(
            ClientPairing::from_bytes(bytes).err(),
            Some(Abort::Malformed("pairing"))
        );
        assert_eq!(
            CoSignerPairing::from_bytes(bytes).err(),
            Some(Abort::Malformed("pairing"))
        );
    };
    for bytes in [client.to_bytes(), co_signer.to_bytes()] {
        for length in [0, 1, 17, 18, bytes.len() - 16, bytes.len() - 1] {
            refused(&bytes[..length]);
        }
        refused(&[&bytes[..], &[0]].concat());
        for (place, wrong) in [(0, 0), (0, 2), (1, 0), (1, 3)] {
            let mut other = bytes.to_vec();
            other[place] = wrong;
            refused(&other);
        }
    }
    assert!(ClientPairing::from_bytes(&co_signer.to_bytes()).is_err());
    assert!(CoSignerPairing::from_bytes(&client.to_bytes()).is_err());
}

/// Trap T4: with a hash times G for the hash to the curve, the co-signer knows every leaf of the client.
#[test]
fn a_broken_hash_to_curve_gives_the_client_away_and_the_right_one_does_not() {
    let id = PairingId::random(&mut OsRng);
    let (seen, client) = traps::with_open(Trap::HashToCurve, || steal(id));
    assert_eq!(seen.leaves, client.leaves);
    let (seen, client) = steal(id);
    let guessed = seen.leaves.as_flattened().iter().zip(client.leaves.as_flattened());
    assert_eq!(guessed.filter(|(seen, leaf)| seen == leaf).count(), 0);
}

/// Fair bits fail this with probability 2⁻⁴⁰, by Hoeffding's inequality: 2⁻⁴¹ for all together, 2⁻⁴¹ for the 128 places.
#[test]
fn correlations_have_no_bias() {
    let draws = 2 * sessions();
    let mut ones = [0; TRANSFERS];
    for _ in 0..draws {
        let (state, _) = co_signer_start(PairingId::random(&mut OsRng), &mut OsRng);
        for (at, ones) in ones.iter_mut().enumerate() {
            *ones += (*state.correlation >> at) as usize & 1;
        }
    }
    assert!(is_fair(ones.iter().sum(), draws * TRANSFERS, 41));
    assert!(ones.iter().all(|ones| is_fair(*ones, draws, 48)), "{ones:?}");
}

/// The points Y of a client whose source gives the same bytes to every transfer.
fn points_of_a_repeating_source(offer: &TransferOffer) -> HashSet<[u8; 33]> {
    let mut transfers = client_start(PairingId([1; 16]), offer.clone()).unwrap();
    loop {
        match transfers.advance(1, &mut ChaCha20Rng::from_seed([1; 32])).unwrap() {
            Progress::More(more) => transfers = more,
            Progress::Done(_, answer) => return answer.points.iter().map(Point::to_bytes).collect(),
        }
    }
}

/// One secret for a batch of base transfers was somebody's (McQuoid, Rosulek, Roy, ia.cr/2021/682):
/// its keys are not independent.
#[test]
fn no_two_base_transfers_share_a_secret() {
    let (_, offer) = co_signer_start(PairingId([1; 16]), &mut OsRng);
    let (_, first) = answer(PairingId([1; 16]), offer.clone(), TRANSFERS);
    let (_, second) = answer(PairingId([1; 16]), offer.clone(), TRANSFERS);
    let points = first.points.iter().chain(second.points.iter()).map(Point::to_bytes);
    assert_eq!(points.collect::<HashSet<_>>().len(), 2 * TRANSFERS);
    assert_eq!(points_of_a_repeating_source(&offer).len(), TRANSFERS);
    let unhedged = traps::with_open(Trap::Hedge, || points_of_a_repeating_source(&offer));
    assert_eq!(unhedged.len(), 1);
}

#[test]
fn a_source_that_repeats_gives_each_pairing_its_own_correlation() {
    let correlations = || -> HashSet<u128> {
        let start = |id| co_signer_start(PairingId([id; 16]), &mut ChaCha20Rng::from_seed([1; 32])).0;
        (1..4).map(|id| *start(id).correlation).collect()
    };
    assert_eq!(correlations().len(), 3);
    assert_eq!(traps::with_open(Trap::Hedge, correlations).len(), 1);
}
