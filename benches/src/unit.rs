//! The unit that makes machines comparable: one variable-base k256 multiplication.

use std::hint::black_box;

use k256::{ProjectivePoint, Scalar, elliptic_curve::Field};
use rand_core::CryptoRngCore;

use crate::clock;

const COUNT: u32 = 400;

/// How long one takes here and now, in milliseconds.
pub(crate) fn multiplication_ms(rng: &mut impl CryptoRngCore) -> f64 {
    let scalar = Scalar::random(&mut *rng);
    let mut point = ProjectivePoint::GENERATOR * Scalar::random(rng);
    let start = clock::now();
    for _ in 0..COUNT {
        point = black_box(point) * black_box(&scalar);
    }
    black_box(point);
    (clock::now() - start) / f64::from(COUNT)
}
