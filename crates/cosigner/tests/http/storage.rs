//! Disks that are full, or can't be written to: a sentence, nothing lost, nothing told that would not last.
//!
//! A full disk is the real binary under a limit of how long a file may grow (`ulimit -f`; Linux lifts it while the process runs): from
//! some byte on no write succeeds. To the store that is what a full disk is, whichever number the system gives it. A read-only file or folder is one that the
//! binary's user may not write to; where the tests run as root, that is another user.

use std::{path::Path, process::Command};

use rusqlite::Connection;
use wire::{ErrorBody, ErrorCode};

use crate::{
    browser::Browser,
    kills::{BINARY, Server},
    resuming::resume,
    world::{ORIGIN, RP_ID, World, random_key, sealed_by},
};

const SENTENCE: &str = "the co-signer's storage failed: nothing is lost, try again";
/// What `ulimit -f` counts in, in bytes.
const BLOCK: u64 = 512;

/// The real binary on the world's files, none of which may grow over this many bytes.
fn limited(world: &mut World, bytes: u64) -> Server {
    let mut command = Command::new("sh");
    // A write over the limit fails; without the trap it would end the process.
    let script = r#"trap "" XFSZ; ulimit -S -f "$1"; shift; exec "$@""#;
    command.args(["-c", script, "sh", &(bytes / BLOCK).to_string(), BINARY]);
    let server = Server::start_by(world, command);
    (world.remote, world.remote_admin) = (Some(server.address), Some(server.admin));
    server
}

/// There is room again.
fn lift(server: &Server) {
    let mut prlimit = Command::new("prlimit");
    let lifted = prlimit.args(["--pid", &server.process_id().to_string(), "--fsize=unlimited"]);
    assert!(lifted.status().unwrap().success());
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// How many wallets are stored.
fn wallets(world: &World) -> u32 {
    let db = Connection::open(&world.config.database).unwrap();
    db.query_row("SELECT count(*) FROM wallets", [], |row| row.get(0))
        .unwrap()
}

async fn is_ready(world: &World) -> bool {
    let answer = world.admin("/readyz").await;
    if answer.status.is_success() {
        return true;
    }
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (body.code, body.message.as_str()),
        (ErrorCode::StorageUnavailable, SENTENCE)
    );
    false
}

#[tokio::test]
async fn on_a_full_disk_what_was_answered_stands_and_the_rest_goes_on_when_there_is_room() {
    let mut world = World::new();
    world.be_now();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    let db = Connection::open(&world.config.database).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let bytes = size(&world.config.database) + 256 * 1024;
    let server = limited(&mut world, bytes);
    // Who reads keeps the sweep from making room.
    db.execute_batch("BEGIN; SELECT count(*) FROM wallets").unwrap();
    let mut answered = Vec::new();
    let refused = loop {
        let before = wallets(&world);
        match world.try_wallet().await {
            Ok(share) => answered.push(share),
            Err(code) => break (code, before),
        }
        assert!(answered.len() < 1000);
    };
    assert!(!answered.is_empty());
    assert_eq!(refused, (ErrorCode::StorageUnavailable, wallets(&world)));
    // Where a wallet has no room a single page may have: until that is taken, too.
    let mut asked = 0;
    while is_ready(&world).await {
        asked += 1;
        assert!(asked < 100);
    }
    // Who can't mark a query answers none; who can't commit says so.
    let sign = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(sign.unwrap_err(), ErrorCode::StorageUnavailable);
    let refusal = world.refusal(&sealed_by(&browser.key), &commit).await;
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (ErrorCode::StorageUnavailable, SENTENCE)
    );
    // Room again: the same process goes on, and so does the same claim.
    lift(&server);
    db.execute_batch("ROLLBACK").unwrap();
    assert!(is_ready(&world).await);
    world.sign(&world.back_end(), &answered[0], &pairing).await.unwrap();
    browser.commit(&world, &commit).await.unwrap();
    server.kill();
    (world.remote, world.remote_admin) = (None, None);
    world.restart();
    for share in &answered {
        world.sign(&world.back_end(), share, &pairing).await.unwrap();
    }
    let session = random_key();
    browser.unlock(&world, &session, &[&prepared.shares[0]]).await.unwrap();
}

/// Makes the mark longer than the database will be: of pairings that were burnt, and are not even known any more.
fn lengthen_mark(world: &mut World) {
    let db = Connection::open(&world.config.database).unwrap();
    db.execute_batch(
        "INSERT INTO pairings (id, owner_kind, owner, secret, created_at, burnt_at)
         WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
         SELECT randomblob(16), 'api_key', x'00', NULL, 1, 1 FROM c",
    )
    .unwrap();
    world.restart();
    db.execute_batch("DELETE FROM pairings WHERE owner = x'00'; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
}

#[tokio::test]
async fn nothing_is_told_that_the_mark_has_no_room_for_and_all_of_it_when_it_has() {
    for lifted in [true, false] {
        let mut world = World::new();
        world.be_now();
        let (share, other) = (world.wallet().await, world.wallet().await);
        let browser = Browser::new();
        let prepared = browser.prepared(&world, &[&share]).await;
        let commit = browser.confirm(&world, &prepared).await.unwrap();
        lengthen_mark(&mut world);
        let mark = world.config.high_water_path();
        let bytes = size(&mark);
        assert!(bytes > size(&world.config.database) + 512 * 1024);
        let server = limited(&mut world, bytes);
        assert!(is_ready(&world).await);
        world.pairing().await;
        for _ in 0..2 {
            let refusal = world.refusal(&sealed_by(&browser.key), &commit).await;
            assert_eq!(
                (refusal.code, refusal.message.as_str()),
                (ErrorCode::StorageUnavailable, SENTENCE)
            );
        }
        // It is committed, and nobody is told: not by any other way, either.
        let db = Connection::open(&world.config.database).unwrap();
        let epoch = "SELECT max(epoch) FROM wallets";
        assert_eq!(db.query_row(epoch, [], |row| row.get(0)), Ok(1));
        let (claim, shares) = (prepared.started.offer.claim, &prepared.shares);
        assert_eq!(
            resume(&world, claim, shares).await.err(),
            Some(ErrorCode::StorageUnavailable)
        );
        let unlock = browser.unlock(&world, &random_key(), &[&shares[0]]).await;
        assert_eq!(unlock.err(), Some(ErrorCode::StorageUnavailable));
        assert!(world.pairing_of(&world.back_end()).await.is_err());
        assert!(!is_ready(&world).await);
        assert_eq!(size(&mark), bytes);
        // Room again, or another process on another disk.
        if lifted {
            lift(&server);
            assert!(is_ready(&world).await);
        } else {
            server.kill();
            (world.remote, world.remote_admin) = (None, None);
            world.restart();
        }
        assert_eq!(size(&mark), bytes + 64);
        let receipts = browser.commit(&world, &commit).await.unwrap();
        assert_eq!(browser.commit(&world, &commit).await.unwrap(), receipts);
        browser.unlock(&world, &random_key(), &[&shares[0]]).await.unwrap();
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &other, &pairing).await.unwrap();
    }
}

/// What the binary says when it is started as a user who owns these files.
fn complaint(world: &World) -> String {
    use std::os::unix::{fs::chown, process::CommandExt};
    let folder = world.folder.path();
    let settings = format!(
        "listen = \"127.0.0.1:0\"\ndatabase = {:?}\n[relying_party]\nid = \"{RP_ID}\"\nname = \"Example\"\n\
         origins = [\"{ORIGIN}\"]\n[admin]\nlisten = \"127.0.0.1:0\"\n[key_encryption]\nprovider = \"file\"\npath = {:?}\n",
        world.config.database,
        folder.join("kek"),
    );
    // Beside the folder that may be read-only.
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("cosigner.toml");
    std::fs::write(&path, settings).unwrap();
    let mut command = Command::new(BINARY);
    let nobody = Some(65_534);
    if chown(folder, nobody, None).is_ok() {
        for file in std::fs::read_dir(folder).unwrap() {
            chown(file.unwrap().path(), nobody, None).unwrap();
        }
        chown(elsewhere.path(), nobody, None).unwrap();
        chown(&path, nobody, None).unwrap();
        command.uid(65_534);
    }
    let serve = command.arg("serve").arg("--config").arg(&path);
    let output = serve.env("CLAIMKIT_LOG", "off").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.lines().count() == 1, "{said}");
    said
}

#[tokio::test]
async fn what_is_read_only_is_told_at_the_start_and_changes_nothing() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    let mut world = World::new();
    let share = world.wallet().await;
    Browser::new().prepared(&world, &[&share]).await;
    let (database, mark) = (world.config.database.clone(), world.config.high_water_path());
    let folder = world.folder.path().to_owned();
    for (path, mode, told) in [
        (
            &database,
            0o400,
            "cosigner.db: can't be opened for writing (Permission denied",
        ),
        (
            &mark,
            0o400,
            "cosigner.db.mark: can't be opened for writing (Permission denied",
        ),
        (&folder, 0o500, "cosigner.db: can't be locked (Permission denied"),
    ] {
        let before = std::fs::metadata(path).unwrap().permissions();
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        let said = complaint(&world);
        std::fs::set_permissions(path, before).unwrap();
        assert!(said.contains(told), "{said}");
    }
    world.restart();
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}
