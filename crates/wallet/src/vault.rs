//! What this browser holds: shares and pairings sealed to passkeys, in the host's store.

mod key;
mod record;

use mpc::{KeyInfo, PairingId, WalletId};
use wire::{DecodeError, Envelope, Receipt};

pub(crate) use self::{
    key::WrappingKey,
    record::{HandleRecord, PairingRecord, SealedShare, Sealing, WalletRecord, same_share},
};
use crate::{
    Error, Fault,
    host::{Cancel, Change, Host, Record, ShareStore, StoreError, Write},
    text,
};

/// What the keys of wallet records start with.
const WALLET: &str = "wallet/";
/// What the keys of pairing records start with.
const PAIRING: &str = "pairing/";
/// What the keys of handle records start with.
const HANDLE: &str = "handle/";

/// The key of a wallet's record, and the name to hold while it is changed.
fn wallet_key(wallet: WalletId) -> String {
    format!("{WALLET}{}", text::encode(&wallet.0))
}

fn pairing_key(pairing: PairingId) -> String {
    format!("{PAIRING}{}", text::encode(&pairing.0))
}

fn handle_key(wallet: WalletId) -> String {
    format!("{HANDLE}{}", text::encode(&wallet.0))
}

/// Everything in the store, as it was at one moment. A change that it makes holds only as long as the record is what it was then.
pub(crate) struct Vault(Vec<Record>);

impl Vault {
    /// Reads the store.
    pub(crate) async fn read<H: Host>(host: &H) -> Result<Self, Error> {
        Ok(Self(host.store().list().await?))
    }

    /// The record of a wallet, if there is one.
    pub(crate) fn wallet(&self, wallet: WalletId) -> Result<Option<WalletRecord>, Error> {
        self.get(&wallet_key(wallet))
    }

    /// The same, but none where the record is damaged: what can't be read any more is of no use to anybody, and may be replaced. One of
    /// a newer release is not damaged.
    pub(crate) fn readable_wallet(&self, wallet: WalletId) -> Result<Option<WalletRecord>, Error> {
        match self.wallet(wallet) {
            Err(DAMAGED) => Ok(None),
            read => read,
        }
    }

    /// The record of a pairing, if there is one.
    pub(crate) fn pairing(&self, pairing: PairingId) -> Result<Option<PairingRecord>, Error> {
        self.get(&pairing_key(pairing))
    }

    /// The user handle that was kept for a wallet, if one was.
    pub(crate) fn handle(&self, wallet: WalletId) -> Result<Option<HandleRecord>, Error> {
        self.get(&handle_key(wallet))
    }

    /// The records of all wallets, in the order of their ids' text.
    pub(crate) fn wallets(&self) -> Result<Vec<WalletRecord>, Error> {
        let records = self.0.iter().filter(|record| record.key.starts_with(WALLET));
        let records = ordered(records.map(|record| (&record.key, &record.bytes)));
        records.into_iter().map(|(_, bytes)| read_envelope(bytes)).collect()
    }

    /// The same, without those that can't be read, damaged or of a newer release: they keep nobody from the others.
    pub(crate) fn readable_wallets(&self) -> Vec<WalletRecord> {
        let records = self.0.iter().filter(|record| record.key.starts_with(WALLET));
        let records = ordered(records.map(|record| (&record.key, &record.bytes)));
        records
            .into_iter()
            .filter_map(|(_, bytes)| read_envelope(bytes).ok())
            .collect()
    }

    /// Puts a wallet's record in the place of what stands there.
    pub(crate) fn with_wallet(&self, wallet: WalletId, record: &WalletRecord) -> Change {
        self.change(wallet_key(wallet), Some(record.to_envelope().to_vec()))
    }

    /// Puts a pairing's record in the place of what stands there.
    pub(crate) fn with_pairing(&self, record: &PairingRecord) -> Change {
        self.change(pairing_key(record.pairing), Some(record.to_envelope().to_vec()))
    }

    /// Puts a user handle in the place of what stands there.
    pub(crate) fn with_handle(&self, wallet: WalletId, record: &HandleRecord) -> Change {
        self.change(handle_key(wallet), Some(record.to_envelope().to_vec()))
    }

    /// Takes a wallet's record away.
    pub(crate) fn without_wallet(&self, wallet: WalletId) -> Change {
        self.change(wallet_key(wallet), None)
    }

    /// Takes a wallet's user handle away, if there is one.
    pub(crate) fn without_handle(&self, wallet: WalletId) -> Option<Change> {
        let key = handle_key(wallet);
        self.find(&key)?;
        Some(self.change(key, None))
    }

    /// Takes a pairing away, if it is there.
    pub(crate) fn without_pairing(&self, pairing: PairingId) -> Option<Change> {
        let key = pairing_key(pairing);
        self.find(&key)?;
        Some(self.change(key, None))
    }

    /// Takes the pairings away that no wallet refers to, and the handles of claims that have ended well.
    fn without_orphans(&self) -> Result<Vec<Change>, Error> {
        let wallets = self.wallets()?;
        let settled = wallets
            .iter()
            .filter(|record| record.active.is_some() && record.pending.is_none());
        let handles = settled.filter_map(|record| self.without_handle(record.wallet()?));
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
        let orphans = pairings.filter(|key| !used.contains(key));
        Ok(orphans
            .map(|key| self.change(key.clone(), None))
            .chain(handles)
            .collect())
    }

    fn find(&self, key: &str) -> Option<&Record> {
        self.0.iter().find(|record| record.key == key)
    }

    fn get<T: Envelope>(&self, key: &str) -> Result<Option<T>, Error> {
        self.find(key).map(|record| read_envelope(&record.bytes)).transpose()
    }

    fn change(&self, key: String, bytes: Option<Vec<u8>>) -> Change {
        Change {
            replaces: self.find(&key).map_or(0, |record| record.generation),
            key,
            bytes,
        }
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

/// Holds a wallet, unless another page does.
pub(crate) async fn try_hold<H: Host>(
    host: &H,
    wallet: WalletId,
) -> Result<Option<<H::Store as ShareStore>::Held>, Error> {
    Ok(host.store().try_hold(&wallet_key(wallet)).await?)
}

/// Takes pending shares back: what is left of a wallet is its live share, or nothing.
pub(crate) async fn roll_back<H: Host>(host: &H, keys: &[KeyInfo]) -> Result<(), Error> {
    let vault = Vault::read(host).await?;
    let mut changes = Vec::new();
    for key in keys {
        if let Some(mut record) = vault.wallet(key.wallet)?
            && record.pending.take_if(|share| share.key == *key).is_some()
        {
            changes.push(match record.active {
                Some(_) => vault.with_wallet(key.wallet, &record),
                None => vault.without_wallet(key.wallet),
            });
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    host.store().write(Write::RollBack, &changes).await?;
    sweep(host).await;
    Ok(())
}

/// A claim's end, for one wallet.
pub(crate) struct Committed {
    /// The key that lives.
    pub(crate) key: KeyInfo,
    /// Its receipt.
    pub(crate) receipt: Receipt,
    /// What to put in the place of a record that the browser has deleted meanwhile.
    pub(crate) copy: Option<WalletRecord>,
}

/// Makes pending shares the wallets'; the handles of their passkeys are done with.
pub(crate) async fn promote<H: Host>(host: &H, committed: &[Committed]) -> Result<(), Error> {
    let vault = Vault::read(host).await?;
    let mut changes = Vec::new();
    for Committed { key, receipt, copy } in committed {
        let stored = vault.wallet(key.wallet)?.or_else(|| copy.clone());
        let mut record = stored.ok_or(Error::Storage(StoreError::NotKept))?;
        record.promote(key);
        let lives = record.active.as_ref().map(|share| &share.key);
        if lives.is_some_and(|lives| lives.epoch > key.epoch) {
            continue;
        }
        if lives != Some(key) {
            record = copy.clone().ok_or(Error::Storage(StoreError::NotKept))?;
        }
        record.receipt = Some(receipt.clone());
        changes.push(vault.with_wallet(key.wallet, &record));
        changes.extend(vault.without_handle(key.wallet));
    }
    host.store().write(Write::Promote, &changes).await?;
    sweep(host).await;
    Ok(())
}

/// Keeps what the co-signer had kept, where this browser holds nothing of a wallet, or only of an earlier epoch or of earlier passkeys.
pub(crate) async fn restore<H: Host>(host: &H, records: &[WalletRecord], cancel: &Cancel) -> Result<(), Error> {
    let wallets = records.iter().filter_map(WalletRecord::wallet);
    let _held = hold(host, wallets, cancel).await?;
    restore_held(host, records).await
}

/// The same for wallets whose names the caller holds.
pub(crate) async fn restore_held<H: Host>(host: &H, records: &[WalletRecord]) -> Result<(), Error> {
    let vault = Vault::read(host).await?;
    let mut changes = Vec::new();
    for record in records {
        let Some(found) = &record.active else { continue };
        let stored = vault.readable_wallet(found.wallet())?;
        // What is pending, and is not what lives, never will.
        let held = stored.and_then(|stored| stored.active);
        if held.as_ref().is_some_and(|held| !same_wallet(&held.key, &found.key)) {
            return Err(OTHER_KEY.into());
        }
        let age = |share: &SealedShare| (share.key.epoch, share.passkeys.revision);
        if held.is_none_or(|held| age(&held) < age(found)) {
            changes.push(vault.with_wallet(found.wallet(), record));
        }
    }
    if !changes.is_empty() {
        host.store().write(Write::Restore, &changes).await?;
    }
    Ok(())
}

/// Puts what is sealed to other passkeys than before in the place of the share that it is of. Where another epoch stands meanwhile, nothing.
pub(crate) async fn relist<H: Host>(host: &H, shares: &[SealedShare]) -> Result<(), Error> {
    let vault = Vault::read(host).await?;
    let mut changes = Vec::new();
    for next in shares {
        if let Some(mut stored) = vault.wallet(next.wallet())?
            && stored.active.as_ref().is_some_and(|share| share.key == next.key)
        {
            stored.active = Some(next.clone());
            changes.push(vault.with_wallet(next.wallet(), &stored));
        }
    }
    if !changes.is_empty() {
        host.store().write(Write::Passkeys, &changes).await?;
    }
    Ok(())
}

/// Deletes what is of no use any more. That it stays longer does no harm: it may fail.
pub(crate) async fn sweep<H: Host>(host: &H) {
    if let Ok(vault) = Vault::read(host).await
        && let Ok(orphans) = vault.without_orphans()
        && !orphans.is_empty()
    {
        let _ = host.store().write(Write::Sweep, &orphans).await;
    }
}

/// Whether two shares are of one wallet: its key is the same in every epoch.
pub(crate) fn same_wallet(one: &KeyInfo, other: &KeyInfo) -> bool {
    let named = |key: &KeyInfo| {
        (
            key.wallet,
            key.scheme,
            key.key_id,
            key.chain_code,
            key.public_key().ok(),
        )
    };
    named(one) == named(other)
}

/// A wallet's key never changes: whoever names another shows an address that is not this person's.
pub(crate) const OTHER_KEY: Fault = Fault::Content("it names another key for a wallet than this browser holds");

/// What a record that doesn't read or open means to the caller.
pub(crate) const DAMAGED: Error =
    Error::Share("what this device holds of the wallet is damaged: restore it with its passkey");

fn read_envelope<T: Envelope>(bytes: &[u8]) -> Result<T, Error> {
    T::from_envelope(bytes).map_err(|error| match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => DAMAGED,
    })
}
