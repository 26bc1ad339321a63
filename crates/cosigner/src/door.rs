//! The doors: what every request goes through before a step sees it, and every answer after.

mod places;

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::{Request as HttpRequest, State as Extract},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use mpc::{
    PairingId,
    channel::{Answering, open_request},
};
use rand_core::OsRng;
use serde::{Serialize, de::DeserializeOwned};
use wire::{
    Request,
    message::{decode, encode},
};

pub(crate) use self::places::{Admission, Places};
use self::places::{Place, place};
use crate::{
    api_error::ApiError,
    body::{Arrived, too_long},
    caller::{Caller, address, admit, shows_key},
    limits::half,
    pairing_turn::PairingTurn,
    request_signature::Shown,
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
    /// The turn of the pairing that it puts queries to.
    pub(crate) turn: Option<PairingTurn>,
}

/// One step of a ceremony.
pub(crate) type Step<R> = fn(&CoSigner, Call<R>) -> Result<<R as Request>::Answer, ApiError>;
/// The pairing that a request puts queries to, if any.
pub(crate) type Queried<R> = fn(&CoSigner, &R) -> Result<Option<PairingId>, ApiError>;

/// A door for a ceremony's step: inside the channel, under the step's path.
pub(crate) fn ceremony<R: Request + Send + 'static>(admission: Admission, step: Step<R>) -> MethodRouter<State> {
    ceremony_in_turn(admission, step, |_, _| Ok(None))
}

/// The same for a step that puts queries to a pairing: done in that pairing's turn, which is waited for without a worker.
pub(crate) fn ceremony_in_turn<R: Request + Send + 'static>(
    admission: Admission,
    step: Step<R>,
    queried: Queried<R>,
) -> MethodRouter<State> {
    post(move |Extract(state): Extract<State>, request: HttpRequest| async move {
        let (parts, body) = request.into_parts();
        let body = receive(&state, &parts, body, BINARY, R::LIMIT + OVERHEAD).await?;
        let place = place(&state, admission).await?;
        let progress = work(&state, &place, move |co_signer| {
            let (call, answering) = open::<R>(co_signer, &parts, &body.bytes)?;
            let queried = call.and_then(|call| Ok((queried(co_signer, &call.message)?, call)));
            Ok(match queried {
                Ok((Some(pairing), call)) => Progress::Waits(pairing, call, answering),
                Ok((None, call)) => Progress::Done(perform(co_signer, step, call, answering)?),
                Err(refusal) => Progress::Done(Outcome::Refused(refusal, answering)),
            })
        })
        .await?;
        let outcome = match progress {
            Progress::Done(outcome) => outcome,
            Progress::Waits(pairing, call, answering) => match state.0.pairing_turns.wait(pairing).await {
                Ok(turn) => {
                    let turn = Some(turn);
                    work(&state, &place, move |co_signer| {
                        let now = co_signer.clock.now();
                        perform(co_signer, step, Call { turn, now, ..call }, answering)
                    })
                    .await?
                }
                Err(refusal) => Outcome::Refused(refusal, answering),
            },
        };
        Ok::<_, ApiError>(match outcome {
            Outcome::Answered(sealed) => answer(BINARY, Body::from(sealed)),
            Outcome::Refused(refusal, answering) => refusal.sealed(answering),
        })
    })
}

/// How far a request got.
#[expect(clippy::large_enum_variant, reason = "one at a time, moved once")]
enum Progress<R> {
    Done(Outcome),
    Waits(PairingId, Call<R>, Answering),
}

/// What a request that was opened comes to. A refusal of it is sealed as its answer would be.
enum Outcome {
    Answered(Vec<u8>),
    Refused(ApiError, Answering),
}

/// Opens a request. What is refused before that is refused in clear.
fn open<R: Request>(
    co_signer: &CoSigner,
    parts: &Parts,
    body: &[u8],
) -> Result<(Result<Call<R>, ApiError>, Answering), ApiError> {
    let now = co_signer.clock.now();
    let shown = Shown::read(&parts.headers, R::PATH, body);
    let mut caller = Caller::from_parts(co_signer, &parts.headers, &parts.extensions, shown)?;
    let opened = open_request(co_signer.root.channel(), R::PATH, body).map_err(|abort| {
        ApiError::invalid("the body is not sealed to this co-signer's channel key, for this path").because(abort)
    })?;
    caller.sender = opened.sender;
    let request = mpc::tags::hash(REQUEST, &[R::PATH.as_bytes(), &caller.name(), &opened.plaintext]);
    let call = decode(&opened.plaintext, R::LIMIT, R::PATH).map(|message| Call {
        message,
        request,
        caller,
        now,
        turn: None,
    });
    Ok((call.map_err(ApiError::from), opened.answering))
}

fn perform<R: Request>(
    co_signer: &CoSigner,
    step: Step<R>,
    call: Call<R>,
    answering: Answering,
) -> Result<Outcome, ApiError> {
    match step(co_signer, call) {
        Ok(answer) => {
            let sealed = answering.seal(&encode(&answer), &mut OsRng);
            sealed.map(Outcome::Answered).map_err(ApiError::internal)
        }
        Err(refusal) => Ok(Outcome::Refused(refusal, answering)),
    }
}

/// A door of the control plane: JSON, for back ends.
pub(crate) fn control<Q: DeserializeOwned + 'static, A: Serialize + Send + 'static>(
    step: fn(&CoSigner, Call<Q>) -> Result<A, ApiError>,
) -> MethodRouter<State> {
    post(move |Extract(state): Extract<State>, request: HttpRequest| async move {
        let (parts, body) = request.into_parts();
        let body = receive(&state, &parts, body, JSON, JSON_LIMIT).await?;
        let place = place(&state, Admission::Begins).await?;
        let json = work(&state, &place, move |co_signer| {
            let now = co_signer.clock.now();
            // No request of a session comes here.
            let shown = Shown::read(&HeaderMap::new(), "", &[]);
            let caller = Caller::from_parts(co_signer, &parts.headers, &parts.extensions, shown)?;
            let message = serde_json::from_slice(&body.bytes).map_err(|error| {
                // The error's own text may quote the body.
                let place = format!("line {} column {}", error.line(), error.column());
                ApiError::invalid("the body is not the JSON object that is asked for").because(place)
            })?;
            let request = mpc::tags::hash(REQUEST, &[parts.uri.path().as_bytes(), &caller.name(), &body.bytes]);
            let answer = step(
                co_signer,
                Call {
                    message,
                    caller,
                    request,
                    now,
                    turn: None,
                },
            )?;
            serde_json::to_vec(&answer).map_err(ApiError::internal)
        })
        .await?;
        Ok::<_, ApiError>(answer(JSON, Body::from(json)))
    })
}

/// Lets a request in by its head, then receives its body.
async fn receive(
    state: &State,
    parts: &Parts,
    body: Body,
    content_type: &'static str,
    limit: usize,
) -> Result<Arrived, ApiError> {
    let (headers, extensions) = (&parts.headers, &parts.extensions);
    let shows_key = shows_key(headers);
    if shows_key {
        // It is looked up in the database: not on the threads that every connection shares.
        let (headers, extensions) = (headers.clone(), extensions.clone());
        on_worker(state, move |co_signer| admit(co_signer, &headers, &extensions)).await?;
    } else {
        admit(&state.0, headers, extensions)?;
    }
    if !is_of_type(headers, content_type) {
        return Err(ApiError::invalid(
            "the Content-Type must be application/octet-stream for a ceremony, else application/json",
        ));
    }
    if body.size_hint().lower() > limit as u64 {
        return Err(too_long());
    }
    // Who shows an API key is trusted not to send slowly; all others share the room by address.
    let address = address(&state.0, headers, extensions).filter(|_| !shows_key).map(half);
    let time = Duration::from_secs(state.0.config.connections.body);
    state.0.bodies.read(body, limit, address, time).await
}

fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(wanted))
}

/// Does work on a thread where it may compute and wait.
async fn work<T: Send + 'static>(
    state: &State,
    place: &Arc<Place>,
    work: impl FnOnce(&CoSigner) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    // Held by the work too: it goes on where its caller has given up.
    let place = place.clone();
    on_worker(state, move |co_signer| {
        let outcome = work(co_signer);
        // An error tells of what is stored, too.
        let outcome = co_signer.store.settle().map_err(ApiError::from).and(outcome);
        drop(place);
        outcome
    })
    .await
}

async fn on_worker<T: Send + 'static>(
    state: &State,
    work: impl FnOnce(&CoSigner) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let state = state.clone();
    let workers = state.0.workers.clone();
    let permit = workers.acquire_owned().await.map_err(ApiError::internal)?;
    let span = tracing::Span::current();
    let done = tokio::task::spawn_blocking(move || {
        let _in_span = span.enter();
        let outcome = work(&state.0);
        drop(permit);
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
