//! Opening: the passkey approves a session, and its PRF output opens what is sealed, here or in the co-signer's keeping.

mod approval;
mod copies;
mod expected;
pub(crate) mod terms;

use std::rc::Rc;

use futures_util::future::{Either, select};
use mpc::{KeyInfo, PairingId, WalletId, pairing::ClientPairing};
use wire::{
    CoSignerIdentity, ErrorCode,
    ceremony::{DeviceName, Done, Revoked, SessionRevoke, SessionTerms, Unlocked},
    control::IDENTITY,
    share::MAX_WALLETS,
};

use self::approval::{Approval, Approved, Asked, OTHER_SESSION};
pub(crate) use self::approval::{Beginning, Started};
pub(crate) use self::copies::{Asking, Live};
pub use self::expected::{ExpectedWallet, expected_wallet};
use crate::{
    Error, Wallet,
    exchange::{self, Caller},
    host::{Cancel, Host, Mediation, PasskeyError, Passkeys, PrfOutput},
    identity, kit, resume,
    session::{Open, OpenShare},
    vault::{self, SealedShare, Vault, WalletRecord, WrappingKey, same_wallet},
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
    beginning: Beginning<'_>,
    cancel: &Cancel,
) -> Result<Opened<H>, Error> {
    let (kit, co_signer) = (&wallet.kit, wallet.record.co_signer);
    kit.expect(&co_signer)?;
    finish_claim(kit, wallet.info.id, cancel).await?;
    let vault = Vault::read(&*kit.host).await?;
    let mut group = group(&vault, wallet)?;
    let approval = approve(wallet, &group, cancel).await?;
    let session = approval.session;
    let wrapping = wrapping_key(&session, approval.prf)?;
    wallet_share(&group)?.check(&wrapping)?;
    let unlocked = session.open(&*kit.host, beginning, cancel).await?;
    let live = live(&unlocked);
    group.retain(|member| live.iter().any(|live| live.key.wallet == member.share.wallet()));
    let is_asked = |(member, live): (&Member, &Live)| member.share.wallet() == live.key.wallet;
    let is_whole = group.len() == live.len() && group.iter().zip(&live).all(is_asked);
    let first = group.first().map(|member| member.share.wallet());
    if !is_whole || first != Some(wallet.info.id) {
        return Err(OTHER_SESSION.into());
    }
    let is_same = |(member, live): (&Member, &Live)| same_wallet(&member.share.key, &live.key);
    if !group.iter().zip(&live).all(is_same) {
        return Err(vault::OTHER_KEY.into());
    }
    replace_outdated(&*kit.host, &session, (&mut group, &wrapping), &live, cancel).await;
    let mut opening = Opening::new(co_signer, wrapping);
    for (member, live) in group.iter().zip(&live) {
        let is_asked_for = opening.shares.is_empty();
        match opening.open(&vault, &member.record, &live.key) {
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
    session
        .open(&*kit.host, Beginning::beside_others(device), cancel)
        .await?;
    let all = SessionRevoke { which: Revoked::All };
    let Done {} = session.call(&*kit.host, &all, cancel).await?;
    Ok(())
}

/// Asks for the passkey of these wallets.
async fn approve<H: Host>(wallet: &Wallet<H>, group: &[Member], cancel: &Cancel) -> Result<Approval<H>, Error> {
    let host = &*wallet.kit.host;
    let wallets = named(group);
    let started = wallet.started.take().filter(|started| started.serves(&wallets, host));
    let started = match started {
        Some(started) => started,
        None => Started::ask(host, wallet.record.co_signer, wallets, cancel).await?,
    };
    let asked = Asked {
        credentials: &wallet_share(group)?.passkeys.credentials(),
        rp_id: Some(&wallet.record.rp_id),
        mediation: Mediation::Prompt,
    };
    started.approve(host, asked, cancel).await
}

/// Begins an unlock already, so that it can prompt directly: browsers want a prompt to be the act of a click.
pub(crate) async fn start<H: Host>(wallet: &Wallet<H>, cancel: &Cancel) -> Result<Started<H>, Error> {
    let (kit, co_signer) = (&wallet.kit, wallet.record.co_signer);
    kit.expect(&co_signer)?;
    finish_claim(kit, wallet.info.id, cancel).await?;
    let group = group(&Vault::read(&*kit.host).await?, wallet)?;
    Started::ask(&*kit.host, co_signer, named(&group), cancel).await
}

fn named(group: &[Member]) -> Vec<WalletId> {
    group.iter().map(|member| member.share.wallet()).collect()
}

/// Opens every wallet of a passkey from the co-signer's copies, and keeps them in this browser.
pub(crate) async fn restore<H: Host>(
    kit: &Rc<kit::Inner<H>>,
    expected: Option<&[ExpectedWallet]>,
    (device, mediation): (&DeviceName, Mediation),
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
    let approval = match mediation {
        Mediation::Prompt => {
            let started = Started::ask(host, co_signer, Vec::new(), cancel).await?;
            started.approve(host, ANYONE, cancel).await?
        }
        Mediation::Autofill => autofill(host, co_signer, cancel).await?,
    };
    let session = approval.session;
    let wrapping = wrapping_key(&session, approval.prf)?;
    let unlocked = session.open(host, Beginning::beside_others(device), cancel).await?;
    let live = live(&unlocked);
    if live.is_empty() {
        return Err(OTHER_SESSION.into());
    }
    let live = match expected {
        Some(expected) => expected::chosen(live, expected)?,
        None => live,
    };
    let records = asking(host, &session, &wrapping).fetch(&live, cancel).await?;
    let mut opening = Opening::new(co_signer, wrapping);
    for (record, live) in records.iter().zip(&live) {
        opening.open(&vault, record, &live.key)?;
    }
    vault::restore(host, &records, cancel).await?;
    Ok(opening.into_opened(session, unlocked))
}

/// Any passkey, by a prompt.
const ANYONE: Asked<'_> = Asked {
    credentials: &[],
    rp_id: None,
    mediation: Mediation::Prompt,
};

/// The shortest that one offer stands for a passkey in a field, in seconds: no co-signer makes a page ask more often.
const SHORTEST_TURN: u64 = 20;

/// Waits until a time by the wall clock: one that slept meanwhile notices within seconds.
async fn wait_until<H: Host>(host: &H, until: u64) {
    const LOOKS_EVERY: u64 = 5;
    loop {
        match until.saturating_sub(host.now()).min(LOOKS_EVERY) {
            0 => return,
            seconds => host.wait(u32::try_from(seconds * 1000).unwrap_or(u32::MAX)).await,
        }
    }
}

/// Waits until the person chooses a passkey in a field of the page, however long that takes: an offer that gets too old is exchanged for
/// another meanwhile, which shows nothing.
async fn autofill<H: Host>(host: &H, co_signer: CoSignerIdentity, cancel: &Cancel) -> Result<Approval<H>, Error> {
    loop {
        let started = Started::ask(host, co_signer, Vec::new(), cancel).await?;
        let until = host.now().saturating_add(started.time_left(host).max(SHORTEST_TURN));
        let turn = Cancel::default();
        let ends = turn.clone();
        let _hook = cancel.on_cancel(move || ends.cancel());
        let asked = Asked {
            mediation: Mediation::Autofill,
            ..ANYONE
        };
        let waiting = core::pin::pin!(started.approve(host, asked, &turn));
        let time = core::pin::pin!(wait_until(host, until));
        let answered = match select(waiting, time).await {
            Either::Left((answered, _)) => answered,
            Either::Right(((), waiting)) => {
                turn.cancel();
                // Its rejection is awaited: a browser has one such request at a time.
                waiting.await
            }
        };
        match answered {
            Err(error) if error.code() == ErrorCode::Cancelled && !cancel.is_cancelled() => {}
            answered => return answered,
        }
    }
}

/// Ends the wallet's claim first, if this browser has not heard its end.
async fn finish_claim<H: Host>(kit: &kit::Inner<H>, wallet: WalletId, cancel: &Cancel) -> Result<(), Error> {
    let claim_of = |record: &WalletRecord| record.pending.as_ref().map(|share| share.claim);
    let vault = Vault::read(&*kit.host).await?;
    let Some(claim) = vault.wallet(wallet)?.as_ref().and_then(claim_of) else {
        return Ok(());
    };
    let records = vault.readable_wallets();
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

/// The wallet that is asked for first, and those of the same co-signer that are opened by whichever of its passkeys answers. Claims under
/// way keep to themselves.
fn group<H: Host>(vault: &Vault, wallet: &Wallet<H>) -> Result<Vec<Member>, Error> {
    let stored = vault.wallet(wallet.info.id)?;
    let asked = stored.and_then(|record| Member::of(record, &wallet.record.co_signer));
    let asked = asked.ok_or(NOT_HELD)?;
    let credentials = asked.share.passkeys.credentials();
    let opens = |share: &SealedShare| credentials.iter().all(|id| share.passkeys.recipient(id).is_some());
    let mut group = vec![asked];
    for record in vault.readable_wallets() {
        if let Some(member) = Member::of(record, &wallet.record.co_signer)
            && member.share.wallet() != wallet.info.id
            && opens(&member.share)
        {
            group.push(member);
        }
    }
    group.truncate(MAX_WALLETS);
    Ok(group)
}

impl Member {
    fn of(record: WalletRecord, co_signer: &CoSignerIdentity) -> Option<Self> {
        let share = record.active.clone().filter(|_| record.co_signer == *co_signer)?;
        Some(Self { record, share })
    }
}

/// The share of the wallet that is asked for.
fn wallet_share(group: &[Member]) -> Result<&SealedShare, Error> {
    group.first().map(|member| &member.share).ok_or(NOT_HELD)
}

/// What an unlock opened, wallet by wallet.
fn live(unlocked: &Unlocked) -> Vec<Live> {
    let wallets = unlocked.keys.iter().zip(&unlocked.passkeys);
    let live = |(key, passkeys): (&KeyInfo, &[u8; 32])| Live {
        key: key.clone(),
        passkeys: *passkeys,
    };
    wallets.map(live).collect()
}

fn asking<'a, H: Host>(host: &'a H, session: &'a Approved<H>, wrapping: &'a WrappingKey) -> Asking<'a, H> {
    Asking {
        host,
        co_signer: &session.co_signer,
        caller: Caller::Session(&session.sender),
        wrapping,
    }
}

pub(crate) const NOT_HELD: Error = Error::State {
    code: ErrorCode::WalletNotFound,
    message: "this device does not hold the wallet any more: restore it with its passkey",
};

/// The keys of the passkey that answered.
fn wrapping_key<H: Host>(session: &Approved<H>, prf: Option<PrfOutput>) -> Result<WrappingKey, Error> {
    let prf = prf.ok_or(PasskeyError::NoPrf)?;
    WrappingKey::new(prf, &session.assertion.credential, &session.rp_id)
}

/// Puts the co-signer's copies in the place of records that are behind the epoch which lives, or sealed to other passkeys than the co-signer
/// knows. What can't be had is left as it is, and refused when it is opened.
async fn replace_outdated<H: Host>(
    host: &H,
    session: &Approved<H>,
    (group, wrapping): (&mut [Member], &WrappingKey),
    live: &[Live],
    cancel: &Cancel,
) {
    let is_behind = |member: &Member, live: &Live| {
        let share = &member.share;
        share.key.epoch < live.key.epoch || (share.key == live.key && !live.is_held(&member.record))
    };
    let pairs = group.iter().zip(live);
    let behind: Vec<_> = pairs
        .filter(|(member, live)| is_behind(member, live))
        .map(|(_, live)| live.clone())
        .collect();
    if behind.is_empty() {
        return;
    }
    let Ok(records) = asking(host, session, wrapping).fetch(&behind, cancel).await else {
        return;
    };
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
