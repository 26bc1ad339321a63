//! Confirm: the passkey is registered for this very claim and opens its session, and the new shares sign its statement.

use mpc::{Abort, PairingId, Path, RunId, Scheme, WalletId};
use wire::{
    ceremony::{ClaimConfirm, ClaimConfirmed, ClaimPasskey, ConfirmQuery, SealedCopy, SignAnswer},
    statement::{ClaimStatement, ClaimTranscript, ClaimedKey, Ground},
};

use super::{
    ground::{answerable, count, refuse_strangers},
    session_hash, statements, stored, transcript, transcript_hash,
};
use crate::{
    api_error::ApiError,
    ceremonies::{
        clones, copies,
        failed_check::{Answerable, keep_failed_confirmation, refuse_confirmations},
        or_refuse, passkeys,
        query::{EcdsaQuery, EddsaQuery, Query, put},
        sign::open_live_share,
    },
    door::Call,
    pairing_turn::PairingTurn,
    state::CoSigner,
    store::{ClaimPhase, ClaimRecord, Confirmation, PairingOwner, Registered, ShareState},
    webauthn::verify_assertion,
};

/// The pairing of the claim, if there is one.
pub(crate) fn queried(co_signer: &CoSigner, confirm: &ClaimConfirm) -> Result<Option<PairingId>, ApiError> {
    Ok(co_signer.store.claim(confirm.claim)?.and_then(|record| record.pairing))
}

/// Confirms a claim, once: a query that is answered twice gives the client's peer a second chance (trap T2).
pub(crate) fn confirm(co_signer: &CoSigner, call: Call<ClaimConfirm>) -> Result<ClaimConfirmed, ApiError> {
    let sender = call.caller.sender()?;
    let ClaimConfirm {
        claim,
        passkey,
        copies,
        queries,
    } = call.message;
    let record = stored(co_signer, claim, sender, call.now)?;
    if record.phase != ClaimPhase::Prepared || record.expires_at <= call.now {
        return Err(ApiError::claim_expired());
    }
    let transcript = transcript(&record)?;
    refuse_strangers(co_signer, &transcript, &call.caller, call.now)?;
    for key in &transcript.keys {
        co_signer.wallet(key.wallet)?.refuse_frozen()?;
    }
    check_queries(&transcript.keys, &queries)?;
    let copies = seal_copies(co_signer, &transcript.keys, &copies)?;
    let claimed = claimed_by_ticket(&transcript);
    refuse_confirmations(co_signer, &claimed, call.now)?;
    let approved = approved(co_signer, &transcript, &passkey, call.now);
    if approved.as_ref().is_err_and(|refusal| !refusal.code().is_retryable()) && !claimed.is_empty() {
        keep_failed_confirmation(co_signer, &claimed, call.now)?;
    }
    let confirmation = Confirmation { copies, ..approved? };
    call.caller.prove(co_signer, 1);
    let statements = statements(&record, &transcript, &confirmation.credential)?;
    count(co_signer, &transcript, call.now)?;
    let taken = co_signer.store.confirm_claim(claim, confirmation, call.now);
    or_refuse(taken, ApiError::claim_expired)?;

    let answerable = answerable(&transcript);
    let mut answers = Vec::with_capacity(queries.len());
    for (statement, (run, query)) in statements.iter().zip(queries) {
        let answering = (&answerable, call.turn.as_ref(), call.now);
        match answer_pending(co_signer, &record, statement, (run, query), answering) {
            Ok(answer) => answers.push(answer),
            Err(error) => {
                // A later claim of a wallet may have taken this one's place meanwhile, its shares and its pairing with it.
                if co_signer.store.claim(claim)?.is_none() {
                    return Err(ApiError::claim_expired());
                }
                // The one confirmation is used up: what is pending can't become live any more.
                co_signer.store.end_claim(claim, call.now)?;
                return Err(error);
            }
        }
    }
    Ok(ClaimConfirmed { answers })
}

/// The wallets of a claim that rests on a ticket. In a rotation nothing is held against a wallet: a session that was stolen could
/// keep its person from rotating. It is held to the limits of a session.
fn claimed_by_ticket(transcript: &ClaimTranscript) -> Vec<WalletId> {
    match transcript.ground {
        Ground::Ticket { .. } => transcript.keys.iter().map(|key| key.wallet).collect(),
        Ground::Session { .. } => Vec::new(),
    }
}

/// What the passkey that the new shares are sealed to says itself: one that the claim registers, or the session's. Without the copies.
///
/// # Security
/// A session alone rotates nothing: whoever has stolen one could make the shares new and keep them from their person for ever.
fn approved(
    co_signer: &CoSigner,
    transcript: &ClaimTranscript,
    passkey: &ClaimPasskey,
    now: u64,
) -> Result<Confirmation, ApiError> {
    let challenge = transcript_hash(transcript);
    let relying_party = &co_signer.config.relying_party;
    match (&transcript.ground, passkey) {
        (Ground::Ticket { session, .. }, ClaimPasskey::New { passkey, assertion }) => {
            let passkey = passkeys::made(co_signer, passkey, &challenge, 0)?;
            if assertion.credential != passkey.id {
                return Err(ApiError::not_authorised(
                    "another passkey opens the claim's session than the one that was made for it",
                ));
            }
            let opens = session_hash(transcript);
            let asserted = verify_assertion(assertion, &passkey.public_key, &opens, relying_party)?;
            // A key that is a session's already would have that one end in its place: it is somebody else's.
            if co_signer.store.session(&session.key)?.is_some() {
                return Err(ApiError::invalid(
                    "the key of the claim's session is that of another session",
                ));
            }
            Ok(Confirmation {
                credential: passkey.id,
                sign_count: passkey.sign_count.max(asserted.sign_count),
                backup_eligible: Some(asserted.backup_eligible),
                registered: Some(Registered {
                    public_key: passkey.public_key,
                    key: passkey.key,
                    name: passkey.name,
                }),
                copies: Vec::new(),
            })
        }
        (Ground::Session { credential, .. }, ClaimPasskey::Own(assertion)) => {
            let known = co_signer.store.credential(credential)?;
            let known = known.filter(|known| known.id == assertion.credential);
            let known = known
                .ok_or_else(|| ApiError::not_authorised("another passkey approved the rotation than the session's"))?;
            let asserted = verify_assertion(assertion, &known.public_key, &challenge, relying_party)?;
            let wallets: Vec<_> = transcript.keys.iter().map(|key| key.wallet).collect();
            clones::look(co_signer, &known, asserted, &wallets, now)?;
            Ok(Confirmation {
                credential: known.id,
                sign_count: asserted.sign_count,
                backup_eligible: Some(asserted.backup_eligible),
                registered: None,
                copies: Vec::new(),
            })
        }
        (Ground::Ticket { .. }, ClaimPasskey::Own(_)) | (Ground::Session { .. }, ClaimPasskey::New { .. }) => Err(
            ApiError::invalid("a claim registers a passkey, and a rotation is approved by the one that is there"),
        ),
    }
}

/// Seals the browser's copies, to be stored with the confirmation.
fn seal_copies(
    co_signer: &CoSigner,
    keys: &[ClaimedKey],
    copies: &[SealedCopy],
) -> Result<Vec<(WalletId, Vec<u8>)>, ApiError> {
    if copies.len() != keys.len() {
        return Err(ApiError::invalid("the claim needs one sealed copy for each wallet"));
    }
    let sealed = keys.iter().zip(copies).map(|(key, copy)| {
        let epoch = key.epoch.next().ok_or(Abort::EpochsExhausted)?;
        Ok((key.wallet, copies::seal(co_signer, key.wallet, epoch, copy)?))
    });
    sealed.collect()
}

/// Checks that there is a query for each wallet, of its scheme, each in a run of its own.
fn check_queries(keys: &[ClaimedKey], queries: &[(RunId, ConfirmQuery)]) -> Result<(), ApiError> {
    let mut runs: Vec<_> = queries.iter().map(|(run, _)| run).collect();
    runs.sort_unstable();
    runs.dedup();
    if runs.len() != keys.len() || queries.len() != keys.len() {
        return Err(ApiError::invalid(
            "the claim needs one query for each wallet, each in a run of its own",
        ));
    }
    let fits = |(key, (_, query)): (&ClaimedKey, &(RunId, ConfirmQuery))| match query {
        ConfirmQuery::Ecdsa(_) => key.scheme == Scheme::EcdsaSecp256k1,
        ConfirmQuery::Eddsa(_) => key.scheme == Scheme::EddsaEd25519,
    };
    if keys.iter().zip(queries).all(fits) {
        Ok(())
    } else {
        Err(ApiError::invalid("a query is not of its wallet's scheme"))
    }
}

fn pairing_of(record: &ClaimRecord) -> Result<PairingId, ApiError> {
    record
        .pairing
        .ok_or_else(|| ApiError::internal("a claim of an ECDSA wallet has no pairing"))
}

fn answer_pending(
    co_signer: &CoSigner,
    record: &ClaimRecord,
    statement: &ClaimStatement,
    (run, query): (RunId, ConfirmQuery),
    (answerable, turn, now): (&Answerable, Option<&PairingTurn>, u64),
) -> Result<SignAnswer, ApiError> {
    let wallet = co_signer.wallet(statement.wallet)?;
    let pending = co_signer.store.share(wallet.id, statement.epoch)?;
    if pending.is_none_or(|share| share.claim != Some(record.id)) {
        return Err(ApiError::claim_expired());
    }
    let share = open_live_share(co_signer, &wallet, ShareState::Pending, statement.epoch)?;
    if !statement.evidence.is_of(share.info()) {
        return Err(ApiError::internal(
            "a pending share is not the one that its refresh proved",
        ));
    }
    let digest = statement.digest();
    let share = share.for_statement(&digest)?;
    let owner = PairingOwner::Claim(record.id);
    let query = match query {
        ConfirmQuery::Ecdsa(query) => Query::Ecdsa(EcdsaQuery {
            pairing: pairing_of(record)?,
            wallet: &wallet,
            owner: &owner,
            answerable,
            path: Path::root(),
            run,
            digest,
            query,
            turn,
        }),
        ConfirmQuery::Eddsa(query) => Query::Eddsa(EddsaQuery {
            run,
            message: digest.0.to_vec(),
            query,
        }),
    };
    put(co_signer, &share, query, now)
}
