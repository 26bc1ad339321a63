//! Which pairings serve a wallet's live epoch.

use super::{
    passkeys::{added, opened, rotation},
    *,
};

/// Commits a rotation.
fn rotate(store: &dyn Store, rotation: PreparedClaim) {
    let wallets = rotation.wallets.len();
    store.prepare_claim(rotation).unwrap();
    let own = Confirmation {
        registered: None,
        ..confirmation(7)
    };
    store.confirm_claim([9; 16], own, 20).unwrap();
    store.commit_claim(commit(9, wallets)).unwrap();
}

/// Keeps a pairing of a passkey, begun after so many commits.
fn pair(store: &dyn Store, byte: u8, credential: u8, commits: u64) {
    let record = PairingRecord {
        id: PairingId([byte; 16]),
        owner: PairingOwner::Credential(vec![credential; 20]),
        commits,
        sealed: Some(secret(byte)),
    };
    store.add_pairing(record, answer(byte), None, 40).unwrap();
}

fn pairing(store: &dyn Store, byte: u8) -> PairingRecord {
    store.pairing(PairingId([byte; 16])).unwrap().unwrap()
}

fn serves(store: &dyn Store, byte: u8, wallet: u8) -> bool {
    let wallet = store.wallet(WalletId([wallet; 16])).unwrap().unwrap();
    wallet.is_served_by(&pairing(store, byte))
}

#[test]
fn a_commit_ends_every_pairing_begun_before_it() {
    let fixture = opened();
    let store = &*fixture.store;
    store.change_passkeys(added(store, &[1, 2], 8)).unwrap();
    let before = store.commits().unwrap();
    pair(store, 30, 7, before);
    pair(store, 31, 8, before);
    assert!([7, 30, 31].iter().all(|pairing| serves(store, *pairing, 1)));
    let mut begun = rotation(store);
    begun.commits = before;
    rotate(store, begun);
    // Begun before the commit, and finished after it.
    pair(store, 32, 7, before);
    pair(store, 33, 8, store.commits().unwrap());
    let fixture = fixture.reopened();
    let store = &*fixture.store;
    for wallet in [1, 2] {
        let served = [7, 30, 31, 32, 9, 33].map(|pairing| serves(store, pairing, wallet));
        assert_eq!(served, [false, false, false, false, true, true]);
    }
    // What served nothing else is erased.
    let kept = [7, 30, 31, 9, 33].map(|byte| pairing(store, byte).sealed.is_some());
    assert_eq!(kept, [false, false, false, true, true]);
}

#[test]
fn a_pairing_that_serves_another_wallet_is_kept_for_it() {
    let fixture = opened();
    let store = &*fixture.store;
    let mut of_one = rotation(store);
    of_one.wallets.truncate(1);
    of_one.commits = store.commits().unwrap();
    rotate(store, of_one);
    assert_eq!([1, 2].map(|wallet| serves(store, 7, wallet)), [false, true]);
    assert_eq!([1, 2].map(|wallet| serves(store, 9, wallet)), [true, true]);
    assert!(pairing(store, 7).sealed.is_some());
}

#[test]
fn a_wallet_that_signs_without_pairings_keeps_none_alive() {
    let fixture = sqlite();
    let store = &*fixture.store;
    store.add_api_key(key(1)).unwrap();
    store.create_wallet(wallet(1)).unwrap();
    let mut solana = wallet(2);
    solana.wallet.wallet_type = WalletType::Solana;
    store.create_wallet(solana).unwrap();
    store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    store.commit_claim(commit(7, 2)).unwrap();
    store
        .begin_session(passkeys::session(1, 7, &[1, 2]), beginning(0, 30))
        .unwrap();
    assert!(pairing(store, 7).sealed.is_some());
    let mut of_one = rotation(store);
    of_one.wallets.truncate(1);
    of_one.commits = store.commits().unwrap();
    rotate(store, of_one);
    assert_eq!(pairing(store, 7).sealed, None);
    assert!(pairing(store, 9).sealed.is_some());
}

#[test]
fn a_claims_pairing_outlives_no_commit_of_another_wallet() {
    let fixture = opened();
    let store = &*fixture.store;
    // Of one claim's pairing, begun before the other wallet moved on.
    let before = store.commits().unwrap();
    let mut of_two = rotation(store);
    of_two.wallets.remove(0);
    of_two.ground = ClaimGround::Session {
        credential: vec![7; 20],
        passkeys: vec![passkeys::passkeys(store, WalletId([2; 16])).digest()],
    };
    of_two.commits = before;
    (of_two.id, of_two.pairing) = ([8; 16], Some((PairingId([8; 16]), secret(8))));
    of_two.answer = answer(108);
    store.prepare_claim(of_two).unwrap();
    let mut of_one = rotation(store);
    of_one.wallets.truncate(1);
    of_one.commits = before;
    rotate(store, of_one);
    let own = Confirmation {
        registered: None,
        ..confirmation(7)
    };
    store.confirm_claim([8; 16], own, 20).unwrap();
    store.commit_claim(commit(8, 1)).unwrap();
    assert_eq!([1, 2].map(|wallet| serves(store, 8, wallet)), [false, true]);
}

#[test]
fn a_file_of_the_schema_before_keeps_the_claims_pairing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    {
        let earlier = rusqlite::Connection::open(&path).unwrap();
        for step in crate::store::sqlite::SCHEMAS.iter().take(8) {
            earlier.execute_batch(&format!("BEGIN; {step}; COMMIT;")).unwrap();
        }
        let rows = format!(
            "PRAGMA application_id = {}; PRAGMA user_version = 8;
             INSERT INTO credentials (id, public_key, sign_count, created_at) VALUES (x'07', x'17', 5, 11);
             INSERT INTO wallets (id, type, scheme, public_key, imported, claimant, epoch, created_at, claimed_at, credential)
                 VALUES (x'{one}', 'EVM', 1, x'{key}', 0, zeroblob(32), 1, 1, 2, x'07');
             INSERT INTO retired_epochs VALUES (x'{one}', 0, 2);
             INSERT INTO secrets VALUES (1, x'01', x'01'), (2, x'02', x'02'), (3, x'03', x'03');
             INSERT INTO pairings VALUES (x'{one}', 'credential', x'07', 1, 1, NULL), (x'{two}', 'credential', x'07', 2, 1, NULL);
             INSERT INTO api_keys VALUES (x'0101010101010101', 'a', zeroblob(32), zeroblob(32), 'sign', 1, NULL);
             INSERT INTO claims (id, browser, transcript, ticket_key, ticket_nonce, ticket_expires_at, claimant, receipt_claimant, phase,
                 expires_at, pairing, credential, credential_key, sign_count, commit_request, receipts) VALUES (x'{two}', zeroblob(32), x'',
                 x'0101010101010101', zeroblob(16), 1, zeroblob(32), x'', 'committed', 1, x'{one}', x'07', x'17', 5, zeroblob(32), x'01');
             INSERT INTO shares VALUES (x'{one}', 1, 'active', x'{two}', NULL, 3);",
            0x636b_6373,
            one = "01".repeat(16),
            two = "02".repeat(16),
            key = hex::encode(point(1).to_bytes()),
        );
        earlier.execute_batch(&rows).unwrap();
    }
    let store = Sqlite::open(&path, &folder.path().join("mark")).unwrap();
    assert_eq!([1, 2].map(|pairing| serves(&store, pairing, 1)), [true, false]);
    let begun = store.commits().unwrap();
    pair(&store, 3, 7, begun);
    assert!(serves(&store, 3, 1));
}
