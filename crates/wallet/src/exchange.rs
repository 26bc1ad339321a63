//! One request to the co-signer and its answer: sealed where it is a ceremony's, JSON where it is the control plane's.

use mpc::channel::{self, ANSWER_OVERHEAD, AwaitingAnswer, ChannelKey};
use rand_core::OsRng;
use serde::{Serialize, de::DeserializeOwned};
use wire::{CoSignerIdentity, DecodeError, ErrorBody, ErrorCode, ProcessMark, Request, message};

use crate::{
    Error, Fault,
    host::{Cancel, CoSigner, Host, HttpRequest, HttpResponse},
    json, refusal, retry_after,
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
const FORGED: Error = Error::Unreachable(
    "something between here and the co-signer refuses in its name: nothing has changed by that, try again later, or from another network",
);

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
        let response = send(host, request).await?;
        match response.status {
            200 if channel::is_answer(&response.body) => Ok(response.body),
            200 => Err(UNREADABLE.into()),
            _ => Err(self.refused(&response, host.now())),
        }
    }

    /// Reads why the request was refused. Only what opens is the co-signer's word.
    fn refused(&self, response: &HttpResponse, now: u64) -> Refusal {
        let opened = self.awaiting.open_refusal(&response.body);
        let body = opened.ok().and_then(|text| json::read::<ErrorBody>(&text));
        let Some(body) = body else {
            return self.told_in_clear(response, now).into();
        };
        let process = body.process.as_deref().and_then(ProcessMark::from_text);
        let correction = body.time.zip(process);
        let is_evidence = |text: &String| refusal::verify(text, Some(&self.to)).is_ok();
        Refusal {
            error: Error::Refused {
                code: body.code,
                message: sentence(&body.message),
                retry_after: told_to_wait(response, now),
                refusal: body.refusal.filter(is_evidence),
            },
            correction: correction.map(|(time, process)| Correction { time, process }),
        }
    }

    /// What came in clear: believed as far as a co-signer can't but say it in clear, before it opens a request.
    ///
    /// # Security
    /// Whoever is on the way may have written it. So it ends no session, and costs no share, pairing or passkey: those end on codes that
    /// are not among these, or on [`Error::Refused`].
    fn told_in_clear(&self, response: &HttpResponse, now: u64) -> Error {
        let error = in_clear(response, now);
        let is_said_in_clear = match error.code() {
            ErrorCode::InvalidArgument
            | ErrorCode::RateLimited
            | ErrorCode::CoSignerUnreachable
            | ErrorCode::StorageUnavailable
            | ErrorCode::Internal => true,
            // An API key stands beside what is sealed, and is looked at first.
            ErrorCode::NotAuthorised => self.caller.authorization().is_some(),
            ErrorCode::ShareInvalid
            | ErrorCode::AlreadyClaimed
            | ErrorCode::ClaimExpired
            | ErrorCode::SessionExpired
            | ErrorCode::WalletNotFound
            | ErrorCode::WalletFrozen
            | ErrorCode::PasskeyUnsupported
            | ErrorCode::PasskeyCancelled
            | ErrorCode::PrfUnavailable
            | ErrorCode::EpochMismatch
            | ErrorCode::PeerMisbehaved
            | ErrorCode::PairingBurnt
            | ErrorCode::VersionUnsupported
            | ErrorCode::Cancelled => false,
        };
        match is_said_in_clear {
            true => error,
            false => FORGED,
        }
    }

    /// Sends it until an answer comes, as often and as long as `patience` says.
    pub(crate) async fn repeat(&self, host: &H, cancel: &Cancel, patience: Patience) -> Result<Vec<u8>, Error> {
        let mut tries = Tries::new(patience);
        loop {
            match self.send(host, cancel).await {
                Err(error) => tries.rest(error, host, cancel).await?,
                answered => return answered,
            }
        }
    }

    /// Opens the answer.
    pub(crate) fn open<R: Request>(self, answer: &[u8]) -> Result<R::Answer, Error> {
        // Whoever is on the way may have written it: only what opens is the co-signer's word.
        let plaintext = self.awaiting.open(answer).map_err(|_| UNREADABLE)?;
        message::decode(&plaintext, self.answer_limit, self.path).map_err(unreadable_message)
    }
}

/// What a request is sent again for, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// For want of an answer.
    lost: bool,
    /// Where it is told to wait by one who may have done something already. Else only for being one too many, which nothing was done for.
    unsure: bool,
    /// How often it waits as long as it is told, and for how many seconds in all.
    waits: u32,
    seconds: u32,
}

impl Patience {
    /// What the co-signer answers alike each time, or stores nothing for.
    pub(crate) const INSISTS: Self = Self {
        lost: true,
        unsure: true,
        waits: 2,
        seconds: 60,
    };
    /// What may be answered once, and signs nothing.
    pub(crate) const QUEUES: Self = Self {
        lost: false,
        ..Self::INSISTS
    };
    /// What signs.
    ///
    /// # Security
    /// A query is put once. Of one that was refused for being one too many nothing was put, and the same bytes are the same query: the
    /// co-signer answers no run twice.
    pub(crate) const SIGNS: Self = Self {
        lost: false,
        unsure: false,
        waits: 8,
        seconds: 120,
    };

    /// The same for a step of a claim: what was begun, and a passkey made for, is worth a longer wait.
    pub(crate) const fn for_a_claim(self) -> Self {
        Self {
            waits: 8,
            seconds: 120,
            ..self
        }
    }
}

/// The tries of one request.
struct Tries {
    patience: Patience,
    pauses: core::array::IntoIter<u32, { PAUSES.len() }>,
}

impl Tries {
    fn new(patience: Patience) -> Self {
        Self {
            patience,
            pauses: PAUSES.into_iter(),
        }
    }

    /// Waits before the next try, if there is to be one; else gives the error back.
    async fn rest<H: Host>(&mut self, error: Error, host: &H, cancel: &Cancel) -> Result<(), Error> {
        match self.wait(&error) {
            Some(milliseconds) => {
                rest(host, milliseconds, cancel).await;
                Ok(())
            }
            None => Err(error),
        }
    }

    /// How long to wait before the next try, in milliseconds.
    fn wait(&mut self, error: &Error) -> Option<u32> {
        let Patience { lost, unsure, .. } = self.patience;
        if error.retry_after().is_none() {
            return (lost && error.code() == ErrorCode::CoSignerUnreachable).then(|| self.pauses.next())?;
        }
        if !unsure && error.code() != ErrorCode::RateLimited {
            return None;
        }
        let seconds = busy(error)?;
        self.patience.waits = self.patience.waits.checked_sub(1)?;
        self.patience.seconds = self.patience.seconds.checked_sub(seconds)?;
        Some(seconds.saturating_mul(1000))
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
    repeat((host, to, caller), request, cancel, Patience::INSISTS).await
}

/// The same for a request that may be sent as `patience` says.
pub(crate) async fn repeat<H: Host, R: Request>(
    (host, to, caller): (&H, &CoSignerIdentity, Caller<'_, H>),
    request: &R,
    cancel: &Cancel,
    patience: Patience,
) -> Result<R::Answer, Error> {
    let exchange = Exchange::new(to, caller, request)?;
    let answer = exchange.repeat(host, cancel, patience).await?;
    exchange.open::<R>(&answer)
}

/// How long a co-signer that is too busy asks to wait, in seconds, where that is not too long.
fn busy(error: &Error) -> Option<u32> {
    let seconds = error.retry_after().filter(|seconds| *seconds <= PATIENCE)?;
    error.is_retryable().then_some(seconds)
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
    json::read(&accepted(send(host, request).await?, host.now())?).ok_or(UNREADABLE)
}

/// Posts JSON of the control plane, and waits where the co-signer is too busy: what is asked there is answered alike, or refused, each time.
pub(crate) async fn post<H: Host, Q: Serialize, A: DeserializeOwned>(
    host: &H,
    path: &str,
    authorization: &str,
    question: &Q,
    cancel: &Cancel,
) -> Result<A, Error> {
    let body = json::write(question).ok_or(Error::Internal("a request can't be written as JSON"))?;
    let mut tries = Tries::new(Patience::QUEUES);
    loop {
        let request = HttpRequest {
            body: Some(&body),
            path,
            content_type: JSON,
            authorization: Some(authorization),
            headers: &[],
            answer_limit: JSON_LIMIT,
            cancel,
        };
        match accepted(send(host, request).await?, host.now()) {
            Ok(answer) => return json::read(&answer).ok_or(UNREADABLE),
            Err(error) => tries.rest(error, host, cancel).await?,
        }
    }
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

async fn send<H: Host>(host: &H, request: HttpRequest<'_>) -> Result<HttpResponse, Error> {
    if request.cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    Ok(host.co_signer().send(request).await?)
}

/// What the control plane answers, which knows no channel.
fn accepted(response: HttpResponse, now: u64) -> Result<Vec<u8>, Error> {
    match response.status {
        200 => Ok(response.body),
        _ => Err(in_clear(&response, now)),
    }
}

/// Reads a refusal that came in clear. What can't be read comes from something between here and the co-signer, as may what can.
fn in_clear(response: &HttpResponse, now: u64) -> Error {
    let retry_after = told_to_wait(response, now);
    match json::read::<ErrorBody>(&response.body) {
        Some(body) => Error::Unauthenticated {
            code: body.code,
            message: sentence(&body.message),
            retry_after,
        },
        None => busy_proxy(response.status, retry_after).unwrap_or(UNREADABLE),
    }
}

fn told_to_wait(response: &HttpResponse, now: u64) -> Option<u32> {
    let told = response.retry_after.as_deref();
    told.and_then(|text| retry_after::seconds(text, now))
}

fn sentence(message: &str) -> String {
    let shown = message.chars().filter(|char| !char.is_control());
    shown.take(SENTENCE_LIMIT).collect()
}

/// Something between here and the co-signer that asks to wait: a 429 does, even where it does not say for how long.
fn busy_proxy(status: u16, retry_after: Option<u32>) -> Option<Error> {
    let (code, seconds) = match status {
        429 => (ErrorCode::RateLimited, retry_after.unwrap_or(1)),
        503 => (ErrorCode::CoSignerUnreachable, retry_after?),
        _ => return None,
    };
    Some(Error::Unauthenticated {
        code,
        message: "it is too busy".to_owned(),
        retry_after: Some(seconds),
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
