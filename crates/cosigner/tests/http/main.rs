//! The co-signer's router, driven in process over its own messages: what it does, what it refuses, what it survives.

mod back_end;
mod browser;
mod claims;
mod crashes;
mod doors;
mod logs;
mod sessions;
mod tampering;
mod world;
