//! Proofs of ownership, checked with the co-signer's key set: fetched once, and again where it may have changed.

use std::{cell::RefCell, rc::Rc};

use futures_util::lock::Mutex;
use wire::ownership::{KEY_SET, KEY_SET_LIMIT, KeySet};

use super::Inner;
use crate::{
    Error, ErrorCode,
    exchange::get_within,
    host::{Cancel, Host},
    ownership::{Expected, Keys, Proof, VerifiedProof},
};

/// A key set is fetched again after so long, in seconds; where it can't be, the one that is held goes on for as long as its certificates.
const FRESH_FOR: u64 = 60 * 60;
/// It is fetched at most this often, in seconds, whether that succeeds or fails: anyone can make up a proof by a key that is not in it.
const PAUSE: u64 = 60;

/// Holds the key set.
#[derive(Default)]
pub(super) struct HeldKeys {
    held: RefCell<Held>,
    /// Held by the one who fetches: the others wait for what it brings, unless they have no need of it.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Held {
    keys: Option<(Rc<Keys>, u64)>,
    failed_at: Option<u64>,
}

/// What a proof has need of.
enum Need {
    /// Nothing: the key is held, and the set is fresh.
    Nothing(Rc<Keys>),
    /// The key is held, and the set may have changed since.
    Refresh(Rc<Keys>),
    /// A set with its key.
    Fetch,
    /// The same, and it was tried lately: what is held, if anything is.
    Pause(Option<Rc<Keys>>),
}

impl Held {
    fn need(&self, proof: &Proof, now: u64) -> Need {
        let was_lately = |at: u64| now.abs_diff(at) < PAUSE;
        let failed_lately = self.failed_at.is_some_and(was_lately);
        match &self.keys {
            Some((keys, at)) if keys.cover(proof) => match now.abs_diff(*at) < FRESH_FOR || failed_lately {
                true => Need::Nothing(keys.clone()),
                false => Need::Refresh(keys.clone()),
            },
            Some((keys, at)) if was_lately(*at) || failed_lately => Need::Pause(Some(keys.clone())),
            None if failed_lately => Need::Pause(None),
            Some(_) | None => Need::Fetch,
        }
    }
}

impl HeldKeys {
    pub(super) async fn verify<H: Host>(
        &self,
        server: &Inner<H>,
        proof: &str,
        expected: &Expected,
        cancel: &Cancel,
    ) -> Result<VerifiedProof, Error> {
        let proof = Proof::read(proof)?;
        let keys = self.keys_for(server, &proof, cancel).await?;
        proof.verify(&keys, expected, server.host.now())
    }

    async fn keys_for<H: Host>(&self, server: &Inner<H>, proof: &Proof, cancel: &Cancel) -> Result<Rc<Keys>, Error> {
        let need = || self.held.borrow().need(proof, server.host.now());
        let fetching = match need() {
            Need::Nothing(keys) | Need::Pause(Some(keys)) => return Ok(keys),
            Need::Pause(None) => return Err(failed_lately()),
            Need::Refresh(keys) => match self.fetching.try_lock() {
                Some(fetching) => fetching,
                None => return Ok(keys),
            },
            Need::Fetch => self.fetching.lock().await,
        };
        // Another may have fetched it, or failed to, while this one waited.
        let held = match need() {
            Need::Nothing(keys) | Need::Pause(Some(keys)) => return Ok(keys),
            Need::Pause(None) => return Err(failed_lately()),
            Need::Refresh(keys) => Some(keys),
            Need::Fetch => None,
        };
        let set = get_within::<_, KeySet>(&*server.host, KEY_SET, KEY_SET_LIMIT, cancel).await;
        let now = server.host.now();
        drop(fetching);
        let mut state = self.held.borrow_mut();
        match (set, held) {
            (Ok(set), _) => {
                let keys = Rc::new(Keys::certified(&set, &server.identity));
                *state = Held {
                    keys: Some((keys.clone(), now)),
                    failed_at: None,
                };
                Ok(keys)
            }
            // Whoever called its own call off says nothing of the co-signer.
            (Err(error), held) => {
                if error.code() != ErrorCode::Cancelled {
                    state.failed_at = Some(now);
                }
                held.ok_or(error)
            }
        }
    }
}

fn failed_lately() -> Error {
    Error::Unreachable("the co-signer's key set could not be had a moment ago: try again in a minute")
}
