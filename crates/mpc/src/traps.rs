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
}

thread_local! {
    static OPEN: Cell<Option<Trap>> = const { Cell::new(None) };
}

/// Whether the trap is open in this thread.
pub(crate) fn is_open(trap: Trap) -> bool {
    OPEN.get() == Some(trap)
}

/// Runs `run` with the trap open.
pub(crate) fn with_open<T>(trap: Trap, run: impl FnOnce() -> T) -> T {
    OPEN.set(Some(trap));
    let result = run();
    OPEN.set(None);
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
