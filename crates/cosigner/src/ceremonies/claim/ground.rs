//! What a claim rests on, looked at again at each step: it must hold until the commit.

use mpc::Scheme;
use wire::statement::{ClaimTranscript, ClaimedKey, Ground};

use crate::{
    api_error::ApiError,
    caller::Caller,
    ceremonies::{
        dead_share,
        failed_check::{self, Answerable},
        session_check::live_session,
    },
    limits::Subject,
    state::CoSigner,
    store::{PairingOwner, WalletRecord},
};

/// Refuses who is not, or no longer, allowed to go on. A ticket is looked at where it is spent.
pub(super) fn refuse_strangers(
    co_signer: &CoSigner,
    transcript: &ClaimTranscript,
    caller: &Caller,
    now: u64,
) -> Result<(), ApiError> {
    let Ground::Session { credential, .. } = &transcript.ground else {
        return Ok(());
    };
    match live_session(co_signer, caller, now)?.credential == *credential {
        true => Ok(()),
        false => Err(ApiError::not_authorised(
            "the rotation was begun by a session of another passkey",
        )),
    }
}

/// Whether a key's signatures take oblivious transfers.
pub(super) fn transfers(key: &ClaimedKey) -> bool {
    match key.scheme {
        Scheme::EcdsaSecp256k1 => true,
        Scheme::EddsaEd25519 => false,
    }
}

/// Who answers for the client's messages.
pub(super) fn answerable(transcript: &ClaimTranscript) -> Answerable {
    match &transcript.ground {
        Ground::Ticket { .. } => Answerable::claimant(&transcript.keys),
        // Where nothing is transferred nobody is suspected, nor barred.
        Ground::Session { .. } if !transcript.keys.iter().any(transfers) => Answerable::claimant(&[]),
        Ground::Session { credential, .. } => {
            let wallets: Vec<_> = transcript.keys.iter().map(|key| key.wallet).collect();
            Answerable::signer(&PairingOwner::Credential(credential.clone()), &wallets)
        }
    }
}

/// Counts a rotation that its passkey approved, for each of its wallets.
pub(super) fn count(co_signer: &CoSigner, transcript: &ClaimTranscript, now: u64) -> Result<(), ApiError> {
    let rotated = match &transcript.ground {
        Ground::Ticket { .. } => &[][..],
        Ground::Session { .. } => &transcript.keys,
    };
    rotated.iter().try_for_each(|key| {
        let taken = co_signer.limiter.take(Subject::Rotation(key.wallet), now);
        taken.map_err(ApiError::rate_limited)
    })
}

/// Refuses a claim's new pairing to who has failed too many checks. Says whether they have failed any.
///
/// # Security
/// A rotation is not refused: it is what the person has against who stole a session and failed the checks. It is bounded by the day
/// instead, and its failed checks are counted as any.
pub(super) fn refuse_barred(co_signer: &CoSigner, transcript: &ClaimTranscript, now: u64) -> Result<bool, ApiError> {
    let answerable = answerable(transcript);
    match &transcript.ground {
        Ground::Ticket { .. } => failed_check::refuse_barred(co_signer, &answerable, now),
        Ground::Session { .. } => failed_check::has_failed(co_signer, &answerable, now),
    }
}

/// The wallet, as long as it is what the ground says: nobody's yet, or opened by the session's passkey.
pub(super) fn held(
    co_signer: &CoSigner,
    ground: &Ground,
    key: &ClaimedKey,
    now: u64,
) -> Result<WalletRecord, ApiError> {
    let wallet = co_signer.wallet(key.wallet)?;
    let error = match ground {
        Ground::Ticket { .. } if !wallet.is_claimed() => {
            wallet.refuse_frozen()?;
            return Ok(wallet);
        }
        Ground::Ticket { .. } => ApiError::already_claimed(),
        Ground::Session { credential, .. } if !wallet.is_opened_by(credential) => {
            return Err(ApiError::not_authorised(
                "the wallet is not opened by the session's passkey",
            ));
        }
        Ground::Session { .. } if wallet.epoch == key.epoch => {
            wallet.refuse_frozen()?;
            return Ok(wallet);
        }
        Ground::Session { .. } => ApiError::epoch_mismatch(),
    };
    Err(dead_share::refused(co_signer, error, &wallet, key.epoch, now))
}
