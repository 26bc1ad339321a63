//! Rotation: both shares of what the session holds are changed once more, by the claim's own steps (docs/claim.md).

use mpc::{Share, WalletId, tags};
use wire::{
    Envelope, ErrorCode, PasskeySet, WalletType,
    ceremony::{Assertion, ClaimOffer, ClaimPasskey, RotationStart},
    statement::{CLAIM_TRANSCRIPT, ClaimTranscript, ClaimedKey, Ground, to_bytes},
};

use super::{Flight, OVER, OpenShare, Session};
use crate::{
    Error, Fault, Phase, Progress, WalletInfo,
    claim::{Ceremony, Confirmation, Custody, Moving, Rotation, Settlement, expect_count},
    exchange::{Caller, insist},
    host::{Cancel, Host},
    passkey::approve_own,
    resume::{self, Resumed},
    text,
    vault::{self, Vault, WalletRecord, WrappingKey},
};

/// What a rotation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The wallets, as they are now, the one that was unlocked first.
    pub wallets: Vec<WalletInfo>,
    /// Their receipts as text, in the same order: each says which epoch was retired.
    pub receipts: Vec<String>,
}

/// What the co-signer offers, and the hash of all that the rotation is about.
struct Offered {
    terms: ClaimOffer,
    transcript: [u8; 32],
}

impl<H: Host> Session<H> {
    /// Changes both shares of every open wallet, with one passkey prompt: the shares before are dead from then on, on every device. The
    /// others of the same person get the new ones as they unlock. An earlier rotation that was interrupted is ended first; if it was
    /// committed, that is this one.
    ///
    /// A cancellation that comes after the commit was sent comes too late: the call runs to its end.
    ///
    /// # Errors
    /// Any [`Error`]: of code `session_expired` once the session is over. Up to the commit everything stays as it is. Where the
    /// commit's fate is unknown ([`Error::Unreachable`]), call again, sign, or unlock anew: each finishes what was begun.
    pub async fn rotate(&self, cancel: &Cancel, progress: &dyn Fn(Progress)) -> Result<Rotated, Error> {
        let flight = Flight::new(self, cancel);
        let rotated = self.rotate_unless(&flight.cancel, progress).await;
        self.landed(&flight, rotated)
    }

    async fn rotate_unless(&self, cancel: &Cancel, progress: &dyn Fn(Progress)) -> Result<Rotated, Error> {
        let _turn = self.rotation.lock().await;
        let host = self.host();
        let wallets: Vec<_> = self.wallets.borrow().iter().map(|wallet| wallet.id).collect();
        let _held = vault::hold(host, wallets.iter().copied(), cancel).await?;
        let resumed = self.settle(&wallets, cancel, progress).await?;
        let is_finished = |wallet: &WalletId| resumed.finished.iter().any(|info| info.id == *wallet);
        if wallets.iter().all(is_finished) {
            return self.reopened(&wallets).await;
        }
        let wrapping = self.open.borrow().as_ref().ok_or(OVER)?.wrapping.clone();
        let report = |phase, step| progress(Progress { phase, step, of: 1 });
        report(Phase::Start, 0);
        let offered = self.ask_to_rotate(&wrapping, cancel).await?;
        // Whom the next shares are sealed to is settled before the person is asked, who approves that.
        let passkeys = self.agreed(&offered.terms.passkeys, cancel).await?;
        let passkeys: Vec<_> = passkeys.into_iter().map(|share| share.passkeys).collect();
        report(Phase::Start, 1);
        let sender = self.open.borrow().as_ref().ok_or(OVER)?.sender.clone();
        let ceremony = Ceremony {
            host,
            caller: Caller::Session(&sender),
            co_signer: &self.co_signer,
            offer: &offered.terms,
            transcript: &offered.transcript,
            wallets: self.moved()?,
            cancel,
            progress,
        };
        report(Phase::Passkey, 0);
        // Before anything is changed anywhere: the person may say no.
        let approval = approve_own(host, &wrapping, ceremony.transcript, cancel).await?;
        report(Phase::Passkey, 1);
        let mut custody = None;
        let confirmed = self
            .confirm_rotation(&ceremony, (&wrapping, &passkeys, approval), &mut custody)
            .await;
        // What follows needs it no more, and can't be called off.
        drop(wrapping);
        let (confirmation, custody) = match (confirmed, custody) {
            (Ok(confirmation), Some(custody)) => (confirmation, custody),
            (Ok(_), None) => return Err(Error::Internal("a rotation was confirmed before it was stored")),
            (Err(error), custody) => {
                if let Some(custody) = custody {
                    custody.undo(host).await;
                }
                return Err(error);
            }
        };
        let settlement = Settlement::new(&ceremony, self.claimant().await?, (confirmation, None), custody);
        let receipts = settlement.commit(host, ceremony.caller, progress).await?;
        settlement.promote(host, ceremony.caller, &receipts, progress).await?;
        let life = self.life();
        let begins_anew = Some(life.terms.epoch).filter(|epoch| *epoch > 0);
        let end = begins_anew.map(|epoch| sender.now(host).saturating_add(epoch));
        life.rotate_by.set(end);
        self.reopened(&wallets).await
    }

    /// The hash that stands for the claimant in the receipt that this browser has, if it has one.
    async fn claimant(&self) -> Result<Option<[u8; 32]>, Error> {
        let vault = Vault::read(self.host()).await?;
        let records = vault.readable_wallets();
        let is_open = |record: &&WalletRecord| {
            let wallets = self.wallets.borrow();
            wallets.iter().any(|info| record.wallet() == Some(info.id))
        };
        let receipts = records
            .iter()
            .filter(is_open)
            .filter_map(|record| record.receipt.as_ref());
        Ok(receipts.map(|receipt| receipt.body.claimant).next())
    }

    /// What is open, in the order of its shares.
    fn moved(&self) -> Result<Vec<(WalletId, WalletType)>, Error> {
        let open = self.open.borrow();
        let shares = open.as_ref().ok_or(OVER)?.shares.iter();
        Ok(shares
            .map(|held| (held.share.info().wallet, held.wallet_type))
            .collect())
    }

    /// Ends what was interrupted in this browser, and takes what it holds now into use: another page may have rotated. The caller holds the
    /// wallets' names.
    pub(super) async fn settle(
        &self,
        wallets: &[WalletId],
        cancel: &Cancel,
        progress: &dyn Fn(Progress),
    ) -> Result<Resumed, Error> {
        let resumed = resume::held(&self.kit, wallets, cancel, progress).await?;
        self.take_all_into_use(wallets).await?;
        Ok(resumed)
    }

    /// Names what is open, and asks for a rotation of it.
    async fn ask_to_rotate(&self, wrapping: &WrappingKey, cancel: &Cancel) -> Result<Offered, Error> {
        let (sender, keys) = {
            let open = self.open.borrow();
            let open = open.as_ref().ok_or(OVER)?;
            let keys = open.shares.iter().map(|held| ClaimedKey::of(held.share.info()));
            (open.sender.clone(), keys.collect::<Result<Vec<_>, _>>()?)
        };
        let start = RotationStart { keys: keys.clone() };
        let terms = insist(self.host(), &self.co_signer, Caller::Session(&sender), &start, cancel).await?;
        expect_count(terms.imported.len(), keys.len())?;
        expect_count(terms.passkeys.len(), keys.len())?;
        if terms.rp_id != wrapping.rp_id() {
            return Err(Fault::Content("it names another relying party than at the claim").into());
        }
        let transcript = ClaimTranscript {
            claim: terms.claim,
            nonce: terms.nonce,
            rp_id: terms.rp_id.clone(),
            browser: sender.public_key(),
            ground: Ground::Session {
                credential: wrapping.credential().to_vec(),
                passkeys: terms.passkeys.clone(),
            },
            keys,
        };
        Ok(Offered {
            terms,
            transcript: tags::hash(CLAIM_TRANSCRIPT, &[&to_bytes(&transcript)]),
        })
    }

    /// The steps between start and commit.
    async fn confirm_rotation(
        &self,
        ceremony: &Ceremony<'_, H>,
        (wrapping, passkeys, approval): (&WrappingKey, &[PasskeySet], Assertion),
        custody: &mut Option<Custody>,
    ) -> Result<Confirmation, Error> {
        let moving = {
            let open = self.open.borrow();
            let open = open.as_ref().ok_or(OVER)?;
            Moving::begin(open.shares.iter().map(|held| &held.share), ceremony.transcript)?
        };
        let rotation = Rotation::make(ceremony, moving).await?;
        let taken = custody.insert(Custody::take(ceremony, (wrapping, passkeys), &rotation).await?);
        let passkey = (wrapping.credential(), ClaimPasskey::Own(approval));
        Confirmation::make(ceremony, passkey, &rotation, taken.copies()).await
    }

    /// Takes what this browser now holds of these wallets into use, where it is of a later epoch than what is open. What it has lost or
    /// can't read is left as it is.
    async fn take_all_into_use(&self, wallets: &[WalletId]) -> Result<(), Error> {
        let vault = Vault::read(self.host()).await?;
        for wallet in wallets {
            if let Some(record) = vault.readable_wallet(*wallet)? {
                self.take_into_use(&vault, &record)?;
            }
        }
        Ok(())
    }

    /// The same where it is known to be there: says what it is now.
    async fn reopened(&self, wallets: &[WalletId]) -> Result<Rotated, Error> {
        let vault = Vault::read(self.host()).await?;
        let mut receipts = Vec::new();
        for wallet in wallets {
            let record = vault.wallet(*wallet)?.ok_or(vault::DAMAGED)?;
            self.take_into_use(&vault, &record)?;
            let receipt = record.receipt.as_ref().map(Envelope::to_envelope);
            receipts.extend(receipt.map(|receipt| text::encode(&receipt)));
        }
        Ok(Rotated {
            wallets: self.wallets(),
            receipts,
        })
    }

    fn take_into_use(&self, vault: &Vault, record: &WalletRecord) -> Result<(), Error> {
        let sealed = record.active.as_ref().ok_or(vault::DAMAGED)?;
        let mut open = self.open.borrow_mut();
        let open = open.as_mut().ok_or(OVER)?;
        let place = open
            .shares
            .iter_mut()
            .find(|held| held.share.info().wallet == sealed.wallet());
        let Some(place) = place.filter(|held| is_later(&sealed.key, &held.share)) else {
            return Ok(());
        };
        let share = sealed.open(&self.co_signer, &open.wrapping)?;
        let info = WalletInfo::of(sealed.wallet_type, share.info()).ok_or(vault::DAMAGED)?;
        *place = OpenShare {
            wallet_type: sealed.wallet_type,
            share,
            pairing: sealed.pairing,
        };
        let is_held = |id| open.pairings.iter().any(|pairing| pairing.id() == id);
        if let Some(id) = sealed.pairing.filter(|id| !is_held(*id))
            && let Ok(Some(record)) = vault.pairing(id)
            && let Ok(pairing) = record.open(&self.co_signer, &open.wrapping)
        {
            open.pairings.push(pairing);
        }
        let used: Vec<_> = open.shares.iter().filter_map(|held| held.pairing).collect();
        open.pairings.retain(|pairing| used.contains(&pairing.id()));
        let mut wallets = self.wallets.borrow_mut();
        wallets
            .iter_mut()
            .filter(|held| held.id == info.id)
            .for_each(|held| *held = info.clone());
        Ok(())
    }

    /// After an answer that another epoch lives: ends what was interrupted in this browser, and takes what it holds now into use. Says
    /// whether that is of a later epoch.
    pub(super) async fn catches_up(&self, wallet: WalletId, cancel: &Cancel) -> Result<bool, Error> {
        let _turn = self.rotation.lock().await;
        let before = self.with_share(wallet, |_, held| Ok(held.share.info().epoch))?;
        let _held = vault::hold(self.host(), [wallet].into_iter(), cancel).await?;
        resume::held(&self.kit, &[wallet], cancel, &|_| ()).await?;
        self.reopened(&[wallet]).await?;
        self.with_share(wallet, |_, held| Ok(held.share.info().epoch > before))
    }
}

/// Whether a key is the same at a later epoch.
fn is_later(key: &mpc::KeyInfo, held: &Share) -> bool {
    let same = key.public_key().is_ok_and(|public_key| public_key == held.public_key());
    same && key.epoch > held.info().epoch
}

/// Whether a signature was refused because another epoch lives.
pub(super) fn is_outdated<T>(outcome: &Result<T, Error>) -> bool {
    outcome
        .as_ref()
        .is_err_and(|error| error.code() == ErrorCode::EpochMismatch)
}
