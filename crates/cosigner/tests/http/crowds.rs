//! Who asks for more than is theirs: it costs themselves, and the person whom it is about goes on.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, http::Request as HttpRequest};
use rand_core::OsRng;
use wire::{ClaimantId, ErrorCode, Request, WalletType, ceremony::UnlockStart, message::encode};

use crate::{
    browser::{Browser, start},
    sealed::seal_request,
    world::{Answer, World, random_key, sealed_by, signed},
};

/// Begins an unlock of a wallet from an address.
async fn begin(world: &World, wallet: mpc::WalletId, address: &str) -> Answer {
    let session = random_key();
    let message = encode(&start(vec![wallet], &session));
    let to = world.state.identity().channel;
    let (_, sealed) = seal_request(&to, Some(&session), UnlockStart::PATH, &message, &mut OsRng).unwrap();
    let address: SocketAddr = address.parse().unwrap();
    let request = HttpRequest::post(UnlockStart::PATH).header("content-type", "application/octet-stream");
    let request = request.extension(ConnectInfo(address)).body(Body::from(sealed));
    world.send(request.unwrap()).await
}

#[tokio::test]
async fn who_begins_unlocks_of_anothers_wallet_from_one_network_leaves_room_for_its_person() {
    let world = World::with(|config| config.limits.wallet = 8);
    let share = world.wallet().await;
    Browser::new().claim(&world, &[&share]).await;
    let wallet = share.info().wallet;
    let mut limited = 0;
    for host in 0..20 {
        let answer = begin(&world, wallet, &format!("[2001:db8:7:{host:x}::1]:1")).await;
        if answer.status.as_u16() != 200 {
            assert_eq!(answer.code(), ErrorCode::RateLimited);
            assert_eq!(answer.headers["retry-after"], "30");
            limited += 1;
        }
    }
    // A quarter of what the wallet may be asked for went to it.
    assert_eq!(limited, 18);
    for _ in 0..2 {
        let answer = begin(&world, wallet, "192.0.2.1:1").await;
        assert_eq!(answer.status.as_u16(), 200);
    }
}

/// What a claim gives back it gives back once: its last steps may be repeated, and are answered again.
#[tokio::test]
async fn a_claims_repeated_end_is_charged_to_its_address() {
    let mut world = World::with(|config| config.limits.address = 20);
    world.address = Some("192.0.2.1:1".parse().unwrap());
    let (share, browser) = (world.wallet().await, Browser::new());
    let prepared = browser.prepared(&world, &[&share]).await;
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    browser.commit(&world, &commit).await.unwrap();
    browser.acknowledge(&world, commit.claim).await.unwrap();
    let (mut commits, mut acknowledged) = (0, 0);
    while commits < 10 {
        browser.commit(&world, &commit).await.unwrap();
        commits += 1;
    }
    let refused = loop {
        match browser.acknowledge(&world, commit.claim).await {
            Ok(_) => acknowledged += 1,
            Err(code) => break code,
        }
        assert!(acknowledged < 100);
    };
    assert_eq!((refused, acknowledged), (ErrorCode::RateLimited, 10));
}

/// An office, a school, a conference: what each of them proves is counted by ticket, wallet and session, and takes nothing from the others.
#[tokio::test]
async fn three_hundred_people_behind_one_address_come_through_at_once() {
    let mut world = World::of(WalletType::Solana);
    world.address = Some("192.0.2.1:1".parse().unwrap());
    // No second passes: nothing is earned back.
    for person in 0..300 {
        let email = format!("{person}@example.com");
        let (share, browser) = (world.wallet_for(&email).await, Browser::new());
        let mut ticket = world.ticket_body(&[&share], &browser.key);
        ticket.claimant = ClaimantId::Email(email);
        let started = browser.start(&world, signed(&world.key, ticket), &[&share]).await;
        let refreshed = browser.refresh(&world, started.unwrap(), &[&share]).await.unwrap();
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        browser.commit(&world, &commit).await.unwrap();
        browser.acknowledge(&world, commit.claim).await.unwrap();
        let (share, session) = (&prepared.shares[0], random_key());
        browser.unlock(&world, &session, &[share]).await.unwrap();
        world.sign(&sealed_by(&session), share, None).await.unwrap();
    }
    // Whoever shows nothing has all that an address has.
    let wallet = world.wallet_for("nobody@example.com").await.info().wallet;
    let mut answered = 0;
    while begin(&world, wallet, "192.0.2.1:1").await.code() != ErrorCode::RateLimited {
        answered += 1;
    }
    assert_eq!(answered, 600);
}
