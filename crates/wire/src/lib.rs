//! What claimkit's client and co-signer say to each other.
//!
//! Shapes only: this crate computes nothing and performs nothing. Ceremony messages are binary, one versioned encoding
//! ([`ceremony`]); the control plane is JSON ([`control`]); what is stored or handed over is an [`envelope`]; every failure
//! carries an [`ErrorCode`] of one closed list.

pub mod bounded;
pub mod ceremony;
pub mod claimant;
pub mod control;
pub mod envelope;
pub mod error;
pub mod http_signature;
pub mod message;
pub mod ownership;
pub mod passkeys;
pub mod receipt;
pub mod refusal;
pub mod secret;
pub mod share;
pub mod statement;
pub mod ticket;
pub mod wallet_type;

pub use claimant::ClaimantId;
pub use envelope::Envelope;
pub use error::{ErrorBody, ErrorCode};
pub use http_signature::{ProcessMark, RequestKey};
pub use message::{DecodeError, Request};
pub use passkeys::{PasskeySet, Recipient};
pub use receipt::Receipt;
pub use refusal::Refusal;
pub use secret::SecretBytes;
pub use share::{CoSignerIdentity, PreparedShare};
pub use ticket::Ticket;
pub use wallet_type::WalletType;
