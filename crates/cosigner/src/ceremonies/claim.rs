//! The claim: a wallet changes hands (docs/decisions/0006), or a session rotates what it holds. Start stores nothing, prepare stores
//! what is pending, commit makes it live, and what came before is erased when the client says so, or signs with what it got.

mod commit;
mod confirm;
mod ground;
mod prepare;
mod resume;
mod rotation;
mod start;

use borsh::BorshDeserialize;
use mpc::{WalletId, channel::ChannelPublicKey, pairing, refresh};
use wire::{
    Receipt,
    ceremony::{ClaimAcknowledge, ClaimCommitted, ClaimOffer, Done},
    message::decode,
    statement::{CLAIM_SESSION, CLAIM_TRANSCRIPT, ClaimStatement, ClaimTranscript, ClaimedKey, to_bytes},
};

pub(crate) use self::{
    commit::commit,
    confirm::{confirm, queried},
    prepare::{prepare, refresh},
    resume::resume,
    rotation::start as start_rotation,
    start::start,
};
use crate::{
    api_error::ApiError,
    door::Call,
    state::CoSigner,
    store::{ClaimGround, ClaimPhase, ClaimRecord},
};

/// What receipts, and what they say of the claimant, are sealed as.
const RECEIPTS: &[u8] = b"claimkit/cosigner/receipts/v1";
const RECEIPT_CLAIMANT: &[u8] = b"claimkit/cosigner/receipt-claimant/v1";
/// The longest sealed receipts, in bytes.
const RECEIPTS_LIMIT: usize = 128 * 1024;

/// A claim that was offered: nothing of it is stored.
pub(crate) struct Offered {
    /// What asked for it, when, and what it was answered.
    asked: ([u8; 32], u64),
    offer: ClaimOffer,
    browser: ChannelPublicKey,
    transcript: ClaimTranscript,
    ground: ClaimGround,
    /// As receipts know the claimant.
    receipt_claimant: [u8; 32],
    expires_at: u64,
}

impl Offered {
    /// Whose place it takes: a person's many sessions, or tickets, crowd out nobody else's.
    fn holder(&self) -> Option<WalletId> {
        self.transcript.keys.first().map(|key| key.wallet)
    }

    /// Whether one of the two is in the other's place: a ticket is good for one claim, and a session rotates once at a time.
    fn is_of(&self, other: &Self) -> bool {
        match self.ground {
            ClaimGround::Ticket { .. } => self.ground == other.ground,
            ClaimGround::Session { .. } => self.browser == other.browser,
        }
    }
}

/// A claim that waits for the client's openings: nothing of it is stored.
pub(crate) struct Refreshing {
    offered: Offered,
    refreshes: Vec<refresh::CoSignerAwaitingOpening>,
    /// Where a wallet signs with ECDSA.
    pairing: Option<pairing::CoSignerAwaitingAnswer>,
    /// How many commits there were before that was begun.
    commits: u64,
}

impl Refreshing {
    /// Whether it moves any of these wallets.
    fn moves_any(&self, keys: &[ClaimedKey]) -> bool {
        let own = &self.offered.transcript.keys;
        own.iter().any(|own| keys.iter().any(|key| key.wallet == own.wallet))
    }
}

/// Erases the epochs that the claim ended.
pub(crate) fn acknowledge(co_signer: &CoSigner, call: Call<ClaimAcknowledge>) -> Result<Done, ApiError> {
    let sender = call.caller.sender()?;
    let record = stored(co_signer, call.message.claim, sender, call.now)?;
    if record.phase != ClaimPhase::Committed {
        return Err(ApiError::invalid(
            "the claim is not committed: there is nothing to acknowledge",
        ));
    }
    let wallets: Vec<_> = transcript(&record)?.keys.iter().map(|key| key.wallet).collect();
    // All of them moved on in one commit. Who acknowledges it again shows nothing that is counted elsewhere.
    if let Some(wallet) = wallets.first()
        && co_signer.store.has_retired(*wallet)?
    {
        call.caller.prove(co_signer, 1);
    }
    co_signer.store.erase_retired(wallets, call.now)?;
    Ok(Done {})
}

/// A stored claim, for the browser that it belongs to.
fn stored(co_signer: &CoSigner, claim: [u8; 16], sender: ChannelPublicKey, now: u64) -> Result<ClaimRecord, ApiError> {
    match co_signer.store.claim(claim)? {
        Some(record) if record.browser == sender => {
            let keys = transcript(&record)?.keys;
            keys.iter().try_for_each(|key| co_signer.restored.refuse(key.wallet))?;
            Ok(record)
        }
        Some(_) => Err(of_another_browser()),
        None => Err(missing(co_signer, claim, sender, now)),
    }
}

/// Why a claim is not where it is looked for.
fn missing(co_signer: &CoSigner, claim: [u8; 16], sender: ChannelPublicKey, now: u64) -> ApiError {
    let live = &co_signer.live;
    let others = live.offered.has(&claim, now, |offered| offered.browser != sender)
        || live
            .refreshing
            .has(&claim, now, |refreshing| refreshing.offered.browser != sender);
    if others {
        of_another_browser()
    } else {
        ApiError::claim_expired()
    }
}

fn of_another_browser() -> ApiError {
    ApiError::not_authorised("the claim belongs to another browser")
}

fn transcript(record: &ClaimRecord) -> Result<ClaimTranscript, ApiError> {
    ClaimTranscript::try_from_slice(&record.transcript)
        .map_err(|_| ApiError::internal("a stored transcript is damaged"))
}

/// The hash that the passkey signs and the refresh is bound to.
fn transcript_hash(transcript: &ClaimTranscript) -> [u8; 32] {
    mpc::tags::hash(CLAIM_TRANSCRIPT, &[&to_bytes(transcript)])
}

/// The hash that a claim's passkey signs in its first assertion, which opens the claim's session.
fn session_hash(transcript: &ClaimTranscript) -> [u8; 32] {
    mpc::tags::hash(CLAIM_SESSION, &[&to_bytes(transcript)])
}

/// What both new shares of each wallet sign, in the transcript's order.
fn statements(
    record: &ClaimRecord,
    transcript: &ClaimTranscript,
    credential: &[u8],
) -> Result<Vec<ClaimStatement>, ApiError> {
    let damaged = || ApiError::internal("what a claim's refresh proved is damaged");
    let evidence = Vec::<refresh::Evidence>::try_from_slice(&record.evidence).map_err(|_| damaged())?;
    if evidence.len() != transcript.keys.len() {
        return Err(damaged());
    }
    let hash = transcript_hash(transcript);
    let statements = transcript.keys.iter().zip(evidence).map(|(key, evidence)| {
        Ok(ClaimStatement {
            wallet: key.wallet,
            public_key: key.public_key,
            epoch: key.epoch.next().ok_or(mpc::Abort::EpochsExhausted)?,
            transcript: hash,
            evidence,
            credential: credential.to_vec(),
        })
    });
    statements.collect()
}

fn receipts(co_signer: &CoSigner, record: &ClaimRecord, sealed: &[u8]) -> Result<ClaimCommitted, ApiError> {
    let bytes = co_signer.root.open_record(&[RECEIPTS, &record.id].concat(), sealed)?;
    decode(&bytes, RECEIPTS_LIMIT, "stored receipts").map_err(ApiError::internal)
}

/// A committed claim's receipt of one of its wallets.
pub(super) fn receipt_of(co_signer: &CoSigner, record: &ClaimRecord, wallet: WalletId) -> Result<Receipt, ApiError> {
    let (_, sealed) = record
        .committed
        .as_ref()
        .ok_or_else(|| ApiError::internal("a claim that was not committed has no receipts"))?;
    let receipts = receipts(co_signer, record, sealed)?.receipts;
    let receipt = receipts
        .into_iter()
        .find(|receipt| receipt.body.statement.wallet == wallet);
    receipt.ok_or_else(|| ApiError::internal("a claim has no receipt of one of its wallets"))
}
