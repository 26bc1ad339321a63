//! What the high-water mark tells, and what came of it.

use std::collections::{HashMap, HashSet};

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::WalletId;

/// What the mark tells one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Whether each level counts, and not the highest of a name alone.
    fn is_counted(self) -> bool {
        match self {
            Self::ApiKey | Self::Credential | Self::Wallet => true,
            Self::Epoch | Self::Burnt | Self::Revoked | Self::Ended | Self::Passkeys => false,
        }
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
        Body {
            kind: self.kind as u8,
            name: padded(&self.name),
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

/// What a mark says: the highest level of each name, and each failed check.
#[derive(Debug, Default)]
pub(in crate::store) struct Levels {
    highest: HashMap<(Kind, [u8; 32]), u64>,
    checks: HashSet<(Kind, [u8; 32], u64, u32)>,
    /// How many there were, with those that were outdone.
    added: usize,
}

impl Levels {
    pub(super) fn add(&mut self, level: Level) {
        let name = padded(&level.name);
        self.added += 1;
        if level.kind.is_counted() {
            self.checks.insert((level.kind, name, level.number, level.copy));
        } else {
            let highest = self.highest.entry((level.kind, name)).or_insert(level.number);
            *highest = level.number.max(*highest);
        }
    }

    /// How many say nothing any more.
    pub(in crate::store) fn outdone(&self) -> usize {
        self.added - self.highest.len() - self.checks.len()
    }

    pub(in crate::store) fn count(&self) -> usize {
        self.added
    }

    /// Takes out what is said of a name.
    pub(in crate::store) fn take(&mut self, kind: Kind, name: &[u8]) -> Option<u64> {
        self.highest.remove(&(kind, padded(name)))
    }

    /// Takes out a failed check. Says whether it was there.
    pub(in crate::store) fn take_check(&mut self, level: &Level) -> bool {
        self.checks
            .remove(&(level.kind, padded(&level.name), level.number, level.copy))
    }

    /// What was not taken out.
    pub(in crate::store) fn into_levels(self) -> impl Iterator<Item = Level> {
        let level = |kind: Kind, name: [u8; 32], number, copy| Level {
            kind,
            name: name.into_iter().take(kind.name_length()).collect(),
            number,
            copy,
        };
        let highest = self.highest.into_iter();
        let highest = highest.map(move |((kind, name), number)| level(kind, name, number, 0));
        let checks = self.checks.into_iter();
        highest.chain(checks.map(move |(kind, name, number, copy)| level(kind, name, number, copy)))
    }
}

fn padded(name: &[u8]) -> [u8; 32] {
    let mut padded = [0; 32];
    padded.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    padded
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
