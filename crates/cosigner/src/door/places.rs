//! The places of requests that are under way. Of those that have arrived whole a number may be at once: who sends slowly keeps nobody
//! out.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{api_error::ApiError, state::State};

/// How long a request that goes on with something waits for a place.
const WAITS_FOR: Duration = Duration::from_secs(5);

/// Whether a request may be let in while the co-signer is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It begins something: where half of the places are taken it is told to come later, before work is done for it.
    Begins,
    /// It goes on with what was begun: the other half is kept for it, and it may wait a moment.
    Continues,
}

/// The places.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    beginning: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Places {
    /// So many for all requests, half of them for those that begin something.
    pub(crate) fn new(all: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            beginning: Arc::new(Semaphore::new(all.div_ceil(2))),
            waiting: Semaphore::new(all.saturating_mul(4)),
        }
    }
}

/// A place, until it is dropped.
pub(super) struct Place {
    _any: OwnedSemaphorePermit,
    _beginning: Option<OwnedSemaphorePermit>,
}

pub(super) async fn place(state: &State, admission: Admission) -> Result<Arc<Place>, ApiError> {
    let Places {
        all,
        beginning,
        waiting,
    } = &state.0.places;
    let full = |_| ApiError::busy();
    let place = match admission {
        Admission::Begins => Place {
            _beginning: Some(beginning.clone().try_acquire_owned().map_err(full)?),
            _any: all.clone().try_acquire_owned().map_err(full)?,
        },
        Admission::Continues => {
            let _waits = waiting.try_acquire().map_err(full)?;
            let acquired = timeout(WAITS_FOR, all.clone().acquire_owned()).await;
            Place {
                _beginning: None,
                _any: acquired.map_err(|_| ApiError::busy())?.map_err(ApiError::internal)?,
            }
        }
    };
    Ok(Arc::new(place))
}
