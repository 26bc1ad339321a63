//! Switches that open a trap again, for the tests that fall into it. Not part of any build but the tests'.

use std::cell::Cell;

/// A fix that a test may take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    /// T1: the co-signer's salt no longer goes into the pads.
    Salt,
    /// T4: the hash to the curve becomes a hash times G.
    HashToCurve,
    /// T4: χ no longer depends on what the client sent.
    ExtensionChallenge,
    /// T4: θ no longer depends on what the co-signer sent.
    MultiplyChallenge,
    /// The co-signer takes any opening for the one that was committed to.
    Opening,
    /// A public share may be the peer's own.
    Mirror,
    /// A proof is no longer bound to its run, nor to who gives it.
    Statement,
    /// Any proof holds.
    Proof,
    /// The co-signer hides another input in one row of its first multiplication.
    OneRow,
    /// A message's secrets come of the random source alone.
    Hedge,
    /// FROST's binding factors are one.
    BindingFactors,
}

thread_local! {
    /// One bit a trap.
    static OPEN: Cell<u16> = const { Cell::new(0) };
}

/// Whether the trap is open in this thread.
pub(crate) fn is_open(trap: Trap) -> bool {
    OPEN.get() & (1 << trap as u16) != 0
}

/// Runs `run` with the trap open.
pub(crate) fn with_open<T>(trap: Trap, run: impl FnOnce() -> T) -> T {
    with_all_open(&[trap], run)
}

/// Runs `run` with these traps open, and no other.
pub(crate) fn with_all_open<T>(traps: &[Trap], run: impl FnOnce() -> T) -> T {
    OPEN.set(traps.iter().fold(0, |open, trap| open | 1 << *trap as u16));
    let result = run();
    OPEN.set(0);
    result
}

/// Compiles only while the type has none of the traits: else two implementations would fit.
macro_rules! lacks {
    ($type:ty: $($trait:path),+) => {$({
        struct Marker;
        trait Lacks<T> {
            fn holds() {}
        }
        impl<T> Lacks<()> for core::marker::PhantomData<(T, Marker)> {}
        impl<T: $trait> Lacks<u8> for core::marker::PhantomData<(T, Marker)> {}
        <core::marker::PhantomData<($type, Marker)> as Lacks<_>>::holds();
    })+};
}

pub(crate) use lacks;
