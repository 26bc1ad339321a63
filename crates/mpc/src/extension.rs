//! The extension: 832 oblivious transfers from one pairing (SoftSpoken with k = 4; Roy, ia.cr/2022/192).
//!
//! Each tree gives a vector oblivious linear evaluation over its four bits of Δ; a correction makes all 32 of them share the
//! client's choices. A universal hash of every row then shows that it did. What comes out: for each j the client has t_j
//! and its choice r_j, the co-signer q_j = t_j + r_j·Δ.

mod matrix;

#[cfg(test)]
pub(crate) mod tests;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRngCore;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use self::matrix::{Matrix, PAYLOAD, Row, WORDS, Word, add, sums_of_products};
#[cfg(test)]
use crate::traps::{self, Trap};
use crate::{
    Abort,
    field::{product, spread},
    oracle::Oracle,
    pairing::{ClientPairing, CoSignerPairing, TREES},
    tags,
};

/// The oblivious transfers of one extension that are used; 64 more fill the last word.
pub(crate) const COUNT: usize = 832;

/// Client to co-signer; 4,144 bytes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Query {
    /// u: for each tree, the sum of its streams and the choices.
    corrections: Box<[Row; TREES]>,
    /// x: the compressed choices.
    choices: Word,
    /// The hash of the 128 compressed rows.
    rows: [u8; 32],
}

/// By hand, since the derived one would have the name of the signature's query, of which this is a part.
#[cfg(feature = "schema")]
impl borsh::BorshSchema for Query {
    fn declaration() -> borsh::schema::Declaration {
        "TransferQuery".into()
    }

    fn add_definitions_recursively(
        definitions: &mut std::collections::BTreeMap<borsh::schema::Declaration, borsh::schema::Definition>,
    ) {
        crate::schema::add_struct(
            Self::declaration(),
            [
                ("corrections", crate::schema::part::<[Row; TREES]>),
                ("choices", crate::schema::part::<Word>),
                ("rows", crate::schema::part::<[u8; 32]>),
            ],
            definitions,
        );
    }
}

/// The client's side of the transfers. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Chosen {
    choices: Box<Row>,
    columns: Vec<Word>,
}

/// The co-signer's side of the transfers. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Correlated {
    correlation: Box<Word>,
    columns: Vec<Word>,
}

/// Draws the choices, and asks for the transfers of session `sid`.
///
/// # Security
/// A pairing sees each `sid` once: two queries under one would differ by the sum of their choices.
///
/// Source: docs/protocol.md, Extension, step 1.
pub(crate) fn choose(pairing: &ClientPairing, sid: &[u8; 32], rng: &mut impl CryptoRngCore) -> (Chosen, Query) {
    let mut choices = Box::new([0; WORDS]);
    for word in choices.iter_mut() {
        let mut bytes = Zeroizing::new([0; 16]);
        rng.fill_bytes(&mut *bytes);
        *word = u128::from_le_bytes(*bytes);
    }

    let stream = Oracle::new(tags::EXTENSION_STREAM, &[sid]);
    let mut matrix = Matrix::zero();
    let mut corrections = Box::new([*choices; TREES]);
    let trees = pairing.leaves.iter().zip(corrections.iter_mut()).zip(matrix.groups());
    for (tree, ((leaves, correction), group)) in (0..).zip(trees) {
        for (leaf, seed) in (0..).zip(leaves) {
            let words = expand(&stream, tree, *seed);
            add(correction, &words);
            add_where(group, leaf, &words);
        }
    }

    let columns = matrix.columns();
    let compression = Compression::new(sid, &corrections);
    let query = Query {
        choices: compression.compress(&choices),
        rows: compression.hash(compression.compress_all(&matrix, &columns).iter().copied()),
        corrections,
    };
    (Chosen { choices, columns }, query)
}

/// Checks the client's query, and makes the co-signer's side of the transfers of session `sid`.
///
/// # Errors
/// [`Abort::WrongExtension`] if the trees were not given the same choices.
///
/// # Security
/// Whether the check fails depends on Δ where a client lies (trap T3).
///
/// Source: docs/protocol.md, Extension, steps 2 to 4.
pub(crate) fn correlate(pairing: &CoSignerPairing, sid: &[u8; 32], query: &Query) -> Result<Correlated, Abort> {
    let stream = Oracle::new(tags::EXTENSION_STREAM, &[sid]);
    let mut matrix = Matrix::zero();
    for (tree, (leaves, group)) in (0..).zip(pairing.leaves.iter().zip(matrix.groups())) {
        // Leaf d − 1 is the one that differs from the unknown leaf by d; that leaf itself would be added to no row.
        for (difference, seed) in (1..).zip(leaves) {
            add_where(group, difference, &expand(&stream, tree, *seed));
        }
    }
    let corrections = query.corrections.iter().flat_map(|correction| [correction; 4]);
    for ((at, row), correction) in (0..).zip(matrix.rows_mut()).zip(corrections) {
        let mask = spread(pairing.correlation >> at);
        add(row, &correction.map(|word| word & mask));
    }

    let correlated = Correlated {
        correlation: Box::new(pairing.correlation),
        columns: matrix.columns(),
    };
    let compression = Compression::new(sid, &query.corrections);
    let compressed = compression.compress_all(&matrix, &correlated.columns);
    let rows = compression.hash((0..).zip(compressed.iter()).map(|(at, row)| {
        let mask = spread(pairing.correlation >> at);
        row ^ (query.choices & mask)
    }));
    if bool::from(rows.ct_eq(&query.rows)) {
        Ok(correlated)
    } else {
        Err(Abort::WrongExtension)
    }
}

impl Chosen {
    /// Each transfer's choice and t.
    pub(crate) fn transfers(&self) -> impl Iterator<Item = (Choice, Word)> {
        let choices = self
            .choices
            .iter()
            .flat_map(|word| (0..Word::BITS).map(move |at| (word >> at) & 1));
        let transfers = choices
            .map(|bit| Choice::from(bit as u8))
            .zip(self.columns.iter().copied());
        transfers.take(COUNT)
    }
}

impl Correlated {
    /// Each transfer's q and q + Δ: the client's t where its choice is 0, and where it is 1.
    pub(crate) fn transfers(&self) -> impl Iterator<Item = [Word; 2]> {
        self.columns
            .iter()
            .map(|column| [*column, column ^ *self.correlation])
            .take(COUNT)
    }
}

/// The stream of a seed: 1,024 bits.
fn expand(stream: &Oracle, tree: u16, seed: Word) -> Row {
    let mut words = [0; WORDS];
    for (part, pair) in (0..).zip(words.as_chunks_mut().0) {
        *pair = stream.words(tree, part, seed);
    }
    words
}

/// Adds a stream to the rows that the bits of a leaf's public number name.
fn add_where(group: &mut [Row; 4], number: u8, words: &Row) {
    for (at, row) in group.iter_mut().enumerate() {
        if (number >> at) & 1 == 1 {
            add(row, words);
        }
    }
}

/// The universal hash of rows, drawn when the corrections are known: the sum of χ_m times word m, plus the last word.
pub(crate) struct Compression {
    factors: [Word; PAYLOAD],
    sid: [u8; 32],
}

impl Compression {
    fn new(sid: &[u8; 32], corrections: &[Row; TREES]) -> Self {
        let bytes: Vec<u8> = corrections
            .as_flattened()
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        #[cfg(test)]
        let bytes = if traps::is_open(Trap::ExtensionChallenge) {
            Vec::new()
        } else {
            bytes
        };
        let challenge = Oracle::new(tags::EXTENSION_CHALLENGE, &[sid, &bytes]);
        let factor = |at| {
            let [factor, _] = challenge.words(at as u16, 0, 0);
            factor
        };
        Self {
            factors: core::array::from_fn(factor),
            sid: *sid,
        }
    }

    fn compress(&self, row: &Row) -> Word {
        let [payload @ .., last] = row;
        let products = self.factors.iter().zip(payload);
        products.fold(*last, |sum, (factor, word)| sum ^ product(*factor, *word))
    }

    /// The same for every row of a matrix, from its columns: the factors are public, so tables make it cheap.
    fn compress_all(&self, matrix: &Matrix, columns: &[Word]) -> Zeroizing<[Word; 128]> {
        let mut sums = sums_of_products(&self.factors, columns);
        for (sum, [.., last]) in sums.iter_mut().zip(matrix.rows()) {
            *sum ^= last;
        }
        sums
    }

    fn hash(&self, rows: impl Iterator<Item = Word>) -> [u8; 32] {
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(rows.flat_map(|row| row.to_le_bytes()).collect());
        tags::hash(tags::EXTENSION_CHECK, &[&self.sid, &bytes])
    }
}
