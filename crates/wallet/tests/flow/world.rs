//! A co-signer, a back end and browsers, in one process and at one time.

use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cosigner::{
    Clock, Config, State,
    api_key::Scope,
    config::{KeySource, RelyingParty},
};
use tempfile::TempDir;
use wallet::{
    Claim, ClaimantId, Claimed, CreatedWallet, Error, FinishOptions, Kit, Proof, SealedHandOff, Server, Session,
    Signature, WalletType,
    host::{Absent, Cancel, Host},
};
use zeroize::Zeroizing;

use crate::{authenticator::Keyring, memory::Memory, network::Network};

/// Where the page is served.
pub(crate) const ORIGIN: &str = "http://localhost:5173";
/// Some time in 2026.
const START: u64 = 1_790_000_000;

pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) api_key: Zeroizing<String>,
    config: Config,
    now: Arc<AtomicU64>,
    _folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relying_party = RelyingParty {
            id: "localhost".to_owned(),
            name: "Demo".to_owned(),
            origins: vec![ORIGIN.to_owned()],
        };
        let key = KeySource::File {
            path: folder.path().join("key"),
            create_key: true,
        };
        let mut config = Config::new(relying_party, folder.path().join("cosigner.db"), key);
        config.limits.wallet = 100_000;
        config.limits.pairing = 100_000;
        let now = Arc::new(AtomicU64::new(START));
        let state = State::open_at(config.clone(), clock(&now)).unwrap();
        let api_key = cosigner::keys::create(&state, "test", Scope::ALL).unwrap().to_text();
        Self {
            state,
            api_key,
            config,
            now,
            _folder: folder,
        }
    }

    /// Time passes.
    pub(crate) fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The co-signer with the same database, started again.
    pub(crate) fn restarted(&self) -> axum::Router {
        cosigner::app(State::open_at(self.config.clone(), clock(&self.now)).unwrap())
    }

    /// Another API key.
    pub(crate) fn api_key_for(&self, scopes: &[Scope]) -> Zeroizing<String> {
        cosigner::keys::create(&self.state, "another", scopes)
            .unwrap()
            .to_text()
    }

    pub(crate) fn browser(&self) -> Rc<Browser> {
        Rc::new(Browser {
            network: Network::new(cosigner::app(self.state.clone())),
            passkeys: Keyring::new(),
            store: Rc::new(Memory::new()),
            now: self.now.clone(),
        })
    }

    pub(crate) fn back_end(&self) -> Rc<BackEnd> {
        Rc::new(BackEnd {
            network: Network::new(cosigner::app(self.state.clone())),
            now: self.now.clone(),
        })
    }

    pub(crate) async fn server(&self) -> Server<BackEnd> {
        self.connect(self.back_end()).await
    }

    pub(crate) async fn connect(&self, host: Rc<BackEnd>) -> Server<BackEnd> {
        let identity = Some(self.state.identity());
        Server::connect(host, self.api_key.clone(), identity, &Cancel::default())
            .await
            .unwrap()
    }

    /// A wallet for Ada, and a browser that has loaded it.
    pub(crate) async fn arrival(&self) -> Arrival {
        self.arrival_of(1).await
    }

    pub(crate) async fn arrival_of(&self, count: usize) -> Arrival {
        let server = self.server().await;
        let mut shares = Vec::new();
        for _ in 0..count {
            shares.push(create(&server).await.share);
        }
        let browser = self.browser();
        let kit = Kit::new(browser.clone(), Some(self.state.identity()));
        let hand_off = server.seal_for(shares.clone(), &kit.public_key_text(), None).unwrap();
        let claim = kit.load(vec![Zeroizing::new(hand_off.share.clone())]).unwrap();
        Arrival {
            server,
            shares,
            browser,
            kit,
            hand_off,
            claim,
        }
    }
}

fn clock(now: &Arc<AtomicU64>) -> Clock {
    let now = now.clone();
    Clock::new(move || now.load(Ordering::Relaxed))
}

/// A person who has arrived.
pub(crate) struct Arrival {
    pub(crate) server: Server<BackEnd>,
    pub(crate) shares: Vec<Zeroizing<String>>,
    pub(crate) browser: Rc<Browser>,
    pub(crate) kit: Kit<Browser>,
    pub(crate) hand_off: SealedHandOff,
    pub(crate) claim: Claim<Browser>,
}

impl Arrival {
    pub(crate) fn proof(&self) -> Proof {
        Proof::Ticket(self.hand_off.ticket.clone())
    }

    pub(crate) fn options(&self) -> FinishOptions {
        options(self.proof())
    }

    pub(crate) async fn finish(&self) -> Result<Claimed<Browser>, Error> {
        self.claim.finish(self.options()).await
    }

    /// The same hand-off, loaded again.
    pub(crate) fn reload(&self) -> Claim<Browser> {
        self.kit
            .load(vec![Zeroizing::new(self.hand_off.share.clone())])
            .unwrap()
    }

    /// The page is opened anew: the same device, another kit.
    pub(crate) fn reopen(&self) -> Kit<Browser> {
        Kit::new(self.browser.clone(), None)
    }

    /// Whether the prepared share still signs.
    pub(crate) async fn prepared_share_signs(&self) -> bool {
        let handle = self.server.with_share(self.shares[0].clone()).unwrap();
        handle.sign(digest(1), &Cancel::default()).await.is_ok()
    }

    /// Whether what this device holds unlocks and signs.
    pub(crate) async fn device_signs(&self) -> bool {
        let wallets = self.reopen().wallets().await.unwrap();
        let Some(wallet) = wallets.first() else {
            return false;
        };
        let Ok(session) = wallet.unlock(&Cancel::default()).await else {
            return false;
        };
        let signed = session.sign(wallet.info().id, digest(2), &Cancel::default()).await;
        signed.is_ok_and(|signature| signature.verify(&wallet.info().public_key, &digest(2)).is_ok())
    }
}

pub(crate) fn options(proof: Proof) -> FinishOptions {
    FinishOptions {
        proof,
        passkey_name: "Ada".to_owned(),
        cancel: Cancel::default(),
        progress: None,
    }
}

pub(crate) fn ada() -> ClaimantId {
    ClaimantId::Email("ada@example.com".to_owned())
}

pub(crate) async fn create(server: &Server<BackEnd>) -> CreatedWallet {
    server
        .create_wallet(WalletType::Evm, ada(), &Cancel::default())
        .await
        .unwrap()
}

pub(crate) fn digest(byte: u8) -> wallet::Digest {
    wallet::Digest([byte; 32])
}

/// Signs with the first wallet of a session.
pub(crate) async fn sign(session: &Session<Browser>, byte: u8) -> Result<Signature, Error> {
    session
        .sign(session.wallets()[0].id, digest(byte), &Cancel::default())
        .await
}

/// A browser on one device.
pub(crate) struct Browser {
    pub(crate) network: Network,
    pub(crate) passkeys: Keyring,
    pub(crate) store: Rc<Memory>,
    now: Arc<AtomicU64>,
}

impl Host for Browser {
    type CoSigner = Network;
    type Passkeys = Keyring;
    type Store = Memory;

    fn co_signer(&self) -> &Network {
        &self.network
    }

    fn passkeys(&self) -> &Keyring {
        &self.passkeys
    }

    fn store(&self) -> &Memory {
        &self.store
    }

    fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    async fn pause(&self) {
        tokio::task::yield_now().await;
    }

    async fn wait(&self, _milliseconds: u32) {
        tokio::task::yield_now().await;
    }
}

/// A back end's process.
pub(crate) struct BackEnd {
    pub(crate) network: Network,
    now: Arc<AtomicU64>,
}

impl Host for BackEnd {
    type CoSigner = Network;
    type Passkeys = Absent;
    type Store = Absent;

    fn co_signer(&self) -> &Network {
        &self.network
    }

    fn passkeys(&self) -> &Absent {
        &Absent
    }

    fn store(&self) -> &Absent {
        &Absent
    }

    fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    async fn pause(&self) {
        tokio::task::yield_now().await;
    }

    async fn wait(&self, _milliseconds: u32) {
        tokio::task::yield_now().await;
    }
}
