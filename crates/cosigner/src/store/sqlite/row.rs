//! Columns as the types they stand for.

use borsh::BorshDeserialize;
use mpc::{Epoch, PairingId, Point, Scheme, WalletId};
use rusqlite::{Connection, Row, params};
use wire::WalletType;

use crate::store::{Event, PairingOwner, Result, SealedSecret, StoreError, StoredAnswer};

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.to_owned())
}

/// Gives the first row, read by `read`, or nothing.
pub(super) fn optional<T>(
    connection: &Connection,
    query: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Gives all rows, read by `read`.
pub(super) fn all<T>(
    connection: &Connection,
    query: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// Changes exactly one row.
///
/// # Errors
/// [`StoreError::Conflict`] if there is none that fits.
pub(super) fn change_one(connection: &Connection, query: &str, params: impl rusqlite::Params) -> Result<()> {
    match connection.prepare_cached(query)?.execute(params)? {
        1 => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

pub(super) fn change(connection: &Connection, query: &str, params: impl rusqlite::Params) -> Result<usize> {
    Ok(connection.prepare_cached(query)?.execute(params)?)
}

pub(super) fn audit(connection: &Connection, at: u64, wallet: Option<WalletId>, event: Event) -> Result<()> {
    change_one(
        connection,
        "INSERT INTO audit (at, wallet, event) VALUES (?1, ?2, ?3)",
        params![at, wallet.map(|wallet| wallet.0), event.as_str()],
    )
}

/// The same, of what a back end did with its API key.
pub(super) fn audit_by(db: &Connection, at: u64, wallet: Option<WalletId>, event: Event, key: [u8; 8]) -> Result<()> {
    change_one(
        db,
        "INSERT INTO audit (at, wallet, event, api_key) VALUES (?1, ?2, ?3, ?4)",
        params![at, wallet.map(|wallet| wallet.0), event.as_str(), key],
    )
}

/// One row for each wallet, or one that names none.
pub(super) fn audit_all(connection: &Connection, at: u64, wallets: &[WalletId], event: Event) -> Result<()> {
    if wallets.is_empty() {
        return audit(connection, at, None, event);
    }
    wallets
        .iter()
        .try_for_each(|wallet| audit(connection, at, Some(*wallet), event))
}

pub(super) fn keep_answer(connection: &Connection, answer: &StoredAnswer) -> Result<()> {
    change_one(
        connection,
        "INSERT INTO answers (request, sealed, expires_at) VALUES (?1, ?2, ?3)",
        params![answer.request, answer.sealed, answer.expires_at],
    )
}

/// Keeps a secret. Gives its number, which whatever it belongs to refers to it by.
pub(super) fn keep_secret(connection: &Connection, secret: &SealedSecret) -> Result<i64> {
    let query = "INSERT INTO secrets (wrapped_key, sealed) VALUES (?1, ?2)";
    change_one(connection, query, params![secret.wrapped_key, secret.ciphertext])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn wallet_id(row: &Row<'_>, column: &str) -> Result<WalletId> {
    Ok(WalletId(row.get(column)?))
}

pub(super) fn pairing_id(row: &Row<'_>, column: &str) -> Result<PairingId> {
    Ok(PairingId(row.get(column)?))
}

pub(super) fn epoch(row: &Row<'_>, column: &str) -> Result<Epoch> {
    Ok(Epoch(row.get(column)?))
}

/// What a wallet is for: its scheme stands beside it, and must be the type's.
pub(super) fn wallet_type(row: &Row<'_>) -> Result<WalletType> {
    let name: String = row.get("type")?;
    let wallet_type = WalletType::parse(&name).ok_or_else(|| damaged("wallet type"))?;
    let byte: u8 = row.get("scheme")?;
    match Scheme::try_from_slice(&[byte]) {
        Ok(scheme) if scheme == wallet_type.scheme() => Ok(wallet_type),
        _ => Err(damaged("scheme")),
    }
}

pub(super) fn point(row: &Row<'_>, column: &str) -> Result<Point> {
    let bytes: [u8; 33] = row.get(column)?;
    Point::try_from_slice(&bytes).map_err(|_| damaged("point"))
}

pub(super) fn sealed(row: &Row<'_>) -> Result<SealedSecret> {
    Ok(SealedSecret {
        wrapped_key: row.get("wrapped_key")?,
        ciphertext: row.get("sealed")?,
    })
}

/// An owner as its two columns.
pub(super) fn owner_columns(owner: &PairingOwner) -> (&'static str, &[u8]) {
    match owner {
        PairingOwner::ApiKey(id) => ("api_key", id),
        PairingOwner::Claim(id) => ("claim", id),
        PairingOwner::Credential(id) => ("credential", id),
    }
}

pub(super) fn owner(row: &Row<'_>) -> Result<PairingOwner> {
    let kind: String = row.get("owner_kind")?;
    match kind.as_str() {
        "api_key" => Ok(PairingOwner::ApiKey(row.get("owner")?)),
        "claim" => Ok(PairingOwner::Claim(row.get("owner")?)),
        "credential" => Ok(PairingOwner::Credential(row.get("owner")?)),
        _ => Err(damaged("pairing owner")),
    }
}
