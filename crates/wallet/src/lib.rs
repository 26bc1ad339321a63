//! claimkit's client.
pub mod host;
