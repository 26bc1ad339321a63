//! The whole client against the real co-signer in one process: a software authenticator, a store in memory, a network that fails
//! when it is told to.

// The lint settings let tests do this, but not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod liar;

use drill::{authenticator, memory, network, world};

mod bad_input;
mod children;
mod claim;
mod evidence;
mod exports;
mod faults;
mod forged_refusals;
mod further_passkeys;
mod imports;
mod lies;
mod ownership;
mod passkeys;
mod receipts;
mod records;
mod resuming;
mod rotating;
mod server;
mod session_lives;
mod sessions;
mod storage;
