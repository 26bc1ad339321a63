//! The stopwatch of the timing tests: outside `src`, where no clock is named.

use std::{sync::LazyLock, time::Instant};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since the first call.
pub(super) fn now() -> u64 {
    START.elapsed().as_nanos() as u64
}
