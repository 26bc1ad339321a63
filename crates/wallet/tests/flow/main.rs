//! The whole client against the real co-signer in one process: a software authenticator, a store in memory, a network that fails
//! when it is told to.

mod authenticator;
mod memory;
mod network;
mod world;

mod bad_input;
mod claim;
mod faults;
mod passkeys;
mod server;
mod sessions;
mod storage;
