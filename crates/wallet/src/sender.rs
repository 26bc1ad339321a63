//! Who sends a session's requests: the key of its channel, the key that signs them, and the co-signer's clock.

use std::cell::Cell;

use mpc::channel::{ChannelKey, ChannelPublicKey};
use rand_core::{OsRng, RngCore};
use sha2::{Digest, Sha256};
use wire::{
    ProcessMark, RequestKey,
    http_signature::{CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT, content_digest, signature_header},
};

use crate::{
    Error,
    host::{Host, SessionKey, SessionKeys},
};

/// Both keys of a session that is to be.
pub(crate) struct KeyPair<H: Host> {
    channel: ChannelKey,
    signing: <H::SessionKeys as SessionKeys>::Key,
}

impl<H: Host> KeyPair<H> {
    /// Makes both.
    pub(crate) async fn generate(host: &H) -> Result<Self, Error> {
        Ok(Self {
            channel: ChannelKey::random(&mut OsRng),
            signing: host.session_keys().generate().await?,
        })
    }

    /// The key that seals.
    pub(crate) fn channel(&self) -> &ChannelKey {
        &self.channel
    }

    /// The key that signs.
    pub(crate) fn request_key(&self) -> RequestKey {
        RequestKey(self.signing.public())
    }
}

/// Who sends a session's requests.
pub(crate) struct Sender<H: Host> {
    keys: KeyPair<H>,
    /// How far the co-signer's clock is ahead of this device's, in seconds, as the co-signer itself said.
    ahead: i64,
    /// The same as requests are dated by: something between here and the co-signer may have said so.
    dated_ahead: Cell<i64>,
    process: Cell<ProcessMark>,
}

/// What a request should have been made for, as its refusal says.
#[derive(Clone, Copy)]
pub(crate) struct Correction {
    pub(crate) time: u64,
    pub(crate) process: ProcessMark,
}

impl<H: Host> Sender<H> {
    /// Keys, by the clock and for the process that an offer tells, which was heard at this time, Unix seconds.
    pub(crate) fn new(keys: KeyPair<H>, heard_at: u64, (now, process): (u64, ProcessMark)) -> Self {
        let ahead = difference(now, heard_at);
        Self {
            keys,
            ahead,
            dated_ahead: Cell::new(ahead),
            process: Cell::new(process),
        }
    }

    pub(crate) fn channel(&self) -> &ChannelKey {
        &self.keys.channel
    }

    pub(crate) fn public_key(&self) -> ChannelPublicKey {
        self.keys.channel.public_key()
    }

    /// How far the co-signer's clock is ahead, in seconds.
    pub(crate) fn ahead(&self) -> i64 {
        self.ahead
    }

    /// The time by the co-signer's clock, Unix seconds.
    pub(crate) fn now(&self, host: &H) -> u64 {
        host.now().saturating_add_signed(self.ahead)
    }

    /// The headers that sign a request: other ones each time.
    pub(crate) async fn sign(&self, host: &H, path: &str, body: &[u8]) -> Result<[(&'static str, String); 3], Error> {
        let mut parameters = Parameters {
            created: host.now().saturating_add_signed(self.dated_ahead.get()),
            nonce: [0; 16],
            process: self.process.get(),
        };
        OsRng.fill_bytes(&mut parameters.nonce);
        let digest = content_digest(&Sha256::digest(body).into());
        let base = parameters.base(path, &digest);
        let signature = self.keys.signing.sign(base.as_bytes()).await?;
        Ok([
            (CONTENT_DIGEST, digest),
            (SIGNATURE_INPUT, parameters.to_header()),
            (SIGNATURE, signature_header(&signature)),
        ])
    }

    /// Takes over what a refusal inside the channel says: requests are dated by it, and nothing else is.
    pub(crate) fn correct(&self, host: &H, correction: Correction) {
        self.dated_ahead.set(difference(correction.time, host.now()));
        self.process.set(correction.process);
    }
}

fn difference(theirs: u64, ours: u64) -> i64 {
    theirs.checked_signed_diff(ours).unwrap_or_default()
}
