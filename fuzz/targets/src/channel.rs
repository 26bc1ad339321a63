//! Sealed bytes into the channel: requests, answers, one-way messages; and plaintexts that are sealed on the way.

use mpc::channel::{ChannelKey, open_from, open_request, seal_request, seal_to};

use crate::{choosing, chosen, honest::rng};

const LABEL: &str = "/v1/fuzz";
const PLAINTEXT: &[u8] = b"plaintext";

const KINDS: [fn(&[u8]) -> bool; 4] = [request, answer, one_way, round];

fn receiver() -> ChannelKey {
    ChannelKey::from_seed(&[1; 32])
}

fn sender() -> ChannelKey {
    ChannelKey::from_seed(&[2; 32])
}

/// The honest request, in base mode or in auth mode.
fn sealed(auth: bool) -> (mpc::channel::AwaitingAnswer, Vec<u8>) {
    let from = sender();
    let from = auth.then_some(&from);
    seal_request(&receiver().public_key(), from, LABEL, PLAINTEXT, &mut rng(1)).unwrap()
}

fn honest_answer() -> Vec<u8> {
    let opened = open_request(&receiver(), LABEL, &sealed(true).1).unwrap();
    opened.answering.seal(PLAINTEXT, &mut rng(2)).unwrap()
}

fn honest_one_way() -> Vec<u8> {
    seal_to(&receiver().public_key(), LABEL, PLAINTEXT, &mut rng(3)).unwrap()
}

fn request(bytes: &[u8]) -> bool {
    let Ok(opened) = open_request(&receiver(), LABEL, bytes) else {
        return false;
    };
    // Anybody can seal to the receiver's key in base mode; who has named the sender must be the sender.
    assert!(opened.sender.is_none() || bytes == sealed(true).1, "a forged sender");
    true
}

fn answer(bytes: &[u8]) -> bool {
    let opened = sealed(true).0.open(bytes).is_ok();
    assert!(!opened || bytes == honest_answer(), "a forged answer");
    opened
}

fn one_way(bytes: &[u8]) -> bool {
    open_from(&receiver(), LABEL, bytes).is_ok()
}

/// Whatever is sealed opens as what it was.
fn round(bytes: &[u8]) -> bool {
    let (awaiting, sealed) =
        seal_request(&receiver().public_key(), Some(&sender()), LABEL, bytes, &mut rng(4)).unwrap();
    let opened = open_request(&receiver(), LABEL, &sealed).unwrap();
    assert_eq!((*opened.plaintext).as_slice(), bytes);
    assert_eq!(opened.sender, Some(sender().public_key()));
    let answer = opened.answering.seal(bytes, &mut rng(5)).unwrap();
    assert_eq!((*awaiting.open(&answer).unwrap()).as_slice(), bytes);
    true
}

/// Opens sealed bytes of one kind.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(open, bytes)| open(&bytes))
}

/// Honest sealed bytes of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![
        choosing(0, &sealed(false).1),
        choosing(0, &sealed(true).1),
        choosing(1, &honest_answer()),
        choosing(2, &honest_one_way()),
        choosing(3, PLAINTEXT),
    ]
}
