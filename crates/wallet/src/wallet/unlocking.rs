//! Unlock: the passkey approves a session, and its PRF output opens what is sealed.

use std::rc::Rc;

use mpc::{KeyInfo, PairingId, WalletId, channel::ChannelKey, pairing::ClientPairing, tags};
use rand_core::OsRng;
use wire::{
    CoSignerIdentity, ErrorCode,
    ceremony::{UnlockFinish, UnlockStart},
    share::MAX_WALLETS,
    statement::{UNLOCK_TRANSCRIPT, UnlockTranscript, to_bytes},
};

use super::Wallet;
use crate::{
    Error, Fault, Session,
    exchange::{Caller, call},
    host::{Cancel, Host, PasskeyError, ShareStore},
    passkey::approve,
    session::{Open, OpenShare},
    vault::{self, SealedShare, Vault, WalletRecord, WrappingKey},
};

pub(super) async fn unlock<H: Host>(wallet: &Wallet<H>, cancel: &Cancel) -> Result<Session<H>, Error> {
    let host = &*wallet.kit.host;
    let co_signer = wallet.record.co_signer;
    wallet.kit.expect(&co_signer)?;
    let vault = Vault::read(host).await?;
    let group = group(&vault, wallet)?;

    let key = ChannelKey::random(&mut OsRng);
    let wallets: Vec<_> = group.iter().map(|member| member.share.wallet()).collect();
    let start = UnlockStart {
        wallets: wallets.clone(),
    };
    let offer = call(host, &co_signer.channel, Caller::Key(&key), &start, cancel).await?;
    if offer.rp_id != wallet.record.rp_id {
        return Err(Fault::Content("it names another relying party than at the claim").into());
    }
    let transcript = UnlockTranscript {
        nonce: offer.nonce,
        rp_id: offer.rp_id,
        session: key.public_key(),
        wallets,
        expires_at: offer.expires_at,
    };
    let challenge = tags::hash(UNLOCK_TRANSCRIPT, &[&to_bytes(&transcript)]);
    let (rp_id, credential) = (&wallet.record.rp_id, &wallet.share.credential);
    let used = approve(host, rp_id, credential, &challenge, cancel).await?;
    let wrapping = wrapping_key(wallet, used.prf)?;

    let finish = UnlockFinish {
        assertion: used.assertion,
    };
    let unlocked = call(host, &co_signer.channel, Caller::Key(&key), &finish, cancel).await?;
    if unlocked.expires_at != offer.expires_at || unlocked.keys.len() != group.len() {
        return Err(Fault::Content("it opened another session than was asked for").into());
    }
    let mut opening = Opening {
        co_signer,
        wrapping,
        shares: Vec::new(),
        pairings: Vec::new(),
    };
    for (member, live) in group.iter().zip(&unlocked.keys) {
        let is_asked_for = opening.shares.is_empty();
        match opening.open(&vault, member, live) {
            Ok(()) => {}
            Err(error) if is_asked_for => return Err(error),
            // Another wallet of this passkey does not keep this one from being opened.
            Err(_) => {}
        }
    }
    promote(host, &unlocked.keys, cancel).await?;
    Ok(Session::new(
        wallet.kit.host.clone(),
        co_signer,
        unlocked.expires_at,
        Open {
            key: Rc::new(key),
            wrapping: opening.wrapping,
            shares: opening.shares,
            pairings: opening.pairings,
        },
    ))
}

/// A wallet to be opened.
struct Member {
    record: WalletRecord,
    share: SealedShare,
}

/// The wallets of the same passkey and co-signer, the one that is asked for first. Interrupted claims keep to themselves.
fn group<H: Host>(vault: &Vault, wallet: &Wallet<H>) -> Result<Vec<Member>, Error> {
    let mut group = Vec::new();
    for record in vault.wallets()? {
        let Some(share) = record.share().cloned() else {
            continue;
        };
        let is_asked_for = share.wallet() == wallet.info.id;
        let is_kin = record.co_signer == wallet.record.co_signer
            && share.credential == wallet.share.credential
            && record.active.is_some() == wallet.record.active.is_some();
        if is_asked_for {
            group.insert(0, Member { record, share });
        } else if is_kin {
            group.push(Member { record, share });
        }
    }
    if group
        .first()
        .is_none_or(|member| member.share.wallet() != wallet.info.id)
    {
        return Err(Error::State {
            code: ErrorCode::WalletNotFound,
            message: "this device does not hold the wallet any more",
        });
    }
    group.truncate(MAX_WALLETS);
    Ok(group)
}

fn wrapping_key<H: Host>(wallet: &Wallet<H>, prf: Option<crate::host::PrfOutput>) -> Result<WrappingKey, Error> {
    let prf = prf.ok_or(PasskeyError::NoPrf)?;
    let wrapping = WrappingKey::new(prf, &wallet.share.credential, &wallet.record.rp_id)?;
    if wrapping.checks(&wallet.share.check) {
        return Ok(wrapping);
    }
    Err(Error::State {
        code: ErrorCode::PrfUnavailable,
        message: "the passkey gives another PRF output than when the wallet was sealed to it: \
                  use it on the device, or with the passkey provider, where it was made",
    })
}

/// What has been opened so far.
struct Opening {
    co_signer: CoSignerIdentity,
    wrapping: WrappingKey,
    shares: Vec<OpenShare>,
    pairings: Vec<ClientPairing>,
}

impl Opening {
    /// Opens the share of the epoch that lives, and its pairing.
    fn open(&mut self, vault: &Vault, member: &Member, live: &KeyInfo) -> Result<(), Error> {
        let sealed = member.record.share_of(live).ok_or(Error::State {
            code: ErrorCode::EpochMismatch,
            message: "the co-signer holds another epoch of the share than this device",
        })?;
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
}

/// Ends interrupted claims: what the co-signer calls live is active from now on.
async fn promote<H: Host>(host: &H, live: &[KeyInfo], cancel: &Cancel) -> Result<(), Error> {
    let mut pending = Vec::new();
    let vault = Vault::read(host).await?;
    for key in live {
        if is_pending(&vault, key)? {
            pending.push(key);
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    let wallets = pending.iter().map(|key| key.wallet);
    let _held = vault::hold(host, wallets.collect::<Vec<WalletId>>().into_iter(), cancel).await?;
    // Read again: another page may have changed it before the names were held.
    let vault = Vault::read(host).await?;
    let mut entries = Vec::new();
    for key in pending {
        if let Some(mut record) = vault.wallet(key.wallet)?
            && record.promote(key)
        {
            entries.push(vault::wallet_entry(key.wallet, &record));
        }
    }
    host.store().put(&entries).await?;
    vault::sweep(host).await;
    Ok(())
}

fn is_pending(vault: &Vault, key: &KeyInfo) -> Result<bool, Error> {
    let record = vault.wallet(key.wallet)?;
    Ok(record
        .and_then(|record| record.pending)
        .is_some_and(|share| share.key == *key))
}
