//! A pairing is worth a share of each epoch that it signs with: the commit that begins an epoch
//! ends those that were there before.

use cosigner::config::Limits;
use mpc::{PairingId, channel::ChannelKey, pairing::ClientPairing};
use rand_core::OsRng;
use wire::{
    ErrorCode, WalletType,
    ceremony::{PairingFinish, PairingStart},
};

use crate::{
    back_end::cheating,
    browser::{Browser, Prepared},
    passkeys::Owner,
    rotations::Held,
    world::{World, random_key, sealed_by, signing, transfers},
};

/// A world that allows as many changes as a test makes.
fn patient() -> World {
    World::with(|config| {
        config.limits.export = 10_000;
        config.limits.wallet = 10_000;
        config.limits.session = 10_000;
    })
}

/// Another session of the same passkey, with a pairing of its own.
async fn elsewhere(world: &World, held: &Held) -> (ChannelKey, ClientPairing) {
    let session = random_key();
    held.browser.unlock(world, &session, &[&held.old]).await.unwrap();
    let pairing = world.pairing_of(&sealed_by(&session)).await.unwrap();
    (session, pairing)
}

/// How a session signs with the first share of an epoch, and a pairing.
async fn sign(world: &World, session: &ChannelKey, of: &Prepared, pairing: &ClientPairing) -> Result<(), ErrorCode> {
    let signed = world.sign(&sealed_by(session), &of.shares[0], pairing).await;
    signed.map(drop)
}

const BURNT: Result<(), ErrorCode> = Err(ErrorCode::PairingBurnt);

#[tokio::test]
async fn the_rotating_devices_earlier_pairing_signs_no_more() {
    let world = World::new();
    let held = Held::of(&world).await;
    let earlier = held.prepared.pairing.as_ref().unwrap();
    sign(&world, held.session(), &held.prepared, earlier).await.unwrap();
    let (next, _) = held.rotate(&world).await;
    assert_eq!(sign(&world, held.session(), &next, earlier).await, BURNT);
    held.sign(&world, &next).await.unwrap();
}

#[tokio::test]
async fn another_devices_pairing_signs_no_more_and_it_pairs_anew() {
    let world = World::new();
    let held = Held::of(&world).await;
    let (other, pairing) = elsewhere(&world, &held).await;
    sign(&world, &other, &held.prepared, &pairing).await.unwrap();
    let (next, _) = held.rotate(&world).await;
    assert_eq!(sign(&world, &other, &next, &pairing).await, BURNT);
    let anew = world.pairing_of(&sealed_by(&other)).await.unwrap();
    sign(&world, &other, &next, &anew).await.unwrap();
    // The device that rotated keeps the one that the rotation made.
    held.sign(&world, &next).await.unwrap();
}

#[tokio::test]
async fn another_passkeys_pairing_signs_no_more_and_it_pairs_anew() {
    let world = patient();
    let owner = Owner::of(&world, &[WalletType::Evm]).await;
    let second = Browser::new();
    owner.add(&world, &second).await.unwrap();
    let other = owner.opened(&world, &second).await.unwrap();
    let pairing = world.pairing_of(&sealed_by(&other.key)).await.unwrap();
    let next = owner.rotate(&world).await;
    assert_eq!(sign(&world, &other.key, &next, &pairing).await, BURNT);
    let anew = world.pairing_of(&sealed_by(&other.key)).await.unwrap();
    sign(&world, &other.key, &next, &anew).await.unwrap();
}

#[tokio::test]
async fn the_back_ends_pairing_signs_nothing_of_a_claimed_wallet() {
    let world = World::new();
    let (old, pairing) = (world.wallet().await, world.pairing().await);
    world.sign(&world.back_end(), &old, &pairing).await.unwrap();
    let browser = Browser::new();
    let (claimed, _) = browser.claim(&world, &[&old]).await;
    for share in [&old, &claimed.shares[0]] {
        let refused = world.sign(&world.back_end(), share, &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
    }
    // Nor does a session sign with it, and what the back end has not handed over it signs as
    // before.
    let session = random_key();
    browser.unlock(&world, &session, &[&old]).await.unwrap();
    assert_eq!(sign(&world, &session, &claimed, &pairing).await, BURNT);
    let other = world.wallet().await;
    world.sign(&world.back_end(), &other, &pairing).await.unwrap();
}

#[tokio::test]
async fn a_pairing_begun_before_a_commit_is_of_the_epoch_before() {
    let world = World::new();
    let held = Held::of(&world).await;
    let session = random_key();
    held.browser.unlock(&world, &session, &[&held.old]).await.unwrap();
    let (caller, id) = (sealed_by(&session), PairingId::random(&mut OsRng));
    let offer = world.call(&caller, &PairingStart { pairing: id }).await.unwrap();
    let (pairing, answer) = transfers(mpc::pairing::client_start(id, offer).unwrap());
    let (next, _) = held.rotate(&world).await;
    world
        .call(&caller, &PairingFinish { pairing: id, answer })
        .await
        .unwrap();
    assert_eq!(sign(&world, &session, &next, &pairing).await, BURNT);
}

#[tokio::test]
async fn a_pairing_of_two_wallets_serves_the_one_that_was_not_rotated() {
    let world = patient();
    let owner = Owner::of(&world, &[WalletType::Evm, WalletType::Cosmos]).await;
    let next = owner.rotate_first(&world).await;
    let pairing = owner.pairing();
    assert_eq!(sign(&world, owner.session(), &next, pairing).await, BURNT);
    let other = owner.shares()[1];
    world.sign(&sealed_by(owner.session()), other, pairing).await.unwrap();
}

#[tokio::test]
async fn neither_restart_nor_older_database_brings_a_pairing_back() {
    let mut world = World::new();
    let held = Held::of(&world).await;
    let (other, pairing) = elsewhere(&world, &held).await;
    let older = world.copy();
    let (next, _) = held.rotate(&world).await;
    let newer = world.copy();
    world.restart();
    assert_eq!(sign(&world, &other, &next, &pairing).await, BURNT);
    // Where the pairing is whole, the wallet signs nothing.
    world.restore(&older);
    let session = random_key();
    let unlock = held.browser.unlock(&world, &session, &[&held.old]).await;
    assert_eq!(unlock.err(), Some(ErrorCode::EpochMismatch));
    for of in [&held.prepared, &next] {
        let refused = sign(&world, &other, of, &pairing).await;
        assert_eq!(refused, Err(ErrorCode::EpochMismatch));
    }
    world.restore(&newer);
    held.browser.unlock(&world, &session, &[&held.old]).await.unwrap();
    assert_eq!(sign(&world, &session, &next, &pairing).await, BURNT);
}

#[tokio::test]
async fn a_device_pairs_anew_as_often_as_another_may_rotate() {
    // A setting of fewer renewals than rotations is refused.
    let limits = Limits::default();
    assert!(limits.renewals >= limits.rotations);
    let world = World::with(|config| {
        (config.limits.rotations, config.limits.renewals) = (3, 3);
        (config.lifetimes.session, config.lifetimes.session_idle) = (86_400, 86_400);
        config.lifetimes.session_maximum = 86_400;
    });
    let mut held = Held::of(&world).await;
    let other = random_key();
    held.browser.unlock(&world, &other, &[&held.old]).await.unwrap();
    for _ in 0..3 {
        held.prepared = held.rotate(&world).await.0;
        let anew = world.pairing_of(&sealed_by(&other)).await.unwrap();
        sign(&world, &other, &held.prepared, &anew).await.unwrap();
        world.pass(60);
    }
}

#[tokio::test]
async fn a_rotation_owes_each_session_one_pairing_whatever_failed() {
    let world = World::with(|config| config.limits.failed_checks = 1);
    let held = Held::of(&world).await;
    let (other, thief) = (random_key(), random_key());
    for session in [&other, &thief] {
        held.browser.unlock(&world, session, &[&held.old]).await.unwrap();
    }
    // Who has stolen a session fails checks: no new pairing for anybody.
    let (_, message) = signing(held.share(), &held.prepared.pairing, mpc::RunId([3; 16]));
    let failed = world.call(&sealed_by(&thief), &cheating(&message)).await;
    assert_eq!(failed.unwrap_err(), ErrorCode::PeerMisbehaved);
    let barred = world.pairing_of(&sealed_by(&other)).await;
    assert_eq!(barred.err(), Some(ErrorCode::RateLimited));
    let (next, _) = held.rotate(&world).await;
    // The other device gets one in the place of what the rotation ended, whatever the thief takes;
    // and one alone.
    world.pairing_of(&sealed_by(&thief)).await.unwrap();
    let anew = world.pairing_of(&sealed_by(&other)).await.unwrap();
    sign(&world, &other, &next, &anew).await.unwrap();
    for session in [&other, &thief, held.session()] {
        let again = world.pairing_of(&sealed_by(session)).await;
        assert_eq!(again.err(), Some(ErrorCode::RateLimited));
    }
}
