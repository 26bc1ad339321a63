//! Unlock, sign, lock.

use mpc::{PairingId, RunId};
use rand_core::OsRng;
use wire::{
    ErrorCode,
    ceremony::{Lock, Sign, SignQuery},
};

use crate::{
    browser::{Browser, finish, start, unlock_hash},
    world::{Caller, EACH_SCHEME, ORIGIN, World, context, random_key, sealed_by, signing},
};

#[tokio::test]
async fn a_session_signs_until_it_is_locked() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let (prepared, _) = browser.claim(&world, &[&one, &two]).await;
        let [one, two] = prepared.shares.as_slice() else {
            panic!()
        };
        let session = random_key();
        let unlocked = browser.unlock(&world, &session, &[one]).await.unwrap();
        assert_eq!(unlocked.expires_at, world.now() + 90 * 60);
        assert_eq!(unlocked.keys, [one.info().clone()]);
        world.sign(&sealed_by(&session), one, &prepared.pairing).await.unwrap();
        // It was unlocked for one wallet.
        let refused = world.sign(&sealed_by(&session), two, &prepared.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
        world.call(&sealed_by(&session), &Lock {}).await.unwrap();
        let refused = world.sign(&sealed_by(&session), one, &prepared.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
        // Locking twice is locking.
        world.call(&sealed_by(&session), &Lock {}).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_claimed_at_one_origin_opens_at_a_related_one_and_at_no_other() {
    let related = "https://example.org";
    let world = World::with(|config| config.relying_party.related_origins = vec![related.to_owned()]);
    let share = world.wallet().await;
    let mut browser = Browser::new();
    browser.origin = "https://evil.example";
    let prepared = browser.prepared(&world, &[&share]).await;
    let refused = browser.confirm(&world, &prepared).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    browser.origin = ORIGIN;
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let share = &prepared.shares[0];
    for stranger in ["https://evil.example", "https://app.example.org", "http://example.org"] {
        browser.origin = stranger;
        let refused = browser.unlock(&world, &random_key(), &[share]).await;
        assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised), "{stranger}");
    }
    browser.origin = related;
    let session = random_key();
    browser.unlock(&world, &session, &[share]).await.unwrap();
    world
        .sign(&sealed_by(&session), share, &prepared.pairing)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let (prepared, _) = browser.claim(&world, &[&share]).await;
        let session = random_key();
        let share = &prepared.shares[0];
        browser.unlock(&world, &session, &[share]).await.unwrap();
        // Used every half an hour.
        for wait in [30 * 60, 30 * 60, 30 * 60 - 1] {
            world.pass(wait);
            world
                .sign(&sealed_by(&session), share, &prepared.pairing)
                .await
                .unwrap();
        }
        world.pass(1);
        let refused = world.sign(&sealed_by(&session), share, &prepared.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    }
}

#[tokio::test]
async fn the_old_share_signs_in_no_session_and_is_erased_with_the_first_signature() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let old = world.wallet().await;
        let browser = Browser::new();
        let (prepared, _) = browser.claim(&world, &[&old]).await;
        let session = random_key();
        browser.unlock(&world, &session, &[&old]).await.unwrap();
        let refused = world.sign(&sealed_by(&session), &old, &prepared.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
        // Nor does a query that is not answered erase it.
        let (_, asked) = signing(&prepared.shares[0], &prepared.pairing, RunId::random(&mut OsRng));
        let refused = world.call(&sealed_by(&session), &unanswerable(asked)).await;
        assert!(matches!(
            refused.err(),
            Some(ErrorCode::PairingBurnt | ErrorCode::PeerMisbehaved)
        ));
        assert_eq!(epochs(&world), [(0, "retired".to_owned()), (1, "active".to_owned())]);
        world
            .sign(&sealed_by(&session), &prepared.shares[0], &prepared.pairing)
            .await
            .unwrap();
        assert_eq!(epochs(&world), [(1, "active".to_owned())]);
    }
}

#[tokio::test]
async fn what_nobody_acknowledged_is_erased_after_a_day() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        Browser::new().claim(&world, &[&share]).await;
        world.pass(24 * 60 * 60);
        world.state.sweep().unwrap();
        assert_eq!(epochs(&world).len(), 2);
        world.pass(1);
        assert_eq!(world.state.sweep().unwrap().retired, 1);
        assert_eq!(epochs(&world), [(1, "active".to_owned())]);
    }
}

/// To a pairing that is nobody's, or in a context that is another.
fn unanswerable(mut message: Sign) -> Sign {
    match &mut message.query {
        SignQuery::Ecdsa { pairing, .. } => *pairing = PairingId::random(&mut OsRng),
        SignQuery::Eddsa { query, .. } => {
            let mut bytes = borsh::to_vec(query).unwrap();
            bytes[0] ^= 1;
            *query = borsh::from_slice(&bytes).unwrap();
        }
    }
    message
}

fn epochs(world: &World) -> Vec<(u32, String)> {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let mut statement = db.prepare("SELECT epoch, state FROM shares ORDER BY epoch").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_challenge_is_good_for_one_answer_of_its_own_key_in_its_own_time() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    browser.claim(&world, &[&share]).await;
    let (session, other) = (random_key(), random_key());
    let begin = start(vec![share.info().wallet], &session);
    let caller = sealed_by(&session);
    let offer = world.call(&caller, &begin).await.unwrap();
    let answer = finish(browser.assert(&unlock_hash(&begin, &offer, &session)));
    // Another key can't use it.
    let refused = world.call(&sealed_by(&other), &answer).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    world.call(&caller, &answer).await.unwrap();
    assert_eq!(
        world.call(&caller, &answer).await.unwrap_err(),
        ErrorCode::SessionExpired
    );
    // An answer to an earlier challenge uses the later one up.
    let offer = world.call(&caller, &begin).await.unwrap();
    assert_eq!(
        world.call(&caller, &answer).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
    let answer = finish(browser.assert(&unlock_hash(&begin, &offer, &session)));
    assert_eq!(
        world.call(&caller, &answer).await.unwrap_err(),
        ErrorCode::SessionExpired
    );
    // Late.
    let offer = world.call(&caller, &begin).await.unwrap();
    let answer = finish(browser.assert(&unlock_hash(&begin, &offer, &session)));
    world.pass(5 * 60);
    assert_eq!(
        world.call(&caller, &answer).await.unwrap_err(),
        ErrorCode::SessionExpired
    );
}

#[tokio::test]
async fn only_the_passkey_of_the_claim_unlocks_a_wallet() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let (ada, eve) = (Browser::new(), Browser::new());
        ada.claim(&world, &[&one]).await;
        let (of_eve, _) = eve.claim(&world, &[&two]).await;
        let session = random_key();
        assert_eq!(
            eve.unlock(&world, &session, &[&one]).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
        assert_eq!(
            eve.unlock(&world, &session, &[&one, &two]).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
        // One of another passkey behind the first is left out.
        let opened = eve.unlock(&world, &session, &[&two, &one]).await.unwrap();
        assert_eq!(opened.keys.len(), 1);
        assert_eq!(opened.keys[0].wallet, two.info().wallet);
        let refused = world.sign(&sealed_by(&session), &one, &of_eve.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
        assert_eq!(
            Browser::new().unlock(&world, &session, &[&one]).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
        // Eve's pairing and session are of no use with Ada's wallet.
        eve.unlock(&world, &session, &[&two]).await.unwrap();
        let refused = world.sign(&sealed_by(&session), &one, &of_eve.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    }
}

#[tokio::test]
async fn an_unlock_names_claimed_wallets() {
    let world = World::new();
    let share = world.wallet().await;
    let session = random_key();
    let id = share.info().wallet;
    let mut many = vec![context().wallet; 1];
    many.extend((0..16).map(|_| context().wallet));
    for (wallets, code) in [
        (vec![id, id], ErrorCode::InvalidArgument),
        (many, ErrorCode::InvalidArgument),
        (vec![context().wallet], ErrorCode::WalletNotFound),
        (vec![id], ErrorCode::NotAuthorised),
    ] {
        let begin = start(wallets, &session);
        assert_eq!(world.call(&sealed_by(&session), &begin).await.unwrap_err(), code);
    }
    let begin = start(vec![id], &session);
    assert_eq!(
        world.call(&Caller::default(), &begin).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
    assert_eq!(
        world.call(&Caller::default(), &Lock {}).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
}

#[tokio::test]
async fn a_failed_check_in_a_session_burns_the_browsers_pairing() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let session = random_key();
    let share = &prepared.shares[0];
    browser.unlock(&world, &session, &[share]).await.unwrap();
    let run = mpc::RunId::random(&mut rand_core::OsRng);
    let (_, message) = crate::world::signing(share, &prepared.pairing, run);
    let refused = world
        .call(&sealed_by(&session), &crate::back_end::cheating(&message))
        .await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
    let refused = world.sign(&sealed_by(&session), share, &prepared.pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
}

#[tokio::test]
async fn a_session_makes_a_new_pairing_in_the_place_of_a_burnt_one() {
    let mut world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let session = random_key();
    let share = &prepared.shares[0];
    browser.unlock(&world, &session, &[share]).await.unwrap();
    let pairing = world.pairing_of(&sealed_by(&session)).await.unwrap();
    world.sign(&sealed_by(&session), share, &pairing).await.unwrap();
    // It belongs to the passkey, not to the session.
    world.restart();
    let later = random_key();
    browser.unlock(&world, &later, &[share]).await.unwrap();
    world.sign(&sealed_by(&later), share, &pairing).await.unwrap();
    let stranger = random_key();
    assert_eq!(
        world.pairing_of(&sealed_by(&stranger)).await.err(),
        Some(ErrorCode::SessionExpired)
    );
}
