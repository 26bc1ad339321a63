//! Signs that a passkey was copied: its counter goes back, or what it says of backups changes.
//!
//! Source: W3C Web Authentication Level 3, §6.1.1 and §7.2, steps 18 and 22.

use mpc::WalletId;

use super::note;
use crate::{
    api_error::ApiError,
    config::SignCountPolicy,
    state::CoSigner,
    store::{CredentialRecord, Event},
    webauthn::Asserted,
};

/// Puts such signs into the audit log of the wallets that the passkey was shown for, and refuses it where the operator says so.
///
/// Passkeys that sync have no counter: theirs is always 0.
pub(super) fn look(
    co_signer: &CoSigner,
    known: &CredentialRecord,
    asserted: Asserted,
    wallets: &[WalletId],
    now: u64,
) -> Result<(), ApiError> {
    let tell = |event| note(co_signer, wallets.to_vec(), event, now);
    if known
        .backup_eligible
        .is_some_and(|known| known != asserted.backup_eligible)
    {
        tell(Event::BackupEligibilityChanged)?;
    }
    let counts = asserted.sign_count != 0 || known.sign_count != 0;
    if counts && asserted.sign_count <= known.sign_count {
        tell(Event::SignCountWentBack)?;
        return match co_signer.config.policy.sign_count {
            SignCountPolicy::Audit => Ok(()),
            SignCountPolicy::Refuse => Err(ApiError::not_authorised(
                "the passkey's signature counter went back: it may have been copied, and this co-signer's operator refuses that",
            )),
        };
    }
    Ok(())
}
