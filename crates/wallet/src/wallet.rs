//! A claimed wallet as this browser holds it.

use std::{cell::RefCell, rc::Rc};

use wire::{CoSignerIdentity, Envelope, ceremony::DeviceName};

use crate::{
    Error, Session, SessionOptions, WalletInfo,
    host::{Cancel, Host},
    kit,
    opening::{self, Beginning, Started},
    text,
    vault::{DAMAGED, SealedShare, WalletRecord},
};

/// A claimed wallet: public data, and a share sealed to a passkey.
pub struct Wallet<H: Host> {
    pub(crate) kit: Rc<kit::Inner<H>>,
    pub(crate) info: WalletInfo,
    pub(crate) share: SealedShare,
    pub(crate) record: WalletRecord,
    /// An unlock that was begun early.
    pub(crate) started: RefCell<Option<Started<H>>>,
}

impl<H: Host> Wallet<H> {
    pub(crate) fn new(kit: Rc<kit::Inner<H>>, record: WalletRecord) -> Result<Self, Error> {
        let share = record.share().ok_or(DAMAGED)?.clone();
        Ok(Self {
            kit,
            info: WalletInfo::of(share.wallet_type, &share.key).ok_or(DAMAGED)?,
            share,
            record,
            started: RefCell::default(),
        })
    }

    /// What is public of it.
    pub fn info(&self) -> &WalletInfo {
        &self.info
    }

    /// The co-signer that holds the other share.
    pub fn co_signer(&self) -> &CoSignerIdentity {
        &self.record.co_signer
    }

    /// Whether its claim was interrupted before this browser heard the end: resuming or unlocking finishes it, if the co-signer did.
    pub fn is_pending(&self) -> bool {
        self.record.active.is_none()
    }

    /// The ids of the passkeys that open it, as far as this browser knows: more may have been added elsewhere since it was unlocked last.
    pub fn credentials(&self) -> Vec<Vec<u8>> {
        self.share.passkeys.credentials()
    }

    /// The receipt of its claim as text, where this browser has it.
    pub fn receipt(&self) -> Option<String> {
        self.record
            .receipt
            .as_ref()
            .map(|receipt| text::encode(&receipt.to_envelope()))
    }

    /// Whether its key was imported, as its receipt says, where this browser has it: then somebody had the key before, and may have
    /// it still.
    pub fn is_imported(&self) -> Option<bool> {
        Some(self.record.receipt.as_ref()?.body.imported)
    }

    /// Begins an unlock already, so that [`Wallet::unlock`] opens the prompt directly, if it comes within a few minutes: browsers want a prompt to
    /// be the act of a click. Opens nothing.
    ///
    /// # Errors
    /// As [`Wallet::unlock`], up to the prompt.
    pub async fn start(&self, cancel: &Cancel) -> Result<(), Error> {
        let started = opening::start(self, cancel).await?;
        self.started.replace(Some(started));
        Ok(())
    }

    /// Opens the wallet, and with it every other wallet of the same passkeys, with one prompt of any of them. Finishes its claim first, if that was
    /// interrupted; where this device is behind the epoch that lives, it gets the co-signer's copy of the sealed share.
    ///
    /// # Errors
    /// Any [`Error`]: of code `claim_expired` where an interrupted claim was never committed, so that the prepared share is still
    /// good; `epoch_mismatch` where the co-signer holds an older epoch than this device, or gives no copy of the one that lives;
    /// `prf_unavailable` where the passkey gives no PRF output, or another than before.
    pub async fn unlock(&self, options: SessionOptions, cancel: &Cancel) -> Result<Session<H>, Error> {
        let beginning = Beginning::beside_others(&options.device);
        let opened = opening::unlock(self, beginning, cancel).await?;
        Ok(Session::new(self.kit.clone(), opened, options))
    }

    /// As [`Wallet::unlock`], and ends every other session that has one of the wallets which are opened, on whatever device, in the step that
    /// begins this one: no session lasts in which the others' end could be undone or outrun. Where what follows that step fails here, they
    /// are ended all the same.
    ///
    /// # Errors
    /// As [`Wallet::unlock`]: of code `passkey_cancelled` where the person did not approve, and then nothing was ended.
    pub async fn unlock_ending_others(&self, options: SessionOptions, cancel: &Cancel) -> Result<Session<H>, Error> {
        let beginning = Beginning {
            device: &options.device,
            ends_others: true,
        };
        let opened = opening::unlock(self, beginning, cancel).await?;
        Ok(Session::new(self.kit.clone(), opened, options))
    }

    /// Ends every session of this wallet and of the other wallets of its passkey, on whatever device, with one prompt. Opens none.
    ///
    /// # Errors
    /// Any [`Error`]: of code `passkey_cancelled` where the person did not approve: then nothing was ended.
    pub async fn lock_everywhere(&self, device: &DeviceName, cancel: &Cancel) -> Result<(), Error> {
        opening::lock_everywhere(self, device, cancel).await
    }
}
