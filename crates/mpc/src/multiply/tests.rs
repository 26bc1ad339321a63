use k256::elliptic_curve::Field;
use rand_core::OsRng;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    extension::{self, Chosen, Correlated},
    pairing::tests::{flip, pair},
};

const SID: &[u8; 32] = &[3; 32];

impl Receiver {
    pub(crate) fn duplicate(&self) -> Self {
        Self {
            transfers: self.transfers.clone(),
        }
    }

    /// Whether the client chose the one side of a transfer.
    pub(crate) fn choice(&self, index: usize) -> bool {
        self.transfers[index].1 == 1
    }

    /// The transfers after one of them was found to have another t.
    pub(crate) fn shifted(&self, index: usize, offset: u128) -> Self {
        let mut shifted = self.duplicate();
        shifted.transfers[index].2 ^= offset;
        shifted
    }
}

impl Check {
    /// η.
    pub(crate) fn sum(&self) -> &secp256k1::Scalar {
        &self.sum
    }
}

impl Challenge {
    /// θ of a column, from 0.
    pub(crate) fn factor(&self, column: usize) -> Scalar {
        self.factors[column]
    }
}

impl<const N: usize> Masked<N> {
    pub(crate) fn rows(&self) -> impl Iterator<Item = [Scalar; N]> {
        self.0.iter().map(|row| row.map(|entry| *entry.get()))
    }

    /// The same with another input in one row and column: more by `offset`.
    pub(crate) fn raised(mut self, row: usize, column: usize, offset: Scalar) -> Self {
        let entry = &mut self.0[row][column];
        *entry = secp256k1::Scalar::new(entry.get() + offset);
        self
    }

    /// The inputs that the rows hide, for whoever knows the pads of both choices.
    pub(crate) fn unmask(&self, pads: &Oracle, transfers: impl Iterator<Item = (u16, [u128; 2])>) -> [Scalar; N] {
        let (row, (index, [zero, one])) = self.rows().zip(transfers).next().unwrap();
        core::array::from_fn(|column| {
            let pad = |t| pads.scalar(index, column as u8, t);
            row[column] - pad(zero) + pad(one)
        })
    }
}

/// One multiplication, in the making.
struct Run {
    chosen: Chosen,
    correlated: Correlated,
    pads: Oracle,
    receiver: Receiver,
}

impl Run {
    fn new() -> Self {
        let (client, co_signer) = pair();
        let (chosen, query) = extension::choose(&client, SID, &mut OsRng);
        Self {
            correlated: extension::correlate(&co_signer, SID, &query).unwrap(),
            pads: Oracle::new(tags::SIGN_PAD, &[SID]),
            receiver: Receiver::new((0..).zip(chosen.transfers())),
            chosen,
        }
    }

    fn sender<const N: usize>(&self) -> (Sender<N>, Masked<N>) {
        let inputs = Box::new(core::array::from_fn(|_| Scalar::random(&mut OsRng)));
        Sender::mask(inputs, &self.pads, (0..).zip(self.correlated.transfers()))
    }

    fn receive<const N: usize>(&self, masked: &Masked<N>, check: &Check) -> Result<Zeroizing<[Scalar; N]>, Abort> {
        self.receiver.receive(&self.pads, masked, check, &challenge(masked))
    }
}

/// A challenge from the masked rows, as that of a signature.
fn challenge<const N: usize>(masked: &Masked<N>) -> Challenge {
    let transcript = tags::hash(tags::SIGN_TRANSCRIPT, &[&masked.to_bytes()]);
    Challenge::new(&transcript, 1, N as u8)
}

#[test]
fn the_shares_add_up_to_the_products() {
    let run = Run::new();
    let (sender, masked) = run.sender::<3>();
    let theirs = run.receive(&masked, &sender.prove(&challenge(&masked))).unwrap();
    let wanted = Scalar::random(&mut OsRng);
    let ours = sender.shares(&(wanted - *run.receiver.input()));
    for column in 0..2 {
        assert_eq!(ours[column] + theirs[column], sender.inputs[column] * wanted);
    }
}

#[test]
fn the_second_multiplication_has_transfers_of_its_own() {
    let run = Run::new();
    let mut chosen = (0..).zip(run.chosen.transfers());
    let receivers = [Receiver::new(chosen.by_ref()), Receiver::new(chosen.by_ref())];
    assert!(chosen.next().is_none());
    let [first, second] = receivers.map(|receiver| receiver.transfers.clone());
    assert!(first.iter().map(|entry| entry.0).eq(0..416));
    assert!(second.iter().map(|entry| entry.0).eq(416..832));
}

#[test]
fn the_gadget_is_fixed_and_never_repeats() {
    let distinct: std::collections::HashSet<_> = GADGET.iter().map(|entry| entry.to_bytes()).collect();
    assert_eq!(distinct.len(), ROWS);
    assert_eq!(
        GADGET[300],
        secp256k1::hash_to_scalar(tags::MULTIPLY_GADGET, &[&[44, 1]])
    );
}

#[test]
fn each_lie_of_the_co_signer_is_noticed() {
    let run = Run::new();
    let (sender, masked) = run.sender::<2>();
    let check = sender.prove(&challenge(&masked));
    let refused = |masked: &Masked<2>, check: &Check| {
        assert_eq!(run.receive(masked, check).err(), Some(Abort::WrongProduct));
    };
    for bit in [0, 255, 256, 300] {
        refused(&masked, &flip(&check, bit).unwrap());
    }
    for row in [0, 200, 415] {
        for column in 0..2 {
            let mut lie = masked.clone();
            lie.0[row][column] = secp256k1::Scalar::new(masked.0[row][column].get() + Scalar::ONE);
            refused(&lie, &check);
        }
    }
    let mut swapped = masked.clone();
    swapped.0.swap(1, 2);
    refused(&swapped, &check);
    let (other, _) = run.sender::<2>();
    refused(&masked, &other.prove(&challenge(&masked)));
    assert!(run.receive(&masked, &check).is_ok());
}

#[test]
fn the_check_compares_256_bits_of_all_rows() {
    let run = Run::new();
    let (sender, masked) = run.sender::<2>();
    let check = sender.prove(&challenge(&masked));
    assert_eq!((size_of_val(&check.sum), size_of_val(&check.hash)), (32, 32));
    for bit in 0..256 {
        let mut lie = check.clone();
        lie.hash[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(run.receive(&masked, &lie).err(), Some(Abort::WrongProduct), "{bit}");
    }
}

#[test]
fn a_check_of_another_multiplication_is_refused() {
    let run = Run::new();
    let (sender, masked) = run.sender::<2>();
    let transcript = tags::hash(tags::SIGN_TRANSCRIPT, &[&masked.to_bytes()]);
    let other = sender.prove(&Challenge::new(&transcript, 2, 2));
    assert_eq!(run.receive(&masked, &other).err(), Some(Abort::WrongProduct));
}

/// What a lie is worth: another input in one row, proved as well as it can be, goes through if the row was not chosen.
#[test]
fn another_input_in_one_row_passes_only_where_the_choice_is_zero() {
    let run = Run::new();
    let mut passed = 0;
    for row in 0..24 {
        let (sender, mut masked) = run.sender::<2>();
        masked.0[row][0] = secp256k1::Scalar::new(masked.0[row][0].get() + Scalar::ONE);
        let received = run.receive(&masked, &sender.prove(&challenge(&masked)));
        let choice = run.receiver.transfers[row].1;
        assert_eq!(received.err(), (choice == 1).then_some(Abort::WrongProduct));
        passed += usize::from(choice == 0);
    }
    assert!((1..24).contains(&passed));
}

/// A co-signer with another input in each row, such that the products spell out the choices: 208 bits in each column.
fn spell_out(run: &Run) -> Result<Vec<u8>, Abort> {
    // θ without what is sent: the right one where it is not bound to that, else as good a guess as any.
    let challenge = Challenge::new(&[0; 32], 1, 3);
    let mut sender = Sender {
        inputs: Box::new([Scalar::ZERO, Scalar::ZERO, Scalar::random(&mut OsRng)]),
        pads: Vec::new(),
    };
    let mut masked = Box::new([[secp256k1::Scalar::new(Scalar::ZERO); 3]; ROWS]);
    for (row, (index, [zero, one])) in (0u16..).zip(run.correlated.transfers()).take(ROWS).enumerate() {
        let weight = (0..row % 208).fold(Scalar::ONE, |power, _| power.double());
        let spelt = weight * GADGET[row].invert().unwrap();
        let mut inputs = [Scalar::ZERO; 3];
        inputs[row / 208] = spelt;
        inputs[2] = sender.inputs[2] - challenge.fold(&inputs);
        let pads = [0, 1, 2].map(|column| run.pads.scalar(index, column, zero));
        sender.pads.push(pads);
        for column in 0..3 {
            let other = run.pads.scalar(index, column as u8, one);
            masked[row][column] = secp256k1::Scalar::new(pads[column] - other + inputs[column]);
        }
    }
    let masked = Masked(masked);
    let theirs = run.receive(&masked, &sender.prove(&challenge))?;
    let ours = sender.shares(&Scalar::ZERO);
    let mut choices = Vec::new();
    for column in 0..2 {
        let bytes = (ours[column] + theirs[column]).to_bytes();
        choices.extend((0..208).map(|bit| (bytes[31 - bit / 8] >> (bit % 8)) & 1));
    }
    Ok(choices)
}

/// Trap T4: with θ known before τ, the products are what the co-signer likes; here all choices, and so 1/k_B.
#[test]
fn a_challenge_known_in_advance_gives_all_choices_away_and_the_right_one_does_not() {
    let run = Run::new();
    let choices: Vec<_> = run.receiver.transfers.iter().map(|entry| entry.1).collect();
    let spelt = traps::with_open(Trap::MultiplyChallenge, || spell_out(&run));
    assert_eq!(spelt, Ok(choices));
    assert_eq!(spell_out(&run), Err(Abort::WrongProduct));
}
