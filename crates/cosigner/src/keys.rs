//! Making, listing and revoking API keys.

use std::{io::Write, path::Path};

use rand_core::OsRng;

use crate::{
    api_key::{ApiKey, Scope},
    error::Error,
    private_file,
    state::State,
    store::{ApiKeyRecord, StoreError},
};

/// The longest name, in bytes.
const NAME_LIMIT: usize = 100;

/// Makes an API key and stores what is needed to recognise it. Its text is to be had now or never.
///
/// # Errors
/// [`Error::Setting`] for a name that is empty, over 100 bytes or with control characters, or for no scope; [`Error::Store`].
pub fn create(state: &State, name: &str, scopes: &[Scope]) -> Result<ApiKey, Error> {
    create_until(state, name, scopes, None)
}

/// The same of a key that ends by itself, Unix seconds.
///
/// # Errors
/// As [`create`]; [`Error::Setting`] for an end that is past.
pub fn create_until(state: &State, name: &str, scopes: &[Scope], expires_at: Option<u64>) -> Result<ApiKey, Error> {
    let now = state.0.clock.now();
    if expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Setting("an API key must end later than now".to_owned()));
    }
    if name.is_empty() || name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(Error::Setting(format!(
            "an API key's name has 1 to {NAME_LIMIT} bytes and no control characters"
        )));
    }
    if scopes.is_empty() {
        return Err(Error::Setting("an API key needs a scope at least".to_owned()));
    }
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    let key = ApiKey::random(&mut OsRng);
    state.0.store.add_api_key(ApiKeyRecord {
        id: key.id(),
        name: name.to_owned(),
        secret_hash: key.secret_hash(),
        ticket_key: key.ticket_key().verifying_key().to_bytes(),
        scopes,
        created_at: now,
        revoked_at: None,
        expires_at,
        used_at: None,
    })?;
    Ok(key)
}

/// The same, written to a file that must not be there yet, readable by this user only.
///
/// # Errors
/// As [`create_until`]; [`Error::Setting`] if the file can't be written.
pub fn create_in(
    state: &State,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<u64>,
    file: &Path,
) -> Result<ApiKey, Error> {
    let wrong = |error| Error::Setting(format!("{} can't be written ({error})", file.display()));
    let mut written = private_file::create_new(file).map_err(wrong)?;
    let outcome = create_until(state, name, scopes, expires_at).and_then(|key| {
        let text = key.to_text();
        let write = writeln!(written, "{}", text.as_str()).and_then(|()| written.sync_all());
        match write {
            Ok(()) => Ok(key),
            // Nobody has the key: it must not stay live.
            Err(error) => revoke(state, key.id()).and(Err(wrong(error))),
        }
    });
    if outcome.is_err() {
        let _ = std::fs::remove_file(file);
    }
    outcome
}

/// All API keys, oldest first.
///
/// # Errors
/// [`Error::Store`].
pub fn list(state: &State) -> Result<Vec<ApiKeyRecord>, Error> {
    Ok(state.0.store.api_keys()?)
}

/// Revokes an API key: it opens nothing from now on, and no ticket that it signed starts or commits a claim.
///
/// # Errors
/// [`Error::Setting`] if there is no live key of this id; [`Error::Store`].
pub fn revoke(state: &State, id: [u8; 8]) -> Result<(), Error> {
    match state.0.store.revoke_api_key(id, state.0.clock.now()) {
        Err(StoreError::Conflict) => Err(Error::Setting(format!("there is no live API key {}", hex::encode(id)))),
        outcome => Ok(outcome?),
    }
}
