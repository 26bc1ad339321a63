//! What every step of a claim needs.

use wire::{CoSignerIdentity, Request};

use super::{Phase, Progress, offer::Offer};
use crate::{
    Error,
    exchange::{Caller, call, insist, queue},
    host::{Cancel, Host},
    kit,
    prepared::Prepared,
};

/// A claim under way, up to its commit.
pub(super) struct Ceremony<'a, H> {
    pub(super) kit: &'a kit::Inner<H>,
    pub(super) co_signer: &'a CoSignerIdentity,
    pub(super) offer: &'a Offer,
    /// The prepared shares, in the ticket's order.
    pub(super) prepared: Vec<&'a Prepared>,
    pub(super) cancel: &'a Cancel,
    pub(super) progress: &'a dyn Fn(Progress),
}

impl<H: Host> Ceremony<'_, H> {
    pub(super) fn host(&self) -> &H {
        &self.kit.host
    }

    /// Tells how far the claim has come.
    pub(super) fn report(&self, phase: Phase, step: u32, of: u32) {
        (self.progress)(Progress { phase, step, of });
    }

    /// Sends a request of this claim, once.
    pub(super) async fn call<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        call(
            self.host(),
            self.co_signer,
            Caller::Key(&self.kit.key),
            request,
            self.cancel,
        )
        .await
    }

    /// Sends a request of this claim that may be answered once, and waits its turn where the co-signer is too busy.
    pub(super) async fn queue<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        queue(
            self.host(),
            self.co_signer,
            Caller::Key(&self.kit.key),
            request,
            self.cancel,
        )
        .await
    }

    /// Sends a request of this claim that is answered alike each time.
    pub(super) async fn insist<R: Request>(&self, request: &R) -> Result<R::Answer, Error> {
        insist(
            self.host(),
            self.co_signer,
            Caller::Key(&self.kit.key),
            request,
            self.cancel,
        )
        .await
    }
}
