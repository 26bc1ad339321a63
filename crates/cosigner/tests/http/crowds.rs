//! Who asks for more than is theirs: it costs themselves, and the person whom it is about goes on.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, http::Request as HttpRequest};
use mpc::channel::seal_request;
use rand_core::OsRng;
use wire::{ErrorCode, Request, ceremony::UnlockStart, message::encode};

use crate::{
    browser::{Browser, start},
    world::{Answer, World, random_key},
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
