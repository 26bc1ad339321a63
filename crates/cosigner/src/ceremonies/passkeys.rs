//! Further passkeys: a session whose person approves it lets another passkey open its wallets, or one no more.
//!
//! The shares are sealed to the passkeys by the browser; what is kept here is who they are, so that each browser seals to the same ones, and
//! the copy that a browser without one can be given.

use mpc::{WalletId, channel::ChannelPublicKey};
use rand_core::{OsRng, RngCore};
use wire::{
    ErrorCode,
    ceremony::{
        Assertion, DeviceName, Done, ListedPasskey, MAX_LISTED_PASSKEYS, NewPasskey, PasskeyAdd, PasskeyList,
        PasskeyOffer, PasskeyRemove, PasskeyRename, PasskeyStart, PasskeysListed, SealedCopy,
    },
    passkeys::MAX_PASSKEYS,
    share::MAX_WALLETS,
    statement::{ClaimedKey, PASSKEY_TRANSCRIPT, PasskeyChange, PasskeyTranscript, REGISTRATION, to_bytes},
};

use super::{clones, copies, dead_share, earlier, keep, note, or_refuse, session_check::live_session};
use crate::{
    api_error::ApiError,
    door::Call,
    limits::Subject,
    state::CoSigner,
    store::{ChangedPasskey, CredentialRecord, Event, PasskeysChange, Relisted, SessionRecord, WalletRecord},
    webauthn::{verify_assertion, verify_registration},
};

/// What names of passkeys are sealed as: they tell a reader of the database nothing of the people.
const NAME: &[u8] = b"claimkit/cosigner/passkey-name/v1";

/// A change that waits for the passkeys: its transcript, but for what is done.
pub(crate) struct Awaiting(PasskeyTranscript);

/// Whose place it takes: a person's many sessions crowd out nobody else's.
fn holder(Awaiting(transcript): &Awaiting) -> Option<WalletId> {
    transcript.keys.first().map(|key| key.wallet)
}

pub(crate) fn start(co_signer: &CoSigner, call: Call<PasskeyStart>) -> Result<PasskeyOffer, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let keys = call.message.keys;
    let mut wallets: Vec<_> = keys.iter().map(|key| key.wallet).collect();
    wallets.sort_unstable();
    wallets.dedup();
    if wallets.is_empty() || wallets.len() != keys.len() || wallets.len() > MAX_WALLETS {
        return Err(ApiError::invalid(
            "a change of passkeys names 1 to 16 wallets, no two alike",
        ));
    }
    let mut passkeys = Vec::with_capacity(keys.len());
    for key in &keys {
        passkeys.push(digest(&held(co_signer, &session, key, call.now)?)?);
    }
    take_change(co_signer, &session, call.now)?;
    let relying_party = &co_signer.config.relying_party;
    let mut offer = PasskeyOffer {
        nonce: [0; 32],
        rp_id: relying_party.id.clone(),
        rp_name: relying_party.name.clone(),
        passkeys,
    };
    OsRng.fill_bytes(&mut offer.nonce);
    let transcript = PasskeyTranscript {
        nonce: offer.nonce,
        rp_id: offer.rp_id.clone(),
        session: session.key,
        keys,
        passkeys: offer.passkeys.clone(),
        change: PasskeyChange::Make,
    };
    audit(co_signer, &transcript.keys, Event::PasskeysStarted, call.now)?;
    let ends = call.now + co_signer.config.lifetimes.claim;
    let place = session.key;
    co_signer
        .live
        .passkeys
        .insert_fairly((place, Awaiting(transcript)), (call.now, ends), holder);
    Ok(offer)
}

/// Adds a passkey.
///
/// # Security
/// A session alone adds none: its own passkey signs which one, by the hash of the registration and of what shares are sealed to.
pub(crate) fn add(co_signer: &CoSigner, call: Call<PasskeyAdd>) -> Result<Done, ApiError> {
    let PasskeyAdd {
        passkey,
        approval,
        copies,
    } = &call.message;
    change(co_signer, &call, (approval, copies), |transcript, session| {
        let challenge = hash(transcript);
        let made = made(co_signer, passkey, &challenge, call.now)?;
        let full = |wallet: &WalletRecord| {
            let passkeys = wallet.passkeys.as_ref();
            passkeys.is_some_and(|passkeys| passkeys.recipients.len() >= MAX_PASSKEYS)
        };
        for key in &transcript.keys {
            if full(&held(co_signer, session, key, call.now)?) {
                return Err(ApiError::invalid("at most 8 passkeys open a wallet: remove one first"));
            }
        }
        let change = PasskeyChange::Add {
            registration: mpc::tags::hash(REGISTRATION, &[&to_bytes(&passkey.registration)]),
            key: passkey.key,
        };
        Ok((change, ChangedPasskey::Added(made)))
    })
}

/// Removes a passkey: its sessions end with it.
pub(crate) fn remove(co_signer: &CoSigner, call: Call<PasskeyRemove>) -> Result<Done, ApiError> {
    let PasskeyRemove {
        credential,
        approval,
        copies,
    } = &call.message;
    change(co_signer, &call, (approval, copies), |transcript, session| {
        if *credential == session.credential {
            return Err(ApiError::invalid(
                "this passkey opened the session: unlock with another one to remove it",
            ));
        }
        for key in &transcript.keys {
            if !held(co_signer, session, key, call.now)?.is_opened_by(credential) {
                return Err(ApiError::invalid(
                    "the passkey does not open every wallet that was named",
                ));
            }
        }
        let change = PasskeyChange::Remove(credential.clone());
        Ok((change, ChangedPasskey::Removed(credential.clone())))
    })
}

/// Gives a passkey another name. The audit log tells of it: who has stolen a session can make a person remove the wrong one by it.
pub(crate) fn rename(co_signer: &CoSigner, call: Call<PasskeyRename>) -> Result<Done, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let PasskeyRename { credential, name } = call.message;
    let mut is_known = false;
    for wallet in &session.wallets {
        let wallet = co_signer.wallet(*wallet)?;
        if wallet.is_opened_by(&credential) {
            wallet.refuse_frozen()?;
            is_known = true;
        }
    }
    if !is_known {
        return Err(ApiError::not_authorised("the passkey opens no wallet of this session"));
    }
    take_change(co_signer, &session, call.now)?;
    let name = seal_name(co_signer, &credential, &name)?;
    or_refuse(co_signer.store.rename_passkey(credential, name, call.now), || {
        ApiError::not_authorised("the passkey is not known to this co-signer")
    })?;
    Ok(Done {})
}

pub(crate) fn list(co_signer: &CoSigner, call: Call<PasskeyList>) -> Result<PasskeysListed, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let mut wallets = Vec::with_capacity(session.wallets.len());
    for wallet in &session.wallets {
        wallets.push(co_signer.wallet(*wallet)?);
    }
    let mut passkeys = Vec::new();
    for known in co_signer.store.credentials_of(&session.wallets)? {
        let opened = wallets.iter().filter(|wallet| wallet.is_opened_by(&known.id));
        passkeys.push(ListedPasskey {
            name: name(co_signer, &known)?,
            created_at: known.created_at,
            used_at: known.used_at,
            is_current: known.id == session.credential,
            wallets: opened.map(|wallet| wallet.id).collect(),
            credential: known.id,
        });
    }
    passkeys.truncate(MAX_LISTED_PASSKEYS);
    Ok(PasskeysListed { passkeys })
}

/// Counts a change against the session that asks for it: other sessions of its wallets have theirs.
fn take_change(co_signer: &CoSigner, session: &SessionRecord, now: u64) -> Result<(), ApiError> {
    let taken = co_signer.limiter.take(Subject::Passkeys(session.key), now);
    taken.map_err(ApiError::rate_limited)
}

/// Gives up what a session has started: it ended, or another begins in its place.
pub(super) fn give_up(co_signer: &CoSigner, session: ChannelPublicKey) {
    co_signer
        .live
        .passkeys
        .drop_if(|Awaiting(transcript)| transcript.session == session);
}

/// The digest of the passkeys of a claimed wallet.
pub(super) fn digest(wallet: &WalletRecord) -> Result<[u8; 32], ApiError> {
    let passkeys = wallet.passkeys.as_ref();
    let passkeys = passkeys.ok_or_else(|| ApiError::internal("a claimed wallet has no passkey"))?;
    Ok(passkeys.digest())
}

/// A passkey that was made for this challenge, as it is stored.
pub(super) fn made(
    co_signer: &CoSigner,
    new: &NewPasskey,
    challenge: &[u8; 32],
    now: u64,
) -> Result<CredentialRecord, ApiError> {
    let verified = verify_registration(&new.registration, challenge, &co_signer.config.relying_party)?;
    if co_signer.store.credential(&verified.id)?.is_some() {
        return Err(ApiError::not_authorised(
            "the passkey is registered already: another one has to be made",
        ));
    }
    if !can_be_sealed_to(&new.key) {
        return Err(ApiError::invalid("nothing can be sealed to the passkey's key"));
    }
    Ok(CredentialRecord {
        name: seal_name(co_signer, &verified.id, &new.name)?,
        id: verified.id,
        public_key: verified.public_key,
        sign_count: verified.sign_count,
        key: new.key,
        created_at: now,
        used_at: now,
        backup_eligible: None,
    })
}

/// Carries out what the person approved. `what` looks at the passkey that it is about.
fn change<Q>(
    co_signer: &CoSigner,
    call: &Call<Q>,
    (approval, copies): (&Assertion, &[SealedCopy]),
    what: impl FnOnce(&PasskeyTranscript, &SessionRecord) -> Result<(PasskeyChange, ChangedPasskey), ApiError>,
) -> Result<Done, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let _turn = co_signer.turn(&call.request);
    if let Some(answer) = earlier(co_signer, &call.request)? {
        return Ok(answer);
    }
    // Taken out before anything is checked: each challenge is good for one answer.
    let awaiting = co_signer.live.passkeys.take_if(&session.key, call.now, |_| true);
    let Awaiting(transcript) = awaiting.ok_or_else(|| {
        ApiError::new(
            ErrorCode::SessionExpired,
            "this change of passkeys is over: start it again",
        )
    })?;
    let keys = transcript.keys.clone();
    let changed = carry_out(co_signer, (&session, transcript), (approval, copies), what, call);
    match &changed {
        Err(refusal) if refusal.code() != ErrorCode::StorageUnavailable => {
            audit(co_signer, &keys, Event::PasskeysRefused, call.now)?;
        }
        Ok(_) | Err(_) => {}
    }
    changed
}

fn carry_out<Q>(
    co_signer: &CoSigner,
    (session, mut transcript): (&SessionRecord, PasskeyTranscript),
    (approval, copies): (&Assertion, &[SealedCopy]),
    what: impl FnOnce(&PasskeyTranscript, &SessionRecord) -> Result<(PasskeyChange, ChangedPasskey), ApiError>,
    call: &Call<Q>,
) -> Result<Done, ApiError> {
    let (change, passkey) = what(&transcript, session)?;
    transcript.change = change;
    let sign_count = approve(co_signer, session, (approval, &transcript), call.now)?;
    let change = PasskeysChange {
        session: session.key,
        credential: session.credential.clone(),
        sign_count,
        wallets: relisted(co_signer, &transcript, copies)?,
        passkey,
        answer: keep(co_signer, call.request, &Done {}, call.now)?,
        at: call.now,
    };
    or_refuse(co_signer.store.change_passkeys(change), || {
        ApiError::new(
            ErrorCode::EpochMismatch,
            "the wallet was rotated, or its passkeys changed, meanwhile: nothing was changed, begin again",
        )
    })?;
    Ok(Done {})
}

/// Checks that the passkey which opened the session approves.
fn approve(
    co_signer: &CoSigner,
    session: &SessionRecord,
    (approval, transcript): (&Assertion, &PasskeyTranscript),
    now: u64,
) -> Result<u32, ApiError> {
    if approval.credential != session.credential {
        return Err(ApiError::not_authorised(
            "another passkey approved than the one that opened the session",
        ));
    }
    let own = co_signer.store.credential(&session.credential)?;
    let own = own.ok_or_else(|| ApiError::internal("the credential of a session is not stored"))?;
    let relying_party = &co_signer.config.relying_party;
    let asserted = verify_assertion(approval, &own.public_key, &hash(transcript), relying_party)?;
    let wallets: Vec<_> = transcript.keys.iter().map(|key| key.wallet).collect();
    clones::look(co_signer, &own, asserted, &wallets, now)?;
    Ok(asserted.sign_count)
}

fn relisted(
    co_signer: &CoSigner,
    transcript: &PasskeyTranscript,
    sealed: &[SealedCopy],
) -> Result<Vec<Relisted>, ApiError> {
    if sealed.len() != transcript.keys.len() {
        return Err(ApiError::invalid("one sealed copy is needed for each wallet"));
    }
    let wallets = transcript.keys.iter().zip(&transcript.passkeys).zip(sealed);
    let relisted = wallets.map(|((key, before), copy)| {
        Ok(Relisted {
            wallet: key.wallet,
            epoch: key.epoch,
            before: *before,
            copy: copies::seal(co_signer, key.wallet, key.epoch, copy)?,
        })
    });
    relisted.collect()
}

/// The wallet, if it is the session's, at this epoch, and opened by its passkey.
fn held(co_signer: &CoSigner, session: &SessionRecord, key: &ClaimedKey, now: u64) -> Result<WalletRecord, ApiError> {
    if !session.wallets.contains(&key.wallet) {
        return Err(ApiError::not_authorised("the session was not unlocked for this wallet"));
    }
    let wallet = co_signer.wallet(key.wallet)?;
    if !wallet.is_opened_by(&session.credential) {
        return Err(ApiError::not_authorised(
            "the wallet is not opened by the session's passkey",
        ));
    }
    if wallet.epoch != key.epoch {
        let error = ApiError::epoch_mismatch();
        return Err(dead_share::refused(co_signer, error, &wallet, key.epoch, now));
    }
    if (wallet.scheme(), wallet.public_key) != (key.scheme, key.public_key) {
        return Err(ApiError::new(
            ErrorCode::ShareInvalid,
            "the share is of another key than this co-signer's share of the wallet",
        ));
    }
    wallet.refuse_frozen()?;
    Ok(wallet)
}

/// Whether HPKE seals to a key: not to one of low order.
fn can_be_sealed_to(key: &ChannelPublicKey) -> bool {
    mpc::channel::seal_to(key, "", &[], &mut OsRng).is_ok()
}

fn audit(co_signer: &CoSigner, keys: &[ClaimedKey], event: Event, now: u64) -> Result<(), ApiError> {
    let wallets = keys.iter().map(|key| key.wallet).collect();
    note(co_signer, wallets, event, now)
}

fn hash(transcript: &PasskeyTranscript) -> [u8; 32] {
    mpc::tags::hash(PASSKEY_TRANSCRIPT, &[&to_bytes(transcript)])
}

fn seal_name(co_signer: &CoSigner, credential: &[u8], name: &DeviceName) -> Result<Vec<u8>, ApiError> {
    let context = [NAME, credential].concat();
    Ok(co_signer.root.seal_record(&context, name.as_str().as_bytes())?)
}

/// What a passkey is called; nothing was kept of one of an earlier build.
fn name(co_signer: &CoSigner, passkey: &CredentialRecord) -> Result<DeviceName, ApiError> {
    if passkey.name.is_empty() {
        return Ok(DeviceName::default());
    }
    let bytes = co_signer
        .root
        .open_record(&[NAME, &passkey.id].concat(), &passkey.name)?;
    let name = core::str::from_utf8(&bytes).ok().and_then(DeviceName::new);
    name.ok_or_else(|| ApiError::internal("the name of a passkey is damaged"))
}
