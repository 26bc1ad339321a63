//! What a failed check of oblivious transfers leads to: it is counted where a restart does not lose it, and who fails too many
//! gets no new pairing for a while.

use mpc::{Abort, PairingId, Scheme, WalletId, pairing::CoSignerPairing};
use wire::statement::ClaimedKey;

use crate::{
    api_error::ApiError,
    state::CoSigner,
    store::{Event, FailedCheck, PairingOwner, SessionRecord, Suspect},
};

/// Who answers for a client's messages, and the wallets that the audit log names with them.
pub(super) struct Answerable {
    suspects: Vec<Suspect>,
    wallets: Vec<WalletId>,
}

impl Answerable {
    /// For who signs with these wallets.
    pub(super) fn signer(owner: &PairingOwner, wallets: &[WalletId]) -> Self {
        let suspects = match owner {
            PairingOwner::ApiKey(id) => vec![Suspect::ApiKey(*id)],
            PairingOwner::Credential(id) => vec![Suspect::Credential(id.clone())],
            PairingOwner::Claim(_) => wallets.iter().copied().map(Suspect::Wallet).collect(),
        };
        Self {
            suspects,
            wallets: wallets.to_vec(),
        }
    }

    /// For who pairs, with a session or without.
    pub(super) fn pairing(owner: &PairingOwner, session: Option<&SessionRecord>) -> Self {
        Self::signer(owner, session.map_or(&[], |session| &session.wallets))
    }

    /// For who claims. A wallet that signs with Ed25519 has no part in oblivious transfers: it is neither suspected nor barred.
    pub(super) fn claimant(keys: &[ClaimedKey]) -> Self {
        let transferring = keys.iter().filter(|key| key.scheme == Scheme::EcdsaSecp256k1);
        let wallets: Vec<_> = transferring.map(|key| key.wallet).collect();
        Self {
            suspects: wallets.iter().copied().map(Suspect::Wallet).collect(),
            wallets,
        }
    }

    pub(super) fn into_wallets(self) -> Vec<WalletId> {
        self.wallets
    }
}

/// Keeps a failed check, on the disk, and burns the pairing that it failed in: to be done before anything is answered.
pub(super) fn keep_failed_check(
    co_signer: &CoSigner,
    pairing: Option<PairingId>,
    answerable: &Answerable,
    now: u64,
) -> Result<(), ApiError> {
    keep_failed(co_signer, (pairing, None), answerable, now)
}

fn keep_failed(
    co_signer: &CoSigner,
    (pairing, unmade): (Option<PairingId>, Option<(PairingId, PairingOwner)>),
    answerable: &Answerable,
    now: u64,
) -> Result<(), ApiError> {
    co_signer.metrics.check_failed();
    Ok(co_signer.store.fail_check(FailedCheck {
        events: (Event::CheckFailed, Event::PairingsBarred),
        pairing,
        unmade,
        suspects: answerable.suspects.clone(),
        wallets: answerable.wallets.clone(),
        limit: co_signer.config.limits.failed_checks,
        since: co_signer.failed_since(now),
        at: now,
    })?)
}

/// Refuses a new pairing to who has failed too many checks. Says whether they have failed any.
pub(super) fn refuse_barred(co_signer: &CoSigner, answerable: &Answerable, now: u64) -> Result<bool, ApiError> {
    refuse_barred_unless(co_signer, answerable, now, || Ok(false))
}

/// The same, but to whom `is_owed` says that one is owed.
pub(super) fn refuse_barred_unless(
    co_signer: &CoSigner,
    answerable: &Answerable,
    now: u64,
    is_owed: impl FnOnce() -> Result<bool, ApiError>,
) -> Result<bool, ApiError> {
    let limit = co_signer.config.limits.failed_checks;
    let mut failed = false;
    for suspect in &answerable.suspects {
        let (some, wait) = held_against(co_signer, suspect, limit, now)?;
        failed |= some;
        if let Some(wait) = wait {
            if is_owed()? {
                return Ok(true);
            }
            co_signer.metrics.pairing_barred();
            return Err(ApiError::rate_limited(wait).because("too many checks of oblivious transfers failed"));
        }
    }
    Ok(failed)
}

/// Whether anything is held against a suspect, and where that is too much, how many seconds to wait.
fn held_against(
    co_signer: &CoSigner,
    suspect: &Suspect,
    limit: u32,
    now: u64,
) -> Result<(bool, Option<u32>), ApiError> {
    let held_for = co_signer.config.lifetimes.failed_check;
    let times = co_signer.store.failed_checks(suspect, co_signer.failed_since(now))?;
    // Of the last `limit` the oldest has to be forgotten. A clock that was set back keeps nobody out for longer.
    let oldest = times
        .len()
        .checked_sub(limit as usize)
        .and_then(|place| times.get(place));
    let wait = oldest.map(|at| (at + held_for).saturating_sub(now).clamp(1, held_for));
    Ok((
        !times.is_empty(),
        wait.map(|wait| u32::try_from(wait).unwrap_or(u32::MAX)),
    ))
}

/// Refuses a passkey to claims of wallets whose claims were shown too many that did not hold.
pub(super) fn refuse_confirmations(co_signer: &CoSigner, wallets: &[WalletId], now: u64) -> Result<(), ApiError> {
    let limit = co_signer.config.limits.failed_confirmations;
    for wallet in wallets {
        if let (_, Some(wait)) = held_against(co_signer, &Suspect::Confirming(*wallet), limit, now)? {
            return Err(ApiError::rate_limited(wait).because("too many passkeys were shown that did not hold"));
        }
    }
    Ok(())
}

/// Counts a passkey that was shown to a claim and did not hold, on the disk: before it is answered.
pub(super) fn keep_failed_confirmation(co_signer: &CoSigner, wallets: &[WalletId], now: u64) -> Result<(), ApiError> {
    Ok(co_signer.store.fail_check(FailedCheck {
        events: (Event::ConfirmationRefused, Event::ConfirmationsBarred),
        pairing: None,
        unmade: None,
        suspects: wallets.iter().copied().map(Suspect::Confirming).collect(),
        wallets: wallets.to_vec(),
        limit: co_signer.config.limits.failed_confirmations,
        since: co_signer.failed_since(now),
        at: now,
    })?)
}

/// Whether any of them has failed a check lately.
pub(super) fn has_failed(co_signer: &CoSigner, answerable: &Answerable, now: u64) -> Result<bool, ApiError> {
    let since = co_signer.failed_since(now);
    for suspect in &answerable.suspects {
        if !co_signer.store.failed_checks(suspect, since)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A pairing whose trees held.
///
/// # Security
/// Which trees hold depends on the correlation. It is gone with the pairing; the check is counted before that is answered, and the id
/// used up: from a source that repeats, the next pairing of this id would have the same correlation.
pub(super) fn received(
    co_signer: &CoSigner,
    outcome: Result<CoSignerPairing, Abort>,
    (unmade, answerable): ((PairingId, PairingOwner), &Answerable),
    now: u64,
) -> Result<CoSignerPairing, ApiError> {
    if let Err(Abort::WrongTree) = outcome {
        keep_failed(co_signer, (None, Some(unmade)), answerable, now)?;
    }
    outcome.map_err(ApiError::from)
}
