//! Signatures of a back end that are under way at once: as many as a co-signer puts to one pairing with room for other processes.

use core::cell::Cell;

use futures_util::lock::{Mutex, MutexGuard};

/// A co-signer lets 64 queries wait for one pairing.
const LANES: usize = 32;

/// Lanes: in each one signature after the other.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: [Mutex<()>; LANES],
    entered: Cell<usize>,
}

impl Lanes {
    /// Waits for its turn in a lane, and holds it until it is dropped.
    pub(super) async fn enter(&self) -> Option<MutexGuard<'_, ()>> {
        let number = self.entered.get();
        self.entered.set(number.wrapping_add(1));
        Some(self.lanes.get(number % LANES)?.lock().await)
    }
}
