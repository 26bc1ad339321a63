//! What the high-water mark tells, and what came of it.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::WalletId;

/// What the mark tells one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// A wallet reached an epoch: the number.
    Epoch = 1,
    /// A pairing was burnt.
    Burnt = 2,
    /// An API key was revoked.
    Revoked = 3,
    /// An API key, by its hash, failed a check at the time that is the number.
    ApiKey = 4,
    /// A passkey did.
    Credential = 5,
    /// Who claimed a wallet did.
    Wallet = 6,
    /// A claim that could have been committed ended, and no pairing was burnt with it.
    Ended = 7,
    /// The passkeys of a wallet were changed: how often, is the number.
    Passkeys = 8,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::Epoch,
        Self::Burnt,
        Self::Revoked,
        Self::ApiKey,
        Self::Credential,
        Self::Wallet,
        Self::Ended,
        Self::Passkeys,
    ];

    /// Its name in the database.
    pub(in crate::store) fn as_str(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Burnt => "burnt",
            Self::Revoked => "revoked",
            Self::ApiKey => "api_key",
            Self::Credential => "credential",
            Self::Wallet => "wallet",
            Self::Ended => "ended",
            Self::Passkeys => "passkeys",
        }
    }

    pub(in crate::store) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// How many bytes its names have.
    pub(super) fn name_length(self) -> usize {
        match self {
            Self::Epoch | Self::Burnt | Self::Ended | Self::Passkeys => 16,
            Self::Revoked => 8,
            Self::ApiKey | Self::Credential | Self::Wallet => 32,
        }
    }
}

/// One thing that no older copy of the database may undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Level {
    pub(in crate::store) kind: Kind,
    pub(in crate::store) name: Vec<u8>,
    pub(in crate::store) number: u64,
    /// Tells levels from one another that are else alike: failed checks of one second.
    pub(in crate::store) copy: u32,
}

/// A level as it is written.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct Body {
    pub(super) kind: u8,
    name: [u8; 32],
    number: u64,
    copy: u32,
    zero: [u8; 3],
}

impl Level {
    /// What is written of it.
    pub(super) fn body(&self) -> Body {
        let mut name = [0; 32];
        name.iter_mut().zip(&self.name).for_each(|(to, from)| *to = *from);
        Body {
            kind: self.kind as u8,
            name,
            number: self.number,
            copy: self.copy,
            zero: [0; 3],
        }
    }

    /// Reads it back. Nothing for a kind that is not known.
    pub(super) fn read(body: &Body) -> Option<Self> {
        let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == body.kind)?;
        Some(Self {
            kind,
            name: body.name.into_iter().take(kind.name_length()).collect(),
            number: body.number,
            copy: body.copy,
        })
    }
}

/// What an older copy of the database had lost, by its high-water mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heeded {
    /// Wallets that had reached a later epoch or had their passkeys changed since, or are not there at all.
    pub wallets: Vec<WalletId>,
    /// Pairings that were burnt again.
    pub pairings: usize,
    /// API keys that were revoked again.
    pub api_keys: usize,
    /// Failed checks that were counted again.
    pub failed_checks: usize,
    /// Claims that were ended again.
    pub claims: usize,
}
