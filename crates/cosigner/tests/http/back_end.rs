//! What a back end does before its user arrives.

use cosigner::{api_key::Scope, keys};
use mpc::{Epoch, PairingId, RunId, keygen, pairing};
use rand_core::OsRng;
use serde_json::json;
use wire::{
    ClaimantId, ErrorCode, WalletType,
    ceremony::{KeygenFinish, KeygenStart, PairingFinish, PairingStart, SignQuery},
    control::{IDENTITY, Identity, LOOKUP, UPDATE_CLAIMANT, WalletRecord, Wallets},
};

use crate::{
    browser::Browser,
    imports,
    world::{Caller, EMAIL, World, bearer, context, random_key, sealed_by, signing, transfers},
};

fn started(context: &keygen::Context) -> (keygen::ClientAwaitingOffer, KeygenStart) {
    let (state, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
    let start = KeygenStart {
        context: context.clone(),
        wallet_type: WalletType::Evm,
        claimant: ClaimantId::Email(EMAIL.to_owned()),
        commitment,
    };
    (state, start)
}

#[tokio::test]
async fn a_wallet_is_made_found_and_signed_with() {
    let world = World::new();
    let share = world.wallet().await;
    assert_eq!(share.info().epoch, Epoch(0));
    let asked = json!({ "claimantId": { "email": " Ada@Example.com " } });
    let found: Wallets = world.json(&world.back_end(), LOOKUP, asked).await.unwrap();
    let [wallet] = found.wallets.as_slice() else { panic!() };
    assert_eq!(
        (wallet.epoch, wallet.claimed, wallet.created_at),
        (0, false, world.now())
    );
    assert_eq!(wallet.scheme, "ecdsa-secp256k1");
    let none: Wallets = world
        .json(
            &world.back_end(),
            LOOKUP,
            json!({ "claimantId": { "customId": EMAIL } }),
        )
        .await
        .unwrap();
    assert_eq!(none.wallets, []);
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn the_identity_is_told_to_anyone() {
    let world = World::new();
    let request = axum::http::Request::get(IDENTITY)
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = world.send(request).await;
    let identity: Identity = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (identity.version, identity.channel_key.len(), identity.receipt_key.len()),
        (1, 43, 43)
    );
}

#[tokio::test]
async fn a_finished_key_generation_that_comes_again_gets_the_same_answer_also_after_a_restart() {
    let mut world = World::new();
    let context = context();
    let (state, start) = started(&context);
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    let (_, opening) = state.receive(offer).unwrap();
    let finish = KeygenFinish {
        run: context.run,
        opening,
    };
    let first = world.call(&world.back_end(), &finish).await.unwrap();
    assert_eq!(world.call(&world.back_end(), &finish).await.unwrap(), first);
    world.restart();
    assert_eq!(world.call(&world.back_end(), &finish).await.unwrap(), first);
    // Another key of the same back end has no part in it.
    let other = keys::create(&world.state, "other", Scope::ALL).unwrap();
    let refused = world.call(&bearer(&other), &finish).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_key_generation_is_good_for_one_finish_within_a_minute() {
    let world = World::new();
    let context = context();
    let (state, start) = started(&context);
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    // The run is under way.
    assert_eq!(
        world.call(&world.back_end(), &start).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let (_, opening) = state.receive(offer).unwrap();
    let finish = KeygenFinish {
        run: context.run,
        opening,
    };
    let late = KeygenFinish {
        run: RunId::random(&mut OsRng),
        ..finish.clone()
    };
    assert_eq!(
        world.call(&world.back_end(), &late).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    world.pass(60);
    assert_eq!(
        world.call(&world.back_end(), &finish).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn an_opening_of_another_run_ends_the_key_generation() {
    let world = World::new();
    let (one, two) = (context(), context());
    let (first, start) = started(&one);
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    let (_, opening) = first.receive(offer).unwrap();
    let (second, start) = started(&two);
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    let (_, honest) = second.receive(offer).unwrap();
    let swapped = KeygenFinish { run: two.run, opening };
    assert_eq!(
        world.call(&world.back_end(), &swapped).await.unwrap_err(),
        ErrorCode::PeerMisbehaved
    );
    let finish = KeygenFinish {
        run: two.run,
        opening: honest,
    };
    assert_eq!(
        world.call(&world.back_end(), &finish).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn a_wallet_id_is_taken_once() {
    let world = World::new();
    let taken = world.wallet().await.info().wallet;
    let mut context = context();
    context.wallet = taken;
    let (_, start) = started(&context);
    assert_eq!(
        world.call(&world.back_end(), &start).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn a_claimant_id_that_is_none_is_refused() {
    let world = World::new();
    for wrong in ["", "nobody", &"a@".repeat(200), "a@b\u{7}"] {
        let (_, mut start) = started(&context());
        start.claimant = ClaimantId::Email(wrong.to_owned());
        let refused = world.call(&world.back_end(), &start).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
}

#[tokio::test]
async fn each_door_asks_for_its_own_scope() {
    let world = World::new();
    for scope in Scope::ALL {
        let others: Vec<_> = Scope::ALL.iter().copied().filter(|other| other != scope).collect();
        let key = keys::create(&world.state, "others", &others).unwrap();
        let caller = bearer(&key);
        let refused = match scope {
            Scope::WalletsCreate => world.call(&caller, &started(&context()).1).await.err(),
            Scope::WalletsImport => {
                let (_, _, start) = imports::started(&context(), WalletType::Evm, &[1; 32]);
                world.call(&caller, &start).await.err()
            }
            Scope::WalletsRead => {
                let asked = json!({ "claimantId": { "email": EMAIL } });
                world.json::<Wallets>(&caller, LOOKUP, asked).await.err()
            }
            Scope::WalletsUpdate => {
                let asked = json!({ "walletId": "AAAAAAAAAAAAAAAAAAAAAA", "from": { "email": EMAIL }, "to": { "email": EMAIL } });
                world.json::<WalletRecord>(&caller, UPDATE_CLAIMANT, asked).await.err()
            }
            Scope::Sign => {
                let pairing = PairingId::random(&mut OsRng);
                world.call(&caller, &PairingStart { pairing }).await.err()
            }
            Scope::ClaimsTicket => {
                let (share, browser) = (world.wallet().await, Browser::new());
                let mut body = world.ticket_body(&[&share], &browser.key);
                body.key_id = key.id();
                browser
                    .start(&world, crate::world::signed(&key, body), &[&share])
                    .await
                    .err()
            }
        };
        assert_eq!(refused, Some(ErrorCode::NotAuthorised), "{scope:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_wrong_unknown_or_revoked_opens_nothing() {
    let world = World::new();
    let revoked = keys::create(&world.state, "revoked", Scope::ALL).unwrap();
    keys::revoke(&world.state, revoked.id()).unwrap();
    assert!(keys::revoke(&world.state, revoked.id()).is_err());
    let good = world.back_end().authorization.unwrap();
    let unknown = cosigner::api_key::ApiKey::random(&mut OsRng).to_text();
    let mut wrong_secret = good.clone();
    wrong_secret.replace_range(
        good.len() - 10..good.len() - 9,
        if good.as_bytes()[good.len() - 10] == b'A' {
            "B"
        } else {
            "A"
        },
    );
    let wrong = [
        bearer(&revoked).authorization.unwrap(),
        format!("Bearer {}", *unknown),
        wrong_secret,
        good.replace("Bearer", "Basic"),
        good.replace("Bearer ", ""),
        String::new(),
    ];
    for authorization in wrong {
        let caller = Caller {
            authorization: Some(authorization.clone()),
            key: None,
        };
        let refused = world.call(&caller, &started(&context()).1).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised, "{authorization}");
    }
    let nobody = Caller::default();
    assert_eq!(
        world.call(&nobody, &started(&context()).1).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
}

#[tokio::test]
async fn an_unclaimed_wallet_is_given_another_claimant() {
    let world = World::new();
    let share = world.wallet().await;
    let id = {
        use base64ct::{Base64UrlUnpadded, Encoding};
        Base64UrlUnpadded::encode_string(&share.info().wallet.0)
    };
    let update = |from: &str, to: &str| json!({ "walletId": id, "from": { "email": from }, "to": { "email": to } });
    let caller = world.back_end();
    let refused = world
        .json::<WalletRecord>(&caller, UPDATE_CLAIMANT, update("eve@example.com", "eve@example.org"))
        .await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    for _ in 0..2 {
        // The second time as if the first answer was lost.
        let moved: WalletRecord = world
            .json(&caller, UPDATE_CLAIMANT, update(EMAIL, "bob@example.com"))
            .await
            .unwrap();
        assert_eq!(moved.wallet_id, id);
    }
    let found: Wallets = world
        .json(&caller, LOOKUP, json!({ "claimantId": { "email": "bob@example.com" } }))
        .await
        .unwrap();
    assert_eq!(found.wallets.len(), 1);
    let unknown = json!({ "walletId": "AAAAAAAAAAAAAAAAAAAAAA", "from": { "email": EMAIL }, "to": { "email": EMAIL } });
    let refused = world.json::<WalletRecord>(&caller, UPDATE_CLAIMANT, unknown).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::WalletNotFound);
    let malformed = json!({ "walletId": "AAAA", "from": { "email": EMAIL }, "to": { "email": EMAIL } });
    let refused = world.json::<WalletRecord>(&caller, UPDATE_CLAIMANT, malformed).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_claimed_wallet_keeps_its_claimant() {
    let world = World::new();
    let share = world.wallet().await;
    Browser::new().claim(&world, &[&share]).await;
    let found: Wallets = world
        .json(&world.back_end(), LOOKUP, json!({ "claimantId": { "email": EMAIL } }))
        .await
        .unwrap();
    assert!(found.wallets[0].claimed && found.wallets[0].epoch == 1);
    let update = json!({ "walletId": found.wallets[0].wallet_id, "from": { "email": EMAIL }, "to": { "email": "b@example.com" } });
    let refused = world
        .json::<WalletRecord>(&world.back_end(), UPDATE_CLAIMANT, update)
        .await;
    assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
}

#[tokio::test]
async fn a_pairing_serves_its_own_key_only() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let other = keys::create(&world.state, "other", Scope::ALL).unwrap();
    let refused = world.sign(&bearer(&other), &share, &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    // A pairing id is taken once, whoever asks.
    let again = PairingStart { pairing: pairing.id() };
    assert_eq!(
        world.call(&bearer(&other), &again).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn a_finished_pairing_that_comes_again_gets_the_same_answer() {
    let mut world = World::new();
    let id = PairingId::random(&mut OsRng);
    let offer = world
        .call(&world.back_end(), &PairingStart { pairing: id })
        .await
        .unwrap();
    let (pairing, answer) = transfers(pairing::client_start(id, offer).unwrap());
    let finish = PairingFinish { pairing: id, answer };
    world.call(&world.back_end(), &finish).await.unwrap();
    world.call(&world.back_end(), &finish).await.unwrap();
    world.restart();
    world.call(&world.back_end(), &finish).await.unwrap();
    let share = world.wallet().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn a_run_is_answered_once() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let (state, message) = signing(&share, &pairing, RunId::random(&mut OsRng));
    let answer = world.call(&world.back_end(), &message).await.unwrap();
    assert_eq!(
        world.call(&world.back_end(), &message).await.unwrap_err(),
        ErrorCode::PeerMisbehaved
    );
    state.finish(answer).unwrap();
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn another_epoch_or_wallet_is_refused() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let (_, message) = signing(&share, &pairing, RunId::random(&mut OsRng));
    let mut other = message.clone();
    other.epoch = Epoch(1);
    assert_eq!(
        world.call(&world.back_end(), &other).await.unwrap_err(),
        ErrorCode::EpochMismatch
    );
    let mut other = message.clone();
    other.wallet = context().wallet;
    assert_eq!(
        world.call(&world.back_end(), &other).await.unwrap_err(),
        ErrorCode::WalletNotFound
    );
    let mut other = message.clone();
    let SignQuery::Ecdsa { pairing, .. } = &mut other.query else {
        panic!()
    };
    *pairing = PairingId::random(&mut OsRng);
    assert_eq!(
        world.call(&world.back_end(), &other).await.unwrap_err(),
        ErrorCode::PairingBurnt
    );
    // Without an API key a session is asked for.
    let key = random_key();
    assert_eq!(
        world.call(&sealed_by(&key), &message).await.unwrap_err(),
        ErrorCode::SessionExpired
    );
    assert_eq!(
        world.call(&Caller::default(), &message).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
}

/// Finds a byte of a query whose change fails the extension's check, and gives the query with it.
pub(crate) fn cheating(message: &wire::ceremony::Sign) -> wire::ceremony::Sign {
    let mut bytes = borsh::to_vec(&message.query).unwrap();
    // The middle of the query lies in the extension's columns.
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    wire::ceremony::Sign {
        query: borsh::from_slice(&bytes).unwrap(),
        ..message.clone()
    }
}

#[tokio::test]
async fn a_failed_check_burns_the_pairing_before_it_is_answered_and_not_the_wallet() {
    let mut world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let (_, message) = signing(&share, &pairing, RunId::random(&mut OsRng));
    let refused = world.call(&world.back_end(), &cheating(&message)).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
    let refused = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    world.restart();
    let refused = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn of_failed_checks_at_once_one_is_told() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let caller = world.back_end();
    let messages: Vec<_> = (0..8)
        .map(|_| cheating(&signing(&share, &pairing, RunId::random(&mut OsRng)).1))
        .collect();
    let calls = messages.iter().map(|message| world.call(&caller, message));
    let codes: Vec<_> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(|outcome| outcome.unwrap_err())
        .collect();
    let told = codes.iter().filter(|code| **code == ErrorCode::PeerMisbehaved).count();
    assert_eq!(told, 1, "{codes:?}");
    assert!(
        codes
            .iter()
            .all(|code| matches!(code, ErrorCode::PeerMisbehaved | ErrorCode::PairingBurnt))
    );
}
