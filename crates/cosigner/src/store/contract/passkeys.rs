//! Further passkeys of wallets.

use super::*;

/// A store with two claimed wallets of one passkey, and a session of it.
pub(super) fn opened() -> Fixture {
    let fixture = with_wallets();
    fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    fixture.store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    fixture.store.commit_claim(commit(7, 2)).unwrap();
    fixture
        .store
        .begin_session(session(1, 7, &[1, 2]), beginning(0, 30))
        .unwrap();
    fixture
}

pub(super) fn session(number: u8, credential: u8, wallets: &[u8]) -> SessionRecord {
    SessionRecord {
        key: ChannelPublicKey([number; 32]),
        id: [number; 16],
        request_key: RequestKey([4; 65]),
        credential: vec![credential; 20],
        wallets: ids(wallets),
        device: vec![number],
        began_at: 30,
        used_at: 30,
        expires_at: 100,
        refreshed: 0,
    }
}

fn ids(wallets: &[u8]) -> Vec<WalletId> {
    wallets.iter().map(|wallet| WalletId([*wallet; 16])).collect()
}

fn credential(byte: u8) -> CredentialRecord {
    CredentialRecord {
        id: vec![byte; 20],
        public_key: vec![byte; 77],
        sign_count: 3,
        key: ChannelPublicKey([byte; 32]),
        name: vec![byte],
        created_at: 40,
        used_at: 40,
        backup_eligible: None,
    }
}

/// A change that the first session's passkey approved.
fn changed(store: &dyn Store, wallets: &[u8], number: u8, passkey: ChangedPasskey) -> PasskeysChange {
    let relisted = ids(wallets).into_iter().map(|wallet| Relisted {
        wallet,
        epoch: Epoch(1),
        before: passkeys(store, wallet).digest(),
        copy: vec![number; 50],
    });
    PasskeysChange {
        session: ChannelPublicKey([1; 32]),
        credential: vec![7; 20],
        sign_count: 6,
        wallets: relisted.collect(),
        passkey,
        answer: answer(200 + number),
        at: 40,
    }
}

pub(super) fn added(store: &dyn Store, wallets: &[u8], byte: u8) -> PasskeysChange {
    changed(store, wallets, byte, ChangedPasskey::Added(credential(byte)))
}

fn removed(store: &dyn Store, wallets: &[u8], byte: u8) -> PasskeysChange {
    changed(store, wallets, 40 + byte, ChangedPasskey::Removed(vec![byte; 20]))
}

pub(super) fn passkeys(store: &dyn Store, wallet: WalletId) -> PasskeySet {
    store.wallet(wallet).unwrap().unwrap().passkeys.unwrap()
}

fn told(store: &dyn Store, wallet: u8) -> Vec<String> {
    let events = store.events(WalletId([wallet; 16])).unwrap();
    events.into_iter().skip(5).map(|(_, event)| event).collect()
}

#[test]
fn a_passkey_is_added_with_its_copies_and_its_answer_and_removed_again() {
    let mut fixture = opened();
    let [one, two] = [WalletId([1; 16]), WalletId([2; 16])];
    fixture
        .store
        .change_passkeys(added(&*fixture.store, &[1, 2], 8))
        .unwrap();
    fixture = fixture.reopened();
    let store = &*fixture.store;
    let both = PasskeySet::of(recipient(7)).with(recipient(8)).unwrap();
    for wallet in [one, two] {
        assert_eq!(passkeys(store, wallet), both);
        assert_eq!(store.copy(wallet, Epoch(1)), Ok(Some(vec![8; 50])));
    }
    assert_eq!(store.credential(&[8; 20]), Ok(Some(credential(8))));
    assert_eq!(store.credential(&[7; 20]).unwrap().unwrap().sign_count, 6);
    assert_eq!(store.answer(&[208; 32]), Ok(Some(vec![208])));
    assert_eq!(store.wallets_with(&[8; 20]).unwrap().len(), 2);
    store.begin_session(session(2, 8, &[1, 2]), beginning(9, 50)).unwrap();
    assert_eq!(store.credential(&[8; 20]).unwrap().unwrap().used_at, 50);

    store.change_passkeys(removed(store, &[2], 8)).unwrap();
    assert_eq!((passkeys(store, one), passkeys(store, two).revision), (both, 2));
    assert_eq!(passkeys(store, two).recipients, [recipient(7)]);
    assert_eq!(store.copy(two, Epoch(1)), Ok(Some(vec![48; 50])));
    assert_eq!(store.copy(one, Epoch(1)), Ok(Some(vec![8; 50])));
    assert_eq!(store.wallets_with(&[8; 20]).unwrap().len(), 1);
    // It stays registered, and its session, which had both wallets, ended for both.
    assert!(store.credential(&[8; 20]).unwrap().is_some());
    assert_eq!(store.session(&ChannelPublicKey([2; 32])), Ok(None));
    assert!(store.session(&ChannelPublicKey([1; 32])).unwrap().is_some());
    assert_eq!(told(store, 1), ["passkey_added", "unlocked", "session_revoked"]);
    let expected = ["passkey_added", "unlocked", "session_revoked", "passkey_removed"];
    assert_eq!(told(store, 2), expected);
}

/// Makes an addition another.
type Lie<'a> = &'a dyn Fn(&mut PasskeysChange);

#[test]
fn a_change_is_carried_out_as_it_was_approved_or_not_at_all() {
    let Fixture { store, .. } = &opened();
    let store = &**store;
    store.change_passkeys(added(store, &[1], 9)).unwrap();
    let before = (passkeys(store, WalletId([1; 16])), told(store, 1));
    let lies: [(&str, Lie<'_>); 9] = [
        ("no such session", &|change| change.session.0[0] ^= 1),
        ("a session that ended", &|change| change.at = 100),
        ("another passkey's session", &|change| change.credential = vec![9; 20]),
        ("another epoch", &|change| change.wallets[1].epoch = Epoch(2)),
        ("other passkeys", &|change| change.wallets[0].before[0] ^= 1),
        ("passkeys of the other", &|change| {
            change.wallets[1].before = change.wallets[0].before
        }),
        ("no such wallet", &|change| change.wallets[1].wallet.0[0] ^= 1),
        ("a passkey that it has", &|change| {
            change.passkey = ChangedPasskey::Added(credential(9));
        }),
        ("an answer that is there", &|change| change.answer = answer(209)),
    ];
    for (name, lie) in lies {
        let mut change = added(store, &[1, 2], 8);
        lie(&mut change);
        assert_eq!(store.change_passkeys(change), Err(StoreError::Conflict), "{name}");
        assert_eq!((passkeys(store, WalletId([1; 16])), told(store, 1)), before, "{name}");
        assert_eq!(store.credential(&[8; 20]), Ok(None), "{name}");
        assert_eq!(store.copy(WalletId([1; 16]), Epoch(1)), Ok(Some(vec![9; 50])), "{name}");
        assert_eq!(store.copy(WalletId([2; 16]), Epoch(1)), Ok(None), "{name}");
    }
    // Neither one that is not there nor the last is removed.
    for change in [removed(store, &[2], 9), removed(store, &[2], 7)] {
        assert_eq!(store.change_passkeys(change), Err(StoreError::Conflict));
    }
    store.change_passkeys(added(store, &[1, 2], 8)).unwrap();
}

#[test]
fn a_wallet_has_eight_passkeys_at_most() {
    let Fixture { store, .. } = &opened();
    for byte in 10..17 {
        store.change_passkeys(added(&**store, &[1], byte)).unwrap();
    }
    let ninth = store.change_passkeys(added(&**store, &[1], 17));
    assert_eq!(ninth, Err(StoreError::Conflict));
    assert_eq!(store.credentials_of(&ids(&[1])).unwrap().len(), 8);
}

#[test]
fn credentials_are_those_of_the_wallets_each_once_the_oldest_first() {
    let Fixture { store, .. } = &opened();
    let store = &**store;
    for (byte, wallets) in [(9, &[1, 2][..]), (8, &[2]), (6, &[1])] {
        let mut change = added(store, wallets, byte);
        let created_at = if byte == 6 { 30 } else { 40 };
        change.passkey = ChangedPasskey::Added(CredentialRecord {
            created_at,
            ..credential(byte)
        });
        store.change_passkeys(change).unwrap();
    }
    let of = |wallets: &[u8]| -> Vec<u8> {
        let found = store.credentials_of(&ids(wallets)).unwrap();
        found.iter().map(|credential| credential.id[0]).collect()
    };
    assert_eq!(of(&[1, 2]), [7, 6, 8, 9]);
    assert_eq!(of(&[1]), [7, 6, 9]);
    assert_eq!((of(&[2]), of(&[5]), of(&[])), (vec![7, 8, 9], vec![], vec![]));
}

#[test]
fn a_passkey_that_is_known_is_named_anew() {
    let fixture = opened();
    fixture.store.rename_passkey(vec![7; 20], vec![99], 60).unwrap();
    let unknown = fixture.store.rename_passkey(vec![8; 20], vec![99], 60);
    assert_eq!(unknown, Err(StoreError::Conflict));
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.credential(&[7; 20]).unwrap().unwrap().name, [99]);
    for wallet in [1, 2] {
        let told = fixture.store.events(WalletId([wallet; 16])).unwrap().pop();
        assert_eq!(told, Some((60, "passkey_renamed".to_owned())));
    }
}

#[test]
fn a_session_begins_with_what_its_passkey_opens_then() {
    let Fixture { store, .. } = &opened();
    let store = &**store;
    store.change_passkeys(added(store, &[1], 8)).unwrap();
    let conflict = Err(StoreError::Conflict);
    assert_eq!(store.begin_session(session(2, 8, &[1, 2]), beginning(77, 50)), conflict);
    // A beginning that is refused ends no session of its key, and counts nothing.
    assert_eq!(store.begin_session(session(1, 8, &[2]), beginning(77, 50)), conflict);
    let held = store.session(&ChannelPublicKey([1; 32]));
    assert_eq!(held, Ok(Some(session(1, 7, &[1, 2]))));
    assert_eq!(store.credential(&[8; 20]), Ok(Some(credential(8))));
    store.begin_session(session(2, 8, &[1]), beginning(4, 50)).unwrap();
    store.change_passkeys(removed(store, &[1], 8)).unwrap();
    assert_eq!(store.begin_session(session(3, 8, &[1]), beginning(4, 50)), conflict);
}

/// A rotation of both wallets, begun with these passkeys.
pub(super) fn rotation(store: &dyn Store) -> PreparedClaim {
    let wallets = [1, 2].map(|wallet| ClaimedWallet {
        wallet: WalletId([wallet; 16]),
        from: Epoch(1),
        to: Epoch(2),
        share: secret(150),
    });
    PreparedClaim {
        ground: ClaimGround::Session {
            credential: vec![7; 20],
            passkeys: wallets.iter().map(|to| passkeys(store, to.wallet).digest()).collect(),
        },
        browser: ChannelPublicKey([1; 32]),
        wallets: wallets.into(),
        pairing: Some((PairingId([9; 16]), secret(9))),
        ..prepared(9, &[])
    }
}

#[test]
fn a_rotation_is_prepared_for_the_passkeys_that_there_are_and_ends_when_they_change() {
    let Fixture { store, .. } = &opened();
    let store = &**store;
    let conflict = Err(StoreError::Conflict);
    let begun = rotation(store);
    let mut missing = rotation(store);
    missing.ground = ClaimGround::Session {
        credential: vec![7; 20],
        passkeys: vec![passkeys(store, WalletId([1; 16])).digest()],
    };
    assert_eq!(store.prepare_claim(missing), conflict);
    store.change_passkeys(added(store, &[2], 8)).unwrap();
    assert_eq!(store.prepare_claim(begun), conflict);
    assert_eq!((store.claim([9; 16]), state(store, 1, 2)), (Ok(None), None));

    store.prepare_claim(rotation(store)).unwrap();
    let own = Confirmation {
        registered: None,
        copies: vec![(WalletId([1; 16]), vec![1]), (WalletId([2; 16]), vec![2])],
        ..confirmation(7)
    };
    store.confirm_claim([9; 16], own, 20).unwrap();
    store.change_passkeys(removed(store, &[2], 8)).unwrap();
    // As a whole, with its pairing.
    assert_eq!((state(store, 1, 2), state(store, 2, 2)), (None, None));
    assert_eq!(store.commit_claim(commit(9, 2)), conflict);
    assert_eq!(store.pairing(PairingId([9; 16])).unwrap().unwrap().sealed, None);
    assert_eq!(state(store, 2, 1), Some(ShareState::Active));
}

#[test]
fn a_pairing_of_a_removed_passkey_lives_as_long_as_it_opens_a_wallet() {
    let Fixture { store, .. } = &opened();
    let store = &**store;
    store.change_passkeys(added(store, &[1, 2], 8)).unwrap();
    let pairing = PairingRecord {
        id: PairingId([30; 16]),
        owner: PairingOwner::Credential(vec![8; 20]),
        commits: 1,
        sealed: Some(secret(30)),
    };
    store.add_pairing(pairing.clone(), answer(30), None, 40).unwrap();
    store.change_passkeys(removed(store, &[2], 8)).unwrap();
    assert_eq!(store.pairing(pairing.id), Ok(Some(pairing.clone())));
    let mut last = removed(store, &[1], 8);
    last.answer = answer(31);
    store.change_passkeys(last).unwrap();
    assert_eq!(store.pairing(pairing.id).unwrap().unwrap().sealed, None);
    // The other passkey's is not its.
    assert!(store.pairing(PairingId([7; 16])).unwrap().unwrap().sealed.is_some());
}

#[test]
fn of_fifty_changes_at_once_one_is_made() {
    let Fixture { store, .. } = &opened();
    let changes: Vec<_> = (100..150)
        .map(|byte| changed(&**store, &[1, 2], byte - 100, ChangedPasskey::Added(credential(byte))))
        .collect();
    let done: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = changes
            .into_iter()
            .map(|change| scope.spawn(|| usize::from(store.change_passkeys(change).is_ok())))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((done, passkeys(&**store, WalletId([1; 16])).revision), (1, 1));
    assert_eq!(
        passkeys(&**store, WalletId([1; 16])),
        passkeys(&**store, WalletId([2; 16]))
    );
}

#[test]
fn a_file_of_the_schema_before_keeps_its_passkeys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let earlier = rusqlite::Connection::open(&path).unwrap();
    let steps = [
        include_str!("../sqlite/schema.sql"),
        include_str!("../sqlite/2-copies.sql"),
        include_str!("../sqlite/3-high-water.sql"),
        include_str!("../sqlite/4-secrets.sql"),
        include_str!("../sqlite/5-sessions.sql"),
        include_str!("../sqlite/6-rotations.sql"),
        include_str!("../sqlite/7-proof-keys.sql"),
    ];
    for step in steps {
        earlier.execute_batch(&format!("BEGIN; {step}; COMMIT;")).unwrap();
    }
    let points = [1, 2, 3].map(|byte| hex::encode(point(byte).to_bytes()));
    let rows = format!(
        "PRAGMA application_id = {}; PRAGMA user_version = 7;
         INSERT INTO credentials VALUES (x'07', x'17', 5, 11);
         INSERT INTO credentials VALUES (x'08', x'18', 6, 12);
         INSERT INTO wallets VALUES (x'{}', 'EVM', 1, x'{}', 0, zeroblob(32), 1, 1, 2, x'07', NULL);
         INSERT INTO wallets VALUES (x'{}', 'EVM', 1, x'{}', 0, zeroblob(32), 4, 1, 2, x'08', NULL);
         INSERT INTO wallets VALUES (x'{}', 'EVM', 1, x'{}', 0, zeroblob(32), 0, 1, NULL, NULL, NULL);
         INSERT INTO sessions VALUES (zeroblob(32), zeroblob(16), zeroblob(65), x'07', x'{}', x'', 1, 1, 9, 0);",
        0x636b_6373,
        "01".repeat(16),
        points[0],
        "02".repeat(16),
        points[1],
        "03".repeat(16),
        points[2],
        "01".repeat(16),
    );
    earlier.execute_batch(&rows).unwrap();
    drop(earlier);
    let store = Sqlite::open(&path, &folder.path().join("mark")).unwrap();
    // Nobody can say what shares are sealed to for it: nothing can be sealed to zeros.
    let of = |byte: u8| {
        PasskeySet::of(Recipient {
            credential: vec![byte],
            key: ChannelPublicKey([0; 32]),
        })
    };
    assert_eq!(passkeys(&store, WalletId([1; 16])), of(7));
    assert_eq!(passkeys(&store, WalletId([2; 16])), of(8));
    assert_eq!(store.wallet(WalletId([3; 16])).unwrap().unwrap().passkeys, None);
    assert_eq!(store.wallets_with(&[8]).unwrap()[0].epoch, Epoch(4));
    let known = store.credential(&[7]).unwrap().unwrap();
    assert_eq!(
        (known.public_key, known.sign_count, known.created_at),
        (vec![0x17], 5, 11)
    );
    assert_eq!((known.name, known.used_at), (vec![], 0));
    assert_eq!(
        store.session(&ChannelPublicKey([0; 32])).unwrap().unwrap().credential,
        [7]
    );
    let file = rusqlite::Connection::open(&path).unwrap();
    let damage = "SELECT count(*) FROM pragma_foreign_key_check";
    assert_eq!(file.query_row(damage, [], |row| row.get(0)), Ok(0));
}
