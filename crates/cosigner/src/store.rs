//! Where everything durable is kept.

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something that the change rests on no longer holds: nothing was changed.
    #[error("the record has changed in the meantime")]
    Conflict,
    /// The store can't be used right now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A record is not of the form that it was written in.
    #[error("damaged record: {0}")]
    Damaged(&'static str),
}
