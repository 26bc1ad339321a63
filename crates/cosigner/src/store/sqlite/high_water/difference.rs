//! Where a database and its high-water mark differ, and what comes of it.

use std::collections::BTreeSet;

use mpc::{PairingId, WalletId};
use rusqlite::{Connection, params};

use super::MADE;
use crate::store::{
    Event, Heeded, Result, StoreError,
    high_water::{Kind, Level, Levels},
    sqlite::{
        api_keys::revoke_api_key,
        claims::end_claim,
        pairings::burn_pairing,
        row::{audit, change, damaged, optional},
    },
};

/// Where database and mark differ.
#[derive(Default)]
pub(super) struct Difference {
    is_first: bool,
    /// Wallets that the database is an older copy of, and those of which the audit log does not say so yet.
    wallets: BTreeSet<WalletId>,
    newly: Vec<WalletId>,
    burnt: Vec<[u8; 16]>,
    revoked: Vec<[u8; 8]>,
    ended: Vec<[u8; 16]>,
    failed: Vec<Level>,
    /// What the mark does not say.
    pub(super) lacking: Vec<Level>,
}

impl Difference {
    pub(super) fn find(db: &Connection, mut levels: Levels, since: u64) -> Result<Self> {
        let mut difference = Self {
            is_first: optional(db, MADE, [], |_| Ok(()))?.is_none(),
            ..Self::default()
        };
        difference.compare_reached(db, &mut levels)?;
        difference.compare_failed(db, &mut levels)?;
        for level in levels.into_levels() {
            difference.add_lost(db, level, since)?;
        }
        let last = "SELECT event FROM audit WHERE wallet = ?1 ORDER BY seq DESC LIMIT 1";
        for wallet in &difference.wallets {
            let said: Option<String> = optional(db, last, [wallet.0], |row| Ok(row.get(0)?))?;
            if said.as_deref() != Some(Event::Restored.as_str()) {
                difference.newly.push(*wallet);
            }
        }
        Ok(difference)
    }

    /// Holds what the database has reached against what the mark says of it.
    fn compare_reached(&mut self, db: &Connection, levels: &mut Levels) -> Result<()> {
        for (kind, query) in [
            (
                Kind::Epoch,
                "SELECT id, epoch FROM wallets WHERE claimed_at IS NOT NULL",
            ),
            (
                Kind::Passkeys,
                "SELECT id, passkeys_revision FROM wallets WHERE passkeys_revision > 0",
            ),
            (Kind::Burnt, "SELECT id, 0 FROM pairings WHERE burnt_at IS NOT NULL"),
            (Kind::Revoked, "SELECT id, 0 FROM api_keys WHERE revoked_at IS NOT NULL"),
        ] {
            let mut statement = db.prepare(query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (name, number): (Vec<u8>, u64) = (row.get(0)?, row.get(1)?);
                let told = levels.take(kind, &name);
                if told.is_none_or(|told| told < number) {
                    self.lacking.push(Level {
                        kind,
                        name,
                        number,
                        copy: 0,
                    });
                } else if told > Some(number) {
                    self.wallets.insert(wallet_of(&name)?);
                }
            }
        }
        Ok(())
    }

    fn compare_failed(&mut self, db: &Connection, levels: &mut Levels) -> Result<()> {
        let query = "SELECT suspect_kind, suspect, at, row_number() OVER (PARTITION BY suspect_kind, suspect, at) FROM failed_checks";
        let mut statement = db.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let kind: String = row.get(0)?;
            let level = Level {
                kind: Kind::parse(&kind).ok_or_else(|| damaged("kind of a suspect"))?,
                name: row.get(1)?,
                number: row.get(2)?,
                copy: row.get(3)?,
            };
            if !levels.take_check(&level) {
                self.lacking.push(level);
            }
        }
        Ok(())
    }

    /// Adds what the mark says and the database has not reached, if it has what that is of.
    fn add_lost(&mut self, db: &Connection, level: Level, since: u64) -> Result<()> {
        let reached =
            |query: &str| -> Result<Option<u64>> { optional(db, query, [&level.name], |row| Ok(row.get(0)?)) };
        let is_there = |query: &str| -> Result<bool> { Ok(optional(db, query, [&level.name], |_| Ok(()))?.is_some()) };
        match level.kind {
            Kind::Epoch if reached("SELECT epoch FROM wallets WHERE id = ?1")? < Some(level.number) => {
                self.wallets.insert(wallet_of(&level.name)?);
            }
            Kind::Passkeys if reached("SELECT passkeys_revision FROM wallets WHERE id = ?1")? < Some(level.number) => {
                self.wallets.insert(wallet_of(&level.name)?);
            }
            Kind::Burnt if is_there("SELECT 1 FROM pairings WHERE id = ?1 AND burnt_at IS NULL")? => {
                self.burnt.extend(<[u8; 16]>::try_from(&*level.name));
            }
            Kind::Revoked if is_there("SELECT 1 FROM api_keys WHERE id = ?1 AND revoked_at IS NULL")? => {
                self.revoked.extend(<[u8; 8]>::try_from(&*level.name));
            }
            Kind::Ended if is_there("SELECT 1 FROM claims WHERE id = ?1 AND phase <> 'committed'")? => {
                self.ended.extend(<[u8; 16]>::try_from(&*level.name));
            }
            Kind::ApiKey | Kind::Credential | Kind::Wallet if level.number > since => self.failed.push(level),
            Kind::Epoch
            | Kind::Passkeys
            | Kind::Burnt
            | Kind::Revoked
            | Kind::Ended
            | Kind::ApiKey
            | Kind::Credential
            | Kind::Wallet => {}
        }
        Ok(())
    }

    pub(super) fn is_to_be_written(&self) -> bool {
        let lost = self.newly.len() + self.burnt.len() + self.revoked.len() + self.ended.len() + self.failed.len();
        self.is_first || lost > 0
    }

    pub(super) fn heeded(&self) -> Heeded {
        Heeded {
            wallets: self.wallets.iter().copied().collect(),
            pairings: self.burnt.len(),
            api_keys: self.revoked.len(),
            failed_checks: self.failed.len(),
            claims: self.ended.len(),
        }
    }

    /// Does to the database again what it lost. What a command did meanwhile is done already.
    pub(super) fn write(self, db: &Connection, at: u64) -> Result<Heeded> {
        for pairing in &self.burnt {
            burn_pairing(db, PairingId(*pairing), at)?;
        }
        for key in &self.revoked {
            match revoke_api_key(db, *key, at) {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        for level in &self.failed {
            let failed = "INSERT INTO failed_checks (suspect_kind, suspect, at) VALUES (?1, ?2, ?3)";
            change(db, failed, params![level.kind.as_str(), level.name, level.number])?;
        }
        for claim in &self.ended {
            end_claim(db, *claim, at)?;
        }
        for wallet in &self.newly {
            audit(db, at, Some(*wallet), Event::Restored)?;
        }
        if self.newly.len() + self.burnt.len() + self.revoked.len() + self.ended.len() > 0 {
            // A session that was locked since has come back, too.
            change(db, "DELETE FROM sessions", [])?;
        }
        change(db, "INSERT OR IGNORE INTO meta VALUES ('high_water_made', x'01')", [])?;
        Ok(self.heeded())
    }
}

fn wallet_of(name: &[u8]) -> Result<WalletId> {
    <[u8; 16]>::try_from(name)
        .map(WalletId)
        .map_err(|_| damaged("name of a level"))
}
