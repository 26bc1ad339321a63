//! The co-signer down, the answer lost, the call cancelled: at each step. Always one epoch signs, and the claim can be ended well.

use wallet::{ErrorCode, Phase, Proof, host::Cancel, receipt};
use zeroize::Zeroizing;

use crate::{
    network::{Fate, cancel_at},
    world::{Arrival, MIXES, World, options, sign},
};

const REQUESTS: usize = 6;

/// Exactly one share signs; says whether it is the device's.
async fn one_epoch_signs(arrival: &Arrival, what: &str) -> bool {
    let (old, new) = (arrival.prepared_share_signs().await, arrival.device_signs().await);
    assert!(
        old != new,
        "{what}: the prepared share signs: {old}, the device's: {new}"
    );
    new
}

/// The claim is ended well by calling again; where it is claimed already, by unlocking.
async fn ends_well(arrival: &Arrival, what: &str) {
    match arrival.finish().await {
        Ok(claimed) => {
            receipt::verify(&claimed.receipts[0], None).unwrap();
        }
        // Another page has ended this one's claim: it begins again.
        Err(error) if error.code() == ErrorCode::ClaimExpired => {
            arrival.finish().await.unwrap();
        }
        Err(error) => assert_eq!(error.code(), ErrorCode::AlreadyClaimed, "{what}"),
    }
    assert!(
        one_epoch_signs(arrival, what).await,
        "{what}: the old share still signs"
    );
}

#[tokio::test]
async fn one_fault_at_any_request_does_no_harm() {
    let fates = [
        Fate::RequestLost,
        Fate::AnswerLost,
        Fate::Intercepted,
        Fate::AnswerDamaged,
        Fate::AnswerHalved,
        Fate::Portal,
    ];
    for (types, fate) in MIXES.iter().flat_map(|types| fates.map(|fate| (types, fate))) {
        for number in 0..REQUESTS {
            let what = format!("{types:?}, request {number}, {fate:?}");
            let arrival = World::new().arrival_of(types).await;
            arrival.browser.network.strike(number, fate);
            let outcome = arrival.finish().await;
            arrival.browser.network.heal();
            if let Err(error) = outcome {
                assert_eq!(error.code(), ErrorCode::CoSignerUnreachable, "{what}");
            }
            one_epoch_signs(&arrival, &what).await;
            ends_well(&arrival, &what).await;
        }
    }
}

#[tokio::test]
async fn faults_that_stay_from_any_request_on_do_no_harm() {
    let fates = [Fate::RequestLost, Fate::AnswerLost];
    for (types, fate) in MIXES.iter().flat_map(|types| fates.map(|fate| (types, fate))) {
        for number in 0..REQUESTS {
            let what = format!("{types:?}, from request {number} on, {fate:?}");
            let arrival = World::new().arrival_of(types).await;
            arrival
                .browser
                .network
                .decide(move |n, _| if n < number { Fate::Arrives } else { fate });
            let outcome = arrival.finish().await;
            arrival.browser.network.heal();
            match outcome {
                // Nothing hangs on the acknowledgement.
                Ok(_) => assert_eq!(number, REQUESTS - 1, "{what}"),
                Err(error) => assert_eq!(error.code(), ErrorCode::CoSignerUnreachable, "{what}"),
            }
            one_epoch_signs(&arrival, &what).await;
            ends_well(&arrival, &what).await;
        }
    }
}

#[tokio::test]
async fn only_what_is_answered_alike_is_sent_again() {
    for (number, tries) in [3, 1, 3, 1, 3].into_iter().enumerate() {
        let arrival = World::new().arrival().await;
        arrival
            .browser
            .network
            .decide(move |n, _| if n < number { Fate::Arrives } else { Fate::AnswerLost });
        assert!(arrival.finish().await.is_err());
        assert_eq!(arrival.browser.network.sent().len(), number + tries, "request {number}");
    }
}

#[tokio::test]
async fn a_lost_commit_is_finished_by_another_call_with_its_receipt() {
    for fate in [Fate::RequestLost, Fate::AnswerLost] {
        let arrival = World::new().arrival().await;
        arrival.browser.network.strike_path("/v1/claim/commit", fate);
        let error = arrival.finish().await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::CoSignerUnreachable);
        assert!(error.to_string().contains("unlock"), "{error}");
        arrival.browser.network.heal();
        let prompts = arrival.browser.passkeys.prompts.borrow().len();
        let claimed = arrival.finish().await.unwrap();
        assert_eq!(arrival.browser.passkeys.prompts.borrow().len(), prompts);
        receipt::verify(&claimed.receipts[0], None).unwrap();
        assert!(one_epoch_signs(&arrival, "after the second call").await);
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_finished_by_unlocking_after_a_reload() {
    let arrival = World::new().arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::AnswerLost);
    arrival.finish().await.err().unwrap();
    arrival.browser.network.heal();
    let wallet = arrival.reopen().wallets().await.unwrap().remove(0);
    assert!(wallet.is_pending());
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    sign(&session, 1).await.unwrap();
    let wallet = arrival.reopen().wallets().await.unwrap().remove(0);
    assert!(!wallet.is_pending());
    assert!(!arrival.prepared_share_signs().await);
}

#[tokio::test]
async fn a_forged_refusal_of_the_commit_costs_nobody_the_wallet() {
    let arrival = World::new().arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::RefusalForged(ErrorCode::NotAuthorised));
    let error = arrival.finish().await.err().unwrap();
    assert_eq!(error.code(), ErrorCode::CoSignerUnreachable);
    arrival.browser.network.heal();
    // The co-signer has committed, and the same commit is answered as it was.
    assert!(arrival.browser.passkeys.forgotten.borrow().is_empty());
    arrival.finish().await.unwrap();
    let wallet = arrival.reopen().wallets().await.unwrap().remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    sign(&session, 1).await.unwrap();
    assert!(!arrival.prepared_share_signs().await);
}

#[tokio::test]
async fn a_commit_that_never_arrived_leaves_the_prepared_share_good_after_a_reload() {
    let world = World::new();
    let arrival = world.arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::RequestLost);
    arrival.finish().await.err().unwrap();
    arrival.browser.network.heal();
    let wallet = arrival.reopen().wallets().await.unwrap().remove(0);
    let refused = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), ErrorCode::ClaimExpired);
    assert!(arrival.browser.store.sealed().is_empty());
    assert!(arrival.prepared_share_signs().await);

    // A new page claims with the same share.
    let kit = arrival.reopen();
    let hand_off = arrival
        .server
        .seal_for(arrival.shares.clone(), &kit.public_key_text(), None)
        .unwrap();
    let claim = kit
        .load(vec![Zeroizing::new(hand_off.share)], &Cancel::default())
        .await
        .unwrap();
    claim.finish(options(Proof::Ticket(hand_off.ticket))).await.unwrap();
    assert!(one_epoch_signs(&arrival, "after the second claim").await);
    assert_eq!(arrival.browser.store.records().len(), 2);
}

#[tokio::test]
async fn a_claim_that_was_replaced_while_its_commit_was_in_doubt_is_over() {
    let world = World::new();
    let arrival = world.arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::RequestLost);
    arrival.finish().await.err().unwrap();
    arrival.browser.network.heal();
    world.pass(601);
    assert_eq!(arrival.finish().await.err().unwrap().code(), ErrorCode::ClaimExpired);
    assert!(arrival.prepared_share_signs().await);
    // The claim is at its beginning again.
    let ticket = arrival
        .server
        .seal_for(arrival.shares.clone(), &arrival.kit.public_key_text(), None)
        .unwrap()
        .ticket;
    arrival.claim.finish(options(Proof::Ticket(ticket))).await.unwrap();
    assert!(one_epoch_signs(&arrival, "after the third call").await);
}

#[tokio::test]
async fn a_cancellation_at_any_request_does_no_harm() {
    for number in 0..REQUESTS {
        let what = format!("cancelled at request {number}");
        let arrival = World::new().arrival().await;
        let call = arrival.options();
        cancel_at(&arrival.browser.network, number, &call.cancel);
        let outcome = arrival.claim.finish(call).await;
        arrival.browser.network.heal();
        match outcome {
            // Too late: from the commit on the call runs to its end.
            Ok(_) => assert!(number >= 4, "{what}"),
            Err(error) => assert_eq!(error.code(), ErrorCode::Cancelled, "{what}"),
        }
        one_epoch_signs(&arrival, &what).await;
        if number < 4 {
            assert!(arrival.browser.store.sealed().is_empty(), "{what}");
        }
        ends_well(&arrival, &what).await;
    }
}

#[tokio::test]
async fn a_cancellation_while_the_pairing_is_made_is_heard() {
    let arrival = World::new().arrival().await;
    let mut options = arrival.options();
    let cancel = options.cancel.clone();
    options.progress = Some(Box::new(move |progress| {
        if progress.phase == Phase::Prepare && progress.step > 40 {
            cancel.cancel();
        }
    }));
    assert_eq!(
        arrival.claim.finish(options).await.err().unwrap().code(),
        ErrorCode::Cancelled
    );
    let paths: Vec<_> = arrival
        .browser
        .network
        .sent()
        .into_iter()
        .map(|sent| sent.path)
        .collect();
    assert_eq!(paths, ["/v1/claim/start", "/v1/claim/refresh"]);
    arrival.finish().await.unwrap();
}

#[tokio::test]
async fn a_call_cancelled_before_it_begins_does_nothing() {
    let arrival = World::new().arrival().await;
    let options = arrival.options();
    options.cancel.cancel();
    assert_eq!(
        arrival.claim.finish(options).await.err().unwrap().code(),
        ErrorCode::Cancelled
    );
    assert!(arrival.browser.network.sent().is_empty());
    assert!(arrival.browser.passkeys.prompts.borrow().is_empty());
}

#[tokio::test]
async fn a_dropped_call_can_be_made_again() {
    for fate in [Fate::Unheard, Fate::Unanswered] {
        for number in 0..REQUESTS {
            let what = format!("dropped at request {number}, {fate:?}");
            let arrival = World::new().arrival().await;
            let network = &arrival.browser.network;
            network.strike(number, fate);
            assert!(network.leave_waiting(arrival.finish()).await.is_none(), "{what}");
            network.heal();
            one_epoch_signs(&arrival, &what).await;
            ends_well(&arrival, &what).await;
        }
        let arrival = World::new().arrival().await;
        let network = &arrival.browser.network;
        // One call after the other, up to the commit.
        for number in 0..4 {
            network.strike(number, fate);
            assert!(
                network.leave_waiting(arrival.finish()).await.is_none(),
                "{number}, {fate:?}"
            );
        }
        network.heal();
        arrival.finish().await.unwrap();
        assert!(one_epoch_signs(&arrival, "after four dropped calls").await);
    }
}

#[tokio::test]
async fn a_co_signer_that_starts_again_between_two_requests_does_no_harm() {
    for number in 1..REQUESTS {
        let what = format!("started again before request {number}");
        let world = World::new();
        let arrival = world.arrival().await;
        let restarted = std::cell::Cell::new(Some(world.restarted()));
        let browser = arrival.browser.clone();
        let outcome = {
            let network = &arrival.browser.network;
            network.decide(move |n, _| {
                if n + 1 == number
                    && let Some(router) = restarted.take()
                {
                    let browser = browser.clone();
                    // After this request, not before it.
                    tokio::task::spawn_local(async move { browser.network.replace(router) });
                }
                Fate::Arrives
            });
            tokio::task::LocalSet::new().run_until(arrival.finish()).await
        };
        if let Err(error) = outcome {
            assert_eq!(error.code(), ErrorCode::ClaimExpired, "{what}");
        }
        arrival.browser.network.heal();
        ends_well(&arrival, &what).await;
    }
}

#[tokio::test]
async fn a_refused_commit_gives_nothing_up_and_a_claim_may_begin_again() {
    let arrival = World::new().arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::Refused(ErrorCode::NotAuthorised));
    assert_eq!(arrival.finish().await.err().unwrap().code(), ErrorCode::NotAuthorised);
    assert!(!arrival.browser.store.sealed().is_empty());
    assert!(arrival.browser.passkeys.forgotten.borrow().is_empty());
    arrival.browser.network.heal();
    ends_well(&arrival, "after a refused commit").await;
    assert_eq!(arrival.browser.store.records().len(), 2);
}

#[tokio::test]
async fn a_co_signer_that_fails_at_the_commit_is_asked_again() {
    for code in [
        ErrorCode::Internal,
        ErrorCode::StorageUnavailable,
        ErrorCode::RateLimited,
    ] {
        let arrival = World::new().arrival().await;
        arrival
            .browser
            .network
            .strike_path("/v1/claim/commit", Fate::Refused(code));
        let error = arrival.finish().await.err().unwrap();
        assert_eq!((error.code(), error.retry_after()), (code, Some(7)));
        assert!(!arrival.browser.store.sealed().is_empty());
        arrival.browser.network.heal();
        arrival.finish().await.unwrap();
        assert!(one_epoch_signs(&arrival, "after a failed commit").await);
    }
}

#[tokio::test]
async fn every_refusal_keeps_its_code_and_the_claim_stays_usable() {
    let arrival = World::new().arrival().await;
    for code in ErrorCode::ALL {
        arrival
            .browser
            .network
            .strike_path("/v1/claim/refresh", Fate::Refused(*code));
        let error = arrival.finish().await.err().unwrap();
        assert_eq!((error.code(), error.is_retryable()), (*code, code.is_retryable()));
    }
    arrival.browser.network.heal();
    assert!(arrival.browser.store.sealed().is_empty());
    // Each attempt made a passkey, and gave it up.
    assert_eq!(arrival.browser.passkeys.forgotten.borrow().len(), ErrorCode::ALL.len());
    ends_well(&arrival, "after every refusal").await;
}
