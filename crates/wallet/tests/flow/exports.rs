//! The whole key, put together at the client where the operator allows it.

use wallet::{ErrorCode, ImportedKey, KeyForm, WalletId, WalletType, host::Cancel};

use crate::{
    authenticator::Mood,
    network::Fate,
    world::{Arrival, World, ada, sign},
};

/// A person whose operator allows exports, with a wallet of each type.
async fn arrival() -> Arrival {
    World::that_exports().arrival_of(WalletType::ALL).await
}

#[tokio::test]
async fn an_exported_key_is_the_wallets_and_each_export_asks_the_person() {
    let arrival = arrival().await;
    let claimed = arrival.finish().await.unwrap();
    let session = claimed.wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    for (number, wallet) in session.wallets().into_iter().enumerate() {
        let key = session.export_key(wallet.id, &Cancel::default()).await.unwrap();
        assert_eq!(arrival.browser.passkeys.prompts.borrow().len(), 4 + number);
        if let wallet::Point::Secp256k1(point) = wallet.public_key {
            let secret = k256::SecretKey::from_slice(key.as_slice()).unwrap();
            assert_eq!(secret.public_key().to_sec1_bytes()[..], point.to_bytes());
        }
        // For either scheme: an import gives the same address, at another co-signer.
        let imported = ImportedKey {
            wallet_type: wallet.wallet_type,
            key,
            form: KeyForm::Scalar,
            chain_code: None,
        };
        let again = World::new()
            .server()
            .await
            .import_wallet(imported, ada(), &Cancel::default())
            .await
            .unwrap();
        assert_eq!(again.wallet.address(), wallet.address());
    }
    // The wallet goes on as before.
    sign(&session, 1).await.unwrap();
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn nothing_is_exported_where_the_operator_does_not_allow_it() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    for wallet in session.wallets() {
        let refused = session.export_key(wallet.id, &Cancel::default()).await.err().unwrap();
        assert_eq!(refused.code(), ErrorCode::NotAuthorised);
    }
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get", "get"]);
    sign(&session, 1).await.unwrap();
}

#[tokio::test]
async fn a_prompt_that_is_ended_exports_nothing() {
    let arrival = arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    for (mood, code) in [
        (Mood::DeclinesGet, ErrorCode::PasskeyCancelled),
        (Mood::CancelsGet, ErrorCode::Cancelled),
    ] {
        arrival.browser.network.sent();
        arrival.browser.passkeys.mood.set(mood);
        let refused = session.export_key(wallet.info().id, &Cancel::default()).await;
        assert_eq!(refused.err().unwrap().code(), code);
        let sent = arrival.browser.network.sent();
        assert!(sent.iter().all(|sent| sent.path == "/v1/export/start"), "{sent:?}");
    }
    arrival.browser.passkeys.mood.set(Mood::Willing);
    sign(&session, 1).await.unwrap();
    session.export_key(wallet.info().id, &Cancel::default()).await.unwrap();
}

#[tokio::test]
async fn a_fault_at_an_export_gives_no_key_and_nothing_is_asked_twice() {
    let arrival = arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    for number in 0..2 {
        for (fate, code) in [
            (Fate::AnswerLost, ErrorCode::CoSignerUnreachable),
            (Fate::AnswerDamaged, ErrorCode::CoSignerUnreachable),
        ] {
            arrival.browser.network.sent();
            arrival.browser.network.strike(number, fate);
            let refused = session.export_key(wallet.info().id, &Cancel::default()).await;
            assert_eq!(refused.err().unwrap().code(), code, "request {number}, {fate:?}");
            assert_eq!(arrival.browser.network.sent().len(), number + 1);
        }
    }
    arrival.browser.network.heal();
    sign(&session, 1).await.unwrap();
}

#[tokio::test]
async fn a_session_that_is_over_exports_nothing() {
    let world = World::that_exports();
    let arrival = world.arrival_of(&[WalletType::Solana]).await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let cancel = Cancel::default();
    let session = wallet.unlock(wallet::SessionOptions::default(), &cancel).await.unwrap();
    let stranger = session.export_key(WalletId([0; 16]), &cancel).await;
    assert_eq!(stranger.err().unwrap().code(), ErrorCode::WalletNotFound);
    // Locked while the prompt is open.
    let (exported, ()) =
        futures_util::future::join(session.export_key(wallet.info().id, &cancel), session.lock()).await;
    assert_eq!(exported.err().unwrap().code(), ErrorCode::SessionExpired);
    let prompts = arrival.browser.passkeys.prompts.borrow().len();
    let locked = session.export_key(wallet.info().id, &cancel).await;
    assert_eq!(locked.err().unwrap().code(), ErrorCode::SessionExpired);
    let session = wallet.unlock(wallet::SessionOptions::default(), &cancel).await.unwrap();
    world.pass(90 * 60);
    let late = session.export_key(wallet.info().id, &cancel).await;
    assert_eq!(late.err().unwrap().code(), ErrorCode::SessionExpired);
    assert_eq!(arrival.browser.passkeys.prompts.borrow().len(), prompts + 1);
}
