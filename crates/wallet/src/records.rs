//! What this browser's own records say of the wallets that open together: by these a page judges what another page tells of a session.

use std::{cell::RefCell, rc::Rc};

use mpc::{Signature, WalletId};
use wire::{CoSignerIdentity, ErrorCode};

use crate::{
    Error, Payload, Wallet, WalletInfo,
    host::{Host, Passkeys},
    kit,
    vault::{Vault, WalletRecord},
};

/// A wallet, and the others of its co-signer that this browser holds, as they were when it was asked for them.
pub struct Records<H: Host> {
    kit: Rc<kit::Inner<H>>,
    co_signer: CoSignerIdentity,
    known: RefCell<Vec<WalletInfo>>,
}

impl<H: Host> Wallet<H> {
    /// This wallet, first, and the others of its co-signer that this browser holds: what judges another page's session.
    ///
    /// # Errors
    /// [`Error::Passkey`] where this page could not unlock by itself; [`Error::Storage`].
    ///
    /// # Security
    /// A page in a frame of another origin is refused: with another page's session it would sign what somebody else's page has it click.
    pub async fn records(&self) -> Result<Records<H>, Error> {
        self.kit.host.passkeys().check().await?;
        let records = Records {
            kit: self.kit.clone(),
            co_signer: self.record.co_signer,
            known: RefCell::new(vec![self.info.clone()]),
        };
        let stored = records.stored().await?;
        let others = stored.into_iter().filter(|info| info.id != self.info.id);
        records.known.borrow_mut().extend(others);
        records.look().await?;
        Ok(records)
    }
}

impl<H: Host> Records<H> {
    /// The wallets, the one that they were asked for by first.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        self.known.borrow().clone()
    }

    /// Reads again what is stored: another page may have changed the shares.
    ///
    /// # Errors
    /// [`Error::Storage`].
    ///
    /// # Security
    /// Epochs grow; keys stay what they were, and no wallet is added: other scripts of the origin write the same storage.
    pub async fn look(&self) -> Result<(), Error> {
        let stored = self.stored().await?;
        for known in self.known.borrow_mut().iter_mut() {
            let next = stored.iter().find(|info| info.is_later(known));
            if let Some(next) = next {
                *known = next.clone();
            }
        }
        Ok(())
    }

    /// Takes a signature of another page's making: 65 bytes of ECDSA, r ‖ s ‖ 27 + recovery id, or 64 of Ed25519.
    ///
    /// # Errors
    /// Of code `wallet_not_found` for another wallet; [`Error::Argument`] for a payload that its scheme does not sign; [`Error::Misbehaved`]
    /// for what is no signature of the payload under its key, or the child's at its path.
    pub fn verify(&self, wallet: WalletId, payload: &Payload, signature: &[u8]) -> Result<Signature, Error> {
        let known = self.known.borrow();
        let info = known.iter().find(|info| info.id == wallet).ok_or(NOT_KNOWN)?;
        payload.verified(info.key().ok_or(NOT_KNOWN)?, signature)
    }

    async fn stored(&self) -> Result<Vec<WalletInfo>, Error> {
        let records = Vault::read(&*self.kit.host).await?.readable_wallets();
        let ours = records.iter().filter(|record| record.co_signer == self.co_signer);
        Ok(ours.filter_map(info).collect())
    }
}

fn info(record: &WalletRecord) -> Option<WalletInfo> {
    let share = record.active.as_ref()?;
    WalletInfo::of(share.wallet_type, &share.key)
}

const NOT_KNOWN: Error = Error::State {
    code: ErrorCode::WalletNotFound,
    message: "this browser does not hold the wallet that is to sign",
};
