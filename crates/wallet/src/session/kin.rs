//! What a session does with its end and with the other sessions of its wallets.

use std::collections::BTreeSet;

use wire::{
    Request,
    ceremony::{self, Done, Revoked, SessionList, SessionRefresh, SessionRevoke},
};

use super::{Flight, LockReason, OVER, Session, SessionEvent};
use crate::{
    Error, Fault, WalletId,
    exchange::{Caller, insist},
    host::{Cancel, Host},
    text,
};

/// A session that lasts, of whatever device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// What it is called, 16 bytes: no secret.
    pub id: [u8; 16],
    /// What its device called itself.
    pub device: String,
    /// When it was unlocked, Unix seconds by the co-signer's clock.
    pub began_at: u64,
    /// When it was used last, Unix seconds by the co-signer's clock, to the minute.
    pub used_at: u64,
    /// Its end, Unix seconds by the co-signer's clock.
    pub expires_at: u64,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// Those of its wallets that the session that asks has, too.
    pub wallets: Vec<WalletId>,
}

impl ListedSession {
    /// Its id as text: base64url.
    pub fn id_text(&self) -> String {
        text::encode(&self.id)
    }

    /// The ids of its wallets as text: base64url.
    pub fn wallet_ids(&self) -> Vec<String> {
        self.wallets.iter().map(|wallet| text::encode(&wallet.0)).collect()
    }

    fn of(listed: ceremony::ListedSession) -> Self {
        Self {
            id: listed.session,
            device: listed.device.as_str().to_owned(),
            began_at: listed.began_at,
            used_at: listed.used_at,
            expires_at: listed.expires_at,
            is_current: listed.is_current,
            wallets: listed.wallets,
        }
    }
}

/// Reads a session's id: 16 bytes, base64url.
///
/// # Errors
/// [`Error::Argument`] for another form.
pub fn session_id(id: &str) -> Result<[u8; 16], Error> {
    text::decode(id).ok_or(Error::Argument("a session's id has 16 bytes in base64url"))
}

impl<H: Host> Session<H> {
    /// The id of this session, as it stands in the list.
    pub fn id_text(&self) -> String {
        text::encode(&self.life().id)
    }

    /// Moves the session's end, without a prompt, to its length from now; not beyond the co-signer's maximum. Gives the new end, Unix
    /// seconds by the co-signer's clock.
    ///
    /// # Errors
    /// Any [`Error`]: of code `session_expired` where it is too late; `not_authorised` where it was refreshed as often as the
    /// co-signer's operator allows.
    pub async fn refresh(&self, cancel: &Cancel) -> Result<u64, Error> {
        let life = self.life();
        let request = SessionRefresh {
            refreshed: life.refreshed.get(),
        };
        let refreshed = self.ask_kin(&request, cancel).await?;
        if refreshed.expires_at < life.expires_at.get() || refreshed.refreshed <= request.refreshed {
            return Err(Fault::Content("it refreshed the session to an earlier end, or not at all").into());
        }
        if refreshed.expires_at > life.latest || refreshed.refreshed > life.terms.refreshes {
            return Err(Fault::Content("it refreshed the session beyond its own terms").into());
        }
        life.expires_at.set(refreshed.expires_at);
        life.refreshed.set(refreshed.refreshed);
        life.is_warned.set(false);
        Ok(refreshed.expires_at)
    }

    /// The sessions that have a wallet of this one, the one that was used last first.
    ///
    /// # Errors
    /// Any [`Error`]: of code `session_expired` where this one is over.
    pub async fn sessions(&self, cancel: &Cancel) -> Result<Vec<ListedSession>, Error> {
        let listed = self.ask_kin(&SessionList {}, cancel).await?.sessions;
        let own = self.life().id;
        // By these ids sessions are ended: none may stand for another.
        let ids: BTreeSet<_> = listed.iter().map(|one| one.session).collect();
        if ids.len() != listed.len() || listed.iter().any(|one| one.is_current != (one.session == own)) {
            return Err(Fault::Content("it lists a session twice, or calls another the one that asks").into());
        }
        Ok(listed.into_iter().map(ListedSession::of).collect())
    }

    /// Ends a session that has a wallet of this one, at once; does nothing where it is over.
    ///
    /// # Errors
    /// As [`Session::sessions`].
    pub async fn revoke(&self, session: [u8; 16], cancel: &Cancel) -> Result<(), Error> {
        self.revoke_which(Revoked::One(session), cancel).await?;
        if session == self.life().id {
            self.end(SessionEvent::Locked(LockReason::Asked));
        }
        Ok(())
    }

    /// Ends every other session that has a wallet of this one, at once.
    ///
    /// # Errors
    /// As [`Session::sessions`].
    pub async fn revoke_others(&self, cancel: &Cancel) -> Result<(), Error> {
        self.revoke_which(Revoked::Others, cancel).await
    }

    /// Ends every session that has a wallet of this one, this one with them, at once.
    ///
    /// # Errors
    /// As [`Session::sessions`]: then nothing is ended, here neither, so that it can be tried again.
    pub async fn lock_everywhere(&self, cancel: &Cancel) -> Result<(), Error> {
        self.revoke_which(Revoked::All, cancel).await?;
        self.end(SessionEvent::Locked(LockReason::Everywhere));
        Ok(())
    }

    async fn revoke_which(&self, which: Revoked, cancel: &Cancel) -> Result<(), Error> {
        let Done {} = self.ask_kin(&SessionRevoke { which }, cancel).await?;
        Ok(())
    }

    /// Asks for what may be asked for more than once, while the session lasts.
    pub(super) async fn ask_kin<R: Request>(&self, request: &R, cancel: &Cancel) -> Result<R::Answer, Error> {
        let flight = Flight::new(self, cancel);
        if self.is_locked() {
            self.end(SessionEvent::Expired);
            return Err(OVER);
        }
        let sender = self.life().sender.clone();
        let caller = Caller::Session(&sender);
        let answer = insist(self.host(), &self.co_signer, caller, request, &flight.cancel).await;
        self.landed(&flight, answer)
    }
}
