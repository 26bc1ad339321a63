use mpc::{WalletId, channel::ChannelPublicKey};
use rusqlite::{Connection, Row, params, params_from_iter};
use wire::{
    RequestKey,
    ceremony::{Revoked, SessionRefreshed},
};

use super::{
    Sqlite,
    row::{all, audit, audit_all, change, change_one, damaged, optional},
};
use crate::store::{Beginning, Event, Refresh, Result, Revocation, SessionRecord, Sessions, StoreError, Write};

const COLUMNS: &str = "key, id, request_key, credential, wallets, device, began_at, used_at, expires_at, refreshed";

impl Sessions for Sqlite {
    fn begin_session(&self, session: SessionRecord, beginning: Beginning) -> Result<()> {
        self.write(Write::BeginSession, move |db| {
            let at = beginning.at;
            change_one(
                db,
                "UPDATE credentials SET sign_count = max(sign_count, ?2), used_at = max(used_at, ?3),
                 backup_eligible = coalesce(backup_eligible, ?4) WHERE id = ?1",
                params![session.credential, beginning.sign_count, at, beginning.backup_eligible],
            )?;
            // It may have been removed since it answered.
            for wallet in &session.wallets {
                let query = "SELECT 1 FROM passkeys WHERE wallet = ?1 AND credential = ?2";
                let opens = optional(db, query, params![wallet.0, session.credential], |_| Ok(()))?;
                opens.ok_or(StoreError::Conflict)?;
            }
            end(db, &session.key)?;
            if beginning.ends_others {
                revoke(db, &kin(db, &session.wallets)?, at)?;
            }
            add(db, &session)?;
            revoke(db, &surplus(db, &session, beginning.most)?, at)?;
            if beginning.is_told {
                audit_all(db, at, &session.wallets, Event::Unlocked)?;
            }
            Ok(())
        })
    }

    fn session(&self, key: &ChannelPublicKey) -> Result<Option<SessionRecord>> {
        self.read(|db| find(db, key))
    }

    fn sessions_of(&self, wallets: &[WalletId]) -> Result<Vec<SessionRecord>> {
        self.read(|db| kin(db, wallets))
    }

    fn use_session(&self, key: ChannelPublicKey, at: u64) -> Result<()> {
        self.write(Write::UseSession, move |db| {
            let query = "UPDATE sessions SET used_at = ?2 WHERE key = ?1 AND used_at < ?2";
            change(db, query, params![key.0, at]).map(drop)
        })
    }

    fn refresh_session(&self, refresh: Refresh) -> Result<Option<SessionRefreshed>> {
        self.write(Write::RefreshSession, move |db| {
            let held = find(db, &refresh.key)?.filter(|held| held.expires_at > refresh.at);
            let held = held.ok_or(StoreError::Conflict)?;
            if held.refreshed > refresh.refreshed {
                return Ok(Some(SessionRefreshed {
                    expires_at: held.expires_at,
                    refreshed: held.refreshed,
                }));
            }
            if held.refreshed >= refresh.allowed {
                return Ok(None);
            }
            let refreshed = SessionRefreshed {
                expires_at: refresh.expires_at.max(held.expires_at),
                refreshed: held.refreshed + 1,
            };
            change_one(
                db,
                "UPDATE sessions SET expires_at = ?2, refreshed = ?3 WHERE key = ?1",
                params![refresh.key.0, refreshed.expires_at, refreshed.refreshed],
            )?;
            audit_all(db, refresh.at, &held.wallets, Event::SessionRefreshed)?;
            Ok(Some(refreshed))
        })
    }

    fn revoke_sessions(&self, revocation: Revocation) -> Result<()> {
        self.write(Write::RevokeSessions, move |db| {
            let by = find(db, &revocation.by)?.ok_or(StoreError::Conflict)?;
            let is_meant = |session: &SessionRecord| match revocation.which {
                Revoked::One(id) => session.id == id,
                Revoked::Others => session.key != by.key,
                Revoked::All => true,
            };
            let mut meant = kin(db, &by.wallets)?;
            meant.retain(is_meant);
            revoke(db, &meant, revocation.at)
        })
    }

    fn end_sessions_of(&self, wallet: WalletId, at: u64) -> Result<usize> {
        self.write(Write::EndSessionsOf, move |db| {
            let sessions = kin(db, &[wallet])?;
            revoke(db, &sessions, at)?;
            Ok(sessions.len())
        })
    }

    fn end_session(&self, key: ChannelPublicKey, at: u64) -> Result<()> {
        self.write(Write::EndSession, move |db| {
            for wallet in find(db, &key)?.iter().flat_map(|session| &session.wallets) {
                audit(db, at, Some(*wallet), Event::Locked)?;
            }
            end(db, &key)
        })
    }
}

/// Begins a session of a key that has none.
pub(super) fn begin(db: &Connection, session: &SessionRecord, at: u64) -> Result<()> {
    add(db, session)?;
    audit_all(db, at, &session.wallets, Event::Unlocked)
}

fn add(db: &Connection, session: &SessionRecord) -> Result<()> {
    let wallets: Vec<u8> = session.wallets.iter().flat_map(|wallet| wallet.0).collect();
    change_one(
        db,
        &format!("INSERT INTO sessions ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
        params![
            session.key.0,
            session.id,
            session.request_key.0.as_slice(),
            session.credential,
            wallets,
            session.device,
            session.began_at,
            session.used_at,
            session.expires_at,
            session.refreshed,
        ],
    )?;
    session.wallets.iter().try_for_each(|wallet| {
        let query = "INSERT INTO session_wallets (wallet, session) VALUES (?1, ?2)";
        change_one(db, query, params![wallet.0, session.key.0])
    })
}

pub(super) fn end(db: &Connection, key: &ChannelPublicKey) -> Result<()> {
    change(db, "DELETE FROM sessions WHERE key = ?1", [key.0]).map(drop)
}

fn find(db: &Connection, key: &ChannelPublicKey) -> Result<Option<SessionRecord>> {
    let query = select("FROM sessions WHERE key = ?1");
    optional(db, &query, [key.0], record)
}

/// Ends sessions, and tells their wallets.
pub(super) fn revoke(db: &Connection, sessions: &[SessionRecord], at: u64) -> Result<()> {
    sessions.iter().try_for_each(|session| {
        end(db, &session.key)?;
        audit_all(db, at, &session.wallets, Event::SessionRevoked)
    })
}

/// The sessions of a session's passkey that are more than it may have: those that were not used for longest.
fn surplus(db: &Connection, of: &SessionRecord, most: u32) -> Result<Vec<SessionRecord>> {
    // The new one counts as used last, whatever the clock says.
    let query = select("FROM sessions WHERE credential = ?1 AND key <> ?2 ORDER BY used_at DESC, id");
    let mut others = all(db, &query, params![of.credential, of.key.0], record)?;
    Ok(others.split_off(others.len().min(most.saturating_sub(1) as usize)))
}

/// The sessions that have one of these wallets, the one that was used last first: each is read once, however many wallets it has.
pub(super) fn kin(db: &Connection, wallets: &[WalletId]) -> Result<Vec<SessionRecord>> {
    if wallets.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; wallets.len()].join(", ");
    let query = select(&format!(
        "FROM sessions WHERE key IN (SELECT session FROM session_wallets WHERE wallet IN ({places})) ORDER BY used_at DESC, id"
    ));
    all(
        db,
        &query,
        params_from_iter(wallets.iter().map(|wallet| wallet.0)),
        record,
    )
}

fn select(rest: &str) -> String {
    format!("SELECT {COLUMNS} {rest}")
}

fn record(row: &Row<'_>) -> Result<SessionRecord> {
    let request_key: Vec<u8> = row.get("request_key")?;
    Ok(SessionRecord {
        key: ChannelPublicKey(row.get("key")?),
        id: row.get("id")?,
        request_key: RequestKey(
            request_key
                .try_into()
                .map_err(|_| damaged("request key of a session"))?,
        ),
        credential: row.get("credential")?,
        wallets: wallets(&row.get::<_, Vec<u8>>("wallets")?)?,
        device: row.get("device")?,
        began_at: row.get("began_at")?,
        used_at: row.get("used_at")?,
        expires_at: row.get("expires_at")?,
        refreshed: row.get("refreshed")?,
    })
}

fn wallets(bytes: &[u8]) -> Result<Vec<WalletId>> {
    let (wallets, rest) = bytes.as_chunks::<16>();
    if rest.is_empty() {
        Ok(wallets.iter().copied().map(WalletId).collect())
    } else {
        Err(damaged("wallets of a session"))
    }
}
