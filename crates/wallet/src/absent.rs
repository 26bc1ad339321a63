//! Ports that aren't there: a back end has no passkeys, keeps no sealed records and has no sessions.

use crate::host::{
    Cancel, Change, CreatePasskey, CreatedPasskey, PasskeyError, Passkeys, Record, SessionKey, SessionKeyError,
    SessionKeys, ShareStore, StoreError, UsePasskey, UsedPasskey, Write,
};

/// Passkeys, a store and keys of sessions that aren't there: every call says so.
#[derive(Clone, Copy, Debug)]
pub struct Absent;

impl Passkeys for Absent {
    async fn check(&self) -> Result<(), PasskeyError> {
        Err(PasskeyError::Unsupported)
    }

    async fn create(&self, _options: CreatePasskey<'_>) -> Result<CreatedPasskey, PasskeyError> {
        Err(PasskeyError::Unsupported)
    }

    async fn get(&self, _options: UsePasskey<'_>) -> Result<UsedPasskey, PasskeyError> {
        Err(PasskeyError::Unsupported)
    }

    async fn forget(&self, _rp_id: &str, _credential: &[u8]) {}
}

impl ShareStore for Absent {
    type Held = ();

    async fn hold(&self, _name: &str, _cancel: &Cancel) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn try_hold(&self, _name: &str) -> Result<Option<()>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn write(&self, _write: Write, _changes: &[Change]) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }
}

/// A key that nobody can have.
#[derive(Clone, Copy, Debug)]
pub enum NoKey {}

impl SessionKeys for Absent {
    type Key = NoKey;

    async fn generate(&self) -> Result<NoKey, SessionKeyError> {
        Err(SessionKeyError)
    }
}

impl SessionKey for NoKey {
    fn public(&self) -> [u8; 65] {
        match *self {}
    }

    async fn sign(&self, _message: &[u8]) -> Result<[u8; 64], SessionKeyError> {
        match *self {}
    }
}
