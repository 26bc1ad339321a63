//! The ceremonies, step by step. A step checks, then changes, then answers; what it can't check it does not do.

mod age;
pub(crate) mod claim;
mod clones;
pub(crate) mod control;
pub(crate) mod copies;
mod dead_share;
pub(crate) mod export;
mod failed_check;
pub(crate) mod import;
pub(crate) mod keygen;
pub(crate) mod ownership;
pub(crate) mod pairing;
pub(crate) mod passkeys;
mod query;
pub(crate) mod session;
mod session_check;
pub(crate) mod sign;
pub(crate) mod unlock;

pub(crate) use self::session_check::unused_for;

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::WalletId;
use wire::message::{decode, encode};

use crate::{
    api_error::ApiError,
    limits::Subject,
    live::Full,
    state::CoSigner,
    store::{Event, StoreError, StoredAnswer, WalletRecord},
};

/// How long the answer to a request that may come again is kept, in seconds.
const ANSWERS_FOR: u64 = 60 * 60;
/// The longest answer that is kept, in bytes.
const ANSWER_LIMIT: usize = 128 * 1024;

/// Puts into the audit log of wallets what their sessions cause as often as they like, unless it was told often of late: nobody fills the
/// log.
fn note(co_signer: &CoSigner, mut wallets: Vec<WalletId>, event: Event, now: u64) -> Result<(), ApiError> {
    wallets.retain(|wallet| co_signer.limiter.take(Subject::Noted(*wallet, event), now).is_ok());
    match wallets.is_empty() {
        true => Ok(()),
        false => Ok(co_signer.store.add_event(wallets, event, now)?),
    }
}

/// Gives the answer that this request was given before.
fn earlier<A: BorshDeserialize>(co_signer: &CoSigner, request: &[u8; 32]) -> Result<Option<A>, ApiError> {
    let Some(sealed) = co_signer.store.answer(request)? else {
        return Ok(None);
    };
    let bytes = co_signer.root.open_record(request, &sealed)?;
    decode(&bytes, ANSWER_LIMIT, "stored answer")
        .map(Some)
        .map_err(ApiError::internal)
}

/// An answer, to be stored with what it answers for.
fn keep<A: BorshSerialize>(
    co_signer: &CoSigner,
    request: [u8; 32],
    answer: &A,
    now: u64,
) -> Result<StoredAnswer, ApiError> {
    Ok(StoredAnswer {
        request,
        sealed: co_signer.root.seal_record(&request, &encode(answer))?,
        expires_at: now + ANSWERS_FOR,
    })
}

/// A change that conflicts is refused as `refusal` says; any other failure is what it is.
fn or_refuse<T>(outcome: Result<T, StoreError>, refusal: impl FnOnce() -> ApiError) -> Result<T, ApiError> {
    outcome.map_err(|error| match error {
        StoreError::Conflict => refusal(),
        StoreError::Unavailable(_) | StoreError::Damaged(_) => error.into(),
    })
}

impl WalletRecord {
    /// Refuses what is to be done with a frozen wallet: whoever asks has shown that it may ask.
    fn refuse_frozen(&self) -> Result<(), ApiError> {
        match self.frozen_at {
            Some(_) => Err(ApiError::wallet_frozen()),
            None => Ok(()),
        }
    }
}

/// There is no room in memory for another ceremony of this kind.
impl From<Full> for ApiError {
    fn from(Full: Full) -> Self {
        Self::rate_limited(10)
    }
}
