use mpc::{WalletId, channel::ChannelPublicKey};
use rusqlite::{Connection, Row, params};
use wire::{PasskeySet, Recipient};

use super::{
    Sqlite,
    claims::end_claim,
    pairings::burn_pairing,
    row::{
        all, audit, audit_all, change, change_one, damaged, keep_answer, keep_secret, optional, pairing_id, wallet_id,
    },
    sessions,
};
use crate::store::{
    ChangedPasskey, CredentialRecord, Event, Passkeys, PasskeysChange, Relisted, Result, SealedSecret, StoreError,
    Write,
};

const COLUMNS: &str =
    "SELECT id, public_key, sign_count, key, name, created_at, used_at, backup_eligible FROM credentials";

impl Passkeys for Sqlite {
    fn credential(&self, id: &[u8]) -> Result<Option<CredentialRecord>> {
        self.read(|db| optional(db, &format!("{COLUMNS} WHERE id = ?1"), [id], record))
    }

    fn credentials_of(&self, wallets: &[WalletId]) -> Result<Vec<CredentialRecord>> {
        let query = format!("{COLUMNS} WHERE id IN (SELECT credential FROM passkeys WHERE wallet = ?1)");
        self.read(|db| {
            let mut found: Vec<CredentialRecord> = Vec::new();
            for wallet in wallets {
                for credential in all(db, &query, [wallet.0], record)? {
                    if found.iter().all(|known| known.id != credential.id) {
                        found.push(credential);
                    }
                }
            }
            found.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
            Ok(found)
        })
    }

    fn change_passkeys(&self, change: PasskeysChange) -> Result<()> {
        self.write(Write::ChangePasskeys, move |db| {
            approve(db, &change)?;
            if let ChangedPasskey::Added(credential) = &change.passkey {
                register(db, credential)?;
            }
            for relisted in &change.wallets {
                relist(db, relisted, &change)?;
            }
            if let ChangedPasskey::Removed(credential) = &change.passkey {
                shut_out(db, credential, &change)?;
            }
            let event = match &change.passkey {
                ChangedPasskey::Added(_) => Event::PasskeyAdded,
                ChangedPasskey::Removed(_) => Event::PasskeyRemoved,
            };
            let wallets: Vec<_> = change.wallets.iter().map(|relisted| relisted.wallet).collect();
            audit_all(db, change.at, &wallets, event)?;
            keep_answer(db, &change.answer)
        })
    }

    fn rename_passkey(&self, id: Vec<u8>, name: Vec<u8>, at: u64) -> Result<()> {
        self.write(Write::RenamePasskey, move |db| {
            change_one(db, "UPDATE credentials SET name = ?2 WHERE id = ?1", params![id, name])?;
            let query = "SELECT wallet FROM passkeys WHERE credential = ?1";
            let opened = all(db, query, [&id], |row| wallet_id(row, "wallet"))?;
            let mut opened = opened.into_iter();
            opened.try_for_each(|wallet| audit(db, at, Some(wallet), Event::PasskeyRenamed))
        })
    }
}

/// The session lasts, and is still of the passkey that approved.
fn approve(db: &Connection, change: &PasskeysChange) -> Result<()> {
    let query = "UPDATE credentials SET sign_count = max(sign_count, ?4) WHERE id = ?3
         AND EXISTS (SELECT 1 FROM sessions WHERE key = ?1 AND credential = ?3 AND expires_at > ?2)";
    change_one(
        db,
        query,
        params![change.session.0, change.at, change.credential, change.sign_count],
    )
}

pub(super) fn register(db: &Connection, credential: &CredentialRecord) -> Result<()> {
    change_one(
        db,
        "INSERT INTO credentials (id, public_key, sign_count, key, name, created_at, used_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            credential.id,
            credential.public_key,
            credential.sign_count,
            credential.key.0,
            credential.name,
            credential.created_at,
            credential.used_at
        ],
    )
}

/// Gives one wallet its next passkeys and their copy. Only what was sealed of the live epoch, to exactly those, is kept.
fn relist(db: &Connection, relisted: &Relisted, change: &PasskeysChange) -> Result<()> {
    let wallet = relisted.wallet;
    let before = passkeys_of(db, wallet)?.filter(|passkeys| passkeys.digest() == relisted.before);
    let before = before.ok_or(StoreError::Conflict)?;
    let after = match &change.passkey {
        ChangedPasskey::Added(credential) => before.with(credential.recipient()),
        ChangedPasskey::Removed(credential) => before.without(credential),
    };
    let after = after.ok_or(StoreError::Conflict)?;
    // What a rotation under way has sealed is sealed to the passkeys before.
    let pending = "SELECT claim FROM shares WHERE wallet = ?1 AND state = 'pending' AND claim IS NOT NULL";
    if let Some(claim) = optional(db, pending, [wallet.0], |row| Ok(row.get(0)?))? {
        end_claim(db, claim, change.at)?;
    }
    let query = "UPDATE wallets SET passkeys_revision = ?2 WHERE id = ?1 AND epoch = ?3 AND frozen_at IS NULL";
    change_one(db, query, params![wallet.0, after.revision, relisted.epoch.0])?;
    let query = match &change.passkey {
        ChangedPasskey::Added(_) => "INSERT INTO passkeys (wallet, credential) VALUES (?1, ?2)",
        ChangedPasskey::Removed(_) => "DELETE FROM passkeys WHERE wallet = ?1 AND credential = ?2",
    };
    let credential = match &change.passkey {
        ChangedPasskey::Added(credential) => &credential.id,
        ChangedPasskey::Removed(credential) => credential,
    };
    change_one(db, query, params![wallet.0, credential])?;
    self::change(db, "DELETE FROM copies WHERE wallet = ?1", [wallet.0])?;
    let copy = SealedSecret {
        wrapped_key: Vec::new(),
        ciphertext: relisted.copy.clone(),
    };
    let query = "INSERT INTO copies (wallet, epoch, secret) VALUES (?1, ?2, ?3)";
    change_one(db, query, params![wallet.0, relisted.epoch.0, keep_secret(db, &copy)?])
}

/// Ends what a removed passkey has: its sessions of these wallets, and its pairings, once it opens no wallet any more.
fn shut_out(db: &Connection, credential: &[u8], removal: &PasskeysChange) -> Result<()> {
    let wallets: Vec<_> = removal.wallets.iter().map(|relisted| relisted.wallet).collect();
    let mut sessions = sessions::kin(db, &wallets)?;
    sessions.retain(|session| session.credential == credential);
    sessions::revoke(db, &sessions, removal.at)?;
    if optional(db, "SELECT 1 FROM passkeys WHERE credential = ?1", [credential], |_| {
        Ok(())
    })?
    .is_some()
    {
        return Ok(());
    }
    let query = "SELECT id FROM pairings WHERE owner = ?1 AND owner_kind = 'credential' AND burnt_at IS NULL";
    for pairing in all(db, query, [credential], |row| pairing_id(row, "id"))? {
        burn_pairing(db, pairing, removal.at)?;
    }
    Ok(())
}

/// The passkeys of a wallet, if it is claimed.
pub(super) fn passkeys_of(db: &Connection, wallet: WalletId) -> Result<Option<PasskeySet>> {
    let query = format!("SELECT {LISTED} FROM wallets WHERE id = ?1");
    Ok(optional(db, &query, [wallet.0], listed)?.flatten())
}

/// The columns of a wallet that [`listed`] reads.
pub(super) const LISTED: &str = "passkeys_revision, (SELECT group_concat(hex(c.id) || ':' || hex(c.key))
     FROM passkeys p JOIN credentials c ON c.id = p.credential WHERE p.wallet = wallets.id) AS recipients";

/// The passkeys in a wallet's row.
pub(super) fn listed(row: &Row<'_>) -> Result<Option<PasskeySet>> {
    let recipients: Option<String> = row.get("recipients")?;
    let Some(recipients) = recipients else {
        return Ok(None);
    };
    let recipient = |text: &str| {
        let (credential, key) = text.split_once(':')?;
        Some(Recipient {
            credential: hex::decode(credential).ok()?,
            key: ChannelPublicKey(hex::decode(key).ok()?.try_into().ok()?),
        })
    };
    let recipients: Option<Vec<_>> = recipients.split(',').map(recipient).collect();
    let mut recipients = recipients.ok_or_else(|| damaged("passkeys of a wallet"))?;
    recipients.sort_by(|a, b| a.credential.cmp(&b.credential));
    Ok(Some(PasskeySet {
        revision: row.get("passkeys_revision")?,
        recipients,
    }))
}

fn record(row: &Row<'_>) -> Result<CredentialRecord> {
    Ok(CredentialRecord {
        id: row.get("id")?,
        public_key: row.get("public_key")?,
        sign_count: row.get("sign_count")?,
        key: ChannelPublicKey(row.get("key")?),
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        used_at: row.get("used_at")?,
        backup_eligible: row.get("backup_eligible")?,
    })
}
