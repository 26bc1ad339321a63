//! Seal: the next shares and the pairing, sealed to the passkey, stored, read back and opened.

use mpc::{KeyInfo, WalletId};
use wire::CoSignerIdentity;

use super::{Phase, ceremony::Ceremony, enrolment::Enrolment, rotation::Rotation};
use crate::{
    Error,
    host::{Host, Passkeys, Record, ShareStore, StoreError},
    vault::{self, PairingRecord, SealedShare, Vault, WalletRecord, same_share},
};

/// What was stored for a claim, and what stood there before.
pub(super) struct Custody {
    /// The keys of the next shares, in the ticket's order.
    pub(super) keys: Vec<KeyInfo>,
    before: Vec<(WalletId, Option<Record>)>,
}

impl Custody {
    /// Stores everything, or nothing.
    pub(super) async fn take<H: Host>(
        ceremony: &Ceremony<'_, H>,
        enrolment: &Enrolment,
        rotation: &Rotation,
    ) -> Result<Self, Error> {
        ceremony.report(Phase::Seal, 0, 1);
        let (host, wrapping) = (ceremony.host(), &enrolment.wrapping);
        let vault = Vault::read(host).await?;
        let mut custody = Self {
            keys: Vec::new(),
            before: Vec::new(),
        };
        let mut records = Vec::new();
        if let Some(pairing) = &rotation.pairing {
            records.push(vault::pairing_entry(&PairingRecord::new(
                pairing,
                ceremony.co_signer,
                wrapping,
            )?));
        }
        for (prepared, share) in ceremony.prepared.iter().zip(&rotation.shares) {
            let (wallet, wallet_type) = (prepared.info.id, prepared.info.wallet_type);
            let claim = ceremony.offer.terms.claim;
            let pairing = rotation.pairing_of(share);
            let sealed = SealedShare::new(wallet_type, share, claim, pairing, ceremony.co_signer, wrapping)?;
            // What can't be read any more is of no use to anybody: it is replaced.
            let active = vault.wallet(wallet).ok().flatten().and_then(|record| record.active);
            let record = WalletRecord {
                co_signer: *ceremony.co_signer,
                rp_id: ceremony.offer.terms.rp_id.clone(),
                active,
                pending: Some(sealed),
                receipt: None,
            };
            records.push(vault::wallet_entry(wallet, &record));
            custody.keys.push(share.info().clone());
            custody.before.push((wallet, vault.raw(wallet)));
        }
        let kept = match host.store().put(&records).await {
            Ok(()) => read_back(host, ceremony.co_signer, enrolment, rotation).await,
            Err(error) => Err(error.into()),
        };
        match kept {
            Ok(()) => {
                ceremony.report(Phase::Seal, 1, 1);
                Ok(custody)
            }
            Err(error) => {
                custody.undo(host).await;
                Err(error)
            }
        }
    }

    /// Puts back what stood there before, as far as that can be done: a pending share that nothing will ever promote does no harm.
    pub(super) async fn undo<H: Host>(&self, host: &H) {
        let before: Vec<_> = self.before.iter().filter_map(|(_, record)| record.clone()).collect();
        let new: Vec<_> = self
            .before
            .iter()
            .filter(|(_, record)| record.is_none())
            .map(|(wallet, _)| vault::wallet_key(*wallet))
            .collect();
        let _ = host.store().put(&before).await;
        let _ = host.store().delete(&new).await;
        vault::sweep(host).await;
    }
}

/// Opens what the store now holds, with the keys that the passkey gave.
async fn read_back<H: Host>(
    host: &H,
    co_signer: &CoSignerIdentity,
    enrolment: &Enrolment,
    rotation: &Rotation,
) -> Result<(), Error> {
    let vault = Vault::read(host).await?;
    let lost = || Error::Storage(StoreError::NotKept);
    if let Some(pairing) = &rotation.pairing {
        let record = vault.pairing(pairing.id()).ok().flatten().ok_or_else(lost)?;
        record.open(co_signer, &enrolment.wrapping).map_err(|_| lost())?;
    }
    for share in &rotation.shares {
        let record = vault.wallet(share.info().wallet).ok().flatten().ok_or_else(lost)?;
        let sealed = record.share_of(share.info()).ok_or_else(lost)?;
        let opened = sealed.open(co_signer, &enrolment.wrapping).map_err(|_| lost())?;
        if !same_share(&opened, share) {
            return Err(lost());
        }
    }
    Ok(())
}

/// Gives up what a claim that will not be committed has made on this device.
pub(super) async fn give_up<H: Host>(host: &H, rp_id: &str, credential: &[u8], custody: Option<&Custody>) {
    if let Some(custody) = custody {
        custody.undo(host).await;
    }
    host.passkeys().forget(rp_id, credential).await;
}
