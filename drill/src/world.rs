//! A co-signer, a back end and browsers, in one process and at one time.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cosigner::{
    Clock, Config, State,
    api_key::Scope,
    config::{ExportPolicy, KeySource, RelyingParty},
    key_encryption::{KeyEncryption, LocalKey},
};
use hkdf::Hkdf;
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use mpc::channel::ChannelKey;
use rusqlite::Connection;
use sha2::Sha256;
use tempfile::TempDir;
use wallet::{
    Claim, ClaimantId, Claimed, CreatedWallet, Error, FinishOptions, Kit, Payload, Point, Proof, Scheme, SealedHandOff,
    Server, Session, Signature, WalletInfo, WalletType,
    host::{Absent, Cancel, Host},
};
use zeroize::Zeroizing;

use crate::{
    authenticator::{Device, Keyring},
    memory::Memory,
    network::Network,
    request_keys::RequestKeys,
};

/// What a claim may take over: one wallet of each scheme, one of each type, and two of one.
pub const MIXES: [&[WalletType]; 4] = [
    &[WalletType::Evm],
    &[WalletType::Solana],
    &[WalletType::Evm, WalletType::Solana, WalletType::Cosmos],
    &[WalletType::Solana, WalletType::Solana],
];

/// Where the page is served.
pub const ORIGIN: &str = "http://localhost:5173";
/// Some time in 2026.
const START: u64 = 1_790_000_000;

pub struct World {
    pub state: State,
    pub api_key: Zeroizing<String>,
    config: Config,
    now: Arc<AtomicU64>,
    /// Gone with the last browser or back end of this world, which may outlive it.
    folder: Rc<TempDir>,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A world whose operator allows exports.
    pub fn that_exports() -> Self {
        Self::with(|config| config.policy.export = ExportPolicy::Allowed)
    }

    /// One whose operator has set something otherwise.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relying_party = RelyingParty {
            id: "localhost".to_owned(),
            name: "Demo".to_owned(),
            origins: vec![ORIGIN.to_owned()],
            related_origins: Vec::new(),
        };
        let key = KeySource::File {
            path: folder.path().join("key"),
            create_key: true,
        };
        let mut config = Config::new(relying_party, folder.path().join("cosigner.db"), key);
        config.limits.wallet = 100_000;
        config.limits.pairing = 100_000;
        (config.limits.rotations, config.limits.renewals) = (100_000, 100_000);
        config.limits.rotation_pause = 0;
        change(&mut config);
        let now = Arc::new(AtomicU64::new(START));
        let state = State::open_at(config.clone(), clock(&now)).unwrap();
        let api_key = cosigner::keys::create(&state, "test", Scope::ALL).unwrap().to_text();
        Self {
            state,
            api_key,
            config,
            now,
            folder: Rc::new(folder),
        }
    }

    /// Time passes.
    pub fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The co-signer with the same database, started again.
    pub fn restarted(&self) -> axum::Router {
        cosigner::app(State::open_at(self.config.clone(), clock(&self.now)).unwrap())
    }

    /// Another API key.
    pub fn api_key_for(&self, scopes: &[Scope]) -> Zeroizing<String> {
        cosigner::keys::create(&self.state, "another", scopes)
            .unwrap()
            .to_text()
    }

    pub fn browser(&self) -> Rc<Browser> {
        self.browser_with(Device::new())
    }

    /// A browser without anything stored, on this authenticator.
    pub fn browser_with(&self, device: Device) -> Rc<Browser> {
        Rc::new(Browser {
            network: self.network(),
            passkeys: Keyring::of(device),
            store: Rc::new(Memory::new()),
            waited: Cell::default(),
            ahead: Cell::default(),
            now: self.now.clone(),
            _folder: self.folder.clone(),
        })
    }

    pub fn back_end(&self) -> Rc<BackEnd> {
        Rc::new(BackEnd {
            network: self.network(),
            now: self.now.clone(),
            _folder: self.folder.clone(),
        })
    }

    fn network(&self) -> Network {
        Network::new(cosigner::app(self.state.clone()), channel_key(&self.config))
    }

    pub async fn server(&self) -> Server<BackEnd> {
        self.connect(self.back_end()).await
    }

    pub async fn connect(&self, host: Rc<BackEnd>) -> Server<BackEnd> {
        let identity = Some(self.state.identity());
        Server::connect(host, self.api_key.clone(), identity, &Cancel::default())
            .await
            .unwrap()
    }

    /// A wallet for Ada, and a browser that has loaded it.
    pub async fn arrival(&self) -> Arrival {
        self.arrival_of(&[WalletType::Evm]).await
    }

    /// A wallet of each of these types for Ada, and a browser that has loaded them.
    pub async fn arrival_of(&self, types: &[WalletType]) -> Arrival {
        let server = self.server().await;
        let mut shares = Vec::new();
        for wallet_type in types {
            shares.push(create_of(&server, *wallet_type).await.share);
        }
        self.arrival_with(server, shares).await
    }

    /// A browser that has loaded these shares.
    pub async fn arrival_with(&self, server: Server<BackEnd>, shares: Vec<Zeroizing<String>>) -> Arrival {
        let browser = self.browser();
        let kit = Kit::new(browser.clone(), Some(self.state.identity()));
        let hand_off = server.seal_for(shares.clone(), &kit.public_key_text(), None).unwrap();
        let claim = kit
            .load(vec![Zeroizing::new(hand_off.share.clone())], &Cancel::default())
            .await
            .unwrap();
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

/// The co-signer's own channel key, as its root gives it: what refuses by it is the co-signer, to its clients.
fn channel_key(config: &Config) -> ChannelKey {
    let db = Connection::open(&config.database).unwrap();
    let root = db.query_row("SELECT value FROM meta WHERE name = 'root'", [], |row| {
        row.get::<_, Vec<u8>>(0)
    });
    let key = LocalKey::load(&config.key_encryption).unwrap();
    let root = key.unwrap(&root.unwrap(), b"claimkit/cosigner/root/v1").unwrap();
    let mut seed = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, root.as_slice())
        .expand(b"claimkit/cosigner/identity/channel/v1", seed.as_mut())
        .unwrap();
    ChannelKey::from_seed(&seed)
}

fn clock(now: &Arc<AtomicU64>) -> Clock {
    let now = now.clone();
    Clock::new(move || now.load(Ordering::Relaxed))
}

/// A person who has arrived.
pub struct Arrival {
    pub server: Server<BackEnd>,
    pub shares: Vec<Zeroizing<String>>,
    pub browser: Rc<Browser>,
    pub kit: Kit<Browser>,
    pub hand_off: SealedHandOff,
    pub claim: Claim<Browser>,
}

impl Arrival {
    pub fn proof(&self) -> Proof {
        Proof::Ticket(self.hand_off.ticket.clone())
    }

    pub fn options(&self) -> FinishOptions {
        options(self.proof())
    }

    pub async fn finish(&self) -> Result<Claimed<Browser>, Error> {
        self.claim.finish(self.options()).await
    }

    /// The same hand-off, loaded again.
    pub async fn reload(&self) -> Claim<Browser> {
        self.kit
            .load(vec![Zeroizing::new(self.hand_off.share.clone())], &Cancel::default())
            .await
            .unwrap()
    }

    /// The page is opened anew: the same device, another kit.
    pub fn reopen(&self) -> Kit<Browser> {
        Kit::new(self.browser.clone(), None)
    }

    /// Whether the prepared shares still sign: all of them, or none.
    pub async fn prepared_share_signs(&self) -> bool {
        let mut signs = Vec::new();
        for share in &self.shares {
            let handle = self.server.with_share(share.clone()).unwrap();
            let payload = payload(handle.wallet(), 1);
            signs.push(handle.sign(payload, &Cancel::default()).await.is_ok());
        }
        assert!(signs.iter().all(|one| *one == signs[0]), "{signs:?}");
        signs[0]
    }

    /// Whether what this device holds unlocks and signs, with every wallet.
    pub async fn device_signs(&self) -> bool {
        let wallets = self.reopen().wallets().await.unwrap();
        let Some(wallet) = wallets.first() else {
            return false;
        };
        let Ok(session) = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
        else {
            return false;
        };
        for wallet in &wallets {
            let Ok(signature) = session
                .sign(wallet.info().id, payload(wallet.info(), 2), &Cancel::default())
                .await
            else {
                return false;
            };
            assert!(holds(&wallet.info().public_key, &signature, 2));
        }
        true
    }
}

pub fn options(proof: Proof) -> FinishOptions {
    FinishOptions {
        proof,
        passkey_name: "Ada".to_owned(),
        before_prompt: None,
        session: wallet::SessionOptions::default(),
        refuse_imported: false,
        cancel: Cancel::default(),
        progress: None,
    }
}

pub fn ada() -> ClaimantId {
    ClaimantId::Email("ada@example.com".to_owned())
}

pub async fn create(server: &Server<BackEnd>) -> CreatedWallet {
    create_of(server, WalletType::Evm).await
}

pub async fn create_of(server: &Server<BackEnd>, wallet_type: WalletType) -> CreatedWallet {
    server
        .create_wallet(wallet_type, ada(), &Cancel::default())
        .await
        .unwrap()
}

/// What a wallet of type EVM signs here.
pub fn digest(byte: u8) -> Payload {
    wallet::Digest([byte; 32]).into()
}

/// What any wallet signs here: 32 bytes, as a digest or as a message.
pub fn payload(wallet: &WalletInfo, byte: u8) -> Payload {
    match wallet.scheme() {
        Scheme::EcdsaSecp256k1 => digest(byte),
        Scheme::EddsaEd25519 => Payload::Message(vec![byte; 32]),
    }
}

/// Whether a signature of these 32 bytes holds, by libraries that know nothing of two parties.
pub fn holds(public_key: &Point, signature: &Signature, byte: u8) -> bool {
    match (public_key, signature) {
        (Point::Secp256k1(key), Signature::Ecdsa(signature)) => {
            let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(&key.to_bytes()).unwrap();
            let signature = k256::ecdsa::Signature::from_scalars(signature.r, signature.s).unwrap();
            signature.normalize_s().is_none() && key.verify_prehash(&[byte; 32], &signature).is_ok()
        }
        (Point::Ed25519(key), Signature::Eddsa(signature)) => {
            let key = ed25519_dalek::VerifyingKey::from_bytes(&key.to_bytes()).unwrap();
            let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
            key.verify_strict(&[byte; 32], &signature).is_ok()
        }
        _ => false,
    }
}

/// Signs with the first wallet of a session.
pub async fn sign(session: &Session<Browser>, byte: u8) -> Result<Signature, Error> {
    let wallet = session.wallets().remove(0);
    session
        .sign(wallet.id, payload(&wallet, byte), &Cancel::default())
        .await
}

/// A browser on one device.
pub struct Browser {
    pub network: Network,
    pub passkeys: Keyring,
    pub store: Rc<Memory>,
    /// How long it has waited, in milliseconds.
    pub waited: Cell<u32>,
    /// How far its clock is ahead of the co-signer's, in seconds.
    pub ahead: Cell<i64>,
    now: Arc<AtomicU64>,
    _folder: Rc<TempDir>,
}

impl Host for Browser {
    type CoSigner = Network;
    type Passkeys = Keyring;
    type Store = Memory;
    type SessionKeys = RequestKeys;

    fn co_signer(&self) -> &Network {
        &self.network
    }

    fn passkeys(&self) -> &Keyring {
        &self.passkeys
    }

    fn store(&self) -> &Memory {
        &self.store
    }

    fn session_keys(&self) -> &RequestKeys {
        &RequestKeys
    }

    fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed).saturating_add_signed(self.ahead.get())
    }

    async fn pause(&self) {
        tokio::task::yield_now().await;
    }

    async fn wait(&self, milliseconds: u32) {
        self.waited.set(self.waited.get() + milliseconds);
        tokio::task::yield_now().await;
    }
}

/// A back end's process.
pub struct BackEnd {
    pub network: Network,
    now: Arc<AtomicU64>,
    _folder: Rc<TempDir>,
}

impl Host for BackEnd {
    type CoSigner = Network;
    type Passkeys = Absent;
    type Store = Absent;
    type SessionKeys = Absent;

    fn co_signer(&self) -> &Network {
        &self.network
    }

    fn passkeys(&self) -> &Absent {
        &Absent
    }

    fn store(&self) -> &Absent {
        &Absent
    }

    fn session_keys(&self) -> &Absent {
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
