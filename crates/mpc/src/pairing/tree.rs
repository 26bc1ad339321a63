//! Trees of seeds of which one party lacks one leaf (Roy, ia.cr/2022/192, the punctured PRF with its consistency check).
//!
//! The client knows all leaves of a tree of depth 4, the co-signer all but the one its correlation names. The key pair of
//! a level comes from one base transfer; the co-signer asks for the key on the side that leads away from its hole.

use borsh::{BorshDeserialize, BorshSerialize};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::{oracle::Oracle, tags};

/// A node of a tree: 128 bits.
pub(crate) type Seed = u128;

/// The levels of a tree, and the base transfers it takes.
pub(crate) const DEPTH: usize = 4;

/// The leaves of a tree.
pub(crate) const LEAVES: usize = 1 << DEPTH;

/// The leaves of a tree that the co-signer knows.
pub(crate) const KNOWN: usize = LEAVES - 1;

/// What the client sends for a tree; 160 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub(crate) struct Correction {
    /// For each level below the first: the sum of its left nodes and of its right ones, each under its key.
    levels: [[Seed; 2]; DEPTH - 1],
    /// t̃, the sum of the leaves' check values.
    sum: [u128; 2],
    /// s̃, the hash of the leaves' check values.
    hash: [u8; 32],
}

/// The oracles of a pairing's trees.
pub(crate) struct Forest {
    node: Oracle,
    leaf: Oracle,
    check: Oracle,
    sid: [u8; 32],
}

impl Forest {
    pub(crate) fn new(sid: &[u8; 32]) -> Self {
        Self {
            node: Oracle::new(tags::PAIRING_NODE, &[sid]),
            leaf: Oracle::new(tags::PAIRING_LEAF, &[sid]),
            check: Oracle::new(tags::PAIRING_CHECK, &[sid]),
            sid: *sid,
        }
    }

    /// The client's side: all leaves of tree `tree`, and what the co-signer needs to know all but one.
    pub(crate) fn grow(&self, tree: u16, keys: &[[Seed; 2]; DEPTH]) -> (Zeroizing<[Seed; LEAVES]>, Correction) {
        let [first, rest @ ..] = keys;
        let mut nodes = Zeroizing::new(first.to_vec());
        let mut levels = [[0; 2]; DEPTH - 1];
        for ((level, keys), correction) in (1..).zip(rest).zip(&mut levels) {
            nodes = self.descend(tree, level, &nodes);
            *correction = side_sums(&nodes);
            for (side, key) in correction.iter_mut().zip(keys) {
                *side ^= key;
            }
        }
        let (leaves, checks) = self.finish(tree, &nodes);
        let correction = Correction {
            levels,
            sum: checks.iter().fold([0; 2], add),
            hash: self.hash(tree, &checks),
        };
        (leaves, correction)
    }

    /// The co-signer's side: the leaves of tree `tree`, that at `hole ^ d` in place `d − 1`.
    ///
    /// Says whether the check holds. `keys` has, for each level, the key on the side away from `hole`.
    pub(crate) fn regrow(
        &self,
        tree: u16,
        hole: u8,
        keys: &[Seed; DEPTH],
        correction: &Correction,
    ) -> (Zeroizing<[Seed; KNOWN]>, Choice) {
        let mut nodes = Zeroizing::new(vec![0; 2]);
        let [first, rest @ ..] = keys;
        let mut hole_here = hole >> (DEPTH - 1);
        place(&mut nodes, hole_here ^ 1, *first);
        for ((level, key), sums) in (1..).zip(rest).zip(&correction.levels) {
            nodes = self.descend(tree, level, &nodes);
            clear(&mut nodes, hole_here << 1);
            clear(&mut nodes, (hole_here << 1) | 1);
            hole_here = hole >> (DEPTH - 1 - usize::from(level));
            let away = Choice::from((hole_here & 1) ^ 1);
            let [left, right] = sums;
            let [known_left, known_right] = side_sums(&nodes);
            let sum = u128::conditional_select(&(left ^ known_left), &(right ^ known_right), away);
            place(&mut nodes, hole_here ^ 1, sum ^ key);
        }

        let (mut leaves, mut checks) = self.finish(tree, &nodes);
        let mut missing = correction.sum;
        for (at, check) in (0u8..).zip(checks.iter()) {
            let known = !at.ct_eq(&hole);
            missing = add(missing, &check.map(|word| u128::conditional_select(&0, &word, known)));
        }
        for (at, check) in (0u8..).zip(checks.iter_mut()) {
            let unknown = at.ct_eq(&hole);
            for (word, missing) in check.iter_mut().zip(&missing) {
                word.conditional_assign(missing, unknown);
            }
        }
        let holds = self.hash(tree, &checks).ct_eq(&correction.hash);

        turn(&mut leaves, hole);
        let [_, known @ ..] = &*leaves;
        (Zeroizing::new(*known), holds)
    }

    fn descend(&self, tree: u16, level: u8, nodes: &[Seed]) -> Zeroizing<Vec<Seed>> {
        let mut children = Zeroizing::new(Vec::with_capacity(2 * nodes.len()));
        for node in nodes {
            children.extend(self.node.words(tree, level, *node));
        }
        children
    }

    fn finish(&self, tree: u16, nodes: &[Seed]) -> (Zeroizing<[Seed; LEAVES]>, Zeroizing<[[u128; 2]; LEAVES]>) {
        let mut leaves = Zeroizing::new([0; LEAVES]);
        let mut checks = Zeroizing::new([[0; 2]; LEAVES]);
        for ((leaf, check), node) in leaves.iter_mut().zip(checks.iter_mut()).zip(nodes) {
            let [seed, _] = self.leaf.words(tree, 0, *node);
            *leaf = seed;
            *check = self.check.words(tree, 0, *node);
        }
        (leaves, checks)
    }

    fn hash(&self, tree: u16, checks: &[[u128; 2]; LEAVES]) -> [u8; 32] {
        let checks: Zeroizing<Vec<u8>> = Zeroizing::new(
            checks
                .as_flattened()
                .iter()
                .flat_map(|word| word.to_le_bytes())
                .collect(),
        );
        tags::hash(tags::PAIRING_TREE, &[&self.sid, &tree.to_le_bytes(), &checks])
    }
}

fn add(left: [u128; 2], right: &[u128; 2]) -> [u128; 2] {
    let [low, high] = right;
    [left[0] ^ low, left[1] ^ high]
}

/// The sum of the left children and that of the right ones.
fn side_sums(nodes: &[Seed]) -> [Seed; 2] {
    nodes.as_chunks().0.iter().fold([0; 2], add)
}

/// Puts a seed at a secret place.
fn place(nodes: &mut [Seed], secret_place: u8, seed: Seed) {
    for (at, node) in (0u8..).zip(nodes) {
        node.conditional_assign(&seed, at.ct_eq(&secret_place));
    }
}

/// Zeroes a secret place.
fn clear(nodes: &mut [Seed], secret_place: u8) {
    place(nodes, secret_place, 0);
}

/// Moves the leaf at `hole ^ d` to `d`, for each d.
fn turn(leaves: &mut [Seed; LEAVES], hole: u8) {
    for bit in 0..DEPTH {
        let swap = Choice::from((hole >> bit) & 1);
        for pair in leaves.chunks_exact_mut(2 << bit) {
            let (low, high) = pair.split_at_mut(1 << bit);
            for (low, high) in low.iter_mut().zip(high) {
                u128::conditional_swap(low, high, swap);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_core::{OsRng, RngCore};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn random() -> u128 {
        let mut bytes = [0; 16];
        OsRng.fill_bytes(&mut bytes);
        u128::from_le_bytes(bytes)
    }

    fn keys() -> [[Seed; 2]; DEPTH] {
        core::array::from_fn(|_| [random(), random()])
    }

    fn away_from(hole: u8, keys: &[[Seed; 2]; DEPTH]) -> [Seed; DEPTH] {
        core::array::from_fn(|level| keys[level][usize::from((hole >> (DEPTH - 1 - level)) & 1 ^ 1)])
    }

    #[test]
    fn the_co_signer_learns_all_leaves_but_its_hole() {
        let forest = Forest::new(&[1; 32]);
        for hole in 0..16u8 {
            let keys = keys();
            let (leaves, correction) = forest.grow(5, &keys);
            let (known, holds) = forest.regrow(5, hole, &away_from(hole, &keys), &correction);
            assert!(bool::from(holds));
            for difference in 1..16 {
                assert_eq!(known[difference - 1], leaves[usize::from(hole) ^ difference]);
            }
            assert!(!known.contains(&leaves[usize::from(hole)]));
        }
    }

    #[test]
    fn a_correction_has_160_bytes() {
        let (_, correction) = Forest::new(&[1; 32]).grow(0, &keys());
        assert_eq!(borsh::to_vec(&correction).unwrap().len(), 160);
    }

    #[test]
    fn a_false_sum_hash_or_tree_is_noticed() {
        let forest = Forest::new(&[1; 32]);
        let (hole, keys) = (9, keys());
        let (_, honest) = forest.grow(5, &keys);
        let away = away_from(hole, &keys);
        let holds = |correction: &Correction| bool::from(forest.regrow(5, hole, &away, correction).1);
        assert!(holds(&honest));
        for word in 0..2 {
            let mut lie = honest.clone();
            lie.sum[word] ^= 1;
            assert!(!holds(&lie));
        }
        let mut lie = honest.clone();
        lie.hash[31] ^= 1;
        assert!(!holds(&lie));
        assert!(!bool::from(forest.regrow(6, hole, &away, &honest).1));
        assert!(!bool::from(Forest::new(&[2; 32]).regrow(5, hole, &away, &honest).1));
    }

    /// Check strings of 128 bits would be some that a client finds two trees for in 2⁶⁴ steps.
    #[test]
    fn the_checks_of_a_tree_compare_256_bits() {
        let forest = Forest::new(&[1; 32]);
        let (hole, keys) = (9, keys());
        let (_, honest) = forest.grow(5, &keys);
        let away = away_from(hole, &keys);
        for bit in 0..256 {
            let mut lies = [honest.clone(), honest.clone()];
            lies[0].sum[bit / 128] ^= 1 << (bit % 128);
            lies[1].hash[bit / 8] ^= 1 << (bit % 8);
            for lie in lies {
                assert!(!bool::from(forest.regrow(5, hole, &away, &lie).1), "{bit}");
            }
        }
        assert_eq!((size_of_val(&honest.sum), size_of_val(&honest.hash)), (32, 32));
        let (leaves, checks) = forest.finish(5, &[0; LEAVES]);
        assert_eq!((size_of_val(&leaves[0]), size_of_val(&checks[0])), (16, 32));
    }

    /// A lie on one side of a level is seen only by a co-signer who uses that side: one guessed bit, and the set-up is gone.
    #[test]
    fn a_false_level_is_noticed_by_whoever_uses_it() {
        let forest = Forest::new(&[1; 32]);
        let keys = keys();
        let (_, honest) = forest.grow(5, &keys);
        for hole in 0..16u8 {
            for level in 0..DEPTH - 1 {
                for side in 0..2u8 {
                    let mut lie = honest.clone();
                    lie.levels[level][usize::from(side)] ^= 1 << 77;
                    let uses = (hole >> (DEPTH - 2 - level)) & 1 != side;
                    let (_, holds) = forest.regrow(5, hole, &away_from(hole, &keys), &lie);
                    assert_eq!(bool::from(holds), !uses);
                }
            }
        }
    }
}
