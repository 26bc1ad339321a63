use rand_core::{OsRng, RngCore};
use subtle::ConditionallySelectable;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::{
    pairing::tests::{flip, pair},
    traps,
};

const SID: &[u8; 32] = &[3; 32];

/// What a co-signer with all of a client's leaves sees of its choices.
pub(crate) fn eavesdrop(seen: &ClientPairing, sid: &[u8; 32], query: &Query) -> Chosen {
    let stream = Oracle::new(tags::EXTENSION_STREAM, &[sid]);
    let mut choices = Box::new(query.corrections[0]);
    for seed in &seen.leaves[0] {
        add(&mut choices, &expand(&stream, 0, *seed));
    }
    let columns = Vec::new();
    Chosen { choices, columns }
}

/// A query in which one tree was given other choices.
pub(crate) struct Forgery<'a> {
    pub(crate) pairing: &'a ClientPairing,
    pub(crate) sid: &'a [u8; 32],
    pub(crate) tree: usize,
    /// The co-signer's four bits of Δ, as the forger guesses them.
    pub(crate) guess: u8,
}

impl Forgery<'_> {
    /// The query, with the compression of the tree's error hidden from a co-signer whose bits were guessed.
    pub(crate) fn make(&self, error: impl Fn(&Compression) -> Row) -> (Chosen, Query) {
        let (chosen, mut query) = choose(self.pairing, self.sid, &mut OsRng);
        // The challenge before the corrections change: that of the query only where it does not depend on them.
        let error = error(&Compression::new(self.sid, &query.corrections));
        add(&mut query.corrections[self.tree], &error);
        let compression = Compression::new(self.sid, &query.corrections);
        query.choices = compression.compress(&chosen.choices);

        let stream = Oracle::new(tags::EXTENSION_STREAM, &[self.sid]);
        let mut matrix = Matrix::zero();
        for (tree, (leaves, group)) in (0..).zip(self.pairing.leaves.iter().zip(matrix.groups())) {
            for (leaf, seed) in (0..).zip(leaves) {
                add_where(group, leaf, &expand(&stream, tree, *seed));
            }
        }
        let guess = u128::from(self.guess) << (4 * self.tree);
        query.rows = compression.hash((0..).zip(matrix.rows()).map(|(at, row)| {
            let mask = spread(guess >> at);
            compression.compress(row) ^ (compression.compress(&error) & mask)
        }));
        (chosen, query)
    }
}

/// A query by somebody who has the co-signer's half of a pairing, and no leaf of the client: it
/// passes the check whatever it says, and both sides of every transfer are known.
pub(crate) fn forge_with_the_co_signers_half(stolen: &CoSignerPairing, sid: &[u8; 32]) -> (Query, Correlated) {
    let word = || u128::from(OsRng.next_u64()) << 64 | u128::from(OsRng.next_u64());
    let corrections: Box<[Row; TREES]> = Box::new(core::array::from_fn(|_| core::array::from_fn(|_| word())));
    let choices = word();
    let stream = Oracle::new(tags::EXTENSION_STREAM, &[sid]);
    let mut matrix = Matrix::zero();
    for (tree, (leaves, group)) in (0..).zip(stolen.leaves.iter().zip(matrix.groups())) {
        for (difference, seed) in (1..).zip(leaves) {
            add_where(group, difference, &expand(&stream, tree, *seed));
        }
    }
    let spreads = corrections.iter().flat_map(|correction| [correction; 4]);
    for ((at, row), correction) in (0..).zip(matrix.rows_mut()).zip(spreads) {
        let mask = spread(stolen.correlation >> at);
        add(row, &correction.map(|word| word & mask));
    }
    let correlated = Correlated {
        correlation: Box::new(stolen.correlation),
        columns: matrix.columns(),
    };
    let compression = Compression::new(sid, &corrections);
    let compressed = compression.compress_all(&matrix, &correlated.columns);
    let rows = (0..).zip(compressed.iter());
    let rows = compression.hash(rows.map(|(at, row)| row ^ (choices & spread(stolen.correlation >> at))));
    let query = Query {
        corrections,
        choices,
        rows,
    };
    (query, correlated)
}

impl Compression {
    /// An error in transfer `index` that compresses to zero.
    pub(crate) fn hidden_error(&self, index: usize) -> Row {
        let mut error = [0; WORDS];
        error[index / 128] = 1 << (index % 128);
        error[WORDS - 1] = self.compress(&error);
        error
    }
}

/// An error in transfer `index` alone.
pub(crate) fn plain_error(index: usize) -> Row {
    let mut error = [0; WORDS];
    error[index / 128] = 1 << (index % 128);
    error
}

impl Chosen {
    /// The choices alone, for a listener that has no t.
    pub(crate) fn choices(&self) -> impl Iterator<Item = (Choice, Word)> {
        let bits = (0..COUNT).map(|index| (self.choices[index / 128] >> (index % 128)) & 1);
        bits.map(|bit| (Choice::from(bit as u8), 0))
    }

    /// What the client knows of both sides when it knows Δ.
    pub(crate) fn with_correlation(&self, correlation: Word) -> Correlated {
        let columns = self.transfers().map(|(choice, t)| {
            let offset = Word::conditional_select(&0, &correlation, choice);
            t ^ offset
        });
        Correlated {
            columns: columns.collect(),
            correlation: Box::new(correlation),
        }
    }
}

#[test]
fn each_side_has_its_part_of_every_transfer() {
    let (client, co_signer) = pair();
    let (chosen, query) = choose(&client, SID, &mut OsRng);
    let correlated = correlate(&co_signer, SID, &query).unwrap();
    assert_eq!(chosen.transfers().count(), COUNT);
    assert_eq!(correlated.transfers().count(), COUNT);
    for ((choice, t), [zero, one]) in chosen.transfers().zip(correlated.transfers()) {
        assert_eq!(t, Word::conditional_select(&zero, &one, choice));
        assert_eq!(zero ^ one, co_signer.correlation);
    }
    let ones = chosen.transfers().filter(|(choice, _)| choice.unwrap_u8() == 1).count();
    assert!((316..516).contains(&ones), "{ones}");
}

#[test]
fn a_query_has_4144_bytes() {
    let (client, _) = pair();
    let bytes = borsh::to_vec(&choose(&client, SID, &mut OsRng).1).unwrap();
    assert_eq!(bytes.len(), 4144);
    assert!(borsh::from_slice::<Query>(&bytes[1..]).is_err());
    assert!(borsh::from_slice::<Query>(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn choices_and_corrections_never_repeat() {
    let (client, _) = pair();
    let mut seen = std::collections::HashSet::new();
    for run in 0..50 {
        let (chosen, query) = choose(&client, &[run; 32], &mut OsRng);
        let words = query.corrections.as_flattened().iter().chain(chosen.choices.iter());
        for word in words.chain(&chosen.columns) {
            assert!(seen.insert(*word));
        }
    }
}

#[test]
fn each_lie_in_a_query_is_noticed() {
    let (client, co_signer) = pair();
    let (_, query) = choose(&client, SID, &mut OsRng);
    let lies: [fn(&mut Query); 5] = [
        |query| query.choices ^= 1,
        |query| query.rows[0] ^= 1,
        |query| query.corrections[0][0] ^= 1,
        |query| query.corrections[31][WORDS - 1] ^= 1 << 127,
        |query| query.corrections.swap(7, 8),
    ];
    for lie in lies {
        let mut query = query.clone();
        lie(&mut query);
        assert_eq!(correlate(&co_signer, SID, &query).err(), Some(Abort::WrongExtension));
    }
    assert_eq!(correlate(&co_signer, SID, &query).err(), None);
}

#[test]
fn the_check_compares_256_bits_of_all_rows() {
    let (client, co_signer) = pair();
    let (_, query) = choose(&client, SID, &mut OsRng);
    assert_eq!((size_of_val(&query.rows), size_of_val(&query.choices)), (32, 16));
    for bit in 0..256 {
        let mut lie = query.clone();
        lie.rows[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            correlate(&co_signer, SID, &lie).err(),
            Some(Abort::WrongExtension),
            "{bit}"
        );
    }
}

#[test]
fn a_query_of_another_session_or_pairing_is_refused() {
    let (client, co_signer) = pair();
    let (_, query) = choose(&client, SID, &mut OsRng);
    assert_eq!(
        correlate(&co_signer, &[4; 32], &query).err(),
        Some(Abort::WrongExtension)
    );
    let (_, other) = pair();
    assert_eq!(correlate(&other, SID, &query).err(), Some(Abort::WrongExtension));
}

#[test]
fn a_flipped_bit_is_noticed() {
    let (client, co_signer) = pair();
    let (_, query) = choose(&client, SID, &mut OsRng);
    for bit in (0..4096 * 8).step_by(331).chain(4096 * 8..4144 * 8) {
        let query = flip(&query, bit).unwrap();
        assert_eq!(
            correlate(&co_signer, SID, &query).err(),
            Some(Abort::WrongExtension),
            "{bit}"
        );
    }
}

/// What a lie is worth: it goes through for one of sixteen guesses of a tree's four bits.
#[test]
fn other_choices_for_one_tree_pass_only_with_its_bits_of_the_correlation_guessed() {
    let (client, co_signer) = pair();
    for tree in [0, 17, 31] {
        let bits = (co_signer.correlation >> (4 * tree)) as u8 & 15;
        for guess in 0..16 {
            let forgery = Forgery {
                pairing: &client,
                sid: SID,
                tree,
                guess,
            };
            let (_, query) = forgery.make(|_| plain_error(100));
            assert_eq!(correlate(&co_signer, SID, &query).is_ok(), guess == bits);
        }
    }
}

/// Trap T4: with χ known before the corrections, an error that compresses to zero passes whatever Δ is.
#[test]
fn an_error_that_the_compression_hides_passes_only_when_the_challenge_is_known_in_advance() {
    let (client, co_signer) = pair();
    let passed = || {
        let trees = (0..TREES).filter(|tree| {
            let forgery = Forgery {
                pairing: &client,
                sid: SID,
                tree: *tree,
                guess: 0,
            };
            let (_, query) = forgery.make(|compression| compression.hidden_error(100));
            correlate(&co_signer, SID, &query).is_ok()
        });
        trees.count()
    };
    assert_eq!(traps::with_open(Trap::ExtensionChallenge, passed), TREES);
    let harmless = (0..TREES)
        .filter(|tree| (co_signer.correlation >> (4 * tree)) & 15 == 0)
        .count();
    assert_eq!(passed(), harmless);
}

#[test]
fn the_compression_is_linear_and_hidden_by_the_last_word() {
    let mut corrections = Box::new([[0; WORDS]; TREES]);
    corrections[0][0] = OsRng.next_u64().into();
    let compression = Compression::new(SID, &corrections);
    let row = || -> Row { core::array::from_fn(|_| u128::from(OsRng.next_u64()) << 64 | u128::from(OsRng.next_u64())) };
    for _ in 0..20 {
        let (left, right) = (row(), row());
        let mut sum = left;
        add(&mut sum, &right);
        assert_eq!(
            compression.compress(&sum),
            compression.compress(&left) ^ compression.compress(&right)
        );
    }
    let mut last = [0; WORDS];
    last[WORDS - 1] = 12345;
    assert_eq!(compression.compress(&last), 12345);
}
