//! Hash to the curve: RFC 9380 §3, secp256k1_XMD:SHA-256_SSWU_RO_.
//!
//! The maps and constants are those of k256. Only the last step of each map, the isogeny, is taken apart: k256 inverts both
//! its denominators, twice a hash; here one inversion serves all hashes of a call. A pairing hashes 256 times in a browser.

use k256::{
    AffinePoint, EncodedPoint, FieldElement, ProjectivePoint,
    elliptic_curve::{
        hash2curve::{ExpandMsgXmd, Isogeny, OsswuMap, hash_to_field},
        ops::BatchInvert,
        sec1::FromEncodedPoint,
    },
};
use sha2::Sha256;

/// A point of secp256k1 before its coordinates are divided.
struct Undivided {
    x_numerator: FieldElement,
    x_denominator: FieldElement,
    y_numerator: FieldElement,
    y_denominator: FieldElement,
}

/// The hashes of messages under one domain.
///
/// Nothing where a denominator is zero: no message with that is known, nor can one be found.
pub(crate) fn hash_to_curve<const N: usize>(messages: &[Vec<u8>; N], domain: &[u8]) -> Option<[ProjectivePoint; N]> {
    let mut maps = Vec::with_capacity(2 * N);
    for message in messages {
        let mut elements = [FieldElement::ZERO; 2];
        hash_to_field::<ExpandMsgXmd<Sha256>, _>(&[message], &[domain], &mut elements).ok()?;
        maps.extend(elements.map(Undivided::map));
    }
    let denominators: Vec<_> = maps.iter().map(|map| map.x_denominator * map.y_denominator).collect();
    let inverses = Option::<Vec<_>>::from(<FieldElement as BatchInvert<[_]>>::batch_invert(&denominators))?;
    let mut hashes = [ProjectivePoint::IDENTITY; N];
    let pairs = maps.as_chunks().0.iter().zip(inverses.as_chunks().0);
    for (hash, ([first, second], [first_inverse, second_inverse])) in hashes.iter_mut().zip(pairs) {
        *hash = ProjectivePoint::from(first.divide(first_inverse)?) + second.divide(second_inverse)?;
    }
    Some(hashes)
}

impl Undivided {
    /// The simplified SWU map to the isogenous curve (§6.6.3), and the isogeny without its divisions (appendix E.1).
    fn map(element: FieldElement) -> Self {
        let (x, y) = element.osswu();
        let square = x.square();
        let powers = [FieldElement::ONE, x, square, square * x];
        let evaluate = |coefficients| FieldElement::compute_iso(&powers, coefficients);
        let coefficients = FieldElement::COEFFICIENTS;
        Self {
            x_numerator: evaluate(coefficients.xnum),
            x_denominator: evaluate(coefficients.xden),
            y_numerator: evaluate(coefficients.ynum) * y,
            y_denominator: evaluate(coefficients.yden),
        }
    }

    /// The point, with the inverse of both denominators' product; nothing if that is not on the curve.
    fn divide(&self, inverse: &FieldElement) -> Option<AffinePoint> {
        let x = self.x_numerator * self.y_denominator * inverse;
        let y = self.y_numerator * self.x_denominator * inverse;
        let point = EncodedPoint::from_affine_coordinates(&x.normalize().to_bytes(), &y.normalize().to_bytes(), false);
        AffinePoint::from_encoded_point(&point).into()
    }
}

#[cfg(test)]
mod tests {
    use k256::{
        Secp256k1,
        elliptic_curve::{hash2curve::GroupDigest, sec1::ToEncodedPoint},
    };
    use rand_core::{OsRng, RngCore};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// RFC 9380, appendix J.8.1.
    #[test]
    fn hashes_are_those_of_the_rfc() {
        let domain = b"QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_";
        let (long, longer) = (
            [b"q128_", &[b'q'; 128][..]].concat(),
            [b"a512_", &[b'a'; 512][..]].concat(),
        );
        let vectors: [(&[u8], &str, &str); 5] = [
            (
                b"",
                "c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346",
                "64fa678e07ae116126f08b022a94af6de15985c996c3a91b64c406a960e51067",
            ),
            (
                b"abc",
                "3377e01eab42db296b512293120c6cee72b6ecf9f9205760bd9ff11fb3cb2c4b",
                "7f95890f33efebd1044d382a01b1bee0900fb6116f94688d487c6c7b9c8371f6",
            ),
            (
                b"abcdef0123456789",
                "bac54083f293f1fe08e4a70137260aa90783a5cb84d3f35848b324d0674b0e3a",
                "4436476085d4c3c4508b60fcf4389c40176adce756b398bdee27bca19758d828",
            ),
            (
                &long,
                "e2167bc785333a37aa562f021f1e881defb853839babf52a7f72b102e41890e9",
                "f2401dd95cc35867ffed4f367cd564763719fbc6a53e969fb8496a1e6685d873",
            ),
            (
                &longer,
                "e3c8d35aaaf0b9b647e88a0a0a7ee5d5bed5ad38238152e4e6fd8c1f8cb7c998",
                "8446eeb6181bf12f56a9d24e262221cc2f0c4725c7e3803024b5888ee5823aa6",
            ),
        ];
        let hashes = hash_to_curve(&vectors.map(|(message, ..)| message.to_vec()), domain).unwrap();
        for (hash, (_, x, y)) in hashes.iter().zip(vectors) {
            assert_eq!(
                hex::encode(&hash.to_encoded_point(false).as_bytes()[1..]),
                format!("{x}{y}")
            );
        }
    }

    #[test]
    fn hashes_are_those_of_k256() {
        for length in 0..200 {
            let mut message = vec![0; length];
            OsRng.fill_bytes(&mut message);
            let theirs = Secp256k1::hash_from_bytes::<ExpandMsgXmd<Sha256>>(&[&message], &[b"domain"]).unwrap();
            assert_eq!(hash_to_curve(&[message], b"domain"), Some([theirs]));
        }
    }
}
