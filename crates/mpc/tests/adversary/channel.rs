//! The channel under attack. Its messages are no structs: their fields are those of docs/protocol.md, Channel.

use mpc::{
    Abort, Scheme,
    channel::{self, ChannelKey},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    change::Change,
    layout::{Field, Kind},
    suite::{Case, Client, CoSigner, Expected, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
    wire::Party,
};

const QUESTION: &[u8] = b"what is asked";
const ANSWER: &[u8] = b"what is answered";

/// Both ends of an exchange, and the randomness of both.
#[derive(Clone)]
struct Sides {
    /// Of the receiver's key, and of the sender's where it proves one.
    receiver: u8,
    sender: Option<u8>,
    labels: [&'static str; 2],
    seed: u64,
}

impl Sides {
    fn new(sender: Option<u8>) -> Self {
        Self {
            receiver: 1,
            sender,
            labels: ["claim/start"; 2],
            seed: 1,
        }
    }

    fn key(seed: u8) -> ChannelKey {
        ChannelKey::from_seed(&[seed; 32])
    }

    /// A request and its answer.
    fn exchange(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let their_rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1);
        let (receiver, sender) = (Self::key(self.receiver), self.sender.map(Self::key));
        let [label, their_label] = self.labels;
        let sealed = channel::seal_request(&receiver.public_key(), sender.as_ref(), label, QUESTION, rng);
        let (awaiting, request) = Client.judges(sealed)?;
        let request = wire.carry_bytes(&request);
        let opened = CoSigner.judges(channel::open_request(&receiver, their_label, &request))?;
        // The caller's duty: a request is whose key it shows.
        let is_sender = opened.sender == sender.map(|sender| sender.public_key());
        CoSigner.judges(is_sender.then_some(()).ok_or(Abort::Channel))?;
        output.co_signer = Some(opened.plaintext.to_vec());
        let answer = CoSigner.judges(opened.answering.seal(ANSWER, their_rng))?;
        let answer = Client.judges(awaiting.open(&wire.carry_bytes(&answer)))?;
        output.client = Some(answer.to_vec());
        Ok(())
    }

    /// Bytes that expect no answer.
    fn one_way(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(self.seed);
        let receiver = Self::key(self.receiver);
        let sealed = channel::seal_to(&receiver.public_key(), self.labels[0], QUESTION, rng);
        let sealed = wire.carry_bytes(&CoSigner.judges(sealed)?);
        let opened = Client.judges(channel::open_from(&receiver, self.labels[1], &sealed))?;
        output.client = Some(opened.to_vec());
        Ok(())
    }

    /// Names, keys and randomness that another exchange may have.
    fn others(&self) -> Vec<(&'static str, Self)> {
        let fresh = Self {
            seed: 100,
            ..self.clone()
        };
        let mut others = vec![
            ("another run", fresh.clone()),
            (
                "another receiver",
                Self {
                    receiver: 9,
                    ..fresh.clone()
                },
            ),
            (
                "another label",
                Self {
                    labels: ["claim/settle"; 2],
                    ..fresh.clone()
                },
            ),
        ];
        if self.sender.is_some() {
            let sender = Some(9);
            others.push(("another sender", Self { sender, ..fresh }));
        }
        others
    }
}

/// A message of these parts, one after the other.
fn message(type_name: &'static str, from: Party, parts: &[(&'static str, usize, Kind)]) -> Message {
    let length = parts.iter().map(|(_, length, _)| length).sum();
    let field = |name: &str, offset, length, kind| Field {
        path: name.into(),
        class: name.into(),
        offset,
        length,
        kind,
        declaration: format!("{length} bytes"),
        indices: Vec::new(),
    };
    let mut fields = vec![field("", 0, length, Kind::Group)];
    let mut offset = 0;
    for (name, length, kind) in parts {
        fields.push(field(name, offset, *length, *kind));
        offset += length;
    }
    Message {
        type_name,
        from,
        fields,
    }
}

const VERSION: (&str, usize, Kind) = ("version", 1, Kind::Bytes);
const MODE: (&str, usize, Kind) = ("mode", 1, Kind::Bytes);
const SENDER: (&str, usize, Kind) = ("sender", 32, Kind::Key);
const ENCAPSULATED: (&str, usize, Kind) = ("encapsulated", 32, Kind::Key);
const NONCE: (&str, usize, Kind) = ("nonce", 32, Kind::Bytes);
const TAG: (&str, usize, Kind) = ("tag", 16, Kind::Bytes);

const fn ciphertext(plaintext: &[u8]) -> (&'static str, usize, Kind) {
    ("ciphertext", plaintext.len(), Kind::Bytes)
}

fn request(sender: Option<u8>) -> Message {
    match sender {
        None => {
            let parts = [VERSION, MODE, ENCAPSULATED, ciphertext(QUESTION), TAG];
            message("request, base mode", Client, &parts)
        }
        Some(_) => {
            let parts = [VERSION, MODE, SENDER, ENCAPSULATED, ciphertext(QUESTION), TAG];
            message("request, auth mode", Client, &parts)
        }
    }
}

fn answer() -> Message {
    message("answer", CoSigner, &[VERSION, NONCE, ciphertext(ANSWER), TAG])
}

fn one_way() -> Message {
    let parts = [VERSION, MODE, ENCAPSULATED, ciphertext(QUESTION), TAG];
    message("one-way", CoSigner, &parts)
}

/// No field says why it was refused.
const EXCHANGE: &[Rule] = &[
    (0, "", CoSigner, Abort::Channel),
    (0, "version", CoSigner, Abort::Channel),
    (0, "mode", CoSigner, Abort::Channel),
    (0, "encapsulated", CoSigner, Abort::Channel),
    (0, "ciphertext", CoSigner, Abort::Channel),
    (0, "tag", CoSigner, Abort::Channel),
    (1, "", Client, Abort::Channel),
    (1, "version", Client, Abort::Channel),
    (1, "nonce", Client, Abort::Channel),
    (1, "ciphertext", Client, Abort::Channel),
    (1, "tag", Client, Abort::Channel),
];

const ONE_WAY: &[Rule] = &[
    (0, "", Client, Abort::Channel),
    (0, "version", Client, Abort::Channel),
    (0, "mode", Client, Abort::Channel),
    (0, "encapsulated", Client, Abort::Channel),
    (0, "ciphertext", Client, Abort::Channel),
    (0, "tag", Client, Abort::Channel),
];

/// What is not drawn for each message.
const SAME_EVERYWHERE: &[(usize, &str, &str)] = &[
    (0, "version", "*"),
    (0, "mode", "*"),
    (0, "sender", "another run"),
    (0, "sender", "another receiver"),
    (0, "sender", "another label"),
    (1, "version", "*"),
];

type Exchange = fn(&Sides, &mut Wire<'_>, &mut Output) -> Result<(), Stop>;

/// A whole request can be sent again by whoever recorded it: nobody else can read the answer.
fn exchange_exception(case: &Case<'_>) -> Option<Expected> {
    let is_replay = (case.message, case.field.path.as_str(), case.change) == (0, "", &Change::Elsewhere("another run"));
    is_replay.then_some(Expected::Abort(Client, Abort::Channel))
}

/// So can a message without an answer, and there nothing notices.
fn one_way_exception(case: &Case<'_>) -> Option<Expected> {
    exchange_exception(case).map(|_| Expected::Harmless)
}

fn attack(name: &'static str, sides: &Sides, exchange: Exchange, messages: Vec<Message>, rules: Vec<Rule>) {
    let exception = match messages.len() {
        1 => one_way_exception,
        _ => exchange_exception,
    };
    let transcript =
        |sides: &Sides| honest(&|wire: &mut Wire<'_>, output: &mut Output| exchange(sides, wire, output)).0;
    let run: Box<Run<'_>> = Box::new(|wire, output| exchange(sides, wire, output));
    Suite {
        name,
        scheme: Scheme::EcdsaSecp256k1,
        messages,
        run,
        elsewhere: sides
            .others()
            .iter()
            .map(|(name, sides)| (*name, transcript(sides)))
            .collect(),
        rules,
        exception: Box::new(exception),
        unusable: Vec::new(),
        same_elsewhere: SAME_EVERYWHERE,
        malformed: Abort::Channel,
    }
    .attack();
}

#[test]
fn every_change_of_a_request_or_its_answer_is_refused() {
    let messages = vec![request(None), answer()];
    attack(
        "channel, base mode",
        &Sides::new(None),
        Sides::exchange,
        messages,
        EXCHANGE.to_vec(),
    );
    let sender = Some(2);
    let messages = vec![request(sender), answer()];
    let rules = [EXCHANGE, &[(0, "sender", CoSigner, Abort::Channel)]].concat();
    attack(
        "channel, auth mode",
        &Sides::new(sender),
        Sides::exchange,
        messages,
        rules,
    );
}

#[test]
fn every_change_of_a_one_way_message_is_refused() {
    let sides = Sides::new(None);
    attack(
        "channel, one-way",
        &sides,
        Sides::one_way,
        vec![one_way()],
        ONE_WAY.to_vec(),
    );
}

#[test]
fn ends_that_name_another_label_understand_nothing() {
    let abort = Abort::Channel;
    for sender in [None, Some(2)] {
        let sides = Sides {
            labels: ["claim/start", "claim/settle"],
            ..Sides::new(sender)
        };
        let stop = sides.exchange(&mut Wire::default(), &mut Output::default());
        assert_eq!(stop, Err(Stop { by: CoSigner, abort }));
        let stop = sides.one_way(&mut Wire::default(), &mut Output::default());
        assert_eq!(stop, Err(Stop { by: Client, abort }));
    }
}
