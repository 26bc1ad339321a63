//! What passkeys are asked for.

use mpc::tags;
use wire::{ErrorCode, statement::PRF_INPUT};

use crate::{
    Error,
    host::{Cancel, Host, Mediation, Passkeys, UsePasskey, UsedPasskey},
};

/// The input that every passkey's PRF is evaluated on.
pub(crate) fn prf_input() -> [u8; 32] {
    tags::hash(PRF_INPUT, &[])
}

/// The longest credential id (WebAuthn Level 3 §4), in bytes.
pub(crate) const MAX_CREDENTIAL: usize = 1023;

/// Asks one of the passkeys that wallets are sealed to, and no other, to approve `challenge`.
pub(crate) async fn approve<H: Host>(
    host: &H,
    rp_id: &str,
    credentials: &[Vec<u8>],
    challenge: &[u8; 32],
    cancel: &Cancel,
) -> Result<UsedPasskey, Error> {
    let options = UsePasskey {
        rp_id,
        challenge,
        credentials,
        mediation: Mediation::Prompt,
        prf_input: &prf_input(),
        cancel,
    };
    ask(host, options).await
}

/// Asks for an assertion, and checks that one of the passkeys gave it that may, where any are named.
pub(crate) async fn ask<H: Host>(host: &H, options: UsePasskey<'_>) -> Result<UsedPasskey, Error> {
    let credentials = options.credentials;
    let used = host.passkeys().get(options).await?;
    if credentials.is_empty() || credentials.contains(&used.assertion.credential) {
        return Ok(used);
    }
    Err(Error::State {
        code: ErrorCode::NotAuthorised,
        message: "another passkey answered than one that the wallet is sealed to",
    })
}
