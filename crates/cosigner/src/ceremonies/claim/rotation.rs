//! Rotation: a session asks to change both shares of what it holds once more. From here on it is a claim that makes no passkey.

use wire::{
    ErrorCode,
    ceremony::{ClaimOffer, RotationStart},
    share::MAX_WALLETS,
    statement::Ground,
};

use super::{
    ground,
    start::{Offering, offer, repeated},
};
use crate::{
    api_error::ApiError,
    ceremonies::{age, copies::receipt_of_epoch, passkeys::digest, session_check::live_session},
    door::Call,
    limits::Subject,
    state::CoSigner,
    store::{ClaimGround, PairingOwner},
};

pub(crate) fn start(co_signer: &CoSigner, call: Call<RotationStart>) -> Result<ClaimOffer, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let _turn = co_signer.turn(&call.request);
    let keys = call.message.keys;
    let mut wallets: Vec<_> = keys.iter().map(|key| key.wallet).collect();
    wallets.sort_unstable();
    wallets.dedup();
    if wallets.is_empty() || wallets.len() != keys.len() || wallets.len() > MAX_WALLETS {
        return Err(ApiError::invalid("a rotation names 1 to 16 wallets, no two alike"));
    }
    let (mut imported, mut passkeys, mut claimant) = (Vec::with_capacity(keys.len()), Vec::new(), None);
    for key in &keys {
        if !session.wallets.contains(&key.wallet) {
            return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
        }
        let ground = Ground::Session {
            credential: session.credential.clone(),
            passkeys: Vec::new(),
        };
        let record = ground::held(co_signer, &ground, key, call.now)?;
        age::refuse_young(co_signer, &record, call.now)?;
        if (record.scheme(), record.public_key) != (key.scheme, key.public_key) {
            return Err(ApiError::new(
                ErrorCode::ShareInvalid,
                "the share is of another key than this co-signer's share of the wallet",
            ));
        }
        imported.push(record.is_imported());
        passkeys.push(digest(&record)?);
        // A passkey is made in one claim: all its wallets are of one claimant.
        claimant = Some(receipt_of_epoch(co_signer, record.id, record.epoch)?.body.claimant);
    }
    if let Some(offer) = repeated(co_signer, &call.request, call.now) {
        return Ok(offer);
    }
    let limited = |outcome: Result<(), u32>| outcome.map_err(ApiError::rate_limited);
    for key in &keys {
        // Counted where the passkey has approved it.
        limited(co_signer.limiter.check(Subject::Rotation(key.wallet), call.now))?;
    }
    limited(co_signer.limiter.take(Subject::RotationStart(session.key), call.now))?;
    if keys.iter().any(ground::transfers) {
        // It makes a pairing: how fast these are made bounds how fast bits of a Δ are learnt.
        let owner = PairingOwner::Credential(session.credential.clone());
        co_signer
            .limiter
            .take(Subject::Pairing(owner), call.now)
            .map_err(ApiError::rate_limited)?;
    }
    let offering = Offering {
        browser: session.key,
        ground: (
            Ground::Session {
                credential: session.credential.clone(),
                passkeys: passkeys.clone(),
            },
            ClaimGround::Session {
                credential: session.credential,
                passkeys: passkeys.clone(),
            },
        ),
        receipt_claimant: claimant.ok_or_else(|| ApiError::internal("a rotation of no wallet"))?,
        keys,
        imported,
        passkeys,
        session: None,
    };
    offer(co_signer, offering, (call.request, call.now))
}
