#![doc = include_str!("../README.md")]

pub mod api_key;
pub mod clock;
pub mod config;
pub mod error;
#[cfg(feature = "insecure-fuzzing")]
pub mod fuzzing;
pub mod key_encryption;
pub mod keys;
pub mod mark;
pub mod operation;
pub mod proof_keys;
pub mod serve;
pub mod store;

mod api_error;
mod app;
mod body;
mod caller;
mod ceremonies;
mod door;
mod forwarded;
mod limits;
mod live;
mod metrics;
mod pairing_turn;
mod private_file;
mod request_id;
mod request_signature;
mod restored;
mod root;
mod sealing;
mod shared;
mod state;
mod webauthn;

pub use app::{admin, app};
pub use clock::Clock;
pub use config::Config;
pub use error::Error;
pub use state::State;
