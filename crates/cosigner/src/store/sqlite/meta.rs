use std::sync::PoisonError;

use mpc::WalletId;
use rusqlite::params;

use super::{
    Sqlite,
    row::{all, audit, audit_all, change, change_one, optional, wallet_id},
};
use crate::{
    proof_keys::PUBLISHED_FOR,
    store::{AuditFilter, AuditRecord, Event, Meta, Result, Swept, SweptBefore, Write},
};

const UNUSED: &str = "DELETE FROM sessions WHERE used_at < ?1";
const RETIRED: &str = "SELECT wallet FROM shares WHERE state = 'retired' AND retired_at < ?1";
/// What is erased at its end.
const ENDED: [&str; 3] = [
    "DELETE FROM sessions WHERE expires_at <= ?1",
    "DELETE FROM answers WHERE expires_at <= ?1",
    "DELETE FROM spent_tickets WHERE expires_at <= ?1",
];

impl Meta for Sqlite {
    fn root(&self) -> Result<Option<Vec<u8>>> {
        self.read(|db| {
            optional(db, "SELECT value FROM meta WHERE name = 'root'", [], |row| {
                Ok(row.get(0)?)
            })
        })
    }

    fn put_root(&self, sealed: Vec<u8>) -> Result<()> {
        self.write(Write::PutRoot, move |db| {
            change_one(db, "INSERT INTO meta (name, value) VALUES ('root', ?1)", [sealed])
        })
    }

    fn probe(&self) -> Result<()> {
        self.write(Write::Probe, |db| {
            // Another value each time: what stays as it is would not be written.
            change_one(
                db,
                "INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', randomblob(8))",
                [],
            )
        })
    }

    fn answer(&self, request: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        self.read(|db| {
            optional(db, "SELECT sealed FROM answers WHERE request = ?1", [request], |row| {
                Ok(row.get(0)?)
            })
        })
    }

    fn settle(&self) -> Result<()> {
        if *self.owing.read().unwrap_or_else(PoisonError::into_inner) {
            // Whatever the writer does, it pays first.
            self.probe()?;
        }
        Ok(())
    }

    fn sweep(&self, now: u64, before: SweptBefore) -> Result<Swept> {
        self.write(Write::Sweep, move |db| {
            let mut swept = Swept::default();
            let over = all(
                db,
                "SELECT id FROM claims WHERE phase <> 'committed' AND expires_at <= ?1",
                [now],
                |row| Ok(row.get::<_, [u8; 16]>(0)?),
            )?;
            for claim in over {
                super::claims::end_claim(db, claim, now)?;
                swept.claims += 1;
            }
            // Not DISTINCT: for that SQLite scans all shares, where an index has the retired ones.
            let mut retired = all(db, RETIRED, [before.retired], |row| wallet_id(row, "wallet"))?;
            retired.sort_unstable();
            retired.dedup();
            for wallet in retired {
                change(
                    db,
                    "DELETE FROM shares WHERE wallet = ?1 AND state = 'retired'",
                    [wallet.0],
                )?;
                audit(db, now, Some(wallet), Event::RetiredErased)?;
                swept.retired += 1;
            }
            for query in ENDED {
                swept.others += change(db, query, params![now])?;
            }
            let unpublished = now.saturating_sub(PUBLISHED_FOR);
            swept.others += change(db, "DELETE FROM proof_keys WHERE retired_at <= ?1", [unpublished])?;
            swept.others += change(db, "DELETE FROM failed_checks WHERE at < ?1", [before.failed])?;
            swept.others += change(db, UNUSED, [before.used])?;
            Ok(swept)
        })
    }

    fn add_event(&self, wallets: Vec<WalletId>, event: Event, at: u64) -> Result<()> {
        self.write(Write::AddEvent, move |db| audit_all(db, at, &wallets, event))
    }

    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>> {
        self.read(|db| super::audit::audit(db, filter))
    }

    fn last_event(&self) -> Result<u64> {
        let last = self.read(|db| optional(db, "SELECT max(seq) FROM audit", [], |row| Ok(row.get(0)?)))?;
        Ok(last.flatten().unwrap_or(0))
    }

    fn events(&self, wallet: WalletId) -> Result<Vec<(u64, String)>> {
        self.read(|db| {
            all(
                db,
                "SELECT at, event FROM audit WHERE wallet = ?1 ORDER BY seq",
                [wallet.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sweep_goes_by_an_index_and_scans_no_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let store = Sqlite::open(&path, &folder.path().join("mark")).unwrap();
        let db = rusqlite::Connection::open(&path).unwrap();
        for query in ENDED.into_iter().chain([RETIRED, UNUSED]) {
            let plan: String = db
                .query_row(&format!("EXPLAIN QUERY PLAN {query}"), [0], |row| row.get("detail"))
                .unwrap();
            assert!(plan.starts_with("SEARCH") && plan.contains("INDEX"), "{query}: {plan}");
        }
        drop(store);
    }
}
