//! A page on the device, and the device's storage.

use std::rc::Rc;

use wallet::host::{Cancel, Change, Host, Record, ShareStore, StoreError, Write};

use super::{line::Line, tower::Tower};
use crate::{
    authenticator::Keyring,
    fuse::Fuse,
    memory::Memory,
    point::{Moment, Point},
    request_keys::RequestKeys,
};

/// The device's storage, with the fuse before it.
pub struct Journal {
    pub(super) fuse: Fuse,
    pub(super) fall: Box<dyn Fn()>,
    pub memory: Rc<Memory>,
}

impl ShareStore for Journal {
    type Held = <Memory as ShareStore>::Held;

    async fn hold(&self, name: &str, cancel: &Cancel) -> Result<Self::Held, StoreError> {
        self.memory.hold(name, cancel).await
    }

    async fn try_hold(&self, name: &str) -> Result<Option<Self::Held>, StoreError> {
        self.memory.try_hold(name).await
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        self.fuse.breathe().await;
        self.memory.list().await
    }

    async fn write(&self, write: Write, changes: &[Change]) -> Result<(), StoreError> {
        self.fuse.breathe().await;
        self.fuse.pass(Point::ClientWrite(write, Moment::Before), &self.fall);
        self.fuse.breathe().await;
        self.fuse.pass(Point::ClientWrite(write, Moment::Torn), &self.fall);
        if self.fuse.client_is_dead() {
            let first = changes.get(..1).unwrap_or_default();
            let _ = self.memory.write(write, first).await;
        }
        self.fuse.breathe().await;
        self.memory.write(write, changes).await?;
        self.fuse.pass(Point::ClientWrite(write, Moment::After), &self.fall);
        self.fuse.breathe().await;
        Ok(())
    }
}

/// A page on the device.
pub struct Page {
    pub line: Line,
    pub passkeys: Rc<Keyring>,
    pub(super) journal: Journal,
    pub(super) tower: Rc<Tower>,
}

impl Host for Page {
    type CoSigner = Line;
    type Passkeys = Keyring;
    type Store = Journal;
    type SessionKeys = RequestKeys;

    fn co_signer(&self) -> &Line {
        &self.line
    }

    fn passkeys(&self) -> &Keyring {
        &self.passkeys
    }

    fn store(&self) -> &Journal {
        &self.journal
    }

    fn session_keys(&self) -> &RequestKeys {
        &RequestKeys
    }

    fn now(&self) -> u64 {
        self.tower.now()
    }

    async fn pause(&self) {
        tokio::task::yield_now().await;
    }

    async fn wait(&self, _milliseconds: u32) {
        tokio::task::yield_now().await;
    }
}
