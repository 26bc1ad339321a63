//! The claim, end to end.

use std::{cell::RefCell, rc::Rc};

use wallet::{Epoch, ErrorCode, Kit, Phase, Progress, Proof, WalletType, host::Cancel, receipt};
use zeroize::Zeroizing;

use crate::{
    authenticator::Prf,
    network::Fate,
    world::{MIXES, World, create, digest, holds, options, payload, sign},
};

#[tokio::test]
async fn wallets_are_handed_over_and_the_old_shares_are_dead() {
    for types in MIXES {
        let world = World::new();
        let arrival = world.arrival_of(types).await;
        let before = arrival.claim.wallets();
        let prepared: Vec<_> = arrival
            .shares
            .iter()
            .map(|share| arrival.server.with_share(share.clone()).unwrap())
            .collect();
        for (wallet, share) in before.iter().zip(&prepared) {
            assert_eq!(wallet.epoch, Epoch(0));
            let signature = share.sign(payload(wallet, 1), &Cancel::default()).await.unwrap();
            assert!(holds(&wallet.public_key, &signature, 1));
        }

        let claimed = arrival.finish().await.unwrap();
        assert_eq!(claimed.wallets.len(), types.len());
        for (number, wallet) in claimed.wallets.iter().enumerate() {
            let (info, before) = (wallet.info(), &before[number]);
            assert_eq!((info.epoch, info.public_key), (Epoch(1), before.public_key));
            assert_eq!((info.wallet_type, info.address()), (types[number], before.address()));
            assert!(!wallet.is_pending());
            assert_eq!(wallet.receipt().as_ref(), Some(&claimed.receipts[number]));
            let receipt = receipt::verify(&claimed.receipts[number], Some(&world.state.identity())).unwrap();
            assert_eq!(receipt.wallet_of_type(info.wallet_type).as_ref(), Ok(info));
            assert_eq!((receipt.scheme(), receipt.retired_epoch), (info.scheme(), 0));
            assert_eq!(wallet.credentials(), std::slice::from_ref(&receipt.credential));
            assert_eq!(receipt.committed_at, world.now());

            let dead = prepared[number]
                .sign(payload(info, 1), &Cancel::default())
                .await
                .unwrap_err();
            assert_eq!(dead.code(), ErrorCode::AlreadyClaimed, "{types:?}");
            let session = wallet
                .unlock(wallet::SessionOptions::default(), &Cancel::default())
                .await
                .unwrap();
            assert!(holds(&before.public_key, &sign(&session, 3).await.unwrap(), 3));
            session.lock().await;
            assert_eq!(sign(&session, 3).await.unwrap_err().code(), ErrorCode::SessionExpired);
        }
        assert!(arrival.device_signs().await);
    }
}

#[tokio::test]
async fn wallets_of_every_type_take_six_requests_and_two_prompts() {
    let world = World::new();
    let arrival = world.arrival_of(WalletType::ALL).await;
    let claimed = arrival.finish().await.unwrap();
    assert_eq!(arrival.browser.network.sent().len(), 6);
    // No prompt more until the first signature.
    for wallet in claimed.session.wallets() {
        let signed = claimed
            .session
            .sign(wallet.id, payload(&wallet, 9), &Cancel::default())
            .await;
        assert!(holds(&wallet.public_key, &signed.unwrap(), 9));
    }
    assert_eq!(arrival.browser.network.sent().len(), 3);
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get"]);
    let session = claimed.wallets[1]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let mut types: Vec<_> = session.wallets().iter().map(|wallet| wallet.wallet_type).collect();
    assert_eq!(types.remove(0), WalletType::Cosmos);
    assert_eq!(types.len(), 2);
    for wallet in session.wallets() {
        let signed = session.sign(wallet.id, payload(&wallet, 4), &Cancel::default()).await;
        assert!(holds(&wallet.public_key, &signed.unwrap(), 4));
    }
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get", "get"]);
}

#[tokio::test]
async fn a_claim_without_ecdsa_makes_no_pairing() {
    let arrival = World::new().arrival_of(&[WalletType::Solana]).await;
    let told = Rc::new(RefCell::new(Vec::new()));
    let mut options = arrival.options();
    let sink = told.clone();
    options.progress = Some(Box::new(move |progress| sink.borrow_mut().push(progress)));
    let claimed = arrival.claim.finish(options).await.unwrap();
    let sent = arrival.browser.network.sent();
    let (up, down) = sent
        .iter()
        .fold((0, 0), |(up, down), sent| (up + sent.bytes_up, down + sent.bytes_down));
    println!("claim without ECDSA: {up} bytes up, {down} bytes down");
    assert!(up <= 8 * 1024 && down <= 4 * 1024, "{sent:?}");
    let prepare = |phase: &Progress| (phase.phase == Phase::Prepare).then_some((phase.step, phase.of));
    let told: Vec<_> = told.borrow().iter().filter_map(prepare).collect();
    assert_eq!(told, [(0, 1), (1, 1)]);
    let keys: Vec<_> = arrival
        .browser
        .store
        .records()
        .into_iter()
        .map(|record| record.key)
        .collect();
    assert!(keys.len() == 1 && keys[0].starts_with("wallet/"), "{keys:?}");

    let session = claimed.wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    arrival.browser.network.sent();
    sign(&session, 1).await.unwrap();
    let sent = arrival.browser.network.sent();
    assert_eq!(sent.len(), 1);
    println!(
        "signature: {} bytes up, {} bytes down",
        sent[0].bytes_up, sent[0].bytes_down
    );
    assert!(sent[0].bytes_up + sent[0].bytes_down <= 1024, "{sent:?}");
}

#[tokio::test]
async fn a_claim_takes_six_requests_and_a_signature_one() {
    let arrival = World::new().arrival().await;
    let claimed = arrival.finish().await.unwrap();
    let sent = arrival.browser.network.sent();
    let paths: Vec<_> = sent.iter().map(|sent| sent.path.as_str()).collect();
    let steps = ["start", "refresh", "prepare", "confirm", "commit", "acknowledge"];
    assert_eq!(paths, steps.map(|step| format!("/v1/claim/{step}")));
    let (up, down): (Vec<_>, Vec<_>) = sent.iter().map(|sent| (sent.bytes_up, sent.bytes_down)).unzip();
    let (up, down): (usize, usize) = (up.iter().sum(), down.iter().sum());
    println!("claim: {up} bytes up, {down} bytes down");
    assert!(up <= 24 * 1024 && down <= 80 * 1024, "{sent:?}");

    let session = claimed.wallets[0]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(arrival.browser.network.sent().len(), 2);
    sign(&session, 1).await.unwrap();
    let sent = arrival.browser.network.sent();
    println!(
        "signature: {} bytes up, {} bytes down",
        sent[0].bytes_up, sent[0].bytes_down
    );
    assert_eq!(sent.len(), 1);
    assert!(sent[0].bytes_up + sent[0].bytes_down <= 75_000, "{sent:?}");
}

#[tokio::test]
async fn progress_is_told_in_order() {
    let arrival = World::new().arrival().await;
    let told = Rc::new(RefCell::new(Vec::new()));
    let mut options = arrival.options();
    let sink = told.clone();
    options.progress = Some(Box::new(move |progress| sink.borrow_mut().push(progress)));
    arrival.claim.finish(options).await.unwrap();
    let told = told.borrow();
    let mut phases: Vec<_> = told.iter().map(|progress| progress.phase.as_str()).collect();
    phases.dedup();
    assert_eq!(
        phases,
        [
            "start", "passkey", "refresh", "prepare", "seal", "confirm", "commit", "promote"
        ]
    );
    assert!(told.iter().all(|progress| progress.step <= progress.of));
    let prepare: Vec<_> = told
        .iter()
        .filter(|progress| progress.phase == Phase::Prepare)
        .collect();
    assert!(prepare.len() > 10 && prepare.windows(2).all(|pair| pair[0].step < pair[1].step));
    assert_eq!(prepare.last().map(|progress| progress.step), Some(128));
}

#[tokio::test]
async fn wallets_of_one_claimant_take_one_passkey_and_one_pairing() {
    let world = World::new();
    let arrival = world.arrival_of(&[WalletType::Evm; 3]).await;
    let claimed = arrival.finish().await.unwrap();
    assert_eq!(arrival.browser.network.sent().len(), 6);
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get"]);
    let pairings = arrival
        .browser
        .store
        .records()
        .iter()
        .filter(|record| record.key.starts_with("pairing/"))
        .count();
    assert_eq!((claimed.wallets.len(), claimed.receipts.len(), pairings), (3, 3, 1));
    let ids: Vec<_> = arrival.claim.wallets().iter().map(|wallet| wallet.id).collect();
    assert_eq!(
        claimed
            .wallets
            .iter()
            .map(|wallet| wallet.info().id)
            .collect::<Vec<_>>(),
        ids
    );

    let session = claimed.wallets[1]
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(session.wallets()[0], *claimed.wallets[1].info());
    for wallet in &claimed.wallets {
        let signature = session
            .sign(wallet.info().id, digest(4), &Cancel::default())
            .await
            .unwrap();
        assert!(holds(&wallet.info().public_key, &signature, 4));
    }
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get", "get"]);
    for share in &arrival.shares {
        let handle = arrival.server.with_share(share.clone()).unwrap();
        assert_eq!(
            handle.sign(digest(1), &Cancel::default()).await.unwrap_err().code(),
            ErrorCode::AlreadyClaimed
        );
    }
}

#[tokio::test]
async fn prepared_shares_in_clear_are_claimed_too() {
    let world = World::new();
    let arrival = world.arrival_of(&[WalletType::Evm; 2]).await;
    let shares = vec![arrival.shares[1].clone(), arrival.shares[0].clone()];
    let claim = arrival.kit.load(shares, &Cancel::default()).await.unwrap();
    let claimed = claim.finish(arrival.options()).await.unwrap();
    // In the ticket's order, not in that of the shares.
    assert_eq!(claimed.wallets[0].info().id, claim.wallets()[1].id);
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn an_early_start_opens_the_prompt_without_a_request_before() {
    let arrival = World::new().arrival().await;
    arrival.claim.start(&arrival.proof(), &Cancel::default()).await.unwrap();
    arrival.claim.start(&arrival.proof(), &Cancel::default()).await.unwrap();
    assert_eq!(arrival.browser.network.sent().len(), 1);
    assert!(arrival.browser.store.sealed().is_empty());
    arrival.finish().await.unwrap();
    let sent = arrival.browser.network.sent();
    assert_eq!((sent.len(), sent[0].path.as_str()), (5, "/v1/claim/refresh"));
}

#[tokio::test]
async fn an_early_start_that_has_grown_old_is_made_again() {
    let world = World::new();
    let arrival = world.arrival().await;
    arrival.claim.start(&arrival.proof(), &Cancel::default()).await.unwrap();
    world.pass(9 * 60 + 45);
    arrival.finish().await.unwrap();
    assert_eq!(arrival.browser.network.sent().len(), 7);
}

#[tokio::test]
async fn a_second_claim_is_refused() {
    let arrival = World::new().arrival().await;
    arrival.finish().await.unwrap();
    let again = arrival.finish().await.err().unwrap();
    assert_eq!(again.code(), ErrorCode::AlreadyClaimed);
    let replayed = arrival.reload().await.finish(arrival.options()).await.err().unwrap();
    assert_eq!(replayed.code(), ErrorCode::AlreadyClaimed);
    let ticket = arrival
        .server
        .seal_for(arrival.shares.clone(), &arrival.kit.public_key_text(), None)
        .unwrap()
        .ticket;
    let another = arrival
        .reload()
        .await
        .finish(options(Proof::Ticket(ticket)))
        .await
        .err()
        .unwrap();
    assert_eq!(another.code(), ErrorCode::AlreadyClaimed);
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get"]);
    assert!(arrival.device_signs().await);
}

#[tokio::test]
async fn two_calls_at_once_are_one_too_many() {
    let arrival = World::new().arrival().await;
    let (first, second) = futures_util::future::join(arrival.finish(), arrival.finish()).await;
    assert!(first.is_ok());
    assert_eq!(second.err().unwrap().code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn of_two_pages_that_claim_at_once_one_wins_and_its_wallet_stays_good() {
    let arrival = World::new().arrival().await;
    let other = arrival.reopen();
    let hand_off = arrival
        .server
        .seal_for(arrival.shares.clone(), &other.public_key_text(), None)
        .unwrap();
    let claim = other
        .load(vec![Zeroizing::new(hand_off.share)], &Cancel::default())
        .await
        .unwrap();
    let (first, second) =
        futures_util::future::join(arrival.finish(), claim.finish(options(Proof::Ticket(hand_off.ticket)))).await;
    assert!(first.is_ok());
    assert_eq!(second.err().unwrap().code(), ErrorCode::AlreadyClaimed);
    assert!(arrival.device_signs().await);
    assert!(!arrival.prepared_share_signs().await);
}

#[tokio::test]
async fn of_two_devices_that_claim_at_once_one_wins() {
    let world = World::new();
    let arrival = world.arrival().await;
    let browser = world.browser();
    let kit = Kit::new(browser.clone(), None);
    let hand_off = arrival
        .server
        .seal_for(arrival.shares.clone(), &kit.public_key_text(), None)
        .unwrap();
    let claim = kit
        .load(vec![Zeroizing::new(hand_off.share)], &Cancel::default())
        .await
        .unwrap();
    let (first, second) =
        futures_util::future::join(arrival.finish(), claim.finish(options(Proof::Ticket(hand_off.ticket)))).await;
    assert!(first.is_ok() != second.is_ok());
    let loser = if first.is_ok() { second } else { first };
    let code = loser.err().unwrap().code();
    assert!(
        matches!(code, ErrorCode::AlreadyClaimed | ErrorCode::ClaimExpired),
        "{code}"
    );
    assert!(!arrival.prepared_share_signs().await);
    // The loser may keep what it sealed, which nothing will ever make live.
    let other_opens = match kit.wallets().await.unwrap().pop() {
        Some(wallet) => wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .is_ok(),
        None => false,
    };
    assert_ne!(arrival.device_signs().await, other_opens);
}

#[tokio::test]
async fn a_later_claim_of_the_same_person_leaves_the_earlier_passkey_alone() {
    let world = World::new();
    let arrival = world.arrival().await;
    let first = arrival.finish().await.unwrap().wallets.remove(0);
    let share = create(&arrival.server).await.share;
    let kit = arrival.reopen();
    let hand_off = arrival
        .server
        .seal_for(vec![share], &kit.public_key_text(), None)
        .unwrap();
    let claim = kit
        .load(vec![Zeroizing::new(hand_off.share)], &Cancel::default())
        .await
        .unwrap();
    let second = claim
        .finish(options(Proof::Ticket(hand_off.ticket)))
        .await
        .unwrap()
        .wallets
        .remove(0);
    assert_eq!(arrival.browser.passkeys.count().await, 2);
    for wallet in [first, second] {
        let session = wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        // The other wallet is of another passkey: it stays shut.
        assert_eq!(session.wallets().len(), 1);
        sign(&session, 5).await.unwrap();
    }
}

#[tokio::test]
async fn a_ticket_for_something_else_is_refused() {
    let world = World::new();
    let arrival = world.arrival().await;
    let key = arrival.kit.public_key_text();
    let ticket = |shares, key: &str| arrival.server.seal_for(shares, key, None).unwrap().ticket;
    let other_wallet = create(&arrival.server).await.share;
    let other_kit = arrival.reopen().public_key_text();
    let refused = [
        ticket(vec![other_wallet.clone()], &key),
        ticket(vec![arrival.shares[0].clone(), other_wallet], &key),
        ticket(arrival.shares.clone(), &other_kit),
    ];
    for ticket in refused {
        let error = arrival
            .claim
            .finish(options(Proof::Ticket(ticket)))
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), ErrorCode::NotAuthorised);
    }
    assert!(arrival.browser.network.sent().is_empty());
    let no_ticket = arrival
        .claim
        .finish(options(Proof::Ticket("ticket".to_owned())))
        .await
        .err()
        .unwrap();
    assert_eq!(no_ticket.code(), ErrorCode::InvalidArgument);
    assert!(arrival.prepared_share_signs().await);
    arrival.finish().await.unwrap();
}

#[tokio::test]
async fn an_expired_ticket_is_refused_and_another_is_taken() {
    let world = World::new();
    let arrival = world.arrival().await;
    world.pass(601);
    assert_eq!(arrival.finish().await.err().unwrap().code(), ErrorCode::ClaimExpired);
    let ticket = arrival
        .server
        .seal_for(arrival.shares.clone(), &arrival.kit.public_key_text(), Some(5))
        .unwrap()
        .ticket;
    arrival.claim.finish(options(Proof::Ticket(ticket))).await.unwrap();
}

#[tokio::test]
async fn a_revoked_api_key_takes_its_tickets_with_it() {
    let world = World::new();
    let arrival = world.arrival().await;
    let id = cosigner::keys::list(&world.state).unwrap()[0].id;
    cosigner::keys::revoke(&world.state, id).unwrap();
    assert_eq!(arrival.finish().await.err().unwrap().code(), ErrorCode::NotAuthorised);
    assert!(arrival.browser.passkeys.prompts.borrow().is_empty());
}

#[tokio::test]
async fn a_claimant_who_was_changed_meanwhile_is_noticed() {
    let arrival = World::new().arrival().await;
    let handle = arrival.server.with_share(arrival.shares[0].clone()).unwrap();
    let grace = wallet::ClaimantId::CustomId("grace".to_owned());
    let moved = handle.update_claimant_id(grace, &Cancel::default()).await.unwrap();
    assert_eq!(arrival.finish().await.err().unwrap().code(), ErrorCode::NotAuthorised);
    let hand_off = arrival
        .server
        .seal_for(vec![moved.share], &arrival.kit.public_key_text(), None)
        .unwrap();
    let claim = arrival
        .kit
        .load(vec![Zeroizing::new(hand_off.share)], &Cancel::default())
        .await
        .unwrap();
    claim.finish(options(Proof::Ticket(hand_off.ticket))).await.unwrap();
}

#[tokio::test]
async fn a_passkey_name_is_asked_for() {
    let arrival = World::new().arrival().await;
    for name in ["", "  ", "a\nb"] {
        let mut options = arrival.options();
        options.passkey_name = name.to_owned();
        assert_eq!(
            arrival.claim.finish(options).await.err().unwrap().code(),
            ErrorCode::InvalidArgument
        );
    }
    assert!(arrival.browser.network.sent().is_empty());
}

#[tokio::test]
async fn name_of_any_length_claims_and_is_cut_for_the_authenticator() {
    let arrival = World::new().arrival().await;
    let mut options = arrival.options();
    options.passkey_name = format!("{}@example.com", "ж".repeat(200));
    let session = arrival.claim.finish(options).await.unwrap().session;
    let listed = session.passkeys(&Cancel::default()).await.unwrap();
    assert_eq!(listed[0].name, "ж".repeat(32));
}

#[tokio::test]
async fn claim_ends_unlocked_in_the_session_that_it_asked_for() {
    let world = World::new();
    let arrival = world.arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    let mut options = arrival.options();
    options.session.device = wallet::DeviceName::new("Ada's phone").unwrap();
    let claimed = arrival.claim.finish(options).await.unwrap();
    let session = claimed.session;
    assert!(!session.is_locked());
    assert_eq!(session.expires_at(), world.now() + 90 * 60);
    assert_eq!((session.refreshes_left(), session.rotate_by()), (7, None));
    let infos: Vec<_> = claimed.wallets.iter().map(|wallet| wallet.info().clone()).collect();
    assert_eq!(session.wallets(), infos);
    let listed = session.sessions(&Cancel::default()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].device.as_str(), listed[0].is_current), ("Ada's phone", true));
    // It is a session as any: it refreshes, rotates, locks and unlocks.
    session.refresh(&Cancel::default()).await.unwrap();
    session.rotate(&Cancel::default(), &|_| ()).await.unwrap();
    sign(&session, 2).await.unwrap();
    session.lock().await;
    assert_eq!(sign(&session, 3).await.unwrap_err().code(), ErrorCode::SessionExpired);
    session.unlock(&Cancel::default()).await.unwrap();
    sign(&session, 4).await.unwrap();
}

#[tokio::test]
async fn commit_whose_answer_was_lost_ends_in_the_same_session() {
    let arrival = World::new().arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::AnswerLost);
    let lost = arrival.finish().await.err().unwrap();
    assert_eq!(lost.code(), ErrorCode::CoSignerUnreachable);
    arrival.browser.network.heal();
    let session = arrival.finish().await.unwrap().session;
    sign(&session, 1).await.unwrap();
    assert_eq!(session.sessions(&Cancel::default()).await.unwrap().len(), 1);
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get"]);
}

#[tokio::test]
async fn claim_whose_end_is_heard_too_late_ends_locked() {
    // Idle for as long as the co-signer lets a session be, with or without a look at the clock; past the session's end.
    for (passes, looks) in [(31 * 60, false), (31 * 60, true), (91 * 60, false)] {
        let world = World::new();
        let arrival = world.arrival().await;
        let network = &arrival.browser.network;
        network.strike_path("/v1/claim/commit", Fate::AnswerLost);
        arrival.finish().await.err().unwrap();
        assert!(arrival.claim.tick().is_some());
        world.pass(passes);
        if looks {
            assert_eq!(arrival.claim.tick(), None);
        }
        network.heal();
        let claimed = arrival.finish().await.unwrap();
        assert!(claimed.session.is_locked());
        let refused = sign(&claimed.session, 1).await;
        assert_eq!(refused.unwrap_err().code(), ErrorCode::SessionExpired);
        claimed.session.unlock(&Cancel::default()).await.unwrap();
        sign(&claimed.session, 2).await.unwrap();
    }
}

#[tokio::test]
async fn claim_that_another_page_finished_ends_in_no_session_there() {
    let arrival = World::new().arrival().await;
    arrival
        .browser
        .network
        .strike_path("/v1/claim/commit", Fate::AnswerLost);
    arrival.finish().await.err().unwrap();
    arrival.browser.network.heal();
    let kit = arrival.reopen();
    let resumed = kit.resume(&Cancel::default(), &|_| ()).await.unwrap();
    assert_eq!(resumed.finished.len(), 1);
    let wallet = kit.wallets().await.unwrap().remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await;
    sign(&session.unwrap(), 1).await.unwrap();
    // One prompt more than a claim: the shares are sealed, and their passkey opens them.
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get", "get"]);
}

#[tokio::test]
async fn the_prf_output_may_come_with_an_assertion() {
    let arrival = World::new().arrival().await;
    arrival.browser.passkeys.prf.set(Prf::AtAssertion);
    arrival.finish().await.unwrap();
    assert_eq!(arrival.browser.passkeys.prompts.borrow()[..], ["create", "get"]);
    assert!(arrival.device_signs().await);
}
