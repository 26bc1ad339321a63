//! What the co-signer has, on its disk and in its memory.

use super::{Kind, Sealed};
use crate::run::{Run, Runs};

/// How far a stored claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The next shares are pending.
    Prepared,
    /// The confirmation was taken.
    Confirmed,
}

/// A stored claim that is not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pending {
    /// The claim.
    pub claim: Run,
    /// What for.
    pub kind: Kind,
    /// How far it has come.
    pub phase: Phase,
    /// The passkey that confirmed it.
    pub passkey: Option<Run>,
    /// Whether the epoch that it follows lives.
    pub current: bool,
    /// Whether a confirm of a page that waits no more is under way.
    pub late_confirm: bool,
    /// Whether a commit of a page that waits no more is under way.
    pub late_commit: bool,
}

/// A claim that waits for its openings: in memory only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Refreshing {
    /// The claim.
    pub claim: Run,
    /// What for.
    pub kind: Kind,
    /// Whether the epoch that it follows lives.
    pub current: bool,
    /// Whether a prepare of a page that waits no more is under way.
    pub late_prepare: bool,
}

/// A signature being made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signing {
    /// None.
    #[default]
    Idle,
    /// Under the epoch that lives.
    Live,
    /// Under an epoch that lived when it began.
    Late,
    /// One left under an epoch that had died.
    Escaped,
}

/// The co-signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CoSigner {
    /// In memory: the claim that waits for its openings.
    pub refreshing: Option<Refreshing>,
    /// In memory: a signature being made.
    pub signing: Signing,
    /// The claim that is stored and not committed.
    pub pending: Option<Pending>,
    /// The epoch that lives.
    pub active: Run,
    /// An epoch that should be retired and is not yet.
    pub unretired: Option<Run>,
    /// Whether a retired share is not yet erased.
    pub retired: bool,
    /// The passkey of the claimed wallet.
    pub passkey: Option<Run>,
    /// The sealed copy.
    pub copy: Option<Sealed>,
    /// Earlier epochs that were committed and that somebody still speaks of.
    pub committed: Runs,
    /// Whether an epoch was committed that did not follow the living one.
    pub forked: bool,
}
