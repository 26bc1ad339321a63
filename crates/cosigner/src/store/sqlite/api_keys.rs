use rusqlite::{Connection, Row, params};

use super::{
    Sqlite,
    pairings::burn_pairing,
    row::{all, audit_by, change, change_one, damaged, optional, pairing_id},
};
use crate::{
    api_key::Scope,
    store::{ApiKeyRecord, ApiKeys, Event, Result, Write},
};

const COLUMNS: &str = "SELECT id, name, secret_hash, ticket_key, scopes, created_at, revoked_at, expires_at, used_at
    FROM api_keys";

impl ApiKeys for Sqlite {
    fn add_api_key(&self, key: ApiKeyRecord) -> Result<()> {
        self.write(Write::AddApiKey, move |db| {
            let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
            change_one(
                db,
                "INSERT INTO api_keys (id, name, secret_hash, ticket_key, scopes, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    key.id,
                    key.name,
                    key.secret_hash,
                    key.ticket_key,
                    scopes.join(","),
                    key.created_at,
                    key.expires_at
                ],
            )?;
            audit_by(db, key.created_at, None, Event::ApiKeyCreated, key.id)
        })
    }

    fn api_key(&self, id: &[u8; 8]) -> Result<Option<ApiKeyRecord>> {
        self.read(|db| optional(db, &format!("{COLUMNS} WHERE id = ?1"), [id], read))
    }

    fn api_keys(&self) -> Result<Vec<ApiKeyRecord>> {
        self.read(|db| all(db, &format!("{COLUMNS} ORDER BY created_at, id"), [], read))
    }

    fn use_api_key(&self, id: [u8; 8], at: u64) {
        self.writer.run_later(Write::UseApiKey, move |db| {
            let query = "UPDATE api_keys SET used_at = ?2 WHERE id = ?1 AND coalesce(used_at, 0) < ?2";
            change(db, query, params![id, at]).map(drop)
        });
    }

    fn revoke_api_key(&self, id: [u8; 8], at: u64) -> Result<()> {
        self.write(Write::RevokeApiKey, move |db| revoke_api_key(db, id, at))
    }
}

pub(super) fn revoke_api_key(db: &Connection, id: [u8; 8], at: u64) -> Result<()> {
    change_one(
        db,
        "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
        params![id, at],
    )?;
    let query = "SELECT id FROM pairings WHERE owner_kind = 'api_key' AND owner = ?1 AND burnt_at IS NULL";
    for pairing in all(db, query, [id], |row| pairing_id(row, "id"))? {
        burn_pairing(db, pairing, at)?;
    }
    audit_by(db, at, None, Event::ApiKeyRevoked, id)
}

fn read(row: &Row<'_>) -> Result<ApiKeyRecord> {
    let scopes: String = row.get("scopes")?;
    Ok(ApiKeyRecord {
        id: row.get("id")?,
        name: row.get("name")?,
        secret_hash: row.get("secret_hash")?,
        ticket_key: row.get("ticket_key")?,
        scopes: scopes
            .split(',')
            .map(|name| Scope::from_name(name).ok_or_else(|| damaged("scope")))
            .collect::<Result<_>>()?,
        created_at: row.get("created_at")?,
        revoked_at: row.get("revoked_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}
