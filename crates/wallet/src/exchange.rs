//! One request to the co-signer and its answer: sealed where it is a ceremony's, JSON where it is the control plane's.

use mpc::channel::{self, ANSWER_OVERHEAD, AwaitingAnswer, ChannelKey};
use rand_core::OsRng;
use serde::{Serialize, de::DeserializeOwned};
use wire::{CoSignerIdentity, DecodeError, ErrorBody, ErrorCode, ProcessMark, Request, message};

use crate::{
    Error, Fault,
    host::{Cancel, CoSigner, Host, HttpRequest, HttpResponse},
    json, refusal,
    sender::{Correction, Sender},
};

/// The media type of sealed messages.
const SEALED: &str = "application/octet-stream";
/// The media type of the control plane.
const JSON: &str = "application/json";
/// Room for a refusal, where the answer asked for is shorter.
const REFUSAL_LIMIT: usize = 4 * 1024;
/// The longest answer of the control plane.
const JSON_LIMIT: usize = 1024 * 1024;
/// The longest sentence that is taken over from a refusal, in characters.
const SENTENCE_LIMIT: usize = 300;
/// How long to wait before each further try, in milliseconds, where nobody says.
const PAUSES: [u32; 2] = [200, 800];
/// The longest that a co-signer which is busy is waited for by itself, in seconds: a longer wait is the caller's to decide.
const PATIENCE: u32 = 30;

const UNREADABLE: Error = Error::Unreachable("the co-signer answered nothing that can be read: try again later");

/// How a caller shows who it is.
pub(crate) enum Caller<'a, H: Host> {
    /// By the channel: its key is its identity.
    Key(&'a ChannelKey),
    /// By the channel, and by a signature of each request.
    Session(&'a Sender<H>),
    /// By an API key, in the `Authorization` header.
    ApiKey(&'a str),
}

impl<H: Host> Clone for Caller<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: Host> Copy for Caller<'_, H> {}

impl<'a, H: Host> Caller<'a, H> {
    fn key(self) -> Option<&'a ChannelKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Session(sender) => Some(sender.channel()),
            Self::ApiKey(_) => None,
        }
    }

    fn authorization(self) -> Option<&'a str> {
        match self {
            Self::Key(_) | Self::Session(_) => None,
            Self::ApiKey(header) => Some(header),
        }
    }

    fn sender(self) -> Option<&'a Sender<H>> {
        match self {
            Self::Session(sender) => Some(sender),
            Self::Key(_) | Self::ApiKey(_) => None,
        }
    }
}

/// A sealed request, which may be sent more than once: the bytes stay the same, a signature of them does not. Opened once. Of no type, so that
/// the module has the code of it once and not for each message.
pub(crate) struct Exchange<'a, H: Host> {
    to: CoSignerIdentity,
    caller: Caller<'a, H>,
    awaiting: AwaitingAnswer,
    bytes: Vec<u8>,
    path: &'static str,
    answer_limit: usize,
}

impl<'a, H: Host> Exchange<'a, H> {
    /// Seals a request to the co-signer.
    pub(crate) fn new<R: Request>(to: &CoSignerIdentity, caller: Caller<'a, H>, request: &R) -> Result<Self, Error> {
        let plaintext = message::encode(request);
        if plaintext.len() > R::LIMIT {
            return Err(Error::Internal("a request is longer than it may be"));
        }
        Self::seal(to, caller, &plaintext, (R::PATH, R::ANSWER_LIMIT))
    }

    fn seal(
        to: &CoSignerIdentity,
        caller: Caller<'a, H>,
        plaintext: &[u8],
        (path, answer_limit): (&'static str, usize),
    ) -> Result<Self, Error> {
        let (awaiting, bytes) = channel::seal_request(&to.channel, caller.key(), path, plaintext, &mut OsRng)
            .map_err(|_| Error::Share("the share names a co-signer key that can't be sealed to"))?;
        Ok(Self {
            to: *to,
            caller,
            awaiting,
            bytes,
            path,
            answer_limit,
        })
    }

    /// Sends it, once: where a session's was refused for its time or its process, and so not taken, once more by those that the
    /// refusal says.
    pub(crate) async fn send(&self, host: &H, cancel: &Cancel) -> Result<Vec<u8>, Error> {
        let answered = match (self.once(host, cancel).await, self.caller.sender()) {
            (Err(refusal), Some(sender)) if refusal.is_corrective() => {
                if let Some(correction) = refusal.correction {
                    sender.correct(host, correction);
                }
                self.once(host, cancel).await
            }
            (answered, _) => answered,
        };
        answered.map_err(|refusal| refusal.error)
    }

    async fn once(&self, host: &H, cancel: &Cancel) -> Result<Vec<u8>, Refusal> {
        let headers = match self.caller.sender() {
            Some(sender) => sender.sign(host, self.path, &self.bytes).await?.to_vec(),
            None => Vec::new(),
        };
        let request = HttpRequest {
            body: Some(&self.bytes),
            path: self.path,
            content_type: SEALED,
            authorization: self.caller.authorization(),
            headers: &headers,
            answer_limit: (self.answer_limit + ANSWER_OVERHEAD).max(REFUSAL_LIMIT),
            cancel,
        };
        let answer = send(host, request, Some(&self.to)).await?;
        match channel::is_answer(&answer) {
            true => Ok(answer),
            false => Err(UNREADABLE.into()),
        }
    }

    /// Sends it until an answer comes, a few times.
    pub(crate) async fn insist(&self, host: &H, cancel: &Cancel) -> Result<Vec<u8>, Error> {
        self.repeat(host, cancel, Patience::Insists).await
    }

    /// Sends it until an answer comes, a few times, as long as `patience` says.
    async fn repeat(&self, host: &H, cancel: &Cancel, patience: Patience) -> Result<Vec<u8>, Error> {
        for pause in PAUSES {
            match self.send(host, cancel).await {
                Err(error) => match patience.wait(&error, pause) {
                    Some(wait) => rest(host, wait, cancel).await,
                    None => return Err(error),
                },
                answered => return answered,
            }
        }
        self.send(host, cancel).await
    }

    /// Opens the answer.
    pub(crate) fn open<R: Request>(self, answer: &[u8]) -> Result<R::Answer, Error> {
        // Whoever is on the way may have written it: only what opens is the co-signer's word.
        let plaintext = self.awaiting.open(answer).map_err(|_| UNREADABLE)?;
        message::decode(&plaintext, self.answer_limit, self.path).map_err(unreadable_message)
    }
}

/// What a request is sent again for.
#[derive(Clone, Copy)]
enum Patience {
    /// For want of an answer: what the co-signer answers alike each time, or stores nothing for.
    Insists,
    /// For being one too many: what may be answered once, and signs nothing.
    Queues,
}

impl Patience {
    /// How long to wait before the next try, in milliseconds, if there is to be one.
    fn wait(self, error: &Error, pause: u32) -> Option<u32> {
        match self {
            Self::Queues => busy(error),
            Self::Insists if error.retry_after().is_some() => busy(error),
            Self::Insists => (error.code() == ErrorCode::CoSignerUnreachable).then_some(pause),
        }
    }
}

/// Sends one request and opens its answer. Never tried again.
pub(crate) async fn call<H: Host, R: Request>(
    host: &H,
    to: &CoSignerIdentity,
    caller: Caller<'_, H>,
    request: &R,
    cancel: &Cancel,
) -> Result<R::Answer, Error> {
    let exchange = Exchange::new(to, caller, request)?;
    let answer = exchange.send(host, cancel).await?;
    exchange.open::<R>(&answer)
}

/// The same for a request that is answered alike each time, or that stores nothing: tried a few times. For no others.
pub(crate) async fn insist<H: Host, R: Request>(
    host: &H,
    to: &CoSignerIdentity,
    caller: Caller<'_, H>,
    request: &R,
    cancel: &Cancel,
) -> Result<R::Answer, Error> {
    let exchange = Exchange::new(to, caller, request)?;
    let answer = exchange.insist(host, cancel).await?;
    exchange.open::<R>(&answer)
}

/// The same for a request that may be answered once: tried again where it was refused for being one too many.
pub(crate) async fn queue<H: Host, R: Request>(
    host: &H,
    to: &CoSignerIdentity,
    caller: Caller<'_, H>,
    request: &R,
    cancel: &Cancel,
) -> Result<R::Answer, Error> {
    let exchange = Exchange::new(to, caller, request)?;
    let answer = exchange.repeat(host, cancel, Patience::Queues).await?;
    exchange.open::<R>(&answer)
}

/// How long a co-signer that is too busy asks to wait, in milliseconds, where that is not too long.
fn busy(error: &Error) -> Option<u32> {
    let seconds = error.retry_after().filter(|seconds| *seconds <= PATIENCE)?;
    error.is_retryable().then_some(seconds.saturating_mul(1000))
}

/// Waits, for as long as nobody calls it off.
async fn rest<H: Host>(host: &H, milliseconds: u32, cancel: &Cancel) {
    /// How long a wish to end the call may go unheard, in milliseconds.
    const SLICE: u32 = 250;
    let mut left = milliseconds;
    while left > 0 && !cancel.is_cancelled() {
        host.wait(left.min(SLICE)).await;
        left = left.saturating_sub(SLICE);
    }
}

/// Reads JSON of the control plane.
pub(crate) async fn get<H: Host, A: DeserializeOwned>(host: &H, path: &str, cancel: &Cancel) -> Result<A, Error> {
    get_within(host, path, REFUSAL_LIMIT, cancel).await
}

/// Reads JSON that may be longer.
pub(crate) async fn get_within<H: Host, A: DeserializeOwned>(
    host: &H,
    path: &str,
    answer_limit: usize,
    cancel: &Cancel,
) -> Result<A, Error> {
    let request = HttpRequest {
        body: None,
        path,
        content_type: JSON,
        authorization: None,
        headers: &[],
        answer_limit,
        cancel,
    };
    json::read(&send(host, request, None).await.map_err(|refusal| refusal.error)?).ok_or(UNREADABLE)
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
        headers: &[],
        answer_limit: JSON_LIMIT,
        cancel,
    };
    json::read(&send(host, request, None).await.map_err(|refusal| refusal.error)?).ok_or(UNREADABLE)
}

/// Why a request came to nothing.
struct Refusal {
    error: Error,
    /// What it should have been made for, where that is why.
    correction: Option<Correction>,
}

impl Refusal {
    fn is_corrective(&self) -> bool {
        self.correction.is_some() && self.error.code() == ErrorCode::NotAuthorised
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            error,
            correction: None,
        }
    }
}

async fn send<H: Host>(host: &H, request: HttpRequest<'_>, to: Option<&CoSignerIdentity>) -> Result<Vec<u8>, Refusal> {
    let cancel = request.cancel;
    if cancel.is_cancelled() {
        return Err(Error::Cancelled.into());
    }
    let response = host.co_signer().send(request).await.map_err(Error::from)?;
    match response.status {
        200 => Ok(response.body),
        _ => Err(refused(response, to)),
    }
}

/// Reads why a request was refused. What can't be read comes from something between here and the co-signer, as may what can: so the
/// evidence of a dead share is kept only as the pinned co-signer signed it.
fn refused(response: HttpResponse, to: Option<&CoSignerIdentity>) -> Refusal {
    let Some(body) = json::read::<ErrorBody>(&response.body) else {
        return busy_proxy(&response).unwrap_or(UNREADABLE).into();
    };
    let process = body.process.as_deref().and_then(ProcessMark::from_text);
    let error = Error::Refused {
        code: body.code,
        message: body
            .message
            .chars()
            .filter(|char| !char.is_control())
            .take(SENTENCE_LIMIT)
            .collect(),
        retry_after: response.retry_after,
        refusal: to.and_then(|to| body.refusal.filter(|text| refusal::verify(text, Some(to)).is_ok())),
    };
    let correction = body.time.zip(process);
    Refusal {
        error,
        correction: correction.map(|(time, process)| Correction { time, process }),
    }
}

/// Something between here and the co-signer that asks to wait.
fn busy_proxy(response: &HttpResponse) -> Option<Error> {
    let code = match response.status {
        429 => ErrorCode::RateLimited,
        503 => ErrorCode::CoSignerUnreachable,
        _ => return None,
    };
    response.retry_after.map(|seconds| Error::Refused {
        code,
        message: "it, or something before it, is too busy".to_owned(),
        retry_after: Some(seconds),
        refusal: None,
    })
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
