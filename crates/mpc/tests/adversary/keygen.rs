//! Key generation under attack.

use mpc::{
    Abort, Epoch, RunId, Scheme, Share, WalletId,
    keygen::{self, Commitment, Confirmation, Context, Offer, Opening},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::change::Change;
use crate::suite::{
    Case, Client, CoSigner, Expected, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest,
};

/// What the two sides call a run, and the randomness of both.
#[derive(Clone)]
pub(crate) struct Sides {
    pub(crate) client: Context,
    pub(crate) co_signer: Context,
    pub(crate) seed: u64,
}

impl Sides {
    pub(crate) fn new(scheme: Scheme) -> Self {
        let context = Context {
            wallet: WalletId([1; 16]),
            scheme,
            run: RunId([2; 16]),
        };
        Self {
            client: context.clone(),
            co_signer: context,
            seed: 1,
        }
    }

    /// The same with other names on both sides, and other randomness.
    pub(crate) fn elsewhere(&self, change: impl Fn(&mut Context)) -> Self {
        let mut other = self.clone();
        change(&mut other.client);
        change(&mut other.co_signer);
        other.seed += 100;
        other
    }

    /// Both shares.
    pub(crate) fn shares(&self) -> [Share; 2] {
        let (_, output) = honest(&|wire: &mut Wire<'_>, output: &mut Output| self.run(wire, output));
        [output.client, output.co_signer].map(|share| Share::from_bytes(&share.unwrap()).unwrap())
    }

    pub(crate) fn run(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let their_rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1);
        let (client, commitment) = Client.judges(keygen::client_start(self.client.clone(), rng))?;
        let commitment = wire.carry(CoSigner, &commitment)?;
        let started = keygen::co_signer_start(self.co_signer.clone(), commitment, their_rng);
        let (co_signer, offer) = CoSigner.judges(started)?;
        let offer = wire.carry(Client, &offer)?;
        let (client, opening) = Client.judges(client.receive(offer))?;
        let opening = wire.carry(CoSigner, &opening)?;
        let (share, confirmation) = CoSigner.judges(co_signer.receive(opening))?;
        output.co_signer = Some(share.to_bytes().to_vec());
        let confirmation = wire.carry(Client, &confirmation)?;
        let share = Client.judges(client.receive(confirmation))?;
        output.client = Some(share.to_bytes().to_vec());
        Ok(())
    }
}

pub(crate) fn messages() -> Vec<Message> {
    vec![
        Message::of::<Commitment>(Client),
        Message::of::<Offer>(CoSigner),
        Message::of::<Opening>(Client),
        Message::of::<Confirmation>(CoSigner),
    ]
}

const RULES: &[Rule] = &[
    // The co-signer's proof is bound to the commitment that it has seen.
    (0, "", Client, Abort::WrongProof),
    (0, "hash", Client, Abort::WrongProof),
    (1, "", Client, Abort::WrongProof),
    (1, "public_share", Client, Abort::WrongProof),
    (1, "proof", Client, Abort::WrongProof),
    (1, "proof.commitment", Client, Abort::WrongProof),
    (1, "proof.response", Client, Abort::WrongProof),
    // The one field that nothing but the confirmations covers.
    (1, "contribution", CoSigner, Abort::WrongConfirmation),
    (2, "", CoSigner, Abort::WrongOpening),
    (2, "committed", CoSigner, Abort::WrongOpening),
    (2, "committed.public_share", CoSigner, Abort::WrongOpening),
    (2, "committed.proof", CoSigner, Abort::WrongOpening),
    (2, "committed.proof.commitment", CoSigner, Abort::WrongOpening),
    (2, "committed.proof.response", CoSigner, Abort::WrongOpening),
    (2, "committed.contribution", CoSigner, Abort::WrongOpening),
    (2, "committed.salt", CoSigner, Abort::WrongOpening),
    (2, "confirmation", CoSigner, Abort::WrongConfirmation),
    (2, "confirmation.hash", CoSigner, Abort::WrongConfirmation),
    (3, "", Client, Abort::WrongConfirmation),
    (3, "hash", Client, Abort::WrongConfirmation),
];

/// A response that is no scalar is noticed where the proof is verified, unless the opening is refused before.
const UNUSABLE: &[Rule] = &[(1, "proof.response", Client, Abort::Malformed("scalar"))];

const OTHER_SCHEME: &str = "another scheme";

fn exception(case: &Case<'_>) -> Option<Expected> {
    let is_own = |path: &str| path == "committed.public_share";
    let is_other_curve = matches!(case.change, Change::OtherCurve | Change::Elsewhere(OTHER_SCHEME));
    match (case.message, case.field.class.as_str(), case.change) {
        // B itself, or −B, where A should be: the two cases with a check of their own.
        (1, "public_share", Change::Direction(2, path)) if is_own(path) => {
            Some(Expected::Abort(Client, Abort::Mirrored))
        }
        (1, "public_share", Change::NegatedDirection(2, path)) if is_own(path) => {
            Some(Expected::Abort(Client, Abort::NoKey))
        }
        (1, "" | "public_share", _) if is_other_curve => Some(Expected::Abort(Client, Abort::OtherCurve)),
        _ => None,
    }
}

fn transcript(sides: &Sides) -> Vec<Vec<u8>> {
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output)).0
}

fn other(scheme: Scheme) -> Scheme {
    match scheme {
        Scheme::EcdsaSecp256k1 => Scheme::EddsaEd25519,
        Scheme::EddsaEd25519 => Scheme::EcdsaSecp256k1,
    }
}

fn attack(name: &'static str, scheme: Scheme) {
    let sides = Sides::new(scheme);
    let elsewhere = [
        ("another run of the same name", sides.elsewhere(|_| ())),
        ("another run", sides.elsewhere(|context| context.run = RunId([9; 16]))),
        (
            "another wallet",
            sides.elsewhere(|context| context.wallet = WalletId([9; 16])),
        ),
        (OTHER_SCHEME, sides.elsewhere(|context| context.scheme = other(scheme))),
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
        rules: RULES.to_vec(),
        unusable: UNUSABLE.to_vec(),
        exception: Box::new(exception),
        same_elsewhere: &[],
        malformed: MALFORMED,
    }
    .attack();
}

#[test]
fn every_change_of_a_message_ends_a_key_generation() {
    attack("keygen, secp256k1", Scheme::EcdsaSecp256k1);
    attack("keygen, Ed25519", Scheme::EddsaEd25519);
}

#[test]
fn sides_that_name_another_wallet_run_or_scheme_make_no_key() {
    for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
        let ended = |change: &dyn Fn(&mut Context)| {
            let mut sides = Sides::new(scheme);
            change(&mut sides.co_signer);
            let mut output = Output::default();
            let stop = sides.run(&mut Wire::default(), &mut output);
            assert_eq!(output, Output::default());
            stop
        };
        let refused = |abort| Err(Stop { by: Client, abort });
        assert_eq!(
            ended(&|context| context.run = RunId([9; 16])),
            refused(Abort::WrongProof)
        );
        assert_eq!(
            ended(&|context| context.wallet = WalletId([9; 16])),
            refused(Abort::WrongProof)
        );
        assert_eq!(
            ended(&|context| context.scheme = other(scheme)),
            refused(Abort::OtherCurve)
        );
    }
}

#[test]
fn the_honest_run_gives_two_shares_of_one_key() {
    for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
        let [client, co_signer] = Sides::new(scheme).shares();
        assert_eq!(client.info(), co_signer.info());
        assert_eq!((client.info().epoch, client.info().scheme), (Epoch(0), scheme));
    }
}
