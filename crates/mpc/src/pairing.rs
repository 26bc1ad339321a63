//! Pairing: a device's oblivious-transfer set-up with the co-signer (docs/protocol.md, Pairing).
//!
//! 128 base transfers (Masny and Rindal, ia.cr/2019/706), then 32 trees of depth 4 that the client grows and the co-signer
//! knows but for one leaf each (Roy, ia.cr/2022/192). One pairing serves every key of a device; sids keep runs apart.

mod stored;
pub(crate) mod transfer;
pub(crate) mod tree;

#[cfg(test)]
pub(crate) mod tests;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRngCore, RngCore};
use subtle::Choice;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use self::{
    transfer::{Place, Receiver},
    tree::{Correction, DEPTH, Forest, KNOWN, LEAVES, Seed},
};
use crate::{Abort, PairingId, hedge::Hedged, secp256k1::Point, tags};

/// The base transfers, and the bits of the co-signer's correlation.
const TRANSFERS: usize = 128;

/// The trees: one for each four bits of the correlation.
pub(crate) const TREES: usize = TRANSFERS / DEPTH;

/// Co-signer to client: 128 pairs of points of the base oblivious transfers; 8,448 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct TransferOffer {
    pairs: Box<[[Point; 2]; TRANSFERS]>,
}

/// Client to co-signer: 128 points, and the trees' corrections and checks; 9,344 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct TransferAnswer {
    points: Box<[Point; TRANSFERS]>,
    corrections: Box<[Correction; TREES]>,
}

/// The client's half of a pairing: the leaves of all trees. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ClientPairing {
    #[zeroize(skip)]
    id: PairingId,
    pub(crate) leaves: Box<[[Seed; LEAVES]; TREES]>,
}

/// The co-signer's half of a pairing: its correlation, and all leaves but those it names. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CoSignerPairing {
    #[zeroize(skip)]
    id: PairingId,
    /// Δ: bits 4i to 4i + 3 name the leaf of tree i that is not known.
    pub(crate) correlation: u128,
    /// For each tree, in place d − 1, the leaf that differs from the unknown one by d.
    pub(crate) leaves: Box<[[Seed; KNOWN]; TREES]>,
}

/// The co-signer has offered the base transfers and waits for the answer.
pub struct CoSignerAwaitingAnswer {
    id: PairingId,
    sid: [u8; 32],
    correlation: Zeroizing<u128>,
    receivers: Vec<Receiver>,
    offer: TransferOffer,
}

/// The client's work on the base transfers, done in slices so that a page stays alive.
pub struct Transfers {
    id: PairingId,
    sid: [u8; 32],
    offer: TransferOffer,
    points: Vec<Point>,
    keys: Zeroizing<Vec<[Seed; 2]>>,
}

/// What a slice of work leaves.
pub enum Progress {
    /// More transfers to do.
    More(Transfers),
    /// All done: the client's half, and the answer to send.
    Done(ClientPairing, TransferAnswer),
}

fn session_id(id: PairingId) -> [u8; 32] {
    tags::hash(tags::PAIRING_SID, &[&id.0])
}

/// The co-signer's choice in transfer `index`: the side away from the leaf that `correlation` names, top level first.
fn choice(correlation: u128, index: usize) -> Choice {
    let (tree, level) = (index / DEPTH, index % DEPTH);
    let bit = (correlation >> (tree * DEPTH + DEPTH - 1 - level)) & 1;
    Choice::from(bit as u8 ^ 1)
}

/// Offers the base transfers of a new pairing.
///
/// Source: docs/protocol.md, Pairing, step 1.
pub fn co_signer_start(id: PairingId, rng: &mut impl CryptoRngCore) -> (CoSignerAwaitingAnswer, TransferOffer) {
    let sid = session_id(id);
    // There is no secret yet to hedge with; the name keeps a source that repeats from giving two
    // pairings one correlation.
    let rng = &mut Hedged::new(tags::PAIRING_DRAWS, rng, &[], &[&sid]);
    let mut correlation = Zeroizing::new([0; 16]);
    rng.fill_bytes(&mut *correlation);
    let correlation = Zeroizing::new(u128::from_le_bytes(*correlation));
    let mut receivers = Vec::with_capacity(TRANSFERS);
    let pairs = Box::new(core::array::from_fn(|index| {
        let (receiver, pair) = Place::new(&sid, index).offer(choice(*correlation, index), rng);
        receivers.push(receiver);
        pair
    }));
    let offer = TransferOffer { pairs };
    let state = CoSignerAwaitingAnswer {
        id,
        sid,
        correlation,
        receivers,
        offer: offer.clone(),
    };
    (state, offer)
}

/// Takes an offer; the work is then done by [`Transfers::advance`].
///
/// # Errors
/// [`Abort::Mirrored`] if both points of a transfer are the same, which no honest co-signer sends.
pub fn client_start(id: PairingId, offer: TransferOffer) -> Result<Transfers, Abort> {
    if offer.pairs.iter().any(|[left, right]| left == right) {
        return Err(Abort::Mirrored);
    }
    Ok(Transfers {
        id,
        sid: session_id(id),
        offer,
        points: Vec::with_capacity(TRANSFERS),
        // Of full size from the start: a vector that grows leaves copies of the keys behind.
        keys: Zeroizing::new(Vec::with_capacity(TRANSFERS)),
    })
}

impl Transfers {
    /// How many transfers there are in all.
    pub const COUNT: usize = TRANSFERS;

    /// How many transfers are done.
    pub fn done(&self) -> usize {
        self.points.len()
    }

    /// Does up to `count` transfers (each about 0.6 ms in wasm).
    ///
    /// # Errors
    /// [`Abort::Degenerate`] if the co-signer's points cancel out.
    ///
    /// Source: docs/protocol.md, Pairing, step 2.
    pub fn advance(mut self, count: usize, rng: &mut impl CryptoRngCore) -> Result<Progress, Abort> {
        let done = self.done();
        for (index, pair) in self.offer.pairs.iter().enumerate().skip(done).take(count) {
            let (point, keys) = Place::new(&self.sid, index).answer(pair, rng)?;
            self.points.push(point);
            self.keys.push(keys);
        }
        if self.done() == TRANSFERS {
            self.finish()
        } else {
            Ok(Progress::More(self))
        }
    }

    /// Source: docs/protocol.md, Pairing, step 3.
    fn finish(self) -> Result<Progress, Abort> {
        let forest = Forest::new(&self.sid);
        let mut leaves = Box::new([[0; LEAVES]; TREES]);
        let mut corrections = Vec::with_capacity(TREES);
        for ((tree, leaves), keys) in (0..).zip(leaves.iter_mut()).zip(self.keys.as_chunks().0) {
            let (grown, correction) = forest.grow(tree, keys);
            *leaves = *grown;
            corrections.push(correction);
        }
        let answer = TransferAnswer {
            points: boxed(self.points)?,
            corrections: boxed(corrections)?,
        };
        Ok(Progress::Done(ClientPairing { id: self.id, leaves }, answer))
    }
}

impl CoSignerAwaitingAnswer {
    /// The pairing's id.
    pub fn id(&self) -> PairingId {
        self.id
    }

    /// Checks the answer and makes the co-signer's half.
    ///
    /// # Errors
    /// [`Abort::WrongTree`] if a tree fails its check.
    ///
    /// # Security
    /// A failure tells the client one bit or more of the correlation, which is gone with it: a new pairing draws a new one. From a source
    /// that repeats, one of the same id draws the same: keep the ids of pairings that failed, and refuse them.
    ///
    /// Source: docs/protocol.md, Pairing, step 4.
    pub fn receive(self, answer: TransferAnswer) -> Result<CoSignerPairing, Abort> {
        let mut keys = Zeroizing::new(Vec::with_capacity(TRANSFERS));
        let transfers = self
            .receivers
            .iter()
            .zip(self.offer.pairs.iter())
            .zip(answer.points.iter());
        for (index, ((receiver, pair), point)) in transfers.enumerate() {
            let place = Place::new(&self.sid, index);
            keys.push(receiver.receive(&place, choice(*self.correlation, index), pair, point));
        }

        let forest = Forest::new(&self.sid);
        let mut leaves = Box::new([[0; KNOWN]; TREES]);
        let mut holds = Choice::from(1);
        let trees = leaves.iter_mut().zip(keys.as_chunks().0).zip(answer.corrections.iter());
        for (tree, ((leaves, keys), correction)) in (0u16..).zip(trees) {
            let hole = (*self.correlation >> (DEPTH * usize::from(tree))) as u8 & (LEAVES as u8 - 1);
            let (known, tree_holds) = forest.regrow(tree, hole, keys, correction);
            *leaves = *known;
            holds &= tree_holds;
        }
        let pairing = CoSignerPairing {
            id: self.id,
            correlation: *self.correlation,
            leaves,
        };
        if holds.into() {
            Ok(pairing)
        } else {
            Err(Abort::WrongTree)
        }
    }
}

/// A vector as a boxed array; every caller has pushed as many items as the array has.
fn boxed<T, const N: usize>(items: Vec<T>) -> Result<Box<[T; N]>, Abort> {
    items.try_into().map_err(|_| Abort::Inconsistent)
}
