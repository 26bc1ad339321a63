//! The claim, and everything that it refuses.

use cosigner::{api_key::Scope, keys};
use ed25519_dalek::{Signature as ReceiptSignature, VerifyingKey};
use mpc::{Epoch, Signature, channel::ChannelPublicKey};
use serde_json::json;
use wire::{
    ClaimantId, ErrorCode,
    ceremony::{ClaimAcknowledge, ClaimCommit, ConfirmQuery},
    ceremony::{ClaimConfirm, ClaimPasskey, DeviceName, NewPasskey},
    control::{UPDATE_CLAIMANT, WalletRecord},
};

use crate::{
    browser::Browser,
    world::{Caller, EACH_SCHEME, EMAIL, World, random_key, sealed_by, signed},
};

#[tokio::test]
async fn a_claim_moves_the_wallets_and_kills_the_old_shares() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let (prepared, receipts) = browser.claim(&world, &[&one, &two]).await;
        let identity = VerifyingKey::from_bytes(&world.state.identity().receipt).unwrap();
        for (receipt, key) in receipts.iter().zip(&prepared.started.transcript.keys) {
            let statement = browser.statement(&prepared, key);
            assert_eq!((&receipt.body.statement, receipt.body.retired), (&statement, Epoch(0)));
            assert_eq!(receipt.body.committed_at, world.now());
            let claimant = mpc::tags::hash(wire::statement::CLAIMANT, &[b"email", EMAIL.as_bytes()]);
            assert_eq!(receipt.body.claimant, claimant);
            statement.verify_shares().unwrap();
            statement.verify_signature(&receipt.body.wallet_signature).unwrap();
            let signature = ReceiptSignature::from_bytes(&receipt.signature);
            identity
                .verify_strict(&receipt.body.signed_bytes(), &signature)
                .unwrap();
        }
        // The old shares are dead, for the back end that kept them and whoever has them now.
        let pairing = world.pairing().await;
        for share in [&one, &two] {
            let refused = world.sign(&world.back_end(), share, &pairing).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
        }
        // The new ones are nobody's without a session.
        let refused = world.sign(&world.back_end(), &prepared.shares[0], &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
        browser.acknowledge(&world, prepared.started.offer.claim).await.unwrap();
        browser.acknowledge(&world, prepared.started.offer.claim).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_claim_is_refused_with_the_same_ticket_and_with_another() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let ticket = world.ticket(&[&share], &browser.key);
        let started = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        browser.commit(&world, &commit).await.unwrap();
        for ticket in [ticket, world.ticket(&[&share], &browser.key)] {
            let refused = browser.start(&world, ticket, &[&share]).await;
            assert_eq!(refused.err(), Some(ErrorCode::AlreadyClaimed));
        }
    }
}

#[tokio::test]
async fn a_ticket_that_is_not_right_starts_nothing() {
    let world = World::new();
    let (share, other) = (world.wallet().await, world.wallet_for("bob@example.com").await);
    let browser = Browser::new();
    let body = world.ticket_body(&[&share], &browser.key);
    let refused =
        async |body: wire::ticket::TicketBody| browser.start(&world, signed(&world.key, body), &[&share]).await.err();
    // Another browser's.
    let mut wrong = body.clone();
    wrong.browser = random_key().public_key();
    assert_eq!(refused(wrong).await, Some(ErrorCode::NotAuthorised));
    // For another wallet, for more wallets, for none, for one twice.
    let mut wrong = body.clone();
    wrong.wallets = vec![other.info().wallet];
    assert_eq!(refused(wrong).await, Some(ErrorCode::NotAuthorised));
    for wallets in [
        vec![],
        vec![share.info().wallet; 2],
        vec![share.info().wallet, other.info().wallet],
    ] {
        let mut wrong = body.clone();
        wrong.wallets = wallets;
        assert_eq!(refused(wrong).await, Some(ErrorCode::InvalidArgument));
    }
    // Past its time, and too long.
    let mut wrong = body.clone();
    wrong.expires_at = world.now();
    assert_eq!(refused(wrong).await, Some(ErrorCode::ClaimExpired));
    let mut wrong = body.clone();
    wrong.expires_at = world.now() + 3601;
    assert_eq!(refused(wrong).await, Some(ErrorCode::InvalidArgument));
    // For another claimant, or one that is not normalised.
    let mut wrong = body.clone();
    wrong.claimant = ClaimantId::Email("eve@example.com".to_owned());
    assert_eq!(refused(wrong).await, Some(ErrorCode::NotAuthorised));
    let mut wrong = body.clone();
    wrong.claimant = ClaimantId::Email("Ada@example.com".to_owned());
    assert_eq!(refused(wrong).await, Some(ErrorCode::InvalidArgument));
    // Signed by another key than it names, or by an unknown one.
    let stranger = keys::create(&world.state, "stranger", Scope::ALL).unwrap();
    let forged = signed(&stranger, body.clone());
    assert_eq!(
        browser.start(&world, forged, &[&share]).await.err(),
        Some(ErrorCode::NotAuthorised)
    );
    let mut wrong = body.clone();
    wrong.key_id = [0; 8];
    assert_eq!(refused(wrong).await, Some(ErrorCode::NotAuthorised));
    // Changed after it was signed.
    let mut changed = signed(&world.key, body.clone());
    changed.body.nonce[0] ^= 1;
    assert_eq!(
        browser.start(&world, changed, &[&share]).await.err(),
        Some(ErrorCode::NotAuthorised)
    );
    // All that left the ticket, the wallet and the prepared share good.
    assert_eq!(refused(body).await, None);
}

#[tokio::test]
async fn the_sender_must_prove_the_browser_key() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let start = browser.start_of(
        world.ticket(&[&share], &browser.key),
        vec![wire::statement::ClaimedKey::of(share.info()).unwrap()],
    );
    assert_eq!(
        world.call(&Caller::default(), &start).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
    let thief = random_key();
    assert_eq!(
        world.call(&sealed_by(&thief), &start).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
}

#[tokio::test]
async fn a_share_of_another_key_or_epoch_is_told_so() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (share, other) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let honest = wire::statement::ClaimedKey::of(share.info()).unwrap();
        let mut wrong_key = honest.clone();
        wrong_key.public_key = other.public_key();
        let mut wrong_epoch = honest.clone();
        wrong_epoch.epoch = Epoch(1);
        for (key, code) in [
            (wrong_key, ErrorCode::ShareInvalid),
            (wrong_epoch, ErrorCode::EpochMismatch),
        ] {
            let start = browser.start_of(world.ticket(&[&share], &browser.key), vec![key]);
            assert_eq!(world.call(&sealed_by(&browser.key), &start).await.unwrap_err(), code);
        }
        let mut body = world.ticket_body(&[&share], &browser.key);
        let unknown = crate::world::context().wallet;
        body.wallets = vec![unknown];
        let start = browser.start_of(
            signed(&world.key, body),
            vec![wire::statement::ClaimedKey {
                wallet: unknown,
                ..honest
            }],
        );
        assert_eq!(
            world.call(&sealed_by(&browser.key), &start).await.unwrap_err(),
            ErrorCode::WalletNotFound
        );
    }
}

#[tokio::test]
async fn a_claim_serves_its_own_browser_only() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let (browser, thief) = (Browser::new(), Browser::new());
        let started = browser
            .start(&world, world.ticket(&[&share], &browser.key), &[&share])
            .await
            .unwrap();
        let claim = started.offer.claim;
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        let theft = world.call(&sealed_by(&thief.key), &refreshed.prepare).await;
        assert_eq!(theft.unwrap_err(), ErrorCode::NotAuthorised);
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        let confirming = browser.confirming(&prepared);
        let theft = world.call(&sealed_by(&thief.key), &confirming.confirm).await;
        assert_eq!(theft.unwrap_err(), ErrorCode::NotAuthorised);
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        assert_eq!(
            thief.commit(&world, &commit).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
        browser.commit(&world, &commit).await.unwrap();
        assert_eq!(thief.acknowledge(&world, claim).await, Err(ErrorCode::NotAuthorised));
    }
}

#[tokio::test]
async fn steps_out_of_order_are_refused() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let unknown = ClaimAcknowledge { claim: [7; 16] };
        assert_eq!(
            world.call(&sealed_by(&browser.key), &unknown).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        let prepared = browser.prepared(&world, &[&share]).await;
        let claim = prepared.started.offer.claim;
        // Nothing to acknowledge, nothing confirmed to commit.
        assert_eq!(
            browser.acknowledge(&world, claim).await,
            Err(ErrorCode::InvalidArgument)
        );
        let early = ClaimCommit {
            claim,
            signatures: Vec::new(),
            device: Some(DeviceName::default()),
        };
        assert_eq!(
            browser.commit(&world, &early).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        // A claim is confirmed once: no query is answered twice, nor another in its place.
        assert_eq!(
            browser.confirm(&world, &prepared).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        assert_eq!(
            browser.commit(&world, &early).await.unwrap_err(),
            ErrorCode::InvalidArgument
        );
        browser.commit(&world, &commit).await.unwrap();
    }
}

fn made(confirm: &mut ClaimConfirm) -> &mut NewPasskey {
    match &mut confirm.passkey {
        ClaimPasskey::New { passkey, .. } => passkey,
        ClaimPasskey::Own(_) => unreachable!("a claim makes a passkey"),
    }
}

#[tokio::test]
async fn a_passkey_for_something_else_confirms_nothing_and_costs_nothing() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let honest = browser.confirming(&prepared);
        let mut other_challenge = honest.confirm.clone();
        *made(&mut other_challenge) = browser.new_passkey(&[1; 32]);
        let mut other_credential = honest.confirm.clone();
        made(&mut other_credential).registration.credential.push(0);
        let mut malformed = honest.confirm.clone();
        made(&mut malformed).registration.attestation_object.clear();
        // ES256 made EdDSA, on a curve that is none of its.
        let mut other_algorithm = honest.confirm.clone();
        let object = &mut made(&mut other_algorithm).registration.attestation_object;
        let algorithm = object.windows(3).position(|window| window == [2, 3, 0x26]).unwrap() + 2;
        object[algorithm] = 0x27;
        // Whoever rotates seals the next share to it.
        let mut sealed_to_nobody = honest.confirm.clone();
        made(&mut sealed_to_nobody).key = ChannelPublicKey([0; 32]);
        let mut too_few = honest.confirm.clone();
        too_few.queries.clear();
        let mut no_new_one = honest.confirm.clone();
        no_new_one.passkey = ClaimPasskey::Own(browser.assert(&prepared.started.hash()));
        for (confirm, code) in [
            (other_challenge, ErrorCode::NotAuthorised),
            (other_credential, ErrorCode::NotAuthorised),
            (malformed, ErrorCode::InvalidArgument),
            (other_algorithm, ErrorCode::PasskeyUnsupported),
            (sealed_to_nobody, ErrorCode::InvalidArgument),
            (too_few, ErrorCode::InvalidArgument),
            (no_new_one, ErrorCode::InvalidArgument),
        ] {
            assert_eq!(world.call(&sealed_by(&browser.key), &confirm).await.unwrap_err(), code);
        }
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        browser.commit(&world, &commit).await.unwrap();
    }
}

#[tokio::test]
async fn a_passkey_is_registered_once() {
    let world = World::new();
    let (one, two) = (world.wallet().await, world.wallet().await);
    let browser = Browser::new();
    browser.claim(&world, &[&one]).await;
    let prepared = browser.prepared(&world, &[&two]).await;
    assert_eq!(
        browser.confirm(&world, &prepared).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
}

#[tokio::test]
async fn a_cheating_query_ends_the_claim_and_leaves_the_prepared_share_good() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let mut confirming = browser.confirming(&prepared);
        let query = &mut confirming.confirm.queries[0].1;
        let mut bytes = borsh::to_vec(query).unwrap();
        // In the middle of an ECDSA query lie the extension's columns; an Ed25519 query begins with the hash of what it is about.
        let place = match query {
            ConfirmQuery::Ecdsa(_) => bytes.len() / 2,
            ConfirmQuery::Eddsa(_) => 1,
        };
        bytes[place] ^= 1;
        *query = borsh::from_slice(&bytes).unwrap();
        let refused = world.call(&sealed_by(&browser.key), &confirming.confirm).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
        assert_eq!(
            browser.confirm(&world, &prepared).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &share, &pairing).await.unwrap();
        Browser::new().claim(&world, &[&share]).await;
    }
}

#[tokio::test]
async fn a_wrong_opening_or_signature_is_refused() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let shares = [&one, &two];
        let started = browser
            .start(&world, world.ticket(&shares, &browser.key), &shares)
            .await
            .unwrap();
        let mut refreshed = browser.refresh(&world, started, &shares).await.unwrap();
        refreshed.prepare.openings.swap(0, 1);
        assert_eq!(
            browser.prepare(&world, refreshed).await.err(),
            Some(ErrorCode::PeerMisbehaved)
        );

        let prepared = browser.prepared(&world, &shares).await;
        let honest = browser.confirm(&world, &prepared).await.unwrap();
        let mut swapped = honest.clone();
        swapped.signatures.swap(0, 1);
        assert_eq!(
            browser.commit(&world, &swapped).await.unwrap_err(),
            ErrorCode::PeerMisbehaved
        );
        let mut flipped = honest.clone();
        match &mut flipped.signatures[1] {
            Signature::Ecdsa(signature) => signature.recovery_id ^= 1,
            Signature::Eddsa(signature) => signature.0[40] ^= 1,
        }
        assert_eq!(
            browser.commit(&world, &flipped).await.unwrap_err(),
            ErrorCode::PeerMisbehaved
        );
        browser.commit(&world, &honest).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_claim_rests_on_must_hold_until_the_commit() {
    for wallet_type in EACH_SCHEME {
        // The API key of the ticket.
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        keys::revoke(&world.state, world.key.id()).unwrap();
        assert_eq!(
            browser.commit(&world, &commit).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
        // The wallet's claimant.
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let prepared = browser.prepared(&world, &[&share]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        let id = {
            use base64ct::{Base64UrlUnpadded, Encoding};
            Base64UrlUnpadded::encode_string(&share.info().wallet.0)
        };
        let update = json!({ "walletId": id, "from": { "email": EMAIL }, "to": { "email": "bob@example.com" } });
        world
            .json::<WalletRecord>(&world.back_end(), UPDATE_CLAIMANT, update)
            .await
            .unwrap();
        assert_eq!(
            browser.commit(&world, &commit).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
    }
}

#[tokio::test]
async fn a_claim_past_its_time_is_over_and_what_was_pending_is_erased() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        world.pass(600);
        assert_eq!(
            browser.commit(&world, &commit).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        assert_eq!(world.state.sweep().unwrap().claims, 1);
        assert_eq!(world.state.sweep().unwrap().claims, 0);
        assert_eq!(
            browser.commit(&world, &commit).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &share, &pairing).await.unwrap();
        Browser::new().claim(&world, &[&share]).await;
    }
}

#[tokio::test]
async fn a_claim_that_went_no_further_than_its_start_leaves_nothing() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let ticket = world.ticket(&[&share], &browser.key);
        let started = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
        browser.refresh(&world, started, &[&share]).await.unwrap();
        // The ticket is not spent: the same one starts again.
        let started = browser.start(&world, ticket, &[&share]).await.unwrap();
        world.pass(600);
        assert_eq!(
            browser.refresh(&world, started, &[&share]).await.err(),
            Some(ErrorCode::ClaimExpired)
        );
        assert_eq!(world.state.sweep().unwrap(), cosigner::store::Swept::default());
    }
}

#[tokio::test]
async fn a_start_that_the_network_repeats_ends_no_claim_and_a_later_one_is_another() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let ticket = world.ticket(&[&share], &browser.key);
    let start = async || browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
    let (started, repeated) = (start().await, start().await);
    assert_eq!(repeated.offer, started.offer);
    world.pass(60);
    let later = start().await;
    assert_ne!(later.offer.claim, started.offer.claim);
    assert_eq!(later.offer.expires_at, world.now() + world.config.lifetimes.claim);
    let given_up = browser.refresh(&world, started, &[&share]).await;
    assert_eq!(given_up.err(), Some(ErrorCode::ClaimExpired));
    browser.refresh(&world, later, &[&share]).await.unwrap();
}
