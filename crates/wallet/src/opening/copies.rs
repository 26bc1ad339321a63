//! The copies of sealed shares that the co-signer keeps: checked, and put in the place of what this browser has lost, or never heard of.

use mpc::KeyInfo;
use wire::{
    CoSignerIdentity, Envelope,
    ceremony::{Copies, KeptCopy},
};

use crate::{
    Error, Fault,
    exchange::{Caller, call},
    host::{Cancel, Host},
    receipt,
    vault::{WalletRecord, WrappingKey},
};

/// A wallet as the co-signer says that it is: its live key, and the digest of its passkeys.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) key: KeyInfo,
    pub(crate) passkeys: [u8; 32],
}

impl Live {
    /// Whether a record holds just that.
    pub(crate) fn is_held(&self, record: &WalletRecord) -> bool {
        let share = record.active.as_ref();
        share.is_some_and(|share| share.key == self.key && share.passkeys.digest() == self.passkeys)
    }
}

/// Who asks for copies: a session, by one of its wallets' passkeys.
pub(crate) struct Asking<'a, H: Host> {
    pub(crate) host: &'a H,
    pub(crate) co_signer: &'a CoSignerIdentity,
    pub(crate) caller: Caller<'a, H>,
    pub(crate) wrapping: &'a WrappingKey,
}

impl<H: Host> Asking<'_, H> {
    /// Asks for the copies of these wallets, as records to be stored. Each opens, and is sealed to just the passkeys that the co-signer says.
    pub(crate) async fn fetch(&self, live: &[Live], cancel: &Cancel) -> Result<Vec<WalletRecord>, Error> {
        let request = Copies {
            wallets: live.iter().map(|live| live.key.wallet).collect(),
        };
        let kept = call(self.host, self.co_signer, self.caller, &request, cancel)
            .await?
            .copies;
        if kept.len() != live.len() {
            return Err(Fault::Content("it did not give a copy of each wallet").into());
        }
        let records = live.iter().zip(kept).map(|(live, kept)| self.record(live, kept));
        records.collect()
    }

    /// The record that a copy stands for.
    fn record(&self, live: &Live, kept: KeptCopy) -> Result<WalletRecord, Error> {
        let record = WalletRecord::from_envelope(&kept.copy.0).map_err(|_| OTHER_COPY)?;
        let share = record.active.as_ref().ok_or(OTHER_COPY)?;
        let is_expected = live.is_held(&record)
            && (record.co_signer, record.rp_id.as_str()) == (*self.co_signer, self.wrapping.rp_id())
            && kept.receipt.body.co_signer == self.co_signer.receipt
            && receipt::is_of(&kept.receipt, &share.key)
            && receipt::check(&kept.receipt).is_ok();
        if !is_expected {
            return Err(OTHER_COPY.into());
        }
        share.open(self.co_signer, self.wrapping)?;
        Ok(WalletRecord {
            pending: None,
            receipt: Some(kept.receipt),
            ..record
        })
    }
}

const OTHER_COPY: Fault = Fault::Content("the copy that it kept is of something else");
