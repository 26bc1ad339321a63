//! A prepared share in use by a back end.

use std::rc::Rc;

use mpc::{RunId, Scheme, Signature, pairing::ClientPairing};
use rand_core::OsRng;
use wire::{
    ClaimantId,
    ceremony::Sign,
    control::{UPDATE_CLAIMANT, UpdateClaimant, WalletRecord},
};

use super::{CreatedWallet, Inner, claimant_id};
use crate::{
    Error, WalletInfo,
    exchange::{Caller, Patience, post, repeat},
    host::{Cancel, Host},
    pairing::is_burnt_by,
    payload::{self, Payload},
    prepared::Prepared,
};

/// A prepared share in use. Erased when dropped.
pub struct ShareHandle<H: Host> {
    pub(super) server: Rc<Inner<H>>,
    pub(super) prepared: Prepared,
}

impl<H: Host> ShareHandle<H> {
    /// What is public of the wallet.
    pub fn wallet(&self) -> &WalletInfo {
        &self.prepared.info
    }

    /// Signs a payload of the wallet's scheme, before the claim. For ECDSA it pairs first, if this process hasn't.
    ///
    /// # Errors
    /// Any [`Error`]: [`Error::Argument`] for a payload that the scheme doesn't sign, before anything is sent. After
    /// [`ErrorCode::PairingBurnt`](crate::ErrorCode::PairingBurnt) the next call pairs anew.
    ///
    /// Of signatures that are asked for at once 32 are under way, the others wait here. Where the co-signer is too busy to look at one, it is
    /// sent again when the co-signer says.
    ///
    /// # Security
    /// A signature that failed is never tried again by itself: each try at a corrupted pairing gives something away.
    pub async fn sign(&self, payload: Payload, cancel: &Cancel) -> Result<Signature, Error> {
        payload.check(self.prepared.share.info())?;
        let pairing = match self.prepared.info.scheme() {
            Scheme::EcdsaSecp256k1 => Some(self.server.pairing.get(&self.server, cancel).await?),
            Scheme::EddsaEd25519 => None,
        };
        let signed = self.sign_with(pairing.as_deref(), payload, cancel).await;
        if let Some(pairing) = pairing
            && signed.as_ref().is_err_and(is_burnt_by)
        {
            self.server.pairing.discard(pairing.id()).await;
        }
        signed
    }

    async fn sign_with(
        &self,
        pairing: Option<&ClientPairing>,
        payload: Payload,
        cancel: &Cancel,
    ) -> Result<Signature, Error> {
        let _lane = self.server.lanes.enter().await;
        let run = RunId::random(&mut OsRng);
        let (awaiting, query) = payload::ask(&self.prepared.share, pairing, run, payload)?;
        let request = Sign {
            wallet: self.prepared.info.id,
            epoch: self.prepared.info.epoch,
            run,
            query,
        };
        let caller = Caller::ApiKey(self.server.api_key.header());
        let to = &self.server.identity;
        let answer = repeat((&*self.server.host, to, caller), &request, cancel, Patience::SIGNS).await?;
        awaiting.finish(answer)
    }

    /// Gives the unclaimed wallet another claimant id; the share's new text replaces the old one.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn update_claimant_id(&self, claimant: ClaimantId, cancel: &Cancel) -> Result<CreatedWallet, Error> {
        let to = claimant_id(claimant)?;
        let question = UpdateClaimant {
            wallet_id: self.prepared.info.id_text(),
            from: self.prepared.claimant.clone(),
            to: to.clone(),
        };
        let authorization = self.server.api_key.header();
        let moved: WalletRecord = post(&*self.server.host, UPDATE_CLAIMANT, authorization, &question, cancel).await?;
        if moved.wallet_id != question.wallet_id {
            return Err(Error::Unreachable("the co-signer answered about another wallet"));
        }
        Ok(CreatedWallet {
            wallet: self.prepared.info.clone(),
            share: self.prepared.to_text_for(to),
        })
    }
}
