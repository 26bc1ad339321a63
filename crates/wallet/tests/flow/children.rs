//! Children of a wallet's key, and payloads that a wallet doesn't sign.

use wallet::{Digest, ErrorCode, Path, Payload, Signature, WalletInfo, WalletType, host::Cancel, path};

use crate::world::{World, create_of, holds};

/// What the child at a path signs here.
fn at(path: &Path, byte: u8) -> Payload {
    Payload::Digest {
        digest: Digest([byte; 32]),
        path: path.clone(),
    }
}

fn holds_under(wallet: &WalletInfo, path: &Path, signature: &Signature, byte: u8) -> bool {
    holds(&wallet.child(path).unwrap().public_key, signature, byte)
}

#[tokio::test]
async fn a_child_signs_under_the_key_that_anyone_can_compute() {
    for wallet_type in [WalletType::Evm, WalletType::Cosmos] {
        let arrival = World::new().arrival_of(&[wallet_type]).await;
        let handle = arrival.server.with_share(arrival.shares[0].clone()).unwrap();
        let before = arrival.claim.wallets().remove(0);
        let paths = [path(vec![0, 5]).unwrap(), path(vec![(1 << 31) - 1]).unwrap()];
        for path in &paths {
            let signature = handle.sign(at(path, 1), &Cancel::default()).await.unwrap();
            assert!(holds_under(handle.wallet(), path, &signature, 1));
            assert!(!holds(&before.public_key, &signature, 1));
        }
        let wallet = arrival.finish().await.unwrap().wallets.remove(0);
        let session = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        for path in &paths {
            // The rotation leaves children where they were.
            let child = before.child(path).unwrap();
            assert_eq!(Ok(&child), wallet.info().child(path).as_ref());
            assert_eq!(Ok(&child), session.wallets()[0].child(path).as_ref());
            assert_ne!(child.address(), before.address());
            let signature = session.sign(before.id, at(path, 2), &Cancel::default()).await.unwrap();
            assert!(holds(&child.public_key, &signature, 2));
        }
        let [one, other] = paths.map(|path| before.child(&path).unwrap());
        assert_ne!(one.address(), other.address());
        assert_eq!(before.child(&Path::root()).unwrap().address(), before.address());
    }
}

#[tokio::test]
async fn a_list_knows_no_children() {
    let world = World::new();
    let server = world.server().await;
    let created = create_of(&server, WalletType::Evm).await.wallet;
    let listed = server
        .get_wallets(crate::world::ada(), &Cancel::default())
        .await
        .unwrap()
        .remove(0)
        .wallet;
    assert_eq!(listed, created);
    let child = path(vec![0]).unwrap();
    assert!(created.child(&child).is_ok());
    assert_eq!(listed.child(&child).unwrap_err().code(), ErrorCode::InvalidArgument);
    assert_eq!(listed.child(&Path::root()), created.child(&Path::root()));
}

#[tokio::test]
async fn paths_are_short_and_not_hardened() {
    for indices in [vec![1 << 31], vec![0, u32::MAX], vec![0; 11]] {
        assert_eq!(path(indices).unwrap_err().code(), ErrorCode::InvalidArgument);
    }
    path(vec![0; 10]).unwrap();
}

#[tokio::test]
async fn what_a_scheme_does_not_sign_is_refused_before_anything_is_sent() {
    let world = World::new();
    let arrival = world.arrival_of(WalletType::ALL).await;
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let claimed = arrival.claim.wallets();
    let wrong = |wallet: &WalletInfo| match wallet.wallet_type {
        WalletType::Evm | WalletType::Cosmos => vec![Payload::Message(b"message".to_vec()), Payload::Message(vec![])],
        WalletType::Solana => vec![
            at(&Path::root(), 1),
            at(&path(vec![0]).unwrap(), 1),
            Payload::Message(vec![0; Payload::MAX_MESSAGE + 1]),
        ],
    };
    host.network.sent();
    for (wallet, share) in claimed.iter().zip(&arrival.shares) {
        let handle = server.with_share(share.clone()).unwrap();
        for payload in wrong(wallet) {
            let refused = handle.sign(payload, &Cancel::default()).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{:?}", wallet.wallet_type);
        }
    }
    assert!(host.network.sent().is_empty());

    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival.browser.network.sent();
    for wallet in session.wallets() {
        for payload in wrong(&wallet) {
            let refused = session.sign(wallet.id, payload, &Cancel::default()).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{:?}", wallet.wallet_type);
        }
    }
    assert!(arrival.browser.network.sent().is_empty());
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn an_ed25519_wallet_has_no_children() {
    let arrival = World::new().arrival_of(&[WalletType::Solana]).await;
    let wallet = arrival.claim.wallets().remove(0);
    let refused = wallet.child(&path(vec![0]).unwrap()).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    assert_eq!(wallet.child(&Path::root()).unwrap().address(), wallet.address());
    assert!(wallet.address_with_prefix("cosmos").is_err());
}

#[tokio::test]
async fn messages_of_any_length_up_to_the_longest_are_signed() {
    let arrival = World::new().arrival_of(&[WalletType::Solana]).await;
    let handle = arrival.server.with_share(arrival.shares[0].clone()).unwrap();
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let mpc::Point::Ed25519(key) = handle.wallet().public_key else {
        panic!("a wallet of type SOLANA has a key of Ed25519");
    };
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key.to_bytes()).unwrap();
    for length in [0, 1, 1232, Payload::MAX_MESSAGE] {
        let message = vec![7; length];
        let signed = session
            .sign(wallet.info().id, Payload::Message(message.clone()), &Cancel::default())
            .await;
        let Ok(Signature::Eddsa(signature)) = signed else {
            panic!("{length} bytes: {signed:?}");
        };
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(&message, &signature).unwrap();
    }
}

#[tokio::test]
async fn the_root_and_the_addresses_of_other_chains_are_one_key() {
    let arrival = World::new().arrival_of(&[WalletType::Cosmos]).await;
    let wallet = arrival.claim.wallets().remove(0);
    assert!(wallet.address().starts_with("cosmos1"));
    assert_eq!(wallet.address_with_prefix("cosmos").unwrap(), wallet.address());
    let child = wallet.child(&path(vec![1]).unwrap()).unwrap();
    assert!(child.address_with_prefix("osmo").unwrap().starts_with("osmo1"));
    assert_eq!(
        wallet.address_with_prefix("Osmo").unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}
