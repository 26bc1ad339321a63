//! Somebody else writes into the database: a typed error, no panic, and nothing signed that should not be.

use mpc::Share;
use rusqlite::{Connection, params};
use wire::{ErrorCode, WalletType};

use crate::{
    browser::Browser,
    exports, imports,
    world::{EACH_SCHEME, World, random_key, sealed_by},
};

fn open(world: &World) -> Connection {
    let db = Connection::open(&world.config.database).unwrap();
    db.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
        .unwrap();
    db
}

fn blob(db: &Connection, query: &str) -> Vec<u8> {
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_flipped_bit_in_a_stored_share_or_pairing_is_noticed() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (share, pairing) = (world.wallet().await, world.pairing().await);
        let db = open(&world);
        for (table, column) in [
            ("shares", "sealed"),
            ("shares", "wrapped_key"),
            ("pairings", "sealed"),
            ("pairings", "wrapped_key"),
        ] {
            if table == "pairings" && wallet_type.scheme() == mpc::Scheme::EddsaEd25519 {
                continue; // Signs without one.
            }
            let of = format!("(SELECT secret FROM {table})");
            let honest = blob(&db, &format!("SELECT {column} FROM secrets WHERE id = {of}"));
            let update = format!("UPDATE secrets SET {column} = ?1 WHERE id = {of}");
            for position in [0, 11, 12, honest.len() / 2, honest.len() - 1] {
                let mut changed = honest.clone();
                changed[position] ^= 1;
                db.execute(&update, [changed]).unwrap();
                let refused = world.sign(&world.back_end(), &share, &pairing).await;
                assert_eq!(
                    refused.unwrap_err(),
                    ErrorCode::Internal,
                    "{table}.{column} at {position}"
                );
            }
            for changed in [vec![], vec![0; 5], honest[..honest.len() - 1].to_vec()] {
                db.execute(&update, [changed]).unwrap();
                let refused = world.sign(&world.back_end(), &share, &pairing).await;
                assert_eq!(refused.unwrap_err(), ErrorCode::Internal);
            }
            db.execute(&update, [honest]).unwrap();
        }
        world.sign(&world.back_end(), &share, &pairing).await.unwrap();
    }
}

#[tokio::test]
async fn a_row_of_another_wallet_or_epoch_does_not_open() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (one, two, pairing) = (world.wallet().await, world.wallet().await, world.pairing().await);
        let db = open(&world);
        let row = |share: &Share| -> (Vec<u8>, Vec<u8>) {
            let query = "SELECT wrapped_key, sealed FROM shares JOIN secrets ON id = secret WHERE wallet = ?1";
            db.query_row(query, [share.info().wallet.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
        };
        let (row, own) = (row(&two), row(&one));
        let put = |row: &(Vec<u8>, Vec<u8>)| {
            db.execute(
                "UPDATE secrets SET wrapped_key = ?2, sealed = ?3 WHERE id = (SELECT secret FROM shares WHERE wallet = ?1)",
                params![one.info().wallet.0, row.0, row.1],
            )
            .unwrap()
        };
        put(&row);
        let refused = world.sign(&world.back_end(), &one, &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::Internal);
        put(&own);
        world.sign(&world.back_end(), &one, &pairing).await.unwrap();

        // An epoch 0 that is called epoch 1 does not open as such.
        db.execute("UPDATE wallets SET epoch = 1", []).unwrap();
        db.execute("UPDATE shares SET epoch = 1", []).unwrap();
        let mut share = crate::world::signing(&one, &pairing, mpc::RunId([1; 16])).1;
        share.epoch = mpc::Epoch(1);
        assert_eq!(
            world.call(&world.back_end(), &share).await.unwrap_err(),
            ErrorCode::Internal
        );
    }
}

#[tokio::test]
async fn columns_that_are_not_of_their_form_are_faults_and_not_panics() {
    for wallet_type in EACH_SCHEME {
        let damages = [
            "UPDATE wallets SET public_key = zeroblob(33)",
            "UPDATE wallets SET public_key = x'02'",
            "UPDATE wallets SET claimant = x''",
            "UPDATE wallets SET scheme = 9",
            "UPDATE wallets SET scheme = 3 - scheme",
            "UPDATE wallets SET type = 'OTHER'",
            "UPDATE wallets SET type = CASE type WHEN 'SOLANA' THEN 'EVM' ELSE 'SOLANA' END",
            "UPDATE wallets SET epoch = -1",
            "UPDATE wallets SET epoch = 4294967296",
            "UPDATE wallets SET created_at = -1",
            "UPDATE shares SET state = 'other'",
            "UPDATE pairings SET owner_kind = 'other'",
            "UPDATE pairings SET owner = x'01'",
            "UPDATE api_keys SET scopes = 'everything'",
            "UPDATE api_keys SET secret_hash = x'01'",
        ];
        for damage in damages {
            if damage.contains("pairings") && wallet_type.scheme() == mpc::Scheme::EddsaEd25519 {
                continue; // Signs without one.
            }
            let world = World::of(wallet_type);
            let (share, pairing) = (world.wallet().await, world.pairing().await);
            open(&world).execute_batch(damage).unwrap();
            let refused = world.sign(&world.back_end(), &share, &pairing).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::Internal, "{damage}");
        }
    }
}

#[tokio::test]
async fn damage_to_a_claim_or_session_is_a_fault_and_not_a_panic() {
    for wallet_type in EACH_SCHEME {
        let damages = [
            "UPDATE claims SET transcript = x'00'",
            "UPDATE claims SET phase = 'other'",
            "UPDATE claims SET browser = x'00'",
            "UPDATE claims SET receipt_claimant = x'00'",
            "UPDATE claims SET credential_key = NULL",
            "UPDATE claims SET pairing = x'00'",
            "DELETE FROM shares WHERE state = 'pending'",
        ];
        for damage in damages {
            let world = World::of(wallet_type);
            let share = world.wallet().await;
            let browser = Browser::new();
            let prepared = browser.prepared(&world, &[&share]).await;
            let commit = browser.confirm(&world, &prepared).await.unwrap();
            open(&world).execute_batch(damage).unwrap();
            assert_eq!(
                browser.commit(&world, &commit).await.unwrap_err(),
                ErrorCode::Internal,
                "{damage}"
            );
        }
        for damage in [
            "UPDATE claims SET receipts = x'00'",
            "UPDATE claims SET commit_request = x'00'",
        ] {
            let world = World::of(wallet_type);
            let share = world.wallet().await;
            let browser = Browser::new();
            let prepared = browser.prepared(&world, &[&share]).await;
            let commit = browser.confirm(&world, &prepared).await.unwrap();
            browser.commit(&world, &commit).await.unwrap();
            open(&world).execute_batch(damage).unwrap();
            assert_eq!(
                browser.commit(&world, &commit).await.unwrap_err(),
                ErrorCode::Internal,
                "{damage}"
            );
        }
        let world = World::of(wallet_type);
        let share = world.wallet().await;
        let browser = Browser::new();
        let (prepared, _) = browser.claim(&world, &[&share]).await;
        let session = random_key();
        browser.unlock(&world, &session, &[&share]).await.unwrap();
        let caller = sealed_by(&session);
        let sign = || world.sign(&caller, &prepared.shares[0], &prepared.pairing);
        sign().await.unwrap();
        open(&world)
            .execute_batch("UPDATE sessions SET wallets = x'0102'")
            .unwrap();
        assert_eq!(sign().await.unwrap_err(), ErrorCode::Internal);
        open(&world)
            .execute_batch("UPDATE credentials SET public_key = x'00'")
            .unwrap();
        let refused = browser.unlock(&world, &session, &[&share]).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::Internal);
    }
}

#[test]
fn what_lies_in_the_database_names_nobody_and_opens_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = exports::allowing();
    let browser = Browser::new();
    let imported = imports::key();
    let (share, revealed) = runtime.block_on(async {
        imports::imported(&world, WalletType::Solana, &imported).await;
        let share = world.wallet().await;
        world.pairing().await;
        let (prepared, _) = browser.claim(&world, &[&share]).await;
        let session = random_key();
        browser.unlock(&world, &session, &[&share]).await.unwrap();
        let revealed = exports::exported(&world, &browser, &session, &prepared.shares[0]).await;
        (share, borsh::to_vec(&revealed).unwrap())
    });
    world.state.sweep().unwrap();
    let mut found = std::fs::read(&world.config.database).unwrap();
    found.extend(std::fs::read(world.folder.path().join("cosigner.db-wal")).unwrap_or_default());
    let contains = |needle: &[u8]| found.windows(needle.len()).any(|window| window == needle);
    // The search finds what is there in the clear.
    assert!(contains(&share.info().wallet.0));
    let claimant = mpc::tags::hash(wire::statement::CLAIMANT, &[b"email", crate::world::EMAIL.as_bytes()]);
    assert!(!contains(&claimant), "an unkeyed hash of the claimant");
    assert!(!contains(crate::world::EMAIL.as_bytes()), "the claimant");
    assert!(!contains(&imported), "an imported key");
    assert!(!contains(&revealed), "a revealed share");
    assert!(
        !contains(world.key.to_text().rsplit('_').next().unwrap().as_bytes()),
        "an API key"
    );
    let kek = std::fs::read(world.folder.path().join("kek")).unwrap();
    assert!(!contains(kek.trim_ascii()), "the key-encryption key");
}

#[cfg(unix)]
#[tokio::test]
async fn database_and_key_are_this_users_only() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.wallet().await;
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}
