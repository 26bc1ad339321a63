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

pub use meter::{Figure, Report};

use mpc::Abort;
use rand_core::OsRng;

/// Times every operation, `repetitions` times each, and gives the medians.
///
/// # Errors
/// An abort, which would be a bug: both parties are honest.
pub fn measure(repetitions: usize) -> Result<Report, Abort> {
    let key_generation = meter::repeat(repetitions, || {
        protocols::key_generation(&mut OsRng).map(|(_, run)| run)
    })?;
    let parties = protocols::key_generation(&mut OsRng)?.0;
    let rotation = meter::repeat(repetitions, || {
        protocols::rotation(&parties, &mut OsRng).map(|(_, run)| run)
    })?;
    let paired = protocols::rotation(&parties, &mut OsRng)?.0;
    let sign = meter::repeat(repetitions, || protocols::sign(&paired, &mut OsRng))?;
    Ok(Report {
        repetitions,
        key_generation,
        rotation,
        sign,
    })
}
