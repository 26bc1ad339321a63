//! The session that a claim ends in: what opens it, when it begins, and that there is one of it.

use mpc::{Share, channel::ChannelKey};
use wire::{
    ErrorCode, RequestKey,
    ceremony::{Assertion, ClaimCommit, ClaimPasskey, DeviceName, ListedSession, Lock, Registration, SessionList},
    statement::{CLAIM_SESSION, ClaimTranscript, ClaimedKey, Ground, to_bytes},
};

use crate::{
    browser::{Browser, Prepared, Said},
    burns::audited,
    world::{EACH_SCHEME, ORIGIN, World, public, random_key, request_key, sealed_by},
};

/// The sessions that one of them sees; why it is no session, if it is none.
async fn sessions(world: &World, session: &ChannelKey) -> Result<Vec<ListedSession>, ErrorCode> {
    let listed = world.call(&sealed_by(session), &SessionList {}).await?;
    Ok(listed.sessions)
}

/// What a passkey signs first in a claim that differs from this one.
fn session_hash(prepared: &Prepared, change: impl FnOnce(&mut ClaimTranscript)) -> [u8; 32] {
    let mut transcript = prepared.started.transcript.clone();
    change(&mut transcript);
    mpc::tags::hash(CLAIM_SESSION, &[&to_bytes(&transcript)])
}

fn session_of(transcript: &mut ClaimTranscript) -> &mut wire::statement::ClaimedSession {
    match &mut transcript.ground {
        Ground::Ticket { session, .. } => session,
        Ground::Session { .. } => panic!("a claim"),
    }
}

#[tokio::test]
async fn claim_ends_in_a_session_of_its_wallets_that_signs() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&one, &two]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        assert_eq!(
            sessions(&world, &browser.session).await.err(),
            Some(ErrorCode::SessionExpired)
        );
        let (before, _) = audited(&world, "unlocked");
        browser.commit(&world, &commit).await.unwrap();
        assert_eq!(audited(&world, "unlocked"), (before + 2, before + 2));

        let listed = sessions(&world, &browser.session).await.unwrap();
        let offered = prepared.started.offer.session.unwrap();
        let [only] = listed.as_slice() else {
            panic!("{} sessions", listed.len());
        };
        assert_eq!((only.session, only.expires_at), (offered.id, offered.expires_at));
        assert_eq!((only.device.as_str(), only.is_current), ("the claim's", true));
        assert_eq!(only.wallets, [one.info().wallet, two.info().wallet]);
        let pairing = prepared.pairing.as_ref();
        for share in &prepared.shares {
            world.sign(&sealed_by(&browser.session), share, pairing).await.unwrap();
        }
    }
}

#[tokio::test]
async fn commit_that_comes_again_gives_the_same_and_begins_no_other() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    let receipts = browser.commit(&world, &commit).await.unwrap();
    let before = sessions(&world, &browser.session).await.unwrap();
    assert_eq!(browser.commit(&world, &commit).await.unwrap(), receipts);
    assert_eq!(sessions(&world, &browser.session).await.unwrap(), before);
    assert_eq!(audited(&world, "unlocked").0, 1);

    // Nor does it bring one back that was ended since.
    world.call(&sealed_by(&browser.session), &Lock {}).await.unwrap();
    assert_eq!(browser.commit(&world, &commit).await.unwrap(), receipts);
    assert_eq!(
        sessions(&world, &browser.session).await.err(),
        Some(ErrorCode::SessionExpired)
    );
    let other_device = ClaimCommit {
        device: DeviceName::new("another"),
        ..commit
    };
    assert_eq!(
        browser.commit(&world, &other_device).await.unwrap_err(),
        ErrorCode::AlreadyClaimed
    );
}

#[tokio::test]
async fn assertion_of_something_else_confirms_nothing() {
    let world = World::with(|config| config.limits.failed_confirmations = 100);
    let share = world.wallet().await;
    let (browser, other) = (Browser::new(), Browser::new());
    let prepared = browser.prepared(&world, &[&share]).await;
    let honest = browser.confirming(&prepared).confirm;
    let hash = prepared.started.session_hash();
    let another_key = RequestKey(request_key(&random_key()).0);
    let none = Assertion {
        credential: Vec::new(),
        authenticator_data: Vec::new(),
        client_data_json: Vec::new(),
        signature: Vec::new(),
    };
    let another_session = public(&random_key());
    let refused = [
        ("no assertion", none, ErrorCode::InvalidArgument),
        (
            "the registration's challenge",
            browser.assert(&prepared.started.hash()),
            ErrorCode::NotAuthorised,
        ),
        ("another challenge", browser.assert(&[1; 32]), ErrorCode::NotAuthorised),
        (
            "another claim",
            browser.assert(&session_hash(&prepared, |transcript| transcript.claim = [7; 16])),
            ErrorCode::NotAuthorised,
        ),
        (
            "another key that seals",
            browser.assert(&session_hash(&prepared, |transcript| {
                session_of(transcript).key = another_session;
            })),
            ErrorCode::NotAuthorised,
        ),
        (
            "another key that signs",
            browser.assert(&session_hash(&prepared, |transcript| {
                session_of(transcript).request_key = another_key;
            })),
            ErrorCode::NotAuthorised,
        ),
        (
            "a longer session",
            browser.assert(&session_hash(&prepared, |transcript| {
                session_of(transcript).terms.maximum += 1;
            })),
            ErrorCode::NotAuthorised,
        ),
        ("another passkey", other.assert(&hash), ErrorCode::NotAuthorised),
        (
            "another passkey under this one's name",
            Assertion {
                credential: browser.credential.clone(),
                ..other.assert(&hash)
            },
            ErrorCode::NotAuthorised,
        ),
        (
            "no user verification",
            browser.assert_with(0x01, &hash),
            ErrorCode::NotAuthorised,
        ),
        (
            "a frame of another origin",
            browser.assert_saying(Said {
                is_cross_origin: true,
                origin: ORIGIN,
                ..Said::of(&hash)
            }),
            ErrorCode::NotAuthorised,
        ),
    ];
    for (what, assertion, code) in refused {
        let mut confirm = honest.clone();
        let ClaimPasskey::New { assertion: sent, .. } = &mut confirm.passkey else {
            panic!("a claim makes a passkey");
        };
        *sent = assertion;
        let refusal = world.call(&sealed_by(&browser.key), &confirm).await;
        assert_eq!(refusal.unwrap_err(), code, "{what}");
    }
    // Nor is the registration of one taken with the assertion of the other.
    let mut mixed = honest.clone();
    let ClaimPasskey::New { passkey, .. } = &mut mixed.passkey else {
        panic!("a claim makes a passkey");
    };
    passkey.registration = Registration {
        ..other.register(&prepared.started.hash())
    };
    let refusal = world.call(&sealed_by(&browser.key), &mixed).await;
    assert_eq!(refusal.unwrap_err(), ErrorCode::NotAuthorised);

    let commit = browser.confirm(&world, &prepared).await.unwrap();
    browser.commit(&world, &commit).await.unwrap();
}

#[tokio::test]
async fn claim_under_the_key_of_anothers_session_ends_neither() {
    let world = World::new();
    let (mine, theirs) = (world.wallet().await, world.wallet().await);
    let victim = Browser::new();
    victim.claim(&world, &[&theirs]).await;
    let mut thief = Browser::new();
    // Its public half is in clear in every request of that session.
    thief.session = ChannelKey::from_seed(&[1; 32]);
    let seen = public(&victim.session);
    let key = ClaimedKey::of(mine.info()).unwrap();
    let mut start = thief.start_of(world.ticket(&[&mine], &thief.key), vec![key]);
    start.session = seen;
    let started = thief.started_by(&world, start).await.unwrap();
    let refreshed = thief.refresh(&world, started, &[&mine]).await.unwrap();
    let prepared = thief.prepare(&world, refreshed).await.unwrap();
    assert_eq!(
        thief.confirm(&world, &prepared).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    assert_eq!(sessions(&world, &victim.session).await.unwrap().len(), 1);
}

#[tokio::test]
async fn session_that_began_between_confirm_and_commit_stays() {
    let world = World::new();
    let (mine, theirs) = (world.wallet().await, world.wallet().await);
    let (one, two) = (Browser::new(), Browser::new());
    let of = |prepared: &Prepared, share: &Share| prepared.started.transcript.keys[0].wallet == share.info().wallet;
    let key = ClaimedKey::of(mine.info()).unwrap();
    let mut start = one.start_of(world.ticket(&[&mine], &one.key), vec![key]);
    start.session = public(&two.session);
    let started = one.started_by(&world, start).await.unwrap();
    let refreshed = one.refresh(&world, started, &[&mine]).await.unwrap();
    let prepared = one.prepare(&world, refreshed).await.unwrap();
    assert!(of(&prepared, &mine));
    let commit = one.confirm(&world, &prepared).await.unwrap();
    two.claim(&world, &[&theirs]).await;
    let before = sessions(&world, &two.session).await.unwrap();
    one.commit(&world, &commit).await.unwrap_err();
    assert_eq!(sessions(&world, &two.session).await.unwrap(), before);
    // Nothing of it was committed.
    Browser::new().claim(&world, &[&mine]).await;
}

#[tokio::test]
async fn claim_that_outlasts_its_session_ends_without_one() {
    let mut world = World::new();
    world.config.lifetimes.session = 60;
    world.config.lifetimes.session_idle = 60;
    world.restart();
    let share = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    world.pass(60);
    let receipts = browser.commit(&world, &commit).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(
        sessions(&world, &browser.session).await.err(),
        Some(ErrorCode::SessionExpired)
    );
    assert_eq!(audited(&world, "unlocked").0, 0);
}

#[tokio::test]
async fn session_key_that_is_no_point_is_refused_at_once() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let key = ClaimedKey::of(share.info()).unwrap();
    let mut start = browser.start_of(world.ticket(&[&share], &browser.key), vec![key]);
    start.request_key = RequestKey([4; 65]);
    assert_eq!(
        world.call(&sealed_by(&browser.key), &start).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}
