//! Sessions that are revoked while they are used: the answer is refused, and what was asked for did not happen.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cosigner::store::{Moment, Watch, Write};
use futures_util::future::{join, join_all};
use mpc::{Share, channel::ChannelKey, pairing::ClientPairing};
use wire::{
    ErrorCode,
    ceremony::{Revoked, SessionList, SessionRefresh, SessionRevoke},
};

use crate::{
    browser::Browser,
    burns::audited,
    world::{EACH_SCHEME, World, random_key, sealed_by},
};

/// A claimed wallet, and sessions of it.
struct Held {
    world: World,
    browser: Browser,
    share: Share,
    pairing: Option<ClientPairing>,
}

impl Held {
    async fn of(world: World) -> Self {
        let prepared = world.wallet().await;
        let browser = Browser::new();
        let (mut claimed, _) = browser.claim(&world, &[&prepared]).await;
        Self {
            world,
            browser,
            share: claimed.shares.remove(0),
            pairing: claimed.pairing,
        }
    }

    async fn unlock(&self, world: &World) -> ChannelKey {
        let session = random_key();
        self.browser.unlock(world, &session, &[&self.share]).await.unwrap();
        session
    }

    async fn sign(&self, world: &World, session: &ChannelKey) -> Result<mpc::Signature, ErrorCode> {
        world.sign(&sealed_by(session), &self.share, &self.pairing).await
    }

    async fn revoke(&self, session: &ChannelKey, which: Revoked) -> Result<(), ErrorCode> {
        let revoke = SessionRevoke { which };
        self.world.call(&sealed_by(session), &revoke).await.map(drop)
    }
}

/// Ends every session on the database, once, when a request's first look at its session is done: the look writes down that it was used.
fn revoking(world: &World) -> (Arc<AtomicBool>, Watch) {
    let (armed, database) = (Arc::new(AtomicBool::new(false)), world.config.database.clone());
    let trigger = armed.clone();
    let watch = move |write, moment| {
        if (write, moment) == (Write::UseSession, Moment::After) && trigger.swap(false, Ordering::Relaxed) {
            let db = rusqlite::Connection::open(&database).unwrap();
            assert!(db.execute("DELETE FROM sessions", []).unwrap() > 0);
        }
    };
    (armed, Arc::new(watch))
}

#[tokio::test]
async fn a_session_revoked_between_the_two_looks_of_a_signature_gets_none() {
    for wallet_type in EACH_SCHEME {
        let mut held = Held::of(World::of(wallet_type)).await;
        let (armed, watch) = revoking(&held.world);
        held.world.restart_watched(watch);
        let session = held.unlock(&held.world).await;
        held.world.pass(60);
        held.sign(&held.world, &session).await.unwrap();
        held.world.pass(60);
        armed.store(true, Ordering::Relaxed);
        let refused = held.sign(&held.world, &session).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
        assert!(!armed.load(Ordering::Relaxed));
        // The pairing answered a query that nobody heard of: it goes on.
        let next = held.unlock(&held.world).await;
        held.sign(&held.world, &next).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_revoked_between_the_two_looks_of_a_refresh_gets_no_later_end() {
    let mut held = Held::of(World::new()).await;
    let (armed, watch) = revoking(&held.world);
    held.world.restart_watched(watch);
    let session = held.unlock(&held.world).await;
    held.world.pass(60);
    armed.store(true, Ordering::Relaxed);
    let refresh = SessionRefresh { refreshed: 0 };
    let refused = held.world.call(&sealed_by(&session), &refresh).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    assert!(!armed.load(Ordering::Relaxed));
    assert_eq!(audited(&held.world, "session_refreshed"), (0, 0));
}

#[tokio::test]
async fn fifty_sessions_that_revoke_each_other_at_once_end_in_one_or_none() {
    let held = Held::of(World::new()).await;
    for (which, left) in [(Revoked::Others, 1), (Revoked::All, 0)] {
        let mut sessions = Vec::new();
        for _ in 0..50 {
            sessions.push(held.unlock(&held.world).await);
        }
        let all = join_all(sessions.iter().map(|session| held.revoke(session, which))).await;
        assert!(all.contains(&Ok(())));
        let others = all.iter().filter(|outcome| outcome.is_err());
        for refused in others {
            assert_eq!(*refused, Err(ErrorCode::SessionExpired));
        }
        let list = SessionList {};
        let callers: Vec<_> = sessions.iter().map(sealed_by).collect();
        let alive = join_all(callers.iter().map(|caller| held.world.call(caller, &list))).await;
        assert_eq!(alive.iter().filter(|alive| alive.is_ok()).count(), left);
        held.world.pass(60);
    }
}

#[tokio::test]
async fn one_session_revoked_fifty_times_at_once_is_revoked_and_told_once() {
    let held = Held::of(World::new()).await;
    let (by, session) = (held.unlock(&held.world).await, held.unlock(&held.world).await);
    let listed = held.world.call(&sealed_by(&session), &SessionList {}).await.unwrap();
    let current = listed.sessions.iter().find(|listed| listed.is_current).unwrap();
    let which = Revoked::One(current.session);
    let all = join_all((0..50).map(|_| held.revoke(&by, which))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(audited(&held.world, "session_revoked"), (1, 1));
    assert_eq!(
        held.sign(&held.world, &session).await.unwrap_err(),
        ErrorCode::SessionExpired
    );
    held.sign(&held.world, &by).await.unwrap();
}

#[tokio::test]
async fn a_session_that_signs_in_another_process_signs_no_more_once_all_are_revoked() {
    for wallet_type in EACH_SCHEME {
        let held = Held::of(World::of(wallet_type)).await;
        let by = held.unlock(&held.world).await;
        let other = held.world.beside();
        let session = held.unlock(&other).await;
        // Signatures before, while and after.
        held.sign(&other, &session).await.unwrap();
        let signing = join_all((0..20).map(|_| held.sign(&other, &session)));
        let (signed, revoked) = join(signing, held.revoke(&by, Revoked::All)).await;
        revoked.unwrap();
        for refused in signed.into_iter().filter_map(Result::err) {
            assert_eq!(refused, ErrorCode::SessionExpired);
        }
        assert_eq!(
            held.sign(&other, &session).await.unwrap_err(),
            ErrorCode::SessionExpired
        );
        // The claim's own session, too.
        assert_eq!(audited(&held.world, "session_revoked"), (3, 3));
        let next = held.unlock(&other).await;
        held.sign(&other, &next).await.unwrap();
    }
}
