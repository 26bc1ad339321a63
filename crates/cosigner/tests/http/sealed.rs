//! Requests that tests seal, kept so that their refusals can be read wherever the bytes are sent, and however often.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use mpc::{
    Abort,
    channel::{self, AwaitingAnswer, ChannelKey, ChannelPublicKey},
};
use rand_core::CryptoRngCore;

/// What waits for an answer, by the bytes of its request.
static AWAITING: LazyLock<Mutex<HashMap<Vec<u8>, AwaitingAnswer>>> = LazyLock::new(Mutex::default);

/// As the channel's own, which gives what waits for the answer.
pub(crate) fn seal_request(
    to: &ChannelPublicKey,
    from: Option<&ChannelKey>,
    label: &str,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<((), Vec<u8>), Abort> {
    let (awaiting, bytes) = channel::seal_request(to, from, label, plaintext, rng)?;
    AWAITING.lock().unwrap().insert(bytes.clone(), awaiting);
    Ok(((), bytes))
}

/// The refusal of a request that was sealed here, if it is one.
pub(crate) fn open_refusal(request: &[u8], answer: &[u8]) -> Option<Vec<u8>> {
    let awaiting = AWAITING.lock().unwrap();
    let refusal = awaiting.get(request)?.open_refusal(answer).ok()?;
    Some(refusal.to_vec())
}

/// The answer to a request that was sealed here: once.
pub(crate) fn open(request: &[u8], answer: &[u8]) -> Vec<u8> {
    let awaiting = AWAITING.lock().unwrap().remove(request).unwrap();
    awaiting.open(answer).unwrap().to_vec()
}
