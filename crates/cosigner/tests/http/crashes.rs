//! The co-signer ends between any two requests and starts again on the same file: what it answered for still holds.

use core::future::{pending, ready};

use cosigner::{
    api_key::Scope,
    serve::{Listeners, serve},
};
use futures_util::FutureExt;
use wire::{ErrorCode, ceremony::ResumeOutcome};

use crate::{
    browser::Browser,
    resuming::resume,
    world::{EACH_SCHEME, World, random_key, sealed_by},
};

#[tokio::test]
async fn a_restart_before_prepare_ends_the_claim_and_leaves_the_share_good() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let ticket = world.ticket(&[&share], &browser.key);
        let started = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
        world.restart();
        let refused = browser.refresh(&world, started, &[&share]).await;
        assert_eq!(refused.err(), Some(ErrorCode::ClaimExpired));
        let started = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        world.restart();
        assert_eq!(
            browser.prepare(&world, refreshed).await.err(),
            Some(ErrorCode::ClaimExpired)
        );
        let started = browser.start(&world, ticket, &[&share]).await.unwrap();
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        browser.prepare(&world, refreshed).await.unwrap();
    }
}

#[tokio::test]
async fn a_restart_after_every_durable_step_changes_nothing() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let shares = [&one, &two];
        let started = browser
            .start(&world, world.ticket(&shares, &browser.key), &shares)
            .await
            .unwrap();
        let claim = started.offer.claim;
        let refreshed = browser.refresh(&world, started, &shares).await.unwrap();
        let first = world.call(&sealed_by(&browser.key), &refreshed.prepare).await.unwrap();
        world.restart();
        let again = world.call(&sealed_by(&browser.key), &refreshed.prepare).await.unwrap();
        assert_eq!(first, again);
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        world.restart();
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        world.restart();
        let receipts = browser.commit(&world, &commit).await.unwrap();
        world.restart();
        assert_eq!(browser.commit(&world, &commit).await.unwrap(), receipts);
        let mut other = commit.clone();
        other.signatures.reverse();
        assert_eq!(
            browser.commit(&world, &other).await.unwrap_err(),
            ErrorCode::AlreadyClaimed
        );
        let resumed = resume(&world, claim, &prepared.shares).await.unwrap();
        assert_eq!(
            resumed,
            receipts.into_iter().map(ResumeOutcome::Live).collect::<Vec<_>>()
        );
        browser.acknowledge(&world, claim).await.unwrap();
        world.restart();
        browser.acknowledge(&world, claim).await.unwrap();

        let session = random_key();
        browser
            .unlock(&world, &session, &[&prepared.shares[0], &prepared.shares[1]])
            .await
            .unwrap();
        world.restart();
        for share in &prepared.shares {
            world
                .sign(&sealed_by(&session), share, &prepared.pairing)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a_confirmation_whose_answer_was_lost_is_not_given_again_and_a_new_claim_goes_through() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let ticket = world.ticket(&[&share], &browser.key);
        let started = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        let confirming = browser.confirming(&prepared);
        world.call(&sealed_by(&browser.key), &confirming.confirm).await.unwrap();
        world.restart();
        let again = world.call(&sealed_by(&browser.key), &confirming.confirm).await;
        assert_eq!(again.unwrap_err(), ErrorCode::ClaimExpired);
        // The ticket is not spent and the passkey not registered.
        let started = browser.start(&world, ticket, &[&share]).await.unwrap();
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        browser.commit(&world, &commit).await.unwrap();
    }
}

#[tokio::test]
async fn of_two_servers_on_one_database_one_serves_and_commands_work_beside_it() {
    let mut world = World::new();
    let mut first = core::pin::pin!(serve(listeners(&world).await, world.state.clone(), pending()));
    assert!(first.as_mut().now_or_never().is_none());
    world.restart();
    let refused = serve(listeners(&world).await, world.state.clone(), ready(())).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("is served by another co-signer"), "{refused}");
    cosigner::keys::create(&world.state, "beside", Scope::ALL).unwrap();
}

#[tokio::test]
async fn a_database_whose_server_ended_is_served_again() {
    let mut world = World::new();
    for _ in 0..2 {
        serve(listeners(&world).await, world.state.clone(), ready(()))
            .await
            .unwrap();
        world.restart();
    }
}

async fn listeners(world: &World) -> Listeners {
    Listeners::bind(&world.config).await.unwrap()
}

#[tokio::test]
async fn the_key_of_another_database_is_refused_at_start() {
    let world = World::new();
    let path = world.folder.path().join("kek");
    std::fs::remove_file(&path).unwrap();
    cosigner::key_encryption::create(&path).unwrap();
    let refused = cosigner::State::open(world.config.clone()).unwrap_err().to_string();
    assert!(refused.contains("does not open this database"), "{refused}");
}
