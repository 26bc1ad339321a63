//! Passkeys that don't work, or are not wanted.

use std::{cell::RefCell, rc::Rc};

use wallet::{Error, ErrorCode, Prompt, host::Cancel};

use crate::{
    authenticator::{Mood, Prf},
    world::{Arrival, World},
};

async fn fails_without_a_trace(arrival: &Arrival, code: ErrorCode, requests: usize) {
    assert_eq!(arrival.finish().await.err().unwrap().code(), code);
    assert_eq!(arrival.browser.network.sent().len(), requests);
    assert!(arrival.browser.store.sealed().is_empty());
    assert_eq!(arrival.browser.passkeys.count().await, 0);
    assert!(arrival.prepared_share_signs().await);
    arrival.browser.passkeys.mood.set(Mood::Willing);
    arrival.browser.passkeys.prf.set(Prf::AtCreate);
    arrival.finish().await.unwrap();
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn a_browser_without_passkeys_asks_the_co_signer_nothing() {
    let arrival = World::new().arrival().await;
    arrival.browser.passkeys.mood.set(Mood::Unsupported);
    fails_without_a_trace(&arrival, ErrorCode::PasskeyUnsupported, 0).await;
}

#[tokio::test]
async fn an_authenticator_without_prf_changes_nothing() {
    for prf in [Prf::Never, Prf::Promised] {
        let arrival = World::new().arrival().await;
        arrival.browser.passkeys.prf.set(prf);
        fails_without_a_trace(&arrival, ErrorCode::PrfUnavailable, 1).await;
    }
}

#[tokio::test]
async fn output_that_differs_from_the_registrations_changes_nothing() {
    for prf in [Prf::OtherAtCreate, Prf::EachTime] {
        let arrival = World::new().arrival().await;
        arrival.browser.passkeys.prf.set(prf);
        fails_without_a_trace(&arrival, ErrorCode::PrfUnavailable, 1).await;
        // It was made, used once and given up; the next one was made and used.
        let prompts = arrival.browser.passkeys.prompts.borrow().clone();
        assert_eq!(prompts[..4], ["create", "get", "create", "get"]);
        assert_eq!(arrival.browser.passkeys.forgotten.borrow().len(), 1);
    }
}

#[tokio::test]
async fn shares_are_sealed_to_the_output_of_the_first_use() {
    // An authenticator that would say otherwise as it makes the passkey is not asked then.
    let arrival = World::new().arrival().await;
    arrival.browser.passkeys.prf.set(Prf::AtAssertion);
    arrival.finish().await.unwrap();
    assert_eq!(arrival.browser.passkeys.outputs.borrow().len(), 1);
    arrival.browser.passkeys.prf.set(Prf::OtherAtCreate);
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn second_use_with_another_output_has_its_own_sentence() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let passkeys = &arrival.browser.passkeys;
    let mut sentences = Vec::new();
    for (prf, mood) in [(Prf::EachTime, Mood::Willing), (Prf::AtCreate, Mood::NamesAnother)] {
        passkeys.prf.set(prf);
        passkeys.mood.set(mood);
        let options = wallet::SessionOptions::default;
        let unlocked = wallet.unlock(options(), &Cancel::default()).await.err().unwrap();
        sentences.push((unlocked.code(), unlocked.to_string()));
    }
    assert_eq!(
        [sentences[0].0, sentences[1].0],
        [ErrorCode::PrfUnavailable, ErrorCode::NotAuthorised]
    );
    assert!(
        sentences[0].1.contains("another PRF output than when"),
        "{}",
        sentences[0].1
    );
    passkeys.mood.set(Mood::Willing);
    // The same where the browser has lost what it held.
    passkeys.prf.set(Prf::Changed);
    arrival.browser.store.set(Vec::new());
    let options = wallet::SessionOptions::default;
    let restored = arrival.reopen().restore(options(), &Cancel::default()).await;
    let restored = restored.err().unwrap();
    assert_eq!((restored.code(), restored.to_string()), sentences[0]);
    passkeys.prf.set(Prf::AtCreate);
    arrival.reopen().restore(options(), &Cancel::default()).await.unwrap();
}

#[tokio::test]
async fn rotation_of_a_passkey_whose_output_changed_changes_nothing() {
    let arrival = World::new().arrival().await;
    let session = arrival.finish().await.unwrap().session;
    arrival.browser.passkeys.prf.set(Prf::Changed);
    arrival.browser.network.sent();
    let rotated = session.rotate(&Cancel::default(), &|_| ()).await;
    assert_eq!(rotated.err().unwrap().code(), ErrorCode::PrfUnavailable);
    assert_eq!(arrival.browser.network.sent().len(), 1);
    arrival.browser.passkeys.prf.set(Prf::AtCreate);
    session.rotate(&Cancel::default(), &|_| ()).await.unwrap();
}

#[tokio::test]
async fn page_is_asked_between_the_two_prompts_of_a_claim() {
    let arrival = World::new().arrival().await;
    let passkeys = arrival.browser.clone();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let told = seen.clone();
    let mut options = arrival.options();
    options.before_prompt = Some(Box::new(move |prompt| {
        told.borrow_mut()
            .push((prompt, passkeys.passkeys.prompts.borrow().clone()));
        Box::pin(async { Ok(()) })
    }));
    arrival.claim.finish(options).await.unwrap();
    assert_eq!(*seen.borrow(), [(Prompt::Output, vec!["create"])]);
}

#[tokio::test]
async fn page_that_refuses_the_second_prompt_changes_nothing() {
    let arrival = World::new().arrival().await;
    let mut options = arrival.options();
    options.before_prompt = Some(Box::new(|_| Box::pin(async { Err(Error::Cancelled) })));
    let refused = arrival.claim.finish(options).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::Cancelled);
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create"]);
    assert_eq!(arrival.browser.passkeys.count().await, 0);
    assert!(arrival.prepared_share_signs().await);
    arrival.finish().await.unwrap();
}

#[tokio::test]
async fn a_declined_prompt_changes_nothing() {
    for (mood, code) in [
        (Mood::DeclinesCreate, ErrorCode::PasskeyCancelled),
        (Mood::DeclinesGet, ErrorCode::PasskeyCancelled),
        (Mood::CancelsCreate, ErrorCode::Cancelled),
        (Mood::CancelsGet, ErrorCode::Cancelled),
    ] {
        let arrival = World::new().arrival().await;
        arrival.browser.passkeys.prf.set(Prf::AtAssertion);
        arrival.browser.passkeys.mood.set(mood);
        fails_without_a_trace(&arrival, code, 1).await;
    }
}

#[tokio::test]
async fn a_declined_prompt_costs_no_second_start() {
    let arrival = World::new().arrival().await;
    arrival.browser.passkeys.mood.set(Mood::DeclinesCreate);
    arrival.finish().await.err().unwrap();
    arrival.browser.passkeys.mood.set(Mood::Willing);
    arrival.finish().await.unwrap();
    assert_eq!(arrival.browser.network.sent().len(), 6);
}

#[tokio::test]
async fn a_passkey_that_fails_at_the_unlock_is_told_apart() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let passkeys = &arrival.browser.passkeys;
    for (prf, mood, code) in [
        (Prf::Changed, Mood::Willing, ErrorCode::PrfUnavailable),
        (Prf::Promised, Mood::Willing, ErrorCode::PrfUnavailable),
        (Prf::AtCreate, Mood::DeclinesGet, ErrorCode::PasskeyCancelled),
        (Prf::AtCreate, Mood::CancelsGet, ErrorCode::Cancelled),
    ] {
        passkeys.prf.set(prf);
        passkeys.mood.set(mood);
        arrival.browser.network.sent();
        let error = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), code);
        // The co-signer was not told: no session was begun.
        assert_eq!(arrival.browser.network.sent().len(), 1);
    }
    passkeys.prf.set(Prf::AtCreate);
    passkeys.mood.set(Mood::Willing);
    assert!(
        wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_passkey_that_nobody_asked_for_opens_and_exports_nothing() {
    let arrival = World::that_exports().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival.browser.passkeys.mood.set(Mood::NamesAnother);
    arrival.browser.network.sent();
    let unlocked = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .err()
        .unwrap();
    let exported = session
        .export_key(wallet.info().id, &Cancel::default())
        .await
        .err()
        .unwrap();
    assert_eq!([unlocked.code(), exported.code()], [ErrorCode::NotAuthorised; 2]);
    let sent: Vec<_> = arrival
        .browser
        .network
        .sent()
        .into_iter()
        .map(|sent| sent.path)
        .collect();
    assert_eq!(sent, ["/v1/unlock/start", "/v1/export/start"]);
}
