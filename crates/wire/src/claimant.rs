//! Whom a prepared share was made for.

mod email;
mod handle;
mod phone;
mod text;
mod unicode;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::bounded;

pub use unicode::Unicode;

/// The identifier a prepared share was made for: in JSON an object with one key, `{ "email": "…" }`.
///
/// In its normal form: 1 to [`ClaimantId::MAX_LENGTH`] bytes of visible characters, as docs/claimant-ids.md has them for each kind.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimantId {
    /// An email address: compared without regard to the case of A to Z; its domain in ASCII.
    Email(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// A phone number, E.164.
    Phone(#[borsh(deserialize_with = "bounded::claimant")] String),
    /// A Telegram user id: a number.
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

    /// The one form in which an identifier is stored and compared, by this crate's own tables.
    ///
    /// In wasm there are none: text that needs them was given its form by [`ClaimantId::normalised_by`] where it came in, and stays as it
    /// is; a domain beyond ASCII is refused.
    ///
    /// # Errors
    /// As [`ClaimantId::normalised_by`].
    pub fn normalised(self) -> Result<Self, &'static str> {
        self.normalised_by(&unicode::Own)
    }

    /// The one form in which an identifier is stored and compared (docs/claimant-ids.md): spellings of one claimant become the same text, and
    /// what two claimants could share is refused.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the value.
    pub fn normalised_by(self, unicode: &dyn Unicode) -> Result<Self, &'static str> {
        text::check(self.value())?;
        let value = self.value().trim();
        let kind: fn(String) -> Self = match self {
            Self::Email(_) => Self::Email,
            Self::Phone(_) => Self::Phone,
            Self::TelegramUserId(_) => Self::TelegramUserId,
            Self::FarcasterUsername(_) => Self::FarcasterUsername,
            Self::XUsername(_) => Self::XUsername,
            Self::DiscordUsername(_) => Self::DiscordUsername,
            Self::CustomId(_) => Self::CustomId,
        };
        let normal = match &self {
            Self::Email(_) => email::normal(value, unicode)?,
            Self::Phone(_) => phone::normal(value)?,
            Self::TelegramUserId(_) => handle::telegram(value)?,
            Self::FarcasterUsername(_) => handle::farcaster(value)?,
            Self::XUsername(_) => handle::x(value)?,
            Self::DiscordUsername(_) => handle::discord(value)?,
            Self::CustomId(whole) => text::custom(whole, unicode)?,
        };
        text::check_length(&normal)?;
        Ok(kind(normal))
    }
}

/// Says the kind only: identifiers stay out of logs.
impl core::fmt::Debug for ClaimantId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ClaimantId({}, <redacted>)", self.kind())
    }
}
