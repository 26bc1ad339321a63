//! One request to the co-signer and its answer: sealed where it is a ceremony's, JSON where it is the control plane's.

use std::marker::PhantomData;

use mpc::channel::{self, AwaitingAnswer, ChannelKey, ChannelPublicKey};
use rand_core::OsRng;
use serde::{Serialize, de::DeserializeOwned};
use wire::{DecodeError, ErrorBody, ErrorCode, Request, message};

use crate::{
    Error, Fault,
    host::{Cancel, CoSigner, Host, HttpRequest, HttpResponse},
    json,
};

/// The media type of sealed messages.
const SEALED: &str = "application/octet-stream";
/// The media type of the control plane.
const JSON: &str = "application/json";
/// What the channel adds to an answer, in bytes: version, nonce, tag.
const ANSWER_OVERHEAD: usize = 49;
/// Room for a refusal, where the answer asked for is shorter.
const REFUSAL_LIMIT: usize = 4 * 1024;
/// The longest answer of the control plane.
const JSON_LIMIT: usize = 1024 * 1024;
/// The longest sentence that is taken over from a refusal, in characters.
const SENTENCE_LIMIT: usize = 300;
/// How long to wait before each further try, in milliseconds.
const PAUSES: [u32; 2] = [200, 800];

const UNREADABLE: Error = Error::Unreachable("the co-signer answered nothing that can be read: try again later");

/// How a caller shows who it is.
#[derive(Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// By the channel: its key is its identity.
    Key(&'a ChannelKey),
    /// By an API key, in the `Authorization` header.
    ApiKey(&'a str),
}

impl<'a> Caller<'a> {
    fn key(self) -> Option<&'a ChannelKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::ApiKey(_) => None,
        }
    }

    fn authorization(self) -> Option<&'a str> {
        match self {
            Self::Key(_) => None,
            Self::ApiKey(header) => Some(header),
        }
    }
}

/// A sealed request, which may be sent more than once: the bytes stay the same. Opened once.
pub(crate) struct Exchange<'a, R> {
    caller: Caller<'a>,
    awaiting: AwaitingAnswer,
    bytes: Vec<u8>,
    request: PhantomData<R>,
}

impl<'a, R: Request> Exchange<'a, R> {
    /// Seals a request to the co-signer.
    pub(crate) fn new(to: &ChannelPublicKey, caller: Caller<'a>, request: &R) -> Result<Self, Error> {
        let plaintext = message::encode(request);
        if plaintext.len() > R::LIMIT {
            return Err(Error::Internal("a request is longer than it may be"));
        }
        let (awaiting, bytes) = channel::seal_request(to, caller.key(), R::PATH, &plaintext, &mut OsRng)
            .map_err(|_| Error::Share("the share names a co-signer key that can't be sealed to"))?;
        Ok(Self {
            caller,
            awaiting,
            bytes,
            request: PhantomData,
        })
    }

    /// Sends it, once.
    pub(crate) async fn send<H: Host>(&self, host: &H, cancel: &Cancel) -> Result<Vec<u8>, Error> {
        let request = HttpRequest {
            body: Some(&self.bytes),
            path: R::PATH,
            content_type: SEALED,
            authorization: self.caller.authorization(),
            answer_limit: (R::ANSWER_LIMIT + ANSWER_OVERHEAD).max(REFUSAL_LIMIT),
            cancel,
        };
        send(host, request).await
    }

    /// Sends it until an answer comes, a few times. For requests that the co-signer answers alike each time, and no others.
    pub(crate) async fn insist<H: Host>(&self, host: &H, cancel: &Cancel) -> Result<Vec<u8>, Error> {
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.send(host, cancel).await {
                Err(error) if error.code() == ErrorCode::CoSignerUnreachable => match pauses.next() {
                    Some(pause) => host.wait(pause).await,
                    None => return Err(error),
                },
                answered => return answered,
            }
        }
    }

    /// Opens the answer.
    pub(crate) fn open(self, answer: &[u8]) -> Result<R::Answer, Error> {
        let plaintext = self.awaiting.open(answer)?;
        message::decode(&plaintext, R::ANSWER_LIMIT, R::PATH).map_err(unreadable_message)
    }
}

/// Sends one request and opens its answer. Never tried again.
pub(crate) async fn call<H: Host, R: Request>(
    host: &H,
    to: &ChannelPublicKey,
    caller: Caller<'_>,
    request: &R,
    cancel: &Cancel,
) -> Result<R::Answer, Error> {
    let exchange = Exchange::new(to, caller, request)?;
    let answer = exchange.send(host, cancel).await?;
    exchange.open(&answer)
}

/// The same for a request that is answered alike each time: tried a few times.
pub(crate) async fn insist<H: Host, R: Request>(
    host: &H,
    to: &ChannelPublicKey,
    caller: Caller<'_>,
    request: &R,
    cancel: &Cancel,
) -> Result<R::Answer, Error> {
    let exchange = Exchange::new(to, caller, request)?;
    let answer = exchange.insist(host, cancel).await?;
    exchange.open(&answer)
}

/// Reads JSON of the control plane.
pub(crate) async fn get<H: Host, A: DeserializeOwned>(host: &H, path: &str, cancel: &Cancel) -> Result<A, Error> {
    let request = HttpRequest {
        body: None,
        path,
        content_type: JSON,
        authorization: None,
        answer_limit: REFUSAL_LIMIT,
        cancel,
    };
    json::read(&send(host, request).await?).ok_or(UNREADABLE)
}

/// Posts JSON of the control plane.
pub(crate) async fn post<H: Host, Q: Serialize, A: DeserializeOwned>(
    host: &H,
    path: &str,
    authorization: &str,
    question: &Q,
    cancel: &Cancel,
) -> Result<A, Error> {
    let body = json::write(question).ok_or(Error::Internal("a request can't be written as JSON"))?;
    let request = HttpRequest {
        body: Some(&body),
        path,
        content_type: JSON,
        authorization: Some(authorization),
        answer_limit: JSON_LIMIT,
        cancel,
    };
    json::read(&send(host, request).await?).ok_or(UNREADABLE)
}

async fn send<H: Host>(host: &H, request: HttpRequest<'_>) -> Result<Vec<u8>, Error> {
    let cancel = request.cancel;
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let response = host.co_signer().send(request).await?;
    match response.status {
        200 => Ok(response.body),
        _ => Err(refusal(response)),
    }
}

/// Reads a refusal. What isn't one comes from something between here and the co-signer.
fn refusal(response: HttpResponse) -> Error {
    match json::read::<ErrorBody>(&response.body) {
        Some(body) => Error::Refused {
            code: body.code,
            message: body
                .message
                .chars()
                .filter(|char| !char.is_control())
                .take(SENTENCE_LIMIT)
                .collect(),
            retry_after: response.retry_after,
        },
        None => UNREADABLE,
    }
}

/// What is wrong with a message that came through the channel, and so from the co-signer itself.
fn unreadable_message(error: DecodeError) -> Error {
    match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => {
            Fault::Form(error).into()
        }
    }
}
