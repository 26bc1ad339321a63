//! GF(2¹²⁸), the field of the extension's check: x¹²⁸ = x⁷ + x² + x + 1, bit i of a word the coefficient of xⁱ.

use core::hint::black_box;

use zeroize::Zeroizing;

const REDUCTION: u128 = 0x87;

/// All ones where the lowest bit, which may be secret, is one; else zero.
///
/// # Security
/// The compiler must not learn that the mask has two values only, or it may turn what is masked into a branch on the bit.
pub(crate) fn spread(bit: u128) -> u128 {
    let half = black_box(bit as u64 & 1).wrapping_neg();
    u128::from(half) << 64 | u128::from(half)
}

/// The product of a public element with a secret one, in constant time.
pub(crate) fn product(public: u128, secret: u128) -> u128 {
    let (mut multiple, mut product) = (public, 0);
    for at in 0..128 {
        product ^= multiple & spread(secret >> at);
        multiple = (multiple << 1) ^ (spread(multiple >> 127) & REDUCTION);
    }
    product
}

/// How many secret elements [`sums_of_products`] takes at once.
pub(crate) const LANES: usize = 128;

/// For each of 128 secret vectors, the sum of its elements' products with the same public factors.
///
/// Both are turned: bit k of `columns[128·m + i]` is the coefficient of xⁱ in element m of vector k, and bit k of word i of
/// the result that of sum k.
///
/// # Security
/// Every branch and index comes from the factors, which are public; the columns are only added.
pub(crate) fn sums_of_products(factors: &[u128], columns: &[u128]) -> Zeroizing<[u128; LANES]> {
    let mut wide = Zeroizing::new([0; 2 * LANES]);
    let mut sums = Zeroizing::new([0; 1 << WINDOW]);
    for (factor, columns) in factors.iter().zip(columns.as_chunks::<LANES>().0) {
        let windows = windows(*factor);
        for (at, group) in columns.as_chunks().0.iter().enumerate() {
            add_up(group, &mut sums);
            for (sum, window) in wide.iter_mut().skip(WINDOW * at).zip(windows) {
                *sum ^= sums[window];
            }
        }
    }
    for at in (LANES..2 * LANES).rev() {
        let word = wide[at];
        for exponent in [0, 1, 2, 7] {
            wide[at - LANES + exponent] ^= word;
        }
    }
    let mut reduced = Zeroizing::new([0; LANES]);
    reduced.copy_from_slice(&wide[..LANES]);
    reduced
}

/// How many columns share a table.
const WINDOW: usize = 4;

/// The public indices of a factor: for each power of x, which of four neighbouring columns end there.
fn windows(factor: u128) -> [usize; LANES + WINDOW - 1] {
    core::array::from_fn(|at| {
        let bits = if at < WINDOW {
            factor << (WINDOW - 1 - at)
        } else {
            factor >> (at + 1 - WINDOW)
        };
        bits as usize % (1 << WINDOW)
    })
}

/// The sum of every subset of four columns; the last column is the subset number's lowest bit.
fn add_up(columns: &[u128; WINDOW], sums: &mut [u128; 1 << WINDOW]) {
    for (bit, column) in columns.iter().rev().enumerate() {
        let (done, next) = sums.split_at_mut(1 << bit);
        for (sum, smaller) in next.iter_mut().zip(done) {
            *sum = *smaller ^ column;
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

    /// An element as the GCM specification writes it: the coefficient of x⁰ in the first byte's highest bit.
    fn gcm(hex: &str) -> u128 {
        u128::from_str_radix(hex, 16).unwrap().reverse_bits()
    }

    #[test]
    fn a_bit_is_spread_whatever_is_above_it() {
        for above in [0, 2, 1 << 64, 1 << 127, u128::MAX << 1] {
            assert_eq!(spread(above), 0);
            assert_eq!(spread(above | 1), u128::MAX);
        }
    }

    #[test]
    fn products_are_those_of_the_gcm_specification() {
        // McGrew and Viega, The Galois/Counter Mode of Operation, test case 2: H, C₁, X₁ = C₁·H, and the step after it.
        let h = gcm("66e94bd4ef8a2c3b884cfa59ca342b2e");
        let first = product(gcm("0388dace60b6a392f328c2b971b2fe78"), h);
        assert_eq!(first, gcm("5e2ec746917062882c85b0685353deb7"));
        let length = gcm("00000000000000000000000000000080");
        assert_eq!(product(first ^ length, h), gcm("f38cbb1ad69223dcc3457ae5b6b0f885"));
    }

    #[test]
    fn products_are_those_of_rfc_8452() {
        // Appendix A: GHASH(H, X₁, X₂).
        let h = gcm("25629347589242761d31f826ba4b757b");
        let first = product(gcm("4f4f95668c83dfb6401762bb2d01a262"), h);
        let second = product(first ^ gcm("d1a24ddd2721d006bbe45f20d3c9f362"), h);
        assert_eq!(second, gcm("bd9b3997046731fb96251b91f9c99d7a"));
    }

    #[test]
    fn the_field_laws_hold() {
        for _ in 0..100 {
            let (a, b, c) = (random(), random(), random());
            assert_eq!(product(a, b), product(b, a));
            assert_eq!(product(product(a, b), c), product(a, product(b, c)));
            assert_eq!(product(a, b ^ c), product(a, b) ^ product(a, c));
            assert_eq!(product(a, 1), a);
            assert_eq!(product(a, 0), 0);
        }
    }

    #[test]
    fn the_order_of_the_group_is_that_of_the_field() {
        let element = random() | 2;
        let power = (0..128).fold(element, |power, _| product(power, power));
        assert_eq!(power, element);
    }

    #[test]
    fn sums_of_many_products_are_those_of_each() {
        for count in [0, 1, 7] {
            let factors: Vec<u128> = (0..count).map(|_| random()).collect();
            let columns: Vec<u128> = (0..count * LANES).map(|_| random()).collect();
            let sums = sums_of_products(&factors, &columns);
            for lane in 0..LANES {
                let element = |words: &[u128]| {
                    (0..)
                        .zip(words)
                        .fold(0, |sum, (at, word)| sum | (word >> lane & 1) << at)
                };
                let products = factors.iter().zip(columns.chunks(LANES));
                let expected = products.fold(0, |sum, (factor, words)| sum ^ product(*factor, element(words)));
                assert_eq!(element(&*sums), expected);
            }
        }
    }

    #[test]
    fn the_highest_powers_are_reduced_too() {
        let mut columns = [0; LANES];
        for at in 0..LANES {
            columns[at] = u128::MAX;
            let sums = sums_of_products(&[1 << 127], &columns);
            let expected = product(1 << 127, 1 << at);
            assert!(
                (0..)
                    .zip(sums.iter())
                    .all(|(bit, word)| *word == spread(expected >> bit))
            );
            columns[at] = 0;
        }
    }
}
