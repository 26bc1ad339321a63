//! The co-signer's router, driven in process over its own messages: what it does, what it refuses, what it survives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

mod attacks;
mod back_end;
mod browser;
mod burns;
mod claim_sessions;
mod claimants;
mod claims;
mod confirmations;
#[cfg(target_os = "linux")]
mod connections;
mod crashes;
mod crowds;
mod doors;
mod epoch_pairings;
mod erasure;
mod exports;
mod fairness;
mod high_water;
mod imports;
mod kills;
mod logs;
mod operating;
mod ownership;
mod passkeys;
mod proofs;
mod races;
mod resuming;
mod revocations;
mod rollback;
mod rotation_limits;
mod rotations;
mod schemes;
mod sealed;
mod session_lives;
mod sessions;
mod statements;
#[cfg(target_os = "linux")]
mod storage;
mod tampering;
mod time;
mod world;
