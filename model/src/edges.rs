//! What was seen to happen, in the large: the arrows of the diagrams.

use std::collections::BTreeSet;

use crate::{
    Step, Write,
    state::{At, Phase, State},
};

/// What was seen to happen, in the large.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// What the first page does.
    pub page: BTreeSet<(At, Step, At)>,
    /// What the co-signer writes.
    pub co_signer: BTreeSet<(Stored, Write, Stored)>,
}

/// What the co-signer has of a wallet, in the large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stored {
    /// The prepared share lives.
    Unclaimed,
    /// The next share is pending.
    Prepared,
    /// The passkey and the copy are there.
    Confirmed,
    /// The next share lives, the one before is retired.
    Committed,
    /// The one before is erased.
    Claimed,
}

impl Stored {
    pub(crate) fn of(state: &State) -> Self {
        let co_signer = &state.co_signer;
        match co_signer.pending.map(|pending| pending.phase) {
            Some(Phase::Prepared) => Self::Prepared,
            Some(Phase::Confirmed) => Self::Confirmed,
            None if !state.is_claimed() => Self::Unclaimed,
            None if co_signer.retired => Self::Committed,
            None => Self::Claimed,
        }
    }
}
