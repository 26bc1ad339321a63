//! Why a run ended.

/// Why a protocol run ended: a message failed a check, and the state that checked it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Abort {
    /// Bytes are not of the form that the message or the stored value has.
    #[error("malformed {0}")]
    Malformed(&'static str),
}

impl Abort {
    /// Says whether the oblivious-transfer set-up must be burnt, durably, before anything is answered.
    ///
    /// # Security
    /// Each failed check of the OT extension tells the peer one bit of the co-signer's correlation (trap T3).
    pub fn burns_pairing(&self) -> bool {
        false
    }
}
