//! How far a claim object is: what may be done with it next.

use std::{cell::RefCell, rc::Rc};

use wire::ErrorCode;

use super::Begun;
use crate::{Error, host::Host, prepared::PreparedSet};

/// How far a claim object is.
pub(super) enum Stage<H: Host> {
    /// The prepared shares are good.
    Ready(Rc<PreparedSet>),
    /// The commit was sent, and its end not heard.
    Settling(Rc<PreparedSet>, Rc<Begun<H>>),
    /// A call is under way.
    Busy,
    /// The wallets are claimed.
    Finished,
}

/// One call's turn: nobody else's until it is dropped, however the call ends.
pub(super) struct Turn<'a, H: Host> {
    stage: &'a RefCell<Stage<H>>,
    /// What the claim is at when the turn ends.
    next: Stage<H>,
}

impl<'a, H: Host> Turn<'a, H> {
    /// Takes the turn.
    pub(super) fn take(stage: &'a RefCell<Stage<H>>) -> Result<Self, Error> {
        match stage.replace(Stage::Busy) {
            Stage::Busy => Err(Error::State {
                code: ErrorCode::InvalidArgument,
                message: "this claim is being worked on by an earlier call: wait for its end",
            }),
            Stage::Finished => {
                stage.replace(Stage::Finished);
                Err(Error::State {
                    code: ErrorCode::AlreadyClaimed,
                    message: "this claim is finished: unlock the wallet",
                })
            }
            next @ (Stage::Ready(_) | Stage::Settling(..)) => Ok(Self { stage, next }),
        }
    }

    /// What the claim was at when the turn was taken, or was brought to since.
    pub(super) fn stage(&self) -> &Stage<H> {
        &self.next
    }

    /// Brings the claim to another stage.
    pub(super) fn bring_to(&mut self, stage: Stage<H>) {
        self.next = stage;
    }
}

impl<H: Host> Drop for Turn<'_, H> {
    fn drop(&mut self) {
        self.stage.replace(core::mem::replace(&mut self.next, Stage::Finished));
    }
}
