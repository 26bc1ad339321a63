//! The right to sign, for a time.

mod renewal;

use std::{cell::RefCell, rc::Rc};

use futures_util::lock::Mutex;
use mpc::{Digest, PairingId, RunId, Share, Signature, WalletId, channel::ChannelKey, ecdsa, pairing::ClientPairing};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, ErrorCode,
    ceremony::{Lock, Sign},
};

use crate::{
    Error, WalletInfo,
    exchange::{Caller, call},
    host::{Cancel, Host},
    pairing::is_burnt_by,
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

    fn pairing(&self, id: PairingId) -> Option<&ClientPairing> {
        self.pairings.iter().find(|pairing| pairing.id() == id)
    }
}

/// A share, and the pairing that it signs with.
pub(crate) struct OpenShare {
    pub(crate) share: Share,
    pub(crate) pairing: PairingId,
}

/// A signature that was asked for.
struct Asked {
    awaiting: ecdsa::ClientAwaitingAnswer,
    request: Sign,
    key: Rc<ChannelKey>,
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
                .filter_map(|open| WalletInfo::of(open.share.info()).ok())
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

    /// Signs a 32-byte hash with one of the open wallets. Pairs first, if the device's pairing was burnt or lost.
    ///
    /// # Errors
    /// Any [`Error`]: of code `session_expired` once the session is locked or past its time; `wallet_not_found` for a wallet that
    /// is not open here. After `pairing_burnt` the next call pairs anew.
    ///
    /// # Security
    /// A signature that failed is never tried again by itself: each try at a corrupted pairing gives something away.
    pub async fn sign(&self, wallet: WalletId, digest: Digest, cancel: &Cancel) -> Result<Signature, Error> {
        let flight = Cancel::default();
        let ends = || {
            let flight = flight.clone();
            move || flight.cancel()
        };
        let _hooks = (cancel.on_cancel(ends()), self.ended.on_cancel(ends()));
        let signed = self.sign_unless(wallet, digest, &flight).await;
        if self.ended.is_cancelled() {
            return Err(OVER);
        }
        if signed
            .as_ref()
            .is_err_and(|error| error.code() == ErrorCode::SessionExpired)
        {
            self.erase();
        }
        signed
    }

    async fn sign_unless(&self, wallet: WalletId, digest: Digest, cancel: &Cancel) -> Result<Signature, Error> {
        if self.host.now() >= self.expires_at {
            return Err(OVER);
        }
        if !self.is_paired(wallet)? {
            self.pair(wallet, cancel).await?;
        }
        let asked = self.ask(wallet, digest)?;
        let (pairing, caller) = (asked.request.pairing, Caller::Key(&asked.key));
        let answer = call(&*self.host, &self.co_signer.channel, caller, &asked.request, cancel).await;
        let signed = answer.and_then(|answer| Ok(asked.awaiting.finish(answer)?));
        if signed.as_ref().is_err_and(is_burnt_by) {
            self.discard(pairing);
        }
        signed
    }

    fn ask(&self, wallet: WalletId, digest: Digest) -> Result<Asked, Error> {
        let open = self.open.borrow();
        let open = open.as_ref().ok_or(OVER)?;
        let held = open.share(wallet)?;
        let pairing = open
            .pairing(held.pairing)
            .ok_or(Error::Internal("a share is open without its pairing"))?;
        let run = RunId::random(&mut OsRng);
        let (awaiting, query) = ecdsa::client_start(&held.share, pairing, run, digest, &mut OsRng)
            .map_err(|_| Error::Internal("an open share can't sign"))?;
        let request = Sign {
            wallet,
            epoch: held.share.info().epoch,
            pairing: held.pairing,
            run,
            digest,
            query,
        };
        Ok(Asked {
            awaiting,
            request,
            key: open.key.clone(),
        })
    }

    /// Erases the open shares at once, then tells the co-signer, as far as it can be told.
    pub async fn lock(&self) {
        if let Some(key) = self.erase() {
            // The shares are gone: a session that stays open at the co-signer can do nothing.
            let _ = call(
                &*self.host,
                &self.co_signer.channel,
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
