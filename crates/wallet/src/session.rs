//! The right to sign, for a time.

use std::{cell::RefCell, rc::Rc};

use mpc::{Digest, PairingId, RunId, Share, Signature, WalletId, channel::ChannelKey, pairing::ClientPairing, sign};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, ErrorCode,
    ceremony::{Lock, Sign},
};

use crate::{
    Error, WalletInfo,
    exchange::{Caller, call},
    host::{Cancel, Host},
};

/// Open shares, in memory only, and the co-signer's consent for a time. Erased when locked or dropped.
pub struct Session<H: Host> {
    host: Rc<H>,
    co_signer: CoSignerIdentity,
    expires_at: u64,
    wallets: Vec<WalletInfo>,
    open: RefCell<Option<Open>>,
    /// Ends the signatures that are under way.
    ended: Cancel,
}

/// What a session can do harm with.
pub(crate) struct Open {
    /// The key that the co-signer bound the session to.
    pub(crate) key: Rc<ChannelKey>,
    pub(crate) shares: Vec<OpenShare>,
    pub(crate) pairings: Vec<ClientPairing>,
}

/// A share, and the pairing that it signs with.
pub(crate) struct OpenShare {
    pub(crate) share: Share,
    pub(crate) pairing: PairingId,
}

/// A signature that was asked for.
struct Asked {
    awaiting: sign::ClientAwaitingAnswer,
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

    /// Signs a 32-byte hash with one of the open wallets.
    ///
    /// # Errors
    /// Any [`Error`]: of code `session_expired` once the session is locked or past its time; `wallet_not_found` for a wallet that
    /// is not open here; `pairing_burnt` where the device's pairing can't be used any more.
    ///
    /// # Security
    /// A signature that failed is never tried again by itself: each try at a corrupted pairing gives something away.
    pub async fn sign(&self, wallet: WalletId, digest: Digest, cancel: &Cancel) -> Result<Signature, Error> {
        let asked = self.ask(wallet, digest)?;
        let flight = Cancel::default();
        let ends = || {
            let flight = flight.clone();
            move || flight.cancel()
        };
        let _hooks = (cancel.on_cancel(ends()), self.ended.on_cancel(ends()));
        let answer = call(
            &*self.host,
            &self.co_signer.channel,
            Caller::Key(&asked.key),
            &asked.request,
            &flight,
        )
        .await;
        if self.ended.is_cancelled() {
            return Err(OVER);
        }
        match answer {
            Ok(answer) => Ok(asked.awaiting.finish(answer)?),
            Err(error) => {
                if error.code() == ErrorCode::SessionExpired {
                    self.erase();
                }
                Err(error)
            }
        }
    }

    fn ask(&self, wallet: WalletId, digest: Digest) -> Result<Asked, Error> {
        if self.host.now() >= self.expires_at {
            self.erase();
        }
        let open = self.open.borrow();
        let open = open.as_ref().ok_or(OVER)?;
        let held = open
            .shares
            .iter()
            .find(|held| held.share.info().wallet == wallet)
            .ok_or(Error::State {
                code: ErrorCode::WalletNotFound,
                message: "this session does not hold the wallet",
            })?;
        let pairing = open.pairings.iter().find(|pairing| pairing.id() == held.pairing);
        let pairing = pairing.ok_or(Error::Internal("a share is open without its pairing"))?;
        let run = RunId::random(&mut OsRng);
        let (awaiting, query) = sign::client_start(&held.share, pairing, run, digest, &mut OsRng)
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
