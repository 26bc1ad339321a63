//! What every step of a claim needs, and of a rotation.

use mpc::WalletId;
use wire::{CoSignerIdentity, Request, WalletType, ceremony::ClaimOffer};

use super::{Phase, Progress};
use crate::{
    Error,
    exchange::{Caller, Patience, repeat},
    host::{Cancel, Host},
};

/// A claim under way, up to its commit.
pub(crate) struct Ceremony<'a, H: Host> {
    pub(crate) host: &'a H,
    pub(crate) caller: Caller<'a, H>,
    pub(crate) co_signer: &'a CoSignerIdentity,
    /// What the co-signer said.
    pub(crate) offer: &'a ClaimOffer,
    /// The hash of all that the claim is about.
    pub(crate) transcript: &'a [u8; 32],
    /// The wallets, in the transcript's order, and what each is for.
    pub(crate) wallets: Vec<(WalletId, WalletType)>,
    pub(crate) cancel: &'a Cancel,
    pub(crate) progress: &'a dyn Fn(Progress),
}

impl<H: Host> Ceremony<'_, H> {
    /// Tells how far the claim has come.
    pub(super) fn report(&self, phase: Phase, step: u32, of: u32) {
        (self.progress)(Progress { phase, step, of });
    }

    /// Sends a request of this claim that signs: once, but for turns that it waits where the co-signer is too busy to look at it.
    pub(super) async fn call<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        self.repeat(request, Patience::SIGNS).await
    }

    /// Sends a request of this claim that may be answered once, and waits its turn where the co-signer is too busy.
    pub(super) async fn queue<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        self.repeat(request, Patience::QUEUES.for_a_claim()).await
    }

    /// Sends a request of this claim that is answered alike each time.
    pub(super) async fn insist<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        self.repeat(request, Patience::INSISTS.for_a_claim()).await
    }

    async fn repeat<R: Request>(&self, request: &R, patience: Patience) -> Result<R::Answer, Error> {
        repeat((self.host, self.co_signer, self.caller), request, self.cancel, patience).await
    }
}
