//! One suite that every store must pass.

mod epoch_pairings;
mod operation;
mod passkeys;
mod proof_keys;
mod queries;
mod sessions;
mod wallets;

use mpc::{Epoch, PairingId, Point, WalletId, channel::ChannelPublicKey};
use wire::{PasskeySet, Recipient, RequestKey, WalletType};

use super::*;
use crate::api_key::Scope;

/// A store and what keeps its place.
struct Fixture {
    store: Box<dyn Store>,
    folder: tempfile::TempDir,
}

fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = Box::new(Sqlite::open(&folder.path().join("db"), &folder.path().join("mark")).unwrap());
    Fixture { store, folder }
}

impl Fixture {
    fn reopened(self) -> Self {
        drop(self.store);
        let store = Box::new(Sqlite::open(&self.folder.path().join("db"), &self.folder.path().join("mark")).unwrap());
        Self {
            store,
            folder: self.folder,
        }
    }
}

const CLAIMANT: [u8; 32] = [3; 32];

fn secret(byte: u8) -> SealedSecret {
    SealedSecret {
        wrapped_key: vec![byte; 60],
        ciphertext: vec![byte; 200],
    }
}

fn answer(byte: u8) -> StoredAnswer {
    StoredAnswer {
        request: [byte; 32],
        sealed: vec![byte],
        expires_at: 1000,
    }
}

fn key(byte: u8) -> ApiKeyRecord {
    ApiKeyRecord {
        id: [byte; 8],
        name: "name".to_owned(),
        secret_hash: [byte; 32],
        ticket_key: [byte; 32],
        scopes: vec![Scope::WalletsCreate, Scope::Sign],
        created_at: u64::from(byte),
        revoked_at: None,
        expires_at: None,
        used_at: None,
    }
}

/// A session that begins beside others.
fn beginning(sign_count: u32, at: u64) -> Beginning {
    Beginning {
        sign_count,
        backup_eligible: true,
        ends_others: false,
        is_told: true,
        most: 64,
        at,
    }
}

/// A sweep of retired epochs and failed checks from before these times.
fn before(retired: u64, failed: u64) -> SweptBefore {
    SweptBefore {
        retired,
        failed,
        used: 0,
    }
}

/// Another claimant of a wallet.
fn renamed(wallet: u8, from: [u8; 32], at: u64) -> ClaimantUpdate {
    ClaimantUpdate {
        wallet: WalletId([wallet; 16]),
        from,
        to: [4; 32],
        most: 64,
        key: [1; 8],
        at,
    }
}

/// A point of its own for each byte: the first on the curve from there on.
fn point(byte: u8) -> Point {
    let at = |last| {
        let mut bytes = [byte; 33];
        (bytes[0], bytes[32]) = (2, last);
        Point::from_bytes(&bytes)
    };
    (0..=u8::MAX).find_map(|last| at(last).ok()).unwrap()
}

fn wallet(byte: u8) -> NewWallet {
    NewWallet {
        wallet: WalletRecord {
            id: WalletId([byte; 16]),
            wallet_type: WalletType::Evm,
            public_key: point(byte),
            origin: Origin::Generated,
            claimant: CLAIMANT,
            epoch: Epoch(0),
            pairings: EpochPairings::default(),
            created_at: 100 - u64::from(byte),
            passkeys: None,
            exported_at: None,
            frozen_at: None,
        },
        share: secret(byte),
        answer: answer(byte),
        key: [1; 8],
        most: 64,
    }
}

fn prepared(claim: u8, wallets: &[u8]) -> PreparedClaim {
    PreparedClaim {
        id: [claim; 16],
        browser: ChannelPublicKey([claim; 32]),
        transcript: vec![claim],
        evidence: vec![claim, claim],
        ground: ClaimGround::Ticket {
            key: [1; 8],
            nonce: [claim; 16],
            expires_at: 900,
            claimant: CLAIMANT,
        },
        receipt_claimant: vec![claim],
        expires_at: 600,
        wallets: wallets
            .iter()
            .map(|wallet| ClaimedWallet {
                wallet: WalletId([*wallet; 16]),
                from: Epoch(0),
                to: Epoch(1),
                share: secret(100 + claim),
            })
            .collect(),
        pairing: Some((PairingId([claim; 16]), secret(claim))),
        commits: 1,
        renews: false,
        answer: answer(100 + claim),
        at: 10,
    }
}

fn recipient(byte: u8) -> Recipient {
    Recipient {
        credential: vec![byte; 20],
        key: ChannelPublicKey([byte; 32]),
    }
}

fn confirmation(byte: u8) -> Confirmation {
    Confirmation {
        credential: vec![byte; 20],
        sign_count: 5,
        backup_eligible: Some(true),
        registered: Some(Registered {
            public_key: vec![byte; 77],
            key: ChannelPublicKey([byte; 32]),
            name: vec![byte],
        }),
        copies: Vec::new(),
    }
}

fn commit(claim: u8, wallets: usize) -> Commit {
    Commit {
        claim: [claim; 16],
        request: [claim; 32],
        receipts: vec![claim],
        wallets,
        session: None,
        at: 20,
    }
}

/// A store with a key and two wallets.
fn with_wallets() -> Fixture {
    let fixture = sqlite();
    fixture.store.add_api_key(key(1)).unwrap();
    fixture.store.create_wallet(wallet(1)).unwrap();
    fixture.store.create_wallet(wallet(2)).unwrap();
    fixture
}

fn state(store: &dyn Store, wallet: u8, epoch: u32) -> Option<ShareState> {
    let share = store.share(WalletId([wallet; 16]), Epoch(epoch)).unwrap();
    share.map(|share| share.state)
}

#[test]
fn a_root_is_kept_once() {
    let fixture = sqlite();
    assert_eq!(fixture.store.root(), Ok(None));
    fixture.store.put_root(vec![1]).unwrap();
    assert_eq!(fixture.store.put_root(vec![2]), Err(StoreError::Conflict));
    fixture.store.probe().unwrap();
    assert_eq!(fixture.reopened().store.root(), Ok(Some(vec![1])));
}

#[test]
fn api_keys_are_added_listed_and_revoked_once() {
    let fixture = sqlite();
    fixture.store.add_api_key(key(2)).unwrap();
    fixture.store.add_api_key(key(1)).unwrap();
    assert_eq!(fixture.store.add_api_key(key(1)), Err(StoreError::Conflict));
    fixture.store.revoke_api_key([1; 8], 7).unwrap();
    assert_eq!(fixture.store.revoke_api_key([1; 8], 8), Err(StoreError::Conflict));
    assert_eq!(fixture.store.revoke_api_key([9; 8], 8), Err(StoreError::Conflict));
    let revoked = ApiKeyRecord {
        revoked_at: Some(7),
        ..key(1)
    };
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.api_keys(), Ok(vec![revoked.clone(), key(2)]));
    assert_eq!(fixture.store.api_key(&[1; 8]), Ok(Some(revoked)));
    assert_eq!(fixture.store.api_key(&[9; 8]), Ok(None));
}

#[test]
fn a_wallet_is_kept_with_its_share_and_its_answer_or_not_at_all() {
    let fixture = with_wallets();
    // The id is taken, or the answer's place, or the key is another wallet's: none leaves a half.
    assert_eq!(fixture.store.create_wallet(wallet(1)), Err(StoreError::Conflict));
    let half = NewWallet {
        answer: answer(1),
        ..wallet(3)
    };
    assert_eq!(fixture.store.create_wallet(half), Err(StoreError::Conflict));
    let mut again = wallet(3);
    again.wallet.public_key = point(1);
    assert_eq!(fixture.store.create_wallet(again), Err(StoreError::Conflict));
    let Fixture { store, folder: _folder } = fixture.reopened();
    assert_eq!(store.wallet(WalletId([3; 16])), Ok(None));
    assert_eq!(store.share(WalletId([3; 16]), Epoch(0)), Ok(None));
    assert_eq!(
        store.wallets_of(&CLAIMANT, None, 10),
        Ok(vec![wallet(2).wallet, wallet(1).wallet])
    );
    assert_eq!(store.wallets_of(&[0; 32], None, 10), Ok(vec![]));
    assert_eq!(store.answer(&[1; 32]), Ok(Some(vec![1])));
    assert_eq!(store.answer(&[9; 32]), Ok(None));
    let share = store.share(WalletId([1; 16]), Epoch(0)).unwrap().unwrap();
    assert_eq!(
        (share.state, share.claim, share.sealed),
        (ShareState::Active, None, secret(1))
    );
    assert_eq!(
        store.events(WalletId([1; 16])),
        Ok(vec![(99, "wallet_created".to_owned())])
    );
}

#[test]
fn a_claimant_is_changed_from_what_it_is() {
    let Fixture { store, .. } = &with_wallets();
    let id = WalletId([1; 16]);
    assert_eq!(store.update_claimant(renamed(1, [0; 32], 5)), Err(StoreError::Conflict));
    assert_eq!(
        store.update_claimant(renamed(9, CLAIMANT, 5)),
        Err(StoreError::Conflict)
    );
    store.update_claimant(renamed(1, CLAIMANT, 5)).unwrap();
    assert_eq!(store.wallet(id).unwrap().unwrap().claimant, [4; 32]);
}

#[test]
fn a_pairing_is_burnt_once_and_its_secret_is_gone() {
    let fixture = sqlite();
    let record = PairingRecord {
        id: PairingId([1; 16]),
        owner: PairingOwner::ApiKey([1; 8]),
        commits: 1,
        sealed: Some(secret(1)),
    };
    fixture.store.add_pairing(record.clone(), answer(1), None, 5).unwrap();
    assert_eq!(
        fixture.store.add_pairing(record.clone(), answer(2), None, 5),
        Err(StoreError::Conflict)
    );
    assert_eq!(fixture.store.pairing(record.id), Ok(Some(record.clone())));
    assert_eq!(fixture.store.burn_pairing(record.id, 6), Ok(true));
    assert_eq!(fixture.store.burn_pairing(record.id, 7), Ok(false));
    assert_eq!(fixture.store.burn_pairing(PairingId([9; 16]), 7), Ok(false));
    let of_a_revoked_key = PairingRecord {
        id: PairingId([2; 16]),
        ..record.clone()
    };
    fixture.store.add_api_key(key(1)).unwrap();
    fixture.store.add_pairing(of_a_revoked_key, answer(2), None, 8).unwrap();
    fixture.store.revoke_api_key([1; 8], 9).unwrap();
    assert_eq!(fixture.store.pairing(PairingId([2; 16])).unwrap().unwrap().sealed, None);
    let fixture = fixture.reopened();
    let burnt = fixture.store.pairing(record.id).unwrap().unwrap();
    assert_eq!((burnt.owner, burnt.sealed), (record.owner, None));
}

#[test]
fn a_claim_goes_from_pending_to_active_and_the_epoch_before_is_erased_when_asked() {
    let mut fixture = with_wallets();
    fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    fixture = fixture.reopened();
    assert_eq!(state(&*fixture.store, 1, 0), Some(ShareState::Active));
    assert_eq!(state(&*fixture.store, 1, 1), Some(ShareState::Pending));
    assert_eq!(fixture.store.commit_claim(commit(7, 2)), Err(StoreError::Conflict));
    fixture.store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    assert_eq!(
        fixture.store.confirm_claim([7; 16], confirmation(7), 20),
        Err(StoreError::Conflict)
    );
    fixture = fixture.reopened();
    assert_eq!(fixture.store.ticket_spent([1; 8], [7; 16]), Ok(false));
    assert_eq!(fixture.store.credential(&[7; 20]), Ok(None));
    fixture.store.commit_claim(commit(7, 2)).unwrap();
    assert_eq!(fixture.store.commit_claim(commit(7, 2)), Err(StoreError::Conflict));
    fixture = fixture.reopened();
    let store = &*fixture.store;
    for id in [1, 2] {
        assert_eq!(state(store, id, 0), Some(ShareState::Retired));
        assert_eq!(state(store, id, 1), Some(ShareState::Active));
        let wallet = store.wallet(WalletId([id; 16])).unwrap().unwrap();
        let passkeys = PasskeySet::of(recipient(7));
        assert_eq!((wallet.epoch, wallet.passkeys), (Epoch(1), Some(passkeys)));
    }
    assert_eq!(store.ticket_spent([1; 8], [7; 16]), Ok(true));
    assert_eq!(store.ticket_spent([2; 8], [7; 16]), Ok(false));
    assert_eq!(store.credential(&[7; 20]).unwrap().unwrap().sign_count, 5);
    let pairing = store.pairing(PairingId([7; 16])).unwrap().unwrap();
    assert_eq!(pairing.owner, PairingOwner::Credential(vec![7; 20]));
    let claim = store.claim([7; 16]).unwrap().unwrap();
    assert_eq!(
        (claim.phase, claim.committed),
        (ClaimPhase::Committed, Some(([7; 32], vec![7])))
    );
    // A committed claim is not dropped, nor is its wallet anyone else's to claim or to rename.
    store.end_claim([7; 16], 30).unwrap();
    assert_eq!(state(store, 1, 1), Some(ShareState::Active));
    assert_eq!(store.prepare_claim(prepared(8, &[1])), Err(StoreError::Conflict));
    assert_eq!(
        store.update_claimant(renamed(1, CLAIMANT, 5)),
        Err(StoreError::Conflict)
    );
    assert_eq!(store.has_retired(WalletId([1; 16])), Ok(true));
    store.erase_retired(vec![WalletId([1; 16])], 40).unwrap();
    store.erase_retired(vec![WalletId([1; 16])], 41).unwrap();
    assert_eq!(store.has_retired(WalletId([1; 16])), Ok(false));
    assert_eq!(
        (state(store, 1, 0), state(store, 2, 0)),
        (None, Some(ShareState::Retired))
    );
    let events: Vec<_> = store
        .events(WalletId([1; 16]))
        .unwrap()
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    let expected = [
        "wallet_created",
        "claim_prepared",
        "claim_confirmed",
        "claim_committed",
        "retired_erased",
    ];
    assert_eq!(events, expected);
}

#[test]
fn a_claim_is_prepared_for_what_is_there_or_not_at_all() {
    let Fixture { store, .. } = &with_wallets();
    let conflict = Err(StoreError::Conflict);
    assert_eq!(store.prepare_claim(prepared(7, &[1, 9])), conflict);
    let mut other = prepared(7, &[1, 2]);
    other.ground = ClaimGround::Ticket {
        key: [1; 8],
        nonce: [7; 16],
        expires_at: 900,
        claimant: [0; 32],
    };
    assert_eq!(store.prepare_claim(other), conflict);
    let mut other = prepared(7, &[1, 2]);
    other.wallets[1].from = Epoch(1);
    assert_eq!(store.prepare_claim(other), conflict);
    let mut other = prepared(7, &[1, 2]);
    other.ground = ClaimGround::Ticket {
        key: [9; 8],
        nonce: [7; 16],
        expires_at: 900,
        claimant: CLAIMANT,
    };
    assert_eq!(store.prepare_claim(other), conflict);
    assert_eq!(
        (store.claim([7; 16]), store.pairing(PairingId([7; 16]))),
        (Ok(None), Ok(None))
    );
    assert_eq!(state(&**store, 1, 1), None);
    store.prepare_claim(prepared(7, &[1, 2])).unwrap();
}

#[test]
fn a_later_claim_takes_the_place_of_an_earlier_one_as_a_whole() {
    let Fixture { store, .. } = &with_wallets();
    store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    store.prepare_claim(prepared(8, &[2])).unwrap();
    assert_eq!(store.claim([7; 16]), Ok(None));
    assert_eq!(store.commit_claim(commit(7, 2)), Err(StoreError::Conflict));
    assert_eq!(
        (state(&**store, 1, 1), state(&**store, 2, 1)),
        (None, Some(ShareState::Pending))
    );
    assert_eq!(store.pairing(PairingId([7; 16])).unwrap().unwrap().sealed, None);
}

#[test]
fn a_commit_needs_its_time_its_key_its_claimant_and_all_its_shares() {
    let confirmed = || {
        let fixture = with_wallets();
        fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
        fixture.store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
        fixture
    };
    let conflict = Err(StoreError::Conflict);
    let fixture = confirmed();
    let late = Commit {
        at: 600,
        ..commit(7, 2)
    };
    assert_eq!(fixture.store.commit_claim(late), conflict);
    fixture.store.revoke_api_key([1; 8], 15).unwrap();
    assert_eq!(fixture.store.commit_claim(commit(7, 2)), conflict);
    let fixture = confirmed();
    fixture.store.update_claimant(renamed(2, CLAIMANT, 15)).unwrap();
    assert_eq!(fixture.store.commit_claim(commit(7, 2)), conflict);
    // Nothing of the first wallet was committed either.
    assert_eq!(state(&*fixture.store, 1, 0), Some(ShareState::Active));
    assert_eq!(fixture.store.ticket_spent([1; 8], [7; 16]), Ok(false));
    let fixture = confirmed();
    assert!(matches!(
        fixture.store.commit_claim(commit(7, 3)),
        Err(StoreError::Damaged(_))
    ));
    fixture.store.burn_pairing(PairingId([7; 16]), 15).unwrap();
    assert_eq!(fixture.store.commit_claim(commit(7, 2)), conflict);
    let fixture = with_wallets();
    fixture.store.prepare_claim(prepared(7, &[1])).unwrap();
    assert_eq!(fixture.store.confirm_claim([7; 16], confirmation(7), 600), conflict);
}

#[test]
fn a_credential_is_registered_once() {
    let Fixture { store, .. } = &with_wallets();
    for claim in [7, 8] {
        store.prepare_claim(prepared(claim, &[claim - 6])).unwrap();
        store.confirm_claim([claim; 16], confirmation(7), 20).unwrap();
    }
    store.commit_claim(commit(7, 1)).unwrap();
    assert_eq!(store.commit_claim(commit(8, 1)), Err(StoreError::Conflict));
}

#[test]
fn a_session_replaces_the_one_of_its_key_and_ends() {
    let Fixture { store, .. } = &with_wallets();
    store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    store.commit_claim(commit(7, 2)).unwrap();
    let key = ChannelPublicKey([5; 32]);
    let session = |wallets: &[u8], expires_at| SessionRecord {
        key,
        id: [5; 16],
        request_key: RequestKey([4; 65]),
        credential: vec![7; 20],
        wallets: wallets.iter().map(|wallet| WalletId([*wallet; 16])).collect(),
        device: vec![1],
        began_at: 30,
        used_at: 30,
        expires_at,
        refreshed: 0,
    };
    store.begin_session(session(&[1], 50), beginning(9, 30)).unwrap();
    store.begin_session(session(&[1, 2], 60), beginning(3, 31)).unwrap();
    assert_eq!(store.session(&key), Ok(Some(session(&[1, 2], 60))));
    assert_eq!(store.credential(&[7; 20]).unwrap().unwrap().sign_count, 9);
    let unknown = SessionRecord {
        credential: vec![1],
        ..session(&[1], 60)
    };
    assert_eq!(
        store.begin_session(unknown, beginning(0, 31)),
        Err(StoreError::Conflict)
    );
    store.end_session(key, 32).unwrap();
    store.end_session(key, 33).unwrap();
    assert_eq!(store.session(&key), Ok(None));
    store.begin_session(session(&[1], 60), beginning(0, 34)).unwrap();
    store.sweep(59, before(0, 0)).unwrap();
    assert!(store.session(&key).unwrap().is_some());
    store.sweep(60, before(0, 0)).unwrap();
    assert_eq!(store.session(&key), Ok(None));
}

#[test]
fn a_sweep_erases_what_is_past_its_time_and_nothing_else() {
    let Fixture { store, .. } = &with_wallets();
    store.prepare_claim(prepared(7, &[1])).unwrap();
    store.prepare_claim(prepared(8, &[2])).unwrap();
    store.confirm_claim([8; 16], confirmation(8), 20).unwrap();
    store.commit_claim(commit(8, 1)).unwrap();
    assert_eq!(store.sweep(599, before(20, 0)), Ok(Swept::default()));
    let swept = store.sweep(600, before(20, 0)).unwrap();
    assert_eq!((swept.claims, swept.retired), (1, 0));
    assert_eq!(
        (state(&**store, 1, 0), state(&**store, 1, 1)),
        (Some(ShareState::Active), None)
    );
    assert_eq!(store.sweep(600, before(21, 0)).unwrap().retired, 1);
    assert_eq!(
        (state(&**store, 2, 0), state(&**store, 2, 1)),
        (None, Some(ShareState::Active))
    );
    assert!(store.claim([8; 16]).unwrap().is_some());
    assert_eq!(store.ticket_spent([1; 8], [8; 16]), Ok(true));
    store.sweep(900, before(0, 0)).unwrap();
    assert_eq!(store.ticket_spent([1; 8], [8; 16]), Ok(false));
    assert!(store.answer(&[1; 32]).unwrap().is_some());
    store.sweep(1000, before(0, 0)).unwrap();
    assert_eq!(store.answer(&[1; 32]), Ok(None));
}

#[test]
fn changes_at_once_are_each_done_or_refused() {
    let fixture = sqlite();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..64u8)
            .map(|number| {
                let store = &fixture.store;
                // Two of each: one of the two is refused, and its refusal undoes no other.
                scope.spawn(move || store.create_wallet(wallet(number / 2)))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 32);
    let conflicts = outcomes.iter().filter(|outcome| **outcome == Err(StoreError::Conflict));
    assert_eq!(conflicts.count(), 32);
    assert_eq!(
        fixture.reopened().store.wallets_of(&CLAIMANT, None, 100).unwrap().len(),
        32
    );
}
