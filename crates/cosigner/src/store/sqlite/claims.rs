use mpc::{Epoch, PairingId, WalletId, channel::ChannelPublicKey};
use rusqlite::{Connection, Row, params};

use super::{
    Sqlite,
    pairings::{add_pairing, burn_outlived, burn_pairing, count_commit},
    passkeys::passkeys_of,
    row::{all, audit, audit_all, change, change_one, damaged, epoch, keep_answer, keep_secret, optional, wallet_id},
    sessions::begin,
};
use crate::store::{
    ClaimGround, ClaimPhase, ClaimRecord, ClaimedWallet, Claims, Commit, Confirmation, Event, PairingOwner,
    PairingRecord, PreparedClaim, Registered, Result, SealedSecret, StoreError, Write,
};

impl Claims for Sqlite {
    fn prepare_claim(&self, claim: PreparedClaim) -> Result<()> {
        self.write(Write::PrepareClaim, move |db| {
            if let Some((id, sealed)) = &claim.pairing {
                let pairing = PairingRecord {
                    id: *id,
                    owner: PairingOwner::Claim(claim.id),
                    commits: claim.commits,
                    sealed: Some(sealed.clone()),
                };
                add_pairing(db, &pairing, claim.at)?;
            }
            change_one(
                db,
                "INSERT INTO claims (id, browser, transcript, receipt_claimant, phase, expires_at, pairing, evidence)
                 VALUES (?1, ?2, ?3, ?4, 'prepared', ?5, ?6, ?7)",
                params![
                    claim.id,
                    claim.browser.0,
                    claim.transcript,
                    claim.receipt_claimant,
                    claim.expires_at,
                    claim.pairing.as_ref().map(|(id, _)| id.0),
                    claim.evidence
                ],
            )?;
            add_ground(db, &claim)?;
            if claim.renews {
                let wallets: Vec<_> = claim.wallets.iter().map(|wallet| wallet.wallet).collect();
                audit_all(db, claim.at, &wallets, Event::PairingRenewed)?;
            }
            for (place, wallet) in claim.wallets.iter().enumerate() {
                check_passkeys(db, &claim.ground, place, wallet.wallet)?;
                add_pending(db, &claim, wallet)?;
            }
            keep_answer(db, &claim.answer)
        })
    }

    fn claim(&self, id: [u8; 16]) -> Result<Option<ClaimRecord>> {
        self.read(|db| optional(db, "SELECT * FROM claims WHERE id = ?1", [id], read))
    }

    fn confirm_claim(&self, id: [u8; 16], confirmation: Confirmation, now: u64) -> Result<()> {
        self.write(Write::ConfirmClaim, move |db| {
            change_one(
                db,
                "UPDATE claims SET phase = 'confirmed', credential = ?2, credential_key = ?3, sign_count = ?4, recipient = ?6,
                 passkey_name = ?7, backup_eligible = ?8 WHERE id = ?1 AND phase = 'prepared' AND expires_at > ?5 AND (rotates IS NULL OR rotates = ?2)
                 AND (rotates IS NULL) = (?3 IS NOT NULL)
                 AND NOT EXISTS (SELECT 1 FROM shares JOIN wallets ON wallets.id = wallet
                 WHERE shares.claim = ?1 AND frozen_at IS NOT NULL)",
                params![
                    id,
                    confirmation.credential,
                    confirmation.registered.as_ref().map(|passkey| &passkey.public_key),
                    confirmation.sign_count,
                    now,
                    confirmation.registered.as_ref().map(|passkey| passkey.key.0),
                    confirmation.registered.as_ref().map(|passkey| &passkey.name),
                    confirmation.backup_eligible,
                ],
            )?;
            if confirmation.registered.is_none() {
                note_use(db, &confirmation)?;
            }
            confirmation
                .copies
                .iter()
                .try_for_each(|(wallet, sealed)| add_copy(db, &id, *wallet, sealed))?;
            audit_wallets(db, &id, now, [Event::ClaimConfirmed, Event::RotationConfirmed])
        })
    }

    fn end_claim(&self, id: [u8; 16], at: u64) -> Result<()> {
        self.write(Write::EndClaim, move |db| end_claim(db, id, at))
    }

    fn commit_claim(&self, commit: Commit) -> Result<()> {
        self.write(Write::CommitClaim, move |db| commit_claim(db, &commit))
    }

    fn ticket_spent(&self, key: [u8; 8], nonce: [u8; 16]) -> Result<bool> {
        let query = "SELECT 1 FROM spent_tickets WHERE api_key = ?1 AND nonce = ?2";
        Ok(self
            .read(|db| optional(db, query, params![key, nonce], |_| Ok(())))?
            .is_some())
    }
}

fn add_ground(db: &Connection, claim: &PreparedClaim) -> Result<()> {
    match &claim.ground {
        ClaimGround::Ticket {
            key,
            nonce,
            expires_at,
            claimant,
        } => change_one(
            db,
            "UPDATE claims SET ticket_key = ?2, ticket_nonce = ?3, ticket_expires_at = ?4, claimant = ?5 WHERE id = ?1",
            params![claim.id, key, nonce, expires_at, claimant],
        ),
        ClaimGround::Session { credential, .. } => change_one(
            db,
            "UPDATE claims SET rotates = ?2 WHERE id = ?1",
            params![claim.id, credential],
        ),
    }
}

/// The next share of a claimed wallet is sealed to the passkeys that it had when its person was asked.
fn check_passkeys(db: &Connection, ground: &ClaimGround, place: usize, wallet: WalletId) -> Result<()> {
    let ClaimGround::Session { passkeys, .. } = ground else {
        return Ok(());
    };
    let digest = passkeys_of(db, wallet)?.map(|passkeys| passkeys.digest());
    match digest.is_some() && digest.as_ref() == passkeys.get(place) {
        true => Ok(()),
        false => Err(StoreError::Conflict),
    }
}

fn add_pending(db: &Connection, claim: &PreparedClaim, wallet: &ClaimedWallet) -> Result<()> {
    let query = "SELECT 1 FROM wallets, claims WHERE wallets.id = ?1 AND wallets.epoch = ?2 AND claims.id = ?3
         AND CASE WHEN rotates IS NULL THEN wallets.claimant = claims.claimant AND wallets.credential IS NULL
         ELSE EXISTS (SELECT 1 FROM passkeys WHERE wallet = wallets.id AND passkeys.credential = rotates) END";
    let params = params![wallet.wallet.0, wallet.from.0, claim.id];
    optional(db, query, params, |_| Ok(()))?.ok_or(StoreError::Conflict)?;
    let query = "SELECT claim FROM shares WHERE wallet = ?1 AND state = 'pending' AND claim IS NOT NULL";
    if let Some(earlier) = optional(db, query, [wallet.wallet.0], |row| Ok(row.get(0)?))? {
        end_claim(db, earlier, claim.at)?;
    }
    change_one(
        db,
        "INSERT INTO shares (wallet, epoch, state, claim, secret) VALUES (?1, ?2, 'pending', ?3, ?4)",
        params![wallet.wallet.0, wallet.to.0, claim.id, keep_secret(db, &wallet.share)?],
    )?;
    let event = match claim.ground {
        ClaimGround::Ticket { .. } => Event::ClaimPrepared,
        ClaimGround::Session { .. } => Event::RotationPrepared,
    };
    audit(db, claim.at, Some(wallet.wallet), event)
}

/// Notes what a passkey said of itself as it approved a rotation, whatever becomes of that: as of any use of it.
fn note_use(db: &Connection, confirmation: &Confirmation) -> Result<()> {
    change_one(
        db,
        "UPDATE credentials SET sign_count = max(sign_count, ?2), backup_eligible = coalesce(backup_eligible, ?3) WHERE id = ?1",
        params![
            confirmation.credential,
            confirmation.sign_count,
            confirmation.backup_eligible
        ],
    )
}

/// Keeps a copy of a pending share.
fn add_copy(db: &Connection, claim: &[u8; 16], wallet: WalletId, sealed: &[u8]) -> Result<()> {
    // Sealed by a key that is no epoch's: it has none of its own.
    let secret = SealedSecret {
        wrapped_key: Vec::new(),
        ciphertext: sealed.to_vec(),
    };
    change_one(
        db,
        "INSERT INTO copies (wallet, epoch, secret)
         SELECT wallet, epoch, ?3 FROM shares WHERE claim = ?1 AND wallet = ?2 AND state = 'pending'",
        params![claim, wallet.0, keep_secret(db, &secret)?],
    )
}

pub(super) fn end_claim(db: &Connection, id: [u8; 16], at: u64) -> Result<()> {
    let query = "SELECT pairing FROM claims WHERE id = ?1 AND phase <> 'committed'";
    let Some(pairing) = optional(db, query, [id], pairing_of)? else {
        return Ok(());
    };
    audit_wallets(db, &id, at, [Event::ClaimDropped, Event::RotationDropped])?;
    change(
        db,
        "DELETE FROM copies WHERE (wallet, epoch) IN (SELECT wallet, epoch FROM shares WHERE claim = ?1 AND state = 'pending')",
        [id],
    )?;
    change(db, "DELETE FROM shares WHERE claim = ?1 AND state = 'pending'", [id])?;
    change(db, "DELETE FROM claims WHERE id = ?1", [id])?;
    pairing.map_or(Ok(()), |pairing| burn_pairing(db, pairing, at).map(drop))
}

fn commit_claim(db: &Connection, commit: &Commit) -> Result<()> {
    // The API key may have been revoked since the ticket was shown, the session ended since it asked.
    change_one(
        db,
        "UPDATE claims SET phase = 'committed', commit_request = ?2, receipts = ?3 WHERE id = ?1 AND phase = 'confirmed'
         AND expires_at > ?4 AND CASE WHEN rotates IS NULL
         THEN EXISTS (SELECT 1 FROM api_keys WHERE id = claims.ticket_key AND revoked_at IS NULL
              AND (api_keys.expires_at IS NULL OR api_keys.expires_at > ?4))
         ELSE EXISTS (SELECT 1 FROM sessions WHERE key = claims.browser AND credential = rotates AND sessions.expires_at > ?4) END",
        params![commit.claim, commit.request, commit.receipts, commit.at],
    )?;
    let query = "SELECT rotates IS NOT NULL FROM claims WHERE id = ?1";
    let rotates = optional(db, query, [commit.claim], |row| Ok(row.get::<_, bool>(0)?))?.unwrap_or_default();
    if !rotates {
        bind(db, commit)?;
    }
    let query = "SELECT pairing FROM claims WHERE id = ?1";
    if let Some(pairing) = optional(db, query, [commit.claim], pairing_of)?.flatten() {
        change_one(
            db,
            "UPDATE pairings SET owner_kind = 'credential', owner = (SELECT credential FROM claims WHERE id = ?2)
             WHERE id = ?1 AND burnt_at IS NULL",
            params![pairing.0, commit.claim],
        )?;
    }
    let query = "SELECT wallet, epoch FROM shares WHERE claim = ?1 AND state = 'pending'";
    let wallets = all(db, query, [commit.claim], |row| {
        Ok((wallet_id(row, "wallet")?, epoch(row, "epoch")?))
    })?;
    if wallets.len() != commit.wallets {
        return Err(damaged("pending shares of a claim"));
    }
    let commits = count_commit(db)?;
    let event = match rotates {
        true => Event::RotationCommitted,
        false => Event::ClaimCommitted,
    };
    for moved in &wallets {
        begin_epoch(db, commit, *moved, commits)?;
        audit(db, commit.at, Some(moved.0), event)?;
    }
    // Once all of its wallets have moved on: a pairing may have served several.
    wallets
        .iter()
        .try_for_each(|(wallet, _)| burn_outlived(db, *wallet, commit.at))?;
    match &commit.session {
        Some(session) => begin(db, session, commit.at),
        None => Ok(()),
    }
}

/// Lets a wallet's pending share live, and retires the one before.
fn begin_epoch(db: &Connection, commit: &Commit, (wallet, to): (WalletId, Epoch), commits: u64) -> Result<()> {
    change_one(
        db,
        "UPDATE wallets SET epoch = ?2, claimed_at = coalesce(claimed_at, ?3),
         credential = coalesce(wallets.credential, ground.credential),
         paired_since = ?5, epoch_pairing = ground.pairing
         FROM (SELECT credential, claimant, rotates, pairing FROM claims WHERE id = ?4) AS ground
         WHERE wallets.id = ?1 AND epoch = ?2 - 1 AND frozen_at IS NULL AND CASE WHEN rotates IS NULL
         THEN wallets.credential IS NULL AND wallets.claimant = ground.claimant
         ELSE EXISTS (SELECT 1 FROM passkeys WHERE wallet = wallets.id AND passkeys.credential = rotates) END",
        params![wallet.0, to.0, commit.at, commit.claim, commits],
    )?;
    change_one(
        db,
        "UPDATE shares SET state = 'retired', retired_at = ?3 WHERE wallet = ?1 AND epoch = ?2 - 1 AND state = 'active'",
        params![wallet.0, to.0, commit.at],
    )?;
    change_one(
        db,
        "INSERT INTO retired_epochs (wallet, epoch, committed_at) VALUES (?1, ?2 - 1, ?3)",
        params![wallet.0, to.0, commit.at],
    )?;
    change(
        db,
        "DELETE FROM copies WHERE wallet = ?1 AND epoch < ?2",
        params![wallet.0, to.0],
    )?;
    change_one(
        db,
        "UPDATE shares SET state = 'active' WHERE wallet = ?1 AND epoch = ?2 AND state = 'pending'",
        params![wallet.0, to.0],
    )
}

/// Registers the passkey, and spends the ticket.
fn bind(db: &Connection, commit: &Commit) -> Result<()> {
    change_one(
        db,
        "INSERT INTO credentials (id, public_key, sign_count, key, name, created_at, used_at, backup_eligible)
         SELECT credential, credential_key, sign_count, recipient, passkey_name, ?2, ?2, backup_eligible FROM claims WHERE id = ?1",
        params![commit.claim, commit.at],
    )?;
    change(
        db,
        "INSERT INTO passkeys (wallet, credential) SELECT wallet, credential FROM shares JOIN claims ON claims.id = claim
         WHERE claim = ?1 AND state = 'pending'",
        [commit.claim],
    )?;
    change_one(
        db,
        "INSERT INTO spent_tickets (api_key, nonce, expires_at)
         SELECT ticket_key, ticket_nonce, ticket_expires_at FROM claims WHERE id = ?1",
        [commit.claim],
    )
}

fn pairing_of(row: &Row<'_>) -> Result<Option<PairingId>> {
    Ok(row.get::<_, Option<[u8; 16]>>("pairing")?.map(PairingId))
}

/// Tells of each wallet of a claim, or of a rotation.
fn audit_wallets(db: &Connection, claim: &[u8; 16], at: u64, [of_claim, of_rotation]: [Event; 2]) -> Result<()> {
    let query = "SELECT wallet, rotates IS NOT NULL AS rotates FROM shares JOIN claims ON claims.id = claim
         WHERE claim = ?1 AND state = 'pending'";
    let wallets = all(db, query, [claim], |row| {
        Ok((wallet_id(row, "wallet")?, row.get::<_, bool>("rotates")?))
    })?;
    wallets.into_iter().try_for_each(|(wallet, rotates)| {
        let event = match rotates {
            true => of_rotation,
            false => of_claim,
        };
        audit(db, at, Some(wallet), event)
    })
}

fn registered(row: &Row<'_>) -> Result<Option<Registered>> {
    let public_key: Option<Vec<u8>> = row.get("credential_key")?;
    let made: Option<[u8; 32]> = row.get("recipient")?;
    let name: Option<Vec<u8>> = row.get("passkey_name")?;
    let rotates: Option<Vec<u8>> = row.get("rotates")?;
    match (public_key.zip(made.zip(name)), rotates) {
        (Some((public_key, (key, name))), None) => Ok(Some(Registered {
            public_key,
            key: ChannelPublicKey(key),
            name,
        })),
        (None, Some(_)) => Ok(None),
        (Some(_), Some(_)) | (None, None) => Err(damaged("passkey of a claim")),
    }
}

fn read(row: &Row<'_>) -> Result<ClaimRecord> {
    let phase: String = row.get("phase")?;
    let credential: Option<Vec<u8>> = row.get("credential")?;
    let receipts: Option<Vec<u8>> = row.get("receipts")?;
    Ok(ClaimRecord {
        id: row.get("id")?,
        browser: ChannelPublicKey(row.get("browser")?),
        transcript: row.get("transcript")?,
        evidence: row.get("evidence")?,
        receipt_claimant: row.get("receipt_claimant")?,
        phase: match phase.as_str() {
            "prepared" => ClaimPhase::Prepared,
            "confirmed" => ClaimPhase::Confirmed,
            "committed" => ClaimPhase::Committed,
            _ => return Err(damaged("claim phase")),
        },
        expires_at: row.get("expires_at")?,
        pairing: pairing_of(row)?,
        confirmation: match credential {
            Some(credential) => Some(Confirmation {
                credential,
                // A rotation of an earlier build has none.
                sign_count: row.get::<_, Option<u32>>("sign_count")?.unwrap_or_default(),
                backup_eligible: row.get("backup_eligible")?,
                registered: registered(row)?,
                copies: Vec::new(),
            }),
            None => None,
        },
        committed: match receipts {
            Some(receipts) => Some((row.get("commit_request")?, receipts)),
            None => None,
        },
    })
}
