//! Signing with ECDSA under attack.

use std::sync::LazyLock;

use mpc::{
    Abort, Digest, PairingId, Path, RunId, Scheme, Share, WalletId,
    ecdsa::{self, Answer, Query},
    pairing::{ClientPairing, CoSignerPairing},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    change::Change,
    pairing::{self, PAIRED},
    refresh,
    suite::{Case, Client, CoSigner, Expected, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
};

/// What both sides bring to a signature, the client first, and the randomness of both.
#[derive(Clone, Copy)]
struct Sides {
    shares: [&'static Share; 2],
    pairings: (&'static ClientPairing, &'static CoSignerPairing),
    runs: [RunId; 2],
    digests: [Digest; 2],
    paths: [&'static Path; 2],
    seed: u64,
}

/// Shares and pairings for as long as the tests run.
struct World {
    shares: [Share; 2],
    older: [Share; 2],
    of_another_wallet: [Share; 2],
    pairing: (ClientPairing, CoSignerPairing),
    other_pairing: (ClientPairing, CoSignerPairing),
    path: Path,
    other_path: Path,
    deeper_path: Path,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let other = pairing::Sides::new(PairingId([9; 16]), 100).pair();
    World {
        shares: refresh::shares(Scheme::EcdsaSecp256k1, WalletId([1; 16]), 1),
        older: refresh::shares(Scheme::EcdsaSecp256k1, WalletId([1; 16]), 0),
        of_another_wallet: refresh::shares(Scheme::EcdsaSecp256k1, WalletId([9; 16]), 1),
        pairing: (PAIRED.client(), PAIRED.co_signer()),
        other_pairing: (other.client(), other.co_signer()),
        path: Path::new(vec![0, 7]).unwrap(),
        other_path: Path::new(vec![0, 8]).unwrap(),
        deeper_path: Path::new(vec![0, 7, 0]).unwrap(),
    }
});

impl Sides {
    fn new() -> Self {
        let world = &*WORLD;
        Self {
            shares: world.shares.each_ref(),
            pairings: (&world.pairing.0, &world.pairing.1),
            runs: [RunId([2; 16]); 2],
            digests: [Digest([7; 32]); 2],
            paths: [&world.path; 2],
            seed: 1,
        }
    }

    fn run(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let their_rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1);
        let ([ours, theirs], (client, co_signer)) = (self.shares, self.pairings);
        let ([run, their_run], [digest, their_digest], [path, their_path]) = (self.runs, self.digests, self.paths);
        let (client, query) = Client.judges(ecdsa::client_start(ours, path, client, run, digest, rng))?;
        let query = wire.carry(CoSigner, &query)?;
        let answered =
            ecdsa::co_signer_answer(theirs, their_path, co_signer, their_run, their_digest, query, their_rng);
        let answer = wire.carry(Client, &CoSigner.judges(answered)?)?;
        let signature = Client.judges(client.finish(answer))?;
        let public_key = ours.info().child(path).unwrap().public_key().unwrap();
        assert_eq!(signature.verify(&public_key, &digest), Ok(()));
        output.client = Some(borsh::to_vec(&signature).unwrap());
        Ok(())
    }

    /// The other names that a run may have.
    fn others() -> Vec<(&'static str, Self)> {
        let (sides, world) = (
            Self {
                seed: 100,
                ..Self::new()
            },
            &*WORLD,
        );
        let with_shares = |shares: &'static [Share; 2]| Self {
            shares: shares.each_ref(),
            ..sides
        };
        let with_path = |path: &'static Path| Self {
            paths: [path; 2],
            ..sides
        };
        let other_run = Self {
            runs: [RunId([9; 16]); 2],
            ..sides
        };
        let other_pairing = Self {
            pairings: (&world.other_pairing.0, &world.other_pairing.1),
            ..sides
        };
        let other_digest = Self {
            digests: [Digest([9; 32]); 2],
            ..sides
        };
        vec![
            ("another run", other_run),
            ("an older epoch", with_shares(&world.older)),
            ("another wallet", with_shares(&world.of_another_wallet)),
            ("another pairing", other_pairing),
            ("another digest", other_digest),
            ("another child", with_path(&world.other_path)),
            ("a child of the child", with_path(&world.deeper_path)),
        ]
    }

    /// A run of which the two sides think differently.
    fn torn(client: Self, co_signer: Self) -> Self {
        Self {
            shares: [client.shares[0], co_signer.shares[1]],
            pairings: (client.pairings.0, co_signer.pairings.1),
            runs: [client.runs[0], co_signer.runs[1]],
            digests: [client.digests[0], co_signer.digests[1]],
            paths: [client.paths[0], co_signer.paths[1]],
            seed: 1,
        }
    }
}

pub(crate) fn messages() -> Vec<Message> {
    vec![Message::of::<Query>(Client), Message::of::<Answer>(CoSigner)]
}

const RULES: &[Rule] = &[
    (0, "", CoSigner, Abort::OtherContext),
    (0, "context", CoSigner, Abort::OtherContext),
    // Another session, so other streams.
    (0, "nonce", CoSigner, Abort::WrongExtension),
    // What the co-signer cannot check is bound by the proof of its answer.
    (0, "nonce_point", Client, Abort::WrongProof),
    (0, "transfers", CoSigner, Abort::WrongExtension),
    (0, "transfers.corrections", CoSigner, Abort::WrongExtension),
    (0, "transfers.corrections[]", CoSigner, Abort::WrongExtension),
    (0, "transfers.corrections[][]", CoSigner, Abort::WrongExtension),
    (0, "transfers.choices", CoSigner, Abort::WrongExtension),
    (0, "transfers.rows", CoSigner, Abort::WrongExtension),
    (0, "corrections", Client, Abort::WrongProof),
    (0, "corrections[]", Client, Abort::WrongProof),
    (1, "", Client, Abort::WrongProof),
    (1, "salt", Client, Abort::WrongProof),
    (1, "unmoved", Client, Abort::WrongProof),
    (1, "proof", Client, Abort::WrongProof),
    (1, "proof.commitment", Client, Abort::WrongProof),
    (1, "proof.response", Client, Abort::WrongProof),
    (1, "nonce_product", Client, Abort::WrongProduct),
    (1, "nonce_product[]", Client, Abort::WrongProduct),
    (1, "nonce_product[][]", Client, Abort::WrongProduct),
    (1, "key_product", Client, Abort::WrongProduct),
    (1, "key_product[]", Client, Abort::WrongProduct),
    (1, "key_product[][]", Client, Abort::WrongProduct),
    (1, "checks", Client, Abort::WrongProduct),
    (1, "checks[]", Client, Abort::WrongProduct),
    (1, "checks[].sum", Client, Abort::WrongProduct),
    (1, "checks[].hash", Client, Abort::WrongProduct),
    (1, "masked_pad", Client, Abort::WrongSignature),
    (1, "masked_signature", Client, Abort::WrongSignature),
];

const SAME_NAME: &str = "another run of the same name";

fn exception(case: &Case<'_>) -> Option<Expected> {
    match (case.message, case.field.class.as_str(), case.change) {
        // A whole query of the same names is one that the co-signer may answer: its sender alone can use the answer.
        (0, "", Change::Elsewhere(SAME_NAME)) => Some(Expected::Abort(Client, Abort::WrongProof)),
        _ => None,
    }
}

fn transcript(sides: &Sides) -> Vec<Vec<u8>> {
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output)).0
}

#[test]
fn every_change_of_a_message_ends_a_signature() {
    let sides = Sides::new();
    let same_name = Sides { seed: 100, ..sides };
    let mut elsewhere = vec![(SAME_NAME, transcript(&same_name))];
    elsewhere.extend(Sides::others().iter().map(|(name, sides)| (*name, transcript(sides))));
    let run: Box<Run<'_>> = Box::new(|wire, output| sides.run(wire, output));
    Suite {
        name: "ecdsa",
        scheme: Scheme::EcdsaSecp256k1,
        messages: messages(),
        run,
        elsewhere,
        rules: RULES.to_vec(),
        unusable: vec![(1, "proof.response", Client, Abort::Malformed("scalar"))],
        exception: Box::new(exception),
        same_elsewhere: &[(0, "context", SAME_NAME)],
        malformed: MALFORMED,
    }
    .attack();
}

/// Refused by name, before anything secret is touched and without a burnt pairing.
#[test]
fn sides_that_name_something_else_sign_nothing() {
    for (name, other) in Sides::others() {
        let sides = Sides::torn(Sides::new(), other);
        let mut output = Output::default();
        let stop = sides.run(&mut Wire::default(), &mut output);
        let abort = Abort::OtherContext;
        assert!(!abort.burns_pairing());
        assert_eq!(stop, Err(Stop { by: CoSigner, abort }), "{name}");
        assert_eq!(output, Output::default());
    }
}

#[test]
fn a_share_of_the_other_role_signs_nothing() {
    let abort = Abort::WrongRole;
    let [client, co_signer] = Sides::new().shares;
    for (shares, by) in [([co_signer; 2], Client), ([client; 2], CoSigner)] {
        let sides = Sides { shares, ..Sides::new() };
        let stop = sides.run(&mut Wire::default(), &mut Output::default());
        assert_eq!(stop, Err(Stop { by, abort }));
    }
}
