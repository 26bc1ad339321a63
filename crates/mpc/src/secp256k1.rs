//! secp256k1 for the protocols: points and scalars checked as they are read, secrets erased, hash to the curve.

mod hash;
mod point;
mod scalar;

pub(crate) use hash::hash_to_curve;
pub use point::Point;
pub(crate) use scalar::{Scalar, SecretScalar, hash_to_scalar};
