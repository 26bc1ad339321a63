//! A co-signer on a file of its own, at a time of the test's, and a back end that has its key.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request as HttpRequest, StatusCode, header},
};
use cosigner::{
    Clock, Config, State,
    api_key::{ApiKey, Scope},
    config::{KeySource, RelyingParty},
    keys,
};
use ed25519_dalek::Signer;
use mpc::{
    Digest, Epoch, PairingId, RunId, Scheme, Share, Signature, WalletId,
    channel::{ChannelKey, ChannelPublicKey, seal_request},
    ecdsa, keygen,
    pairing::{self, ClientPairing, Progress, Transfers},
};
use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use tower::ServiceExt;
use wire::{
    ClaimantId, ErrorBody, ErrorCode, Request, Ticket,
    ceremony::{KeygenFinish, KeygenStart, PairingFinish, PairingStart, Sign},
    message::{decode, encode},
    ticket::TicketBody,
};

pub(crate) const ORIGIN: &str = "https://app.example.com";
pub(crate) const RP_ID: &str = "example.com";
pub(crate) const EMAIL: &str = "ada@example.com";
const START: u64 = 1_790_000_000;

pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) state: State,
    pub(crate) key: ApiKey,
    now: Arc<AtomicU64>,
    pub(crate) folder: TempDir,
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

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relying_party = RelyingParty {
            id: RP_ID.to_owned(),
            name: "Example".to_owned(),
            origins: vec![ORIGIN.to_owned()],
        };
        let key = KeySource::File {
            path: folder.path().join("kek"),
            create_key: true,
        };
        let mut config = Config::new(relying_party, folder.path().join("cosigner.db"), key);
        change(&mut config);
        let now = Arc::new(AtomicU64::new(START));
        let state = State::open_at(config.clone(), clock(&now)).unwrap();
        let key = keys::create(&state, "test", Scope::ALL).unwrap();
        Self {
            config,
            state,
            key,
            now,
            folder,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The process ends and starts again: what was in memory is gone.
    pub(crate) fn restart(&mut self) {
        self.state = State::open_at(self.config.clone(), clock(&self.now)).unwrap();
    }

    pub(crate) fn back_end(&self) -> Caller<'static> {
        bearer(&self.key)
    }

    pub(crate) async fn send(&self, request: HttpRequest<Body>) -> Answer {
        let response = cosigner::app(self.state.clone()).oneshot(request).await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec(),
        }
    }

    pub(crate) async fn post(&self, path: &str, caller: &Caller<'_>, content_type: &str, body: Vec<u8>) -> Answer {
        let mut request = HttpRequest::post(path).header(header::CONTENT_TYPE, content_type);
        if let Some(authorization) = &caller.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a ceremony's request, and gives its answer or its refusal.
    pub(crate) async fn call<R: Request>(&self, caller: &Caller<'_>, message: &R) -> Result<R::Answer, ErrorCode> {
        let to = self.state.identity().channel;
        let (awaiting, sealed) = seal_request(&to, caller.key, R::PATH, &encode(message), &mut OsRng).unwrap();
        let answer = self.post(R::PATH, caller, "application/octet-stream", sealed).await;
        if answer.status == StatusCode::OK {
            let opened = awaiting.open(&answer.body).unwrap();
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
        self.wallet_for(EMAIL).await
    }

    pub(crate) async fn wallet_for(&self, email: &str) -> Share {
        let context = context();
        let (state, commitment) = keygen::client_start(context.clone(), &mut OsRng);
        let start = KeygenStart {
            context: context.clone(),
            claimant: ClaimantId::Email(email.to_owned()),
            commitment,
        };
        let offer = self.call(&self.back_end(), &start).await.unwrap();
        let (state, opening) = state.receive(offer, &mut OsRng).unwrap();
        let finish = KeygenFinish {
            run: context.run,
            opening,
        };
        state
            .receive(self.call(&self.back_end(), &finish).await.unwrap())
            .unwrap()
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

    /// Signs, as whoever calls.
    pub(crate) async fn sign(
        &self,
        caller: &Caller<'_>,
        share: &Share,
        pairing: &ClientPairing,
    ) -> Result<Signature, ErrorCode> {
        let run = RunId::random(&mut OsRng);
        let (state, message) = signing(share, pairing, run);
        let answer = self.call(caller, &message).await?;
        let signature = state.finish(answer).unwrap();
        signature.verify(&share.public_key(), &message.digest).unwrap();
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
    keygen::Context {
        wallet: WalletId::random(&mut OsRng),
        scheme: Scheme::EcdsaSecp256k1,
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

/// A request for a signature.
pub(crate) fn signing(share: &Share, pairing: &ClientPairing, run: RunId) -> (ecdsa::ClientAwaitingAnswer, Sign) {
    let digest = Digest([42; 32]);
    let (state, query) = ecdsa::client_start(share, pairing, run, digest, &mut OsRng).unwrap();
    let message = Sign {
        wallet: share.info().wallet,
        epoch: share.info().epoch,
        pairing: pairing.id(),
        run,
        digest,
        query,
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
