//! What is stored of queries: whose they are while they are under way, and the checks that they fail.

use mpc::{PairingId, WalletId};

use super::{Event, PairingOwner};

const SUSPECT: &str = "claimkit/cosigner/suspect/v1";

/// The process that put a query to a pairing: drawn at each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessId(pub [u8; 16]);

/// Whom a failed check is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suspect {
    /// A back end.
    ApiKey([u8; 8]),
    /// The browsers of one passkey.
    Credential(Vec<u8>),
    /// Whoever claims this wallet: a claim has no name that outlasts it.
    Wallet(WalletId),
    /// Whoever shows a passkey to a claim of this wallet.
    Confirming(WalletId),
}

impl Suspect {
    /// What they are.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ApiKey(_) => "api_key",
            Self::Credential(_) => "credential",
            Self::Wallet(_) | Self::Confirming(_) => "wallet",
        }
    }

    /// What stands for their name, 32 bytes: a passkey's may be long.
    pub fn hash(&self) -> [u8; 32] {
        let (role, name): (&str, &[u8]) = match self {
            Self::ApiKey(id) => (self.kind(), id),
            Self::Credential(id) => (self.kind(), id),
            Self::Wallet(id) => (self.kind(), &id.0),
            Self::Confirming(id) => ("confirming", &id.0),
        };
        mpc::tags::hash(SUSPECT, &[role.as_bytes(), name])
    }
}

/// A failed check of oblivious transfers, or of a passkey that is shown to a claim.
#[derive(Clone, Debug)]
pub struct FailedCheck {
    /// What the audit log calls it, and what it calls the one that bars.
    pub events: (Event, Event),
    /// The pairing that it burns; nothing where it failed before there was one.
    pub pairing: Option<PairingId>,
    /// The pairing that it kept from being made, and whose it was to be: its id is used up.
    pub unmade: Option<(PairingId, PairingOwner)>,
    /// Whom it is held against.
    pub suspects: Vec<Suspect>,
    /// The wallets that the audit log names with it.
    pub wallets: Vec<WalletId>,
    /// Who has failed as many since `since` is barred.
    pub limit: u32,
    /// Unix seconds.
    pub since: u64,
    /// Unix seconds.
    pub at: u64,
}
