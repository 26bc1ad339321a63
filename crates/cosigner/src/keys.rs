//! Making, listing and revoking API keys.

use crate::{
    api_key::{ApiKey, Scope},
    error::Error,
    state::State,
};

/// Makes an API key and stores what is needed to recognise it. Its text is to be had now or never.
///
/// # Errors
/// [`Error::Setting`] for a name that is empty, over 100 bytes or with control characters, or for no scope; [`Error::Store`].
pub fn create(_state: &State, _name: &str, _scopes: &[Scope]) -> Result<ApiKey, Error> {
    Err(Error::Setting("not yet".into()))
}
