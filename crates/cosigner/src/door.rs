//! The doors: what every request goes through before a step sees it, and every answer after.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Request as HttpRequest, State as Extract},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use mpc::channel::open_request;
use rand_core::OsRng;
use serde::{Serialize, de::DeserializeOwned};
use wire::{
    Request,
    message::{decode, encode},
};

use crate::{
    api_error::ApiError,
    caller::Caller,
    state::{CoSigner, State},
};

/// The tag of the hash that a request is known by when it comes again.
const REQUEST: &str = "claimkit/cosigner/request/v1";
/// What the channel adds to a request, at most, in bytes.
const OVERHEAD: usize = 128;
/// The longest JSON body, in bytes.
const JSON_LIMIT: usize = 4 * 1024;
const BINARY: &str = "application/octet-stream";
const JSON: &str = "application/json";

/// A request as a step sees it.
pub(crate) struct Call<R> {
    /// What is asked.
    pub(crate) message: R,
    /// Who asks.
    pub(crate) caller: Caller,
    /// Hash of caller, path and message.
    pub(crate) request: [u8; 32],
    /// Unix seconds.
    pub(crate) now: u64,
}

/// One step of a ceremony.
pub(crate) type Step<R> = fn(&CoSigner, Call<R>) -> Result<<R as Request>::Answer, ApiError>;

/// A door for a ceremony's step: inside the channel, under the step's path.
pub(crate) fn ceremony<R: Request + 'static>(step: Step<R>) -> MethodRouter<State> {
    post(move |Extract(state): Extract<State>, request: HttpRequest| async move {
        let (parts, body) = request.into_parts();
        let body = read(&parts, body, BINARY, R::LIMIT + OVERHEAD).await?;
        let sealed = work(state, move |co_signer| {
            let now = co_signer.clock.now();
            let mut caller = Caller::from_parts(co_signer, &parts.headers, &parts.extensions, now)?;
            let opened = open_request(co_signer.root.channel(), R::PATH, &body).map_err(|abort| {
                ApiError::invalid("the body is not sealed to this co-signer's channel key, for this path")
                    .because(abort)
            })?;
            caller.sender = opened.sender;
            let request = mpc::tags::hash(REQUEST, &[R::PATH.as_bytes(), &caller.name(), &opened.plaintext]);
            let message = decode(&opened.plaintext, R::LIMIT, R::PATH)?;
            let answer = step(
                co_signer,
                Call {
                    message,
                    caller,
                    request,
                    now,
                },
            )?;
            let sealed = opened.answering.seal(&encode(&answer), &mut OsRng);
            sealed.map_err(ApiError::internal)
        })
        .await?;
        Ok::<_, ApiError>(answer(BINARY, Body::from(sealed)))
    })
}

/// A door of the control plane: JSON, for back ends.
pub(crate) fn control<Q: DeserializeOwned + 'static, A: Serialize + Send + 'static>(
    step: fn(&CoSigner, Call<Q>) -> Result<A, ApiError>,
) -> MethodRouter<State> {
    post(move |Extract(state): Extract<State>, request: HttpRequest| async move {
        let (parts, body) = request.into_parts();
        let body = read(&parts, body, JSON, JSON_LIMIT).await?;
        let json = work(state, move |co_signer| {
            let now = co_signer.clock.now();
            let caller = Caller::from_parts(co_signer, &parts.headers, &parts.extensions, now)?;
            let message = serde_json::from_slice(&body).map_err(|error| {
                // The error's own text may quote the body.
                let place = format!("line {} column {}", error.line(), error.column());
                ApiError::invalid("the body is not the JSON object that is asked for").because(place)
            })?;
            let request = mpc::tags::hash(REQUEST, &[parts.uri.path().as_bytes(), &caller.name(), &body]);
            let answer = step(
                co_signer,
                Call {
                    message,
                    caller,
                    request,
                    now,
                },
            )?;
            serde_json::to_vec(&answer).map_err(ApiError::internal)
        })
        .await?;
        Ok::<_, ApiError>(answer(JSON, Body::from(json)))
    })
}

async fn read(parts: &Parts, body: Body, content_type: &'static str, limit: usize) -> Result<Vec<u8>, ApiError> {
    if !is_of_type(&parts.headers, content_type) {
        return Err(ApiError::invalid(
            "the Content-Type must be application/octet-stream for a ceremony, else application/json",
        ));
    }
    to_bytes(body, limit).await.map(Vec::from).map_err(|error| {
        ApiError::invalid("the body is longer than this request may be, or did not arrive whole").because(error)
    })
}

fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
}

/// Does a step on a thread where it may compute and wait. Of requests that have arrived whole a number may be under way at once:
/// who sends slowly keeps nobody out.
async fn work<T: Send + 'static>(
    state: State,
    step: impl FnOnce(&CoSigner) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let requests = state.0.requests.clone();
    // Held by the step too: it goes on where its caller has given up.
    let place = Arc::new(requests.try_acquire_owned().map_err(|_| ApiError::rate_limited(1))?);
    let held = place.clone();
    let permit = state
        .0
        .workers
        .clone()
        .acquire_owned()
        .await
        .map_err(ApiError::internal)?;
    let done = tokio::task::spawn_blocking(move || {
        let outcome = step(&state.0);
        drop((permit, held));
        outcome
    });
    done.await.map_err(ApiError::internal)?
}

fn answer(content_type: &'static str, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::OK, headers, body).into_response()
}
