//! The audit log, read by what it is asked for.

use rusqlite::{Connection, Row, types::Value};

use super::row::all;
use crate::store::{AuditFilter, AuditRecord, Result};

/// Reads the events that a filter lets through.
pub(super) fn audit(db: &Connection, filter: &AuditFilter) -> Result<Vec<AuditRecord>> {
    let mut query = "SELECT seq, at, wallet, api_key, event FROM audit WHERE seq > ?".to_owned();
    let mut values = vec![integer(filter.after)];
    // Each condition stands in the query only where it is asked for, so that an index can serve it.
    let conditions = [
        (
            " AND wallet = ?",
            filter.wallet.map(|wallet| Value::Blob(wallet.0.to_vec())),
        ),
        (" AND api_key = ?", filter.key.map(|key| Value::Blob(key.to_vec()))),
        (" AND event = ?", filter.event.clone().map(Value::Text)),
        (" AND at >= ?", filter.since.map(integer)),
        (" AND at < ?", filter.until.map(integer)),
    ];
    for (condition, value) in conditions {
        if let Some(value) = value {
            query += condition;
            values.push(value);
        }
    }
    query += " ORDER BY seq LIMIT ?";
    values.push(Value::Integer(filter.limit.into()));
    all(db, &query, rusqlite::params_from_iter(values), record)
}

fn record(row: &Row<'_>) -> Result<AuditRecord> {
    let wallet: Option<[u8; 16]> = row.get("wallet")?;
    Ok(AuditRecord {
        number: row.get("seq")?,
        at: row.get("at")?,
        wallet: wallet.map(mpc::WalletId),
        key: row.get("api_key")?,
        event: row.get("event")?,
    })
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
