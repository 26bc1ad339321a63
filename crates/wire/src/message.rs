//! How a ceremony message becomes bytes: a version byte, then the canonical borsh encoding.

use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::Zeroizing;

/// The version of every ceremony message that this release writes and reads.
pub const VERSION: u8 = 1;

/// A message sent to the co-signer, and the one that answers it.
///
/// The path is the HTTP path and the channel's label: a message sealed for one step opens at no other.
pub trait Request: BorshSerialize + BorshDeserialize {
    /// HTTP path and channel label.
    const PATH: &'static str;
    /// Upper bound of the encoded request, in bytes, before the channel's overhead.
    const LIMIT: usize;
    /// What answers it.
    type Answer: BorshSerialize + BorshDeserialize;
    /// Upper bound of the encoded answer, in bytes.
    const ANSWER_LIMIT: usize;
}

/// Bytes that are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than the message may be.
    #[error("too long: got {got} bytes, at most {limit} are allowed")]
    TooLong {
        /// The length that came.
        got: usize,
        /// The length that is allowed.
        limit: usize,
    },
    /// Written by another version.
    #[error("version {got} is not readable, this release reads version {expected}")]
    Version {
        /// The version that came.
        got: u8,
        /// The version that is read.
        expected: u8,
    },
    /// Of another kind than asked for.
    #[error("not a {expected}")]
    Kind {
        /// What was asked for.
        expected: &'static str,
    },
    /// Damaged or cut short.
    #[error("malformed {what}")]
    Malformed {
        /// What was being read.
        what: &'static str,
    },
}

/// Encodes a message. The bytes may hold secrets: they are erased when dropped.
pub fn encode(message: &impl BorshSerialize) -> Zeroizing<Vec<u8>> {
    let mut bytes = with_capacity_for(message, 1);
    bytes.push(VERSION);
    write(&mut bytes, message);
    bytes
}

/// A buffer that takes `head` bytes and the message without growing: a growing one would leave unerased copies behind.
pub(crate) fn with_capacity_for(message: &impl BorshSerialize, head: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(head + borsh::object_length(message).unwrap_or(0)))
}

/// Appends the canonical encoding.
pub(crate) fn write(bytes: &mut Vec<u8>, message: &impl BorshSerialize) {
    // Writing to memory fails only for collections over 4 GiB, which nothing here holds; a reader refuses what is cut short.
    let _ = borsh::to_writer(bytes, message);
}

/// Decodes a message of at most `limit` bytes, checked before anything is parsed.
///
/// # Errors
/// [`DecodeError`] for one too long, of another version, damaged, or with anything behind it.
pub fn decode<T: BorshDeserialize>(bytes: &[u8], limit: usize, what: &'static str) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong {
            got: bytes.len(),
            limit,
        });
    }
    match bytes.split_first() {
        Some((&VERSION, body)) => borsh::from_slice(body).map_err(|_| DecodeError::Malformed { what }),
        Some((&got, _)) => Err(DecodeError::Version { got, expected: VERSION }),
        None => Err(DecodeError::Malformed { what }),
    }
}
