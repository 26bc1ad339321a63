//! The container of everything that is stored or handed over: magic, version, kind, body, checksum; as text, base64url.

use base64ct::{Base64UrlUnpadded, Encoding};
use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::Zeroizing;

use crate::message::{DecodeError, VERSION, with_capacity_for, write};

const MAGIC: [u8; 4] = *b"ckit";
const HEADER: usize = MAGIC.len() + 2;

/// Something that travels in an envelope.
pub trait Envelope: BorshSerialize + BorshDeserialize {
    /// The kind byte: one for each type, never used again.
    const KIND: u8;
    /// What it is called in an error.
    const NAME: &'static str;
    /// Upper bound of the envelope's bytes.
    const LIMIT: usize;

    /// The envelope's bytes. They may hold secrets: they are erased when dropped.
    fn to_envelope(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = with_capacity_for(self, HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[VERSION, Self::KIND]);
        write(&mut bytes, self);
        bytes
    }

    /// The envelope as base64url text without padding.
    fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(Base64UrlUnpadded::encode_string(&self.to_envelope()))
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// [`DecodeError`] for one too long, of another kind or version, damaged, or with anything behind it.
    fn from_envelope(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::LIMIT {
            return Err(DecodeError::TooLong {
                got: bytes.len(),
                limit: Self::LIMIT,
            });
        }
        match bytes
            .strip_prefix(&MAGIC)
            .and_then(|rest| rest.split_first_chunk::<2>())
        {
            Some(([VERSION, kind], body)) if *kind == Self::KIND => {
                borsh::from_slice(body).map_err(|_| DecodeError::Malformed { what: Self::NAME })
            }
            Some(([VERSION, _], _)) => Err(DecodeError::Kind { expected: Self::NAME }),
            Some(([got, _], _)) => Err(DecodeError::Version {
                got: *got,
                expected: VERSION,
            }),
            None => Err(DecodeError::Kind { expected: Self::NAME }),
        }
    }

    /// Reads an envelope from text.
    ///
    /// # Errors
    /// As [`Envelope::from_envelope`]; text that is not base64url is no envelope.
    fn from_text(text: &str) -> Result<Self, DecodeError> {
        // A line feed, or two characters, for each line of 60 or more that a tool wraps at: an eighth is ample.
        let limit = Self::LIMIT.div_ceil(3) * 4;
        let longest = limit + limit / 8;
        if text.len() > longest {
            return Err(DecodeError::TooLong {
                got: text.len(),
                limit: longest,
            });
        }
        let bytes =
            Base64UrlUnpadded::decode_vec(&unwrapped(text)).map_err(|_| DecodeError::Kind { expected: Self::NAME })?;
        Self::from_envelope(&Zeroizing::new(bytes))
    }
}

/// Text as it was before a tool wrapped it at a column: databases and mail do (MySQL's `TO_BASE64` at 76).
fn unwrapped(text: &str) -> Zeroizing<String> {
    // As long as it can become: a string that grows leaves copies behind.
    let mut whole = Zeroizing::new(String::with_capacity(text.len()));
    whole.extend(text.chars().filter(|character| !character.is_ascii_whitespace()));
    whole
}

/// The kind byte of an envelope in text form, if it is one.
pub fn kind_of(text: &str) -> Option<u8> {
    let head = text.trim_start().get(..8)?;
    let mut bytes = [0; 6];
    let bytes = Base64UrlUnpadded::decode(head, &mut bytes).ok()?;
    bytes.strip_prefix(&MAGIC)?.get(1).copied()
}
