//! What a commit takes: the signature of this very statement, under its own key, by the shares that
//! the claim has made.

use mpc::{Digest, Path, RunId, Share, Signature, pairing::ClientPairing};
use rand_core::OsRng;
use rusqlite::Connection;
use wire::{
    ErrorCode,
    ceremony::{ClaimCommit, ConfirmQuery, Sign, SignQuery},
};

use crate::{
    browser::{Browser, Prepared},
    rotations::Held,
    world::{Caller, EACH_SCHEME, Signing, World, sealed_by},
};

/// An ordinary signature of a digest, as `/v1/sign` gives it to whoever may sign.
async fn signed(
    world: &World,
    caller: &Caller<'_>,
    (share, pairing): (&Share, &Option<ClientPairing>),
    digest: Digest,
) -> Signature {
    let run = RunId::random(&mut OsRng);
    let (state, query) = Signing::start(share, pairing, run, digest);
    let message = Sign {
        wallet: share.info().wallet,
        epoch: share.info().epoch,
        run,
        query: match query {
            ConfirmQuery::Ecdsa(query) => SignQuery::Ecdsa {
                pairing: pairing.as_ref().unwrap().id(),
                path: Path::root(),
                digest,
                query,
            },
            ConfirmQuery::Eddsa(query) => SignQuery::Eddsa {
                message: digest.0.to_vec(),
                query,
            },
        },
    };
    let signature = state.finish(world.call(caller, &message).await.unwrap()).unwrap();
    signature.verify(&share.public_key(), &digest).unwrap();
    signature
}

fn digest(browser: &Browser, prepared: &Prepared) -> Digest {
    let key = &prepared.started.transcript.keys[0];
    browser.statement(prepared, key).digest()
}

/// Commits with another signature, which is refused, and then with the claim's own.
async fn refused(world: &World, browser: &Browser, honest: &ClaimCommit, wrong: Signature) {
    let mut commit = honest.clone();
    commit.signatures[0] = wrong;
    let refused = browser.commit(world, &commit).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
}

#[tokio::test]
async fn a_back_ends_signature_of_a_statement_commits_no_claim() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (old, pairing) = (world.wallet().await, Some(world.pairing().await));
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&old]).await;
        let digest = digest(&browser, &prepared);
        let ordinary = signed(&world, &world.back_end(), (&old, &pairing), digest).await;
        let honest = browser.confirm(&world, &prepared).await.unwrap();
        refused(&world, &browser, &honest, ordinary).await;
        browser.commit(&world, &honest).await.unwrap();
    }
}

#[tokio::test]
async fn a_sessions_signature_of_a_statement_commits_no_rotation() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let held = Held::of(&world).await;
        let next = held.rotating(&world).await.unwrap();
        let digest = digest(&held.browser, &next);
        let by = (held.share(), &held.prepared.pairing);
        let ordinary = signed(&world, &sealed_by(held.session()), by, digest).await;
        let honest = held.browser.confirm(&world, &next).await.unwrap();
        refused(&world, &held.browser, &honest, ordinary).await;
        let receipts = held.browser.commit(&world, &honest).await.unwrap();
        // Nor does one of the next epoch, made when the receipt is there.
        let ordinary = signed(
            &world,
            &sealed_by(held.session()),
            (&next.shares[0], &next.pairing),
            digest,
        )
        .await;
        let statement = &receipts[0].body.statement;
        assert!(statement.verify_signature(&ordinary).is_err());
        statement.verify_signature(&receipts[0].body.wallet_signature).unwrap();
    }
}

#[tokio::test]
async fn a_statement_of_another_run_commits_no_rotation() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let held = Held::of(&world).await;
        let other = held.rotating(&world).await.unwrap();
        let other = held.browser.confirm(&world, &other).await.unwrap();
        let next = held.rotating(&world).await.unwrap();
        let honest = held.browser.confirm(&world, &next).await.unwrap();
        refused(&world, &held.browser, &honest, other.signatures[0]).await;
        held.browser.commit(&world, &honest).await.unwrap();
    }
}

/// Exchanges what two wallets of a claim have proved, behind the co-signer's back.
fn exchange(world: &World, claim: [u8; 16]) {
    let db = Connection::open(&world.config.database).unwrap();
    let read = "SELECT evidence FROM claims WHERE id = ?1";
    let mut evidence: Vec<u8> = db.query_row(read, [claim], |row| row.get(0)).unwrap();
    let (one, two) = evidence[4..].split_at_mut(228);
    one.swap_with_slice(two);
    let write = "UPDATE claims SET evidence = ?2 WHERE id = ?1";
    db.execute(write, rusqlite::params![claim, evidence]).unwrap();
}

#[tokio::test]
async fn proofs_of_other_shares_confirm_and_commit_nothing() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&one, &two]).await;
        let claim = prepared.started.offer.claim;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        exchange(&world, claim);
        let refused = browser.commit(&world, &commit).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::Internal);
        exchange(&world, claim);
        browser.commit(&world, &commit).await.unwrap();
        // Nor before the confirmation.
        let (one, two) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&one, &two]).await;
        exchange(&world, prepared.started.offer.claim);
        let refused = browser.confirm(&world, &prepared).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::Internal);
    }
}
