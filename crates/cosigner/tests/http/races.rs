//! Claims of one wallet that meet, and requests that come at once.

use core::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{
    StreamExt,
    future::{Either, join_all, select},
    stream::FuturesUnordered,
};
use mpc::{PairingId, RunId, keygen};
use rand_core::OsRng;
use wire::{
    ClaimantId, ErrorCode, WalletType,
    ceremony::{ClaimRefresh, KeygenStart},
};

use crate::{
    browser::Browser,
    world::{EACH_SCHEME, EMAIL, World, context, sealed_by, signing},
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
async fn a_refresh_that_proved_no_share_ends_no_claim_under_way() {
    let world = World::new();
    let share = world.wallet().await;
    let (person, thief) = (Browser::new(), Browser::new());
    let started = async |browser: &Browser| {
        let ticket = world.ticket(&[&share], &browser.key);
        browser.start(&world, ticket, &[&share]).await.unwrap()
    };
    let refreshed = person.refresh(&world, started(&person).await, &[&share]).await.unwrap();
    let guess = ClaimRefresh {
        claim: started(&thief).await.offer.claim,
        run: RunId::random(&mut OsRng),
        pairing: Some(PairingId::random(&mut OsRng)),
        commitments: vec![borsh::from_slice(&[7; 32]).unwrap()],
    };
    world.call(&sealed_by(&thief.key), &guess).await.unwrap();
    person.prepare(&world, refreshed).await.unwrap();
}

#[tokio::test]
async fn a_prepare_ends_every_other_refresh_of_the_same_wallet() {
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
    late.prepare(&world, last).await.unwrap();
    assert_eq!(
        early.prepare(&world, replaced).await.err(),
        Some(ErrorCode::ClaimExpired)
    );
    other.prepare(&world, untouched).await.unwrap();
}

#[tokio::test]
async fn commits_at_once_give_the_same_receipts() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        let all = join_all((0..8).map(|_| browser.commit(&world, &commit))).await;
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
        let outcomes = join_all(claims).await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|outcome| matches!(
            outcome,
            Err(ErrorCode::ClaimExpired | ErrorCode::AlreadyClaimed | ErrorCode::EpochMismatch)
        )));
    }
}

/// A database that nobody writes to, so that no query gets its mark, until it is let go.
struct Stopped(rusqlite::Connection);

impl Stopped {
    fn of(world: &World) -> Self {
        let db = rusqlite::Connection::open(&world.config.database).unwrap();
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self(db)
    }

    fn let_go(self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

#[tokio::test]
async fn queries_that_wait_for_one_pairing_keep_no_worker_from_others() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let caller = world.back_end();
    let workers = std::thread::available_parallelism().map_or(1, usize::from) * 4;
    let signed = AtomicUsize::new(0);
    let sign = |_| async {
        let signature = world.sign(&caller, &share, &pairing).await;
        signed.fetch_add(1, Ordering::Relaxed);
        signature
    };
    let stopped = Stopped::of(&world);
    let burst = pin!(join_all((0..workers + 2).map(sign)));
    let beside = async {
        // The later ones come when the burst has gone as far as it can.
        for _ in 0..3 {
            let context = context();
            let (_, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
            let start = KeygenStart {
                context,
                wallet_type: WalletType::Evm,
                claimant: ClaimantId::Email(EMAIL.to_owned()),
                commitment,
            };
            world.call(&caller, &start).await.unwrap();
        }
    };
    let Either::Right(((), burst)) = select(burst, pin!(beside)).await else {
        panic!("others had to wait")
    };
    assert_eq!(signed.load(Ordering::Relaxed), 0);
    stopped.let_go();
    // In their turn all of them are answered.
    assert!(burst.await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn too_many_queries_for_one_pairing_are_told_to_come_again() {
    const PLACES: usize = 64;
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let caller = world.back_end();
    let (_, message) = signing(&share, &pairing, RunId::random(&mut OsRng));
    let stopped = Stopped::of(&world);
    let mut answers: FuturesUnordered<_> = (0..PLACES + 2).map(|_| world.call(&caller, &message)).collect();
    for _ in 0..2 {
        assert_eq!(answers.next().await.unwrap().err(), Some(ErrorCode::RateLimited));
    }
    stopped.let_go();
    // One run is answered once.
    let (answered, refused): (Vec<_>, Vec<_>) = answers.collect::<Vec<_>>().await.into_iter().partition(Result::is_ok);
    assert_eq!(answered.len(), 1);
    assert_eq!(refused.len(), PLACES - 1);
    assert!(
        refused
            .iter()
            .all(|refused| matches!(refused, Err(ErrorCode::PeerMisbehaved)))
    );
    world.sign(&caller, &share, &pairing).await.unwrap();
}
