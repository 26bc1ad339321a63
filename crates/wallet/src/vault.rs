//! What this browser holds: shares and pairings sealed to passkeys, in the host's store.

mod key;
mod record;

use mpc::{PairingId, WalletId};
use wire::{DecodeError, Envelope};

pub(crate) use self::{
    key::WrappingKey,
    record::{PairingRecord, SealedShare, WalletRecord, same_share},
};
use crate::{
    Error,
    host::{Cancel, Host, Record, ShareStore},
    text,
};

/// What the keys of wallet records start with.
const WALLET: &str = "wallet/";
/// What the keys of pairing records start with.
const PAIRING: &str = "pairing/";

/// The key of a wallet's record, and the name to hold while it is changed.
pub(crate) fn wallet_key(wallet: WalletId) -> String {
    format!("{WALLET}{}", text::encode(&wallet.0))
}

fn pairing_key(pairing: PairingId) -> String {
    format!("{PAIRING}{}", text::encode(&pairing.0))
}

/// Everything in the store, as it was at one moment.
pub(crate) struct Vault(Vec<Record>);

impl Vault {
    /// Reads the store.
    pub(crate) async fn read<H: Host>(host: &H) -> Result<Self, Error> {
        Ok(Self(host.store().list().await?))
    }

    /// The record of a wallet, if there is one.
    pub(crate) fn wallet(&self, wallet: WalletId) -> Result<Option<WalletRecord>, Error> {
        self.bytes(&wallet_key(wallet)).map(read_envelope).transpose()
    }

    /// The record of a pairing, if there is one.
    pub(crate) fn pairing(&self, pairing: PairingId) -> Result<Option<PairingRecord>, Error> {
        self.bytes(&pairing_key(pairing)).map(read_envelope).transpose()
    }

    /// The records of all wallets, in the order of their ids' text.
    pub(crate) fn wallets(&self) -> Result<Vec<WalletRecord>, Error> {
        let records = self.0.iter().filter(|record| record.key.starts_with(WALLET));
        let records = ordered(records.map(|record| (&record.key, &record.bytes)));
        records.into_iter().map(|(_, bytes)| read_envelope(bytes)).collect()
    }

    /// The raw record of a wallet: what to put back if a change is given up.
    pub(crate) fn raw(&self, wallet: WalletId) -> Option<Record> {
        let key = wallet_key(wallet);
        self.0.iter().find(|record| record.key == key).cloned()
    }

    /// The keys of pairings that no wallet refers to.
    fn orphans(&self) -> Result<Vec<String>, Error> {
        let wallets = self.wallets()?;
        let used: Vec<_> = wallets
            .iter()
            .flat_map(|record| record.active.iter().chain(&record.pending))
            .filter_map(|share| share.pairing.map(pairing_key))
            .collect();
        let pairings = self
            .0
            .iter()
            .map(|record| &record.key)
            .filter(|key| key.starts_with(PAIRING));
        Ok(pairings.filter(|key| !used.contains(key)).cloned().collect())
    }

    fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|record| record.key == key)
            .map(|record| record.bytes.as_slice())
    }
}

/// A wallet's record as the store takes it.
pub(crate) fn wallet_entry(wallet: WalletId, record: &WalletRecord) -> Record {
    Record {
        key: wallet_key(wallet),
        bytes: record.to_envelope().to_vec(),
    }
}

/// A pairing's record as the store takes it.
pub(crate) fn pairing_entry(record: &PairingRecord) -> Record {
    Record {
        key: pairing_key(record.pairing),
        bytes: record.to_envelope().to_vec(),
    }
}

/// Puts a few things in order. Not by the standard library's sort, which weighs 3 kB in every page for each type.
fn ordered<T: Ord>(things: impl Iterator<Item = T>) -> Vec<T> {
    things.fold(Vec::new(), |mut ordered, thing| {
        ordered.insert(ordered.partition_point(|other| *other < thing), thing);
        ordered
    })
}

/// Holds wallets against other pages, until dropped. In the order of their ids, so that no two wait for each other.
pub(crate) async fn hold<H: Host>(
    host: &H,
    wallets: impl Iterator<Item = WalletId>,
    cancel: &Cancel,
) -> Result<Vec<<H::Store as ShareStore>::Held>, Error> {
    let wallets = ordered(wallets);
    let mut held = Vec::with_capacity(wallets.len());
    for wallet in wallets {
        held.push(host.store().hold(&wallet_key(wallet), cancel).await?);
    }
    Ok(held)
}

/// Deletes the pairings that no wallet refers to any more. That one stays longer does no harm: it may fail.
pub(crate) async fn sweep<H: Host>(host: &H) {
    if let Ok(vault) = Vault::read(host).await
        && let Ok(orphans) = vault.orphans()
        && !orphans.is_empty()
    {
        let _ = host.store().delete(&orphans).await;
    }
}

/// What a record that doesn't read or open means to the caller.
pub(crate) const DAMAGED: Error = Error::Share("what this device holds of the wallet is damaged");

fn read_envelope<T: Envelope>(bytes: &[u8]) -> Result<T, Error> {
    T::from_envelope(bytes).map_err(|error| match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => DAMAGED,
    })
}
