//! Who may not do a thing takes nothing from who may: a limit is taken after the caller has shown its right, its own before a shared one.

use cosigner::{api_key::Scope, config::ExportPolicy, keys};
use mpc::keygen;
use rand_core::OsRng;
use serde_json::json;
use wire::{
    ClaimantId, ErrorCode, Request,
    ceremony::{
        Copies, ExportStart, KeygenStart, Lock, PairingStart, PasskeyStart, Revoked, RotationStart, SessionList,
        SessionRevoke, Sign,
    },
    control::UPDATE_CLAIMANT,
    message::encode,
    statement::ClaimedKey,
    ticket::TicketBody,
};

use crate::{
    browser::Browser,
    rotations::Held,
    sealed::seal_request,
    world::{Caller, EACH_SCHEME, EMAIL, World, bearer, context_of, random_key, sealed_by, signed, signing},
};

const LIMITED: Option<ErrorCode> = Some(ErrorCode::RateLimited);

#[tokio::test]
async fn tickets_that_start_no_claim_cost_a_wallet_nothing() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.limits.wallet = 3;
        world.restart();
        let held = Held::of(&world).await;
        let unclaimed = world.wallet().await;
        let leaked = keys::create(&world.state, "leaked", &[Scope::ClaimsTicket]).unwrap();
        let thief = Browser::new();
        for share in [&held.old, &unclaimed] {
            for _ in 0..5 {
                let body = TicketBody {
                    key_id: leaked.id(),
                    claimant: ClaimantId::Email("eve@example.com".to_owned()),
                    ..world.ticket_body(&[share], &thief.key)
                };
                let refused = thief.start(&world, signed(&leaked, body), &[share]).await.err();
                assert!(matches!(
                    refused,
                    Some(ErrorCode::AlreadyClaimed | ErrorCode::NotAuthorised)
                ));
            }
        }
        // Both wallets have all that is theirs.
        for _ in 0..3 {
            held.sign(&world, &held.prepared).await.unwrap();
        }
        assert_eq!(held.sign(&world, &held.prepared).await.err(), LIMITED);
        for _ in 0..3 {
            let browser = Browser::new();
            browser.prepared(&world, &[&unclaimed]).await;
        }
        // Claims that may be started are counted, apart from signatures.
        let browser = Browser::new();
        let ticket = world.ticket(&[&unclaimed], &browser.key);
        assert_eq!(browser.start(&world, ticket, &[&unclaimed]).await.err(), LIMITED);
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &unclaimed, &pairing).await.unwrap();
    }
}

#[tokio::test]
async fn a_stolen_session_takes_nothing_from_its_persons_next() {
    let world = World::with(|config| {
        config.policy.export = ExportPolicy::Allowed;
        config.limits.export = 2;
        (config.limits.rotations, config.limits.renewals) = (2, 2);
        config.limits.pairing = 6;
        config.limits.wallet = 5;
    });
    let held = Held::of(&world).await;
    let (wallet, keys) = (
        held.share().info().wallet,
        vec![ClaimedKey::of(held.share().info()).unwrap()],
    );
    let thief = random_key();
    held.browser.unlock(&world, &thief, &[&held.old]).await.unwrap();
    let change = PasskeyStart { keys };
    let last = async |caller: &Caller<'_>| {
        let mut last = (None, None, None);
        for _ in 0..8 {
            last = (
                world.call(caller, &change).await.err(),
                world.call(caller, &ExportStart { wallet }).await.err(),
                world.pairing_of(caller).await.err(),
            );
        }
        last
    };
    assert_eq!(last(&sealed_by(&thief)).await, (LIMITED, LIMITED, LIMITED));
    for _ in 0..5 {
        world
            .sign(&sealed_by(&thief), held.share(), &held.prepared.pairing)
            .await
            .unwrap();
    }
    // The person changes passkeys, exports, pairs and rotates.
    let own = sealed_by(held.session());
    world.call(&own, &change).await.unwrap();
    world.call(&own, &ExportStart { wallet }).await.unwrap();
    world.pairing_of(&own).await.unwrap();
    held.rotate(&world).await;
}

#[tokio::test]
async fn a_pairing_id_that_is_taken_costs_no_pairing() {
    let world = World::with(|config| config.limits.pairing = 2);
    let made = world.pairing().await;
    let again = PairingStart { pairing: made.id() };
    for _ in 0..5 {
        let refused = world.call(&world.back_end(), &again).await.err();
        assert_eq!(refused, Some(ErrorCode::InvalidArgument));
    }
    world.pairing().await;
    assert_eq!(world.pairing_of(&world.back_end()).await.err(), LIMITED);
}

#[tokio::test]
async fn a_recording_of_a_sessions_requests_takes_none_of_them() {
    let world = World::with(|config| config.limits.session = 3);
    let held = Held::of(&world).await;
    let (_, message) = signing(held.share(), &held.prepared.pairing, mpc::RunId([1; 16]));
    let to = world.state.identity().channel;
    let (_, recorded) = seal_request(&to, Some(held.session()), Sign::PATH, &encode(&message), &mut OsRng).unwrap();
    for _ in 0..5 {
        // Whoever ends TLS has the body, and no key to sign it anew.
        let answer = world
            .post(
                Sign::PATH,
                &Caller::default(),
                "application/octet-stream",
                recorded.clone(),
            )
            .await;
        assert_eq!(answer.code(), ErrorCode::NotAuthorised);
    }
    for _ in 0..3 {
        held.sign(&world, &held.prepared).await.unwrap();
    }
    assert_eq!(held.sign(&world, &held.prepared).await.err(), LIMITED);
}

#[tokio::test]
async fn no_scope_has_a_lever_on_a_claimed_wallet() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.limits.wallet = 3;
        world.restart();
        let held = Held::of(&world).await;
        let (wallet, pairing) = (held.share().info().wallet, world.pairing().await);
        let row = || cosigner::operation::wallet(&world.state, wallet).unwrap();
        let before = row();
        for scope in Scope::ALL {
            let key = keys::create(&world.state, "leaked", &[*scope]).unwrap();
            let caller = bearer(&key);
            let thief = Browser::new();
            let ticket = || {
                let body = TicketBody {
                    key_id: key.id(),
                    ..world.ticket_body(&[&held.old], &thief.key)
                };
                signed(&key, body)
            };
            let update = json!({
                "walletId": base64(&wallet.0), "from": { "email": EMAIL }, "to": { "email": "eve@example.com" }
            });
            let (mut context, other) = (context_of(wallet_type), "eve@example.com".to_owned());
            context.wallet = wallet;
            let (_, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
            let make = KeygenStart {
                context,
                wallet_type,
                claimant: ClaimantId::Email(other),
                commitment,
            };
            for _ in 0..5 {
                assert!(world.sign(&caller, &held.old, &pairing).await.is_err());
                assert!(world.sign(&caller, held.share(), &pairing).await.is_err());
                assert!(thief.start(&world, ticket(), &[&held.old]).await.is_err());
                let updated = world
                    .json::<serde_json::Value>(&caller, UPDATE_CLAIMANT, update.clone())
                    .await;
                assert!(updated.is_err());
                assert!(world.call(&caller, &make).await.is_err());
                let keys = vec![ClaimedKey::of(held.share().info()).unwrap()];
                assert!(
                    world
                        .call(&caller, &RotationStart { keys: keys.clone() })
                        .await
                        .is_err()
                );
                assert!(world.call(&caller, &PasskeyStart { keys }).await.is_err());
                assert!(world.call(&caller, &ExportStart { wallet }).await.is_err());
                assert!(world.call(&caller, &Copies { wallets: vec![wallet] }).await.is_err());
                assert!(world.call(&caller, &SessionList {}).await.is_err());
                let all = SessionRevoke { which: Revoked::All };
                assert!(world.call(&caller, &all).await.is_err());
                assert!(world.call(&caller, &Lock {}).await.is_err());
            }
        }
        assert_eq!(row(), before);
        for _ in 0..3 {
            held.sign(&world, &held.prepared).await.unwrap();
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(bytes)
}
