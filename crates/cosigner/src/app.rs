//! The HTTP face.

use axum::{Router, routing::get};

use crate::state::State;

/// The co-signer as an HTTP service.
pub fn app(state: State) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .with_state(state)
}
