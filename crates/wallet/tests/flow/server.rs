//! The back end's side.

use cosigner::api_key::Scope;
use wallet::{ClaimantId, CoSignerIdentity, Error, ErrorCode, Server, WalletType, host::Cancel};
use zeroize::Zeroizing;

use crate::{
    network::Fate,
    world::{BackEnd, World, ada, create, digest, holds, payload},
};

fn count(host: &BackEnd, path: &str) -> usize {
    host.network.sent().iter().filter(|sent| sent.path == path).count()
}

async fn connect(world: &World, key: &str, expected: Option<CoSignerIdentity>) -> Result<Server<BackEnd>, Error> {
    let key = Zeroizing::new(key.to_owned());
    Server::connect(world.back_end(), key, expected, &Cancel::default()).await
}

#[tokio::test]
async fn wallets_are_made_and_found() {
    let world = World::new();
    let server = world.server().await;
    assert!(!server.has_wallet(ada(), &Cancel::default()).await.unwrap());
    let first = create(&server).await.wallet;
    world.pass(1);
    let second = create(&server).await.wallet;
    // Compared without regard to case and blanks.
    let shouted = ClaimantId::Email(" ADA@Example.com ".to_owned());
    assert!(server.has_wallet(shouted.clone(), &Cancel::default()).await.unwrap());
    let listed = server.get_wallets(shouted, &Cancel::default()).await.unwrap();
    assert_eq!(
        listed.iter().map(|listed| &listed.wallet).collect::<Vec<_>>(),
        [&first, &second]
    );
    assert!(listed.iter().all(|listed| !listed.is_claimed));
    assert_eq!(listed[1].created_at, world.now());
    let nobody = ClaimantId::CustomId("nobody".to_owned());
    assert!(!server.has_wallet(nobody, &Cancel::default()).await.unwrap());
}

#[tokio::test]
async fn a_wallet_of_each_type_is_made_in_the_order_asked_for() {
    let world = World::new();
    let server = world.server().await;
    let types = [WalletType::Solana, WalletType::Evm, WalletType::Cosmos];
    let made = server
        .create_wallet_per_type(&types, ada(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(
        made.iter().map(|made| made.wallet.wallet_type).collect::<Vec<_>>(),
        types
    );
    for created in made {
        let handle = server.with_share(created.share).unwrap();
        assert_eq!(*handle.wallet(), created.wallet);
        let signature = handle
            .sign(payload(handle.wallet(), 1), &Cancel::default())
            .await
            .unwrap();
        assert!(holds(&created.wallet.public_key, &signature, 1));
    }
    let listed = server.get_wallets(ada(), &Cancel::default()).await.unwrap();
    assert!(
        types
            .iter()
            .all(|kind| listed.iter().any(|listed| listed.wallet.wallet_type == *kind))
    );
}

#[tokio::test]
async fn no_type_or_one_twice_is_refused_before_anything_is_sent() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    host.network.sent();
    let twice = [WalletType::Evm, WalletType::Solana, WalletType::Evm];
    for types in [&[][..], &twice] {
        let refused = server.create_wallet_per_type(types, ada(), &Cancel::default()).await;
        assert_eq!(refused.err().unwrap().code(), ErrorCode::InvalidArgument);
    }
    assert!(host.network.sent().is_empty());
}

#[tokio::test]
async fn what_was_made_before_one_failed_is_not_lost() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    // A key generation takes two requests: the third one's first is number 4.
    for (number, made) in [(4, Some(2)), (2, Some(1)), (0, None)] {
        host.network.sent();
        host.network.strike(number, Fate::RequestLost);
        let outcome = server
            .create_wallet_per_type(WalletType::ALL, ada(), &Cancel::default())
            .await;
        assert_eq!(
            host.network.sent().len(),
            number + 1,
            "nothing is asked for after the failure"
        );
        host.network.heal();
        match made {
            Some(made) => {
                let wallets = outcome.unwrap();
                assert_eq!(wallets.len(), made);
                for created in wallets {
                    let handle = server.with_share(created.share).unwrap();
                    handle
                        .sign(payload(handle.wallet(), 1), &Cancel::default())
                        .await
                        .unwrap();
                }
            }
            None => assert_eq!(outcome.err().unwrap().code(), ErrorCode::CoSignerUnreachable),
        }
    }
}

#[tokio::test]
async fn a_claimed_wallet_is_listed_as_such() {
    let arrival = World::new().arrival().await;
    arrival.finish().await.unwrap();
    let listed = arrival.server.get_wallets(ada(), &Cancel::default()).await.unwrap();
    assert!(listed[0].is_claimed);
    assert_eq!(listed[0].wallet.epoch.0, 1);
}

#[tokio::test]
async fn a_malformed_claimant_id_is_refused_before_anything_is_sent() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    host.network.sent();
    for claimant in [
        ClaimantId::Email("ada".to_owned()),
        ClaimantId::Phone("0123".to_owned()),
        ClaimantId::CustomId(String::new()),
        ClaimantId::XUsername("a\u{7}".to_owned()),
    ] {
        let error = server
            .create_wallet(WalletType::Evm, claimant.clone(), &Cancel::default())
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(!error.to_string().contains("ada"), "{error}");
        let error = server.get_wallets(claimant, &Cancel::default()).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
    assert!(host.network.sent().is_empty());
}

#[tokio::test]
async fn the_claimant_of_an_unclaimed_wallet_may_change() {
    let world = World::new();
    let server = world.server().await;
    let created = create(&server).await;
    let grace = ClaimantId::Phone("+4915112345678".to_owned());
    let handle = server.with_share(created.share).unwrap();
    let moved = handle
        .update_claimant_id(grace.clone(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(moved.wallet, created.wallet);
    assert!(!server.has_wallet(ada(), &Cancel::default()).await.unwrap());
    assert!(server.has_wallet(grace.clone(), &Cancel::default()).await.unwrap());
    // The answer may have been lost: the same call again succeeds.
    handle.update_claimant_id(grace, &Cancel::default()).await.unwrap();
    let again = server.with_share(moved.share).unwrap();
    again.sign(digest(1), &Cancel::default()).await.unwrap();
}

#[tokio::test]
async fn first_uses_at_once_share_one_pairing() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let (first, second) = (create(&server).await, create(&server).await);
    let handles = [first, second].map(|created| server.with_share(created.share).unwrap());
    let cancel = Cancel::default();
    let signed = futures_util::future::join_all((0..6).map(|n| handles[n % 2].sign(digest(n as u8), &cancel))).await;
    for (n, signature) in signed.into_iter().enumerate() {
        let key = &handles[n % 2].wallet().public_key;
        assert!(holds(key, &signature.unwrap(), n as u8));
    }
    assert_eq!(count(&host, "/v1/pairing/start"), 1);
}

#[tokio::test]
async fn a_pairing_that_could_not_be_made_is_made_by_the_next_call() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let handle = server.with_share(create(&server).await.share).unwrap();
    for path in ["/v1/pairing/start", "/v1/pairing/finish"] {
        host.network.strike_path(path, Fate::AnswerLost);
        let error = handle.sign(digest(1), &Cancel::default()).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::CoSignerUnreachable);
        host.network.heal();
    }
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
}

#[tokio::test]
async fn a_burnt_pairing_is_replaced_for_the_next_call_and_nothing_is_tried_again() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let handle = server.with_share(create(&server).await.share).unwrap();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    host.network.sent();
    host.network
        .strike_path("/v1/sign", Fate::Refused(ErrorCode::PairingBurnt));
    assert_eq!(
        handle.sign(digest(1), &Cancel::default()).await.unwrap_err().code(),
        ErrorCode::PairingBurnt
    );
    assert_eq!(host.network.sent().len(), 1);
    host.network.heal();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    assert_eq!(count(&host, "/v1/pairing/start"), 1);
}

#[tokio::test]
async fn a_signature_that_fails_is_not_tried_again_and_keeps_its_pairing() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let handle = server.with_share(create(&server).await.share).unwrap();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    for fate in [
        Fate::RequestLost,
        Fate::AnswerLost,
        Fate::AnswerDamaged,
        Fate::Cancelled,
    ] {
        host.network.sent();
        host.network.strike_path("/v1/sign", fate);
        assert!(handle.sign(digest(1), &Cancel::default()).await.is_err());
        assert_eq!(host.network.sent().len(), 1);
    }
    host.network.heal();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    assert_eq!(count(&host, "/v1/pairing/start"), 0);
}

#[tokio::test]
async fn a_pairing_is_kept_encrypted_and_taken_up_by_the_next_process() {
    let world = World::new();
    let server = world.server().await;
    let created = create(&server).await;
    let key = Zeroizing::new([7; 32]);
    let exported = server.export_pairing(&key, &Cancel::default()).await.unwrap();
    assert_eq!(
        server.export_pairing(&key, &Cancel::default()).await.unwrap().len(),
        exported.len()
    );

    let host = world.back_end();
    let next = world.connect(host.clone()).await;
    next.import_pairing(&key, &exported).await.unwrap();
    let handle = next.with_share(created.share.clone()).unwrap();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    assert_eq!(count(&host, "/v1/pairing/start"), 0);

    let mut damaged = exported.clone();
    damaged.pop();
    let other_key = Zeroizing::new([8; 32]);
    for (key, text) in [
        (&other_key, exported.as_str()),
        (&key, damaged.as_str()),
        (&key, created.share.as_str()),
    ] {
        assert_eq!(
            next.import_pairing(key, text).await.unwrap_err().code(),
            ErrorCode::InvalidArgument
        );
    }
    let stranger = World::new().server().await;
    assert_eq!(
        stranger.import_pairing(&key, &exported).await.unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn another_co_signer_than_the_expected_one_is_refused() {
    let world = World::new();
    let other = World::new().state.identity();
    let error = connect(&world, &world.api_key, Some(other)).await.err().unwrap();
    assert_eq!(error.code(), ErrorCode::PeerMisbehaved);
    let server = connect(&world, &world.api_key, None).await.unwrap();
    assert_eq!(*server.identity(), world.state.identity());
}

#[tokio::test]
async fn a_share_of_another_co_signer_is_refused() {
    let world = World::new();
    let server = world.server().await;
    let foreign = create(&World::new().server().await).await.share;
    assert_eq!(
        server.with_share(foreign.clone()).err().unwrap().code(),
        ErrorCode::ShareInvalid
    );
    let browser = world.arrival().await.kit.public_key_text();
    assert_eq!(
        server.seal_for(vec![foreign], &browser, None).err().unwrap().code(),
        ErrorCode::ShareInvalid
    );
}

#[tokio::test]
async fn a_malformed_api_key_is_refused_before_anything_is_sent() {
    let world = World::new();
    let good = world.api_key.as_str();
    for key in [
        "",
        "ck_",
        "sk_0011223344556677_x",
        &good[..good.len() - 1],
        &format!("{good}A"),
        &good.replace("ck_", "ck_+"),
    ] {
        assert_eq!(
            connect(&world, key, None).await.err().unwrap().code(),
            ErrorCode::InvalidArgument,
            "{}",
            key.len()
        );
    }
}

#[tokio::test]
async fn an_api_key_does_what_its_scopes_say() {
    let world = World::new();
    let created = create(&world.server().await).await;
    let reader = world.api_key_for(&[Scope::WalletsRead]);
    let server = connect(&world, &reader, None).await.unwrap();
    assert!(server.has_wallet(ada(), &Cancel::default()).await.unwrap());
    let refused = server
        .create_wallet(WalletType::Evm, ada(), &Cancel::default())
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), ErrorCode::NotAuthorised);
    let handle = server.with_share(created.share).unwrap();
    assert_eq!(
        handle.sign(digest(1), &Cancel::default()).await.unwrap_err().code(),
        ErrorCode::NotAuthorised
    );
    let unknown = World::new().api_key;
    let server = connect(&world, &unknown, None).await.unwrap();
    assert_eq!(
        server.has_wallet(ada(), &Cancel::default()).await.unwrap_err().code(),
        ErrorCode::NotAuthorised
    );
}

#[tokio::test]
async fn a_key_generation_survives_a_lost_confirmation() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    // The identity was asked for already: start is request 0, finish request 1.
    host.network.strike(1, Fate::AnswerLost);
    let created = server
        .create_wallet(WalletType::Evm, ada(), &Cancel::default())
        .await
        .unwrap();
    host.network.heal();
    let handle = server.with_share(created.share).unwrap();
    handle.sign(digest(1), &Cancel::default()).await.unwrap();
    assert_eq!(server.get_wallets(ada(), &Cancel::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_hand_off_is_for_whole_and_proper_sets() {
    let world = World::new();
    let server = world.server().await;
    let share = create(&server).await.share;
    let grace = ClaimantId::CustomId("grace".to_owned());
    let graces = server
        .create_wallet(WalletType::Evm, grace, &Cancel::default())
        .await
        .unwrap()
        .share;
    let browser = wallet::Kit::new(world.browser(), None).public_key_text();
    let code = |shares: Vec<Zeroizing<String>>, browser: &str, ttl| {
        server.seal_for(shares, browser, ttl).err().map(|error| error.code())
    };
    assert_eq!(code(vec![share.clone()], &browser, Some(3600)), None);
    assert_eq!(code(vec![], &browser, None), Some(ErrorCode::InvalidArgument));
    assert_eq!(
        code(vec![share.clone(), share.clone()], &browser, None),
        Some(ErrorCode::InvalidArgument)
    );
    assert_eq!(
        code(vec![share.clone(), graces], &browser, None),
        Some(ErrorCode::ShareInvalid)
    );
    for ttl in [0, 3601, u32::MAX] {
        assert_eq!(
            code(vec![share.clone()], &browser, Some(ttl)),
            Some(ErrorCode::InvalidArgument)
        );
    }
    for browser in ["", "AA", &format!("{browser}A"), "!"] {
        assert_eq!(
            code(vec![share.clone()], browser, None),
            Some(ErrorCode::InvalidArgument)
        );
    }
    // A key of low order, to which nothing can be sealed.
    assert_eq!(
        code(vec![share], &"A".repeat(43), None),
        Some(ErrorCode::InvalidArgument)
    );
}

/// Refuses the first requests of a path for being one too many: so many of them.
fn busy(host: &BackEnd, path: &'static str, times: usize) {
    let left = std::cell::Cell::new(times);
    host.network.decide(move |_, sent| {
        if sent == path && left.get() > 0 {
            left.set(left.get() - 1);
            return Fate::Refused(ErrorCode::RateLimited);
        }
        Fate::Arrives
    });
    host.network.sent();
}

#[tokio::test]
async fn back_end_calls_wait_where_the_co_signer_is_too_busy() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let cancel = Cancel::default();
    let created = create(&server).await;
    let handle = server.with_share(created.share).unwrap();
    let grace = ClaimantId::Email("grace@example.com".to_owned());
    busy(&host, "/v1/wallets/lookup", 2);
    assert!(server.has_wallet(ada(), &cancel).await.unwrap());
    assert_eq!(count(&host, "/v1/wallets/lookup"), 3);
    busy(&host, "/v1/wallets/lookup", 1);
    assert_eq!(server.get_wallets(ada(), &cancel).await.unwrap().len(), 1);
    for path in ["/v1/keygen/start", "/v1/keygen/finish"] {
        busy(&host, path, 2);
        server.create_wallet(WalletType::Solana, ada(), &cancel).await.unwrap();
        assert_eq!(count(&host, path), 3, "{path}");
    }
    for (number, path) in ["/v1/import/start", "/v1/import/finish"].into_iter().enumerate() {
        busy(&host, path, 1);
        let key = wallet::ImportedKey {
            wallet_type: WalletType::Solana,
            key: Zeroizing::new([7 + u8::try_from(number).unwrap(); 32]),
            form: wallet::KeyForm::Seed,
            chain_code: None,
        };
        server.import_wallet(key, ada(), &cancel).await.unwrap();
        assert_eq!(count(&host, path), 2, "{path}");
    }
    busy(&host, "/v1/sign", 8);
    handle.sign(payload(handle.wallet(), 1), &cancel).await.unwrap();
    assert_eq!(count(&host, "/v1/sign"), 9);
    busy(&host, "/v1/wallets/claimant", 2);
    handle.update_claimant_id(grace, &cancel).await.unwrap();
    // Three times in a row is not waited for: the caller decides.
    busy(&host, "/v1/wallets/lookup", 3);
    let refused = server.has_wallet(ada(), &cancel).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.retry_after()),
        (ErrorCode::RateLimited, Some(7))
    );
}

#[tokio::test]
async fn a_signature_is_sent_again_for_no_other_refusal() {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let handle = server.with_share(create(&server).await.share).unwrap();
    for code in [
        ErrorCode::CoSignerUnreachable,
        ErrorCode::StorageUnavailable,
        ErrorCode::Internal,
    ] {
        host.network.strike_path("/v1/sign", Fate::Refused(code));
        host.network.sent();
        let refused = handle.sign(payload(handle.wallet(), 1), &Cancel::default()).await;
        assert_eq!(refused.err().unwrap().code(), code);
        assert_eq!(count(&host, "/v1/sign"), 1);
    }
}

async fn sign_at_once(wallet_type: WalletType, number: u8, times: usize) {
    let world = World::new();
    let host = world.back_end();
    let server = world.connect(host.clone()).await;
    let created = server
        .create_wallet(wallet_type, ada(), &Cancel::default())
        .await
        .unwrap();
    let handle = server.with_share(created.share).unwrap();
    let cancel = Cancel::default();
    host.network.sent();
    let signing = (0..times).map(|_| handle.sign(payload(handle.wallet(), number), &cancel));
    for signed in futures_util::future::join_all(signing).await {
        assert!(holds(&handle.wallet().public_key, &signed.unwrap(), number));
    }
    // Each was asked for once: none was one too many.
    assert_eq!(count(&host, "/v1/sign"), times);
}

#[tokio::test]
async fn a_thousand_signatures_at_once_are_all_given() {
    sign_at_once(WalletType::Solana, 1, 1000).await;
}

#[tokio::test]
async fn more_ecdsa_signatures_at_once_than_a_pairing_takes_are_given() {
    sign_at_once(WalletType::Evm, 1, 300).await;
}
