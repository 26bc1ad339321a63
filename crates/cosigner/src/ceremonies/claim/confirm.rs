//! Confirm: the passkey is registered for this very claim, and the new shares sign its statement.

use mpc::ecdsa;
use wire::ceremony::{ClaimConfirm, ClaimConfirmed};

use super::{statement, stored, transcript, transcript_hash};
use crate::{
    api_error::ApiError,
    ceremonies::{
        failed_check::Answerable,
        or_refuse,
        query::{Query, put},
        sign::open_live_share,
    },
    door::Call,
    state::CoSigner,
    store::{ClaimPhase, ClaimRecord, Confirmation, PairingOwner, ShareState},
    webauthn::{RelyingParty, verify_registration},
};

/// Confirms a claim, once: a query that is answered twice gives the client's peer a second chance (trap T2).
pub(crate) fn confirm(co_signer: &CoSigner, call: Call<ClaimConfirm>) -> Result<ClaimConfirmed, ApiError> {
    let sender = call.caller.sender()?;
    let ClaimConfirm {
        claim,
        registration,
        queries,
    } = call.message;
    let record = stored(co_signer, claim, sender, call.now)?;
    if record.phase != ClaimPhase::Prepared || record.expires_at <= call.now {
        return Err(ApiError::claim_expired());
    }
    let transcript = transcript(&record)?;
    let mut runs: Vec<_> = queries.iter().map(|(run, _)| run).collect();
    runs.sort_unstable();
    runs.dedup();
    if runs.len() != transcript.keys.len() || queries.len() != transcript.keys.len() {
        return Err(ApiError::invalid(
            "the claim needs one query for each wallet, each in a run of its own",
        ));
    }
    let challenge = transcript_hash(&transcript);
    let credential = verify_registration(&registration, &challenge, RelyingParty::of(&co_signer.config))?;
    if co_signer.store.credential(&credential.id)?.is_some() {
        return Err(ApiError::not_authorised(
            "the passkey is registered already: a claim makes a new one",
        ));
    }
    let confirmation = Confirmation {
        credential: credential.id,
        public_key: credential.public_key,
        sign_count: credential.sign_count,
    };
    let credential = confirmation.credential.clone();
    let taken = co_signer.store.confirm_claim(claim, confirmation, call.now);
    or_refuse(taken, ApiError::claim_expired)?;

    let answerable = Answerable::claimant(&transcript.keys);
    let mut answers = Vec::with_capacity(queries.len());
    for (key, (run, query)) in transcript.keys.iter().zip(queries) {
        let answer = statement(&transcript, key, &credential).and_then(|(statement, digest)| {
            let owner = PairingOwner::Claim(claim);
            let query = Query {
                pairing: record.pairing,
                owner: &owner,
                answerable: &answerable,
                run,
                digest,
                query,
            };
            answer_pending(co_signer, &record, &statement, query, call.now)
        });
        match answer {
            Ok(answer) => answers.push(answer),
            Err(error) => {
                // A later claim of a wallet may have taken this one's place meanwhile, its shares and its pairing with it.
                if co_signer.store.claim(claim)?.is_none() {
                    return Err(ApiError::claim_expired());
                }
                // The one confirmation is used up: what is pending can't become live any more.
                co_signer.store.drop_claim(claim, call.now)?;
                return Err(error);
            }
        }
    }
    Ok(ClaimConfirmed { answers })
}

fn answer_pending(
    co_signer: &CoSigner,
    record: &ClaimRecord,
    statement: &wire::statement::ClaimStatement,
    query: Query<'_>,
    now: u64,
) -> Result<ecdsa::Answer, ApiError> {
    let wallet = co_signer
        .store
        .wallet(statement.wallet)?
        .ok_or_else(ApiError::wallet_not_found)?;
    let pending = co_signer.store.share(wallet.id, statement.epoch)?;
    if pending.is_none_or(|share| share.claim != Some(record.id)) {
        return Err(ApiError::claim_expired());
    }
    let share = open_live_share(co_signer, &wallet, ShareState::Pending, statement.epoch)?;
    put(co_signer, &share, query, now)
}
