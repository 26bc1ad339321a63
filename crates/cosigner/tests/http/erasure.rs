//! What was erased is nowhere: not in the database's file, not in its free pages, not in the write-ahead log. Not eight bytes of it, of
//! the ciphertext or of the key that would open it.

use std::collections::HashSet;

use cosigner::store::Swept;
use mpc::{Share, WalletId};
use rand_core::{OsRng, RngCore};
use rusqlite::{Connection, params};
use wire::{ErrorCode, WalletType, ceremony::ResumeOutcome};

use crate::{
    browser::Browser,
    burns::cheat,
    passkeys::Owner,
    resuming::resume,
    world::{World, random_key, sealed_by},
};

/// Bytes that are looked for at once.
const WINDOW: usize = 8;

/// Every secret that a query finds, cut into pieces.
struct Traces(HashSet<[u8; WINDOW]>);

impl Traces {
    fn of(world: &World, query: &str, params: impl rusqlite::Params) -> Self {
        let db = Connection::open(&world.config.database).unwrap();
        let mut statement = db.prepare(query).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query(params).unwrap();
        let mut found = HashSet::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let secret: Vec<u8> = row.get(column).unwrap();
                found.extend(secret.array_windows::<WINDOW>().copied());
            }
        }
        assert!(!found.is_empty(), "{query}");
        Self(found)
    }

    fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// How much of it lies in any file of the folder.
    fn left(&self, world: &World) -> usize {
        let files = std::fs::read_dir(world.folder.path()).unwrap();
        let left = files.map(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let windows = bytes.array_windows::<WINDOW>();
            windows.filter(|window| self.0.contains(*window)).count()
        });
        left.sum()
    }
}

const SHARES: &str = "SELECT wrapped_key, sealed FROM shares JOIN secrets ON id = secret WHERE state = ?1";
const SHARE: &str =
    "SELECT wrapped_key, sealed FROM shares JOIN secrets ON id = secret WHERE wallet = ?1 AND epoch = ?2";
const COPIES: &str = "SELECT sealed FROM copies JOIN secrets ON id = secret";
const PAIRING: &str = "SELECT wrapped_key, sealed FROM pairings p JOIN secrets s ON s.id = p.secret WHERE p.id = ?1";

fn share_of(world: &World, wallet: WalletId, epoch: u32) -> Traces {
    Traces::of(world, SHARE, params![wallet.0, epoch])
}

/// A wallet whose claim is committed, and nothing erased.
async fn claimed(world: &World) -> (Share, Browser, [u8; 16], Share) {
    let old = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(world, &[&old]).await;
    let claim = prepared.started.offer.claim;
    (old, browser, claim, prepared.shares.into_iter().next().unwrap())
}

#[tokio::test]
async fn a_retired_share_is_nowhere_when_its_acknowledgement_is_answered() {
    let world = World::new();
    // So many that rows move from page to page.
    let mut claims = Vec::new();
    for _ in 0..30 {
        claims.push(claimed(&world).await);
    }
    let all = Traces::of(&world, SHARES, ["retired"]);
    assert!(all.left(&world) > 0);
    for (old, browser, claim, _) in &claims {
        let retired = share_of(&world, old.info().wallet, 0);
        assert!(retired.left(&world) > 0);
        browser.acknowledge(&world, *claim).await.unwrap();
        assert_eq!(retired.left(&world), 0);
    }
    assert_eq!(all.left(&world), 0);
    // What lives lies there, and is found.
    assert!(Traces::of(&world, SHARES, ["active"]).left(&world) > 0);
}

#[tokio::test]
async fn a_share_that_a_later_epoch_retired_is_nowhere_when_that_epoch_has_signed() {
    let world = World::new();
    let (old, browser, claim, new) = claimed(&world).await;
    browser.acknowledge(&world, claim).await.unwrap();
    let wallet = old.info().wallet;
    // As a rotation will leave one behind.
    let mut secret = [[0; 300]; 2];
    secret.iter_mut().for_each(|secret| OsRng.fill_bytes(secret));
    let db = Connection::open(&world.config.database).unwrap();
    let [key, sealed] = secret;
    db.execute(
        "INSERT INTO secrets (wrapped_key, sealed) VALUES (?1, ?2)",
        [key, sealed],
    )
    .unwrap();
    db.execute(
        "INSERT INTO shares (wallet, epoch, state, retired_at, secret) VALUES (?1, 0, 'retired', 1, last_insert_rowid())",
        [wallet.0],
    )
    .unwrap();
    drop(db);
    let retired = share_of(&world, wallet, 0);
    assert!(retired.left(&world) > 0);
    let session = random_key();
    browser.unlock(&world, &session, &[&new]).await.unwrap();
    world.sign(&sealed_by(&session), &new, None).await.unwrap();
    assert_eq!(retired.left(&world), 0);
}

#[tokio::test]
async fn what_nobody_acknowledged_is_nowhere_after_the_sweep_that_erases_it() {
    let world = World::new();
    let (old, ..) = claimed(&world).await;
    let retired = share_of(&world, old.info().wallet, 0);
    world.pass(24 * 60 * 60 + 1);
    assert_eq!(world.state.sweep().unwrap().retired, 1);
    assert_eq!(retired.left(&world), 0);
}

#[tokio::test]
async fn a_claim_that_ended_leaves_neither_shares_nor_copies_nor_its_pairing() {
    let world = World::new();
    let old = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&old]).await;
    browser.confirm(&world, &prepared).await.unwrap();
    let claim = prepared.started.offer.claim;
    let pairing = prepared.pairing.as_ref().unwrap().id();
    let pending = Traces::of(&world, SHARES, ["pending"])
        .and(Traces::of(&world, COPIES, []))
        .and(Traces::of(&world, PAIRING, [pairing.0]));
    assert!(pending.left(&world) > 0);
    let outcome = resume(&world, claim, &prepared.shares).await.unwrap();
    assert_eq!(outcome, [ResumeOutcome::Ended]);
    assert_eq!(pending.left(&world), 0);
}

#[tokio::test]
async fn a_copy_for_passkeys_that_are_not_the_wallets_any_more_is_nowhere_when_the_change_is_answered() {
    let world = World::new();
    let owner = Owner::of(&world, &[WalletType::Evm, WalletType::Solana]).await;
    let phone = Browser::new();
    for removes in [false, true] {
        let exchanged = Traces::of(&world, COPIES, []);
        assert!(exchanged.left(&world) > 0);
        match removes {
            false => owner.add(&world, &phone).await.unwrap(),
            true => owner.remove(&world, &phone).await.unwrap(),
        };
        assert_eq!(exchanged.left(&world), 0);
        // What took its place lies there, and is found.
        assert!(Traces::of(&world, COPIES, []).left(&world) > 0);
    }
    // And what a rotation that it ended had sealed.
    let prepared = owner.rotating(&world).await.unwrap();
    owner.browser.confirm(&world, &prepared).await.unwrap();
    let pending = Traces::of(&world, SHARES, ["pending"]).and(Traces::of(&world, COPIES, []));
    assert!(pending.left(&world) > 0);
    owner.add(&world, &Browser::new()).await.unwrap();
    assert_eq!(pending.left(&world), 0);
}

#[tokio::test]
async fn a_claim_that_a_later_one_replaced_is_nowhere_after_the_next_sweep() {
    let world = World::new();
    let old = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    browser.prepared(&world, &[&old]).await;
    let pending = Traces::of(&world, SHARES, ["pending"]);
    browser.claim(&world, &[&old]).await;
    assert_eq!(world.state.sweep().unwrap(), Swept::default());
    assert_eq!(pending.left(&world), 0);
}

#[tokio::test]
async fn a_burnt_pairing_is_nowhere_when_its_burn_is_answered() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let secret = Traces::of(&world, PAIRING, [pairing.id().0]);
    assert!(secret.left(&world) > 0);
    assert_eq!(
        cheat(&world, &world.back_end(), &share, &pairing).await,
        ErrorCode::PeerMisbehaved
    );
    assert_eq!(secret.left(&world), 0);
    // And with its API key.
    let other = world.pairing().await;
    let secret = Traces::of(&world, PAIRING, [other.id().0]);
    cosigner::keys::revoke(&world.state, world.key.id()).unwrap();
    assert_eq!(secret.left(&world), 0);
}

#[tokio::test]
async fn a_proof_key_is_nowhere_when_its_rotation_is_answered() {
    let world = World::new();
    cosigner::proof_keys::rotate(&world.state).unwrap();
    let query = "SELECT wrapped_key, sealed FROM proof_keys JOIN secrets ON id = secret";
    let secret = Traces::of(&world, query, []);
    assert!(secret.left(&world) > 0);
    cosigner::proof_keys::rotate(&world.state).unwrap();
    assert_eq!(secret.left(&world), 0);
}
