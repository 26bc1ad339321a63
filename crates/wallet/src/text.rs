//! Bytes as text: base64url without padding.

use base64ct::{Base64UrlUnpadded, Encoding};

/// Writes public bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads exactly `N` bytes.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let read = Base64UrlUnpadded::decode(text.trim(), &mut bytes).ok()?;
    (read.len() == N).then_some(bytes)
}

/// Reads bytes of whatever length.
pub(crate) fn decode_bytes(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text.trim()).ok()
}
