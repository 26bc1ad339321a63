//! The high-water mark's file: what a start says of it, who writes to it, and that nobody is told before it knows.

use core::{
    future::pending,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use cosigner::{
    State,
    api_key::Scope,
    keys, mark,
    serve::{Listeners, serve},
};
use futures_util::FutureExt;
use rusqlite::Connection;
use tokio::time::sleep;
use wire::{ErrorCode, control::LOOKUP};

use crate::{
    browser::Browser,
    burns::cheat,
    world::{EMAIL, World, bearer},
};

const STEP: Duration = Duration::from_millis(5);

/// Why a start is refused.
fn start(world: &World) -> String {
    State::open(world.config.clone()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_mark_that_is_gone_or_damaged_or_anothers_is_told_until_the_operator_accepts_the_database_as_it_is() {
    let mut world = World::new();
    let old = world.wallet().await;
    let before = world.copy();
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&old]).await;
    let path = world.config.high_water_path();
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let said = start(&world);
    assert!(
        said.contains("is not there") && said.contains("claimkit-cosigner mark accept"),
        "{said}"
    );
    std::fs::copy(World::new().config.high_water_path(), &path).unwrap();
    let said = start(&world);
    assert!(said.contains("belongs to another database"), "{said}");
    std::fs::write(&path, b"nothing").unwrap();
    assert!(start(&world).contains("is damaged"));

    // Accepted as it is, nothing is lost: the database is the newest.
    let old_mark = mark::accept(world.config.clone()).unwrap().unwrap();
    assert_eq!(std::fs::read(old_mark).unwrap(), b"nothing");
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    world.restore(&before);
    let refused = world.sign(&world.back_end(), &old, &world.pairing().await).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
    // What was kept before is in nobody's way twice.
    let said = mark::accept(world.config.clone()).unwrap_err().to_string();
    assert!(said.contains("is in the way"), "{said}");
    // An older copy that is accepted is taken at its word.
    let mut old_mark = path.clone().into_os_string();
    old_mark.push(".old");
    std::fs::remove_file(old_mark).unwrap();
    mark::accept(world.config.clone()).unwrap().unwrap();
    world.restart();
    world
        .sign(&world.back_end(), &old, &world.pairing().await)
        .await
        .unwrap();
    drop(prepared);
}

#[tokio::test]
async fn no_mark_is_accepted_for_a_database_that_is_served_or_is_none() {
    let world = World::new();
    let listeners = Listeners::bind(&world.config).await.unwrap();
    let mut server = pin!(serve(listeners, world.state.clone(), pending()));
    assert!(server.as_mut().now_or_never().is_none());
    let said = mark::accept(world.config.clone()).unwrap_err().to_string();
    assert!(said.contains("is served by another co-signer"), "{said}");
    let mut config = world.config.clone();
    config.database = world.folder.path().join("none");
    assert!(mark::accept(config).is_err());
    assert!(!world.folder.path().join("none").exists());
}

#[tokio::test]
async fn a_database_that_was_never_used_with_a_mark_gets_one_that_knows_all_it_has() {
    let mut world = World::new();
    let old = world.wallet().await;
    let browser = Browser::new();
    browser.claim(&world, &[&old]).await;
    let (third, pairing) = (world.wallet().await, world.pairing().await);
    cheat(&world, &world.back_end(), &third, &pairing).await;
    keys::revoke(&world.state, keys::create(&world.state, "b", Scope::ALL).unwrap().id()).unwrap();
    let path = world.config.high_water_path();
    // As a database is that an earlier build left.
    let db = Connection::open(&world.config.database).unwrap();
    let forget = "DELETE FROM meta WHERE name = 'high_water_made'";
    assert_eq!(db.execute(forget, []), Ok(1));
    let before = std::fs::metadata(&path).unwrap().len();
    std::fs::remove_file(&path).unwrap();
    world.restart();
    // A claim, a burn, a failed check, a revocation; and the header.
    assert_eq!((before, std::fs::metadata(&path).unwrap().len()), (64 * 5, 64 * 5));
}

#[tokio::test]
async fn a_command_beside_the_server_marks_what_it_changes() {
    let mut world = World::new();
    let other = keys::create(&world.state, "other", Scope::ALL).unwrap();
    let copy = world.copy();
    // Another process's state, on the same files.
    let beside = State::open(world.config.clone()).unwrap();
    keys::revoke(&beside, other.id()).unwrap();
    let share = world.wallet().await;
    Browser::new().claim(&world, &[&share]).await;
    keys::create(&beside, "more", Scope::ALL).unwrap();
    world.restore(&copy);
    let refused = world.pairing_of(&bearer(&other)).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    let refused = world.sign(&world.back_end(), &share, &world.pairing().await).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
}

/// Whether anybody waits for the lock on a file, as Linux tells it (proc_locks(5)).
#[cfg(target_os = "linux")]
fn is_waited_for(file: &std::fs::File) -> bool {
    let inode = std::os::unix::fs::MetadataExt::ino(&file.metadata().unwrap());
    let locks = std::fs::read_to_string("/proc/locks").unwrap();
    let mut waiting = locks.lines().filter(|line| line.contains("->"));
    waiting.any(|line| line.contains(&format!(":{inode} ")))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_a_commit_before_the_mark_knows_of_it() {
    let world = World::new();
    let old = world.wallet().await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&old]).await;
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    let file = std::fs::File::open(world.config.high_water_path()).unwrap();
    file.lock().unwrap();
    let db = Connection::open(&world.config.database).unwrap();
    let epoch = || -> u32 { db.query_row("SELECT epoch FROM wallets", [], |row| row.get(0)).unwrap() };
    let is_free = AtomicBool::new(false);
    tokio::join!(
        async {
            while epoch() == 0 || !is_waited_for(&file) {
                sleep(STEP).await;
            }
            is_free.store(true, Ordering::SeqCst);
            file.unlock().unwrap();
        },
        async {
            browser.commit(&world, &commit).await.unwrap();
            assert!(is_free.load(Ordering::SeqCst), "the commit was answered");
        },
        async {
            // Who reads in between is not told either.
            while epoch() == 0 {
                sleep(STEP).await;
            }
            let body = format!(r#"{{"claimantId":{{"email":"{EMAIL}"}}}}"#).into_bytes();
            let found = world.post(LOOKUP, &world.back_end(), "application/json", body).await;
            assert!(String::from_utf8(found.body).unwrap().contains(r#""claimed":true"#));
            assert!(is_free.load(Ordering::SeqCst), "the lookup was answered");
        }
    );
}

#[tokio::test]
async fn commands_and_unchanged_starts_are_in_no_servers_way() {
    let world = World::new();
    let share = world.wallet().await;
    Browser::new().claim(&world, &[&share]).await;
    // As where a server writes for longer than anybody waits.
    let db = Connection::open(&world.config.database).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let beside = State::open_beside(world.config.clone()).unwrap();
    assert_eq!(keys::list(&beside).unwrap().len(), 1);
    // Nor is there anything to be written where the mark says what the database does.
    let again = State::open(world.config.clone()).unwrap();
    assert_eq!(again.identity(), world.state.identity());
    db.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn a_command_that_does_not_compare_marks_what_it_revokes() {
    let mut world = World::new();
    let other = keys::create(&world.state, "other", Scope::ALL).unwrap();
    let copy = world.copy();
    keys::revoke(&State::open_beside(world.config.clone()).unwrap(), other.id()).unwrap();
    world.restore(&copy);
    let refused = world.pairing_of(&bearer(&other)).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
}

#[tokio::test]
async fn a_mark_that_lacks_much_is_written_anew_and_says_all_of_it() {
    let mut world = World::new();
    let (share, browser) = (world.wallet().await, Browser::new());
    browser.claim(&world, &[&share]).await;
    let copy = world.copy();
    let db = Connection::open(&world.config.database).unwrap();
    db.execute_batch(
        "INSERT INTO pairings (id, owner_kind, owner, created_at, burnt_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         SELECT randomblob(16), 'api_key', randomblob(8), 1, 1 FROM n;",
    )
    .unwrap();
    drop(db);
    world.restart();
    let path = world.config.high_water_path();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 64 * 3002);
    // The process that had the old one open marks what it does in the new one.
    let mut other = world.beside();
    let (second, browser) = (other.wallet().await, Browser::new());
    browser.claim(&other, &[&second]).await;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 64 * 3003);
    other.restore(&copy);
    let refused = other.sign(&other.back_end(), &second, &other.pairing().await).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
}
