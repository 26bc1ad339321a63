//! Turns: to one pairing one query is put after the other, and who waits for that keeps no worker from anyone.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use mpc::PairingId;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::api_error::ApiError;

/// Lines that pairings stand in. Some share one, which costs time and nothing else; nobody can tell which.
const LINES: u64 = 256;
/// Requests in one line, with the one whose turn it is: fewer than may be under way at once.
const PLACES: usize = 64;

/// The lines.
pub(crate) struct PairingTurns {
    lines: Vec<Line>,
    hasher: RandomState,
}

struct Line {
    turn: Arc<Mutex<()>>,
    places: Arc<Semaphore>,
}

/// The right to put queries to a pairing, until it is dropped.
pub(crate) struct PairingTurn {
    pairing: PairingId,
    _turn: OwnedMutexGuard<()>,
    _place: OwnedSemaphorePermit,
}

impl PairingTurns {
    pub(crate) fn new() -> Self {
        let line = |_| Line {
            turn: Arc::default(),
            places: Arc::new(Semaphore::new(PLACES)),
        };
        Self {
            lines: (0..LINES).map(line).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Waits until no other query is put to this pairing.
    ///
    /// # Errors
    /// `rate_limited` if too many wait already.
    pub(crate) async fn wait(&self, pairing: PairingId) -> Result<PairingTurn, ApiError> {
        let line = usize::try_from(self.hasher.hash_one(pairing.0) % LINES)
            .ok()
            .and_then(|line| self.lines.get(line))
            .ok_or_else(|| ApiError::internal("a pairing has no line"))?;
        let place = line.places.clone().try_acquire_owned();
        let place = place.map_err(|_| ApiError::rate_limited(1).because("too many queries wait for one pairing"))?;
        Ok(PairingTurn {
            pairing,
            _turn: line.turn.clone().lock_owned().await,
            _place: place,
        })
    }
}

impl PairingTurn {
    /// Whether it is this pairing's.
    pub(crate) fn is_of(&self, pairing: PairingId) -> bool {
        self.pairing == pairing
    }
}
