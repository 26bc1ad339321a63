//! Passkey: made for this claim, with a PRF output to seal the shares to.

use mpc::WalletId;
use rand_core::{OsRng, RngCore};
use wire::ceremony::{DeviceName, NewPasskey, Registration};

use super::{Phase, ceremony::Ceremony};
use crate::{
    Error, Fault,
    host::{
        CreatePasskey, CreatedPasskey, CreatedPrf, Host, Mediation, PasskeyError, Passkeys, PrfOutput, ShareStore,
        UsePasskey, Write,
    },
    passkey::{MAX_CREDENTIAL, prf_input},
    vault::{HandleRecord, Vault, WrappingKey},
};

/// A new passkey, and the keys that come of it.
pub(super) struct Enrolment {
    pub(super) registration: Registration,
    pub(super) name: DeviceName,
    pub(super) wrapping: WrappingKey,
}

impl Enrolment {
    /// Makes the passkey; asks it once more where the browser gives the PRF output only then.
    ///
    /// A passkey that turns out to be of no use is given up.
    pub(super) async fn make<H: Host>(ceremony: &Ceremony<'_, H>, name: &DeviceName) -> Result<Self, Error> {
        ceremony.report(Phase::Passkey, 0, 1);
        let terms = ceremony.offer;
        let user_handle = user_handle(ceremony).await?;
        let options = CreatePasskey {
            rp_id: &terms.rp_id,
            rp_name: &terms.rp_name,
            user_handle: &user_handle,
            user_name: name.as_str(),
            challenge: ceremony.transcript,
            prf_input: &prf_input(),
            exclude: &[],
            cancel: ceremony.cancel,
        };
        let CreatedPasskey { registration, prf } = ceremony.host.passkeys().create(options).await?;
        let made = match keep_handle(ceremony, user_handle, false).await {
            Ok(()) => Self::with_output(ceremony, &registration, prf).await,
            Err(error) => Err(error),
        };
        match made {
            Ok(wrapping) => {
                ceremony.report(Phase::Passkey, 1, 1);
                Ok(Self {
                    registration,
                    name: name.clone(),
                    wrapping,
                })
            }
            Err(error) => {
                ceremony
                    .host
                    .passkeys()
                    .forget(&terms.rp_id, &registration.credential)
                    .await;
                Err(error)
            }
        }
    }

    async fn with_output<H: Host>(
        ceremony: &Ceremony<'_, H>,
        registration: &Registration,
        prf: CreatedPrf,
    ) -> Result<WrappingKey, Error> {
        let credential = &registration.credential;
        if credential.is_empty() || credential.len() > MAX_CREDENTIAL {
            return Err(PasskeyError::Failed.into());
        }
        let output = match prf {
            CreatedPrf::Output(output) => output,
            CreatedPrf::AtAssertion => ask(ceremony, credential).await?,
            CreatedPrf::Unavailable => return Err(PasskeyError::NoPrf.into()),
        };
        WrappingKey::new(output, credential, &ceremony.offer.rp_id)
    }

    /// What the co-signer registers.
    pub(super) fn new_passkey(&self) -> NewPasskey {
        NewPasskey {
            registration: self.registration.clone(),
            key: self.wrapping.share.public_key(),
            name: self.name.clone(),
        }
    }
}

/// The user handle that an earlier try in this browser kept, if its prompt has ended, or a new one; kept before it is used.
///
/// # Security
/// A wallet's record that can't be read may hide a claim which rests on the earlier passkey, and a live share rests on its own: nothing
/// takes the place of either.
async fn user_handle<H: Host>(ceremony: &Ceremony<'_, H>) -> Result<[u8; 32], Error> {
    let vault = Vault::read(ceremony.host).await?;
    let mut wallets = ceremony.wallets.iter().map(|(wallet, _)| *wallet);
    let kept = wallets.clone().find_map(|wallet| vault.handle(wallet).ok().flatten());
    let rests_on_none = |wallet| match vault.wallet(wallet) {
        Ok(record) => record.is_none_or(|record| record.active.is_none()),
        Err(_) => false,
    };
    let is_known = wallets.all(rests_on_none);
    let mut user_handle = [0; 32];
    match kept.filter(|kept| is_known && !kept.is_open) {
        Some(kept) => user_handle = kept.user_handle,
        None => OsRng.fill_bytes(&mut user_handle),
    }
    keep_handle(ceremony, user_handle, true).await?;
    Ok(user_handle)
}

/// Keeps the handle, and whether its prompt may be open.
async fn keep_handle<H: Host>(ceremony: &Ceremony<'_, H>, user_handle: [u8; 32], is_open: bool) -> Result<(), Error> {
    let vault = Vault::read(ceremony.host).await?;
    let wallets = || ceremony.wallets.iter().map(|(wallet, _)| *wallet);
    let is_there = |wallet: &WalletId| matches!(vault.handle(*wallet), Ok(Some(_)));
    let record = HandleRecord { user_handle, is_open };
    let place = wallets().find(is_there).or_else(|| wallets().next());
    let changes: Vec<_> = place
        .map(|wallet| vault.with_handle(wallet, &record))
        .into_iter()
        .collect();
    Ok(ceremony.host.store().write(Write::Handle, &changes).await?)
}

async fn ask<H: Host>(ceremony: &Ceremony<'_, H>, credential: &[u8]) -> Result<PrfOutput, Error> {
    let options = UsePasskey {
        rp_id: &ceremony.offer.rp_id,
        challenge: ceremony.transcript,
        credentials: &[credential.to_vec()],
        mediation: Mediation::Prompt,
        prf_input: &prf_input(),
        cancel: ceremony.cancel,
    };
    let used = ceremony.host.passkeys().get(options).await?;
    if used.assertion.credential != credential {
        return Err(Fault::Content("another passkey answered than the one that was made").into());
    }
    used.prf.ok_or(PasskeyError::NoPrf.into())
}
