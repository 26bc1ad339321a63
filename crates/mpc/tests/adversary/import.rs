//! Import under attack: the deal, and the refresh that must follow it before either share is stored.

use mpc::{
    Abort, RunId, Scheme, WalletId,
    import::{self, Deal},
    keygen::Context,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    change::Change,
    refresh,
    suite::{Case, Client, CoSigner, Expected, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
};

/// What both sides call a run, the client first, and the randomness of both.
#[derive(Clone)]
struct Sides {
    contexts: [Context; 2],
    seed: u64,
}

impl Sides {
    fn new(scheme: Scheme) -> Self {
        let context = Context {
            wallet: WalletId([1; 16]),
            scheme,
            run: RunId([2; 16]),
        };
        Self {
            contexts: [context.clone(), context],
            seed: 1,
        }
    }

    fn elsewhere(&self, change: impl Fn(&mut Context)) -> Self {
        let mut other = self.clone();
        other.contexts.iter_mut().for_each(change);
        other.seed = 100;
        other
    }

    fn run(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(self.seed);
        let [context, their_context] = &self.contexts;
        // In range on both curves and in both byte orders.
        let key = [5; 32];
        let (client, deal) = Client.judges(import::client_start(context, &key, [3; 32], rng))?;
        let deal = wire.carry(CoSigner, &deal)?;
        let co_signer = CoSigner.judges(import::co_signer_receive(their_context, deal))?;
        let refresh = refresh::Sides {
            seed: self.seed,
            ..refresh::Sides::new([client, co_signer])
        };
        refresh.run(wire, output)
    }
}

pub(crate) fn messages() -> Vec<Message> {
    [vec![Message::of::<Deal>(Client)], refresh::messages()]
        .into_iter()
        .flatten()
        .collect()
}

const DEAL: &[Rule] = &[
    (0, "", CoSigner, Abort::WrongProof),
    // With another a, or another chain code, the two sides have two keys, and their refresh does not go through.
    (0, "co_signer", CoSigner, Abort::WrongOpening),
    (0, "client", CoSigner, Abort::WrongProof),
    (0, "proof", CoSigner, Abort::WrongProof),
    (0, "proof.commitment", CoSigner, Abort::WrongProof),
    (0, "proof.response", CoSigner, Abort::WrongProof),
    (0, "chain_code", CoSigner, Abort::WrongOpening),
];

const UNUSABLE: &[Rule] = &[
    (0, "co_signer", CoSigner, Abort::Malformed("scalar")),
    (0, "proof.response", CoSigner, Abort::Malformed("scalar")),
];

const OTHER_SCHEME: &str = "another scheme";
const SAME_NAME: &str = "another run of the same name";

fn exception(case: &Case<'_>) -> Option<Expected> {
    if case.message > 0 {
        let refresh = Case {
            message: case.message - 1,
            change: &match case.change {
                Change::Direction(from, path) if *from > 0 => Change::Direction(from - 1, path.clone()),
                other => other.clone(),
            },
            ..*case
        };
        return refresh::exception(&refresh);
    }
    match (case.field.class.as_str(), case.change) {
        ("", Change::Elsewhere(OTHER_SCHEME)) if case.unusable != Some("co_signer") => {
            Some(Expected::Abort(CoSigner, Abort::OtherCurve))
        }
        ("client", Change::OtherCurve | Change::Elsewhere(OTHER_SCHEME)) => {
            Some(Expected::Abort(CoSigner, Abort::OtherCurve))
        }
        // No share is zero.
        ("co_signer", Change::Zero) => Some(Expected::Abort(CoSigner, Abort::Malformed("scalar"))),
        // A whole deal of the same names is a deal; but not of the shares that the client has.
        ("", Change::Elsewhere(SAME_NAME)) => Some(Expected::Abort(CoSigner, Abort::WrongOpening)),
        _ => None,
    }
}

fn transcript(sides: &Sides) -> Vec<Vec<u8>> {
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output)).0
}

fn after_the_deal(rules: &[Rule]) -> impl Iterator<Item = Rule> {
    let later = |(number, class, party, abort): &Rule| (number + 1, *class, *party, *abort);
    rules.iter().map(later)
}

fn attack(name: &'static str, scheme: Scheme, other: Scheme) {
    let sides = Sides::new(scheme);
    let elsewhere = [
        (SAME_NAME, sides.elsewhere(|_| ())),
        ("another run", sides.elsewhere(|context| context.run = RunId([9; 16]))),
        (
            "another wallet",
            sides.elsewhere(|context| context.wallet = WalletId([9; 16])),
        ),
        (OTHER_SCHEME, sides.elsewhere(|context| context.scheme = other)),
    ];
    let run: Box<Run<'_>> = Box::new(|wire, output| sides.run(wire, output));
    Suite {
        name,
        scheme,
        messages: messages(),
        run,
        elsewhere: elsewhere
            .iter()
            .map(|(name, sides)| (*name, transcript(sides)))
            .collect(),
        rules: DEAL.iter().copied().chain(after_the_deal(refresh::RULES)).collect(),
        unusable: UNUSABLE
            .iter()
            .copied()
            .chain(after_the_deal(refresh::UNUSABLE))
            .collect(),
        exception: Box::new(exception),
        same_elsewhere: &[(0, "chain_code", "*")],
        malformed: MALFORMED,
    }
    .attack();
}

#[test]
fn every_change_of_a_message_ends_an_import() {
    attack("import, secp256k1", Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519);
    attack("import, Ed25519", Scheme::EddsaEd25519, Scheme::EcdsaSecp256k1);
}

#[test]
fn sides_that_name_another_wallet_run_or_scheme_import_nothing() {
    for (scheme, other) in [
        (Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519),
        (Scheme::EddsaEd25519, Scheme::EcdsaSecp256k1),
    ] {
        let ended = |change: &dyn Fn(&mut Context)| {
            let mut sides = Sides::new(scheme);
            change(&mut sides.contexts[1]);
            let mut output = Output::default();
            let stop = sides.run(&mut Wire::default(), &mut output);
            assert_eq!(output, Output::default());
            stop.map_err(|stop| (stop.by, stop.abort))
        };
        let refused = Err((CoSigner, Abort::WrongProof));
        assert_eq!(ended(&|context| context.run = RunId([9; 16])), refused);
        assert_eq!(ended(&|context| context.wallet = WalletId([9; 16])), refused);
        // The dealt secret may be out of the other curve's range before its point is of the other curve.
        let other_scheme = ended(&|context| context.scheme = other);
        let refusals = [Abort::OtherCurve, Abort::Malformed("scalar")];
        assert!(refusals.iter().any(|abort| other_scheme == Err((CoSigner, *abort))));
    }
}
