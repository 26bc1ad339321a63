//! The HTTP face: which door leads where, and what surrounds them all.

use std::time::{Duration, Instant};

use axum::{
    Json, Router,
    extract::{MatchedPath, Request, State as Extract},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::cors::CorsLayer;
use tracing::Instrument;
use wire::{
    ErrorCode, Request as _,
    ceremony::{
        ClaimAcknowledge, ClaimCommit, ClaimConfirm, ClaimPrepare, ClaimRefresh, ClaimResume, ClaimStart, Copies,
        ExportFinish, ExportStart, ImportFinish, ImportStart, KeygenFinish, KeygenStart, Lock, PairingFinish,
        PairingStart, PasskeyAdd, PasskeyList, PasskeyRemove, PasskeyRename, PasskeyStart, Prove, RotationStart,
        SessionList, SessionRefresh, SessionRevoke, Sign, UnlockFinish, UnlockStart,
    },
    control::{IDENTITY, LOOKUP, UPDATE_CLAIMANT},
    http_signature::{CONTENT_DIGEST, SIGNATURE, SIGNATURE_INPUT},
    ownership::KEY_SET,
};

use crate::{
    api_error::ApiError,
    caller::admit_reader,
    ceremonies::{
        claim, control as plane, copies, export, import, keygen, ownership, pairing, passkeys, session, sign, unlock,
    },
    door::{
        Admission::{Begins, Continues},
        ceremony, ceremony_in_turn, control,
    },
    request_id::RequestId,
    state::State,
};

/// The header of an answer that names its request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long a browser may remember what it was allowed.
const CORS_MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// The co-signer as an HTTP service.
pub fn app(state: State) -> Router {
    let open = Router::new()
        .route(IDENTITY, get(identity))
        .route(KEY_SET, get(key_set))
        .route_layer(from_fn_with_state(state.clone(), held_to_address));
    open.merge(steps())
        .method_not_allowed_fallback(|| async {
            ApiError::invalid("this address takes another method").with_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .fallback(|| async { ApiError::invalid("there is nothing at this address").with_status(StatusCode::NOT_FOUND) })
        .layer(from_fn_with_state(state.clone(), bounded))
        .layer(cors(&state))
        .route("/healthz", get(healthy))
        .layer(from_fn_with_state(state.clone(), observed))
        .with_state(state)
}

/// What the operator's machines ask, on a listener of its own: probes and metrics.
pub fn admin(state: State) -> Router {
    Router::new()
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(from_fn_with_state(state.clone(), bounded))
        .layer(from_fn_with_state(state.clone(), observed))
        .with_state(state)
}

/// Every step of every ceremony, and the control plane.
fn steps() -> Router<State> {
    Router::new()
        .route(LOOKUP, control(plane::lookup))
        .route(UPDATE_CLAIMANT, control(plane::update_claimant))
        .route(KeygenStart::PATH, ceremony(Begins, keygen::start))
        .route(KeygenFinish::PATH, ceremony(Continues, keygen::finish))
        .route(ImportStart::PATH, ceremony(Begins, import::start))
        .route(ImportFinish::PATH, ceremony(Continues, import::finish))
        .route(PairingStart::PATH, ceremony(Begins, pairing::start))
        .route(PairingFinish::PATH, ceremony(Continues, pairing::finish))
        .route(Sign::PATH, ceremony_in_turn(Begins, sign::sign, sign::queried))
        .route(ClaimStart::PATH, ceremony(Begins, claim::start))
        .route(RotationStart::PATH, ceremony(Begins, claim::start_rotation))
        .route(ClaimRefresh::PATH, ceremony(Continues, claim::refresh))
        .route(ClaimPrepare::PATH, ceremony(Continues, claim::prepare))
        .route(
            ClaimConfirm::PATH,
            ceremony_in_turn(Continues, claim::confirm, claim::queried),
        )
        .route(ClaimCommit::PATH, ceremony(Continues, claim::commit))
        .route(ClaimAcknowledge::PATH, ceremony(Continues, claim::acknowledge))
        .route(ClaimResume::PATH, ceremony(Continues, claim::resume))
        .route(UnlockStart::PATH, ceremony(Begins, unlock::start))
        .route(UnlockFinish::PATH, ceremony(Continues, unlock::finish))
        .route(ExportStart::PATH, ceremony(Begins, export::start))
        .route(ExportFinish::PATH, ceremony(Continues, export::finish))
        .route(Copies::PATH, ceremony(Continues, copies::copies))
        .route(PasskeyStart::PATH, ceremony(Begins, passkeys::start))
        .route(PasskeyAdd::PATH, ceremony(Continues, passkeys::add))
        .route(PasskeyRemove::PATH, ceremony(Continues, passkeys::remove))
        .route(PasskeyRename::PATH, ceremony(Begins, passkeys::rename))
        .route(PasskeyList::PATH, ceremony(Begins, passkeys::list))
        .route(SessionRefresh::PATH, ceremony(Begins, session::refresh))
        .route(SessionList::PATH, ceremony(Begins, session::list))
        .route(SessionRevoke::PATH, ceremony(Continues, session::revoke))
        .route(Prove::PATH, ceremony(Begins, ownership::prove))
        .route(Lock::PATH, ceremony(Continues, session::lock))
}

async fn healthy() -> &'static str {
    "ok\n"
}

async fn identity(Extract(state): Extract<State>) -> impl IntoResponse {
    Json(plane::identity(&state.0))
}

/// The keys that proofs of ownership are checked with, as RFC 7517 §8.5 calls them. Read each time: one that was made a moment ago is in it.
async fn key_set(Extract(state): Extract<State>) -> Result<impl IntoResponse, ApiError> {
    let keys = tokio::task::spawn_blocking(move || ownership::keys(&state.0)).await;
    let keys = keys.map_err(ApiError::internal)??;
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    let body = serde_json::to_vec(&keys).map_err(ApiError::internal)?;
    Ok((headers, body))
}

async fn metrics(Extract(state): Extract<State>) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
    (headers, state.0.metrics.to_text())
}

/// Readiness: whether what is answered can be stored. Tried once for all who wait, however many ask.
async fn ready(Extract(state): Extract<State>) -> Result<&'static str, ApiError> {
    state
        .0
        .readiness
        .get(&state, |co_signer| Ok(co_signer.store.probe()?))
        .await?;
    Ok("ready\n")
}

/// Holds what needs no key to the limit of its address.
async fn held_to_address(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    match admit_reader(&state.0, request.headers(), request.extensions()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets pages of the configured origins in, and no others.
fn cors(state: &State) -> CorsLayer {
    let origins = state.0.config.relying_party.allowed_origins();
    let origins: Vec<_> = origins
        .filter_map(|origin| HeaderValue::from_str(origin).ok())
        .collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(allowed_headers())
        .expose_headers([RETRY_AFTER, REQUEST_ID])
        .max_age(CORS_MAX_AGE)
}

/// What a page may send: one preflight allows all of it, for each path.
fn allowed_headers() -> Vec<HeaderName> {
    let signature = [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE].map(HeaderName::from_static);
    [CONTENT_TYPE, AUTHORIZATION].into_iter().chain(signature).collect()
}

/// Holds each request to its time.
async fn bounded(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let time = Duration::from_secs(state.0.config.lifetimes.request);
    let answer = tokio::time::timeout(time, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::too_slow().into_response())
}

/// Counts and logs: the route's pattern, the outcome, the time, the id of the API key if there is one. Nothing else of the caller.
async fn observed(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    // In the log of each line that the request causes, and in its answer: what an operator looks for by.
    let id = RequestId::random();
    let span = tracing::info_span!("request", id = %id, key = tracing::field::Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    response.headers_mut().insert(REQUEST_ID, id.to_header());
    let _in_span = span.enter();
    let code = response
        .extensions()
        .get::<ErrorCode>()
        .map_or("ok", |code| code.as_str());
    let took = began.elapsed();
    state.0.metrics.request(&route, code, took);
    tracing::info!(
        route,
        code,
        status = response.status().as_u16(),
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}
