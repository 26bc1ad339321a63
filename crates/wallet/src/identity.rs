//! The co-signer's identity as text.

use mpc::channel::ChannelPublicKey;
use wire::{
    CoSignerIdentity, ErrorCode,
    control::{IDENTITY, Identity},
    message::VERSION,
};

use crate::{
    Error, exchange,
    host::{Cancel, Host},
    text,
};

/// Reads an identity from the two texts that `GET /v1/identity` gives: 32 bytes each, base64url.
///
/// # Errors
/// [`Error::Argument`] for anything else.
pub fn identity(channel_key: &str, receipt_key: &str) -> Result<CoSignerIdentity, Error> {
    read(channel_key, receipt_key).ok_or(Error::Argument(
        "a co-signer's identity is two keys of 32 bytes in base64url: channelKey and receiptKey",
    ))
}

/// Reads what the co-signer says of itself.
pub(crate) fn told(identity: &Identity) -> Result<CoSignerIdentity, Error> {
    if identity.version != VERSION {
        return Err(Error::Version {
            got: identity.version,
            expected: VERSION,
        });
    }
    read(&identity.channel_key, &identity.receipt_key).ok_or(Error::Unreachable(
        "what answered is no co-signer: its identity can't be read. Check the address",
    ))
}

/// What a refusal comes down to where nothing that is sealed to a wallet's co-signer can be read: another one may stand at the kit's address.
pub(crate) async fn explained<H: Host>(host: &H, expected: &CoSignerIdentity, error: Error, cancel: &Cancel) -> Error {
    if !matches!(
        error,
        Error::Unauthenticated {
            code: ErrorCode::InvalidArgument,
            ..
        }
    ) {
        return error;
    }
    let found = exchange::get(host, IDENTITY, cancel)
        .await
        .and_then(|found| told(&found));
    match found {
        Ok(found) if found != *expected => FOREIGN,
        Ok(_) | Err(_) => error,
    }
}

const FOREIGN: Error = Error::Share(
    "the wallet is of another co-signer than the one at this page's address: connect to that one, whose identity is `wallet.coSigner`",
);

fn read(channel_key: &str, receipt_key: &str) -> Option<CoSignerIdentity> {
    Some(CoSignerIdentity {
        channel: ChannelPublicKey(text::decode(channel_key)?),
        receipt: text::decode(receipt_key)?,
    })
}
