//! Passkey: made for this claim, and used once: the PRF output of that use is what the shares are sealed to, and it opens the claim's session.

use mpc::WalletId;
use rand_core::{OsRng, RngCore};
use wire::ceremony::{Assertion, ClaimPasskey, DeviceName, NewPasskey, Registration};

use super::{Phase, ceremony::Ceremony};
use crate::{
    Error,
    host::{CreatePasskey, CreatedPasskey, Host, Passkeys, ShareStore, Write},
    passkey::{BeforePrompt, FirstUse, first_use, prf_input},
    vault::{HandleRecord, Vault, WrappingKey},
};

/// What a new passkey is asked for, besides the claim's own.
pub(super) struct Asked<'a> {
    /// What it is called.
    pub(super) name: &'a DeviceName,
    /// The challenge of its first assertion.
    pub(super) opens_session: &'a [u8; 32],
    /// Asked before that.
    pub(super) before_prompt: Option<&'a BeforePrompt>,
}

/// A new passkey, and the keys that come of it.
pub(super) struct Enrolment {
    pub(super) registration: Registration,
    assertion: Assertion,
    name: DeviceName,
    pub(super) wrapping: WrappingKey,
}

impl Enrolment {
    /// Makes the passkey, and uses it. Nothing is changed anywhere before it has given an output that can be relied on.
    ///
    /// A passkey that turns out to be of no use is given up.
    pub(super) async fn make<H: Host>(ceremony: &Ceremony<'_, H>, asked: Asked<'_>) -> Result<Self, Error> {
        ceremony.report(Phase::Passkey, 0, 2);
        let terms = ceremony.offer;
        let user_handle = user_handle(ceremony).await?;
        let options = CreatePasskey {
            rp_id: &terms.rp_id,
            rp_name: &terms.rp_name,
            user_handle: &user_handle,
            user_name: asked.name.as_str(),
            challenge: ceremony.transcript,
            prf_input: &prf_input(),
            exclude: &[],
            cancel: ceremony.cancel,
        };
        let CreatedPasskey { registration, prf } = ceremony.host.passkeys().create(options).await?;
        ceremony.report(Phase::Passkey, 1, 2);
        let first = FirstUse {
            rp_id: &terms.rp_id,
            challenge: asked.opens_session,
            before_prompt: asked.before_prompt,
            cancel: ceremony.cancel,
        };
        let used = match keep_handle(ceremony, user_handle, false).await {
            Ok(()) => first_use(ceremony.host, (&registration.credential, prf), first).await,
            Err(error) => Err(error),
        };
        match used {
            Ok((assertion, wrapping)) => {
                ceremony.report(Phase::Passkey, 2, 2);
                Ok(Self {
                    registration,
                    assertion,
                    name: asked.name.clone(),
                    wrapping,
                })
            }
            Err(error) => {
                let passkeys = ceremony.host.passkeys();
                passkeys.forget(&terms.rp_id, &registration.credential).await;
                Err(error)
            }
        }
    }

    /// What the co-signer registers, and how it opens the session.
    pub(super) fn claim_passkey(&self) -> ClaimPasskey {
        ClaimPasskey::New {
            passkey: NewPasskey {
                registration: self.registration.clone(),
                key: self.wrapping.share.public_key(),
                name: self.name.clone(),
            },
            assertion: self.assertion.clone(),
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
