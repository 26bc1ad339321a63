//! Claims of one wallet that meet, and requests that come at once.

use wire::ErrorCode;

use crate::{
    browser::Browser,
    world::{EACH_SCHEME, World},
};

#[tokio::test]
async fn a_later_claim_replaces_an_earlier_one_and_one_of_them_commits() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let (early, late) = (Browser::new(), Browser::new());
        let replaced = early.prepared(&world, &[&one, &two]).await;
        let stale = early.confirm(&world, &replaced).await.unwrap();
        let prepared = late.prepared(&world, &[&two]).await;
        // The earlier claim is over as a whole: no wallet of it is left between two epochs.
        assert_eq!(early.commit(&world, &stale).await.unwrap_err(), ErrorCode::ClaimExpired);
        let commit = late.confirm(&world, &prepared).await.unwrap();
        late.commit(&world, &commit).await.unwrap();
        assert_eq!(early.commit(&world, &stale).await.unwrap_err(), ErrorCode::ClaimExpired);
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &one, &pairing).await.unwrap();
        let refused = world.sign(&world.back_end(), &two, &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
    }
}

#[tokio::test]
async fn a_later_refresh_replaces_an_earlier_one_of_the_same_wallet() {
    let world = World::new();
    let (one, two) = (world.wallet().await, world.wallet().await);
    let (early, late, other) = (Browser::new(), Browser::new(), Browser::new());
    let refreshed = async |browser: &Browser, shares: &[&mpc::Share]| {
        let started = browser
            .start(&world, world.ticket(shares, &browser.key), shares)
            .await?;
        browser.refresh(&world, started, shares).await
    };
    let replaced = refreshed(&early, &[&one]).await.unwrap();
    let untouched = refreshed(&other, &[&two]).await.unwrap();
    let last = refreshed(&late, &[&one]).await.unwrap();
    assert_eq!(
        early.prepare(&world, replaced).await.err(),
        Some(ErrorCode::ClaimExpired)
    );
    late.prepare(&world, last).await.unwrap();
    other.prepare(&world, untouched).await.unwrap();
}

#[tokio::test]
async fn a_ticket_shown_again_replaces_its_earlier_offer() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let ticket = world.ticket(&[&share], &browser.key);
    let replaced = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
    let started = browser.start(&world, ticket, &[&share]).await.unwrap();
    assert_eq!(
        browser.refresh(&world, replaced, &[&share]).await.err(),
        Some(ErrorCode::ClaimExpired)
    );
    browser.refresh(&world, started, &[&share]).await.unwrap();
}

#[tokio::test]
async fn commits_at_once_give_the_same_receipts() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        let all = futures_util::future::join_all((0..8).map(|_| browser.commit(&world, &commit))).await;
        let first = all[0].clone().unwrap();
        assert!(all.into_iter().all(|receipts| receipts.unwrap() == first));
    }
}

#[tokio::test]
async fn of_prepared_claims_at_once_one_is_committed() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browsers = [Browser::new(), Browser::new(), Browser::new()];
        let shares = [&share];
        let claims = browsers.iter().map(|browser| async {
            let ticket = world.ticket(&shares, &browser.key);
            let started = browser.start(&world, ticket, &shares).await?;
            let refreshed = browser.refresh(&world, started, &shares).await?;
            let prepared = browser.prepare(&world, refreshed).await?;
            let commit = browser.confirm(&world, &prepared).await?;
            browser.commit(&world, &commit).await
        });
        let outcomes = futures_util::future::join_all(claims).await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|outcome| matches!(
            outcome,
            Err(ErrorCode::ClaimExpired | ErrorCode::AlreadyClaimed | ErrorCode::EpochMismatch)
        )));
    }
}
