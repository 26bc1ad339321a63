//! Signing with Ed25519 under attack.

use mpc::{
    Abort, RunId, Scheme, Share, WalletId,
    eddsa::{self, Answer, Query},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    change::Change,
    refresh,
    suite::{Case, Client, CoSigner, Expected, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
};

/// What both sides bring to a signature, the client first, and the randomness of both.
struct Sides {
    shares: [Share; 2],
    runs: [RunId; 2],
    messages: [&'static [u8]; 2],
    seed: u64,
}

impl Sides {
    fn of(wallet: WalletId, epochs: usize, seed: u64) -> Self {
        Self {
            shares: refresh::shares(Scheme::EddsaEd25519, wallet, epochs),
            runs: [RunId([2; 16]); 2],
            messages: [b"what is signed"; 2],
            seed,
        }
    }

    fn new(seed: u64) -> Self {
        Self::of(WalletId([1; 16]), 1, seed)
    }

    fn run(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let their_rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1);
        let ([ours, theirs], [run, their_run]) = (&self.shares, self.runs);
        let [message, their_message] = self.messages;
        let (client, query) = Client.judges(eddsa::client_start(ours, run, message, rng))?;
        let query = wire.carry(CoSigner, &query)?;
        let answered = eddsa::co_signer_answer(theirs, their_run, their_message, query, their_rng);
        let answer = wire.carry(Client, &CoSigner.judges(answered)?)?;
        let signature = Client.judges(client.finish(answer))?;
        assert_eq!(signature.verify(&ours.public_key(), message), Ok(()));
        output.client = Some(signature.0.to_vec());
        Ok(())
    }

    /// The other names that a run may have.
    fn others() -> Vec<(&'static str, Self)> {
        vec![
            (
                "another run",
                Self {
                    runs: [RunId([9; 16]); 2],
                    ..Self::new(100)
                },
            ),
            ("an older epoch", Self::of(WalletId([1; 16]), 0, 100)),
            ("another wallet", Self::of(WalletId([9; 16]), 1, 100)),
            (
                "another message",
                Self {
                    messages: [b"what is not"; 2],
                    ..Self::new(100)
                },
            ),
        ]
    }
}

pub(crate) fn messages() -> Vec<Message> {
    vec![Message::of::<Query>(Client), Message::of::<Answer>(CoSigner)]
}

const RULES: &[Rule] = &[
    (0, "", CoSigner, Abort::OtherContext),
    (0, "context", CoSigner, Abort::OtherContext),
    // The two sides then make halves of two signatures.
    (0, "commitments", Client, Abort::WrongSignature),
    (0, "commitments.hiding", Client, Abort::WrongSignature),
    (0, "commitments.binding", Client, Abort::WrongSignature),
    (1, "", Client, Abort::WrongSignature),
    (1, "commitments", Client, Abort::WrongSignature),
    (1, "commitments.hiding", Client, Abort::WrongSignature),
    (1, "commitments.binding", Client, Abort::WrongSignature),
    (1, "share", Client, Abort::WrongSignature),
];

const UNUSABLE: &[Rule] = &[
    (0, "commitments.hiding", CoSigner, Abort::Malformed("point")),
    (0, "commitments.binding", CoSigner, Abort::Malformed("point")),
    (1, "commitments.hiding", Client, Abort::Malformed("point")),
    (1, "commitments.binding", Client, Abort::Malformed("point")),
    (1, "share", Client, Abort::Malformed("scalar")),
];

const SAME_NAME: &str = "another run of the same name";

fn exception(case: &Case<'_>) -> Option<Expected> {
    match (case.message, case.field.class.as_str(), case.change) {
        // A whole query of the same names is one that the co-signer may answer: its sender alone can use the answer.
        (0, "", Change::Elsewhere(SAME_NAME)) => Some(Expected::Abort(Client, Abort::WrongSignature)),
        // Of another run the context is looked at first, and nothing else then.
        (0, "", _) => Some(Expected::Abort(CoSigner, Abort::OtherContext)),
        // The client's own commitments sent back, both or one of them.
        (1, _, Change::Direction(0, path)) if *path == case.field.path && !path.is_empty() => {
            Some(Expected::Abort(Client, Abort::Mirrored))
        }
        _ => None,
    }
}

fn transcript(sides: &Sides) -> Vec<Vec<u8>> {
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output)).0
}

#[test]
fn every_change_of_a_message_ends_a_signature() {
    let sides = Sides::new(1);
    let mut elsewhere = vec![(SAME_NAME, transcript(&Sides::new(100)))];
    elsewhere.extend(Sides::others().iter().map(|(name, sides)| (*name, transcript(sides))));
    let run: Box<Run<'_>> = Box::new(|wire, output| sides.run(wire, output));
    Suite {
        name: "eddsa",
        scheme: Scheme::EddsaEd25519,
        messages: messages(),
        run,
        elsewhere,
        rules: RULES.to_vec(),
        unusable: UNUSABLE.to_vec(),
        exception: Box::new(exception),
        same_elsewhere: &[(0, "context", SAME_NAME)],
        malformed: MALFORMED,
    }
    .attack();
}

/// Refused by name, before anything secret is touched.
#[test]
fn sides_that_name_something_else_sign_nothing() {
    for (name, other) in Sides::others() {
        let (ours, [_, theirs]) = (Sides::new(1), other.shares);
        let [client, _] = ours.shares;
        let sides = Sides {
            shares: [client, theirs],
            runs: [ours.runs[0], other.runs[1]],
            messages: [ours.messages[0], other.messages[1]],
            seed: 1,
        };
        let mut output = Output::default();
        let stop = sides.run(&mut Wire::default(), &mut output);
        let abort = Abort::OtherContext;
        assert_eq!(stop, Err(Stop { by: CoSigner, abort }), "{name}");
        assert_eq!(output, Output::default());
    }
}

#[test]
fn a_share_of_the_other_role_or_curve_signs_nothing() {
    let stop = |shares, by, abort| {
        let sides = Sides {
            shares,
            ..Sides::new(1)
        };
        let stop = sides.run(&mut Wire::default(), &mut Output::default());
        assert_eq!(stop, Err(Stop { by, abort }));
    };
    let of = |scheme| refresh::shares(scheme, WalletId([1; 16]), 1);
    let [client, co_signer] = of(Scheme::EddsaEd25519);
    stop([co_signer, client], Client, Abort::WrongRole);
    let ([client, _], [other, _]) = (of(Scheme::EddsaEd25519), of(Scheme::EddsaEd25519));
    stop([client, other], CoSigner, Abort::WrongRole);
    stop(of(Scheme::EcdsaSecp256k1), Client, Abort::OtherCurve);
    // The co-signer notices that the key is another before it notices what it is.
    let ([client, _], [_, co_signer]) = (of(Scheme::EddsaEd25519), of(Scheme::EcdsaSecp256k1));
    stop([client, co_signer], CoSigner, Abort::OtherContext);
}
