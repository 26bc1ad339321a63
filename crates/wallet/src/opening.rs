//! Opening: the passkey approves a session, and its PRF output opens what is sealed, here or in the co-signer's keeping.

mod approval;
mod copies;

use std::rc::Rc;

use mpc::{KeyInfo, PairingId, WalletId, pairing::ClientPairing};
use wire::{
    CoSignerIdentity, ErrorCode,
    ceremony::{DeviceName, Done, Revoked, SessionRevoke, SessionTerms, Unlocked},
    control::IDENTITY,
    share::MAX_WALLETS,
};

use self::approval::{Approval, Approved, OTHER_SESSION};
use crate::{
    Error, Wallet, exchange,
    host::{Cancel, Host, PasskeyError, Passkeys, PrfOutput},
    identity, kit, resume,
    session::{Open, OpenShare},
    vault::{self, SealedShare, Vault, WalletRecord, WrappingKey},
};

/// What an unlock gives a session.
pub(crate) struct Opened<H: Host> {
    pub(crate) co_signer: CoSignerIdentity,
    /// The session's id.
    pub(crate) id: [u8; 16],
    /// Its end, Unix seconds by the co-signer's clock.
    pub(crate) expires_at: u64,
    /// When its shares get too old, Unix seconds by the co-signer's clock.
    pub(crate) rotate_by: Option<u64>,
    pub(crate) terms: SessionTerms,
    pub(crate) open: Open<H>,
}

/// Opens a wallet, and with it every other wallet of the same passkey.
pub(crate) async fn unlock<H: Host>(
    wallet: &Wallet<H>,
    device: &DeviceName,
    cancel: &Cancel,
) -> Result<Opened<H>, Error> {
    let (kit, co_signer) = (&wallet.kit, wallet.record.co_signer);
    kit.expect(&co_signer)?;
    finish_claim(kit, wallet.info.id, cancel).await?;
    let vault = Vault::read(&*kit.host).await?;
    let mut group = group(&vault, wallet)?;
    let approval = approve(wallet, &group, cancel).await?;
    let wrapping = wrapping_key(wallet, approval.prf)?;
    let session = approval.session;
    let unlocked = session.open(&*kit.host, device, cancel).await?;
    if unlocked.keys.len() != group.len() {
        return Err(OTHER_SESSION.into());
    }
    replace_outdated(&*kit.host, &session, (&mut group, &wrapping), &unlocked.keys, cancel).await;
    let mut opening = Opening::new(co_signer, wrapping);
    for (member, live) in group.iter().zip(&unlocked.keys) {
        let is_asked_for = opening.shares.is_empty();
        match opening.open(&vault, &member.record, live) {
            Ok(()) => {}
            Err(error) if is_asked_for => return Err(error),
            // Another wallet of this passkey does not keep this one from being opened.
            Err(_) => {}
        }
    }
    Ok(opening.into_opened(session, unlocked))
}

/// Ends every session that has this wallet, or another of its passkey: opens none.
pub(crate) async fn lock_everywhere<H: Host>(
    wallet: &Wallet<H>,
    device: &DeviceName,
    cancel: &Cancel,
) -> Result<(), Error> {
    let (kit, co_signer) = (&wallet.kit, wallet.record.co_signer);
    kit.expect(&co_signer)?;
    let group = group(&Vault::read(&*kit.host).await?, wallet)?;
    let session = approve(wallet, &group, cancel).await?.session;
    session.open(&*kit.host, device, cancel).await?;
    let all = SessionRevoke { which: Revoked::All };
    let Done {} = session.call(&*kit.host, &all, cancel).await?;
    Ok(())
}

/// Asks for the passkey of these wallets.
async fn approve<H: Host>(wallet: &Wallet<H>, group: &[Member], cancel: &Cancel) -> Result<Approval<H>, Error> {
    let wallets = group.iter().map(|member| member.share.wallet()).collect();
    let expected = Some((wallet.record.rp_id.as_str(), &wallet.share.credential));
    Approval::ask(&*wallet.kit.host, wallet.record.co_signer, wallets, expected, cancel).await
}

/// Opens every wallet of a passkey from the co-signer's copies, and keeps them in this browser.
pub(crate) async fn restore<H: Host>(
    kit: &Rc<kit::Inner<H>>,
    device: &DeviceName,
    cancel: &Cancel,
) -> Result<Opened<H>, Error> {
    let host = &*kit.host;
    host.passkeys().check().await?;
    // Storage that can't be used is found out before the person is asked.
    let vault = Vault::read(host).await?;
    let co_signer = match kit.expected {
        Some(identity) => identity,
        None => identity::told(&exchange::get(host, IDENTITY, cancel).await?)?,
    };
    let approval = Approval::ask(host, co_signer, Vec::new(), None, cancel).await?;
    let (session, prf) = (approval.session, approval.prf.ok_or(PasskeyError::NoPrf)?);
    let wrapping = WrappingKey::new(prf, &session.assertion.credential, &session.rp_id)?;
    let unlocked = session.open(host, device, cancel).await?;
    if unlocked.keys.is_empty() {
        return Err(OTHER_SESSION.into());
    }
    let records = copies::fetch(host, &session, &unlocked.keys, cancel).await?;
    let mut opening = Opening::new(co_signer, wrapping);
    for (record, live) in records.iter().zip(&unlocked.keys) {
        opening.open(&vault, record, live)?;
    }
    vault::restore(host, &records, cancel).await?;
    Ok(opening.into_opened(session, unlocked))
}

/// Ends the wallet's claim first, if this browser has not heard its end.
async fn finish_claim<H: Host>(kit: &kit::Inner<H>, wallet: WalletId, cancel: &Cancel) -> Result<(), Error> {
    let claim_of = |record: &WalletRecord| record.pending.as_ref().map(|share| share.claim);
    let vault = Vault::read(&*kit.host).await?;
    let Some(claim) = vault.wallet(wallet)?.as_ref().and_then(claim_of) else {
        return Ok(());
    };
    let records = vault.readable_wallets()?;
    let same = records.iter().filter(|record| claim_of(record) == Some(claim));
    let wallets: Vec<_> = same.filter_map(WalletRecord::wallet).collect();
    // Another page may be at it right now: its end is waited for.
    let _held = vault::hold(&*kit.host, wallets.iter().copied(), cancel).await?;
    resume::held(kit, &wallets, cancel, &|_| ()).await?;
    let left = Vault::read(&*kit.host).await?.wallet(wallet)?;
    match left.is_none_or(|record| record.active.is_none()) {
        true => Err(TAKEN_BACK),
        false => Ok(()),
    }
}

const TAKEN_BACK: Error = Error::State {
    code: ErrorCode::ClaimExpired,
    message: "the claim was interrupted before it was final, and is taken back: the prepared share is good, claim again",
};

/// A wallet to be opened.
struct Member {
    record: WalletRecord,
    share: SealedShare,
}

/// The wallets of the same passkey and co-signer, the one that is asked for first. Claims under way keep to themselves.
fn group<H: Host>(vault: &Vault, wallet: &Wallet<H>) -> Result<Vec<Member>, Error> {
    let mut group = Vec::new();
    for record in vault.readable_wallets()? {
        let Some(share) = record.active.clone() else {
            continue;
        };
        let is_kin = record.co_signer == wallet.record.co_signer && share.credential == wallet.share.credential;
        if share.wallet() == wallet.info.id {
            group.insert(0, Member { record, share });
        } else if is_kin {
            group.push(Member { record, share });
        }
    }
    if group
        .first()
        .is_none_or(|member| member.share.wallet() != wallet.info.id)
    {
        return Err(NOT_HELD);
    }
    group.truncate(MAX_WALLETS);
    Ok(group)
}

pub(crate) const NOT_HELD: Error = Error::State {
    code: ErrorCode::WalletNotFound,
    message: "this device does not hold the wallet any more: restore it with its passkey",
};

fn wrapping_key<H: Host>(wallet: &Wallet<H>, prf: Option<PrfOutput>) -> Result<WrappingKey, Error> {
    let prf = prf.ok_or(PasskeyError::NoPrf)?;
    let wrapping = WrappingKey::new(prf, &wallet.share.credential, &wallet.record.rp_id)?;
    match wrapping.checks(&wallet.share.check) {
        true => Ok(wrapping),
        false => Err(OTHER_OUTPUT),
    }
}

const OTHER_OUTPUT: Error = Error::State {
    code: ErrorCode::PrfUnavailable,
    message: "the passkey gives another PRF output than when the wallet was sealed to it: \
              use it on the device, or with the passkey provider, where it was made",
};

/// Puts the co-signer's copies in the place of records that are behind the epoch which lives. What can't be had is left as it is, and
/// refused when it is opened.
async fn replace_outdated<H: Host>(
    host: &H,
    session: &Approved<H>,
    (group, wrapping): (&mut [Member], &WrappingKey),
    live: &[KeyInfo],
    cancel: &Cancel,
) {
    let is_behind =
        |member: &Member, live: &KeyInfo| member.share.wallet() == live.wallet && member.share.key.epoch < live.epoch;
    let pairs = group.iter().zip(live);
    let behind: Vec<_> = pairs
        .filter(|(member, live)| is_behind(member, live))
        .map(|(_, live)| live.clone())
        .collect();
    if behind.is_empty() {
        return;
    }
    let Ok(records) = copies::fetch(host, session, &behind, cancel).await else {
        return;
    };
    let opens = |record: &WalletRecord| {
        let share = record.active.as_ref();
        share.is_some_and(|share| share.open(&session.co_signer, wrapping).is_ok())
    };
    let records: Vec<_> = records.into_iter().filter(opens).collect();
    // A device that does not keep them asks again next time.
    let _ = vault::restore(host, &records, cancel).await;
    for record in records {
        let place = group
            .iter_mut()
            .find(|member| Some(member.share.wallet()) == record.wallet());
        if let Some(member) = place {
            member.record = record;
        }
    }
}

/// What has been opened so far.
struct Opening {
    co_signer: CoSignerIdentity,
    wrapping: WrappingKey,
    shares: Vec<OpenShare>,
    pairings: Vec<ClientPairing>,
}

impl Opening {
    fn new(co_signer: CoSignerIdentity, wrapping: WrappingKey) -> Self {
        Self {
            co_signer,
            wrapping,
            shares: Vec::new(),
            pairings: Vec::new(),
        }
    }

    /// Opens the share of the epoch that lives, and its pairing.
    fn open(&mut self, vault: &Vault, record: &WalletRecord, live: &KeyInfo) -> Result<(), Error> {
        let sealed = record.share_of(live).ok_or_else(|| mismatch(record, live))?;
        if !self.wrapping.checks(&sealed.check) {
            return Err(OTHER_OUTPUT);
        }
        let share = sealed.open(&self.co_signer, &self.wrapping)?;
        if let Some(pairing) = sealed.pairing {
            self.open_pairing(vault, pairing);
        }
        self.shares.push(OpenShare {
            wallet_type: sealed.wallet_type,
            share,
            pairing: sealed.pairing,
        });
        Ok(())
    }

    /// Opens a pairing. One that can't be opened is no loss: the session makes another before it signs.
    fn open_pairing(&mut self, vault: &Vault, pairing: PairingId) {
        if self.pairings.iter().all(|open| open.id() != pairing)
            && let Ok(Some(record)) = vault.pairing(pairing)
            && let Ok(open) = record.open(&self.co_signer, &self.wrapping)
        {
            self.pairings.push(open);
        }
    }

    fn into_opened<H: Host>(self, session: Approved<H>, unlocked: Unlocked) -> Opened<H> {
        Opened {
            co_signer: self.co_signer,
            id: unlocked.session,
            expires_at: unlocked.expires_at,
            rotate_by: unlocked.rotate_by,
            terms: session.terms,
            open: Open {
                sender: session.sender,
                wrapping: Rc::new(self.wrapping),
                shares: self.shares,
                pairings: self.pairings,
            },
        }
    }
}

/// Why the share that lives is not here.
fn mismatch(record: &WalletRecord, live: &KeyInfo) -> Error {
    let is_ahead = record.share().is_some_and(|share| share.key.epoch > live.epoch);
    Error::State {
        code: ErrorCode::EpochMismatch,
        message: match is_ahead {
            true => {
                "the co-signer holds an older epoch of the wallet than this device: its database was set back to an older copy, \
                 and whoever runs it must bring the newer one back"
            }
            false => {
                "the co-signer holds another epoch of the wallet than this device: restore the wallet with its passkey"
            }
        },
    }
}
