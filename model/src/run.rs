//! Names for what a refresh makes.

use core::num::NonZeroU8;

/// One run of a refresh, and what came of it: both shares of an epoch, its claim and the passkey that was made for it.
///
/// A claim refreshes once and makes at most one passkey, so one symbol names all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run(pub(crate) NonZeroU8);

impl Run {
    /// What the back end prepared: epoch 0. It is sealed to no passkey.
    pub const PREPARED: Self = Self(NonZeroU8::MIN);
    /// Whatever an intruder made.
    pub const INTRUDER: Self = Self::PREPARED.next();
    /// The first that is free.
    pub(crate) const FIRST: Self = Self::INTRUDER.next();

    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one after `count` others.
    pub(crate) fn numbered(count: usize) -> Self {
        Self(Self::FIRST.0.saturating_add(u8::try_from(count).unwrap_or(u8::MAX)))
    }
}

/// A set of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Runs(pub(crate) u16);

impl Runs {
    fn bit(run: Run) -> u16 {
        1_u16.checked_shl(u32::from(run.0.get())).unwrap_or(0)
    }

    /// Whether a run is in it.
    pub fn has(self, run: Run) -> bool {
        self.0 & Self::bit(run) != 0
    }

    pub(crate) fn add(&mut self, run: Run) {
        self.0 |= Self::bit(run);
    }
}
