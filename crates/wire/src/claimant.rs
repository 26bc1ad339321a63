//! Whom a prepared share was made for.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::bounded;

/// The identifier a prepared share was made for: in JSON an object with one key, `{ "email": "…" }`.
///
/// At most [`ClaimantId::MAX_LENGTH`] bytes, no control characters, not empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimantId {
    /// An email address: compared without regard to the case of A to Z, every other letter as it is.
    Email(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// A phone number, E.164.
    Phone(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// A Telegram user id.
    TelegramUserId(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// A Farcaster username.
    FarcasterUsername(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// An X username.
    XUsername(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// A Discord username.
    DiscordUsername(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// An identifier of the app's own.
    CustomId(#[borsh(deserialize_with = "bounded::claimant")] String),
}

impl ClaimantId {
    /// The longest value, in bytes.
    pub const MAX_LENGTH: usize = 320;

    /// The name of the kind, as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::TelegramUserId(_) => "telegramUserId",
            Self::FarcasterUsername(_) => "farcasterUsername",
            Self::XUsername(_) => "xUsername",
            Self::DiscordUsername(_) => "discordUsername",
            Self::CustomId(_) => "customId",
        }
    }

    /// The value.
    pub fn value(&self) -> &str {
        match self {
            Self::Email(value)
            | Self::Phone(value)
            | Self::TelegramUserId(value)
            | Self::FarcasterUsername(value)
            | Self::XUsername(value)
            | Self::DiscordUsername(value)
            | Self::CustomId(value) => value,
        }
    }

    /// The one form in which an identifier is stored and compared: trimmed, an email's A to Z in lower case.
    ///
    /// Other letters stay as they are: Unicode's lower case makes one of addresses that differ (the Kelvin sign becomes a k), and
    /// every page would load its tables.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the value: empty, too long, a control character, an email without `@`, a
    /// phone number that is not E.164.
    pub fn normalised(self) -> Result<Self, &'static str> {
        let value = self.value().trim();
        if value.is_empty() {
            return Err("a claimant id must not be empty");
        }
        if value.len() > Self::MAX_LENGTH {
            return Err("a claimant id has at most 320 bytes");
        }
        if value.chars().any(char::is_control) {
            return Err("a claimant id has no control characters");
        }
        let value = value.to_owned();
        Ok(match self {
            Self::Email(_) if !value.contains('@') => return Err("an email address contains an @"),
            Self::Email(_) => Self::Email(value.to_ascii_lowercase()),
            Self::Phone(_) if !is_e164(&value) => {
                return Err("a phone number is written as E.164: a plus sign and 7 to 15 digits");
            }
            Self::Phone(_) => Self::Phone(value),
            Self::TelegramUserId(_) => Self::TelegramUserId(value),
            Self::FarcasterUsername(_) => Self::FarcasterUsername(value),
            Self::XUsername(_) => Self::XUsername(value),
            Self::DiscordUsername(_) => Self::DiscordUsername(value),
            Self::CustomId(_) => Self::CustomId(value),
        })
    }
}

fn is_e164(value: &str) -> bool {
    value
        .strip_prefix('+')
        .is_some_and(|digits| (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Says the kind only: identifiers stay out of logs.
impl core::fmt::Debug for ClaimantId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ClaimantId({}, <redacted>)", self.kind())
    }
}
