//! What a browser is told that did not hear its claim's end, what it can get back, and what a dead share is answered.

use ed25519_dalek::{Signature, VerifyingKey};
use mpc::{Epoch, RunId, Share};
use rand_core::OsRng;
use wire::{
    Envelope, ErrorBody, ErrorCode, Refusal, Request,
    ceremony::{ClaimResume, Copies, KeptCopy, PendingShare, ResumeOutcome, SealedCopy, Sign},
    message::encode,
};

use crate::{
    browser::{Browser, copy_of},
    world::{EACH_SCHEME, World, bearer, random_key, sealed_by, signing},
};

/// Asks, by a key that nobody knows, what became of a claim.
pub(crate) async fn resume(world: &World, claim: [u8; 16], shares: &[Share]) -> Result<Vec<ResumeOutcome>, ErrorCode> {
    let shares = shares.iter().map(|share| PendingShare {
        claim,
        key: share.info().clone(),
    });
    let request = ClaimResume {
        shares: shares.collect(),
    };
    Ok(world.call(&sealed_by(&random_key()), &request).await?.outcomes)
}

#[tokio::test]
async fn a_claim_that_was_not_committed_ends_and_its_commit_comes_too_late() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&one, &two]).await;
        let claim = prepared.started.offer.claim;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        // Of both wallets, though one was asked about.
        let outcomes = resume(&world, claim, &prepared.shares[..1]).await.unwrap();
        assert_eq!(outcomes, [ResumeOutcome::Ended]);
        world.restart();
        assert_eq!(
            browser.commit(&world, &commit).await.unwrap_err(),
            ErrorCode::ClaimExpired
        );
        assert_eq!(
            resume(&world, claim, &prepared.shares).await.unwrap(),
            [ResumeOutcome::Ended, ResumeOutcome::Ended]
        );
        for share in [&one, &two] {
            let pairing = world.pairing().await;
            world.sign(&world.back_end(), share, &pairing).await.unwrap();
        }
        Browser::new().claim(&world, &[&one, &two]).await;
    }
}

#[tokio::test]
async fn a_claim_that_was_committed_is_told_with_its_receipts_to_who_knows_it() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let (prepared, receipts) = browser.claim(&world, &[&one, &two]).await;
        let claim = prepared.started.offer.claim;
        let live: Vec<_> = receipts.into_iter().map(ResumeOutcome::Live).collect();
        assert_eq!(resume(&world, claim, &prepared.shares).await.unwrap(), live);
        assert_eq!(
            resume(&world, [7; 16], &prepared.shares).await.unwrap(),
            [ResumeOutcome::Ended, ResumeOutcome::Ended]
        );
        let other = world.wallet().await;
        for stranger in [&other, &one] {
            let refused = resume(&world, claim, core::slice::from_ref(stranger)).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
        }
    }
}

#[tokio::test]
async fn a_share_that_the_claim_did_not_make_is_told_so() {
    let world = World::new();
    let share = world.wallet().await;
    let (prepared, _) = Browser::new().claim(&world, &[&share]).await;
    let mut key = prepared.shares[0].info().clone();
    (key.client, key.co_signer) = (key.co_signer, key.client);
    let claim = prepared.started.offer.claim;
    let request = ClaimResume {
        shares: vec![PendingShare { claim, key }],
    };
    let refused = world.call(&sealed_by(&random_key()), &request).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::ShareInvalid);
}

#[tokio::test]
async fn none_and_too_many_are_refused() {
    let world = World::new();
    let share = world.wallet().await;
    for count in [0, 17] {
        let pending = PendingShare {
            claim: [1; 16],
            key: share.info().clone(),
        };
        let request = ClaimResume {
            shares: vec![pending; count],
        };
        let refused = world.call(&sealed_by(&random_key()), &request).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
}

async fn copies(world: &World, key: &mpc::channel::ChannelKey, shares: &[&Share]) -> Result<Vec<KeptCopy>, ErrorCode> {
    let wallets = shares.iter().map(|share| share.info().wallet).collect();
    Ok(world.call(&sealed_by(key), &Copies { wallets }).await?.copies)
}

#[tokio::test]
async fn a_browser_that_lost_everything_gets_its_copies_by_its_passkey() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let (prepared, receipts) = browser.claim(&world, &[&one, &two]).await;
        world.restart();
        let session = random_key();
        // No wallet is named: those of the passkey are opened, in the order of their ids.
        let unlocked = browser.unlock(&world, &session, &[]).await.unwrap();
        let mut expected: Vec<_> = prepared.shares.iter().map(|share| share.info().clone()).collect();
        expected.sort_by_key(|info| info.wallet.0);
        assert_eq!(unlocked.keys, expected);
        let kept = copies(&world, &session, &[&one, &two]).await.unwrap();
        for ((kept, share), receipt) in kept.iter().zip(&prepared.shares).zip(receipts) {
            assert_eq!(
                *kept,
                KeptCopy {
                    copy: copy_of(share),
                    receipt
                }
            );
        }
        for share in &prepared.shares {
            world
                .sign(&sealed_by(&session), share, &prepared.pairing)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn copies_are_given_to_their_own_session_only() {
    let world = World::new();
    let (one, two) = (world.wallet().await, world.wallet().await);
    let (browser, other) = (Browser::new(), Browser::new());
    let (prepared, _) = browser.claim(&world, &[&one]).await;
    other.claim(&world, &[&two]).await;
    let session = random_key();
    browser.unlock(&world, &session, &[&prepared.shares[0]]).await.unwrap();
    for (key, shares, code) in [
        (&session, vec![&two], ErrorCode::NotAuthorised),
        (&session, vec![], ErrorCode::InvalidArgument),
        (&session, vec![&one; 17], ErrorCode::InvalidArgument),
        (&random_key(), vec![&one], ErrorCode::SessionExpired),
    ] {
        assert_eq!(copies(&world, key, &shares).await.unwrap_err(), code);
    }
}

#[tokio::test]
async fn a_confirmation_without_a_copy_of_each_wallet_is_refused_before_anything_is_taken() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    for copies in [
        vec![],
        vec![SealedCopy(Vec::new())],
        vec![SealedCopy(vec![1; SealedCopy::LIMIT + 1])],
        vec![SealedCopy(vec![1]); 2],
    ] {
        let mut confirm = browser.confirming(&prepared).confirm;
        confirm.copies = copies;
        let refused = world.call(&sealed_by(&browser.key), &confirm).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
    browser.confirm(&world, &prepared).await.unwrap();
}

/// What a signature with a share is answered, whole.
async fn refusal(world: &World, share: &Share) -> ErrorBody {
    let pairing = world.pairing().await;
    let (_, message) = signing(share, &pairing, RunId::random(&mut OsRng));
    let to = world.state.identity().channel;
    let (_, body) = crate::sealed::seal_request(&to, None, Sign::PATH, &encode(&message), &mut OsRng).unwrap();
    let answer = world
        .post(Sign::PATH, &bearer(&world.key), "application/octet-stream", body)
        .await;
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn a_dead_share_is_refused_with_a_signed_answer_that_outlives_its_erasure() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let committed_at = world.now();
        let (prepared, receipts) = browser.claim(&world, &[&share]).await;
        world.pass(100);
        for acknowledged in [false, true] {
            if acknowledged {
                let claim = prepared.started.offer.claim;
                browser.acknowledge(&world, claim).await.unwrap();
                world.restart();
            }
            let body = refusal(&world, &share).await;
            assert_eq!(body.code, ErrorCode::AlreadyClaimed);
            let Refusal { body, signature } = Refusal::from_text(&body.refusal.unwrap()).unwrap();
            let identity = VerifyingKey::from_bytes(&world.state.identity().receipt).unwrap();
            identity
                .verify_strict(&body.signed_bytes(), &Signature::from_bytes(&signature))
                .unwrap();
            assert_eq!((body.wallet, body.epoch), (share.info().wallet, Epoch(0)));
            assert_eq!(
                (body.public_key, body.co_signer),
                (share.public_key(), identity.to_bytes())
            );
            assert_eq!((body.committed_at, body.refused_at), (committed_at, world.now()));
            assert_eq!(body.committed_at, receipts[0].body.committed_at);
        }
    }
}

#[tokio::test]
async fn an_error_that_is_no_dead_shares_bears_no_refusal() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    // The live epoch, by one who may not use it.
    let body = refusal(&world, &prepared.shares[0]).await;
    assert_eq!((body.code, body.refusal), (ErrorCode::AlreadyClaimed, None));
}

#[tokio::test]
async fn who_resumes_a_claim_of_a_wallet_takes_nothing_from_its_unlocks() {
    let world = World::with(|config| config.limits.wallet = 4);
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let claim = prepared.started.offer.claim;
    for _ in 0..4 {
        resume(&world, claim, &prepared.shares).await.unwrap();
    }
    let refused = resume(&world, claim, &prepared.shares).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::RateLimited);
    for _ in 0..4 {
        browser.unlock(&world, &random_key(), &[&share]).await.unwrap();
    }
}
