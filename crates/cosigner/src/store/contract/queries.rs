//! Marks of queries, failed checks, and files that are not a co-signer's of this release.

use super::*;

#[test]
fn a_query_leaves_its_mark_until_it_ends_and_a_mark_of_another_process_burns() {
    let mut fixture = sqlite();
    let (one, other) = (ProcessId([1; 16]), ProcessId([2; 16]));
    let pairings = [1, 2, 3].map(|byte| PairingId([byte; 16]));
    for id in pairings {
        let record = PairingRecord {
            id,
            owner: PairingOwner::ApiKey([1; 8]),
            commits: 1,
            sealed: Some(secret(1)),
        };
        fixture.store.add_pairing(record, answer(id.0[0]), None, 5).unwrap();
        fixture.store.begin_query(id, one).unwrap();
    }
    let unknown = PairingId([9; 16]);
    assert_eq!(fixture.store.begin_query(unknown, one), Err(StoreError::Conflict));
    fixture.store.end_query(pairings[0], one);
    fixture.store.begin_query(pairings[1], one).unwrap();
    fixture.store.end_query(pairings[1], one);
    fixture.store.begin_query(pairings[1], other).unwrap();
    // Whoever else comes takes no mark's place, and takes none away.
    assert_eq!(fixture.store.begin_query(pairings[2], other), Err(StoreError::Conflict));
    fixture.store.end_query(pairings[2], other);
    fixture = fixture.reopened();
    let store = &*fixture.store;
    let marks = pairings.map(|id| store.query_of(id).unwrap());
    assert_eq!(marks, [None, Some(other), Some(one)]);
    assert_eq!(store.burn_unfinished(other, 9), Ok(1));
    assert_eq!(store.burn_unfinished(other, 9), Ok(0));
    let alive = pairings.map(|id| store.pairing(id).unwrap().unwrap().sealed.is_some());
    assert_eq!(alive, [true, true, false]);
    assert_eq!(store.query_of(pairings[2]), Ok(None));
    assert_eq!(store.begin_query(pairings[2], other), Err(StoreError::Conflict));
}

#[test]
fn a_failed_check_is_kept_with_its_burn_or_not_at_all_until_it_is_forgotten() {
    let fixture = with_wallets();
    let id = PairingId([1; 16]);
    let record = PairingRecord {
        id,
        owner: PairingOwner::Credential(vec![7; 20]),
        commits: 1,
        sealed: Some(secret(1)),
    };
    fixture.store.add_pairing(record, answer(50), None, 5).unwrap();
    let suspects = [
        Suspect::Credential(vec![7; 20]),
        Suspect::ApiKey([7; 8]),
        Suspect::Wallet(WalletId([1; 16])),
        Suspect::Confirming(WalletId([1; 16])),
    ];
    for at in [10, 20] {
        let check = FailedCheck {
            events: (Event::CheckFailed, Event::PairingsBarred),
            pairing: Some(id),
            unmade: Some((PairingId([2; 16]), PairingOwner::ApiKey([7; 8]))),
            suspects: suspects.to_vec(),
            wallets: vec![WalletId([1; 16])],
            limit: 2,
            since: 0,
            at,
        };
        fixture.store.fail_check(check).unwrap();
    }
    let fixture = fixture.reopened();
    let store = &*fixture.store;
    assert_eq!(store.pairing(id).unwrap().unwrap().sealed, None);
    let unmade = store.pairing(PairingId([2; 16])).unwrap().unwrap();
    assert_eq!((unmade.owner, unmade.sealed), (PairingOwner::ApiKey([7; 8]), None));
    for suspect in &suspects {
        assert_eq!(store.failed_checks(suspect, 0), Ok(vec![10, 20]));
        assert_eq!(store.failed_checks(suspect, 10), Ok(vec![20]));
    }
    let other = Suspect::Wallet(WalletId([2; 16]));
    assert_eq!(store.failed_checks(&other, 0), Ok(vec![]));
    let events: Vec<_> = store.events(WalletId([1; 16])).unwrap();
    let told = |event: &str| events.iter().filter(|(_, told)| told == event).count();
    // Barred once for each of the four.
    assert_eq!((told("check_failed"), told("pairings_barred")), (2, 4));
    store.sweep(30, before(0, 20)).unwrap();
    assert_eq!(store.failed_checks(&suspects[0], 0), Ok(vec![20]));
}

/// What is said of a file that these statements wrote.
fn refused(statements: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch(statements).unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let error = Sqlite::open(&path, &folder.path().join("mark"))
        .err()
        .unwrap()
        .to_string();
    assert_eq!(std::fs::read(&path).unwrap(), before, "{statements}");
    error
}

#[test]
fn a_file_of_another_application_is_refused_and_left_as_it_is() {
    let schema = include_str!("../sqlite/schema.sql");
    for statements in [
        "CREATE TABLE other (id)".to_owned(),
        "PRAGMA application_id = 7".to_owned(),
        "PRAGMA application_id = 7; PRAGMA user_version = 1".to_owned(),
        // Builds before the first release wrote versions 1 and 2, and no application.
        format!("{schema} PRAGMA user_version = 1"),
        format!("{schema} PRAGMA user_version = 2"),
    ] {
        let said = refused(&statements);
        assert!(said.contains("a build before the first release"), "{said}");
    }
}

#[test]
fn a_file_of_a_later_version_is_refused_and_left_as_it_is() {
    let fixture = sqlite();
    let path = fixture.folder.path().join("db");
    let open = || rusqlite::Connection::open(&path).unwrap();
    let number = |name: &str| -> i64 { open().pragma_query_value(None, name, |row| row.get(0)).unwrap() };
    assert_eq!(number("user_version"), 13);
    let said = refused(&format!(
        "PRAGMA application_id = {}; PRAGMA user_version = 14",
        number("application_id")
    ));
    assert!(
        said.contains("another release (schema 14, this one reads 13)"),
        "{said}"
    );
    // Opened again it is the same file.
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.api_keys(), Ok(vec![]));
}

#[test]
fn what_a_file_of_an_earlier_schema_holds_is_there_after_the_step() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let earlier = rusqlite::Connection::open(&path).unwrap();
    earlier
        .execute_batch(&format!(
            "PRAGMA foreign_keys = ON; {} {} PRAGMA application_id = {}; PRAGMA user_version = 2;
             INSERT INTO api_keys VALUES (x'0101010101010101', 'a', zeroblob(32), zeroblob(32), 'sign', 1, NULL);
             INSERT INTO wallets VALUES (zeroblob(16), 'EVM', 1, x'{}', 0, zeroblob(32), 1, 1, NULL, NULL, NULL);
             INSERT INTO shares VALUES (zeroblob(16), 0, 'retired', NULL, 5, x'10', x'11');
             INSERT INTO shares VALUES (zeroblob(16), 1, 'active', NULL, NULL, x'12', x'13');
             INSERT INTO copies VALUES (zeroblob(16), 1, x'14');
             INSERT INTO pairings VALUES (x'{}', 'api_key', x'0101010101010101', NULL, NULL, 1, 2);
             INSERT INTO pairings VALUES (x'{}', 'api_key', x'0101010101010101', x'15', x'16', 1, NULL);
             INSERT INTO queries VALUES (x'{}', zeroblob(16));",
            include_str!("../sqlite/schema.sql"),
            include_str!("../sqlite/2-copies.sql"),
            0x636b_6373,
            hex::encode(point(1).to_bytes()),
            "01".repeat(16),
            "02".repeat(16),
            "02".repeat(16),
        ))
        .unwrap();
    drop(earlier);
    let store = Sqlite::open(&path, &folder.path().join("mark")).unwrap();
    let id = WalletId([0; 16]);
    let secret = |wrapped_key, ciphertext| SealedSecret {
        wrapped_key: vec![wrapped_key],
        ciphertext: vec![ciphertext],
    };
    let sealed = |epoch| store.share(id, Epoch(epoch)).unwrap().unwrap().sealed;
    assert_eq!((sealed(0), sealed(1)), (secret(0x10, 0x11), secret(0x12, 0x13)));
    assert_eq!(store.copy(id, Epoch(1)), Ok(Some(vec![0x14])));
    let pairing = |byte| store.pairing(PairingId([byte; 16])).unwrap().unwrap().sealed;
    assert_eq!((pairing(1), pairing(2)), (None, Some(secret(0x15, 0x16))));
    assert_eq!(store.query_of(PairingId([2; 16])), Ok(Some(ProcessId([0; 16]))));
    // What is erased is emptied, and nothing else is.
    store.erase_retired(vec![id], 9).unwrap();
    assert_eq!(store.burn_pairing(PairingId([2; 16]), 9), Ok(true));
    assert_eq!((sealed(1), pairing(2)), (secret(0x12, 0x13), None));
    let file = rusqlite::Connection::open(&path).unwrap();
    let left = "SELECT group_concat(hex(wrapped_key) || hex(sealed)) FROM secrets";
    let left: String = file.query_row(left, [], |row| row.get(0)).unwrap();
    assert_eq!(left, ",1213,14,");
    let damage = "SELECT count(*) FROM pragma_foreign_key_check";
    assert_eq!(file.query_row(damage, [], |row| row.get(0)), Ok(0));
}
