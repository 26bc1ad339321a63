//! Rotation: a session changes both shares of what it holds, and whatever happens meanwhile the wallet signs under one epoch.

use std::rc::Rc;

use futures_util::future::join;
use wallet::{
    ErrorCode, Phase, Rotated, Session, SessionOptions, WalletType,
    host::{Cancel, Write},
    receipt, refusal,
};

use crate::{
    authenticator::Mood,
    memory::Failing,
    network::Fate,
    world::{Arrival, Browser, MIXES, World, holds, payload, sign},
};

const NO: &dyn Fn(wallet::Progress) = &|_| ();

/// A claimed arrival, and an open session.
pub(crate) async fn open(types: &[WalletType]) -> (Arrival, Session<Browser>) {
    let arrival = World::new().arrival_of(types).await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival.browser.network.sent();
    (arrival, session)
}

pub(crate) async fn rotate(session: &Session<Browser>) -> Result<Rotated, ErrorCode> {
    let rotated = session.rotate(&Cancel::default(), NO).await;
    rotated.map_err(|error| error.code())
}

async fn signs_with_each(session: &Session<Browser>) {
    for wallet in session.wallets() {
        let signature = session.sign(wallet.id, payload(&wallet, 3), &Cancel::default()).await;
        assert!(holds(&wallet.public_key, &signature.unwrap(), 3));
    }
}

fn epochs(session: &Session<Browser>) -> Vec<u32> {
    session.wallets().iter().map(|wallet| wallet.epoch.0).collect()
}

#[tokio::test]
async fn a_rotation_changes_the_shares_and_nothing_else_and_asks_once() {
    for types in MIXES {
        let (arrival, session) = open(types).await;
        let before = session.wallets();
        arrival.browser.passkeys.prompts.borrow_mut().clear();
        let told = Rc::new(std::cell::RefCell::new(Vec::new()));
        let listener = told.clone();
        let progress = move |progress: wallet::Progress| {
            let mut told = listener.borrow_mut();
            if told.last() != Some(&progress.phase) {
                told.push(progress.phase);
            }
        };
        let rotated = session.rotate(&Cancel::default(), &progress).await.unwrap();
        assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["get"]);
        assert_eq!(arrival.browser.network.sent().len(), 6);
        use Phase::{Commit, Confirm, Passkey, Prepare, Promote, Refresh, Seal, Start};
        assert_eq!(
            *told.borrow(),
            [Start, Passkey, Refresh, Prepare, Seal, Confirm, Commit, Promote]
        );
        assert_eq!(rotated.wallets, session.wallets());
        assert_eq!(epochs(&session), vec![2; types.len()]);
        for ((before, now), text) in before.iter().zip(&rotated.wallets).zip(&rotated.receipts) {
            assert_eq!((before.id, before.public_key), (now.id, now.public_key));
            let receipt = receipt::verify(text, None).unwrap();
            assert_eq!((receipt.wallet, receipt.epoch.0, receipt.retired_epoch), (now.id, 2, 1));
        }
        signs_with_each(&session).await;
        assert!(!arrival.prepared_share_signs().await);
        assert!(arrival.device_signs().await);
        // And again, in a session that opens what the first left.
        let session = arrival.reopen().wallets().await.unwrap()[0]
            .unlock(SessionOptions::default(), &Cancel::default())
            .await;
        let session = session.unwrap();
        assert_eq!(rotate(&session).await.unwrap().wallets[0].epoch.0, 3);
        signs_with_each(&session).await;
    }
}

#[tokio::test]
async fn a_page_that_is_gone_at_any_request_of_a_rotation_leaves_a_wallet_that_signs() {
    for (types, fate) in MIXES
        .iter()
        .flat_map(|types| [Fate::Unheard, Fate::Unanswered].map(|fate| (types, fate)))
    {
        for number in 0..6 {
            let what = format!("{types:?}, request {number}, {fate:?}");
            let (arrival, session) = open(types).await;
            let network = &arrival.browser.network;
            network.strike(number, fate);
            assert!(network.leave_waiting(rotate(&session)).await.is_none(), "{what}");
            drop(session);
            network.heal();
            let resumed = arrival.reopen().resume(&Cancel::default(), NO).await.unwrap();
            // A page that dies over its commit may do so before or after it arrived.
            let (may_be, may_not) = (number >= 4 && fate == Fate::Unanswered || number > 4, number <= 4);
            let told = (resumed.finished.len(), resumed.rolled_back.len(), resumed.busy.len());
            assert!(
                told.2 == 0 && (told.0 == 0 || may_be) && (told.1 == 0 || may_not),
                "{what}: {told:?}"
            );
            let committed = told.0 > 0 || number > 4;
            assert!(arrival.device_signs().await, "{what}");
            assert!(!arrival.prepared_share_signs().await, "{what}");
            let held = arrival.reopen().wallets().await.unwrap();
            for wallet in &held {
                assert_eq!(wallet.info().epoch.0, 1 + u32::from(committed), "{what}");
                assert!(!wallet.is_pending(), "{what}");
            }
            // What was left does not keep the next one from its end.
            let session = held[0]
                .unlock(SessionOptions::default(), &Cancel::default())
                .await
                .unwrap();
            rotate(&session).await.unwrap();
            signs_with_each(&session).await;
        }
    }
}

#[tokio::test]
async fn a_session_that_did_not_hear_the_end_finds_it_when_it_signs_or_rotates() {
    for signs in [true, false] {
        let (arrival, session) = open(&[WalletType::Evm, WalletType::Solana]).await;
        arrival
            .browser
            .network
            .strike_path("/v1/claim/commit", Fate::AnswerLost);
        assert_eq!(rotate(&session).await.unwrap_err(), ErrorCode::CoSignerUnreachable);
        assert_eq!(epochs(&session), [1, 1]);
        arrival.browser.network.heal();
        if signs {
            signs_with_each(&session).await;
        } else {
            let rotated = rotate(&session).await.unwrap();
            assert_eq!(rotated.receipts.len(), 2);
        }
        assert_eq!(epochs(&session), [2, 2]);
        signs_with_each(&session).await;
        assert!(arrival.device_signs().await);
    }
}

#[tokio::test]
async fn another_page_of_the_same_browser_goes_on_with_what_one_has_rotated() {
    let (arrival, session) = open(&[WalletType::Evm, WalletType::Solana]).await;
    let other = arrival.reopen().wallets().await.unwrap()[0]
        .unlock(SessionOptions::default(), &Cancel::default())
        .await;
    let other = other.unwrap();
    rotate(&session).await.unwrap();
    signs_with_each(&other).await;
    assert_eq!(epochs(&other), [2, 2]);
    // Both at once: one after the other, and each goes on from where it finds the wallet.
    let (one, two) = join(rotate(&session), rotate(&other)).await;
    let epochs = [one, two].map(|rotated| rotated.unwrap().wallets[0].epoch.0);
    assert!(matches!(epochs, [3, 4] | [4, 3]), "{epochs:?}");
    signs_with_each(&session).await;
    signs_with_each(&other).await;
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn a_rotation_leaves_the_browser_no_pairing_but_its_own() {
    let (arrival, session) = open(&[WalletType::Evm, WalletType::Cosmos]).await;
    let pairings = || {
        let records = arrival.browser.store.records().into_iter();
        let pairings = records.filter(|record| record.key.starts_with("pairing/"));
        pairings.map(|record| record.key).collect::<Vec<_>>()
    };
    let before = pairings();
    rotate(&session).await.unwrap();
    let after = pairings();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
    signs_with_each(&session).await;
}

#[tokio::test]
async fn a_device_that_was_set_back_gets_the_copy_and_the_share_before_is_dead_with_evidence() {
    let (arrival, session) = open(&[WalletType::Evm, WalletType::Solana]).await;
    let earlier = arrival.browser.store.records();
    rotate(&session).await.unwrap();
    signs_with_each(&session).await;
    let stale = arrival.reopen().wallets().await.unwrap()[0]
        .unlock(SessionOptions::default(), &Cancel::default())
        .await;
    let stale = stale.unwrap();
    rotate(&session).await.unwrap();
    // A page that holds an epoch which this browser has lost sight of.
    arrival.browser.store.set(earlier);
    let dead = sign(&stale, 1).await.unwrap_err();
    assert_eq!(dead.code(), ErrorCode::EpochMismatch);
    let evidence = refusal::verify(dead.refusal().unwrap(), None).unwrap();
    assert_eq!(evidence.epoch.0, 2);
    // The next unlock fetches what lives.
    assert!(arrival.device_signs().await);
    assert_eq!(arrival.reopen().wallets().await.unwrap()[0].info().epoch.0, 3);
}

#[tokio::test]
async fn a_rotation_that_can_not_be_stored_changes_nothing() {
    for failing in [
        Failing::Write,
        Failing::Full,
        Failing::WriteSilently,
        Failing::WriteDamaged,
    ] {
        let (arrival, session) = open(&[WalletType::Evm, WalletType::Solana]).await;
        arrival.browser.store.fail(failing, 0);
        assert_eq!(
            rotate(&session).await.unwrap_err(),
            ErrorCode::StorageUnavailable,
            "{failing:?}"
        );
        arrival.browser.store.fail(Failing::Never, 0);
        assert_eq!(epochs(&session), [1, 1]);
        signs_with_each(&session).await;
        rotate(&session).await.unwrap();
        signs_with_each(&session).await;
    }
}

#[tokio::test]
async fn whoever_locks_ends_a_rotation_that_is_not_committed() {
    let (arrival, session) = open(&[WalletType::Evm]).await;
    let (rotated, ()) = join(rotate(&session), session.lock()).await;
    assert_eq!(rotated.unwrap_err(), ErrorCode::SessionExpired);
    assert_eq!(rotate(&session).await.unwrap_err(), ErrorCode::SessionExpired);
    assert!(arrival.device_signs().await);
    assert_eq!(arrival.reopen().wallets().await.unwrap()[0].info().epoch.0, 1);
}

#[tokio::test]
async fn a_rotation_may_be_cancelled_up_to_its_commit() {
    let (arrival, session) = open(&[WalletType::Evm, WalletType::Solana]).await;
    for number in 0..4 {
        let cancel = Cancel::default();
        crate::network::cancel_at(&arrival.browser.network, number, &cancel);
        let error = session.rotate(&cancel, NO).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled, "request {number}");
        arrival.browser.network.heal();
        signs_with_each(&session).await;
    }
    assert_eq!(epochs(&session), [1, 1]);
    rotate(&session).await.unwrap();
}

#[tokio::test]
async fn every_durable_step_of_a_rotation_has_its_name_and_its_order() {
    let (arrival, session) = open(&[WalletType::Evm]).await;
    arrival.browser.store.writes.borrow_mut().clear();
    rotate(&session).await.unwrap();
    let writes = arrival.browser.store.writes.borrow();
    assert_eq!(*writes, [Write::Seal, Write::Promote, Write::Sweep]);
}

#[tokio::test]
async fn who_does_not_approve_a_rotation_gets_none() {
    let (arrival, session) = open(&[WalletType::Evm, WalletType::Solana]).await;
    let store = arrival.browser.store.records();
    arrival.browser.passkeys.mood.set(Mood::DeclinesGet);
    assert_eq!(rotate(&session).await.unwrap_err(), ErrorCode::PasskeyCancelled);
    arrival.browser.passkeys.mood.set(Mood::Willing);
    assert_eq!(arrival.browser.store.records(), store);
    assert_eq!(epochs(&session), [1, 1]);
    signs_with_each(&session).await;
    rotate(&session).await.unwrap();
}
