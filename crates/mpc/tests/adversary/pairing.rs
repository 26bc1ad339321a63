//! Pairing under attack.

use std::sync::LazyLock;

use mpc::{
    Abort, PairingId, Scheme,
    pairing::{
        self, ClientPairing, CoSignerAwaitingAnswer, CoSignerPairing, Progress, TransferAnswer, TransferOffer,
        Transfers,
    },
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

    /// Both halves, and what was said.
    pub(crate) fn pair(&self) -> Paired {
        let (transcript, output) = honest(&|wire: &mut Wire<'_>, output: &mut Output| self.run(wire, output));
        Paired {
            client: output.client.unwrap(),
            co_signer: output.co_signer.unwrap(),
            transcript: transcript.try_into().unwrap(),
        }
    }

    fn co_signer(&self) -> (CoSignerAwaitingAnswer, TransferOffer) {
        pairing::co_signer_start(self.ids[1], &mut ChaCha20Rng::seed_from_u64(2 * self.seed + 1))
    }

    /// The client's work on an offer, in slices as a page does it: its half and its answer.
    fn client(&self, offer: TransferOffer) -> Result<(Vec<u8>, TransferAnswer), Stop> {
        let rng = &mut ChaCha20Rng::seed_from_u64(2 * self.seed);
        let mut transfers = Client.judges(pairing::client_start(self.ids[0], offer))?;
        for _ in 0..Transfers::COUNT {
            match Client.judges(transfers.advance(50, rng))? {
                Progress::More(more) => transfers = more,
                Progress::Done(client, answer) => return Ok((client.to_bytes().to_vec(), answer)),
            }
        }
        panic!("the client's work does not end");
    }

    fn run(&self, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let (co_signer, offer) = self.co_signer();
        let offer = wire.carry(Client, &offer)?;
        let (client, answer) = self.client(offer)?;
        let answer = wire.carry(CoSigner, &answer)?;
        Self::finish(co_signer, answer, client, output)
    }

    /// The same with what `known` says in place of work whose result it is: each party's work is done where it is needed, so that
    /// a message that can't be read costs none.
    fn rerun(&self, known: &Paired, wire: &mut Wire<'_>, output: &mut Output) -> Result<(), Stop> {
        let [offer, answer] = &known.transcript;
        let read = wire.carry_bytes(offer);
        let (client, answer) = if read == *offer {
            (known.client.clone(), borsh::from_slice(answer).unwrap())
        } else {
            self.client(Client.judges(borsh::from_slice(&read).map_err(|_| MALFORMED))?)?
        };
        let answer = wire.carry(CoSigner, &answer)?;
        let (co_signer, same_offer) = self.co_signer();
        assert_eq!(borsh::to_vec(&same_offer).unwrap(), *offer);
        Self::finish(co_signer, answer, client, output)
    }

    fn finish(
        co_signer: CoSignerAwaitingAnswer,
        answer: TransferAnswer,
        client: Vec<u8>,
        output: &mut Output,
    ) -> Result<(), Stop> {
        let pairing = CoSigner.judges(co_signer.receive(answer))?;
        // The client has a pairing when it is told that the co-signer has.
        output.co_signer = Some(pairing.to_bytes().to_vec());
        output.client = Some(client);
        Ok(())
    }
}

/// An honest pairing.
pub(crate) struct Paired {
    client: Vec<u8>,
    co_signer: Vec<u8>,
    transcript: [Vec<u8>; 2],
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
    honest(&|wire: &mut Wire<'_>, output: &mut Output| sides.run(wire, output)).0
}

#[test]
fn every_change_of_a_message_ends_a_pairing_or_does_no_harm() {
    let sides = Sides::new(ID, 1);
    let run: Box<Run<'_>> = Box::new(|wire, output| sides.rerun(&PAIRED, wire, output));
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
    let stop = sides.run(&mut Wire::default(), &mut output);
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
