//! What a request is called in the log, and in its answer.

use axum::http::HeaderValue;
use rand_core::{OsRng, RngCore};

/// 8 random bytes, as hexadecimal.
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn random() -> Self {
        let mut id = [0; 8];
        OsRng.fill_bytes(&mut id);
        Self(hex::encode(id))
    }

    pub(crate) fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("none"))
    }
}

impl core::fmt::Display for RequestId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}
