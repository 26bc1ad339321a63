//! What an operator does with a co-signer's database: read its audit log, freeze and delete wallets, end sessions, copy it. A server may
//! be running: it sees each change at its next request.

use std::path::Path;

use mpc::WalletId;

use crate::{
    Config, Error, State,
    store::{AuditFilter, AuditRecord, Sqlite, StoreError, WalletRecord},
};

/// The events of the audit log that a filter lets through, oldest first.
///
/// # Errors
/// [`Error::Store`].
pub fn audit(state: &State, filter: &AuditFilter) -> Result<Vec<AuditRecord>, Error> {
    Ok(state.0.store.audit(filter)?)
}

/// The number of the last event of the audit log; 0 if there is none.
///
/// # Errors
/// [`Error::Store`].
pub fn last_event(state: &State) -> Result<u64, Error> {
    Ok(state.0.store.last_event()?)
}

/// A wallet, and how many sessions have it.
///
/// # Errors
/// [`Error::Setting`] if there is none; [`Error::Store`].
pub fn wallet(state: &State, id: WalletId) -> Result<(WalletRecord, usize), Error> {
    let wallet = state.0.store.wallet(id)?.ok_or_else(|| unknown(id))?;
    let now = state.0.clock.now();
    let sessions = state.0.store.sessions_of(&[id])?;
    let live = sessions.iter().filter(|session| session.expires_at > now).count();
    Ok((wallet, live))
}

/// Freezes a wallet: until it is thawed nothing is signed, rotated, exported, claimed or proved with it, and its passkeys stay as they are.
/// It can be unlocked still, so that its person sees and ends its sessions.
///
/// # Errors
/// [`Error::Setting`] if there is none; [`Error::Store`].
pub fn freeze(state: &State, id: WalletId) -> Result<(), Error> {
    changed(state.0.store.freeze_wallet(id, true, state.0.clock.now()), id)
}

/// Thaws a wallet.
///
/// # Errors
/// As [`freeze`].
pub fn thaw(state: &State, id: WalletId) -> Result<(), Error> {
    changed(state.0.store.freeze_wallet(id, false, state.0.clock.now()), id)
}

/// Deletes a wallet that nobody has claimed, for good: its prepared share is dead.
///
/// # Errors
/// [`Error::Setting`] if there is none, or it is claimed; [`Error::Store`].
pub fn delete_wallet(state: &State, id: WalletId) -> Result<(), Error> {
    let (wallet, _) = self::wallet(state, id)?;
    if wallet.is_claimed() {
        return Err(Error::Setting(format!(
            "wallet {} is claimed: only its person's share signs with it, and it is never deleted; freeze it",
            hex::encode(id.0)
        )));
    }
    changed(state.0.store.delete_wallet(id, state.0.clock.now()), id)
}

/// Ends all sessions of a wallet. Says how many.
///
/// # Errors
/// [`Error::Setting`] if there is no such wallet; [`Error::Store`].
pub fn end_sessions(state: &State, id: WalletId) -> Result<usize, Error> {
    self::wallet(state, id)?;
    Ok(state.0.store.end_sessions_of(id, state.0.clock.now())?)
}

/// Copies the database to a file that must not be there yet, readable by this user only, and checks the copy. A server that runs goes on
/// meanwhile. The high-water mark is not copied: it must outlive what a copy is restored over.
///
/// # Errors
/// [`Error::Database`] with a sentence that says what is wrong.
pub fn backup(config: &Config, to: &Path) -> Result<(), Error> {
    Sqlite::backup(&config.database, to)
}

fn changed(outcome: Result<(), StoreError>, id: WalletId) -> Result<(), Error> {
    match outcome {
        Err(StoreError::Conflict) => Err(unknown(id)),
        outcome => Ok(outcome?),
    }
}

fn unknown(id: WalletId) -> Error {
    Error::Setting(format!("there is no wallet {}", hex::encode(id.0)))
}
