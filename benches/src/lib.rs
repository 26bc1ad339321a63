//! Times the protocols, both parties in one process, no network: `cargo xtask bench`.
//!
//! Contained in each figure, as in the published ones it is set beside: decoding what is stored, every round with its
//! messages encoded and decoded, and the final result of both parties.

#[cfg(target_arch = "wasm32")]
pub mod boundary;
mod clock;
mod meter;
mod protocols;
mod unit;

pub use meter::{Figure, Operations, Report};

use mpc::{Abort, Scheme};
use rand_core::OsRng;

/// Times every operation of both schemes, `repetitions` times each, and gives the medians.
///
/// # Errors
/// An abort, which would be a bug: both parties are honest.
pub fn measure(repetitions: usize) -> Result<Report, Abort> {
    Ok(Report {
        repetitions,
        secp256k1: operations(Scheme::EcdsaSecp256k1, repetitions)?,
        ed25519: operations(Scheme::EddsaEd25519, repetitions)?,
    })
}

fn operations(scheme: Scheme, repetitions: usize) -> Result<Operations, Abort> {
    let key_generation = meter::repeat(repetitions, || {
        protocols::key_generation(scheme, &mut OsRng).map(|(_, run)| run)
    })?;
    let parties = protocols::key_generation(scheme, &mut OsRng)?.0;
    let rotation = meter::repeat(repetitions, || {
        protocols::rotation(&parties, &mut OsRng).map(|(_, run)| run)
    })?;
    let rotated = protocols::rotation(&parties, &mut OsRng)?.0;
    let sign = meter::repeat(repetitions, || protocols::sign(&rotated, &mut OsRng))?;
    Ok(Operations {
        key_generation,
        rotation,
        sign,
    })
}

/// What a page does at its first visit, once, in milliseconds: a rotation with a fresh pairing and a signature, both parties.
///
/// # Errors
/// As [`measure`].
pub fn first_visit() -> Result<f64, Abort> {
    let parties = protocols::key_generation(Scheme::EcdsaSecp256k1, &mut OsRng)?.0;
    let (rotated, rotation) = protocols::rotation(&parties, &mut OsRng)?;
    let sign = protocols::sign(&rotated, &mut OsRng)?;
    Ok(rotation.both() + sign.both())
}
