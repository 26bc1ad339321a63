//! A new pairing for a device whose own was burnt or lost.

use mpc::{PairingId, WalletId};

use super::{OVER, OpenShare, Session};
use crate::{
    Error,
    exchange::Caller,
    host::{Cancel, Host, ShareStore, Write},
    pairing,
    vault::{self, PairingRecord, Vault},
};

impl<H: Host> Session<H> {
    /// Whether the wallet's pairing is open, or it signs without.
    pub(super) fn is_paired(&self, wallet: WalletId) -> Result<bool, Error> {
        self.with_share(wallet, |open, held| {
            Ok(!held.needs_pairing() || open.pairing_of(held).is_some())
        })
    }

    /// Gives a burnt pairing up, here and on the device: the next signature makes another, in whatever page.
    pub(super) async fn discard(&self, burnt: PairingId) {
        if let Some(open) = &mut *self.open.borrow_mut() {
            open.pairings.retain(|pairing| pairing.id() != burnt);
        }
        // A device that keeps it finds out once more that it is burnt.
        if let Ok(vault) = Vault::read(self.host()).await
            && let Some(change) = vault.without_pairing(burnt)
        {
            let _ = self.host().store().write(Write::Sweep, &[change]).await;
        }
    }

    /// Makes a new pairing for every wallet that is without one, and keeps it on the device.
    pub(super) async fn pair(&self, wallet: WalletId, cancel: &Cancel) -> Result<(), Error> {
        let _turn = self.renewal.lock().await;
        if self.is_paired(wallet)? {
            return Ok(());
        }
        let sender = self.open.borrow().as_ref().ok_or(OVER)?.sender.clone();
        let made = pairing::agree(self.host(), &self.co_signer, Caller::Session(&sender), cancel).await?;
        let id = made.id();
        let mut served = Vec::new();
        let record = {
            let mut open = self.open.borrow_mut();
            let open = open.as_mut().ok_or(OVER)?;
            let record = PairingRecord::new(&made, &self.co_signer, &open.wrapping)?;
            let held: Vec<_> = open.pairings.iter().map(|pairing| Some(pairing.id())).collect();
            let without = |share: &&mut OpenShare| share.needs_pairing() && !held.contains(&share.pairing);
            for share in open.shares.iter_mut().filter(without) {
                share.pairing = Some(id);
                served.push(share.share.info().clone());
            }
            open.pairings.push(made);
            record
        };
        // A device that does not keep it pairs again next time: this session signs either way.
        let _ = self.keep(&record, &served, cancel).await;
        Ok(())
    }

    async fn keep(&self, pairing: &PairingRecord, served: &[mpc::KeyInfo], cancel: &Cancel) -> Result<(), Error> {
        let host = self.host();
        let _held = vault::hold(host, served.iter().map(|key| key.wallet), cancel).await?;
        let vault = Vault::read(host).await?;
        let mut changes = vec![vault.with_pairing(pairing)];
        for key in served {
            if let Some(mut record) = vault.wallet(key.wallet)?
                && let Some(share) = record.active.as_mut().filter(|share| share.key == *key)
            {
                share.pairing = Some(pairing.pairing);
                changes.push(vault.with_wallet(key.wallet, &record));
            }
        }
        host.store().write(Write::Pair, &changes).await?;
        vault::sweep(host).await;
        Ok(())
    }
}
