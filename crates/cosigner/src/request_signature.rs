//! The signature that every request of a session carries, and the memory of those that were taken.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hash, RandomState},
    sync::{Mutex, PoisonError},
};

use axum::http::HeaderMap;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wire::{
    RequestKey,
    http_signature::{CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT, content_digest, signature_of},
};

use crate::live::Full;

/// How far a request's time may be from the co-signer's, in seconds.
pub(crate) const WINDOW: u64 = 300;

/// What a request shows: headers that a proxy may have changed, and what arrived of its body.
pub(crate) struct Shown {
    path: &'static str,
    /// Of the body as it arrived.
    content_digest: String,
    /// The three headers, where each is there once.
    headers: Option<[String; 3]>,
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsigned {
    /// There is none, or it is of another form.
    Missing,
    /// It is of another body.
    OtherBody,
    /// It is of another path or time, or by another key.
    Wrong,
}

impl Shown {
    /// Reads what there is. Nothing is checked yet.
    pub(crate) fn read(headers: &HeaderMap, path: &'static str, body: &[u8]) -> Self {
        let names = [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE];
        let [digest, input, signature] = names.map(|name| once(headers, name));
        Self {
            path,
            content_digest: content_digest(&Sha256::digest(body).into()),
            headers: digest.zip(input).zip(signature).map(|((a, b), c)| [a, b, c]),
        }
    }

    /// Checks the signature, and gives what it says of time, nonce and process: these are not checked yet.
    pub(crate) fn verify(&self, key: &RequestKey) -> Result<Parameters, Unsigned> {
        let [digest, input, signature] = self.headers.as_ref().ok_or(Unsigned::Missing)?;
        let parameters = Parameters::from_header(input).ok_or(Unsigned::Missing)?;
        let signature = signature_of(signature).ok_or(Unsigned::Missing)?;
        let same: bool = digest.as_bytes().ct_eq(self.content_digest.as_bytes()).into();
        if !same {
            return Err(Unsigned::OtherBody);
        }
        let key = VerifyingKey::from_sec1_bytes(&key.0).map_err(|_| Unsigned::Wrong)?;
        let signature = Signature::from_slice(&signature).map_err(|_| Unsigned::Wrong)?;
        let base = parameters.base(self.path, digest);
        let verified = key.verify(base.as_bytes(), &signature);
        verified.map(|()| parameters).map_err(|_| Unsigned::Wrong)
    }
}

/// Whether a key is a point of the curve.
pub(crate) fn is_key(key: &RequestKey) -> bool {
    VerifyingKey::from_sec1_bytes(&key.0).is_ok()
}

fn once(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.to_owned();
    values.next().is_none().then_some(value)
}

/// Why a signed request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untaken {
    /// It is of a time too far from now.
    Stale,
    /// It was taken before.
    Replayed,
    /// There is no room to remember it.
    Full,
}

impl From<Full> for Untaken {
    fn from(Full: Full) -> Self {
        Self::Full
    }
}

/// Whether a request was made just now, by its own word.
pub(crate) fn is_fresh(parameters: &Parameters, now: u64) -> bool {
    parameters.created.abs_diff(now) <= WINDOW
}

/// The nonces of the requests that this process took, for as long as their time lets them come again. None is forgotten early: where
/// there is no room, no request is taken. One holder gets a share of the room and no more, so that nobody fills it alone.
pub(crate) struct Nonces {
    capacity: usize,
    share: usize,
    hasher: RandomState,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// By the time that the request bears, since a replay bears the same: nonces, and whose they are.
    taken: BTreeMap<u64, HashMap<[u8; 16], u64>>,
    count: usize,
    /// How many each holder has, by its hash. Two that share one by chance share their room.
    held: HashMap<u64, usize>,
    /// Times before this are forgotten, and refused for good: a clock that was set back makes nothing fresh again.
    forgotten: u64,
}

impl Nonces {
    /// Room for `capacity` requests, of which one holder gets `share`.
    pub(crate) fn new(capacity: usize, share: usize) -> Self {
        Self {
            capacity,
            share,
            hasher: RandomState::new(),
            memory: Mutex::default(),
        }
    }

    /// Takes a holder's request, once.
    pub(crate) fn take(&self, holder: impl Hash, parameters: &Parameters, now: u64) -> Result<(), Untaken> {
        let created = parameters.created;
        let holder = self.hasher.hash_one(holder);
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.forget(now.saturating_sub(WINDOW));
        if created < memory.forgotten || !is_fresh(parameters, now) {
            return Err(Untaken::Stale);
        }
        if memory
            .taken
            .get(&created)
            .is_some_and(|taken| taken.contains_key(&parameters.nonce))
        {
            return Err(Untaken::Replayed);
        }
        let held = memory.held.get(&holder).copied().unwrap_or_default();
        if memory.count >= self.capacity || held >= self.share {
            return Err(Untaken::Full);
        }
        memory.count += 1;
        memory.held.insert(holder, held + 1);
        memory
            .taken
            .entry(created)
            .or_default()
            .insert(parameters.nonce, holder);
        Ok(())
    }
}

impl Memory {
    /// Forgets what is of a time before `before`.
    fn forget(&mut self, before: u64) {
        while let Some(first) = self.taken.first_entry()
            && *first.key() < before
        {
            self.forgotten = first.key().saturating_add(1);
            let forgotten = first.remove();
            self.count -= forgotten.len();
            for holder in forgotten.into_values() {
                if let Some(held) = self.held.get_mut(&holder) {
                    *held -= 1;
                    if *held == 0 {
                        self.held.remove(&holder);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::{SigningKey, signature::Signer};
    use wire::{ProcessMark, http_signature::signature_header};

    use super::*;

    fn parameters(created: u64, nonce: u8) -> Parameters {
        Parameters {
            created,
            nonce: [nonce; 16],
            process: ProcessMark([9; 16]),
        }
    }

    #[test]
    fn a_nonce_is_taken_once_for_as_long_as_its_time_is_near() {
        let nonces = Nonces::new(8, 8);
        assert_eq!(nonces.take(0, &parameters(1000, 1), 1000), Ok(()));
        assert_eq!(nonces.take(0, &parameters(1000, 1), 1300), Err(Untaken::Replayed));
        assert_eq!(nonces.take(0, &parameters(1000, 1), 1301), Err(Untaken::Stale));
        assert_eq!(nonces.take(0, &parameters(1000, 2), 1301), Err(Untaken::Stale));
        assert_eq!(nonces.take(0, &parameters(1602, 3), 1301), Err(Untaken::Stale));
        assert_eq!(nonces.take(0, &parameters(1601, 3), 1301), Ok(()));
        assert_eq!(nonces.take(0, &parameters(1001, 3), 1301), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_nonce_new_and_shuts_nobody_out() {
        let nonces = Nonces::new(8, 8);
        nonces.take(0, &parameters(1000, 1), 1000).unwrap();
        assert_eq!(nonces.take(0, &parameters(5000, 2), 5000), Ok(()));
        assert_eq!(nonces.take(0, &parameters(1000, 1), 1010), Err(Untaken::Stale));
        assert_eq!(nonces.take(0, &parameters(1001, 1), 1010), Ok(()));
        assert_eq!(nonces.take(0, &parameters(5000, 2), 5000), Err(Untaken::Replayed));
    }

    #[test]
    fn where_there_is_no_room_nothing_is_taken_and_nothing_forgotten() {
        let nonces = Nonces::new(2, 2);
        nonces.take(0, &parameters(1000, 1), 1000).unwrap();
        nonces.take(0, &parameters(1001, 1), 1000).unwrap();
        assert_eq!(nonces.take(0, &parameters(1000, 2), 1300), Err(Untaken::Full));
        assert_eq!(nonces.take(0, &parameters(1000, 1), 1300), Err(Untaken::Replayed));
        assert_eq!(nonces.take(0, &parameters(1301, 2), 1301), Ok(()));
    }

    #[test]
    fn one_holder_fills_its_share_and_leaves_room_for_others() {
        let nonces = Nonces::new(8, 2);
        let take = |holder: u8, nonce, now| nonces.take(holder, &parameters(now, nonce), now);
        assert_eq!((take(1, 1, 1000), take(1, 2, 1001)), (Ok(()), Ok(())));
        assert_eq!((take(1, 3, 1001), take(2, 3, 1001)), (Err(Untaken::Full), Ok(())));
        // Its share is free again with the time of the first of them.
        assert_eq!((take(1, 4, 1300), take(1, 4, 1301)), (Err(Untaken::Full), Ok(())));
        assert_eq!(take(1, 5, 1301), Err(Untaken::Full));
        // A replay is told for one, whoever shows it.
        assert_eq!(nonces.take(2_u8, &parameters(1301, 4), 1301), Err(Untaken::Replayed));
    }

    #[test]
    fn one_nonce_sent_fifty_times_at_once_is_taken_once() {
        let nonces = Nonces::new(100, 100);
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..50)
                .map(|_| scope.spawn(|| nonces.take(0, &parameters(1000, 1), 1000).is_ok()))
                .collect();
            threads
                .into_iter()
                .map(|thread| usize::from(thread.join().unwrap()))
                .sum()
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn a_signature_holds_for_its_own_path_body_and_parameters_only() {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let public = RequestKey(key.verifying_key().to_sec1_point(false).as_bytes().try_into().unwrap());
        let made = parameters(1000, 1);
        let digest = content_digest(&Sha256::digest(b"body").into());
        let signature: Signature = key.sign(made.base("/v1/lock", &digest).as_bytes());
        let headers = |parameters: Parameters| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_DIGEST, digest.parse().unwrap());
            headers.insert(SIGNATURE_INPUT, parameters.to_header().parse().unwrap());
            headers.insert(
                SIGNATURE,
                signature_header(&signature.to_bytes().into()).parse().unwrap(),
            );
            headers
        };
        let verify = |headers: &HeaderMap, path, body: &[u8]| Shown::read(headers, path, body).verify(&public);
        let honest = headers(made);
        assert_eq!(verify(&honest, "/v1/lock", b"body"), Ok(made));
        assert_eq!(verify(&honest, "/v1/sign", b"body"), Err(Unsigned::Wrong));
        assert_eq!(verify(&honest, "/v1/lock", b"bodY"), Err(Unsigned::OtherBody));
        assert_eq!(
            verify(&headers(parameters(1001, 1)), "/v1/lock", b"body"),
            Err(Unsigned::Wrong)
        );
        assert_eq!(
            verify(&headers(parameters(1000, 2)), "/v1/lock", b"body"),
            Err(Unsigned::Wrong)
        );
        let other = RequestKey([4; 65]);
        assert_eq!(
            Shown::read(&honest, "/v1/lock", b"body").verify(&other),
            Err(Unsigned::Wrong)
        );
        for name in [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE] {
            let mut without = honest.clone();
            without.remove(name);
            assert_eq!(verify(&without, "/v1/lock", b"body"), Err(Unsigned::Missing), "{name}");
            let mut twice = honest.clone();
            twice.append(name, honest[name].clone());
            assert_eq!(verify(&twice, "/v1/lock", b"body"), Err(Unsigned::Missing), "{name}");
        }
    }
}
