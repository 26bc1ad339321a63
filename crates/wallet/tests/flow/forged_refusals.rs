//! Refusals that something between a client and the co-signer writes in its name.

use axum::{Json, Router, http::StatusCode};
use wallet::{AddPasskey, ErrorCode, SessionOptions, WalletType, host::Cancel};
use wire::{ErrorBody, ProcessMark};

use crate::{
    authenticator::Device,
    network::Fate,
    world::{Arrival, World, create, digest, holds, sign},
};

/// What a co-signer can't but say in clear: it is said before a request is opened.
const SAID_IN_CLEAR: [ErrorCode; 5] = [
    ErrorCode::InvalidArgument,
    ErrorCode::CoSignerUnreachable,
    ErrorCode::RateLimited,
    ErrorCode::StorageUnavailable,
    ErrorCode::Internal,
];

/// What a code in clear is told as.
fn told_as(code: ErrorCode) -> ErrorCode {
    match SAID_IN_CLEAR.contains(&code) {
        true => code,
        false => ErrorCode::CoSignerUnreachable,
    }
}

fn pairings(arrival: &Arrival) -> usize {
    let sent = arrival.browser.network.sent();
    sent.iter().filter(|sent| sent.path == "/v1/pairing/start").count()
}

#[tokio::test]
async fn a_forged_refusal_ends_no_session_and_burns_no_pairing() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let before = arrival.browser.store.records();
    let network = &arrival.browser.network;
    network.sent();
    for code in ErrorCode::ALL {
        for path in ["/v1/sign", "/v1/session/list", "/v1/session/refresh"] {
            network.strike_path(path, Fate::RefusalInvented(*code));
            let refused = match path {
                "/v1/sign" => sign(&session, 1).await.err(),
                "/v1/session/list" => session.sessions(&Cancel::default()).await.err(),
                _ => session.refresh(&Cancel::default()).await.err(),
            };
            assert_eq!(refused.unwrap().code(), told_as(*code), "{code} {path}");
            assert!(!session.is_locked(), "{code} {path}");
        }
        network.heal();
        let signature = sign(&session, 2).await.unwrap();
        assert!(holds(&wallet.info().public_key, &signature, 2));
    }
    assert_eq!(arrival.browser.store.records(), before);
    assert_eq!(pairings(&arrival), 0);
    // The co-signer's own word ends it.
    network.strike_path("/v1/sign", Fate::Refused(ErrorCode::SessionExpired));
    sign(&session, 1).await.unwrap_err();
    assert!(session.is_locked());
}

#[tokio::test]
async fn a_forged_refusal_sends_no_request_of_a_session_again() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let network = &arrival.browser.network;
    let body = ErrorBody {
        time: Some(1),
        process: Some(ProcessMark([7; 16]).to_text()),
        ..ErrorBody::new(ErrorCode::NotAuthorised, "a sentence")
    };
    // Inside the channel it is sent once more, by what that says.
    network.says.replace(Some(body.clone()));
    network.strike_path("/v1/sign", Fate::Refused(ErrorCode::NotAuthorised));
    network.sent();
    sign(&session, 1).await.unwrap_err();
    assert_eq!(network.sent().len(), 2);
    network.heal();
    sign(&session, 1).await.unwrap();
    network.sent();
    network.replace(Router::new().fallback(async move || (StatusCode::FORBIDDEN, Json(body))));
    let refused = sign(&session, 1).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::CoSignerUnreachable);
    assert_eq!(network.sent().len(), 1);
}

#[tokio::test]
async fn a_forged_refusal_throws_no_passkey_away_that_was_added() {
    let world = World::new();
    let arrival = world.arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let passkeys = &arrival.browser.passkeys;
    let mut known = 1;
    // The first four are a refusal's by which the co-signer says for certain that it has not registered the passkey.
    for code in [
        ErrorCode::InvalidArgument,
        ErrorCode::PasskeyUnsupported,
        ErrorCode::ShareInvalid,
        ErrorCode::EpochMismatch,
        ErrorCode::NotAuthorised,
        ErrorCode::SessionExpired,
    ] {
        world.pass(60);
        passkeys.makes_on.replace(Some(Device::new()));
        arrival
            .browser
            .network
            .strike_path("/v1/passkey/add", Fate::RefusalForged(code));
        let adding = AddPasskey {
            name: "phone".to_owned(),
            before_prompt: None,
            cancel: Cancel::default(),
        };
        session.add_passkey(adding).await.unwrap_err();
        arrival.browser.network.heal();
        known += 1;
        assert!(passkeys.forgotten.borrow().is_empty(), "{code}");
        let listed = session.passkeys(&Cancel::default()).await.unwrap();
        assert_eq!(listed.len(), known, "{code}");
    }
}

#[tokio::test]
async fn a_forged_refusal_costs_a_back_end_no_pairing() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let handle = server.with_share(create(&server).await.share).unwrap();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    host.network.sent();
    for code in ErrorCode::ALL {
        host.network.strike_path("/v1/sign", Fate::RefusalInvented(*code));
        let refused = handle.sign(digest(1), &Cancel::default()).await.unwrap_err();
        // Its API key is looked at before the channel.
        let told = match code {
            ErrorCode::NotAuthorised => *code,
            _ => told_as(*code),
        };
        assert_eq!(refused.code(), told, "{code}");
        host.network.heal();
        handle.sign(digest(1), &Cancel::default()).await.unwrap();
    }
    let sent = host.network.sent();
    assert!(sent.iter().all(|sent| sent.path == "/v1/sign"));
}

#[tokio::test]
async fn forged_refusals_of_every_step_leave_a_claim_that_ends_well() {
    for path in [
        "/v1/claim/start",
        "/v1/claim/refresh",
        "/v1/claim/prepare",
        "/v1/claim/confirm",
        "/v1/claim/commit",
    ] {
        for code in [ErrorCode::AlreadyClaimed, ErrorCode::ClaimExpired] {
            let arrival = World::new().arrival_of(&[WalletType::Evm]).await;
            arrival.browser.network.strike_path(path, Fate::RefusalForged(code));
            let refused = arrival.finish().await.err().unwrap();
            assert_eq!(refused.code(), ErrorCode::CoSignerUnreachable, "{path} {code}");
            arrival.browser.network.heal();
            arrival.finish().await.unwrap();
            assert!(arrival.device_signs().await, "{path} {code}");
            assert!(!arrival.prepared_share_signs().await);
        }
    }
}
