//! 128 rows of bits, and their columns.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::field;

/// 128 bits; bit i of word m is bit 128·m + i of a row.
pub(crate) type Word = u128;

/// The words of a row: seven of transfers, and one that hides the others in the check.
pub(crate) const WORDS: usize = PAYLOAD + 1;

/// The words of a row that are transfers.
pub(crate) const PAYLOAD: usize = 7;

/// One row of bits.
pub(crate) type Row = [Word; WORDS];

const ROWS: usize = 128;

/// A matrix of 128 rows. Erased when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Matrix(Box<[Row; ROWS]>);

impl Matrix {
    pub(crate) fn zero() -> Self {
        Self(Box::new([[0; WORDS]; ROWS]))
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.0.iter()
    }

    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.0.iter_mut()
    }

    /// The rows of each tree: one for each bit of a leaf's number.
    pub(crate) fn groups(&mut self) -> &mut [[Row; 4]] {
        self.0.as_chunks_mut().0
    }

    /// The columns of the payload, bit i of a column from row i.
    pub(crate) fn columns(&self) -> Vec<Word> {
        let mut columns = Vec::with_capacity(PAYLOAD * ROWS);
        for at in 0..PAYLOAD {
            let mut block = [0; ROWS];
            for (word, row) in block.iter_mut().zip(self.0.iter()) {
                *word = row[at];
            }
            transpose(&mut block);
            columns.extend_from_slice(&block);
            block.zeroize();
        }
        columns
    }
}

/// Adds one row to another.
pub(crate) fn add(sum: &mut Row, row: &Row) {
    for (sum, word) in sum.iter_mut().zip(row) {
        *sum ^= word;
    }
}

/// The sums of each row's words times the factors, from the columns.
pub(crate) fn sums_of_products(factors: &[Word; PAYLOAD], columns: &[Word]) -> Zeroizing<[Word; ROWS]> {
    let mut sums = field::sums_of_products(factors, columns);
    transpose(&mut sums);
    sums
}

/// Swaps rows and columns of 128 × 128 bits, halves first (Warren, Hacker's Delight, §7-3).
fn transpose(block: &mut [Word; ROWS]) {
    let mut width = ROWS / 2;
    let mut low_bits = Word::MAX >> width;
    while width > 0 {
        for pair in block.chunks_exact_mut(2 * width) {
            let (low, high) = pair.split_at_mut(width);
            for (low, high) in low.iter_mut().zip(high) {
                let moved = ((*low >> width) ^ *high) & low_bits;
                *low ^= moved << width;
                *high ^= moved;
            }
        }
        width /= 2;
        low_bits ^= low_bits << width;
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_column_has_its_bits_from_the_rows() {
        let mut matrix = Matrix::zero();
        for (row, words) in (0u128..).zip(matrix.rows_mut()) {
            for (at, word) in (0u128..).zip(words) {
                *word = (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) ^ (at * 0x1234_5678_9abc);
            }
        }
        let columns = matrix.columns();
        assert_eq!(columns.len(), 896);
        for (index, column) in columns.iter().enumerate() {
            for (at, row) in matrix.rows().enumerate() {
                assert_eq!((column >> at) & 1, (row[index / 128] >> (index % 128)) & 1);
            }
        }
    }
}
