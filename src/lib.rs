//! The wasm boundary of claimkit: JavaScript values become Rust values here, and back.
//!
//! No logic: each class converts its arguments, calls `wallet`, and converts the answer. The npm package `claimkit` wraps what is
//! generated from this crate.

mod before_prompt;
mod child;
mod claim;
mod claimant;
mod creation;
mod data;
mod error;
pub mod host;
mod kit;
mod options;
mod ownership;
mod payload;
mod prepared;
mod progress;
mod promise;
mod receipt;
mod records;
mod refusal;
mod server;
mod session;
mod session_options;
mod session_passkeys;
mod session_watch;
mod signal;
mod wallet;

pub use self::wallet::Wallet;
pub use claim::Claim;
pub use host::transport::Transport;
pub use kit::Kit;
pub use ownership::verify_proof;
pub use prepared::PreparedWallet;
pub use receipt::verify_receipt;
pub use refusal::verify_refusal;
pub use server::Server;
pub use session::Session;
