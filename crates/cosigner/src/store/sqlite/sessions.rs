use mpc::{WalletId, channel::ChannelPublicKey};
use rusqlite::params;

use super::{
    Sqlite,
    row::{audit, change, change_one, damaged, optional},
};
use crate::store::{CredentialRecord, Event, Result, SessionRecord, Sessions, Write};

impl Sessions for Sqlite {
    fn credential(&self, id: &[u8]) -> Result<Option<CredentialRecord>> {
        self.read(|db| {
            let query = "SELECT id, public_key, sign_count, created_at FROM credentials WHERE id = ?1";
            optional(db, query, [id], |row| {
                Ok(CredentialRecord {
                    id: row.get("id")?,
                    public_key: row.get("public_key")?,
                    sign_count: row.get("sign_count")?,
                    created_at: row.get("created_at")?,
                })
            })
        })
    }

    fn begin_session(&self, session: SessionRecord, sign_count: u32, at: u64) -> Result<()> {
        self.write(Write::BeginSession, move |db| {
            change_one(
                db,
                "UPDATE credentials SET sign_count = max(sign_count, ?2) WHERE id = ?1",
                params![session.credential, sign_count],
            )?;
            let wallets: Vec<u8> = session.wallets.iter().flat_map(|wallet| wallet.0).collect();
            change_one(
                db,
                "INSERT OR REPLACE INTO sessions (key, credential, wallets, expires_at) VALUES (?1, ?2, ?3, ?4)",
                params![session.key.0, session.credential, wallets, session.expires_at],
            )?;
            session
                .wallets
                .iter()
                .try_for_each(|wallet| audit(db, at, Some(*wallet), Event::Unlocked))
        })
    }

    fn session(&self, key: &ChannelPublicKey) -> Result<Option<SessionRecord>> {
        self.read(|db| {
            let query = "SELECT credential, wallets, expires_at FROM sessions WHERE key = ?1";
            optional(db, query, [key.0], |row| {
                Ok(SessionRecord {
                    key: *key,
                    credential: row.get("credential")?,
                    wallets: wallets(&row.get::<_, Vec<u8>>("wallets")?)?,
                    expires_at: row.get("expires_at")?,
                })
            })
        })
    }

    fn end_session(&self, key: ChannelPublicKey, at: u64) -> Result<()> {
        self.write(Write::EndSession, move |db| {
            let query = "SELECT wallets FROM sessions WHERE key = ?1";
            let ended = optional(db, query, [key.0], |row| wallets(&row.get::<_, Vec<u8>>(0)?))?;
            for wallet in ended.iter().flatten() {
                audit(db, at, Some(*wallet), Event::Locked)?;
            }
            change(db, "DELETE FROM sessions WHERE key = ?1", [key.0]).map(drop)
        })
    }
}

fn wallets(bytes: &[u8]) -> Result<Vec<WalletId>> {
    let (wallets, rest) = bytes.as_chunks::<16>();
    if rest.is_empty() {
        Ok(wallets.iter().copied().map(WalletId).collect())
    } else {
        Err(damaged("wallets of a session"))
    }
}
