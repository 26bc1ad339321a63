//! Passkeys that don't work, or are not wanted.

use wallet::{ErrorCode, host::Cancel};

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
