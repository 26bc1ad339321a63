//! The right to sign, for a time.

mod exporting;
mod renewal;

use std::{cell::RefCell, rc::Rc};

use futures_util::lock::Mutex;
use mpc::{PairingId, RunId, Scheme, Share, Signature, WalletId, channel::ChannelKey, pairing::ClientPairing};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, ErrorCode, WalletType,
    ceremony::{Lock, Sign},
};

use crate::{
    Error, WalletInfo,
    exchange::{Caller, call},
    host::{Cancel, Hook, Host},
    pairing::is_burnt_by,
    payload::{self, Awaiting, Payload},
    vault::WrappingKey,
};

/// Open shares, in memory only, and the co-signer's consent for a time. Erased when locked or dropped.
pub struct Session<H: Host> {
    host: Rc<H>,
    co_signer: CoSignerIdentity,
    expires_at: u64,
    wallets: Vec<WalletInfo>,
    open: RefCell<Option<Open>>,
    /// Held while a new pairing is made: who comes meanwhile waits for it.
    renewal: Mutex<()>,
    /// Ends the signatures that are under way.
    ended: Cancel,
}

/// What a session can do harm with.
pub(crate) struct Open {
    /// The key that the co-signer bound the session to.
    pub(crate) key: Rc<ChannelKey>,
    /// Seals a new pairing.
    pub(crate) wrapping: WrappingKey,
    pub(crate) shares: Vec<OpenShare>,
    pub(crate) pairings: Vec<ClientPairing>,
}

impl Open {
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
struct Asked {
    awaiting: Awaiting,
    request: Sign,
    /// The pairing that is used.
    pairing: Option<PairingId>,
    key: Rc<ChannelKey>,
}

/// A call under way: ended by its caller, or with its session.
struct Flight {
    cancel: Cancel,
    _hooks: [Hook; 2],
}

impl Flight {
    fn new<H: Host>(session: &Session<H>, cancel: &Cancel) -> Self {
        let flight = Cancel::default();
        let hooks = [cancel, &session.ended].map(|outer| {
            let inner = flight.clone();
            outer.on_cancel(move || inner.cancel())
        });
        Self {
            cancel: flight,
            _hooks: hooks,
        }
    }
}

const OVER: Error = Error::State {
    code: ErrorCode::SessionExpired,
    message: "the session is over: unlock the wallet again",
};

impl<H: Host> Session<H> {
    pub(crate) fn new(host: Rc<H>, co_signer: CoSignerIdentity, expires_at: u64, open: Open) -> Self {
        Self {
            host,
            co_signer,
            expires_at,
            wallets: open
                .shares
                .iter()
                .filter_map(|open| WalletInfo::of(open.wallet_type, open.share.info()))
                .collect(),
            open: RefCell::new(Some(open)),
            renewal: Mutex::default(),
            ended: Cancel::default(),
        }
    }

    /// The wallets that are open, the one that was asked for first.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        self.wallets.clone()
    }

    /// When the session ends, Unix seconds.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// Whether the session can sign no more: locked, or past its time.
    pub fn is_locked(&self) -> bool {
        self.open.borrow().is_none() || self.host.now() >= self.expires_at
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
        let signed = self.sign_unless(wallet, payload, &flight.cancel).await;
        self.landed(signed)
    }

    async fn sign_unless(&self, wallet: WalletId, payload: Payload, cancel: &Cancel) -> Result<Signature, Error> {
        self.with_share(wallet, |_, held| payload.check(held.share.info()))?;
        if !self.is_paired(wallet)? {
            self.pair(wallet, cancel).await?;
        }
        let asked = self.ask(wallet, payload)?;
        let caller = Caller::Key(&asked.key);
        let answer = call(&*self.host, &self.co_signer, caller, &asked.request, cancel).await;
        let signed = answer.and_then(|answer| asked.awaiting.finish(answer));
        if let Some(pairing) = asked.pairing
            && signed.as_ref().is_err_and(is_burnt_by)
        {
            self.discard(pairing).await;
        }
        signed
    }

    fn ask(&self, wallet: WalletId, payload: Payload) -> Result<Asked, Error> {
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
                key: open.key.clone(),
            })
        })
    }

    /// Does something with an open share, while the session lasts.
    fn with_share<T>(
        &self,
        wallet: WalletId,
        work: impl FnOnce(&Open, &OpenShare) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.host.now() >= self.expires_at {
            return Err(OVER);
        }
        let open = self.open.borrow();
        let open = open.as_ref().ok_or(OVER)?;
        work(open, open.share(wallet)?)
    }

    /// What a call that was under way comes to.
    fn landed<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if self.ended.is_cancelled() {
            return Err(OVER);
        }
        if outcome
            .as_ref()
            .is_err_and(|error| error.code() == ErrorCode::SessionExpired)
        {
            self.erase();
        }
        outcome
    }

    /// Erases the open shares at once, then tells the co-signer, as far as it can be told.
    pub async fn lock(&self) {
        if let Some(key) = self.erase() {
            // The shares are gone: a session that stays open at the co-signer can do nothing.
            let _ = call(
                &*self.host,
                &self.co_signer,
                Caller::Key(&key),
                &Lock {},
                &Cancel::default(),
            )
            .await;
        }
    }

    /// Erases what is open, and ends what is under way; gives the session's key, for a last word.
    fn erase(&self) -> Option<Rc<ChannelKey>> {
        let open = self.open.take();
        self.ended.cancel();
        open.map(|open| open.key)
    }
}
