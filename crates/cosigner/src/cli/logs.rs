//! Logs: one JSON object a line, on the standard error.

use tracing_subscriber::EnvFilter;

/// Starts logging at `info`, or as the variable `CLAIMKIT_LOG` says.
pub(super) fn start() {
    let filter = EnvFilter::try_from_env("CLAIMKIT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
    // Only a second start fails, and the first one's logs are as good.
    let _ = started;
}
