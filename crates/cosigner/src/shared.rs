//! An answer that is made once for all who wait for it, however many ask.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::{
    api_error::ApiError,
    state::{CoSigner, State},
};

/// The last answer, and its number. One is made at a time.
pub(crate) struct Shared<T> {
    begun: AtomicU64,
    last: Mutex<Option<(u64, Result<T, ApiError>)>>,
}

impl<T: Clone + Send + Sync + 'static> Shared<T> {
    pub(crate) fn new() -> Self {
        Self {
            begun: AtomicU64::new(0),
            last: Mutex::new(None),
        }
    }

    /// An answer that was begun after this was asked for: by this caller, or by another who waited before it.
    ///
    /// # Errors
    /// Whatever making it failed with.
    pub(crate) async fn get(
        &self,
        state: &State,
        make: impl FnOnce(&CoSigner) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let begun_before = self.begun.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        if let Some((number, answer)) = &*last
            && *number > begun_before
        {
            return answer.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let of = state.clone();
        let answer = tokio::task::spawn_blocking(move || make(&of.0)).await;
        let answer = answer.map_err(ApiError::internal).flatten();
        *last = Some((number, answer.clone()));
        answer
    }
}
