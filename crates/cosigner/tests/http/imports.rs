//! A back end brings a key that exists.

use cosigner::{api_key::Scope, keys};
use mpc::{Epoch, RunId, Share, import, keygen, refresh};
use rand_core::{OsRng, RngCore};
use serde_json::json;
use wire::{
    ClaimantId, ErrorCode, WalletType,
    ceremony::{ImportFinish, ImportStart},
    control::{LOOKUP, Wallets},
};

use crate::{
    browser::Browser,
    world::{Caller, EACH_SCHEME, EMAIL, World, bearer, context_of, random_key, sealed_by},
};

/// A key below both orders.
pub(crate) fn key() -> [u8; 32] {
    let mut key = [0; 32];
    OsRng.fill_bytes(&mut key[1..31]);
    key
}

/// What is sent first, and the client's side of it: its share of epoch 0, and its refresh.
pub(crate) fn started(
    context: &keygen::Context,
    wallet_type: WalletType,
    key: &[u8; 32],
) -> (Share, refresh::ClientAwaitingOffer, ImportStart) {
    let (dealt, deal) = import::client_start(context, key, [3; 32], &mut OsRng).unwrap();
    let (state, commitment) = refresh::client_start(&dealt, context.run, &dealt.info().key_id, &mut OsRng).unwrap();
    let start = ImportStart {
        context: context.clone(),
        wallet_type,
        claimant: ClaimantId::Email(EMAIL.to_owned()),
        deal,
        commitment,
    };
    (dealt, state, start)
}

/// An import up to its last request.
async fn finishing(
    world: &World,
    wallet_type: WalletType,
) -> (keygen::Context, refresh::ClientAwaitingProof, ImportFinish) {
    finishing_of(world, wallet_type, &key()).await
}

async fn finishing_of(
    world: &World,
    wallet_type: WalletType,
    key: &[u8; 32],
) -> (keygen::Context, refresh::ClientAwaitingProof, ImportFinish) {
    let context = context_of(wallet_type);
    let (_, state, start) = started(&context, wallet_type, key);
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    let (state, opening) = state.receive(offer, &mut OsRng).unwrap();
    let run = context.run;
    (context, state, ImportFinish { run, opening })
}

/// Imports a key, and gives the prepared share.
pub(crate) async fn imported(world: &World, wallet_type: WalletType, key: &[u8; 32]) -> Share {
    let (_, state, finish) = finishing_of(world, wallet_type, key).await;
    state
        .receive(world.call(&world.back_end(), &finish).await.unwrap())
        .unwrap()
}

fn stored(world: &World) -> (Vec<(u32, String)>, Vec<String>) {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let mut shares = db.prepare("SELECT epoch, state FROM shares ORDER BY epoch").unwrap();
    let shares = shares.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut events = db
        .prepare("SELECT event FROM audit WHERE wallet IS NOT NULL ORDER BY seq")
        .unwrap();
    let events = events.query_map([], |row| row.get(0)).unwrap();
    (
        shares.map(Result::unwrap).collect(),
        events.map(Result::unwrap).collect(),
    )
}

#[tokio::test]
async fn an_imported_key_is_refreshed_stored_at_epoch_one_found_and_signed_with() {
    for wallet_type in WalletType::ALL {
        let world = World::new();
        let context = context_of(*wallet_type);
        let (dealt, state, start) = started(&context, *wallet_type, &key());
        let offer = world.call(&world.back_end(), &start).await.unwrap();
        // Nothing of what was dealt is kept.
        assert_eq!(stored(&world), (vec![], vec![]));
        let (state, opening) = state.receive(offer, &mut OsRng).unwrap();
        let run = context.run;
        let proof = world
            .call(&world.back_end(), &ImportFinish { run, opening })
            .await
            .unwrap();
        let share = state.receive(proof).unwrap();
        assert_eq!(share.info().epoch, Epoch(1));
        assert_eq!(share.public_key(), dealt.public_key());
        assert_ne!(share.info().co_signer, dealt.info().co_signer);
        let kept = (vec![(1, "active".to_owned())], vec!["wallet_imported".to_owned()]);
        assert_eq!(stored(&world), kept);
        let asked = json!({ "claimantId": { "email": EMAIL } });
        let found: Wallets = world.json(&world.back_end(), LOOKUP, asked).await.unwrap();
        let [wallet] = found.wallets.as_slice() else { panic!() };
        assert_eq!(
            (wallet.wallet_type, wallet.epoch, wallet.claimed, wallet.imported),
            (*wallet_type, 1, false, true)
        );
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &share, &pairing).await.unwrap();
        // The share that was dealt signs nothing.
        let refused = world.sign(&world.back_end(), &dealt, &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
    }
}

#[tokio::test]
async fn an_imported_wallet_is_claimed_like_any_other() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (imported, generated) = (imported(&world, wallet_type, &key()).await, world.wallet().await);
        let browser = Browser::new();
        let (prepared, receipts) = browser.claim(&world, &[&imported, &generated]).await;
        let epochs: Vec<_> = receipts
            .iter()
            .map(|receipt| (receipt.body.retired, receipt.body.statement.epoch))
            .collect();
        assert_eq!(epochs, [(Epoch(1), Epoch(2)), (Epoch(0), Epoch(1))]);
        let imported_ones: Vec<_> = receipts.iter().map(|receipt| receipt.body.imported).collect();
        assert_eq!(imported_ones, [true, false]);
        let session = random_key();
        browser.unlock(&world, &session, &[&imported]).await.unwrap();
        let caller = sealed_by(&session);
        let refused = world.sign(&caller, &imported, &prepared.pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
        world
            .sign(&caller, &prepared.shares[0], &prepared.pairing)
            .await
            .unwrap();
        let pairing = world.pairing().await;
        let refused = world.sign(&world.back_end(), &imported, &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::AlreadyClaimed);
    }
}

#[tokio::test]
async fn a_finished_import_that_comes_again_gets_the_same_answer_also_after_a_restart() {
    let mut world = World::new();
    let (_, _, finish) = finishing(&world, WalletType::Solana).await;
    let first = world.call(&world.back_end(), &finish).await.unwrap();
    assert_eq!(world.call(&world.back_end(), &finish).await.unwrap(), first);
    world.restart();
    assert_eq!(world.call(&world.back_end(), &finish).await.unwrap(), first);
    // Another key of the same back end has no part in it.
    let other = keys::create(&world.state, "other", Scope::ALL).unwrap();
    let refused = world.call(&bearer(&other), &finish).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    assert_eq!(stored(&world).1, ["wallet_imported"]);
}

#[tokio::test]
async fn an_import_is_good_for_one_finish_within_a_minute_and_ends_with_the_process() {
    let mut world = World::new();
    let context = context_of(WalletType::Evm);
    let (_, state, start) = started(&context, WalletType::Evm, &key());
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    // The run is under way.
    assert_eq!(
        world.call(&world.back_end(), &start).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let (_, opening) = state.receive(offer, &mut OsRng).unwrap();
    let finish = ImportFinish {
        run: context.run,
        opening,
    };
    let other_run = ImportFinish {
        run: RunId::random(&mut OsRng),
        ..finish.clone()
    };
    let other_key = keys::create(&world.state, "other", Scope::ALL).unwrap();
    for (caller, finish) in [(world.back_end(), &other_run), (bearer(&other_key), &finish)] {
        let refused = world.call(&caller, finish).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
    world.pass(60);
    assert_eq!(
        world.call(&world.back_end(), &finish).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let (_, _, finish) = finishing(&world, WalletType::Evm).await;
    world.restart();
    assert_eq!(
        world.call(&world.back_end(), &finish).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    assert_eq!(stored(&world), (vec![], vec![]));
}

#[tokio::test]
async fn a_wrong_opening_ends_the_import_and_stores_nothing() {
    let world = World::new();
    let (_, _, one) = finishing(&world, WalletType::Evm).await;
    let (_, _, two) = finishing(&world, WalletType::Evm).await;
    let swapped = ImportFinish {
        run: two.run,
        ..one.clone()
    };
    assert_eq!(
        world.call(&world.back_end(), &swapped).await.unwrap_err(),
        ErrorCode::PeerMisbehaved
    );
    assert_eq!(
        world.call(&world.back_end(), &two).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    assert_eq!(stored(&world), (vec![], vec![]));
    world.call(&world.back_end(), &one).await.unwrap();
}

#[tokio::test]
async fn a_deal_of_another_wallet_run_or_scheme_is_refused() {
    let world = World::new();
    for wallet_type in EACH_SCHEME {
        let context = context_of(wallet_type);
        let other = context_of(wallet_type);
        let (_, _, mut wallet) = started(&context, wallet_type, &key());
        wallet.context.wallet = other.wallet;
        let (_, _, mut run) = started(&context, wallet_type, &key());
        run.context.run = other.run;
        for start in [wallet, run] {
            assert_eq!(
                world.call(&world.back_end(), &start).await.unwrap_err(),
                ErrorCode::PeerMisbehaved
            );
        }
    }
    // A type whose scheme is another; and a deal of another scheme than both say.
    let context = context_of(WalletType::Evm);
    let (_, _, start) = started(&context, WalletType::Solana, &key());
    assert_eq!(
        world.call(&world.back_end(), &start).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    let (_, _, mut start) = started(&context, WalletType::Solana, &key());
    start.context.scheme = WalletType::Solana.scheme();
    assert_eq!(
        world.call(&world.back_end(), &start).await.unwrap_err(),
        ErrorCode::PeerMisbehaved
    );
    assert_eq!(stored(&world), (vec![], vec![]));
}

#[tokio::test]
async fn an_import_takes_no_wallet_id_that_there_is() {
    let world = World::new();
    let mut context = context_of(WalletType::Evm);
    context.wallet = world.wallet().await.info().wallet;
    let (_, _, start) = started(&context, WalletType::Evm, &key());
    assert_eq!(
        world.call(&world.back_end(), &start).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
    // Two imports under one id: the second to finish is refused.
    let one = context_of(WalletType::Evm);
    let mut two = context_of(WalletType::Evm);
    two.wallet = one.wallet;
    let mut finishes = Vec::new();
    for context in [one, two] {
        let (_, state, start) = started(&context, WalletType::Evm, &key());
        let offer = world.call(&world.back_end(), &start).await.unwrap();
        let (_, opening) = state.receive(offer, &mut OsRng).unwrap();
        finishes.push(ImportFinish {
            run: context.run,
            opening,
        });
    }
    world.call(&world.back_end(), &finishes[0]).await.unwrap();
    assert_eq!(
        world.call(&world.back_end(), &finishes[1]).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn a_key_is_a_wallet_s_once() {
    let world = World::new();
    let key = key();
    // Two imports of one key: the second to finish is refused, and so is each that comes later.
    let (_, _, one) = finishing_of(&world, WalletType::Evm, &key).await;
    let (_, _, two) = finishing_of(&world, WalletType::Cosmos, &key).await;
    let first = world.call(&world.back_end(), &one).await.unwrap();
    let (_, _, three) = finishing_of(&world, WalletType::Evm, &key).await;
    for again in [two, three] {
        let refused = world.call(&world.back_end(), &again).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
    assert_eq!(stored(&world).1, ["wallet_imported"]);
    // The one that was stored is still answered.
    assert_eq!(world.call(&world.back_end(), &one).await.unwrap(), first);
}

#[tokio::test]
async fn an_import_needs_its_scope_at_both_steps_and_a_claimant() {
    let world = World::new();
    let others: Vec<_> = Scope::ALL
        .iter()
        .copied()
        .filter(|scope| *scope != Scope::WalletsImport)
        .collect();
    let without = keys::create(&world.state, "others", &others).unwrap();
    let (context, _, finish) = finishing(&world, WalletType::Evm).await;
    let (_, _, start) = started(&context, WalletType::Evm, &key());
    for caller in [bearer(&without), Caller::default()] {
        assert_eq!(world.call(&caller, &start).await.unwrap_err(), ErrorCode::NotAuthorised);
        assert_eq!(
            world.call(&caller, &finish).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
    }
    let mut nobody = start;
    nobody.claimant = ClaimantId::Email("nobody".to_owned());
    assert_eq!(
        world.call(&world.back_end(), &nobody).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn an_import_that_can_not_be_stored_is_told_so() {
    let world = World::new();
    let (_, _, finish) = finishing(&world, WalletType::Evm).await;
    let other = rusqlite::Connection::open(&world.config.database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(
        world.call(&world.back_end(), &finish).await.unwrap_err(),
        ErrorCode::StorageUnavailable
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(stored(&world), (vec![], vec![]));
}
