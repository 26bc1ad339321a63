//! GF(2¹²⁸), the field of the extension's check: x¹²⁸ = x⁷ + x² + x + 1, bit i of a word the coefficient of xⁱ.

use core::hint::black_box;

const REDUCTION: u128 = 0x87;

/// All ones where the lowest bit, which may be secret, is one; else zero.
///
/// # Security
/// The compiler must not learn that the mask has two values only, or it may turn what is masked into a branch on the bit.
pub(crate) fn spread(bit: u128) -> u128 {
    let half = black_box(bit as u64 & 1).wrapping_neg();
    u128::from(half) << 64 | u128::from(half)
}

/// A public element, ready to multiply secret ones: itself times each xⁱ.
pub(crate) struct Multiplier([u128; 128]);

impl Multiplier {
    pub(crate) fn new(element: u128) -> Self {
        let mut next = element;
        Self(core::array::from_fn(|_| {
            let this = next;
            next = (next << 1) ^ (spread(next >> 127) & REDUCTION);
            this
        }))
    }

    /// The product with a secret element, in constant time.
    pub(crate) fn times(&self, secret: u128) -> u128 {
        let mut rest = secret;
        let mut product = 0;
        for multiple in &self.0 {
            product ^= multiple & spread(rest);
            rest >>= 1;
        }
        product
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

    fn product(left: u128, right: u128) -> u128 {
        Multiplier::new(left).times(right)
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
}
