//! Passkeys that are shown to a claim and do not hold: what they cost, and whom they keep waiting.

use ciborium::{Value, cbor};
use wire::{
    ErrorCode,
    ceremony::{ClaimConfirm, ClaimPasskey},
};

use crate::{
    browser::{Browser, Prepared},
    burns::audited,
    rotations::Held,
    world::{EACH_SCHEME, World, sealed_by},
};

const HELD_FOR: u64 = 100_000;

fn strict() -> World {
    World::with(|config| {
        config.limits.failed_confirmations = 3;
        config.lifetimes.failed_check = HELD_FOR;
    })
}

async fn shown(world: &World, browser: &Browser, confirm: &ClaimConfirm) -> Option<ErrorCode> {
    world.call(&sealed_by(&browser.key), confirm).await.err()
}

/// A confirmation whose passkey answers another challenge.
fn wrong(browser: &Browser, prepared: &Prepared) -> ClaimConfirm {
    let mut confirm = browser.confirming(prepared).confirm;
    confirm.passkey = ClaimPasskey::New {
        passkey: browser.new_passkey(&[1; 32]),
        assertion: browser.assert(&prepared.started.session_hash()),
    };
    confirm
}

#[tokio::test]
async fn failed_confirmations_bar_the_wallet_until_forgotten() {
    let mut world = strict();
    let (share, other) = (world.wallet().await, world.wallet().await);
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let wrong = wrong(&browser, &prepared);
    for _ in 0..3 {
        assert_eq!(shown(&world, &browser, &wrong).await, Some(ErrorCode::NotAuthorised));
    }
    assert_eq!(audited(&world, "confirmation_refused"), (3, 3));
    assert_eq!(audited(&world, "confirmations_barred"), (1, 1));
    // From here on nothing of a passkey is looked at: not even one that holds, nor in another process, nor in another claim.
    let honest = browser.confirming(&prepared).confirm;
    assert_eq!(shown(&world, &browser, &honest).await, Some(ErrorCode::RateLimited));
    world.restart();
    assert_eq!(shown(&world, &browser, &honest).await, Some(ErrorCode::RateLimited));
    let again = Browser::new();
    let prepared = again.prepared(&world, &[&share]).await;
    let refused = again.confirm(&world, &prepared).await;
    assert_eq!(refused.err(), Some(ErrorCode::RateLimited));
    assert_eq!(audited(&world, "confirmation_refused"), (3, 3));
    // Another wallet is claimed meanwhile.
    Browser::new().claim(&world, &[&other]).await;
    world.pass(HELD_FOR);
    Browser::new().claim(&world, &[&share]).await;
}

#[tokio::test]
async fn failed_approvals_keep_no_person_from_rotating() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.limits.failed_confirmations = 1;
        world.restart();
        let held = Held::of(&world).await;
        let prepared = held.rotating(&world).await.unwrap();
        let mut wrong = held.browser.confirming(&prepared).confirm;
        wrong.passkey = ClaimPasskey::Own(held.browser.assert(&[1; 32]));
        for _ in 0..3 {
            let refused = shown(&world, &held.browser, &wrong).await;
            assert_eq!(refused, Some(ErrorCode::NotAuthorised));
        }
        let commit = held.browser.confirm(&world, &prepared).await.unwrap();
        held.browser.commit(&world, &commit).await.unwrap();
        assert_eq!(audited(&world, "confirmation_refused"), (0, 0));
    }
}

#[tokio::test]
async fn a_registration_that_is_too_long_is_refused_unread() {
    let world = strict();
    let share = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let entries = (0..60_000).map(|key: u32| (Value::from(key), Value::Null)).collect();
    let statement = Value::Map(entries);
    let object = cbor!({ "fmt" => "none", "attStmt" => statement, "authData" => Value::Bytes(Vec::new()) }).unwrap();
    let mut confirm = browser.confirming(&prepared).confirm;
    let ClaimPasskey::New { passkey, .. } = &mut confirm.passkey else {
        panic!("a claim makes a passkey");
    };
    passkey.registration.attestation_object.clear();
    ciborium::into_writer(&object, &mut passkey.registration.attestation_object).unwrap();
    assert!(passkey.registration.attestation_object.len() > 200_000);
    assert_eq!(
        shown(&world, &browser, &confirm).await,
        Some(ErrorCode::InvalidArgument)
    );
    // It is no message at all: nothing of the claim was looked up.
    assert_eq!(audited(&world, "confirmation_refused"), (0, 0));
    browser.confirm(&world, &prepared).await.unwrap();
}
