use mpc::PairingId;
use rusqlite::{Connection, params};

use super::{
    Sqlite,
    pairings::{burn_pairing, use_up},
    row::{all, audit, audit_all, change, change_one, optional, pairing_id},
};
use crate::store::{Event, FailedCheck, ProcessId, Queries, Result, Suspect, Write};

impl Queries for Sqlite {
    fn begin_query(&self, pairing: PairingId, process: ProcessId) -> Result<()> {
        self.write(Write::BeginQuery, move |db| {
            change_one(
                db,
                "INSERT INTO queries (pairing, process)
                 SELECT id, ?2 FROM pairings WHERE id = ?1 AND burnt_at IS NULL
                 ON CONFLICT (pairing) DO UPDATE SET process = process WHERE process = excluded.process",
                params![pairing.0, process.0],
            )
        })
    }

    fn end_query(&self, pairing: PairingId, process: ProcessId) {
        let query = "DELETE FROM queries WHERE pairing = ?1 AND process = ?2";
        self.writer.run_later(Write::EndQuery, move |db| {
            change(db, query, params![pairing.0, process.0]).map(drop)
        });
    }

    fn query_of(&self, pairing: PairingId) -> Result<Option<ProcessId>> {
        self.read(|db| {
            let query = "SELECT process FROM queries WHERE pairing = ?1";
            optional(db, query, [pairing.0], |row| Ok(ProcessId(row.get(0)?)))
        })
    }

    fn burn_unfinished(&self, process: ProcessId, at: u64) -> Result<usize> {
        self.write(Write::BurnUnfinished, move |db| {
            let query = "SELECT pairing FROM queries WHERE process <> ?1";
            let unfinished = all(db, query, [process.0], |row| pairing_id(row, "pairing"))?;
            for pairing in &unfinished {
                burn_pairing(db, *pairing, at)?;
                audit(db, at, None, Event::PairingUnfinished)?;
            }
            Ok(unfinished.len())
        })
    }

    fn fail_check(&self, check: FailedCheck) -> Result<()> {
        self.write(Write::FailCheck, move |db| {
            if let Some(pairing) = check.pairing {
                burn_pairing(db, pairing, check.at)?;
            }
            if let Some((pairing, owner)) = &check.unmade {
                use_up(db, *pairing, owner, check.at)?;
            }
            audit_all(db, check.at, &check.wallets, check.events.0)?;
            check.suspects.iter().try_for_each(|suspect| hold(db, &check, suspect))
        })
    }

    fn failed_checks(&self, suspect: &Suspect, since: u64) -> Result<Vec<u64>> {
        let (kind, name) = (suspect.kind(), suspect.hash());
        self.read(move |db| {
            let query = "SELECT at FROM failed_checks WHERE suspect_kind = ?1 AND suspect = ?2 AND at > ?3 ORDER BY at";
            all(db, query, params![kind, name, since], |row| Ok(row.get(0)?))
        })
    }
}

/// Counts a failed check against a suspect, and says so where it is the one that bars them.
fn hold(db: &Connection, check: &FailedCheck, suspect: &Suspect) -> Result<()> {
    let (kind, name) = (suspect.kind(), suspect.hash());
    change_one(
        db,
        "INSERT INTO failed_checks (suspect_kind, suspect, at) VALUES (?1, ?2, ?3)",
        params![kind, name, check.at],
    )?;
    let query = "SELECT count(*) FROM failed_checks WHERE suspect_kind = ?1 AND suspect = ?2 AND at > ?3";
    let failed: Option<u32> = optional(db, query, params![kind, name, check.since], |row| Ok(row.get(0)?))?;
    if failed != Some(check.limit) {
        return Ok(());
    }
    match suspect {
        Suspect::Wallet(wallet) | Suspect::Confirming(wallet) => audit(db, check.at, Some(*wallet), check.events.1),
        Suspect::ApiKey(_) | Suspect::Credential(_) => audit_all(db, check.at, &check.wallets, check.events.1),
    }
}
