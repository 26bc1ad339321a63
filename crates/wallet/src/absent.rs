//! Ports that aren't there: a back end has no passkeys and keeps no sealed records.

use crate::host::{
    Cancel, Change, CreatePasskey, CreatedPasskey, PasskeyError, Passkeys, Record, ShareStore, StoreError, UsePasskey,
    UsedPasskey, Write,
};

/// Passkeys and a store that aren't there: every call says so.
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
