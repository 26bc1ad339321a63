//! Proofs of ownership, checked with the co-signer's key set: fetched once, and again where it may have changed.

use futures_util::lock::Mutex;
use wire::ownership::{KEY_SET, KEY_SET_LIMIT, KeySet};

use super::Inner;
use crate::{
    Error,
    exchange::get_within,
    host::{Cancel, Host},
    ownership::{Expected, Keys, Proof, VerifiedProof},
};

/// A key set is fetched again after so long, in seconds; where it can't be, the one that is held goes on for as long as its certificates.
const FRESH_FOR: u64 = 60 * 60;
/// For a key that is not in it, it is fetched again at most this often, in seconds: anyone can make one up.
const PAUSE: u64 = 60;

/// Holds the key set. Who comes while it is fetched waits for it.
#[derive(Default)]
pub(super) struct HeldKeys(Mutex<Option<(Keys, u64)>>);

impl HeldKeys {
    pub(super) async fn verify<H: Host>(
        &self,
        server: &Inner<H>,
        proof: &str,
        expected: &Expected,
        cancel: &Cancel,
    ) -> Result<VerifiedProof, Error> {
        let proof = Proof::read(proof)?;
        let mut held = self.0.lock().await;
        let now = server.host.now();
        let (covers, age) = match &*held {
            Some((keys, fetched_at)) => (keys.cover(&proof), now.abs_diff(*fetched_at)),
            None => (false, u64::MAX),
        };
        if age >= FRESH_FOR || (!covers && age >= PAUSE) {
            let set = get_within::<_, KeySet>(&*server.host, KEY_SET, KEY_SET_LIMIT, cancel).await;
            match set {
                Ok(set) => *held = Some((Keys::certified(&set, &server.identity), now)),
                Err(_) if covers => {}
                Err(error) => return Err(error),
            }
        }
        let (keys, _) = held
            .as_ref()
            .ok_or(Error::Internal("a key set was fetched and is not held"))?;
        proof.verify(keys, expected, now)
    }
}
