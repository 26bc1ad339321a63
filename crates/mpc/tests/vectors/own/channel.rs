//! The channel: a request in base mode and in auth mode, each with its answer, and bytes that are sealed one way.

use mpc::channel::{self, ChannelKey};

use super::{
    draws::Draws,
    file::{self, Node, hex, object, text},
};

const LABEL: &str = "test/label";
const QUESTION: &[u8] = b"question";
const ANSWER: &[u8] = b"answer";

pub(super) fn file() -> String {
    file::file(
        "channel",
        vec![exchange(0x90, None), exchange(0x91, Some([0x93; 32])), one_way(0x92)],
    )
}

fn receiver() -> ([u8; 32], ChannelKey) {
    let seed = [0x94; 32];
    (seed, ChannelKey::from_seed(&seed))
}

fn exchange(seed: u8, sender_seed: Option<[u8; 32]>) -> Node {
    let (receiver_seed, receiver) = receiver();
    let sender = sender_seed.map(|seed| ChannelKey::from_seed(&seed));
    let (mut sender_draws, mut receiver_draws) = (Draws::new(seed), Draws::new(seed + 8));
    let (awaiting, request) = channel::seal_request(
        &receiver.public_key(),
        sender.as_ref(),
        LABEL,
        QUESTION,
        &mut sender_draws,
    )
    .unwrap();
    let opened = channel::open_request(&receiver, LABEL, &request).unwrap();
    assert_eq!(
        (opened.sender, opened.plaintext.as_slice()),
        (sender.as_ref().map(ChannelKey::public_key), QUESTION)
    );
    let answer = opened.answering.seal(ANSWER, &mut receiver_draws).unwrap();
    assert_eq!(awaiting.open(&answer).unwrap().as_slice(), ANSWER);
    let mut fields = vec![
        ("mode", text(if sender.is_some() { "auth" } else { "base" })),
        ("receiver_seed", hex(receiver_seed)),
        ("receiver_public_key", hex(receiver.public_key().0)),
    ];
    if let (Some(seed), Some(sender)) = (sender_seed, &sender) {
        fields.extend([
            ("sender_seed", hex(seed)),
            ("sender_public_key", hex(sender.public_key().0)),
        ]);
    }
    fields.extend([
        ("label", text(LABEL)),
        ("plaintext", hex(QUESTION)),
        ("sender", sender_draws.named(&["seed of the request"])),
        ("request", hex(request)),
        ("answer_plaintext", hex(ANSWER)),
        ("receiver", receiver_draws.named(&["seed of the answer"])),
        ("answer", hex(answer)),
    ]);
    object(fields)
}

fn one_way(seed: u8) -> Node {
    let (receiver_seed, receiver) = receiver();
    let mut draws = Draws::new(seed);
    let sealed = channel::seal_to(&receiver.public_key(), LABEL, QUESTION, &mut draws).unwrap();
    assert_eq!(
        channel::open_from(&receiver, LABEL, &sealed).unwrap().as_slice(),
        QUESTION
    );
    object([
        ("mode", text("one-way")),
        ("receiver_seed", hex(receiver_seed)),
        ("receiver_public_key", hex(receiver.public_key().0)),
        ("label", text(LABEL)),
        ("plaintext", hex(QUESTION)),
        ("sender", draws.named(&["seed of the request"])),
        ("sealed", hex(sealed)),
    ])
}
