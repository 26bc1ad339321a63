//! Unlocking, signing, locking.

use base64ct::{Base64UrlUnpadded, Encoding};
use wallet::{CoSignerIdentity, ErrorCode, Kit, WalletId, WalletType, host::Cancel, wallet_id};

use crate::{
    network::Fate,
    world::{Arrival, World, digest, holds, payload, sign},
};

#[tokio::test]
async fn a_session_ends_at_its_time() {
    let world = World::new();
    let arrival = world.arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(session.expires_at(), world.now() + 90 * 60);
    for wait in [29 * 60, 29 * 60, 29 * 60, 3 * 60 - 1] {
        world.pass(wait);
        assert!(!session.is_locked());
        sign(&session, 1).await.unwrap();
    }
    world.pass(1);
    assert!(session.is_locked());
    arrival.browser.network.sent();
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    assert!(arrival.browser.network.sent().is_empty());
}

#[tokio::test]
async fn a_session_that_the_co_signer_has_ended_is_over() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival
        .browser
        .network
        .strike_path("/v1/sign", Fate::Refused(ErrorCode::SessionExpired));
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    arrival.browser.network.heal();
    assert!(session.is_locked());
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
}

#[tokio::test]
async fn locking_ends_the_session_though_the_co_signer_does_not_hear_of_it() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    for fate in [Fate::Arrives, Fate::RequestLost] {
        let session = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        arrival.browser.network.strike_path("/v1/lock", fate);
        session.lock().await;
        session.lock().await;
        assert!(session.is_locked());
        assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    }
}

#[tokio::test]
async fn locking_ends_a_signature_that_is_under_way() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let (signed, ()) = futures_util::future::join(sign(&session, 1), session.lock()).await;
    assert_eq!(signed.unwrap_err().code(), ErrorCode::SessionExpired);
}

#[tokio::test]
async fn signatures_may_be_made_at_once() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let signed = futures_util::future::join_all((0..8).map(|byte| sign(&session, byte))).await;
    for (byte, signature) in (0..8).zip(signed) {
        assert!(holds(&wallet.info().public_key, &signature.unwrap(), byte));
    }
}

#[tokio::test]
async fn a_signature_that_fails_is_not_tried_again() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    for (fate, code) in [
        (Fate::RequestLost, ErrorCode::CoSignerUnreachable),
        (Fate::AnswerLost, ErrorCode::CoSignerUnreachable),
        (Fate::Intercepted, ErrorCode::CoSignerUnreachable),
        (Fate::Portal, ErrorCode::CoSignerUnreachable),
        (Fate::AnswerHalved, ErrorCode::CoSignerUnreachable),
        (Fate::AnswerDamaged, ErrorCode::CoSignerUnreachable),
        (Fate::Cancelled, ErrorCode::Cancelled),
    ] {
        arrival.browser.network.sent();
        arrival.browser.network.strike_path("/v1/sign", fate);
        assert_eq!(sign(&session, 1).await.unwrap_err().code(), code);
        assert_eq!(arrival.browser.network.sent().len(), 1);
    }
    arrival.browser.network.heal();
    sign(&session, 1).await.unwrap();
}

#[tokio::test]
async fn a_wallet_that_is_not_open_is_refused() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let refused = session
        .sign(WalletId([0; 16]), digest(1), &Cancel::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::WalletNotFound);
}

#[tokio::test]
async fn a_fault_at_the_unlock_does_no_harm() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    for number in 0..2 {
        for fate in [
            Fate::RequestLost,
            Fate::AnswerLost,
            Fate::AnswerDamaged,
            Fate::Cancelled,
        ] {
            arrival.browser.network.strike(number, fate);
            // The start stores nothing: it is made again where it was lost.
            let is_made_again = number == 0 && matches!(fate, Fate::RequestLost | Fate::AnswerLost);
            assert_eq!(
                wallet
                    .unlock(wallet::SessionOptions::default(), &Cancel::default())
                    .await
                    .is_ok(),
                is_made_again
            );
        }
    }
    arrival.browser.network.heal();
    assert!(
        wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_wallet_of_another_co_signer_than_the_expected_one_stays_shut() {
    let world = World::new();
    let arrival = world.arrival().await;
    arrival.finish().await.unwrap();
    let other = CoSignerIdentity {
        receipt: [0; 32],
        ..world.state.identity()
    };
    let wallet = Kit::new(arrival.browser.clone(), Some(other))
        .wallets()
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .err()
            .unwrap()
            .code(),
        ErrorCode::ShareInvalid
    );
}

#[tokio::test]
async fn a_session_survives_a_co_signer_that_starts_again() {
    let world = World::new();
    let arrival = world.arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival.browser.network.replace(world.restarted());
    sign(&session, 1).await.unwrap();
}

#[tokio::test]
async fn a_burnt_pairing_is_replaced_for_the_next_signature_and_kept_for_every_wallet() {
    let arrival = World::new().arrival_of(&[WalletType::Evm; 2]).await;
    let claimed = arrival.finish().await.unwrap();
    let session = claimed.wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival.browser.network.sent();
    arrival
        .browser
        .network
        .strike_path("/v1/sign", Fate::Refused(ErrorCode::PairingBurnt));
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::PairingBurnt);
    assert_eq!(arrival.browser.network.sent().len(), 1);
    arrival.browser.network.heal();

    let both = session.wallets().into_iter().map(|wallet| wallet.id);
    let cancel = Cancel::default();
    let signed = both.map(|wallet| session.sign(wallet, digest(2), &cancel));
    let signed = futures_util::future::join_all(signed).await;
    for (wallet, signature) in claimed.wallets.iter().zip(signed) {
        assert!(holds(&wallet.info().public_key, &signature.unwrap(), 2));
    }
    let made = |sent: &Vec<crate::network::Sent>| sent.iter().filter(|sent| sent.path == "/v1/pairing/start").count();
    assert_eq!(made(&arrival.browser.network.sent()), 1);
    assert_eq!(arrival.browser.store.records().len(), 3);
    assert!(arrival.device_signs().await);
    assert_eq!(made(&arrival.browser.network.sent()), 0);
}

#[tokio::test]
async fn an_ed25519_wallet_has_no_part_in_pairings() {
    let arrival = World::new().arrival_of(&[WalletType::Solana, WalletType::Evm]).await;
    let claimed = arrival.finish().await.unwrap();
    let session = claimed.wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let [solana, evm] = [0, 1].map(|number: usize| session.wallets().remove(number));
    let cancel = Cancel::default();
    let network = &arrival.browser.network;
    let made = || {
        network
            .sent()
            .iter()
            .filter(|sent| sent.path == "/v1/pairing/start")
            .count()
    };
    assert_eq!(naming_their_pairing(&arrival), [evm.id]);
    // A refusal that names a pairing costs the other wallet's nothing.
    network.strike_path("/v1/sign", Fate::Refused(ErrorCode::PairingBurnt));
    session.sign(solana.id, payload(&solana, 1), &cancel).await.unwrap_err();
    network.heal();
    session.sign(evm.id, payload(&evm, 1), &cancel).await.unwrap();
    assert_eq!(made(), 0);
    // A burnt one is made anew by the wallet that needs it, and by that one only.
    network.strike_path("/v1/sign", Fate::Refused(ErrorCode::PairingBurnt));
    session.sign(evm.id, payload(&evm, 1), &cancel).await.unwrap_err();
    network.heal();
    session.sign(solana.id, payload(&solana, 1), &cancel).await.unwrap();
    assert_eq!(made(), 0);
    session.sign(evm.id, payload(&evm, 1), &cancel).await.unwrap();
    assert_eq!(made(), 1);
    assert_eq!(naming_their_pairing(&arrival), [evm.id]);
    assert!(arrival.device_signs().await);
}

/// The wallets whose records name the one pairing of the device.
fn naming_their_pairing(arrival: &Arrival) -> Vec<WalletId> {
    let records = arrival.browser.store.records();
    let mut pairings = records.iter().filter_map(|record| record.key.strip_prefix("pairing/"));
    let pairing = Base64UrlUnpadded::decode_vec(pairings.next().unwrap()).unwrap();
    assert!(pairings.next().is_none());
    let names = |bytes: &[u8]| bytes.windows(16).any(|window| window == pairing);
    let wallets = records.iter().filter(|record| names(&record.bytes));
    wallets
        .filter_map(|record| wallet_id(record.key.strip_prefix("wallet/")?).ok())
        .collect()
}
