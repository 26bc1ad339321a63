//! Runs a protocol once for each change of each field of each message, and judges how it ends.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use borsh::BorshSchema;
use mpc::{Abort, Scheme};

use crate::{
    change::{self, Change},
    curves::{self, Form},
    layout::{Field, Kind, fields_of},
    wire::Party,
};

pub(crate) use crate::wire::{Client, CoSigner, MALFORMED, Output, Stop, Wire};

/// One message of a protocol.
pub(crate) struct Message {
    pub(crate) type_name: &'static str,
    pub(crate) from: Party,
    pub(crate) fields: Vec<Field>,
}

impl Message {
    pub(crate) fn of<M: BorshSchema>(from: Party) -> Self {
        Self {
            type_name: std::any::type_name::<M>(),
            from,
            fields: fields_of::<M>(),
        }
    }

    fn length(&self) -> usize {
        self.fields[0].length
    }

    fn leaves(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.kind != Kind::Group)
    }
}

/// How a run with a change must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// With this abort of this party.
    Abort(Party, Abort),
    /// As the honest run: nobody uses what was changed.
    Harmless,
}

/// How a run ends in which a field has another, well-formed value: message (from 0), class of the field, end.
pub(crate) type Rule = (usize, &'static str, Party, Abort);

/// A change of a field, to be judged.
pub(crate) struct Case<'a> {
    pub(crate) message: usize,
    pub(crate) field: &'a Field,
    pub(crate) change: &'a Change,
    /// The class of the first field that can be read and is then none of its kind.
    pub(crate) unusable: Option<&'a str>,
}

pub(crate) type Run<'a> = dyn Fn(&mut Wire<'_>, &mut Output) -> Result<(), Stop> + 'a;

pub(crate) type Exception<'a> = dyn Fn(&Case<'_>) -> Option<Expected> + 'a;

/// A protocol under attack.
pub(crate) struct Suite<'a> {
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) messages: Vec<Message>,
    /// Deterministic: run twice it says the same.
    pub(crate) run: Box<Run<'a>>,
    /// Transcripts from which fields are taken.
    pub(crate) elsewhere: Vec<(&'static str, Vec<Vec<u8>>)>,
    pub(crate) rules: Vec<Rule>,
    /// The same for values that are read, and then are none; the rule where there is no such.
    pub(crate) unusable: Vec<Rule>,
    /// Where a change ends otherwise than its rule says.
    pub(crate) exception: Box<Exception<'a>>,
    /// What is the same elsewhere, or everywhere («*»), so that taking it from there changes nothing.
    pub(crate) same_elsewhere: &'static [(usize, &'static str, &'static str)],
    /// What a message that cannot be read is refused with.
    pub(crate) malformed: Abort,
}

/// The transcript of a run that must not fail.
pub(crate) fn honest(run: &Run<'_>) -> (Vec<Vec<u8>>, Output) {
    let (mut wire, mut output) = (Wire::default(), Output::default());
    assert_eq!(run(&mut wire, &mut output), Ok(()));
    assert!(output.client.is_some() || output.co_signer.is_some());
    (wire.transcript, output)
}

/// How many changes there are at least of a field, whatever the code that makes them says.
fn least(kind: Kind) -> usize {
    match kind {
        Kind::Point | Kind::Secp256k1Point | Kind::UnreadPoint => 27,
        Kind::Ed25519Point => 40,
        Kind::Scalar | Kind::SchemeScalar => 17,
        Kind::Bytes | Kind::Word => 13,
        Kind::Key => 20,
        Kind::Group => 6,
    }
}

/// A run that takes this long hangs, however busy the machine: it takes milliseconds.
const TOO_LONG: Duration = Duration::from_secs(300);

impl Suite<'_> {
    /// Makes every change of every message and fails with all that end otherwise than they must.
    pub(crate) fn attack(&self) {
        let started = Instant::now();
        let (transcript, output) = honest(&*self.run);
        assert_eq!(transcript.len(), self.messages.len(), "{}: messages", self.name);
        self.check_rules();
        let mut wrong = Vec::new();
        let mut count = 0;
        for (number, message) in self.messages.iter().enumerate() {
            assert_eq!(transcript[number].len(), message.length(), "{} {number}", self.name);
            let (mut made, mut floor) = (0, 0);
            for field in message.fields.iter().filter(|field| field.is_sampled()) {
                floor += least(field.kind) + self.differing(number, field).count();
                for (change, bytes) in self.changes_of(number, field, &transcript) {
                    made += 1;
                    let case = Case {
                        message: number,
                        field,
                        change: &change,
                        unusable: None,
                    };
                    if let Err(error) = self.judge(&case, &bytes, &transcript[number], &output) {
                        wrong.push(format!("{} {number} {} {change:?}: {error}", self.name, field.path));
                    }
                }
            }
            assert!(made >= floor && floor > 0, "{} {number}: {made} < {floor}", self.name);
            count += made;
        }
        println!(
            "{}: {count} changes, {:.1} s",
            self.name,
            started.elapsed().as_secs_f32()
        );
        let few: Vec<_> = wrong.iter().take(40).collect();
        assert!(wrong.is_empty(), "{} of {count} end wrong: {few:#?}", wrong.len());
    }

    /// Every class of fields has one rule, and every rule a class.
    fn check_rules(&self) {
        for (number, message) in self.messages.iter().enumerate() {
            for field in &message.fields {
                let rules = self
                    .rules
                    .iter()
                    .filter(|rule| (rule.0, rule.1) == (number, field.class.as_str()));
                assert_eq!(rules.count(), 1, "{} {number}: rules of «{}»", self.name, field.class);
            }
        }
        for (number, class, ..) in &self.rules {
            let is_there = self.messages[*number].fields.iter().any(|field| field.class == *class);
            assert!(is_there, "{} {number}: no field «{class}»", self.name);
        }
    }

    /// All changes of a field, with the message as it is then.
    fn changes_of(&self, number: usize, field: &Field, transcript: &[Vec<u8>]) -> Vec<(Change, Vec<u8>)> {
        let honest = &transcript[number];
        let mut replacements = change::of_field(field, field.of(honest), self.scheme);
        for (name, there) in self.differing(number, field) {
            replacements.push((Change::Elsewhere(name), field.of(&there[number]).to_vec()));
        }
        replacements.extend(self.neighbour(number, field, honest));
        replacements.extend(self.said_by_peer(number, field, transcript));
        let replaced =
            |(change, replacement): (Change, Vec<u8>)| (change, change::replaced(honest, field, &replacement));
        let mut changes: Vec<_> = replacements.into_iter().map(replaced).collect();
        changes.push((Change::CutBefore, honest[..field.offset].to_vec()));
        changes.push((Change::CutInside, honest[..field.offset + field.length / 2].to_vec()));
        let is_constant = self.same_elsewhere.contains(&(number, field.class.as_str(), "*"));
        changes.retain(|(change, bytes)| {
            let changes = bytes != honest;
            assert!(
                changes || is_constant,
                "{} {number} {} {change:?} changes nothing",
                self.name,
                field.path
            );
            changes
        });
        changes
    }

    /// The transcripts from elsewhere in which the field is another.
    fn differing(&self, number: usize, field: &Field) -> impl Iterator<Item = &(&'static str, Vec<Vec<u8>>)> {
        let is_same = move |name: &str| {
            let same = self.same_elsewhere.iter();
            same.into_iter()
                .any(|same| (same.0, same.1) == (number, field.class.as_str()) && ["*", name].contains(&same.2))
        };
        self.elsewhere.iter().filter(move |(name, _)| !is_same(name))
    }

    /// The next field of the same array, or the first for the last.
    fn neighbour(&self, number: usize, field: &Field, honest: &[u8]) -> Option<(Change, Vec<u8>)> {
        let (index, length) = *field.indices.last()?;
        let stem = field.path.strip_suffix(&format!("[{index}]"))?;
        let path = format!("{stem}[{}]", (index + 1) % length);
        let other = self.messages[number].fields.iter().find(|other| other.path == path)?;
        Some((Change::Neighbour, other.of(honest).to_vec()))
    }

    /// What the other party says in the same run, where it is of the same form.
    fn said_by_peer(&self, number: usize, field: &Field, transcript: &[Vec<u8>]) -> Vec<(Change, Vec<u8>)> {
        let mut changes = Vec::new();
        for (from, message) in self.messages.iter().enumerate() {
            if message.from == self.messages[number].from {
                continue;
            }
            for other in message.fields.iter().filter(|other| other.stands_for_others()) {
                let whole = field.path.is_empty() && other.path.is_empty();
                if !whole && (field.declaration != other.declaration || field.length != other.length) {
                    continue;
                }
                let bytes = other.of(&transcript[from]);
                changes.push((Change::Direction(from, other.path.clone()), bytes.to_vec()));
                if [Kind::Point, Kind::Secp256k1Point, Kind::Ed25519Point].contains(&field.kind) {
                    let change = Change::NegatedDirection(from, other.path.clone());
                    changes.push((change, curves::negated(bytes)));
                }
            }
        }
        changes
    }

    fn expected(&self, case: &Case<'_>, bytes: &[u8], honest: &[u8]) -> Expected {
        let message = &self.messages[case.message];
        let unreadable = Expected::Abort(message.from.peer(), self.malformed);
        if bytes.len() != message.length() {
            return unreadable;
        }
        let changed = message.leaves().filter(|leaf| leaf.of(bytes) != leaf.of(honest));
        let bad: Vec<(Form, &Field)> = changed
            .map(|leaf| (curves::form(leaf.kind, leaf.of(bytes), self.scheme), leaf))
            .filter(|(form, _)| *form != Form::Good)
            .collect();
        if bad.iter().any(|(form, _)| *form == Form::Unreadable) {
            return unreadable;
        }
        let unusable = bad.first().map(|(_, leaf)| leaf.class.as_str());
        if let Some(expected) = (self.exception)(&Case { unusable, ..*case }) {
            return expected;
        }
        let of = |rules: &[Rule], class: &str| {
            let rule = rules.iter().find(|rule| (rule.0, rule.1) == (case.message, class));
            rule.map(|(.., party, abort)| Expected::Abort(*party, *abort))
        };
        let unusable = unusable.and_then(|class| of(&self.unusable, class));
        unusable.or_else(|| of(&self.rules, &case.field.class)).unwrap()
    }

    fn judge(&self, case: &Case<'_>, bytes: &[u8], honest: &[u8], expected: &Output) -> Result<(), String> {
        let mut wire = Wire {
            replaced: Some((case.message, bytes)),
            ..Wire::default()
        };
        let mut output = Output::default();
        let started = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| (self.run)(&mut wire, &mut output)))
            .map_err(|_| String::from("panicked"))?;
        if started.elapsed() > TOO_LONG {
            return Err(format!("took {:?}", started.elapsed()));
        }
        if !wire.reached {
            return Err("never got there".into());
        }
        let differs = |ours: &Option<Vec<u8>>, theirs: &Option<Vec<u8>>| ours.is_some() && ours != theirs;
        if differs(&output.client, &expected.client) || differs(&output.co_signer, &expected.co_signer) {
            return Err("gave out something else than an honest run".into());
        }
        match (self.expected(case, bytes, honest), ended) {
            (Expected::Abort(by, abort), Err(stop)) if stop == (Stop { by, abort }) => Ok(()),
            (Expected::Harmless, Ok(())) if output == *expected => Ok(()),
            (must, ended) => Err(format!("{ended:?}, not {must:?}")),
        }
    }
}
