//! Multiplication: additive shares of products of the co-signer's inputs and the client's (random VOLE of Doerner, Kondi,
//! Lee and shelat, ia.cr/2023/765, §5, with λ_c = κ and so one check column; the co-signer is Alice, the client Bob).
//!
//! The client's input is b̃ = ⟨g, β⟩ for the choices β of 416 = 256 + 2·80 transfers, near uniform even if a co-signer
//! guessed some of them; a correction, public, moves it to the one it wants. N is ℓ + 1: the inputs and the check column.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use borsh::{BorshDeserialize, BorshSerialize};
use k256::Scalar;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{Abort, oracle::Oracle, secp256k1, tags};

/// ξ, the transfers of a multiplication.
pub(crate) const ROWS: usize = 416;

/// τ, co-signer to client: for each transfer and column, v₀ − v₁ + a; 13,312·N bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Masked<const N: usize>(Box<[[secp256k1::Scalar; N]; ROWS]>);

/// η and μ, co-signer to client: shows that every row of τ has the same inputs; 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub(crate) struct Check {
    sum: secp256k1::Scalar,
    hash: [u8; 32],
}

/// θ: one factor an input, from everything that was said, τ of every multiplication included (trap T4).
pub(crate) struct Challenge {
    transcript: [u8; 32],
    number: u8,
    factors: Vec<Scalar>,
}

/// The co-signer's side of a multiplication. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Sender<const N: usize> {
    /// a and, last, â.
    inputs: Box<[Scalar; N]>,
    /// v₀ of every transfer.
    pads: Vec<[Scalar; N]>,
}

/// The client's side of a multiplication. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Receiver {
    /// Each transfer's index, choice and t.
    transfers: Vec<(u16, u8, u128)>,
}

/// g, the public vector: hashes, so nobody chose it.
static GADGET: LazyLock<Box<[Scalar]>> = LazyLock::new(|| {
    let entry = |row: u16| secp256k1::hash_to_scalar(tags::MULTIPLY_GADGET, &[&row.to_le_bytes()]);
    (0..ROWS as u16).map(entry).collect()
});

impl Challenge {
    /// The challenge of multiplication `number` of a run with `columns` columns, the check column among them.
    ///
    /// Source: docs/protocol.md, Multiplication, step 2.
    pub(crate) fn new(transcript: &[u8; 32], number: u8, columns: u8) -> Self {
        #[cfg(test)]
        let transcript = if traps::is_open(Trap::MultiplyChallenge) {
            &[0; 32]
        } else {
            transcript
        };
        let factor = |column| secp256k1::hash_to_scalar(tags::MULTIPLY_CHALLENGE, &[transcript, &[number, column]]);
        Self {
            transcript: *transcript,
            number,
            factors: (1..columns).map(factor).collect(),
        }
    }

    /// The last column plus θ times the others.
    fn fold<const N: usize>(&self, row: &[Scalar; N]) -> Scalar {
        let last = row.last().copied().unwrap_or_default();
        row.iter()
            .zip(&self.factors)
            .fold(last, |sum, (entry, factor)| sum + entry * factor)
    }

    fn hash(&self, folded: impl Iterator<Item = Scalar>) -> [u8; 32] {
        let mut bytes = Zeroizing::new(Vec::with_capacity(ROWS * 32));
        bytes.extend(folded.flat_map(|entry| entry.to_bytes()));
        tags::hash(tags::MULTIPLY_CHECK, &[&self.transcript, &[self.number], &bytes])
    }
}

impl<const N: usize> Masked<N> {
    /// The bytes of τ, for hashes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0
            .as_flattened()
            .iter()
            .flat_map(|entry| entry.to_bytes())
            .collect()
    }
}

impl<const N: usize> Sender<N> {
    /// Steps 3 and 5: hides the inputs, of which the last is â, random, in the next transfers.
    ///
    /// Source: docs/protocol.md, Multiplication, step 1.
    pub(crate) fn mask(
        inputs: Box<[Scalar; N]>,
        pads: &Oracle,
        transfers: impl Iterator<Item = (u16, [u128; 2])>,
    ) -> (Self, Masked<N>) {
        let mut masked = Box::new([[secp256k1::Scalar::new(Scalar::ZERO); N]; ROWS]);
        let mut zero_pads = Vec::with_capacity(ROWS);
        for (row, (index, [zero, one])) in masked.iter_mut().zip(transfers) {
            let mut kept = [Scalar::ZERO; N];
            for (((column, entry), input), kept) in (0..).zip(row).zip(inputs.iter()).zip(&mut kept) {
                *kept = pads.scalar(index, column, zero);
                *entry = secp256k1::Scalar::new(*kept - pads.scalar(index, column, one) + input);
            }
            zero_pads.push(kept);
        }
        let sender = Self {
            inputs,
            pads: zero_pads,
        };
        (sender, Masked(masked))
    }

    /// Step 5: η = â + θ·a, and μ, the hash of what the client must find in each row.
    ///
    /// Source: docs/protocol.md, Multiplication, step 3.
    pub(crate) fn prove(&self, challenge: &Challenge) -> Check {
        Check {
            sum: secp256k1::Scalar::new(challenge.fold(&self.inputs)),
            hash: challenge.hash(self.pads.iter().map(|row| challenge.fold(row))),
        }
    }

    /// The co-signer's shares of its inputs times the client's, which is b̃ + `correction`.
    pub(crate) fn shares(&self, correction: &Scalar) -> Zeroizing<[Scalar; N]> {
        let mut shares = combine(&self.pads);
        for (share, input) in shares.iter_mut().zip(self.inputs.iter()) {
            *share = input * correction - *share;
        }
        shares
    }
}

impl Receiver {
    /// Takes the next transfers.
    pub(crate) fn new(transfers: impl Iterator<Item = (u16, (Choice, u128))>) -> Self {
        // Of full size from the start: a vector that grows leaves copies of the choices behind.
        let mut taken = Vec::with_capacity(ROWS);
        taken.extend(
            transfers
                .take(ROWS)
                .map(|(index, (choice, t))| (index, choice.unwrap_u8(), t)),
        );
        Self { transfers: taken }
    }

    /// Step 1: b̃ = ⟨g, β⟩.
    pub(crate) fn input(&self) -> Zeroizing<Scalar> {
        let mut sum = Zeroizing::new(Scalar::ZERO);
        for ((_, choice, _), entry) in self.transfers.iter().zip(GADGET.iter()) {
            *sum += Scalar::conditional_select(&Scalar::ZERO, entry, Choice::from(*choice));
        }
        sum
    }

    /// Steps 6 and 7: checks that every row has the same inputs, and gives the client's shares of their products with b̃.
    ///
    /// # Errors
    /// [`Abort::WrongProduct`] if a row differs.
    ///
    /// Source: docs/protocol.md, Multiplication, step 4.
    pub(crate) fn receive<const N: usize>(
        &self,
        pads: &Oracle,
        masked: &Masked<N>,
        check: &Check,
        challenge: &Challenge,
    ) -> Result<Zeroizing<[Scalar; N]>, Abort> {
        let mut rows = Zeroizing::new(Vec::with_capacity(ROWS));
        for ((index, choice, t), masked) in self.transfers.iter().zip(masked.0.iter()) {
            let mut row = [Scalar::ZERO; N];
            for ((column, entry), masked) in (0..).zip(&mut row).zip(masked) {
                let mask = Scalar::conditional_select(&Scalar::ZERO, masked.get(), Choice::from(*choice));
                *entry = pads.scalar(*index, column, *t) + mask;
            }
            rows.push(row);
        }
        let folded = self.transfers.iter().zip(rows.iter()).map(|((_, choice, _), row)| {
            let sum = Scalar::conditional_select(&Scalar::ZERO, check.sum.get(), Choice::from(*choice));
            challenge.fold(row) - sum
        });
        if bool::from(challenge.hash(folded).ct_eq(&check.hash)) {
            Ok(combine(&rows))
        } else {
            Err(Abort::WrongProduct)
        }
    }
}

/// The inner product of each column with g, but for the check column, which nobody needs.
fn combine<const N: usize>(rows: &[[Scalar; N]]) -> Zeroizing<[Scalar; N]> {
    let mut sums = Zeroizing::new([Scalar::ZERO; N]);
    for (row, factor) in rows.iter().zip(GADGET.iter()) {
        for (sum, entry) in sums.iter_mut().zip(row).take(N - 1) {
            *sum += entry * factor;
        }
    }
    sums
}
