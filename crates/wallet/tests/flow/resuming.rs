//! A page that is gone in the middle of a claim, and the one that comes after it; a browser that has lost what it stored.

use std::rc::Rc;

use wallet::{
    ErrorCode, Kit, Phase, Proof, Session, WalletType,
    host::{Cancel, ShareStore, Write},
    receipt,
};
use zeroize::Zeroizing;

use crate::{
    network::Fate,
    world::{Arrival, Browser, MIXES, World, holds, options, payload, sign},
};

const NO: &dyn Fn(wallet::Progress) = &|_| ();

/// Claims, in a page that is gone while its `number`th request waits: unheard or unanswered.
async fn claim_in_a_page_that_dies(arrival: &Arrival, number: usize, fate: Fate) {
    let network = &arrival.browser.network;
    network.strike(number, fate);
    assert!(network.leave_waiting(arrival.finish()).await.is_none());
    network.heal();
}

/// Claims with a new page and a new ticket.
async fn claim_anew(arrival: &Arrival) -> Result<Kit<Browser>, ErrorCode> {
    let kit = arrival.reopen();
    let hand_off = arrival
        .server
        .seal_for(arrival.shares.clone(), &kit.public_key_text(), None)
        .unwrap();
    let claim = kit.load(vec![Zeroizing::new(hand_off.share)], &Cancel::default()).await;
    let claim = claim.map_err(|error| error.code())?;
    let claimed = claim.finish(options(Proof::Ticket(hand_off.ticket))).await;
    claimed.map_err(|error| error.code())?;
    Ok(kit)
}

async fn signs_with_each(session: &Session<Browser>, arrival: &Arrival) {
    let wallets = session.wallets();
    assert_eq!(wallets.len(), arrival.shares.len());
    for wallet in wallets {
        let signature = session.sign(wallet.id, payload(&wallet, 3), &Cancel::default()).await;
        assert!(holds(&wallet.public_key, &signature.unwrap(), 3));
    }
}

#[tokio::test]
async fn a_page_that_is_gone_at_any_request_leaves_what_the_next_one_ends_well() {
    let fates = [Fate::Unheard, Fate::Unanswered];
    for (types, fate) in MIXES.iter().flat_map(|types| fates.map(|fate| (types, fate))) {
        for number in 0..6 {
            let what = format!("{types:?}, request {number}, {fate:?}");
            let arrival = World::new().arrival_of(types).await;
            claim_in_a_page_that_dies(&arrival, number, fate).await;
            let kit = arrival.reopen();
            let resumed = kit.resume(&Cancel::default(), NO).await.unwrap();
            assert!(resumed.busy.is_empty(), "{what}");
            let held = kit.wallets().await.unwrap();
            assert!(held.iter().all(|wallet| !wallet.is_pending()), "{what}");
            match held.is_empty() {
                true => {
                    assert!(arrival.prepared_share_signs().await, "{what}");
                    assert!(arrival.browser.store.sealed().is_empty(), "{what}");
                    claim_anew(&arrival).await.unwrap();
                }
                false => {
                    for wallet in &held {
                        receipt::verify(&wallet.receipt().unwrap(), None).unwrap();
                    }
                    assert_eq!(
                        claim_anew(&arrival).await.err(),
                        Some(ErrorCode::AlreadyClaimed),
                        "{what}"
                    );
                }
            }
            assert!(!arrival.prepared_share_signs().await, "{what}");
            assert!(arrival.device_signs().await, "{what}");
            // However often it was tried, one passkey is left.
            assert_eq!(arrival.browser.passkeys.count().await, 1, "{what}");
        }
    }
}

#[tokio::test]
async fn loading_again_finishes_a_claim_that_was_committed() {
    let arrival = World::new().arrival().await;
    claim_in_a_page_that_dies(&arrival, 4, Fate::Unanswered).await;
    let kit = arrival.reopen();
    let hand_off = arrival
        .server
        .seal_for(arrival.shares.clone(), &kit.public_key_text(), None)
        .unwrap();
    let loaded = kit.load(vec![Zeroizing::new(hand_off.share)], &Cancel::default()).await;
    assert_eq!(loaded.err().unwrap().code(), ErrorCode::AlreadyClaimed);
    assert!(!kit.wallets().await.unwrap()[0].is_pending());
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn unlocking_one_wallet_finishes_the_claim_of_all() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    claim_in_a_page_that_dies(&arrival, 4, Fate::Unanswered).await;
    let wallets = arrival.reopen().wallets().await.unwrap();
    assert!(wallets.iter().all(|wallet| wallet.is_pending()));
    let session = wallets[1]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    signs_with_each(&session, &arrival).await;
    let wallets = arrival.reopen().wallets().await.unwrap();
    assert!(
        wallets
            .iter()
            .all(|wallet| !wallet.is_pending() && wallet.receipt().is_some())
    );
}

#[tokio::test]
async fn what_is_resumed_is_told_step_by_step_and_nothing_is_sent_where_there_is_nothing() {
    let arrival = World::new().arrival_of(&[WalletType::Solana; 2]).await;
    let kit = arrival.reopen();
    assert_eq!(
        kit.resume(&Cancel::default(), NO).await.unwrap(),
        wallet::Resumed::default()
    );
    assert!(arrival.browser.network.sent().is_empty());
    claim_in_a_page_that_dies(&arrival, 4, Fate::Unheard).await;
    let told = Rc::new(std::cell::RefCell::new(Vec::new()));
    let listener = told.clone();
    let progress =
        move |progress: wallet::Progress| listener.borrow_mut().push((progress.phase, progress.step, progress.of));
    let resumed = kit.resume(&Cancel::default(), &progress).await.unwrap();
    assert_eq!((resumed.rolled_back.len(), resumed.finished.len()), (2, 0));
    assert_eq!(*told.borrow(), [(Phase::Resume, 0, 2), (Phase::Resume, 2, 2)]);
}

#[tokio::test]
async fn a_wallet_that_another_page_works_on_is_left_alone() {
    let arrival = World::new().arrival().await;
    claim_in_a_page_that_dies(&arrival, 4, Fate::Unanswered).await;
    let kit = arrival.reopen();
    let pending = kit.wallets().await.unwrap().remove(0);
    let name = format!("wallet/{}", pending.info().id_text());
    let held = arrival.browser.store.hold(&name, &Cancel::default()).await.unwrap();
    let resumed = kit.resume(&Cancel::default(), NO).await.unwrap();
    assert_eq!((resumed.busy.len(), resumed.finished.len()), (1, 0));
    assert!(
        arrival
            .browser
            .network
            .sent()
            .iter()
            .all(|sent| sent.path != "/v1/claim/resume")
    );
    drop(held);
    let resumed = kit.resume(&Cancel::default(), NO).await.unwrap();
    assert_eq!((resumed.busy.len(), resumed.finished.len()), (0, 1));
}

#[tokio::test]
async fn a_claim_with_a_co_signer_that_is_gone_speaks_for_no_other() {
    let (gone, arrival) = (World::new().arrival().await, World::new().arrival().await);
    for one in [&gone, &arrival] {
        claim_in_a_page_that_dies(one, 4, Fate::Unanswered).await;
    }
    let mut all = gone.browser.store.records();
    all.extend(arrival.browser.store.records());
    arrival.browser.store.set(all);
    let kit = arrival.reopen();
    let resumed = kit.resume(&Cancel::default(), NO).await.unwrap();
    let ours = arrival.claim.wallets().remove(0);
    let finished: Vec<_> = resumed.finished.iter().map(|info| info.id).collect();
    assert_eq!(finished, [ours.id]);
    let failed: Vec<_> = resumed
        .failed
        .iter()
        .map(|failed| (failed.wallet.id, failed.error.code()))
        .collect();
    assert_eq!(failed, [(gone.claim.wallets()[0].id, ErrorCode::ShareInvalid)]);
    // Each wallet says whose it is, and one of another co-signer's that it can't be opened here.
    for wallet in kit.wallets().await.unwrap() {
        let is_ours = wallet.info().id == ours.id;
        let expected = if is_ours {
            arrival.server.identity()
        } else {
            gone.server.identity()
        };
        assert_eq!(wallet.co_signer(), expected);
        let opened = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await;
        assert_eq!(
            opened.err().map(|error| error.code()),
            (!is_ours).then_some(ErrorCode::ShareInvalid)
        );
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_hides_no_other() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    arrival.finish().await.unwrap();
    for version in [2, 0xff] {
        let mut records = arrival.browser.store.records();
        let damaged = records
            .iter_mut()
            .find(|record| record.key.starts_with("wallet/"))
            .unwrap();
        damaged.bytes[4] = version;
        arrival.browser.store.set(records);
        let wallets = arrival.reopen().wallets().await.unwrap();
        assert_eq!(wallets.len(), 1);
        wallets[0]
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        assert!(
            arrival
                .reopen()
                .resume(&Cancel::default(), NO)
                .await
                .unwrap()
                .failed
                .is_empty()
        );
    }
}

#[tokio::test]
async fn nothing_is_given_up_where_the_co_signer_can_not_be_asked() {
    for fate in [
        Fate::RequestLost,
        Fate::Intercepted,
        Fate::AnswerDamaged,
        Fate::Refused(ErrorCode::ClaimExpired),
        Fate::Refused(ErrorCode::WalletNotFound),
        Fate::RefusalInvented(ErrorCode::ClaimExpired),
        Fate::RefusalInvented(ErrorCode::AlreadyClaimed),
        Fate::RefusalInvented(ErrorCode::InvalidArgument),
    ] {
        let arrival = World::new().arrival().await;
        claim_in_a_page_that_dies(&arrival, 4, Fate::Unanswered).await;
        let before = arrival.browser.store.records();
        arrival.browser.network.strike_path("/v1/claim/resume", fate);
        let kit = arrival.reopen();
        match kit.resume(&Cancel::default(), NO).await {
            Err(error) => assert!(error.is_retryable(), "{fate:?}"),
            Ok(resumed) => {
                assert_eq!((resumed.finished.len(), resumed.rolled_back.len()), (0, 0), "{fate:?}");
                assert_eq!(resumed.failed.len(), 1, "{fate:?}");
            }
        }
        kit.wallets().await.unwrap()[0]
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .err()
            .unwrap();
        assert_eq!(arrival.browser.store.records(), before, "{fate:?}");
        arrival.browser.network.heal();
        assert!(arrival.device_signs().await, "{fate:?}");
    }
}

#[tokio::test]
async fn a_browser_that_lost_everything_gets_its_wallets_back_with_one_prompt() {
    for types in MIXES {
        let arrival = World::new().arrival_of(types).await;
        arrival.finish().await.unwrap();
        arrival.browser.store.set(Vec::new());
        arrival.browser.passkeys.prompts.borrow_mut().clear();
        // Pinned, or asked for.
        for kit in [arrival.reopen(), Kit::new(arrival.browser.clone(), None)] {
            let session = kit
                .restore(wallet::SessionOptions::default(), &Cancel::default())
                .await
                .unwrap();
            signs_with_each(&session, &arrival).await;
        }
        assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["get", "get"]);
        let held = arrival.reopen().wallets().await.unwrap();
        assert_eq!(held.len(), types.len());
        for wallet in &held {
            receipt::verify(&wallet.receipt().unwrap(), None).unwrap();
        }
        assert!(arrival.device_signs().await);
    }
}

#[tokio::test]
async fn storage_that_is_wiped_at_any_request_of_a_claim_costs_nobody_the_wallet() {
    for number in 0..6 {
        let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
        let store = arrival.browser.store.clone();
        arrival.browser.network.decide(move |n, _| {
            if n == number {
                store.set(Vec::new());
            }
            Fate::Arrives
        });
        let outcome = arrival.finish().await;
        arrival.browser.network.heal();
        assert!(outcome.is_ok(), "request {number}");
        arrival.browser.store.set(Vec::new());
        let session = arrival
            .reopen()
            .restore(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        signs_with_each(&session, &arrival).await;
    }
}

#[tokio::test]
async fn storage_that_is_wiped_while_the_commit_is_in_doubt_costs_nobody_the_wallet() {
    let arrival = World::new().arrival().await;
    claim_in_a_page_that_dies(&arrival, 4, Fate::Unanswered).await;
    arrival.browser.store.set(Vec::new());
    assert_eq!(claim_anew(&arrival).await.err(), Some(ErrorCode::AlreadyClaimed));
    let session = arrival
        .reopen()
        .restore(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    signs_with_each(&session, &arrival).await;
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn a_passkey_of_no_wallet_restores_nothing() {
    let arrival = World::new().arrival().await;
    claim_in_a_page_that_dies(&arrival, 3, Fate::Unheard).await;
    arrival.browser.store.set(Vec::new());
    let error = arrival
        .reopen()
        .restore(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .err()
        .unwrap();
    assert!(
        matches!(error.code(), ErrorCode::NotAuthorised | ErrorCode::PasskeyCancelled),
        "{error}"
    );
    assert!(arrival.prepared_share_signs().await);
}

#[tokio::test]
async fn a_damaged_record_keeps_nobody_from_the_others_and_is_restored() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    let wallets = arrival.finish().await.unwrap().wallets;
    let damaged = format!("wallet/{}", wallets[1].info().id_text());
    arrival.browser.store.change(&damaged, |bytes| bytes.truncate(40));
    let session = wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(session.wallets(), [wallets[0].info().clone()]);
    sign(&session, 1).await.unwrap();
    let session = arrival
        .reopen()
        .restore(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    signs_with_each(&session, &arrival).await;
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn a_busy_co_signer_is_waited_for_as_long_as_it_says() {
    // A request that was one too many has had no effect: each of them may be sent again, the confirmation too.
    for number in 0..5 {
        let arrival = World::new().arrival().await;
        arrival
            .browser
            .network
            .strike(number, Fate::Refused(ErrorCode::RateLimited));
        assert!(arrival.finish().await.is_ok(), "request {number}");
        assert_eq!(arrival.browser.waited.get(), 7_000);
    }
}

#[tokio::test]
async fn every_durable_step_of_a_claim_has_its_name_and_its_order() {
    let arrival = World::new().arrival().await;
    arrival.finish().await.unwrap();
    assert_eq!(
        *arrival.browser.store.writes.borrow(),
        [Write::Handle, Write::Handle, Write::Seal, Write::Promote]
    );
}

#[tokio::test]
async fn a_burnt_pairing_is_not_found_again_by_the_next_page() {
    let arrival = World::new().arrival().await;
    arrival.finish().await.unwrap();
    let wallets = arrival.reopen().wallets().await.unwrap();
    let session = wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival
        .browser
        .network
        .strike_path("/v1/sign", Fate::Refused(ErrorCode::PairingBurnt));
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::PairingBurnt);
    arrival.browser.network.heal();
    arrival.browser.network.sent();
    let session = wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    sign(&session, 1).await.unwrap();
    let sent = arrival.browser.network.sent();
    assert_eq!(sent.iter().filter(|sent| sent.path == "/v1/pairing/start").count(), 1);
}
