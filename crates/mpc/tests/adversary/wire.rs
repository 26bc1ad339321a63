//! The two parties of a run, and what carries their messages.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::Abort;

/// Who speaks, or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    Client,
    CoSigner,
}

pub(crate) use Party::{Client, CoSigner};

impl Party {
    pub(crate) fn peer(self) -> Self {
        match self {
            Client => CoSigner,
            CoSigner => Client,
        }
    }

    /// Names this party with an abort.
    pub(crate) fn judges<T>(self, result: Result<T, Abort>) -> Result<T, Stop> {
        result.map_err(|abort| Stop { by: self, abort })
    }
}

/// Who ended a run, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) by: Party,
    pub(crate) abort: Abort,
}

/// What a message that does not parse is refused with, by whoever reads it.
pub(crate) const MALFORMED: Abort = Abort::Malformed("message");

/// Carries the messages of one run as bytes, and one of them changed. Messages are counted from 0.
#[derive(Default)]
pub(crate) struct Wire<'a> {
    pub(crate) replaced: Option<(usize, &'a [u8])>,
    pub(crate) reached: bool,
    pub(crate) transcript: Vec<Vec<u8>>,
}

impl Wire<'_> {
    /// Delivers the next message.
    pub(crate) fn carry_bytes(&mut self, message: &[u8]) -> Vec<u8> {
        let number = self.transcript.len();
        self.transcript.push(message.to_vec());
        match self.replaced {
            Some((replaced, bytes)) if replaced == number => {
                self.reached = true;
                bytes.to_vec()
            }
            _ => message.to_vec(),
        }
    }

    /// Delivers the next message to a party, which reads it.
    pub(crate) fn carry<M: BorshSerialize + BorshDeserialize>(&mut self, to: Party, message: &M) -> Result<M, Stop> {
        let bytes = self.carry_bytes(&borsh::to_vec(message).unwrap());
        to.judges(borsh::from_slice(&bytes).map_err(|_| MALFORMED))
    }
}

/// What the parties have when a run ends, as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) client: Option<Vec<u8>>,
    pub(crate) co_signer: Option<Vec<u8>>,
}
