//! A malicious network, or peer, against every message of every protocol.
//!
//! The changes are made from the messages' own definitions, borsh's schema of their types: each field of each message is
//! flipped, zeroed, cut, lengthened, encoded wrongly, and taken from another run, epoch, wallet, pairing, digest and
//! direction. Each protocol says by one rule for each field who must refuse another value of it, and with which abort. A run
//! must end so, without a panic and within seconds, and nobody may have anything that an honest run does not give.
//!
//! Of long arrays the first and the last are tried, or all, and more bits of each field, where `CLAIMKIT_LONG` is set.

// The lint settings let tests do this, but not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod change;
mod layout;
mod suite;

mod ecdsa;
mod keygen;
mod pairing;
mod refresh;

/// Whether the long tests were asked for.
fn is_long() -> bool {
    std::env::var_os("CLAIMKIT_LONG").is_some()
}
