//! The unit that makes machines comparable: one variable-base k256 multiplication.

use std::hint::black_box;

use k256::{ProjectivePoint, Scalar, elliptic_curve::Field};
use rand_core::CryptoRngCore;

use crate::clock;

/// Multiplications timed as one, since a browser's clock is coarse.
const BATCH: u32 = 20;
/// Batches, of which the median counts: one that another process interrupted says nothing.
const BATCHES: usize = 21;

/// How long one takes here and now, in milliseconds.
pub(crate) fn multiplication_ms(rng: &mut impl CryptoRngCore) -> f64 {
    let scalar = Scalar::random(&mut *rng);
    let mut point = ProjectivePoint::GENERATOR * Scalar::random(rng);
    let mut batches = [0.0; BATCHES];
    for batch in &mut batches {
        let start = clock::now();
        for _ in 0..BATCH {
            point = black_box(point) * black_box(&scalar);
        }
        black_box(point);
        *batch = (clock::now() - start) / f64::from(BATCH);
    }
    batches.sort_by(f64::total_cmp);
    batches.get(BATCHES / 2).copied().unwrap_or_default()
}
