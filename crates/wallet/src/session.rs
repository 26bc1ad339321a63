//! The right to sign, for a time.

mod agreement;
mod ending;
mod exporting;
mod kin;
mod passkeys;
mod proving;
mod renewal;
mod rotating;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures_util::lock::Mutex;
use mpc::{PairingId, RunId, Scheme, Share, Signature, WalletId, pairing::ClientPairing};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, ErrorCode, WalletType,
    ceremony::{DeviceName, SessionTerms, Sign},
};

pub use self::{
    ending::{LockReason, SessionEvent},
    kin::{ListedSession, session_id},
    passkeys::{AddPasskey, ListedPasskey, passkey_id, passkey_id_text},
};
use crate::{
    Error, Wallet, WalletInfo,
    exchange::{Caller, call},
    host::{Cancel, Hook, Host},
    kit,
    opening::{self, Beginning, Opened},
    pairing::is_burnt_by,
    payload::{self, Awaiting, Payload},
    sender::Sender,
    vault::{Vault, WrappingKey},
};

pub use self::rotating::Rotated;
use self::rotating::is_outdated;

/// How a session is to be.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// What the device calls itself in the list of sessions: 1 to 64 characters, none of them a control character.
    pub device: DeviceName,
    /// How long before its end [`SessionEvent::Expiring`] is told, in seconds.
    pub warn_before: u32,
    /// How long after the last call the shares are erased, in seconds; nothing: as long as the co-signer lets a session go unused.
    pub idle_lock: Option<u32>,
    /// How long after the page was hidden the shares are erased, in seconds.
    pub hidden_lock: u32,
}

/// A device without a name, a warning a minute before the end, five minutes hidden.
impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            device: DeviceName::default(),
            warn_before: 60,
            idle_lock: None,
            hidden_lock: 5 * 60,
        }
    }
}

/// Open shares, in memory only, and the co-signer's consent for a time. Erased when locked or dropped.
pub struct Session<H: Host> {
    kit: Rc<kit::Inner<H>>,
    co_signer: CoSignerIdentity,
    options: SessionOptions,
    /// What it is until it ends, and again once it is unlocked anew.
    life: RefCell<Rc<Life<H>>>,
    wallets: RefCell<Vec<WalletInfo>>,
    open: RefCell<Option<Open<H>>>,
    /// Held while a new pairing is made: who comes meanwhile waits for it.
    renewal: Mutex<()>,
    /// Held while the shares are changed: one rotation at a time.
    rotation: Mutex<()>,
    /// Held while the person is asked: who comes meanwhile waits for it.
    reopening: Mutex<()>,
    /// Told of what happens by itself.
    listener: RefCell<Option<Listener>>,
    /// Since when the page is hidden, Unix seconds.
    hidden_since: Cell<Option<u64>>,
    /// How often it was locked by somebody, or left.
    closings: Cell<u32>,
}

/// Who is told what happens.
type Listener = Rc<dyn Fn(SessionEvent)>;

/// One unlock's worth of a session.
pub(crate) struct Life<H: Host> {
    id: [u8; 16],
    sender: Rc<Sender<H>>,
    /// By the co-signer's clock, Unix seconds.
    expires_at: Cell<u64>,
    refreshed: Cell<u32>,
    /// When its shares get too old, by the co-signer's clock, Unix seconds.
    rotate_by: Cell<Option<u64>>,
    terms: SessionTerms,
    /// The latest end that refreshes can give it by its terms, Unix seconds by the co-signer's clock.
    latest: u64,
    /// When it was called last, by this device's clock.
    used_at: Cell<u64>,
    is_warned: Cell<bool>,
    /// Ends the signatures that are under way.
    ended: Cancel,
}

/// What a session can do harm with.
pub(crate) struct Open<H: Host> {
    /// The keys that the co-signer bound the session to.
    pub(crate) sender: Rc<Sender<H>>,
    /// Seals a new pairing, and next shares.
    pub(crate) wrapping: Rc<WrappingKey>,
    pub(crate) shares: Vec<OpenShare>,
    pub(crate) pairings: Vec<ClientPairing>,
}

impl<H: Host> Open<H> {
    fn share(&self, wallet: WalletId) -> Result<&OpenShare, Error> {
        let held = self.shares.iter().find(|held| held.share.info().wallet == wallet);
        held.ok_or(Error::State {
            code: ErrorCode::WalletNotFound,
            message: "this session does not hold the wallet",
        })
    }

    /// The open pairing of a share.
    fn pairing_of(&self, held: &OpenShare) -> Option<&ClientPairing> {
        self.pairings.iter().find(|pairing| Some(pairing.id()) == held.pairing)
    }
}

/// A share, and the pairing that it signs with: none where it signs without, or where it has lost its own.
pub(crate) struct OpenShare {
    pub(crate) wallet_type: WalletType,
    pub(crate) share: Share,
    pub(crate) pairing: Option<PairingId>,
}

impl OpenShare {
    /// Whether it signs with a pairing.
    fn needs_pairing(&self) -> bool {
        match self.wallet_type.scheme() {
            Scheme::EcdsaSecp256k1 => true,
            Scheme::EddsaEd25519 => false,
        }
    }
}

/// A signature that was asked for.
struct Asked<H: Host> {
    awaiting: Awaiting,
    request: Sign,
    /// The pairing that is used.
    pairing: Option<PairingId>,
    sender: Rc<Sender<H>>,
}

/// A call under way: ended by its caller, or with its session.
struct Flight {
    cancel: Cancel,
    ended: Cancel,
    _hooks: [Hook; 2],
}

impl Flight {
    fn new<H: Host>(session: &Session<H>, cancel: &Cancel) -> Self {
        let flight = Cancel::default();
        session.end_if_due();
        let life = session.life();
        life.used_at.set(session.host().now());
        let hooks = [cancel, &life.ended].map(|outer| {
            let inner = flight.clone();
            outer.on_cancel(move || inner.cancel())
        });
        Self {
            cancel: flight,
            ended: life.ended.clone(),
            _hooks: hooks,
        }
    }
}

const OVER: Error = Error::State {
    code: ErrorCode::SessionExpired,
    message: "the session is over: unlock the wallet again",
};

impl<H: Host> Session<H> {
    pub(crate) fn new(kit: Rc<kit::Inner<H>>, opened: Opened<H>, options: SessionOptions) -> Self {
        Self {
            co_signer: opened.co_signer,
            options,
            life: RefCell::new(Rc::new(Life::of(&*kit.host, &opened))),
            wallets: RefCell::new(infos(&opened)),
            open: RefCell::new(Some(opened.open)),
            renewal: Mutex::default(),
            rotation: Mutex::default(),
            reopening: Mutex::default(),
            listener: RefCell::default(),
            hidden_since: Cell::default(),
            closings: Cell::default(),
            kit,
        }
    }

    /// Where it lives.
    pub fn host(&self) -> &H {
        &self.kit.host
    }

    fn life(&self) -> Rc<Life<H>> {
        self.life.borrow().clone()
    }

    /// The wallets that are open, or were, the one that was asked for first.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        self.wallets.borrow().clone()
    }

    /// When the session ends, Unix seconds by the co-signer's clock. A refresh moves it.
    pub fn expires_at(&self) -> u64 {
        self.life().expires_at.get()
    }

    /// How far the co-signer's clock is ahead of this device's, in seconds; less than 0 where it is behind.
    pub fn clock_skew(&self) -> i64 {
        self.life().sender.ahead()
    }

    /// How often the session may still be refreshed.
    pub fn refreshes_left(&self) -> u32 {
        let life = self.life();
        life.terms.refreshes.saturating_sub(life.refreshed.get())
    }

    /// When the first of its wallets has to be rotated, Unix seconds by the co-signer's clock: from then on it signs nothing before
    /// [`Session::rotate`]. Nothing where the co-signer's operator does not ask for that.
    pub fn rotate_by(&self) -> Option<u64> {
        self.life().rotate_by.get()
    }

    /// Whether the session can sign no more: locked, or past its time.
    pub fn is_locked(&self) -> bool {
        self.open.borrow().is_none() || self.is_past(&self.life())
    }

    fn is_past(&self, life: &Life<H>) -> bool {
        life.sender.now(self.host()) >= life.expires_at.get()
    }

    /// Brings the session back to life with one passkey prompt, as it was unlocked at first: the call that found it over can go on.
    /// Of several such calls at once one asks, and all have its outcome. A session that still lasts is exchanged for the new one. One that is
    /// locked while the person is asked stays locked.
    ///
    /// # Errors
    /// As [`Wallet::unlock`].
    pub async fn unlock(&self, cancel: &Cancel) -> Result<(), Error> {
        let before = self.life();
        let _turn = self.reopening.lock().await;
        if !Rc::ptr_eq(&before, &self.life()) {
            return Ok(());
        }
        let closings = self.closings.get();
        let first = self.wallets().first().map(|info| info.id).ok_or(OVER)?;
        let record = Vault::read(self.host())
            .await?
            .wallet(first)?
            .ok_or(opening::NOT_HELD)?;
        let wallet = Wallet::new(self.kit.clone(), record)?;
        // The others that a first unlock ended are not those that began since.
        let beginning = Beginning::beside_others(&self.options.device);
        let opened = opening::unlock(&wallet, beginning, cancel).await?;
        if self.closings.get() != closings {
            // Whoever locked it meanwhile meant this one, too.
            self.say_goodbye(&opened.open.sender).await;
            return Err(OVER);
        }
        let replaced = self.open.take().map(|open| open.sender);
        before.ended.cancel();
        self.life.replace(Rc::new(Life::of(self.host(), &opened)));
        self.wallets.replace(infos(&opened));
        self.open.replace(Some(opened.open));
        if let Some(replaced) = replaced {
            self.say_goodbye(&replaced).await;
        }
        Ok(())
    }

    /// Signs a payload of its scheme with one of the open wallets. For ECDSA it pairs first, if the device's pairing was burnt or
    /// lost.
    ///
    /// # Errors
    /// Any [`Error`]: [`Error::Argument`] for a payload that the wallet's scheme doesn't sign, before anything is sent; of code
    /// `session_expired` once the session is locked or past its time; `wallet_not_found` for a wallet that is not open here. After
    /// `pairing_burnt` the next call pairs anew.
    ///
    /// # Security
    /// A signature that failed is never tried again by itself: each try at a corrupted pairing gives something away.
    pub async fn sign(&self, wallet: WalletId, payload: Payload, cancel: &Cancel) -> Result<Signature, Error> {
        let flight = Flight::new(self, cancel);
        let mut signed = self.sign_unless(wallet, payload.clone(), &flight.cancel).await;
        // Nothing was signed: another epoch lives, and this browser may hold it.
        if is_outdated(&signed) && matches!(self.catches_up(wallet, &flight.cancel).await, Ok(true)) {
            signed = self.sign_unless(wallet, payload, &flight.cancel).await;
        }
        self.landed(&flight, signed)
    }

    async fn sign_unless(&self, wallet: WalletId, payload: Payload, cancel: &Cancel) -> Result<Signature, Error> {
        self.with_share(wallet, |_, held| payload.check(held.share.info()))?;
        if !self.is_paired(wallet)? {
            self.pair(wallet, cancel).await?;
        }
        let asked = self.ask(wallet, payload)?;
        let caller = Caller::Session(&asked.sender);
        let answer = call(self.host(), &self.co_signer, caller, &asked.request, cancel).await;
        let signed = answer.and_then(|answer| asked.awaiting.finish(answer));
        if let Some(pairing) = asked.pairing
            && signed.as_ref().is_err_and(is_burnt_by)
        {
            self.discard(pairing).await;
        }
        signed
    }

    fn ask(&self, wallet: WalletId, payload: Payload) -> Result<Asked<H>, Error> {
        self.with_share(wallet, |open, held| {
            let pairing = open.pairing_of(held).filter(|_| held.needs_pairing());
            let run = RunId::random(&mut OsRng);
            let (awaiting, query) = payload::ask(&held.share, pairing, run, payload)?;
            let epoch = held.share.info().epoch;
            Ok(Asked {
                awaiting,
                request: Sign {
                    wallet,
                    epoch,
                    run,
                    query,
                },
                pairing: pairing.map(ClientPairing::id),
                sender: open.sender.clone(),
            })
        })
    }

    /// Does something with an open share, while the session lasts.
    fn with_share<T>(
        &self,
        wallet: WalletId,
        work: impl FnOnce(&Open<H>, &OpenShare) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.is_past(&self.life()) {
            self.end(SessionEvent::Expired);
            return Err(OVER);
        }
        let open = self.open.borrow();
        let open = open.as_ref().ok_or(OVER)?;
        work(open, open.share(wallet)?)
    }

    /// What a call that was under way comes to.
    fn landed<T>(&self, flight: &Flight, outcome: Result<T, Error>) -> Result<T, Error> {
        if flight.ended.is_cancelled() {
            return Err(OVER);
        }
        if outcome
            .as_ref()
            .is_err_and(|error| error.code() == ErrorCode::SessionExpired)
        {
            self.end(SessionEvent::Expired);
        }
        outcome
    }
}

impl<H: Host> Life<H> {
    fn of(host: &H, opened: &Opened<H>) -> Self {
        Self {
            id: opened.id,
            sender: opened.open.sender.clone(),
            expires_at: Cell::new(opened.expires_at),
            refreshed: Cell::new(0),
            rotate_by: Cell::new(opened.rotate_by),
            terms: opened.terms,
            latest: (opened.expires_at.saturating_sub(opened.terms.length)).saturating_add(opened.terms.maximum),
            used_at: Cell::new(host.now()),
            is_warned: Cell::new(false),
            ended: Cancel::default(),
        }
    }
}

fn infos<H: Host>(opened: &Opened<H>) -> Vec<WalletInfo> {
    let info = |open: &OpenShare| WalletInfo::of(open.wallet_type, open.share.info());
    opened.open.shares.iter().filter_map(info).collect()
}
