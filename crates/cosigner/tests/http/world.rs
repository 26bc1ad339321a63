//! A co-signer on a file of its own, at a time of the test's, and a back end that has its key.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, Request as HttpRequest, StatusCode, header},
};
use cosigner::{
    Clock, Config, State,
    api_key::{ApiKey, Scope},
    config::{KeySource, RelyingParty},
    keys,
    store::Watch,
};
use ed25519_dalek::Signer;
use mpc::{
    Abort, Digest, Epoch, PairingId, Path, RunId, Scheme, Share, Signature, WalletId,
    channel::{ChannelKey, ChannelPublicKey},
    ecdsa, eddsa, keygen,
    pairing::{self, ClientPairing, Progress, Transfers},
};
use p256::ecdsa::{SigningKey, signature::Signer as _};
use rand_core::{OsRng, RngCore};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tower::ServiceExt;
use wire::{
    ClaimantId, ErrorBody, ErrorCode, ProcessMark, Request, RequestKey, Ticket, WalletType,
    ceremony::{ConfirmQuery, KeygenFinish, KeygenStart, PairingFinish, PairingStart, Sign, SignAnswer, SignQuery},
    http_signature::{CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT, content_digest, signature_header},
    message::{decode, encode},
    ticket::TicketBody,
};

use crate::sealed;

pub(crate) const ORIGIN: &str = "https://app.example.com";
pub(crate) const RP_ID: &str = "example.com";
pub(crate) const EMAIL: &str = "ada@example.com";
/// A type of wallet for each scheme.
pub(crate) const EACH_SCHEME: [WalletType; 2] = [WalletType::Evm, WalletType::Solana];
const START: u64 = 1_790_000_000;

pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) state: State,
    pub(crate) key: ApiKey,
    /// What [`World::wallet`] makes.
    wallet_type: WalletType,
    now: Arc<AtomicU64>,
    pub(crate) folder: Arc<TempDir>,
    /// The process that sessions' requests are for, as it said last.
    process: Mutex<ProcessMark>,
    /// Where requests go, if not to the router in this process.
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) remote_admin: Option<SocketAddr>,
    /// Where they come from, if that is known.
    pub(crate) address: Option<SocketAddr>,
}

/// Who calls.
#[derive(Default)]
pub(crate) struct Caller<'a> {
    pub(crate) authorization: Option<String>,
    pub(crate) key: Option<&'a ChannelKey>,
}

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn code(&self) -> ErrorCode {
        let body: ErrorBody = serde_json::from_slice(&self.body).unwrap();
        assert!(!body.message.is_empty());
        body.code
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose wallets are of this type.
    pub(crate) fn of(wallet_type: WalletType) -> Self {
        Self {
            wallet_type,
            ..Self::new()
        }
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let relying_party = RelyingParty {
            id: RP_ID.to_owned(),
            name: "Example".to_owned(),
            origins: vec![ORIGIN.to_owned()],
            related_origins: Vec::new(),
        };
        let key = KeySource::File {
            path: folder.path().join("kek"),
            create_key: true,
        };
        let mut config = Config::new(relying_party, folder.path().join("cosigner.db"), key);
        config.listen = ([127, 0, 0, 1], 0).into();
        config.admin.listen = config.listen;
        change(&mut config);
        let now = Arc::new(AtomicU64::new(START));
        let state = State::open_at(config.clone(), clock(&now)).unwrap();
        let key = keys::create(&state, "test", Scope::ALL).unwrap();
        Self {
            config,
            state,
            key,
            wallet_type: WalletType::Evm,
            now,
            folder,
            process: Mutex::new(ProcessMark([0; 16])),
            remote: None,
            remote_admin: None,
            address: None,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The clock is set back.
    pub(crate) fn rewind(&self, seconds: u64) {
        self.now.fetch_sub(seconds, Ordering::Relaxed);
    }

    /// The clock shows what the machine's does.
    pub(crate) fn be_now(&self) {
        self.now.store(Clock::system().now(), Ordering::Relaxed);
    }

    /// The process ends and starts again: what was in memory is gone.
    pub(crate) fn restart(&mut self) {
        self.state = self.another_state();
    }

    /// What another process over the same database has.
    pub(crate) fn another_state(&self) -> State {
        State::open_at(self.config.clone(), clock(&self.now)).unwrap()
    }

    /// Another process of the same co-signer, on the same database.
    pub(crate) fn beside(&self) -> Self {
        Self {
            config: self.config.clone(),
            state: self.another_state(),
            key: ApiKey::from_text(&self.key.to_text()).unwrap(),
            wallet_type: self.wallet_type,
            now: self.now.clone(),
            folder: self.folder.clone(),
            process: Mutex::new(*self.process.lock().unwrap()),
            remote: None,
            remote_admin: None,
            address: None,
        }
    }

    /// As [`World::restart`], by a process whose changes somebody watches.
    pub(crate) fn restart_watched(&mut self, watch: Watch) {
        self.state = State::open_watched(self.config.clone(), clock(&self.now), Some(watch)).unwrap();
    }

    /// A copy of the database as it is, as a backup makes one.
    pub(crate) fn copy(&self) -> PathBuf {
        let copy = self.folder.path().join(format!("copy-{}", OsRng.next_u64()));
        let db = rusqlite::Connection::open(&self.config.database).unwrap();
        db.execute("VACUUM INTO ?1", [copy.to_str()]).unwrap();
        copy
    }

    /// The process ends, and starts again on a copy of another time. The high-water mark stays where it is.
    pub(crate) fn restore(&mut self, copy: &std::path::Path) {
        self.config.high_water_mark = Some(self.config.high_water_path());
        self.config.database = self.folder.path().join(format!("restored-{}", OsRng.next_u64()));
        std::fs::copy(copy, &self.config.database).unwrap();
        self.restart();
    }

    pub(crate) fn back_end(&self) -> Caller<'static> {
        bearer(&self.key)
    }

    /// Sends a request. A refusal that was sealed to what a test sealed is given opened.
    pub(crate) async fn send(&self, request: HttpRequest<Body>) -> Answer {
        let (parts, body) = request.into_parts();
        if body.size_hint().exact().is_none() {
            return self.deliver(HttpRequest::from_parts(parts, body)).await;
        }
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let request = HttpRequest::from_parts(parts, Body::from(bytes.clone()));
        let mut answer = self.deliver(request).await;
        if let Some(refusal) = sealed::open_refusal(&bytes, &answer.body) {
            answer.body = refusal;
        }
        answer
    }

    /// Sends a request, and gives the answer as it is on the way.
    pub(crate) async fn deliver(&self, request: HttpRequest<Body>) -> Answer {
        if let Some(address) = self.remote {
            return remote(address, request).await;
        }
        let mut request = request;
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        let response = cosigner::app(self.state.clone()).oneshot(request).await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec(),
        }
    }

    /// What the operator's listener answers.
    pub(crate) async fn admin(&self, path: &str) -> Answer {
        let request = HttpRequest::get(path).body(Body::empty()).unwrap();
        if let Some(address) = self.remote_admin {
            return remote(address, request).await;
        }
        let response = cosigner::admin(self.state.clone()).oneshot(request).await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec(),
        }
    }

    /// Posts what a caller has sealed: a browser signs it, by its second key; once more, where it was of another time or process.
    pub(crate) async fn post_sealed(&self, path: &str, caller: &Caller<'_>, body: Vec<u8>) -> Answer {
        let answer = self.send(self.signed_post(path, caller, body.clone())).await;
        match self.is_corrected_by(&answer) {
            true => self.send(self.signed_post(path, caller, body)).await,
            false => answer,
        }
    }

    /// A post of sealed bytes, signed for now.
    pub(crate) fn signed_post(&self, path: &str, caller: &Caller<'_>, body: Vec<u8>) -> HttpRequest<Body> {
        let mut request = HttpRequest::post(path).header(header::CONTENT_TYPE, "application/octet-stream");
        if let Some(authorization) = &caller.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(key) = caller.key {
            for (name, value) in sign_request(&signing_key(key), self.parameters(), path, &body) {
                request = request.header(name, value);
            }
        }
        request.body(Body::from(body)).unwrap()
    }

    /// The parameters of a signature that is made now.
    pub(crate) fn parameters(&self) -> Parameters {
        let mut nonce = [0; 16];
        OsRng.fill_bytes(&mut nonce);
        Parameters {
            created: self.now(),
            nonce,
            process: *self.process.lock().unwrap(),
        }
    }

    /// Takes over which process there is.
    pub(crate) fn is_corrected_by(&self, answer: &Answer) -> bool {
        let Ok(body) = serde_json::from_slice::<ErrorBody>(&answer.body) else {
            return false;
        };
        let Some(process) = body.process.as_deref().and_then(ProcessMark::from_text) else {
            return false;
        };
        core::mem::replace(&mut *self.process.lock().unwrap(), process) != process
    }

    /// Hears which process there is.
    pub(crate) fn hear(&self, process: ProcessMark) {
        *self.process.lock().unwrap() = process;
    }

    pub(crate) async fn post(&self, path: &str, caller: &Caller<'_>, content_type: &str, body: Vec<u8>) -> Answer {
        let mut request = HttpRequest::post(path).header(header::CONTENT_TYPE, content_type);
        if let Some(authorization) = &caller.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a ceremony's request, and gives its refusal, whole.
    pub(crate) async fn refusal<R: Request>(&self, caller: &Caller<'_>, message: &R) -> ErrorBody {
        let to = self.state.identity().channel;
        let (_, bytes) = sealed::seal_request(&to, caller.key, R::PATH, &encode(message), &mut OsRng).unwrap();
        let answer = self.post_sealed(R::PATH, caller, bytes).await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Sends a ceremony's request, and gives its answer or its refusal.
    pub(crate) async fn call<R: Request>(&self, caller: &Caller<'_>, message: &R) -> Result<R::Answer, ErrorCode> {
        let to = self.state.identity().channel;
        let (_, bytes) = sealed::seal_request(&to, caller.key, R::PATH, &encode(message), &mut OsRng).unwrap();
        let answer = self.post_sealed(R::PATH, caller, bytes.clone()).await;
        if answer.status == StatusCode::OK {
            let opened = sealed::open(&bytes, &answer.body);
            Ok(decode(&opened, R::ANSWER_LIMIT, "answer").unwrap())
        } else {
            let code = answer.code();
            assert_eq!(answer.status.as_u16(), code.status());
            Err(code)
        }
    }

    pub(crate) async fn json<A: serde::de::DeserializeOwned>(
        &self,
        caller: &Caller<'_>,
        path: &str,
        body: serde_json::Value,
    ) -> Result<A, ErrorCode> {
        let answer = self
            .post(path, caller, "application/json", body.to_string().into_bytes())
            .await;
        if answer.status == StatusCode::OK {
            Ok(serde_json::from_slice(&answer.body).unwrap())
        } else {
            Err(answer.code())
        }
    }

    // ── What a back end does ────────────────────────────────────────────────────────────────────────────────────────

    /// Makes a wallet, and gives the prepared share.
    pub(crate) async fn wallet(&self) -> Share {
        self.make(self.wallet_type, EMAIL).await
    }

    /// Makes a wallet, or is refused.
    pub(crate) async fn try_wallet(&self) -> Result<Share, ErrorCode> {
        self.try_make(self.wallet_type, EMAIL).await
    }

    pub(crate) async fn wallet_of(&self, wallet_type: WalletType) -> Share {
        self.make(wallet_type, EMAIL).await
    }

    pub(crate) async fn wallet_for(&self, email: &str) -> Share {
        self.make(self.wallet_type, email).await
    }

    async fn make(&self, wallet_type: WalletType, email: &str) -> Share {
        self.try_make(wallet_type, email).await.unwrap()
    }

    async fn try_make(&self, wallet_type: WalletType, email: &str) -> Result<Share, ErrorCode> {
        let context = context_of(wallet_type);
        let (state, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
        let start = KeygenStart {
            context: context.clone(),
            wallet_type,
            claimant: ClaimantId::Email(email.to_owned()),
            commitment,
        };
        let offer = self.call(&self.back_end(), &start).await?;
        let (state, opening) = state.receive(offer).unwrap();
        let finish = KeygenFinish {
            run: context.run,
            opening,
        };
        let confirmation = self.call(&self.back_end(), &finish).await?;
        Ok(state.receive(confirmation).unwrap())
    }

    pub(crate) async fn pairing(&self) -> ClientPairing {
        self.pairing_of(&self.back_end()).await.unwrap()
    }

    pub(crate) async fn pairing_of(&self, caller: &Caller<'_>) -> Result<ClientPairing, ErrorCode> {
        let id = PairingId::random(&mut OsRng);
        let offer = self.call(caller, &PairingStart { pairing: id }).await?;
        let (pairing, answer) = transfers(pairing::client_start(id, offer).unwrap());
        self.call(caller, &PairingFinish { pairing: id, answer }).await?;
        Ok(pairing)
    }

    /// Signs, as whoever calls; with a pairing where the scheme needs one.
    pub(crate) async fn sign<'a>(
        &self,
        caller: &Caller<'_>,
        share: &Share,
        pairing: impl Into<Option<&'a ClientPairing>>,
    ) -> Result<Signature, ErrorCode> {
        let run = RunId::random(&mut OsRng);
        let (state, message) = signing(share, pairing, run);
        let answer = self.call(caller, &message).await?;
        let signature = state.finish(answer).unwrap();
        signature.verify(&share.public_key(), &DIGEST).unwrap();
        Ok(signature)
    }

    /// A ticket for a browser, good for five minutes.
    pub(crate) fn ticket(&self, shares: &[&Share], browser: &ChannelKey) -> Ticket {
        signed(&self.key, self.ticket_body(shares, browser))
    }

    pub(crate) fn ticket_body(&self, shares: &[&Share], browser: &ChannelKey) -> TicketBody {
        let mut nonce = [0; 16];
        OsRng.fill_bytes(&mut nonce);
        TicketBody {
            key_id: self.key.id(),
            wallets: shares.iter().map(|share| share.info().wallet).collect(),
            claimant: ClaimantId::Email(EMAIL.to_owned()),
            browser: browser.public_key(),
            expires_at: self.now() + 300,
            nonce,
        }
    }
}

/// Sends a request over a connection of its own.
async fn remote(address: SocketAddr, request: HttpRequest<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut sent = format!(
        "{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n",
        parts.method,
        parts.uri,
        body.len()
    );
    for (name, value) in &parts.headers {
        sent += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&[sent.as_bytes(), b"\r\n", &body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
    });
    Answer {
        status: status.parse().unwrap(),
        headers: headers.collect(),
        body: answer[end + 4..].to_vec(),
    }
}

/// The key that signs the requests of a browser with this channel key.
pub(crate) fn signing_key(key: &ChannelKey) -> SigningKey {
    let seed = Sha256::digest(key.public_key().0);
    SigningKey::from_slice(&seed).unwrap()
}

/// Its public half.
pub(crate) fn request_key(key: &ChannelKey) -> RequestKey {
    let point = signing_key(key).verifying_key().to_sec1_point(false);
    RequestKey(point.as_bytes().try_into().unwrap())
}

/// The headers that sign a request.
pub(crate) fn sign_request(
    key: &SigningKey,
    parameters: Parameters,
    path: &str,
    body: &[u8],
) -> [(&'static str, String); 3] {
    let digest = content_digest(&Sha256::digest(body).into());
    let signature: p256::ecdsa::Signature = key.sign(parameters.base(path, &digest).as_bytes());
    [
        (CONTENT_DIGEST, digest),
        (SIGNATURE_INPUT, parameters.to_header()),
        (SIGNATURE, signature_header(&signature.to_bytes().into())),
    ]
}

fn clock(now: &Arc<AtomicU64>) -> Clock {
    let now = now.clone();
    Clock::new(move || now.load(Ordering::Relaxed))
}

pub(crate) fn bearer(key: &ApiKey) -> Caller<'static> {
    Caller {
        authorization: Some(format!("Bearer {}", *key.to_text())),
        key: None,
    }
}

pub(crate) fn sealed_by(key: &ChannelKey) -> Caller<'_> {
    Caller {
        authorization: None,
        key: Some(key),
    }
}

pub(crate) fn context() -> keygen::Context {
    context_of(WalletType::Evm)
}

pub(crate) fn context_of(wallet_type: WalletType) -> keygen::Context {
    keygen::Context {
        wallet: WalletId::random(&mut OsRng),
        scheme: wallet_type.scheme(),
        run: RunId::random(&mut OsRng),
    }
}

pub(crate) fn signed(key: &ApiKey, body: TicketBody) -> Ticket {
    let signature = key.ticket_key().sign(&body.signed_bytes()).to_bytes();
    Ticket { body, signature }
}

pub(crate) fn transfers(transfers: Transfers) -> (ClientPairing, pairing::TransferAnswer) {
    match transfers.advance(Transfers::COUNT, &mut OsRng).unwrap() {
        Progress::Done(pairing, answer) => (pairing, answer),
        Progress::More(_) => panic!("all transfers were asked for"),
    }
}

/// What is signed.
pub(crate) const DIGEST: Digest = Digest([42; 32]);

/// A signature that was asked for.
pub(crate) enum Signing {
    Ecdsa(Box<ecdsa::ClientAwaitingAnswer>),
    Eddsa(Box<eddsa::ClientAwaitingAnswer>),
}

impl Signing {
    /// Asks, by the share's scheme.
    pub(crate) fn start<'a>(
        share: &Share,
        pairing: impl Into<Option<&'a ClientPairing>>,
        run: RunId,
        digest: Digest,
    ) -> (Self, ConfirmQuery) {
        match share.info().scheme {
            Scheme::EcdsaSecp256k1 => {
                let pairing = pairing.into().unwrap();
                let (state, query) =
                    ecdsa::client_start(share, &Path::root(), pairing, run, digest, &mut OsRng).unwrap();
                (Self::Ecdsa(Box::new(state)), ConfirmQuery::Ecdsa(query))
            }
            Scheme::EddsaEd25519 => {
                let (state, query) = eddsa::client_start(share, run, &digest.0, &mut OsRng).unwrap();
                (Self::Eddsa(Box::new(state)), ConfirmQuery::Eddsa(query))
            }
        }
    }

    pub(crate) fn finish(self, answer: SignAnswer) -> Result<Signature, Abort> {
        match (self, answer) {
            (Self::Ecdsa(state), SignAnswer::Ecdsa(answer)) => state.finish(answer).map(Signature::Ecdsa),
            (Self::Eddsa(state), SignAnswer::Eddsa(answer)) => state.finish(answer).map(Signature::Eddsa),
            _ => panic!("an answer of another scheme"),
        }
    }
}

/// A request for a signature.
pub(crate) fn signing<'a>(share: &Share, pairing: impl Into<Option<&'a ClientPairing>>, run: RunId) -> (Signing, Sign) {
    let pairing = pairing.into();
    let (state, query) = Signing::start(share, pairing, run, DIGEST);
    let message = Sign {
        wallet: share.info().wallet,
        epoch: share.info().epoch,
        run,
        query: match query {
            ConfirmQuery::Ecdsa(query) => SignQuery::Ecdsa {
                pairing: pairing.unwrap().id(),
                path: Path::root(),
                digest: DIGEST,
                query,
            },
            ConfirmQuery::Eddsa(query) => SignQuery::Eddsa {
                message: DIGEST.0.to_vec(),
                query,
            },
        },
    };
    (state, message)
}

pub(crate) fn random_key() -> ChannelKey {
    ChannelKey::random(&mut OsRng)
}

pub(crate) fn next(epoch: Epoch) -> Epoch {
    epoch.next().unwrap()
}

pub(crate) fn public(key: &ChannelKey) -> ChannelPublicKey {
    key.public_key()
}
