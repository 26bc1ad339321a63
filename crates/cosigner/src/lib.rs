//! claimkit's co-signer: holds one share of each wallet, and signs only with the other.

pub mod api_key;
mod app;
pub mod clock;
pub mod config;
pub mod error;
pub mod keys;
mod state;
pub mod store;

pub use app::app;
pub use clock::Clock;
pub use config::Config;
pub use error::Error;
pub use state::State;
