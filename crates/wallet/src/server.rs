//! The back end's side: makes wallets, signs before the claim, hands over.

use std::rc::Rc;

use mpc::{Digest, Signature};
use wire::{ClaimantId, CoSignerIdentity};
use zeroize::Zeroizing;

use crate::{
    Error, WalletInfo,
    host::{Cancel, Host},
};

/// A back end, connected to its co-signer.
pub struct Server<H: Host> {
    host: Rc<H>,
}

/// What a wallet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletType {
    /// Ethereum and its kin: ECDSA over secp256k1.
    Evm,
}

/// A new wallet.
pub struct CreatedWallet {
    /// What is public of it.
    pub wallet: WalletInfo,
    /// The prepared share as text: to be stored encrypted.
    pub share: Zeroizing<String>,
}

/// A wallet as the co-signer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWallet {
    /// What is public of it.
    pub wallet: WalletInfo,
    /// Whether its user has claimed it.
    pub is_claimed: bool,
    /// Unix seconds.
    pub created_at: u64,
}

/// A hand-off: both texts go to the browser whose key they were sealed for.
pub struct SealedHandOff {
    /// The shares, readable by that browser only.
    pub share: String,
    /// The ticket that lets that browser claim them, once.
    pub ticket: String,
}

/// A prepared share in use. Erased when dropped.
pub struct ShareHandle<H: Host> {
    _host: std::marker::PhantomData<H>,
}

impl<H: Host> Server<H> {
    /// Asks the co-signer who it is; with `expected`, any other is refused.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn connect(
        host: Rc<H>,
        api_key: Zeroizing<String>,
        expected: Option<CoSignerIdentity>,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        todo!()
    }

    /// The co-signer's identity, to be pinned.
    pub fn identity(&self) -> &CoSignerIdentity {
        todo!()
    }

    /// Makes a wallet for someone who has not arrived yet.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_wallet(
        &self,
        wallet_type: WalletType,
        claimant: ClaimantId,
        cancel: &Cancel,
    ) -> Result<CreatedWallet, Error> {
        todo!()
    }

    /// Whether there is a wallet for a claimant.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn has_wallet(&self, claimant: ClaimantId, cancel: &Cancel) -> Result<bool, Error> {
        todo!()
    }

    /// The wallets of a claimant, oldest first.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn get_wallets(&self, claimant: ClaimantId, cancel: &Cancel) -> Result<Vec<ListedWallet>, Error> {
        todo!()
    }

    /// Takes a prepared share into use.
    ///
    /// # Errors
    /// [`Error::Share`], [`Error::Version`].
    pub fn with_share(&self, share: Zeroizing<String>) -> Result<ShareHandle<H>, Error> {
        todo!()
    }

    /// Seals prepared shares of one claimant to one browser, and signs the ticket that lets it claim them.
    ///
    /// `browser` is the text of [`Kit::public_key_text`](crate::Kit::public_key_text); the ticket is good for `ttl` seconds,
    /// 600 where none is given.
    ///
    /// # Errors
    /// [`Error::Share`], [`Error::Version`], [`Error::Argument`].
    pub fn seal_for(
        &self,
        shares: Vec<Zeroizing<String>>,
        browser: &str,
        ttl: Option<u32>,
    ) -> Result<SealedHandOff, Error> {
        todo!()
    }

    /// This process's pairing, made if there is none, sealed under a key of the caller's: 32 random bytes.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn export_pairing(&self, key: &Zeroizing<[u8; 32]>, cancel: &Cancel) -> Result<String, Error> {
        todo!()
    }

    /// Takes a pairing that [`Server::export_pairing`] gave.
    ///
    /// # Errors
    /// [`Error::Argument`] for another key, another co-signer's pairing, or damage; [`Error::Version`].
    pub async fn import_pairing(&self, key: &Zeroizing<[u8; 32]>, pairing: &str) -> Result<(), Error> {
        todo!()
    }
}

impl<H: Host> ShareHandle<H> {
    /// What is public of the wallet.
    pub fn wallet(&self) -> &WalletInfo {
        todo!()
    }

    /// Signs a 32-byte hash, before the claim. Pairs first, if this process hasn't. Never tried again by itself.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn sign(&self, digest: Digest, cancel: &Cancel) -> Result<Signature, Error> {
        todo!()
    }

    /// Gives the unclaimed wallet another claimant id; the share's new text replaces the old one.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn update_claimant_id(&self, claimant: ClaimantId, cancel: &Cancel) -> Result<CreatedWallet, Error> {
        todo!()
    }
}
