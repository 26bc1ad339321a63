//! The hand-off: prepared shares sealed to one browser, and the ticket that lets it claim them.

use mpc::channel::{self, ChannelPublicKey};
use rand_core::{OsRng, RngCore};
use wire::{
    Envelope, SecretBytes, message,
    share::{HAND_OFF_LABEL, HandOff, HandOffContent},
    ticket::TicketBody,
};

use super::Inner;
use crate::{Error, host::Host, prepared::PreparedSet, text};

/// How long a ticket is good, in seconds, where nothing else is asked for.
const TTL: u32 = 10 * 60;
/// The longest that a co-signer takes one for, in seconds.
const MAX_TTL: u32 = 60 * 60;

/// A hand-off: both texts go to the browser whose key they were sealed for.
pub struct SealedHandOff {
    /// The shares, readable by that browser only.
    pub share: String,
    /// The ticket that lets that browser claim them, once.
    pub ticket: String,
}

pub(super) fn seal<H: Host>(
    server: &Inner<H>,
    set: &PreparedSet,
    browser: &str,
    ttl: Option<u32>,
) -> Result<SealedHandOff, Error> {
    if *set.co_signer() != server.identity {
        return Err(Error::Share("the prepared share is of another co-signer"));
    }
    let browser = text::decode(browser)
        .map(ChannelPublicKey)
        .ok_or(Error::Argument("a browser's key is 32 bytes in base64url"))?;
    let ttl = ttl.unwrap_or(TTL);
    if !(1..=MAX_TTL).contains(&ttl) {
        return Err(Error::Argument("a ticket is good for 1 second to one hour"));
    }
    let content = HandOffContent {
        shares: set
            .shares()
            .iter()
            .map(|prepared| SecretBytes::from(prepared.to_envelope()))
            .collect(),
    };
    let sealed = channel::seal_to(&browser, HAND_OFF_LABEL, &message::encode(&content), &mut OsRng)
        .map_err(|_| Error::Argument("a browser's key can't be sealed to"))?;
    let mut nonce = [0; 16];
    OsRng.fill_bytes(&mut nonce);
    let ticket = server.api_key.sign(TicketBody {
        key_id: server.api_key.id(),
        wallets: set.shares().iter().map(|prepared| prepared.info.id).collect(),
        claimant: set.claimant().clone(),
        browser,
        expires_at: server.host.now().saturating_add(ttl.into()),
        nonce,
    });
    Ok(SealedHandOff {
        share: text::encode(&HandOff { to: browser, sealed }.to_envelope()),
        ticket: text::encode(&ticket.to_envelope()),
    })
}
