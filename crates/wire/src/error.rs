//! The closed list of error codes: the same string in HTTP bodies and in JavaScript's `error.code`.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $retry:literal;)*) => {
        /// What went wrong, as a caller may branch on it (docs/errors.md).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of docs/errors.md.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code's string.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status that carries the code.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whether the same call may succeed as it stands, later.
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retry,)* }
            }
        }
    };
}

codes! {
    /// An argument, a setting or a request body is not of the form that is asked for.
    InvalidArgument = "invalid_argument", 400, false;
    /// A prepared share, or a share on this device, is damaged, or belongs to another co-signer or browser.
    ShareInvalid = "share_invalid", 422, false;
    /// The wallet was claimed already; the prepared share is dead.
    AlreadyClaimed = "already_claimed", 409, false;
    /// The claim, or the ticket it rests on, is past its time.
    ClaimExpired = "claim_expired", 410, false;
    /// The session is over: unlock again.
    SessionExpired = "session_expired", 401, false;
    /// The caller has not shown the right to do this.
    NotAuthorised = "not_authorised", 403, false;
    /// The wallet is not known here.
    WalletNotFound = "wallet_not_found", 404, false;
    /// The co-signer's operator froze the wallet: nothing is done with it until they thaw it.
    WalletFrozen = "wallet_frozen", 423, false;
    /// This browser, or this page's address, can't use passkeys.
    PasskeyUnsupported = "passkey_unsupported", 400, false;
    /// The person, or the browser on their behalf, ended the passkey prompt.
    PasskeyCancelled = "passkey_cancelled", 400, false;
    /// The passkey gives no PRF output, so nothing could be sealed to it.
    PrfUnavailable = "prf_unavailable", 400, false;
    /// The two sides hold different epochs of the share.
    EpochMismatch = "epoch_mismatch", 409, false;
    /// A message of the other party failed a check; the run is thrown away.
    PeerMisbehaved = "peer_misbehaved", 422, false;
    /// The device's pairing with the co-signer can't be used any more: a new one is needed.
    PairingBurnt = "pairing_burnt", 409, false;
    /// The co-signer could not be reached, or answered nothing that can be read.
    CoSignerUnreachable = "co_signer_unreachable", 503, true;
    /// Too many requests: wait as long as Retry-After says.
    RateLimited = "rate_limited", 429, true;
    /// The device's, or the server's, storage failed.
    StorageUnavailable = "storage_unavailable", 507, true;
    /// A share, message or record of a version this release doesn't read.
    VersionUnsupported = "version_unsupported", 400, false;
    /// The caller's `AbortSignal` ended the call.
    Cancelled = "cancelled", 499, false;
    /// A fault of claimkit's own.
    Internal = "internal", 500, false;
}

impl core::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of every HTTP answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorBody {
    /// The code to branch on.
    pub code: ErrorCode,
    /// A sentence for the person who reads a log: what was expected, what to do. No user data.
    pub message: String,
    /// Where a retired epoch was used: the co-signer's signed [`Refusal`](crate::Refusal), as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Where a session's request was of another time, or for another process: the co-signer's clock, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// Beside `time`: the [mark](crate::ProcessMark) of the process that answers, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
}

impl ErrorBody {
    /// A code and a sentence, with nothing beside them.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            refusal: None,
            time: None,
            process: None,
        }
    }
}
