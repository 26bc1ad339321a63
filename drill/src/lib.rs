//! A world of software for tests: the real co-signer in this process, browsers with a software authenticator and a store in memory, a
//! network that fails when it is told to. And the drill, which breaks that world at every point and looks whether a wallet was lost.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::new_without_default,
    reason = "what tests are made of: one that can't go on has failed"
)]

pub mod authenticator;
pub mod campaign;
pub mod case;
pub mod fuse;
pub mod letters;
pub mod memory;
pub mod network;
pub mod person;
pub mod point;
pub mod process;
pub mod random;
pub mod report;
pub mod request_keys;
pub mod run;
pub mod stage;
pub mod verdict;
pub mod world;
