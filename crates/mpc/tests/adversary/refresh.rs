//! Refresh under attack.

use mpc::{
    Abort, RunId, Scheme, Share, WalletId,
    refresh::{self, Commitment, Offer, Opening, Proof},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    change::Change,
    keygen,
    suite::{Case, Client, CoSigner, Expected, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
};

/// Both sides' shares and names of a run, and the randomness of both.
pub(crate) struct Sides {
    pub(crate) shares: [Share; 2],
    pub(crate) runs: [RunId; 2],
    pub(crate) bindings: [[u8; 32]; 2],
    pub(crate) seed: u64,
}

impl Sides {
    pub(crate) fn new(shares: [Share; 2]) -> Self {
        Self {
            shares,
            runs: [RunId([3; 16]); 2],
            bindings: [[4; 32]; 2],
            seed: 1,
        }
    }

    /// The shares of the next epoch.
    pub(crate) fn shares(&self) -> [Share; 2] {
        let (_, output) = honest(&|wire: &mut Wire<'_>, output: &mut Output| self.run(wire, output));
        [output.client, output.co_signer].map(|share| Share::from_bytes(&share.unwrap()).unwrap())
    }

    pub(crate) fn run(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let their_rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1);
        let ([ours, theirs], [run, their_run], [binding, their_binding]) = (&self.shares, self.runs, &self.bindings);
        let (client, commitment) = Client.judges(refresh::client_start(ours, run, binding, rng))?;
        let commitment = wire.carry(CoSigner, &commitment)?;
        let started = refresh::co_signer_start(theirs, their_run, their_binding, commitment, their_rng);
        let (co_signer, offer) = CoSigner.judges(started)?;
        let offer = wire.carry(Client, &offer)?;
        let (client, opening) = Client.judges(client.receive(offer, rng))?;
        let opening = wire.carry(CoSigner, &opening)?;
        let (share, proof) = CoSigner.judges(co_signer.receive(opening, their_rng))?;
        output.co_signer = Some(share.to_bytes().to_vec());
        let proof = wire.carry(Client, &proof)?;
        let share = Client.judges(client.receive(proof))?;
        output.client = Some(share.to_bytes().to_vec());
        Ok(())
    }
}

/// The shares of a fresh key of this wallet, after `epochs` refreshes.
pub(crate) fn shares(scheme: Scheme, wallet: WalletId, epochs: usize) -> [Share; 2] {
    let fresh = keygen::Sides::new(scheme)
        .elsewhere(|context| context.wallet = wallet)
        .shares();
    (0..epochs).fold(fresh, |shares, _| Sides::new(shares).shares())
}

pub(crate) fn messages() -> Vec<Message> {
    vec![
        Message::of::<Commitment>(Client),
        Message::of::<Offer>(CoSigner),
        Message::of::<Opening>(Client),
        Message::of::<Proof>(CoSigner),
    ]
}

pub(crate) const RULES: &[Rule] = &[
    (0, "", CoSigner, Abort::WrongOpening),
    (0, "hash", CoSigner, Abort::WrongOpening),
    // The client computes another δ, which the co-signer notices by its proof.
    (1, "", CoSigner, Abort::WrongProof),
    (1, "contribution", CoSigner, Abort::WrongProof),
    (1, "contribution.entropy", CoSigner, Abort::WrongProof),
    (1, "contribution.ephemeral", CoSigner, Abort::WrongProof),
    (2, "", CoSigner, Abort::WrongOpening),
    (2, "contribution", CoSigner, Abort::WrongOpening),
    (2, "contribution.entropy", CoSigner, Abort::WrongOpening),
    (2, "contribution.ephemeral", CoSigner, Abort::WrongOpening),
    (2, "salt", CoSigner, Abort::WrongOpening),
    (2, "proof", CoSigner, Abort::WrongProof),
    (2, "proof.commitment", CoSigner, Abort::WrongProof),
    (2, "proof.response", CoSigner, Abort::WrongProof),
    (3, "", Client, Abort::WrongProof),
    (3, "proof", Client, Abort::WrongProof),
    (3, "proof.commitment", Client, Abort::WrongProof),
    (3, "proof.response", Client, Abort::WrongProof),
];

/// A response that is no scalar is noticed where the proof is verified.
pub(crate) const UNUSABLE: &[Rule] = &[
    (2, "proof.response", CoSigner, Abort::Malformed("scalar")),
    (3, "proof.response", Client, Abort::Malformed("scalar")),
];

const OTHER_SCHEME: &str = "another scheme";

pub(crate) fn exception(case: &Case<'_>) -> Option<Expected> {
    let (class, is_other_curve) = (
        case.field.class.as_str(),
        matches!(case.change, Change::OtherCurve | Change::Elsewhere(OTHER_SCHEME)),
    );
    match (case.message, case.change) {
        // The client's own contribution sent back has a check of its own, be it all of it or one half.
        (1, Change::Direction(2, path)) if *path == case.field.path => Some(Expected::Abort(Client, Abort::Mirrored)),
        (1, _) if is_other_curve && class != "contribution.entropy" => Some(Expected::Abort(Client, Abort::OtherCurve)),
        // An opening is refused before its proof is looked at.
        (2, _) if class.is_empty() => Some(Expected::Abort(CoSigner, Abort::WrongOpening)),
        _ => None,
    }
}

fn transcript(sides: &Sides) -> Vec<Vec<u8>> {
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output)).0
}

const WALLET: WalletId = WalletId([1; 16]);
const SCHEMES: [Scheme; 2] = [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519];

fn attack(name: &'static str, scheme: Scheme, other: Scheme) {
    let at = |wallet, epochs| Sides::new(shares(scheme, wallet, epochs));
    let sides = at(WALLET, 1);
    let seed = 100;
    let elsewhere = [
        ("another run of the same name", Sides { seed, ..at(WALLET, 1) }),
        (
            "another run",
            Sides {
                runs: [RunId([9; 16]); 2],
                seed,
                ..at(WALLET, 1)
            },
        ),
        ("an older epoch", Sides { seed, ..at(WALLET, 0) }),
        ("a newer epoch", Sides { seed, ..at(WALLET, 2) }),
        (
            "another wallet",
            Sides {
                seed,
                ..at(WalletId([9; 16]), 1)
            },
        ),
        (
            "another binding",
            Sides {
                bindings: [[9; 32]; 2],
                seed,
                ..at(WALLET, 1)
            },
        ),
        (
            OTHER_SCHEME,
            Sides {
                seed,
                ..Sides::new(shares(other, WALLET, 1))
            },
        ),
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
fn every_change_of_a_message_ends_a_refresh() {
    let [secp256k1, ed25519] = SCHEMES;
    attack("refresh, secp256k1", secp256k1, ed25519);
    attack("refresh, Ed25519", ed25519, secp256k1);
}

/// The first message says nothing that could be checked; the opening is the first that does.
#[test]
fn sides_that_name_something_else_refresh_nothing() {
    for (scheme, other) in [(SCHEMES[0], SCHEMES[1]), (SCHEMES[1], SCHEMES[0])] {
        let honest = || Sides::new(shares(scheme, WALLET, 1));
        let theirs = |scheme_of_theirs, wallet, epochs| {
            let [ours, _] = shares(scheme, WALLET, 1);
            let [_, theirs] = shares(scheme_of_theirs, wallet, epochs);
            Sides::new([ours, theirs])
        };
        let other_run = Sides {
            runs: [RunId([3; 16]), RunId([9; 16])],
            ..honest()
        };
        let other_binding = Sides {
            bindings: [[4; 32], [9; 32]],
            ..honest()
        };
        let wrong_opening = (CoSigner, Abort::WrongOpening);
        let disagreeing = [
            (other_run, wrong_opening),
            (other_binding, wrong_opening),
            (theirs(scheme, WALLET, 0), wrong_opening),
            (theirs(scheme, WALLET, 2), wrong_opening),
            (theirs(scheme, WalletId([9; 16]), 1), wrong_opening),
            (theirs(other, WALLET, 1), (Client, Abort::OtherCurve)),
        ];
        for (at, (sides, (by, abort))) in disagreeing.iter().enumerate() {
            let mut output = Output::default();
            let stop = sides.run(&mut Wire::default(), &mut output);
            assert_eq!(stop, Err(Stop { by: *by, abort: *abort }), "{at}");
            assert_eq!(output, Output::default());
        }
    }
}

#[test]
fn a_share_of_the_other_role_starts_no_refresh() {
    let abort = Abort::WrongRole;
    for scheme in SCHEMES {
        let [client, co_signer] = shares(scheme, WALLET, 0);
        let [again, _] = shares(scheme, WALLET, 0);
        let [other, _] = shares(scheme, WALLET, 0);
        for (shares, by) in [([co_signer, client], Client), ([again, other], CoSigner)] {
            let stop = Sides::new(shares).run(&mut Wire::default(), &mut Output::default());
            assert_eq!(stop, Err(Stop { by, abort }));
        }
    }
}
