//! What a browser has on its disk, and what its authenticator has.

use crate::{pair::Pair, run::Run};

/// A share sealed to a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sealed {
    /// The share.
    pub share: Run,
    /// The passkey.
    pub passkey: Run,
}

/// What a browser has on its disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Journal {
    /// Whether a user handle is journaled.
    pub handle: bool,
    /// The active share.
    pub active: Option<Sealed>,
    /// The pending share.
    pub pending: Option<Sealed>,
    /// How often it was wiped.
    pub wiped: u8,
}

/// The passkeys that a browser had made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Passkeys {
    /// The one under the handle that is journaled.
    pub named: Option<Passkey>,
    /// Those under handles that nobody remembers, that something rests on.
    pub kept: Pair<Option<Run>>,
    /// How many there are besides: useless ones.
    pub others: u8,
}

/// A passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Passkey {
    /// Nothing rests on it, nor ever will.
    Useless,
    /// Made for this claim.
    For(Run),
}

impl Passkeys {
    /// More than any property allows: beyond it they are not counted.
    pub(crate) const MANY: u8 = 4;

    /// Whether a passkey is there.
    pub fn has(&self, passkey: Run) -> bool {
        self.named == Some(Passkey::For(passkey)) || self.kept.both().contains(&&Some(passkey))
    }

    /// The handle is forgotten: what stands under it is replaced no more.
    pub(crate) fn forget_handle(&mut self) {
        match self.named.take() {
            None => {}
            Some(Passkey::Useless) => self.others = self.others.saturating_add(1),
            Some(Passkey::For(run)) => match (self.kept.first, self.kept.second) {
                (None, _) => self.kept.first = Some(run),
                (_, None) => self.kept.second = Some(run),
                // More than the model has room for: the property that counts them fails.
                (Some(_), Some(_)) => self.others = Self::MANY,
            },
        }
    }

    /// How many there are that are not `finished`.
    pub fn unfinished(&self, finished: Option<Run>) -> u8 {
        let named = match self.named {
            None => false,
            Some(Passkey::Useless) => true,
            Some(Passkey::For(run)) => Some(run) != finished,
        };
        let kept = self
            .kept
            .both()
            .into_iter()
            .filter(|kept| kept.is_some() && **kept != finished);
        u8::from(named)
            .saturating_add(self.others)
            .saturating_add(u8::try_from(kept.count()).unwrap_or(u8::MAX))
    }
}
