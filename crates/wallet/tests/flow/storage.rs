//! A store that fails, and what it is given to keep.

use mpc::Share;
use wallet::{ErrorCode, WalletType, host::Cancel};
use wire::{Envelope, PreparedShare};

use crate::{
    memory::{Failing, Memory},
    world::{World, sign},
};

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    assert_eq!(wallet::contract::share_store(&Memory::new()).await, Ok(()));
}

#[tokio::test]
async fn a_store_that_fails_before_the_commit_leaves_the_prepared_share_good() {
    for (failing, after) in [
        (Failing::List, 0),
        (Failing::List, 1),
        (Failing::List, 2),
        (Failing::List, 3),
        (Failing::List, 4),
        (Failing::List, 5),
        (Failing::Write, 0),
        (Failing::Write, 1),
        (Failing::Write, 2),
        (Failing::Full, 0),
        (Failing::Full, 2),
        (Failing::WriteSilently, 0),
        (Failing::WriteSilently, 2),
        (Failing::WriteDamaged, 0),
    ] {
        let arrival = World::new().arrival().await;
        arrival.browser.store.fail(failing, after);
        let error = arrival.finish().await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::StorageUnavailable, "{failing:?} {after}");
        assert!(
            arrival
                .browser
                .network
                .sent()
                .iter()
                .all(|sent| sent.path != "/v1/claim/confirm")
        );
        assert!(arrival.prepared_share_signs().await);
        arrival.browser.store.fail(Failing::Never, 0);
        arrival.finish().await.unwrap();
        assert!(arrival.device_signs().await);
    }
}

#[tokio::test]
async fn a_store_that_fails_after_the_commit_loses_nothing() {
    for (failing, after) in [(Failing::List, 6), (Failing::Write, 3), (Failing::Full, 3)] {
        let arrival = World::new().arrival().await;
        arrival.browser.store.fail(failing, after);
        let error = arrival.finish().await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::StorageUnavailable, "{failing:?} {after}");
        assert!(!arrival.prepared_share_signs().await);
        arrival.browser.store.fail(Failing::Never, 0);
        // Either way ends well: unlocking, and calling again.
        assert!(arrival.device_signs().await);
        let claimed = arrival.finish().await.unwrap();
        assert!(claimed.wallets[0].receipt().is_some());
        assert!(arrival.device_signs().await);
    }
}

#[tokio::test]
async fn storage_that_the_browser_deleted_meanwhile_is_noticed() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let records = arrival.browser.store.records();
    arrival.browser.store.set(Vec::new());
    assert!(arrival.kit.wallets().await.unwrap().is_empty());
    assert_eq!(
        wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .err()
            .unwrap()
            .code(),
        ErrorCode::WalletNotFound
    );
    let without_pairing: Vec<_> = records
        .into_iter()
        .filter(|record| record.key.starts_with("wallet/"))
        .collect();
    arrival.browser.store.set(without_pairing);
    // A lost pairing is made anew, and kept.
    for pairings in [1, 0] {
        arrival.browser.network.sent();
        let session = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        sign(&session, 1).await.unwrap();
        let sent = arrival.browser.network.sent();
        let made = sent.iter().filter(|sent| sent.path == "/v1/pairing/start").count();
        assert_eq!(made, pairings);
    }
}

#[tokio::test]
async fn a_flipped_bit_in_any_record_is_noticed() {
    a_flipped_bit_is_noticed(WalletType::Evm).await;
    a_flipped_bit_is_noticed(WalletType::Solana).await;
}

async fn a_flipped_bit_is_noticed(wallet_type: WalletType) {
    let arrival = World::new().arrival_of(&[wallet_type]).await;
    arrival.finish().await.unwrap();
    let records = arrival.browser.store.records();
    for (number, record) in records.iter().enumerate() {
        let step = if record.key.starts_with("wallet/") { 7 } else { 997 };
        for position in (0..record.bytes.len()).step_by(step) {
            let mut damaged = records.clone();
            damaged[number].bytes[position] ^= 0x10;
            arrival.browser.store.set(damaged);
            let Ok(wallets) = arrival.kit.wallets().await else {
                continue;
            };
            match wallets[0]
                .unlock(wallet::SessionOptions::default(), &Cancel::default())
                .await
            {
                // What is public and unsealed, such as the receipt, may be damaged without harm to the share.
                Ok(session) => {
                    let signature = sign(&session, 1).await.unwrap();
                    let key = arrival.claim.wallets()[0].public_key;
                    assert!(crate::world::holds(&key, &signature, 1));
                }
                Err(error) => assert!(
                    matches!(
                        error.code(),
                        ErrorCode::ShareInvalid
                            | ErrorCode::VersionUnsupported
                            | ErrorCode::EpochMismatch
                            | ErrorCode::WalletNotFound
                            | ErrorCode::PeerMisbehaved
                            | ErrorCode::InvalidArgument
                            | ErrorCode::PrfUnavailable
                            | ErrorCode::PasskeyCancelled
                    ),
                    "{} {position}: {error}",
                    record.key
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_record_whose_type_was_changed_is_noticed() {
    /// Behind header, co-signer, relying party and the mark that there is a share.
    const TYPE: usize = 6 + 64 + 13 + 1;
    for wallet_type in WalletType::ALL {
        for other in WalletType::ALL.iter().filter(|other| *other != wallet_type) {
            let arrival = World::new().arrival_of(&[*wallet_type]).await;
            arrival.finish().await.unwrap();
            arrival.browser.store.change("wallet/", |bytes| {
                assert_eq!(bytes[TYPE], *wallet_type as u8);
                bytes[TYPE] = *other as u8;
            });
            let opened = match arrival.kit.wallets().await {
                Ok(wallets) => wallets[0]
                    .unlock(wallet::SessionOptions::default(), &Cancel::default())
                    .await
                    .map(|_| ()),
                // Of another scheme: that is seen at once.
                Err(error) => {
                    assert_ne!(wallet_type.scheme(), other.scheme());
                    Err(error)
                }
            };
            assert_eq!(
                opened.unwrap_err().code(),
                ErrorCode::ShareInvalid,
                "{wallet_type:?} as {other:?}"
            );
            arrival
                .browser
                .store
                .change("wallet/", |bytes| bytes[TYPE] = *wallet_type as u8);
            assert!(arrival.device_signs().await);
        }
    }
}

#[tokio::test]
async fn nothing_secret_is_put_in_clear() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    let old_secret = |text| {
        let prepared = PreparedShare::from_text(text).unwrap();
        Share::from_bytes(prepared.share.as_bytes()).unwrap();
        prepared.share.as_bytes()[2..34].to_vec()
    };
    let old_secrets = [old_secret(&arrival.shares[0]), old_secret(&arrival.shares[1])];
    arrival.finish().await.unwrap();
    let outputs = arrival.browser.passkeys.outputs.borrow().clone();
    let email = b"ada@example.com".to_vec();
    for record in arrival.browser.store.seen.borrow().iter() {
        for secret in outputs.iter().chain(&old_secrets).chain([&email]) {
            assert!(!record.windows(secret.len()).any(|window| window == secret.as_slice()));
        }
    }
    let sizes: Vec<_> = arrival
        .browser
        .store
        .records()
        .iter()
        .map(|record| record.bytes.len())
        .collect();
    println!("records: {sizes:?} bytes");
}

#[tokio::test]
async fn a_record_of_a_newer_release_is_told_so() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    arrival.browser.store.change("wallet/", |bytes| bytes[4] = 2);
    assert_eq!(
        arrival.kit.wallets().await.err().unwrap().code(),
        ErrorCode::VersionUnsupported
    );
    assert_eq!(
        wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .err()
            .unwrap()
            .code(),
        ErrorCode::VersionUnsupported
    );
}
