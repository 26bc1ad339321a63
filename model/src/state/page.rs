//! A page: all that it knows is lost when it closes.

use crate::run::Run;

/// How far a page has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum At {
    /// There is no page.
    #[default]
    Closed,
    /// A page; the app's prepared share can be loaded.
    Open,
    /// It has an offer.
    Offered,
    /// It asks what became of what is pending. Holds the lock, as all that follow do.
    Resuming,
    /// Nothing is pending any more; it goes on with its offer.
    Cleared,
    /// The user handle is journaled.
    Named,
    /// The passkey is made.
    Enrolled,
    /// Refresh was sent.
    Refreshing,
    /// Prepare was sent.
    Preparing,
    /// The next share is journaled as pending.
    Sealed,
    /// Confirm was sent.
    Confirming,
    /// Commit was sent.
    Committing,
    /// The next share is journaled as active.
    Promoted,
    /// The sealed copy is here. The last that holds the lock.
    Fetched,
    /// Commit was sent, and its fate is unknown; the lock is free again.
    InDoubt,
    /// A session: the active share is open.
    Unlocked,
}

impl At {
    /// Whether a page holds the wallet's Web Lock there.
    pub fn holds_lock(self) -> bool {
        match self {
            Self::Closed | Self::Open | Self::Offered | Self::InDoubt | Self::Unlocked => false,
            Self::Resuming
            | Self::Cleared
            | Self::Named
            | Self::Enrolled
            | Self::Refreshing
            | Self::Preparing
            | Self::Sealed
            | Self::Confirming
            | Self::Committing
            | Self::Promoted
            | Self::Fetched => true,
        }
    }
}

/// What a wallet is moved for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It changes hands.
    #[default]
    Claim,
    /// It stays its person's.
    Rotation,
}

/// What a page has heard and not used yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Heard {
    /// Done; of a resume: committed, and it lives.
    pub done: bool,
    /// Of a resume: committed, and a later epoch lives.
    pub superseded: bool,
    /// Of a resume: not committed, and never will be.
    pub ended: bool,
}

/// A page: all of it is lost when it closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Page {
    /// How far it has come.
    pub at: At,
    /// What for.
    pub kind: Kind,
    /// Its claim; of a session the open share; of a fetched copy its share.
    pub claim: Option<Run>,
    /// What it asks about in a resume.
    pub asked: Option<Run>,
    /// Whether its request is under way.
    pub sent: bool,
    /// The answers that are under way to it.
    pub heard: Heard,
    /// Whether the co-signer remembers its offer.
    pub offer: bool,
    /// Whether the epoch that its claim starts from still lives.
    pub current: bool,
}
