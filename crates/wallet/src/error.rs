//! What can go wrong, sorted by what the caller must do.

use wire::{DecodeError, ErrorCode};

use crate::host::{PasskeyError, SessionKeyError, StoreError, TransportError};

/// Why a call failed. No text holds a share, a key, an identifier or anything else of the user's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fix the call: an argument is not what is asked for.
    #[error("{0}")]
    Argument(&'static str),
    /// Use another share: this one is damaged, or belongs to another browser or co-signer.
    #[error("{0}")]
    Share(&'static str),
    /// Use a newer release: this one does not read the version.
    #[error("version {got} is not readable, this release reads version {expected}")]
    Version {
        /// The version that came.
        got: u8,
        /// The version that is read.
        expected: u8,
    },
    /// Act on the code: this was found out here, without or in spite of the co-signer.
    #[error("{message}")]
    State {
        /// The code.
        code: ErrorCode,
        /// What is so, and what to do.
        message: &'static str,
    },
    /// Act on the code: the co-signer refused, and said why, inside the channel.
    #[error("the co-signer refused: {message}")]
    Refused {
        /// The code.
        code: ErrorCode,
        /// The co-signer's sentence.
        message: String,
        /// Seconds to wait before the same call may succeed.
        retry_after: Option<u32>,
        /// Where a retired epoch was used: the co-signer's [refusal](crate::refusal) as text, its signature verified. Which wallet and
        /// epoch it is of, it says itself.
        refusal: Option<String>,
    },
    /// Show it, or try again: this came in clear. The co-signer may have said it, of what it could not open or of the control plane, or
    /// anything between here and there.
    #[error("refused, by the co-signer or by something before it: {message}")]
    Unauthenticated {
        /// The code: one of those that a co-signer can't but say in clear.
        code: ErrorCode,
        /// The sentence.
        message: String,
        /// Seconds to wait before the same call may succeed.
        retry_after: Option<u32>,
    },
    /// Don't try again: the co-signer, or someone in its place, sent what does not hold. The run is thrown away.
    #[error("the co-signer sent what does not hold: {0}")]
    Misbehaved(Fault),
    /// Try again later.
    #[error("{0}")]
    Unreachable(&'static str),
    /// Tell the person: the passkey gave nothing.
    #[error(transparent)]
    Passkey(PasskeyError),
    /// Try again, or on another device: the storage failed.
    #[error(transparent)]
    Storage(StoreError),
    /// Nothing: the caller ended the call.
    #[error("the call was cancelled")]
    Cancelled,
    /// Report it: claimkit is at fault.
    #[error("claimkit's own fault: {0}")]
    Internal(&'static str),
}

/// What the co-signer sent that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A protocol's check.
    #[error(transparent)]
    Abort(mpc::Abort),
    /// The form of a message.
    #[error(transparent)]
    Form(DecodeError),
    /// What a message says.
    #[error("{0}")]
    Content(&'static str),
}

impl Error {
    /// The code to branch on: the same string as in HTTP bodies.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Argument(_) => ErrorCode::InvalidArgument,
            Self::Share(_) => ErrorCode::ShareInvalid,
            Self::Version { .. } => ErrorCode::VersionUnsupported,
            Self::State { code, .. } | Self::Refused { code, .. } | Self::Unauthenticated { code, .. } => *code,
            Self::Misbehaved(_) => ErrorCode::PeerMisbehaved,
            Self::Unreachable(_) => ErrorCode::CoSignerUnreachable,
            Self::Passkey(error) => match error {
                PasskeyError::Unsupported | PasskeyError::Excluded => ErrorCode::PasskeyUnsupported,
                PasskeyError::Declined | PasskeyError::Failed => ErrorCode::PasskeyCancelled,
                PasskeyError::NoPrf => ErrorCode::PrfUnavailable,
                PasskeyError::Cancelled => ErrorCode::Cancelled,
            },
            Self::Storage(error) => match error {
                StoreError::Unavailable
                | StoreError::Full
                | StoreError::Changed
                | StoreError::NotKept
                | StoreError::Busy => ErrorCode::StorageUnavailable,
                StoreError::Newer => ErrorCode::VersionUnsupported,
                StoreError::Cancelled => ErrorCode::Cancelled,
            },
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Whether the same call may succeed as it stands, later.
    pub fn is_retryable(&self) -> bool {
        self.code().is_retryable()
    }

    /// How long to wait before that, in seconds, where the co-signer said so.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Refused { retry_after, .. } | Self::Unauthenticated { retry_after, .. } => *retry_after,
            Self::Argument(_)
            | Self::Share(_)
            | Self::Version { .. }
            | Self::State { .. }
            | Self::Misbehaved(_)
            | Self::Unreachable(_)
            | Self::Passkey(_)
            | Self::Storage(_)
            | Self::Cancelled
            | Self::Internal(_) => None,
        }
    }

    /// The evidence that a share is dead, where the co-signer gave it.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refused { refusal, .. } => refusal.as_deref(),
            Self::Argument(_)
            | Self::Share(_)
            | Self::Version { .. }
            | Self::State { .. }
            | Self::Unauthenticated { .. }
            | Self::Misbehaved(_)
            | Self::Unreachable(_)
            | Self::Passkey(_)
            | Self::Storage(_)
            | Self::Cancelled
            | Self::Internal(_) => None,
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unreachable => Self::Unreachable("the co-signer could not be reached: try again later"),
            TransportError::Cancelled => Self::Cancelled,
        }
    }
}

impl From<SessionKeyError> for Error {
    fn from(_: SessionKeyError) -> Self {
        Self::State {
            code: ErrorCode::PasskeyUnsupported,
            message: "this browser, or this page's address, has no keys that sign and can't be copied: serve the page by https",
        }
    }
}

impl From<PasskeyError> for Error {
    fn from(error: PasskeyError) -> Self {
        Self::Passkey(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Storage(error)
    }
}

/// An abort of a run with the co-signer, unless it says that our own share is at fault.
impl From<mpc::Abort> for Error {
    fn from(abort: mpc::Abort) -> Self {
        match abort {
            mpc::Abort::Inconsistent | mpc::Abort::WrongRole | mpc::Abort::EpochsExhausted => {
                Self::Share("the share does not fit itself, or can't be rotated any further")
            }
            mpc::Abort::NotDerivable => Self::Argument("there is no child at this path"),
            // `Abort` may grow; what it then adds is another check of the peer's messages.
            _ => Self::Misbehaved(Fault::Abort(abort)),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Misbehaved(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_errors_keep_their_meaning() {
        let codes = [
            (Error::from(TransportError::Unreachable), ErrorCode::CoSignerUnreachable),
            (TransportError::Cancelled.into(), ErrorCode::Cancelled),
            (PasskeyError::Unsupported.into(), ErrorCode::PasskeyUnsupported),
            (PasskeyError::Declined.into(), ErrorCode::PasskeyCancelled),
            (PasskeyError::Failed.into(), ErrorCode::PasskeyCancelled),
            (PasskeyError::Excluded.into(), ErrorCode::PasskeyUnsupported),
            (PasskeyError::NoPrf.into(), ErrorCode::PrfUnavailable),
            (PasskeyError::Cancelled.into(), ErrorCode::Cancelled),
            (SessionKeyError.into(), ErrorCode::PasskeyUnsupported),
            (StoreError::Unavailable.into(), ErrorCode::StorageUnavailable),
            (StoreError::NotKept.into(), ErrorCode::StorageUnavailable),
            (StoreError::Full.into(), ErrorCode::StorageUnavailable),
            (StoreError::Changed.into(), ErrorCode::StorageUnavailable),
            (StoreError::Cancelled.into(), ErrorCode::Cancelled),
            (mpc::Abort::WrongProof.into(), ErrorCode::PeerMisbehaved),
            (mpc::Abort::Inconsistent.into(), ErrorCode::ShareInvalid),
        ];
        for (error, code) in codes {
            assert_eq!(
                (error.code(), error.is_retryable()),
                (code, code.is_retryable()),
                "{error}"
            );
        }
    }
}
