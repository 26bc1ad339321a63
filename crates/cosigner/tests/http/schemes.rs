//! Wallets of both schemes side by side: each is asked in its own way and no other.

use mpc::{
    Digest, PairingId, Path, RunId, Scheme, Share, Signature, WalletId, ecdsa, eddsa,
    pairing::{self, ClientPairing},
};
use rand_core::OsRng;
use serde_json::json;
use wire::{
    ClaimantId, ErrorCode, WalletType,
    ceremony::{ClaimRefresh, ConfirmQuery, KeygenStart, Sign, SignAnswer, SignQuery},
    control::{LOOKUP, Wallets},
    statement::ClaimedKey,
};

use crate::{
    browser::{Browser, Started},
    world::{EACH_SCHEME, EMAIL, Signing, World, context_of, random_key, sealed_by, signing, transfers},
};

#[tokio::test]
async fn a_wallet_of_each_type_is_made_found_and_signed_with() {
    let world = World::new();
    let pairing = world.pairing().await;
    for wallet_type in WalletType::ALL {
        let share = world.wallet_of(*wallet_type).await;
        assert_eq!(share.info().scheme, wallet_type.scheme());
        world.sign(&world.back_end(), &share, &pairing).await.unwrap();
    }
    let asked = json!({ "claimantId": { "email": EMAIL } });
    let found: Wallets = world.json(&world.back_end(), LOOKUP, asked).await.unwrap();
    let mut found: Vec<_> = found
        .wallets
        .iter()
        .map(|wallet| (wallet.wallet_type.as_str(), wallet.scheme.as_str()))
        .collect();
    found.sort_unstable();
    let expected = [
        ("COSMOS", "ecdsa-secp256k1"),
        ("EVM", "ecdsa-secp256k1"),
        ("SOLANA", "eddsa-ed25519"),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_type_of_another_scheme_makes_no_wallet() {
    let world = World::new();
    for (wallet_type, other) in [
        (WalletType::Evm, WalletType::Solana),
        (WalletType::Cosmos, WalletType::Solana),
        (WalletType::Solana, WalletType::Evm),
    ] {
        let context = context_of(other);
        let (_, commitment) = mpc::keygen::client_start(context.clone(), &mut OsRng).unwrap();
        let start = KeygenStart {
            context,
            wallet_type,
            claimant: ClaimantId::Email(EMAIL.to_owned()),
            commitment,
        };
        let refused = world.call(&world.back_end(), &start).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
}

// ── Sign ────────────────────────────────────────────────────────────────────────────────────────────────────────────

#[tokio::test]
async fn a_query_of_the_other_scheme_is_refused_and_costs_nothing() {
    let world = World::new();
    let pairing = world.pairing().await;
    let [one, two] = [
        world.wallet_of(EACH_SCHEME[0]).await,
        world.wallet_of(EACH_SCHEME[1]).await,
    ];
    let run = RunId::random(&mut OsRng);
    let (states, honest): (Vec<_>, Vec<_>) = [&one, &two]
        .map(|share| signing(share, &pairing, run))
        .into_iter()
        .unzip();
    let mut swapped = honest.clone();
    let [first, second] = swapped.as_mut_slice() else {
        panic!()
    };
    std::mem::swap(&mut first.query, &mut second.query);
    for message in &swapped {
        let refused = world.call(&world.back_end(), message).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
    // The runs were not used, nor the pairing burnt.
    for (state, message) in states.into_iter().zip(&honest) {
        let answer = world.call(&world.back_end(), message).await.unwrap();
        state.finish(answer).unwrap();
    }
}

#[tokio::test]
async fn children_sign_under_their_own_keys_where_the_scheme_has_them() {
    let world = World::new();
    let pairing = world.pairing().await;
    let digest = Digest([9; 32]);
    for wallet_type in [WalletType::Evm, WalletType::Cosmos] {
        let share = world.wallet_of(wallet_type).await;
        for indices in [vec![0, 7], vec![(1 << 31) - 1; Path::MAX_DEPTH]] {
            let path = Path::new(indices).unwrap();
            let (state, message) = child_signing(&share, &path, &pairing, digest);
            let SignAnswer::Ecdsa(answer) = world.call(&world.back_end(), &message).await.unwrap() else {
                panic!()
            };
            let signature = Signature::Ecdsa(state.finish(answer).unwrap());
            let child = share.info().child(&path).unwrap().public_key().unwrap();
            signature.verify(&child, &digest).unwrap();
            signature.verify(&share.public_key(), &digest).unwrap_err();
            // A query for one child is no query for another.
            let (_, mut message) = child_signing(&share, &path, &pairing, digest);
            let SignQuery::Ecdsa { path, .. } = &mut message.query else {
                panic!()
            };
            *path = Path::root();
            let refused = world.call(&world.back_end(), &message).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
        }
    }
}

fn child_signing(
    share: &Share,
    path: &Path,
    pairing: &ClientPairing,
    digest: Digest,
) -> (ecdsa::ClientAwaitingAnswer, Sign) {
    let run = RunId::random(&mut OsRng);
    let (state, query) = ecdsa::client_start(share, path, pairing, run, digest, &mut OsRng).unwrap();
    let query = SignQuery::Ecdsa {
        pairing: pairing.id(),
        path: path.clone(),
        digest,
        query,
    };
    let message = Sign {
        wallet: share.info().wallet,
        epoch: share.info().epoch,
        run,
        query,
    };
    (state, message)
}

fn message_signing(share: &Share, message: &[u8], run: RunId) -> (eddsa::ClientAwaitingAnswer, Sign) {
    // Of a message that is too long the client asks nothing: it is put in its place.
    let asked = message.get(..eddsa::MAX_MESSAGE).unwrap_or(message);
    let (state, query) = eddsa::client_start(share, run, asked, &mut OsRng).unwrap();
    let query = SignQuery::Eddsa {
        message: message.to_vec(),
        query,
    };
    let sign = Sign {
        wallet: share.info().wallet,
        epoch: share.info().epoch,
        run,
        query,
    };
    (state, sign)
}

#[tokio::test]
async fn an_ed25519_wallet_signs_messages_up_to_the_longest() {
    let world = World::of(WalletType::Solana);
    let share = world.wallet().await;
    for length in [0, 1, 1232, eddsa::MAX_MESSAGE] {
        let message = vec![5; length];
        let (state, sign) = message_signing(&share, &message, RunId::random(&mut OsRng));
        let SignAnswer::Eddsa(answer) = world.call(&world.back_end(), &sign).await.unwrap() else {
            panic!()
        };
        let signature = state.finish(answer).unwrap();
        signature.verify(&share.public_key(), &message).unwrap();
    }
    let (_, sign) = message_signing(&share, &vec![5; eddsa::MAX_MESSAGE + 1], RunId::random(&mut OsRng));
    assert_eq!(
        world.call(&world.back_end(), &sign).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn an_ed25519_run_is_answered_once_whatever_it_signs() {
    let world = World::of(WalletType::Solana);
    let (one, two) = (world.wallet().await, world.wallet().await);
    let run = RunId::random(&mut OsRng);
    let (state, first) = message_signing(&one, b"first", run);
    let (_, second) = message_signing(&one, b"second", run);
    let answer = world.call(&world.back_end(), &first).await.unwrap();
    for message in [&first, &second] {
        let refused = world.call(&world.back_end(), message).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
    }
    let SignAnswer::Eddsa(answer) = answer else { panic!() };
    state.finish(answer).unwrap();
    // Another wallet's runs are its own.
    let (_, other) = message_signing(&two, b"first", run);
    world.call(&world.back_end(), &other).await.unwrap();
}

#[tokio::test]
async fn an_ed25519_query_about_something_else_is_refused() {
    let world = World::of(WalletType::Solana);
    let (one, two) = (world.wallet().await, world.wallet().await);
    let mut forgeries: Vec<Sign> = (0..3)
        .map(|_| message_signing(&one, b"honest", RunId::random(&mut OsRng)).1)
        .collect();
    let SignQuery::Eddsa { message, .. } = &mut forgeries[0].query else {
        panic!()
    };
    *message = b"forged".to_vec();
    forgeries[1].run = RunId::random(&mut OsRng);
    forgeries[2].wallet = two.info().wallet;
    for forgery in forgeries {
        let refused = world.call(&world.back_end(), &forgery).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
    }
}

// ── Claim ───────────────────────────────────────────────────────────────────────────────────────────────────────────

#[tokio::test]
async fn wallets_of_both_schemes_are_claimed_at_once_and_their_old_shares_are_dead() {
    let world = World::new();
    let mut old = Vec::new();
    for wallet_type in [
        WalletType::Solana,
        WalletType::Evm,
        WalletType::Solana,
        WalletType::Cosmos,
    ] {
        old.push(world.wallet_of(wallet_type).await);
    }
    let old: Vec<_> = old.iter().collect();
    let browser = Browser::new();
    let (prepared, receipts) = browser.claim(&world, &old).await;
    for (receipt, key) in receipts.iter().zip(&prepared.started.transcript.keys) {
        let statement = browser.statement(&prepared, key);
        assert_eq!(receipt.body.statement, statement);
        statement.verify_shares().unwrap();
        statement.verify_signature(&receipt.body.wallet_signature).unwrap();
    }
    let session = random_key();
    browser.unlock(&world, &session, &old).await.unwrap();
    let back_ends = world.pairing().await;
    for (old, new) in old.iter().zip(&prepared.shares) {
        let refused = world.sign(&world.back_end(), old, &back_ends).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
        let refused = world.sign(&sealed_by(&session), old, &prepared.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
        world.sign(&sealed_by(&session), new, &prepared.pairing).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_without_a_pairing_signs_and_may_make_one_later() {
    let world = World::of(WalletType::Solana);
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    assert!(prepared.pairing.is_none());
    let session = random_key();
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    let caller = sealed_by(&session);
    world.sign(&caller, &prepared.shares[0], None).await.unwrap();
    world.pairing_of(&caller).await.unwrap();
    world.sign(&caller, &prepared.shares[0], None).await.unwrap();
}

/// A first message of a refresh, with or without a pairing.
fn refreshing(started: &Started, shares: &[&Share], pairing: Option<PairingId>) -> ClaimRefresh {
    let run = RunId::random(&mut OsRng);
    let commitments = shares
        .iter()
        .map(|share| {
            mpc::refresh::client_start(share, run, &started.hash(), &mut OsRng)
                .unwrap()
                .1
        })
        .collect();
    ClaimRefresh {
        claim: started.offer.claim,
        run,
        pairing,
        commitments,
    }
}

fn rows(world: &World) -> (u32, u32, u32) {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let count = |query: &str| db.query_row(query, [], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM claims"),
        count("SELECT count(*) FROM pairings"),
        count("SELECT count(*) FROM shares WHERE state <> 'active'"),
    )
}

#[tokio::test]
async fn a_pairing_is_made_where_a_wallet_of_the_claim_needs_it_and_only_there() {
    let world = World::new();
    let evm = world.wallet_of(WalletType::Evm).await;
    let solana = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let caller = sealed_by(&browser.key);
    for shares in [vec![&evm], vec![&solana], vec![&evm, &solana], vec![&solana, &evm]] {
        let needed = shares.iter().any(|share| share.info().scheme == Scheme::EcdsaSecp256k1);
        let wrong = (!needed).then(|| PairingId::random(&mut OsRng));
        let started = browser
            .start(&world, world.ticket(&shares, &browser.key), &shares)
            .await
            .unwrap();
        let refused = world.call(&caller, &refreshing(&started, &shares, wrong)).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
        // The transfers' answer where there are no transfers, and none where there are.
        let started = browser
            .start(&world, world.ticket(&shares, &browser.key), &shares)
            .await
            .unwrap();
        let mut refreshed = browser.refresh(&world, started, &shares).await.unwrap();
        refreshed.prepare.transfers = match refreshed.prepare.transfers {
            Some(_) => None,
            None => Some(some_answer()),
        };
        let refused = browser.prepare(&world, refreshed).await;
        assert_eq!(refused.err(), Some(ErrorCode::InvalidArgument));
    }
    assert_eq!(rows(&world), (0, 0, 0));
    browser.claim(&world, &[&evm, &solana]).await;
}

/// An answer that would be right of another pairing.
fn some_answer() -> pairing::TransferAnswer {
    let id = PairingId::random(&mut OsRng);
    let (_, offer) = pairing::co_signer_start(id, &mut OsRng);
    transfers(pairing::client_start(id, offer).unwrap()).1
}

#[tokio::test]
async fn a_query_of_the_other_scheme_confirms_nothing_and_costs_nothing() {
    let world = World::new();
    let evm = world.wallet_of(WalletType::Evm).await;
    let solana = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&evm, &solana]).await;
    let mut confirming = browser.confirming(&prepared);
    confirming.confirm.queries.reverse();
    let refused = world.call(&sealed_by(&browser.key), &confirming.confirm).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    browser.commit(&world, &commit).await.unwrap();
}

#[tokio::test]
async fn an_ed25519_query_for_anything_but_the_statement_ends_the_claim() {
    let world = World::of(WalletType::Solana);
    let share = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let mut confirming = browser.confirming(&prepared);
    let run = RunId::random(&mut OsRng);
    let (_, query) = Signing::start(&prepared.shares[0], None, run, Digest([1; 32]));
    assert!(matches!(query, ConfirmQuery::Eddsa(_)));
    confirming.confirm.queries = vec![(run, query)];
    let refused = world.call(&sealed_by(&browser.key), &confirming.confirm).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
    assert_eq!(
        browser.confirm(&world, &prepared).await.unwrap_err(),
        ErrorCode::ClaimExpired
    );
    world.sign(&world.back_end(), &share, None).await.unwrap();
}

#[tokio::test]
async fn a_signature_of_the_other_scheme_commits_nothing_and_costs_nothing() {
    let world = World::new();
    let evm = world.wallet_of(WalletType::Evm).await;
    let solana = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&evm, &solana]).await;
    let honest = browser.confirm(&world, &prepared).await.unwrap();
    let mut swapped = honest.clone();
    swapped.signatures.reverse();
    let mut only_ecdsa = honest.clone();
    only_ecdsa.signatures[1] = honest.signatures[0];
    let mut only_eddsa = honest.clone();
    only_eddsa.signatures[0] = honest.signatures[1];
    for wrong in [swapped, only_ecdsa, only_eddsa] {
        assert_eq!(
            browser.commit(&world, &wrong).await.unwrap_err(),
            ErrorCode::PeerMisbehaved
        );
    }
    let pairing = world.pairing().await;
    for share in [&evm, &solana] {
        world.sign(&world.back_end(), share, &pairing).await.unwrap();
    }
    browser.commit(&world, &honest).await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_other_scheme_under_a_wallets_name_is_no_share_of_it() {
    let world = World::new();
    let evm = world.wallet_of(WalletType::Evm).await;
    let solana = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let key = |share: &Share, wallet: WalletId| ClaimedKey {
        wallet,
        ..ClaimedKey::of(share.info()).unwrap()
    };
    for (share, other) in [(&evm, &solana), (&solana, &evm)] {
        let mut scheme_alone = ClaimedKey::of(share.info()).unwrap();
        scheme_alone.scheme = other.info().scheme;
        for wrong in [key(other, share.info().wallet), scheme_alone] {
            let start = browser.start_of(world.ticket(&[share], &browser.key), vec![wrong]);
            let refused = world.call(&sealed_by(&browser.key), &start).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::ShareInvalid);
        }
    }
}
