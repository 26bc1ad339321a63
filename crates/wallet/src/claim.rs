//! Taking a wallet over.

use crate::{
    Error, Wallet, WalletInfo,
    host::{Cancel, Host},
};

/// Wallets ready to be taken over: their prepared shares, in memory only. Erased when dropped.
pub struct Claim<H: Host> {
    _host: std::marker::PhantomData<H>,
}

/// How the client shows that it may claim.
pub enum Proof {
    /// The back end's ticket, as text.
    Ticket(String),
}

/// What finishing a claim takes.
pub struct FinishOptions {
    /// The proof.
    pub proof: Proof,
    /// What the authenticator shows for the person: a name they will know.
    pub passkey_name: String,
    /// Ends the call, up to the commit.
    pub cancel: Cancel,
    /// Told of each step as it begins and ends.
    pub progress: Option<Box<dyn Fn(Progress)>>,
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many steps of it are done.
    pub step: u32,
    /// How many there are.
    pub of: u32,
}

/// What is being done, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The proof is shown.
    Start,
    /// The passkey is made.
    Passkey,
    /// The shares are moved apart.
    Refresh,
    /// The pairing is made; the co-signer stores its next shares.
    Prepare,
    /// The next shares are sealed to the passkey and stored.
    Seal,
    /// Both next shares sign.
    Confirm,
    /// The old shares die.
    Commit,
    /// The next shares become the wallet's.
    Promote,
}

impl Phase {
    /// Its name, as in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Passkey => "passkey",
            Self::Refresh => "refresh",
            Self::Prepare => "prepare",
            Self::Seal => "seal",
            Self::Confirm => "confirm",
            Self::Commit => "commit",
            Self::Promote => "promote",
        }
    }
}

/// A finished claim.
pub struct Claimed<H: Host> {
    /// The wallets, in the ticket's order.
    pub wallets: Vec<Wallet<H>>,
    /// Their receipts as text, in the same order.
    pub receipts: Vec<String>,
}

impl<H: Host> Claim<H> {
    /// The wallets to be claimed.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        todo!()
    }

    /// Shows the proof already, so that [`Claim::finish`] opens the passkey prompt directly: browsers want a prompt to be the
    /// act of a click. Changes nothing anywhere.
    ///
    /// # Errors
    /// As [`Claim::finish`], up to the passkey.
    pub async fn start(&self, proof: &Proof, cancel: &Cancel) -> Result<(), Error> {
        todo!()
    }

    /// Takes the wallets over: at most six requests, one or two passkey prompts.
    ///
    /// # Errors
    /// Any [`Error`]. Up to the commit the prepared shares stay good and the call may be made again. Where the commit's fate is
    /// unknown ([`Error::Unreachable`]), call again, or unlock the wallet: either finishes what was begun.
    pub async fn finish(&self, options: FinishOptions) -> Result<Claimed<H>, Error> {
        todo!()
    }
}
