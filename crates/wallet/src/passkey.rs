//! What passkeys are asked for, and what is made of their answers.

use std::{future::Future, pin::Pin};

use mpc::tags;
use subtle::ConstantTimeEq;
use wire::{
    ErrorCode,
    ceremony::{Assertion, DeviceName},
    statement::PRF_INPUT,
};

use crate::{
    Error,
    host::{Cancel, CreatedPrf, Host, Mediation, PasskeyError, Passkeys, PrfOutput, UsePasskey, UsedPasskey},
    vault::WrappingKey,
};

/// Waits until a prompt may be shown; an error ends the call.
pub type BeforePrompt = Box<dyn Fn(Prompt) -> Pin<Box<dyn Future<Output = Result<(), Error>>>>>;

/// What a passkey is asked for after another prompt of the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// The PRF output of the passkey that was just made.
    Output,
    /// The approval of the passkey that opened the session.
    Approve,
}

/// Waits for the page before a prompt, if it wants that.
pub(crate) async fn before(before_prompt: Option<&BeforePrompt>, prompt: Prompt) -> Result<(), Error> {
    match before_prompt {
        Some(before_prompt) => before_prompt(prompt).await,
        None => Ok(()),
    }
}

/// The input that every passkey's PRF is evaluated on.
pub(crate) fn prf_input() -> [u8; 32] {
    tags::hash(PRF_INPUT, &[])
}

/// The longest credential id (WebAuthn Level 3 §4), in bytes.
pub(crate) const MAX_CREDENTIAL: usize = 1023;

/// The longest name that every authenticator keeps whole (WebAuthn Level 3 §6.4.1), in bytes.
const MAX_NAME: usize = 64;

/// What a passkey is called. A longer name is cut after a whole character, as authenticators cut it wherever they like: an address or a name in
/// another script keeps nobody from a passkey.
pub(crate) fn passkey_name(name: &str) -> Result<DeviceName, Error> {
    let name = name.trim();
    let kept = name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default();
    DeviceName::new(kept.trim_end()).ok_or(Error::Argument(
        "a passkey's name has at least one character, and no control characters",
    ))
}

/// What a new passkey is asked in its first assertion.
pub(crate) struct FirstUse<'a> {
    pub(crate) rp_id: &'a str,
    pub(crate) challenge: &'a [u8; 32],
    pub(crate) before_prompt: Option<&'a BeforePrompt>,
    pub(crate) cancel: &'a Cancel,
}

/// Uses a passkey that was just made, and derives its keys from the PRF output of that assertion.
///
/// # Errors
/// Of code `prf_unavailable` where it gives none, or another than as it was made.
///
/// # Security
/// Nothing is ever sealed to the output of the registration. There are authenticators, and ways to them, that give another one there than in
/// every assertion: whatever were sealed to it would be lost.
pub(crate) async fn first_use<H: Host>(
    host: &H,
    (credential, prf): (&[u8], CreatedPrf),
    asked: FirstUse<'_>,
) -> Result<(Assertion, WrappingKey), Error> {
    if credential.is_empty() || credential.len() > MAX_CREDENTIAL {
        return Err(PasskeyError::Failed.into());
    }
    let at_creation = match prf {
        CreatedPrf::Output(output) => Some(output),
        CreatedPrf::AtAssertion => None,
        CreatedPrf::Unavailable => return Err(PasskeyError::NoPrf.into()),
    };
    before(asked.before_prompt, Prompt::Output).await?;
    let used = approve(host, asked.rp_id, &[credential.to_vec()], asked.challenge, asked.cancel).await?;
    let output = used.prf.ok_or(PasskeyError::NoPrf)?;
    if at_creation.is_some_and(|first| !is_same(&first, &output)) {
        return Err(UNSTABLE_OUTPUT);
    }
    Ok((used.assertion, WrappingKey::new(output, credential, asked.rp_id)?))
}

fn is_same(one: &PrfOutput, other: &PrfOutput) -> bool {
    one.0.ct_eq(other.0.as_slice()).into()
}

const UNSTABLE_OUTPUT: Error = Error::State {
    code: ErrorCode::PrfUnavailable,
    message: "the new passkey gave one PRF output as it was made and another as it was used, so what is sealed to it could be lost: \
              nothing was changed; choose another authenticator or passkey provider, or update the browser",
};

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

/// Asks the passkey that opened a session to approve `challenge`.
///
/// # Errors
/// Of code `prf_unavailable` where it gives another PRF output than when it opened the session: what is sealed to it next could not be opened.
pub(crate) async fn approve_own<H: Host>(
    host: &H,
    wrapping: &WrappingKey,
    challenge: &[u8; 32],
    cancel: &Cancel,
) -> Result<Assertion, Error> {
    let own = [wrapping.credential().to_vec()];
    let used = approve(host, wrapping.rp_id(), &own, challenge, cancel).await?;
    if let Some(output) = used.prf {
        WrappingKey::new(output, wrapping.credential(), wrapping.rp_id())?.expect(&wrapping.recipient())?;
    }
    Ok(used.assertion)
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
        message: "another passkey answered than the one that was asked",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_more_bytes_is_cut_after_a_whole_character() {
        let name = |name: &str| passkey_name(name).map(|name| name.as_str().to_owned());
        let kept = |text: &str| Ok(text.to_owned());
        assert_eq!(name("  Ada  "), kept("Ada"));
        assert_eq!(name(&"n".repeat(64)), kept(&"n".repeat(64)));
        assert_eq!(name(&"n".repeat(65)), kept(&"n".repeat(64)));
        // 33 letters of two bytes; an emoji of four across the end.
        assert_eq!(name(&"ж".repeat(33)), kept(&"ж".repeat(32)));
        assert_eq!(name(&format!("{}🦀", "n".repeat(62))), kept(&"n".repeat(62)));
        assert_eq!(name(&format!("{} {}", "n".repeat(63), "m")), kept(&"n".repeat(63)));
        for refused in ["", "   ", "a\nb", "\u{7f}"] {
            assert_eq!(
                name(refused).unwrap_err().code(),
                ErrorCode::InvalidArgument,
                "{refused:?}"
            );
        }
    }
}
