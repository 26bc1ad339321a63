//! Pairing under attack.

use std::sync::LazyLock;

use mpc::{
    Abort, PairingId, Scheme,
    pairing::{self, ClientPairing, CoSignerPairing, Progress, TransferAnswer, TransferOffer, Transfers},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    change::Change,
    suite::{Case, Client, CoSigner, Expected, MALFORMED, Message, Output, Rule, Run, Stop, Suite, Wire, honest},
};

/// What both sides call a pairing, and the randomness of both.
#[derive(Clone, Copy)]
pub(crate) struct Sides {
    ids: [PairingId; 2],
    seed: u64,
}

impl Sides {
    pub(crate) fn new(id: PairingId, seed: u64) -> Self {
        Self { ids: [id; 2], seed }
    }

    /// Both halves, and the answer that made the co-signer's.
    pub(crate) fn pair(&self) -> Paired {
        let (mut transcript, output) = honest(&|wire: &mut Wire<'_>, output: &mut Output| self.run(wire, output, None));
        Paired {
            client: output.client.unwrap(),
            co_signer: output.co_signer.unwrap(),
            answer: transcript.pop().unwrap(),
        }
    }

    /// Runs a pairing. Where only the answer is to be changed, that of an honest run spares the client's work.
    fn run(&self, wire: &mut Wire<'_>, output: &mut Output, known: Option<&Paired>) -> Result<(), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let their_rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1);
        let (co_signer, offer) = pairing::co_signer_start(self.ids[1], their_rng);
        let (client, answer) = match known.filter(|_| wire.is_changed_after(1)) {
            Some(known) => {
                wire.carry_bytes(&borsh::to_vec(&offer).unwrap());
                (known.client.clone(), borsh::from_slice(&known.answer).unwrap())
            }
            None => {
                let offer = wire.carry(Client, &offer)?;
                let transfers = Client.judges(pairing::client_start(self.ids[0], offer))?;
                answer(transfers, rng)?
            }
        };
        let answer: TransferAnswer = wire.carry(CoSigner, &answer)?;
        let pairing = CoSigner.judges(co_signer.receive(answer))?;
        // The client has a pairing when it is told that the co-signer has.
        output.co_signer = Some(pairing.to_bytes().to_vec());
        output.client = Some(client);
        Ok(())
    }
}

/// The client's work, in slices as a page does it.
fn answer(mut transfers: Transfers, rng: &mut ChaCha20Rng) -> Result<(Vec<u8>, TransferAnswer), Stop> {
    for _ in 0..Transfers::COUNT {
        match Client.judges(transfers.advance(50, rng))? {
            Progress::More(more) => transfers = more,
            Progress::Done(client, answer) => return Ok((client.to_bytes().to_vec(), answer)),
        }
    }
    panic!("the client's work does not end");
}

/// An honest pairing.
pub(crate) struct Paired {
    client: Vec<u8>,
    co_signer: Vec<u8>,
    answer: Vec<u8>,
}

impl Paired {
    pub(crate) fn client(&self) -> ClientPairing {
        ClientPairing::from_bytes(&self.client).unwrap()
    }

    pub(crate) fn co_signer(&self) -> CoSignerPairing {
        CoSignerPairing::from_bytes(&self.co_signer).unwrap()
    }

    /// Δ, after version, role and id in the stored form.
    fn correlation(&self) -> u128 {
        u128::from_le_bytes(self.co_signer[18..34].try_into().unwrap())
    }

    /// Whether the co-signer uses the sum of this side of this level: it does of the side away from the leaf it may not know.
    fn uses_sum(&self, tree: usize, level: usize, side: usize) -> bool {
        let hole = (self.correlation() >> (4 * tree)) & 15;
        (hole >> (2 - level)) & 1 != side as u128
    }
}

pub(crate) const ID: PairingId = PairingId([6; 16]);

/// The pairing that everybody here uses.
pub(crate) static PAIRED: LazyLock<Paired> = LazyLock::new(|| Sides::new(ID, 1).pair());

pub(crate) fn messages() -> Vec<Message> {
    vec![
        Message::of::<TransferOffer>(CoSigner),
        Message::of::<TransferAnswer>(Client),
    ]
}

const RULES: &[Rule] = &[
    // Every key binds the whole pair, so another point gives the client other keys than the co-signer's.
    (0, "", CoSigner, Abort::WrongTree),
    (0, "pairs", CoSigner, Abort::WrongTree),
    (0, "pairs[]", CoSigner, Abort::WrongTree),
    (0, "pairs[][]", CoSigner, Abort::WrongTree),
    (1, "", CoSigner, Abort::WrongTree),
    (1, "points", CoSigner, Abort::WrongTree),
    (1, "points[]", CoSigner, Abort::WrongTree),
    (1, "corrections", CoSigner, Abort::WrongTree),
    (1, "corrections[]", CoSigner, Abort::WrongTree),
    (1, "corrections[].levels", CoSigner, Abort::WrongTree),
    (1, "corrections[].levels[]", CoSigner, Abort::WrongTree),
    (1, "corrections[].levels[][]", CoSigner, Abort::WrongTree),
    (1, "corrections[].sum", CoSigner, Abort::WrongTree),
    (1, "corrections[].sum[]", CoSigner, Abort::WrongTree),
    (1, "corrections[].hash", CoSigner, Abort::WrongTree),
];

fn exception(case: &Case<'_>) -> Option<Expected> {
    match (case.field.class.as_str(), case.change) {
        // The other point of the pair: both are then the same.
        ("pairs[][]", Change::Neighbour) => Some(Expected::Abort(Client, Abort::Mirrored)),
        // Of the two sums of a level the co-signer uses one. Which, says Δ.
        ("corrections[].levels[][]", _) => {
            let [(tree, _), (level, _), (side, _)] = case.field.indices[..] else {
                panic!("{}", case.field.path)
            };
            (!PAIRED.uses_sum(tree, level, side)).then_some(Expected::Harmless)
        }
        _ => None,
    }
}

fn transcript(sides: Sides) -> Vec<Vec<u8>> {
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output, None)).0
}

#[test]
fn every_change_of_a_message_ends_a_pairing_or_does_no_harm() {
    let sides = Sides::new(ID, 1);
    let run: Box<Run<'_>> = Box::new(|wire, output| sides.run(wire, output, Some(&*PAIRED)));
    Suite {
        name: "pairing",
        scheme: Scheme::EcdsaSecp256k1,
        messages: messages(),
        run,
        elsewhere: vec![
            ("another run of the same name", transcript(Sides::new(ID, 100))),
            ("another pairing", transcript(Sides::new(PairingId([9; 16]), 100))),
        ],
        rules: RULES.to_vec(),
        unusable: Vec::new(),
        exception: Box::new(exception),
        same_elsewhere: &[],
        malformed: MALFORMED,
    }
    .attack();
}

#[test]
fn sides_that_name_another_pairing_make_none() {
    let sides = Sides {
        ids: [ID, PairingId([9; 16])],
        seed: 1,
    };
    let mut output = Output::default();
    let stop = sides.run(&mut Wire::default(), &mut output, None);
    let abort = Abort::WrongTree;
    assert_eq!(stop, Err(Stop { by: CoSigner, abort }));
    assert_eq!(output, Output::default());
}

#[test]
fn a_stored_half_is_not_the_other_partys() {
    let malformed = Some(Abort::Malformed("pairing"));
    assert_eq!(ClientPairing::from_bytes(&PAIRED.co_signer).err(), malformed);
    assert_eq!(CoSignerPairing::from_bytes(&PAIRED.client).err(), malformed);
}
