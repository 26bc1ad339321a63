//! The one error of every request: a code and a sentence for the caller, a cause for the log.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use mpc::{Abort, channel::Answering};
use rand_core::{OsRng, RngCore};
use wire::{DecodeError, ErrorBody, ErrorCode, ProcessMark};

use crate::{key_encryption::Unopened, store::StoreError};

/// When to come again to a co-signer that took too long, in seconds.
const TOO_SLOW_FOR: u32 = 5;

/// Why a request is refused.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    code: ErrorCode,
    /// For the caller. No user data.
    message: &'static str,
    /// For the log, never returned. No user data either.
    cause: Option<String>,
    status: Option<StatusCode>,
    retry_after: Option<u32>,
    /// Signed, where a retired epoch was used.
    refusal: Option<String>,
    /// The time, Unix seconds, and the process, where a request was of others.
    clock: Option<(u64, ProcessMark)>,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: &'static str) -> Self {
        Self {
            code,
            message,
            cause: None,
            status: None,
            retry_after: None,
            refusal: None,
            clock: None,
        }
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.code
    }

    /// Keeps the cause, for the log.
    pub(crate) fn because(mut self, cause: impl core::fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Answers with the evidence that a share is dead.
    pub(crate) fn with_refusal(mut self, refusal: String) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Answers with what a request should have been made for.
    pub(crate) fn with_clock(mut self, now: u64, process: ProcessMark) -> Self {
        self.clock = Some((now, process));
        self
    }

    /// Answers with another status than the code's.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn invalid(message: &'static str) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    pub(crate) fn not_authorised(message: &'static str) -> Self {
        Self::new(ErrorCode::NotAuthorised, message)
    }

    pub(crate) fn rate_limited(seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                ErrorCode::RateLimited,
                "too many requests: wait as long as Retry-After says",
            )
        }
    }

    /// There is no room for one more at the moment. Those who are told so come back at different times.
    pub(crate) fn busy() -> Self {
        Self::rate_limited(1 + OsRng.next_u32() % 3)
    }

    pub(crate) fn claim_expired() -> Self {
        Self::new(
            ErrorCode::ClaimExpired,
            "this claim is over, was replaced by a later one, or has done this step: start it again with the prepared share",
        )
    }

    pub(crate) fn already_claimed() -> Self {
        Self::new(
            ErrorCode::AlreadyClaimed,
            "the wallet was claimed: its prepared share is dead",
        )
    }

    pub(crate) fn wallet_not_found() -> Self {
        Self::new(ErrorCode::WalletNotFound, "the wallet is not known to this co-signer")
    }

    pub(crate) fn wallet_frozen() -> Self {
        Self::new(
            ErrorCode::WalletFrozen,
            "the co-signer's operator froze this wallet: nothing is lost, and nothing is signed, changed, claimed or exported until they \
             thaw it",
        )
    }

    pub(crate) fn epoch_mismatch() -> Self {
        Self::new(
            ErrorCode::EpochMismatch,
            "the co-signer holds another epoch of this wallet",
        )
    }

    pub(crate) fn restored() -> Self {
        Self::new(
            ErrorCode::EpochMismatch,
            "the co-signer's database was restored from an older copy than this wallet's: no share is lost, and the co-signer's \
             operator must bring the newer database back",
        )
    }

    /// The time for a request is over.
    pub(crate) fn too_slow() -> Self {
        Self {
            retry_after: Some(TOO_SLOW_FOR),
            ..Self::new(
                ErrorCode::CoSignerUnreachable,
                "the co-signer took too long: come again when Retry-After says",
            )
        }
    }

    pub(crate) fn pairing_burnt() -> Self {
        Self::new(
            ErrorCode::PairingBurnt,
            "the pairing is burnt or not known: make a new one",
        )
    }

    pub(crate) fn internal(cause: impl core::fmt::Display) -> Self {
        Self::new(ErrorCode::Internal, "the co-signer is at fault").because(cause)
    }

    /// The refusal of a request that was opened: for its sender alone, and by nobody else. Status and `Retry-After` are in clear, for what
    /// counts requests and spreads them.
    pub(crate) fn sealed(self, answering: Answering) -> Response {
        let sealed = serde_json::to_vec(&self.body()).map_err(|error| error.to_string());
        let sealed = sealed.and_then(|body| answering.refuse(&body, &mut OsRng).map_err(|abort| abort.to_string()));
        match sealed {
            Ok(sealed) => {
                let headers = [
                    (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
                    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
                ];
                self.respond(|status| (status, headers, sealed).into_response())
            }
            Err(error) => Self::internal(error).into_response(),
        }
    }

    fn body(&self) -> ErrorBody {
        ErrorBody {
            code: self.code,
            message: self.message.to_owned(),
            refusal: self.refusal.clone(),
            time: self.clock.map(|(now, _)| now),
            process: self.clock.map(|(_, process)| process.to_text()),
        }
    }

    /// Logs it, and answers with its status and headers.
    fn respond(&self, with: impl FnOnce(StatusCode) -> Response) -> Response {
        let status = self
            .status
            .or_else(|| StatusCode::from_u16(self.code.status()).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let cause = self.cause.as_deref().unwrap_or("");
        if status.is_server_error() {
            tracing::error!(code = self.code.as_str(), cause, "request failed");
        } else {
            tracing::info!(code = self.code.as_str(), cause, "request refused");
        }
        let mut response = with(status);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self.code);
        response
    }
}

/// An abort of a run is the peer's doing, unless it says that our own share is at fault.
impl From<Abort> for ApiError {
    fn from(abort: Abort) -> Self {
        let code = match abort {
            Abort::Inconsistent | Abort::WrongRole => ErrorCode::Internal,
            Abort::EpochsExhausted => ErrorCode::EpochMismatch,
            // `Abort` may grow; what it then adds is another check of the peer's messages.
            _ => ErrorCode::PeerMisbehaved,
        };
        let message = match code {
            ErrorCode::Internal => "the co-signer is at fault",
            ErrorCode::EpochMismatch => "the wallet has no epoch after this one",
            _ => "a message failed its check: this run is over",
        };
        Self::new(code, message).because(abort)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Conflict | StoreError::Damaged(_) => Self::internal(error),
            StoreError::Unavailable(_) => Self::new(
                ErrorCode::StorageUnavailable,
                "the co-signer's storage failed: nothing is lost, try again",
            )
            .because(error),
        }
    }
}

impl From<Unopened> for ApiError {
    fn from(error: Unopened) -> Self {
        Self::internal(error)
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Version { .. } => Self::new(
                ErrorCode::VersionUnsupported,
                "the message is of a version that this co-signer does not read",
            ),
            DecodeError::TooLong { .. } => Self::invalid("the message is longer than it may be"),
            DecodeError::Kind { .. } | DecodeError::Malformed { .. } => {
                Self::invalid("the message is not of the form that this step takes")
            }
        }
        .because(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.respond(|status| (status, Json(self.body())).into_response())
    }
}
