//! Seal: the next shares and the pairing, sealed to the passkey, stored, read back and opened.

use mpc::KeyInfo;
use wire::{CoSignerIdentity, Envelope, PasskeySet, ceremony::SealedCopy};

use super::{Phase, ceremony::Ceremony, rotation::Rotation};
use crate::{
    Error,
    host::{Host, Passkeys, ShareStore, StoreError, Write},
    vault::{self, PairingRecord, SealedShare, Sealing, Vault, WalletRecord, WrappingKey, same_share},
};

/// What was stored for a claim.
pub(crate) struct Custody {
    /// The keys of the next shares, in the transcript's order.
    pub(super) keys: Vec<KeyInfo>,
    /// The wallets' records as they will be once the claim is committed, in the same order.
    pub(super) records: Vec<WalletRecord>,
}

impl Custody {
    /// Stores everything, or nothing. `passkeys`: whom each wallet's share is sealed to, in the transcript's order; the one whose keys these are
    /// is among them.
    pub(crate) async fn take<H: Host>(
        ceremony: &Ceremony<'_, H>,
        (wrapping, passkeys): (&WrappingKey, &[PasskeySet]),
        rotation: &Rotation,
    ) -> Result<Self, Error> {
        ceremony.report(Phase::Seal, 0, 1);
        let host = ceremony.host;
        let vault = Vault::read(host).await?;
        let (mut keys, mut records, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(pairing) = &rotation.pairing {
            let record = PairingRecord::new(pairing, ceremony.co_signer, wrapping)?;
            changes.push(vault.with_pairing(&record));
        }
        let shares = rotation.shares.iter().zip(passkeys);
        for ((wallet, wallet_type), (share, passkeys)) in ceremony.wallets.iter().copied().zip(shares) {
            let sealing = Sealing {
                wallet_type,
                claim: ceremony.offer.claim,
                pairing: rotation.pairing_of(share),
                co_signer: ceremony.co_signer,
                rp_id: &ceremony.offer.rp_id,
                passkeys: passkeys.clone(),
            };
            let sealed = SealedShare::new(share, sealing)?;
            let stored = vault.readable_wallet(wallet)?;
            // Every earlier claim has ended: what is pending is another page's, which has taken this one's names.
            if stored.as_ref().is_some_and(|stored| stored.pending.is_some()) {
                return Err(StoreError::Changed.into());
            }
            let record = WalletRecord {
                co_signer: *ceremony.co_signer,
                rp_id: ceremony.offer.rp_id.clone(),
                receipt: stored.as_ref().and_then(|stored| stored.receipt.clone()),
                active: stored.and_then(|stored| stored.active),
                pending: Some(sealed),
            };
            changes.push(vault.with_wallet(wallet, &record));
            keys.push(share.info().clone());
            records.push(WalletRecord {
                active: record.pending,
                pending: None,
                receipt: None,
                ..record
            });
        }
        let kept = match host.store().write(Write::Seal, &changes).await {
            Ok(()) => read_back(host, ceremony.co_signer, wrapping, rotation).await,
            Err(error) => Err(error.into()),
        };
        let custody = Self { keys, records };
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

    /// What the co-signer keeps of them.
    pub(crate) fn copies(&self) -> Vec<SealedCopy> {
        let copies = self
            .records
            .iter()
            .map(|record| SealedCopy(record.to_envelope().to_vec()));
        copies.collect()
    }

    /// Takes it back, as far as that can be done: a pending share that nothing will ever promote does no harm.
    pub(crate) async fn undo<H: Host>(&self, host: &H) {
        let _ = vault::roll_back(host, &self.keys).await;
    }
}

/// Opens what the store now holds, with the keys that the passkey gave.
async fn read_back<H: Host>(
    host: &H,
    co_signer: &CoSignerIdentity,
    wrapping: &WrappingKey,
    rotation: &Rotation,
) -> Result<(), Error> {
    let vault = Vault::read(host).await?;
    let lost = || Error::Storage(StoreError::NotKept);
    if let Some(pairing) = &rotation.pairing {
        let record = vault.pairing(pairing.id()).ok().flatten().ok_or_else(lost)?;
        record.open(co_signer, wrapping).map_err(|_| lost())?;
    }
    for share in &rotation.shares {
        let record = vault.wallet(share.info().wallet).ok().flatten().ok_or_else(lost)?;
        let sealed = record.share_of(share.info()).ok_or_else(lost)?;
        let opened = sealed.open(co_signer, wrapping).map_err(|_| lost())?;
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
