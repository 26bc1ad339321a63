//! What a session does with itself and its kin: it is refreshed, listed, revoked, locked.

use mpc::WalletId;
use wire::ceremony::{
    DeviceName, Done, ListedSession, Lock, MAX_SESSIONS, SessionList, SessionRefresh, SessionRefreshed, SessionRevoke,
    SessionTerms, Sessions,
};

use super::{
    export, or_refuse, passkeys,
    session_check::{check_session, lasts, live_session, over},
};
use crate::{
    api_error::ApiError,
    door::Call,
    state::CoSigner,
    store::{Refresh, Revocation, SessionRecord},
};

/// What names of devices are sealed as: they tell a reader of the database nothing of the people.
const DEVICE: &[u8] = b"claimkit/cosigner/device/v1";

fn context(session: &[u8; 16]) -> Vec<u8> {
    [DEVICE, session].concat()
}

/// How long sessions may be here.
pub(super) fn terms(co_signer: &CoSigner) -> SessionTerms {
    let lifetimes = &co_signer.config.lifetimes;
    SessionTerms {
        length: lifetimes.session,
        idle: lifetimes.session_idle,
        maximum: lifetimes.session_maximum,
        refreshes: co_signer.config.policy.session_refreshes,
        epoch: lifetimes.epoch,
    }
}

/// Seals a device's name, to be stored.
pub(super) fn seal_device(co_signer: &CoSigner, session: &[u8; 16], name: &DeviceName) -> Result<Vec<u8>, ApiError> {
    Ok(co_signer
        .root
        .seal_record(&context(session), name.as_str().as_bytes())?)
}

fn device(co_signer: &CoSigner, session: &SessionRecord) -> Result<DeviceName, ApiError> {
    let bytes = co_signer.root.open_record(&context(&session.id), &session.device)?;
    let name = core::str::from_utf8(&bytes).ok().and_then(DeviceName::new);
    name.ok_or_else(|| ApiError::internal("the name of a device is damaged"))
}

pub(crate) fn refresh(co_signer: &CoSigner, call: Call<SessionRefresh>) -> Result<SessionRefreshed, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let SessionTerms {
        length,
        maximum,
        refreshes,
        ..
    } = terms(co_signer);
    let refresh = Refresh {
        key: session.key,
        refreshed: call.message.refreshed,
        allowed: refreshes,
        expires_at: (call.now + length).min(session.began_at.saturating_add(maximum)),
        at: call.now,
    };
    let refreshed = or_refuse(co_signer.store.refresh_session(refresh), over)?;
    refreshed.ok_or_else(|| {
        ApiError::not_authorised(
            "the session was refreshed as often as this co-signer's operator allows: unlock the wallet again",
        )
    })
}

pub(crate) fn list(co_signer: &CoSigner, call: Call<SessionList>) -> Result<Sessions, ApiError> {
    let own = live_session(co_signer, &call.caller, call.now)?;
    let mut kin = co_signer.store.sessions_of(&own.wallets)?;
    kin.retain(|session| lasts(co_signer, session, call.now));
    kin.truncate(MAX_SESSIONS);
    let listed = |session: &SessionRecord| {
        let shared = |wallet: &&WalletId| own.wallets.contains(wallet);
        Ok(ListedSession {
            session: session.id,
            device: device(co_signer, session)?,
            began_at: session.began_at,
            used_at: session.used_at,
            expires_at: session.expires_at,
            is_current: session.key == own.key,
            wallets: session.wallets.iter().filter(shared).copied().collect(),
        })
    };
    let sessions = kin.iter().map(listed).collect::<Result<_, ApiError>>()?;
    Ok(Sessions { sessions })
}

/// Ends sessions: none of them is answered again, by whatever process of the co-signer.
pub(crate) fn revoke(co_signer: &CoSigner, call: Call<SessionRevoke>) -> Result<Done, ApiError> {
    let session = live_session(co_signer, &call.caller, call.now)?;
    let revocation = Revocation {
        by: session.key,
        which: call.message.which,
        at: call.now,
    };
    or_refuse(co_signer.store.revoke_sessions(revocation), over)?;
    Ok(Done {})
}

/// Locking twice is locking: a session that is over, or was never there, is locked.
pub(crate) fn lock(co_signer: &CoSigner, call: Call<Lock>) -> Result<Done, ApiError> {
    let key = call.caller.sender()?;
    if let Some(session) = co_signer.store.session(&key)? {
        check_session(co_signer, &call.caller, &session, call.now)?;
        export::give_up(co_signer, key);
        passkeys::give_up(co_signer, key);
        co_signer.store.end_session(key, call.now)?;
    }
    Ok(Done {})
}
