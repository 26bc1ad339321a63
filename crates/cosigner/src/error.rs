//! What can go wrong outside a request: in settings, at start, in a command.

use crate::store::StoreError;

/// Why the co-signer does not start, or a command is refused. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// The database can't be used.
    #[error("{0}")]
    Database(String),
    /// The store failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// The network can't be used.
    #[error("{0}")]
    Network(String),
}
