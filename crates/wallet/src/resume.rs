//! Resume: claims that were interrupted before this browser heard their end are finished, or taken back (docs/claim.md).

use mpc::{KeyInfo, WalletId};
use wire::{
    CoSignerIdentity, Receipt,
    ceremony::{ClaimResume, PendingShare, ResumeOutcome},
    share::MAX_WALLETS,
};

use crate::{
    Error, Fault, Phase, Progress, WalletInfo,
    exchange::{Caller, insist},
    host::{Cancel, Host},
    identity, kit, receipt,
    vault::{self, Committed, DAMAGED, SealedShare, Vault, WalletRecord},
};

/// What became of the claims that this browser had not heard the end of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumed {
    /// Wallets whose claim was committed: they are this browser's.
    pub finished: Vec<WalletInfo>,
    /// Wallets whose claim had not been committed, and never will be: their prepared shares are good.
    pub rolled_back: Vec<WalletInfo>,
    /// Wallets that another page is working on right now: they were left alone.
    pub busy: Vec<WalletInfo>,
    /// Wallets whose claim is as it was, and why: nothing is given up, and a later call asks again.
    pub failed: Vec<Unsettled>,
}

/// A claim that could not be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The wallet.
    pub wallet: WalletInfo,
    /// Why.
    pub error: Error,
}

impl Resumed {
    /// Why the first claim that could not be ended could not, for callers that ask for their own wallets.
    fn or_first_failure(self) -> Result<Self, Error> {
        match self.failed.first() {
            Some(failed) => Err(failed.error.clone()),
            None => Ok(self),
        }
    }

    /// Nothing was ended, and something would be if it were tried again.
    fn is_for_another_try(&self) -> bool {
        let is_passing = self.failed.iter().any(|failed| failed.error.is_retryable());
        self.finished.is_empty() && self.rolled_back.is_empty() && is_passing
    }
}

/// A pending share, and whom to ask about it.
struct Pending {
    co_signer: CoSignerIdentity,
    share: SealedShare,
    info: WalletInfo,
    /// The hash that stands for the claimant, where an earlier receipt says it: before a wallet's first there is none.
    claimant: Option<[u8; 32]>,
}

impl Pending {
    fn of(record: &WalletRecord) -> Result<Option<Self>, Error> {
        let Some(share) = record.pending.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            co_signer: record.co_signer,
            claimant: record.receipt.as_ref().map(|receipt| receipt.body.claimant),
            info: WalletInfo::of(share.wallet_type, &share.key).ok_or(DAMAGED)?,
            share,
        }))
    }
}

/// Resumes every claim of this browser's, but for those that another page is working on.
pub(crate) async fn all<H: Host>(
    kit: &kit::Inner<H>,
    cancel: &Cancel,
    progress: &dyn Fn(Progress),
) -> Result<Resumed, Error> {
    let pending = pending(&Vault::read(&*kit.host).await?, None)?;
    let resumed = idle(kit, pending, cancel, progress).await?;
    vault::sweep(&*kit.host).await;
    match resumed.is_for_another_try() {
        true => resumed.or_first_failure(),
        false => Ok(resumed),
    }
}

/// Resumes the claims of some wallets, but for those that another page is working on.
pub(crate) async fn some<H: Host>(
    kit: &kit::Inner<H>,
    wallets: &[WalletId],
    cancel: &Cancel,
) -> Result<Resumed, Error> {
    let pending = pending(&Vault::read(&*kit.host).await?, Some(wallets))?;
    idle(kit, pending, cancel, &|_| ()).await?.or_first_failure()
}

/// Resumes the claims of wallets whose names the caller holds.
pub(crate) async fn held<H: Host>(
    kit: &kit::Inner<H>,
    wallets: &[WalletId],
    cancel: &Cancel,
    progress: &dyn Fn(Progress),
) -> Result<Resumed, Error> {
    let mut resumed = Resumed::default();
    let pending = pending(&Vault::read(&*kit.host).await?, Some(wallets))?;
    settle(kit, pending, cancel, progress, &mut resumed).await?;
    resumed.or_first_failure()
}

fn pending(vault: &Vault, of: Option<&[WalletId]>) -> Result<Vec<Pending>, Error> {
    let mut pending = Vec::new();
    match of {
        Some(wallets) => {
            for wallet in wallets {
                if let Some(record) = vault.readable_wallet(*wallet)? {
                    pending.extend(Pending::of(&record)?);
                }
            }
        }
        None => {
            for record in vault.readable_wallets() {
                pending.extend(Pending::of(&record).ok().flatten());
            }
        }
    }
    Ok(pending)
}

/// Takes the names of what is idle, looks again, and settles that.
async fn idle<H: Host>(
    kit: &kit::Inner<H>,
    found: Vec<Pending>,
    cancel: &Cancel,
    progress: &dyn Fn(Progress),
) -> Result<Resumed, Error> {
    let mut resumed = Resumed::default();
    let (mut names, mut wallets) = (Vec::new(), Vec::new());
    for found in found {
        match vault::try_hold(&*kit.host, found.info.id).await? {
            Some(name) => {
                names.push(name);
                wallets.push(found.info.id);
            }
            None => resumed.busy.push(found.info),
        }
    }
    if !wallets.is_empty() {
        // Another page may have ended it before the name was had.
        let pending = pending(&Vault::read(&*kit.host).await?, Some(&wallets))?;
        settle(kit, pending, cancel, progress, &mut resumed).await?;
    }
    Ok(resumed)
}

async fn settle<H: Host>(
    kit: &kit::Inner<H>,
    pending: Vec<Pending>,
    cancel: &Cancel,
    progress: &dyn Fn(Progress),
    resumed: &mut Resumed,
) -> Result<(), Error> {
    let count = u32::try_from(pending.len()).unwrap_or(u32::MAX);
    let report = |step| {
        progress(Progress {
            phase: Phase::Resume,
            step,
            of: count,
        });
    };
    if count > 0 {
        report(0);
    }
    let mut rest = pending.as_slice();
    let mut done = 0;
    while let Some(first) = rest.first() {
        let same = |other: &&Pending| other.co_signer == first.co_signer;
        let batch = rest.iter().take(MAX_WALLETS).take_while(same).count();
        let (asked, left) = rest.split_at(batch);
        // One co-signer that can't be asked keeps nobody from the others.
        match settle_batch(kit, asked, cancel, resumed).await {
            Ok(()) => {}
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => resumed.failed.extend(asked.iter().map(|pending| Unsettled {
                wallet: pending.info.clone(),
                error: error.clone(),
            })),
        }
        done += u32::try_from(batch).unwrap_or(u32::MAX);
        report(done);
        rest = left;
    }
    Ok(())
}

/// Asks about shares of one co-signer, and does what it says.
async fn settle_batch<H: Host>(
    kit: &kit::Inner<H>,
    asked: &[Pending],
    cancel: &Cancel,
    resumed: &mut Resumed,
) -> Result<(), Error> {
    let Some(first) = asked.first() else {
        return Ok(());
    };
    kit.expect(&first.co_signer)?;
    let shares = asked.iter().map(|pending| PendingShare {
        claim: pending.share.claim,
        key: pending.share.key.clone(),
    });
    let request = ClaimResume {
        shares: shares.collect(),
    };
    let to = &first.co_signer;
    let answer = match insist(&*kit.host, to, Caller::Key(&kit.key), &request, cancel).await {
        Err(error) => return Err(identity::explained(&*kit.host, to, error, cancel).await),
        Ok(answer) => answer,
    };
    if answer.outcomes.len() != asked.len() {
        return Err(Fault::Content("it did not say what became of each claim").into());
    }
    let (mut committed, mut ended) = (Vec::new(), Vec::new());
    let (mut finished, mut rolled_back) = (Vec::new(), Vec::new());
    for (pending, outcome) in asked.iter().zip(answer.outcomes) {
        let key = pending.share.key.clone();
        let receipt = match outcome {
            // Of one that was superseded the record is kept: the next unlock puts the copy of the later epoch in its place.
            ResumeOutcome::Live(receipt) | ResumeOutcome::Superseded(receipt) => {
                check(pending, &receipt)?;
                receipt
            }
            ResumeOutcome::Ended => {
                rolled_back.push(pending.info.clone());
                ended.push(key);
                continue;
            }
        };
        finished.push(pending.info.clone());
        committed.push(Committed {
            key,
            receipt,
            copy: None,
        });
    }
    carry_out(&*kit.host, &committed, &ended).await?;
    resumed.finished.extend(finished);
    resumed.rolled_back.extend(rolled_back);
    Ok(())
}

async fn carry_out<H: Host>(host: &H, committed: &[Committed], ended: &[KeyInfo]) -> Result<(), Error> {
    if !committed.is_empty() {
        vault::promote(host, committed).await?;
    }
    vault::roll_back(host, ended).await
}

/// Checks that a receipt is of this very share's claim.
fn check(pending: &Pending, receipt: &Receipt) -> Result<(), Error> {
    let (body, share) = (&receipt.body, &pending.share);
    let is_same = body.co_signer == pending.co_signer.receipt
        && receipt::is_of(receipt, &share.key)
        && share.passkeys.recipient(&body.statement.credential).is_some()
        && pending.claimant.is_none_or(|claimant| claimant == body.claimant);
    if !is_same {
        return Err(Fault::Content("its receipt is of another claim").into());
    }
    receipt::check(receipt).map_err(|what| Fault::Content(what).into())
}
