//! Keys that exist already, made wallets of.

use cosigner::api_key::Scope;
use wallet::{
    ClaimantId, CreatedWallet, Epoch, Error, ErrorCode, FinishOptions, ImportedKey, KeyForm, Point, Server, WalletType,
    host::Cancel, path, receipt,
};
use zeroize::Zeroizing;

use crate::{
    network::Fate,
    world::{BackEnd, World, ada, create_of, holds, payload},
};

fn hex(text: &str) -> [u8; 32] {
    core::array::from_fn(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap())
}

fn imported(wallet_type: WalletType, key: [u8; 32], form: KeyForm) -> ImportedKey {
    ImportedKey {
        wallet_type,
        key: Zeroizing::new(key),
        form,
        chain_code: None,
    }
}

async fn import(server: &Server<BackEnd>, key: ImportedKey) -> Result<CreatedWallet, Error> {
    server.import_wallet(key, ada(), &Cancel::default()).await
}

/// Keys with their known addresses: the private keys 2 (any Ethereum wallet) and 1 (BIP 173's key), and RFC 8032 §7.1, TEST 1.
fn known() -> [(ImportedKey, &'static str); 3] {
    let (mut one, mut two) = ([0; 32], [0; 32]);
    (one[31], two[31]) = (1, 2);
    let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    [
        (
            imported(WalletType::Evm, two, KeyForm::Scalar),
            "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
        ),
        (
            imported(WalletType::Cosmos, one, KeyForm::Scalar),
            "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c",
        ),
        (
            imported(WalletType::Solana, seed, KeyForm::Seed),
            "FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z",
        ),
    ]
}

#[tokio::test]
async fn an_imported_key_keeps_its_address_signs_and_is_claimed() {
    let world = World::new();
    let server = world.server().await;
    let mut shares = Vec::new();
    for (key, address) in known() {
        let wallet_type = key.wallet_type;
        let created = import(&server, key).await.unwrap();
        assert_eq!(created.wallet.address(), address);
        assert_eq!(
            (created.wallet.wallet_type, created.wallet.epoch),
            (wallet_type, Epoch(1))
        );
        let handle = server.with_share(created.share.clone()).unwrap();
        let signature = handle
            .sign(payload(&created.wallet, 1), &Cancel::default())
            .await
            .unwrap();
        assert!(holds(&created.wallet.public_key, &signature, 1));
        shares.push(created.share);
    }
    let listed = server.get_wallets(ada(), &Cancel::default()).await.unwrap();
    assert!(listed.len() == 3 && listed.iter().all(|listed| listed.wallet.epoch == Epoch(1)));

    let arrival = world.arrival_with(server, shares).await;
    let claimed = arrival.finish().await.unwrap();
    for (number, (_, address)) in known().iter().enumerate() {
        let info = claimed.wallets[number].info();
        assert_eq!((info.address().as_str(), info.epoch), (*address, Epoch(2)));
        let receipt = receipt::verify(&claimed.receipts[number], None).unwrap();
        assert_eq!((receipt.epoch, receipt.retired_epoch), (Epoch(2), 1));
    }
    assert!(arrival.device_signs().await);
    assert!(!arrival.prepared_share_signs().await);
}

#[tokio::test]
async fn a_given_chain_code_gives_the_known_children() {
    // BIP 32, test vector 1: chain m/0H, and its child m/0H/1.
    let mut key = imported(
        WalletType::Evm,
        hex("edb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea"),
        KeyForm::Scalar,
    );
    key.chain_code = Some(hex("47fdacbd0f1097043b78c63c20c34ef4ed9a111d980047ad16282c7ae6236141"));
    let mut expected = [3; 33];
    expected[1..].copy_from_slice(&hex("501e454bf00751f24b1b489aa925215d66af2234e3891c3b21a52bedb3cd711c"));
    let expected = Point::from_bytes(&expected).unwrap();

    let world = World::new();
    let server = world.server().await;
    let created = import(&server, key).await.unwrap();
    let child = path(vec![1]).unwrap();
    assert_eq!(created.wallet.child(&child).unwrap().public_key, expected);
    let handle = server.with_share(created.share).unwrap();
    let payload = wallet::Payload::Digest {
        digest: wallet::Digest([6; 32]),
        path: child,
    };
    let signature = handle.sign(payload, &Cancel::default()).await.unwrap();
    assert!(holds(&expected, &signature, 6));
}

#[tokio::test]
async fn without_a_chain_code_no_two_imports_have_the_same_children() {
    let child = path(vec![0]).unwrap();
    let mut children = Vec::new();
    for _ in 0..2 {
        let server = World::new().server().await;
        let created = import(&server, imported(WalletType::Evm, [5; 32], KeyForm::Scalar))
            .await
            .unwrap();
        children.push(created.wallet.child(&child).unwrap());
    }
    assert_ne!(children[0], children[1]);
}

#[tokio::test]
async fn a_seed_and_a_scalar_are_not_the_same_key() {
    let world = World::new();
    let server = world.server().await;
    let mut scalar = [7; 32];
    scalar[31] = 0;
    let [as_scalar, as_seed] = [KeyForm::Scalar, KeyForm::Seed].map(|form| imported(WalletType::Solana, scalar, form));
    let as_scalar = import(&server, as_scalar).await.unwrap().wallet.address();
    assert_ne!(as_scalar, import(&server, as_seed).await.unwrap().wallet.address());
}

#[tokio::test]
async fn a_seed_that_comes_with_its_public_key_is_held_to_it() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let [_, _, (known, address)] = known();
    let mut public_key = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let of = |public_key| imported(WalletType::Solana, *known.key, KeyForm::SeedOf(public_key));
    assert_eq!(import(&server, of(public_key)).await.unwrap().wallet.address(), address);
    public_key[0] ^= 1;
    host.network.sent();
    let refused = import(&server, of(public_key)).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    assert!(host.network.sent().is_empty());
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_before_anything_is_sent() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    host.network.sent();
    let secp256k1 = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let ed25519 = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    for (wallet_type, key, form) in [
        (WalletType::Evm, [0; 32], KeyForm::Scalar),
        (WalletType::Evm, secp256k1, KeyForm::Scalar),
        (WalletType::Cosmos, [0xff; 32], KeyForm::Scalar),
        (WalletType::Solana, [0; 32], KeyForm::Scalar),
        (WalletType::Solana, ed25519, KeyForm::Scalar),
        (WalletType::Solana, [0xff; 32], KeyForm::Scalar),
        (WalletType::Evm, [1; 32], KeyForm::Seed),
        (WalletType::Cosmos, [1; 32], KeyForm::Seed),
        (WalletType::Evm, [1; 32], KeyForm::SeedOf([1; 32])),
    ] {
        let refused = import(&server, imported(wallet_type, key, form)).await.err().unwrap();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{wallet_type:?} {form:?}");
    }
    assert!(host.network.sent().is_empty());
}

#[tokio::test]
async fn an_import_needs_its_own_right() {
    let world = World::new();
    let key = world.api_key_for(&[Scope::WalletsCreate, Scope::WalletsRead]);
    let server = Server::connect(world.back_end(), key, None, &Cancel::default())
        .await
        .unwrap();
    let refused = import(&server, imported(WalletType::Evm, [1; 32], KeyForm::Scalar)).await;
    assert_eq!(refused.err().unwrap().code(), ErrorCode::NotAuthorised);
    assert!(!server.has_wallet(ada(), &Cancel::default()).await.unwrap());
}

#[tokio::test]
async fn an_import_survives_a_lost_answer_and_a_failed_one_leaves_no_wallet() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    for (number, wallet_type) in (1..).zip(WalletType::ALL) {
        let key = || imported(*wallet_type, [number; 32], KeyForm::Scalar);
        for fate in [
            Fate::RequestLost,
            Fate::AnswerLost,
            Fate::AnswerDamaged,
            Fate::Cancelled,
        ] {
            host.network.strike_path("/v1/import/start", fate);
            assert!(import(&server, key()).await.is_err(), "{fate:?}");
        }
        host.network.heal();
        let before = server.get_wallets(ada(), &Cancel::default()).await.unwrap().len();
        host.network.strike(1, Fate::AnswerLost);
        let created = import(&server, key()).await.unwrap();
        host.network.heal();
        assert_eq!(
            server.get_wallets(ada(), &Cancel::default()).await.unwrap().len(),
            before + 1
        );
        let handle = server.with_share(created.share).unwrap();
        handle
            .sign(payload(handle.wallet(), 1), &Cancel::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn who_claims_an_imported_wallet_is_told_so_and_may_refuse_it() {
    let world = World::new();
    let server = world.server().await;
    let generated = create_of(&server, WalletType::Solana).await;
    let imported = import(&server, imported(WalletType::Evm, [1; 32], KeyForm::Scalar))
        .await
        .unwrap();
    let origins = [(generated.wallet.id, false), (imported.wallet.id, true)];
    let listed = server.get_wallets(ada(), &Cancel::default()).await.unwrap();
    for (id, is_imported) in origins {
        let listed = listed.iter().find(|listed| listed.wallet.id == id).unwrap();
        assert_eq!(listed.is_imported, is_imported);
    }

    let arrival = world.arrival_with(server, vec![generated.share, imported.share]).await;
    assert_eq!(arrival.claim.imported(), None);
    let refusing = || FinishOptions {
        refuse_imported: true,
        ..arrival.options()
    };
    let refused = arrival.claim.finish(refusing()).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::NotAuthorised);
    assert_eq!(arrival.claim.imported(), Some(vec![imported.wallet.id]));
    // Nothing has changed anywhere.
    assert!(arrival.browser.passkeys.prompts.borrow().is_empty());
    assert!(arrival.browser.store.sealed().is_empty());
    assert!(arrival.prepared_share_signs().await);

    let claimed = arrival.finish().await.unwrap();
    for ((wallet, text), (id, is_imported)) in claimed.wallets.iter().zip(&claimed.receipts).zip(origins) {
        let receipt = receipt::verify(text, None).unwrap();
        assert_eq!((receipt.wallet, receipt.imported), (id, is_imported));
        assert_eq!((wallet.info().id, wallet.is_imported()), (id, Some(is_imported)));
    }
    for wallet in arrival.reopen().wallets().await.unwrap() {
        assert_eq!(wallet.is_imported(), Some(wallet.info().id == imported.wallet.id));
    }
}

#[tokio::test]
async fn a_claim_that_refuses_imported_wallets_takes_generated_ones() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    arrival.claim.start(&arrival.proof(), &Cancel::default()).await.unwrap();
    assert_eq!(arrival.claim.imported(), Some(vec![]));
    let options = FinishOptions {
        refuse_imported: true,
        ..arrival.options()
    };
    let claimed = arrival.claim.finish(options).await.unwrap();
    assert!(claimed.wallets.iter().all(|wallet| wallet.is_imported() == Some(false)));
}

#[tokio::test]
async fn a_key_is_imported_once() {
    let world = World::new();
    let server = world.server().await;
    let key = |wallet_type| imported(wallet_type, [1; 32], KeyForm::Scalar);
    import(&server, key(WalletType::Evm)).await.unwrap();
    let eve = ClaimantId::Email("eve@example.com".to_owned());
    // For whomever, and whatever it is said to be for.
    for wallet_type in [WalletType::Evm, WalletType::Cosmos] {
        for claimant in [ada(), eve.clone()] {
            let again = server
                .import_wallet(key(wallet_type), claimant, &Cancel::default())
                .await;
            let refused = again.err().unwrap();
            assert_eq!(refused.code(), ErrorCode::InvalidArgument);
            assert!(refused.to_string().contains("already"), "{refused}");
        }
    }
    assert_eq!(server.get_wallets(ada(), &Cancel::default()).await.unwrap().len(), 1);
    assert!(!server.has_wallet(eve, &Cancel::default()).await.unwrap());
    // The same bytes are another key on the other curve.
    import(&server, key(WalletType::Solana)).await.unwrap();
}
