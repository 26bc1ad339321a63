//! Commit: the statements' signatures are verified, the next epochs become live, the claim's session begins, and the receipts say so.

use wire::{
    ErrorCode, Receipt,
    ceremony::{ClaimCommit, ClaimCommitted, DeviceName},
    message::encode,
    receipt::ReceiptBody,
    statement::{ClaimTranscript, ClaimedKey, Ground},
};

use super::{RECEIPT_CLAIMANT, RECEIPTS, ground::refuse_strangers, receipts, statements, stored, transcript};
use crate::{
    api_error::ApiError,
    ceremonies::{or_refuse, session::seal_device},
    door::Call,
    state::CoSigner,
    store::{ClaimPhase, ClaimRecord, Commit, Confirmation, SessionRecord},
};

pub(crate) fn commit(co_signer: &CoSigner, call: Call<ClaimCommit>) -> Result<ClaimCommitted, ApiError> {
    let sender = call.caller.sender()?;
    let _turn = co_signer.turn(&call.request);
    let ClaimCommit {
        claim,
        signatures,
        device,
    } = &call.message;
    let record = stored(co_signer, *claim, sender, call.now)?;
    if let Some((request, sealed)) = &record.committed {
        return if *request == call.request {
            receipts(co_signer, &record, sealed)
        } else {
            Err(ApiError::already_claimed())
        };
    }
    if record.phase != ClaimPhase::Confirmed || record.expires_at <= call.now {
        return Err(ApiError::claim_expired());
    }
    call.caller.prove(co_signer, 1);
    let transcript = transcript(&record)?;
    refuse_strangers(co_signer, &transcript, &call.caller, call.now)?;
    let session = session(
        co_signer,
        &transcript,
        confirmation(&record)?,
        device.as_ref(),
        call.now,
    )?;
    let committed = ClaimCommitted {
        receipts: sign_receipts(co_signer, &record, signatures, call.now)?,
    };
    let commit = Commit {
        claim: *claim,
        request: call.request,
        receipts: co_signer
            .root
            .seal_record(&[RECEIPTS, &record.id].concat(), &encode(&committed))?,
        wallets: committed.receipts.len(),
        session,
        at: call.now,
    };
    let begins = commit.session.is_some();
    or_refuse(co_signer.store.commit_claim(commit), || why_not(co_signer, &record))?;
    if let Ground::Session { .. } = transcript.ground {
        note_own_pairing(co_signer, &record)?;
    }
    co_signer.metrics.claimed(committed.receipts.len());
    if begins {
        co_signer.metrics.unlocked();
    }
    Ok(committed)
}

/// Notes that the session which rotated has its new pairing: none is owed to it.
fn note_own_pairing(co_signer: &CoSigner, record: &ClaimRecord) -> Result<(), ApiError> {
    for key in transcript(record)?.keys {
        let commit = co_signer.wallet(key.wallet)?.pairings.since;
        co_signer.live.owed_pairings.insert((record.browser, commit));
    }
    Ok(())
}

/// The session that a claim ends in, as its passkey has approved it; nothing where its time is over already: no claim fails for that.
fn session(
    co_signer: &CoSigner,
    transcript: &ClaimTranscript,
    confirmation: &Confirmation,
    device: Option<&DeviceName>,
    now: u64,
) -> Result<Option<SessionRecord>, ApiError> {
    let (session, device) = match (&transcript.ground, device) {
        (Ground::Ticket { session, .. }, Some(device)) => (session, device),
        (Ground::Session { .. }, None) => return Ok(None),
        (Ground::Ticket { .. }, None) | (Ground::Session { .. }, Some(_)) => {
            return Err(ApiError::invalid(
                "a claim says what its session's device is called, and a rotation begins none",
            ));
        }
    };
    let begun = SessionRecord {
        key: session.key,
        id: session.id,
        request_key: session.request_key,
        credential: confirmation.credential.clone(),
        wallets: transcript.keys.iter().map(|key| key.wallet).collect(),
        device: seal_device(co_signer, &session.id, device)?,
        // Its longest counts from its offer, as its client knows it.
        began_at: session.expires_at.saturating_sub(session.terms.length),
        used_at: now,
        expires_at: session.expires_at,
        refreshed: 0,
    };
    Ok(Some(begun).filter(|begun| begun.expires_at > now))
}

fn confirmation(record: &ClaimRecord) -> Result<&Confirmation, ApiError> {
    let confirmation = record.confirmation.as_ref();
    confirmation.ok_or_else(|| ApiError::internal("a confirmed claim has no confirmation"))
}

/// Verifies the proofs of each wallet's new shares and their signature of its statement, and signs what is to be said of it.
fn sign_receipts(
    co_signer: &CoSigner,
    record: &ClaimRecord,
    signatures: &[mpc::Signature],
    now: u64,
) -> Result<Vec<Receipt>, ApiError> {
    let transcript = transcript(record)?;
    let confirmation = confirmation(record)?;
    if signatures.len() != transcript.keys.len() {
        return Err(ApiError::invalid("the claim needs one signature for each wallet"));
    }
    let claimant = co_signer
        .root
        .open_record(&[RECEIPT_CLAIMANT, &record.id].concat(), &record.receipt_claimant)?;
    let claimant: [u8; 32] = claimant
        .as_slice()
        .try_into()
        .map_err(|_| ApiError::internal("a stored claimant hash is damaged"))?;
    let mut receipts = Vec::with_capacity(signatures.len());
    let statements = statements(record, &transcript, &confirmation.credential)?;
    for ((key, statement), signature) in transcript.keys.iter().zip(statements).zip(signatures) {
        // It was checked as it was made: what is wrong now is what is stored.
        statement
            .verify_shares()
            .map_err(|_| ApiError::internal("what a claim's refresh proved does not hold"))?;
        statement.verify_signature(signature)?;
        let wallet = co_signer.wallet(key.wallet)?;
        let body = ReceiptBody {
            statement,
            retired: key.epoch,
            claimant,
            imported: wallet.is_imported(),
            committed_at: now,
            wallet_signature: *signature,
            co_signer: co_signer.root.identity().receipt,
        };
        let signature = co_signer.root.sign_receipt(&body.signed_bytes());
        receipts.push(Receipt { body, signature });
    }
    Ok(receipts)
}

/// Why a claim could not be committed.
fn why_not(co_signer: &CoSigner, record: &ClaimRecord) -> ApiError {
    let transcript = match transcript(record) {
        Ok(transcript) => transcript,
        Err(error) => return error,
    };
    let is_claimed = |key: &ClaimedKey| {
        let wallet = co_signer.store.wallet(key.wallet);
        matches!(wallet, Ok(Some(wallet)) if wallet.is_claimed())
    };
    let is_frozen = |key: &ClaimedKey| {
        let wallet = co_signer.store.wallet(key.wallet);
        matches!(wallet, Ok(Some(wallet)) if wallet.frozen_at.is_some())
    };
    match (&transcript.ground, co_signer.store.claim(record.id)) {
        (_, Err(error)) => error.into(),
        (_, Ok(Some(_))) if transcript.keys.iter().any(is_frozen) => ApiError::wallet_frozen(),
        (Ground::Ticket { .. }, _) if transcript.keys.iter().any(is_claimed) => ApiError::already_claimed(),
        (_, Ok(claim)) if claim.as_ref().is_none_or(|claim| claim.phase != ClaimPhase::Confirmed) => {
            ApiError::claim_expired()
        }
        (Ground::Ticket { .. }, Ok(_)) => ApiError::not_authorised(
            "what the claim rests on was withdrawn: the API key of its ticket, or the wallet's claimant",
        ),
        (Ground::Session { .. }, Ok(_)) => ApiError::new(
            ErrorCode::SessionExpired,
            "the session that rotates is over: unlock the wallet again",
        ),
    }
}
