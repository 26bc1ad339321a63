use mpc::{PairingId, WalletId};
use rusqlite::{Connection, Row, params};

use super::{
    Sqlite,
    pairings::{add_pairing, burn_pairing},
    row::{all, audit, audit_all, change, change_one, damaged, epoch, keep_answer, keep_secret, optional, wallet_id},
};
use crate::store::{
    ClaimPhase, ClaimRecord, ClaimedWallet, Claims, Commit, Confirmation, Event, PairingOwner, PairingRecord,
    PreparedClaim, Result, SealedSecret, StoreError, Write,
};

impl Claims for Sqlite {
    fn prepare_claim(&self, claim: PreparedClaim) -> Result<()> {
        self.write(Write::PrepareClaim, move |db| {
            if let Some((id, sealed)) = &claim.pairing {
                let pairing = PairingRecord {
                    id: *id,
                    owner: PairingOwner::Claim(claim.id),
                    sealed: Some(sealed.clone()),
                };
                add_pairing(db, &pairing, claim.at)?;
            }
            change_one(
                db,
                "INSERT INTO claims (id, browser, transcript, ticket_key, ticket_nonce, ticket_expires_at, claimant,
                 receipt_claimant, phase, expires_at, pairing) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'prepared', ?9, ?10)",
                params![
                    claim.id,
                    claim.browser.0,
                    claim.transcript,
                    claim.ticket_key,
                    claim.ticket_nonce,
                    claim.ticket_expires_at,
                    claim.claimant,
                    claim.receipt_claimant,
                    claim.expires_at,
                    claim.pairing.as_ref().map(|(id, _)| id.0)
                ],
            )?;
            if claim.renews {
                let wallets: Vec<_> = claim.wallets.iter().map(|wallet| wallet.wallet).collect();
                audit_all(db, claim.at, &wallets, Event::PairingRenewed)?;
            }
            for wallet in &claim.wallets {
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
                "UPDATE claims SET phase = 'confirmed', credential = ?2, credential_key = ?3, sign_count = ?4
                 WHERE id = ?1 AND phase = 'prepared' AND expires_at > ?5",
                params![
                    id,
                    confirmation.credential,
                    confirmation.public_key,
                    confirmation.sign_count,
                    now
                ],
            )?;
            confirmation
                .copies
                .iter()
                .try_for_each(|(wallet, sealed)| add_copy(db, &id, *wallet, sealed))?;
            audit_wallets(db, &id, now, Event::ClaimConfirmed)
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

fn add_pending(db: &Connection, claim: &PreparedClaim, wallet: &ClaimedWallet) -> Result<()> {
    let query = "SELECT 1 FROM wallets WHERE id = ?1 AND epoch = ?2 AND claimant = ?3 AND credential IS NULL";
    let params = params![wallet.wallet.0, wallet.from.0, claim.claimant];
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
    audit(db, claim.at, Some(wallet.wallet), Event::ClaimPrepared)
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
    audit_wallets(db, &id, at, Event::ClaimDropped)?;
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
    // The API key may have been revoked since the ticket was shown.
    change_one(
        db,
        "UPDATE claims SET phase = 'committed', commit_request = ?2, receipts = ?3 WHERE id = ?1 AND phase = 'confirmed'
         AND expires_at > ?4 AND EXISTS (SELECT 1 FROM api_keys WHERE id = claims.ticket_key AND revoked_at IS NULL)",
        params![commit.claim, commit.request, commit.receipts, commit.at],
    )?;
    change_one(
        db,
        "INSERT INTO credentials (id, public_key, sign_count, created_at)
         SELECT credential, credential_key, sign_count, ?2 FROM claims WHERE id = ?1",
        params![commit.claim, commit.at],
    )?;
    change_one(
        db,
        "INSERT INTO spent_tickets (api_key, nonce, expires_at)
         SELECT ticket_key, ticket_nonce, ticket_expires_at FROM claims WHERE id = ?1",
        [commit.claim],
    )?;
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
    for (wallet, to) in wallets {
        change_one(
            db,
            "UPDATE wallets SET epoch = ?2, claimed_at = ?3, credential = (SELECT credential FROM claims WHERE id = ?4)
             WHERE id = ?1 AND epoch = ?2 - 1 AND credential IS NULL
             AND claimant = (SELECT claimant FROM claims WHERE id = ?4)",
            params![wallet.0, to.0, commit.at, commit.claim],
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
        )?;
        audit(db, commit.at, Some(wallet), Event::ClaimCommitted)?;
    }
    Ok(())
}

fn pairing_of(row: &Row<'_>) -> Result<Option<PairingId>> {
    Ok(row.get::<_, Option<[u8; 16]>>("pairing")?.map(PairingId))
}

fn audit_wallets(db: &Connection, claim: &[u8; 16], at: u64, event: Event) -> Result<()> {
    let query = "SELECT wallet FROM shares WHERE claim = ?1 AND state = 'pending'";
    all(db, query, [claim], |row| wallet_id(row, "wallet"))?
        .into_iter()
        .try_for_each(|wallet| audit(db, at, Some(wallet), event))
}

fn read(row: &Row<'_>) -> Result<ClaimRecord> {
    let phase: String = row.get("phase")?;
    let credential: Option<Vec<u8>> = row.get("credential")?;
    let receipts: Option<Vec<u8>> = row.get("receipts")?;
    Ok(ClaimRecord {
        id: row.get("id")?,
        browser: mpc::channel::ChannelPublicKey(row.get("browser")?),
        transcript: row.get("transcript")?,
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
                public_key: row.get("credential_key")?,
                sign_count: row.get("sign_count")?,
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
