//! What an operator does, and what it rests on.

use super::*;

fn id(byte: u8) -> WalletId {
    WalletId([byte; 16])
}

fn confirmed() -> Fixture {
    let fixture = with_wallets();
    fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    fixture.store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    fixture
}

#[test]
fn wallets_of_a_claimant_come_page_by_page() {
    let Fixture { store, .. } = &sqlite();
    for byte in 1..=9 {
        let mut new = wallet(byte);
        // Three of each second: their ids tell them apart.
        new.wallet.created_at = u64::from(byte / 3);
        store.create_wallet(new).unwrap();
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.wallets_of(&CLAIMANT, after, 2).unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.created_at, last.id));
        found.extend(page.iter().map(|wallet| wallet.id.0[0]));
    }
    assert_eq!(found, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(store.count_wallets_of(&CLAIMANT), Ok(9));
    assert_eq!(store.count_wallets_of(&[0; 32]), Ok(0));
}

#[test]
fn a_claimant_has_no_more_wallets_than_allowed() {
    let Fixture { store, .. } = &sqlite();
    let of = |byte, most| NewWallet { most, ..wallet(byte) };
    store.create_wallet(of(1, 2)).unwrap();
    store.create_wallet(of(2, 2)).unwrap();
    assert_eq!(store.create_wallet(of(3, 2)), Err(StoreError::Conflict));
    let mut other = of(3, 2);
    other.wallet.claimant = [4; 32];
    store.create_wallet(other).unwrap();
    let back = ClaimantUpdate {
        wallet: id(3),
        from: [4; 32],
        to: CLAIMANT,
        most: 2,
        key: [1; 8],
        at: 5,
    };
    assert_eq!(store.update_claimant(back), Err(StoreError::Conflict));
    store.update_claimant(ClaimantUpdate { most: 3, ..back }).unwrap();
}

#[test]
fn a_frozen_wallet_changes_in_no_way_until_it_is_thawed() {
    let fixture = confirmed();
    let store = &*fixture.store;
    store.freeze_wallet(id(2), true, 21).unwrap();
    store.freeze_wallet(id(2), true, 22).unwrap();
    assert_eq!(store.wallet(id(2)).unwrap().unwrap().frozen_at, Some(21));
    assert_eq!(store.freeze_wallet(id(9), true, 21), Err(StoreError::Conflict));
    // One wallet of a claim is enough to stop it, whole.
    assert_eq!(store.commit_claim(commit(7, 2)), Err(StoreError::Conflict));
    assert!(!store.wallet(id(1)).unwrap().unwrap().is_claimed());
    assert_eq!(
        store.update_claimant(renamed(2, CLAIMANT, 23)),
        Err(StoreError::Conflict)
    );
    let fixture = fixture.reopened();
    fixture.store.freeze_wallet(id(2), false, 24).unwrap();
    assert_eq!(fixture.store.wallet(id(2)).unwrap().unwrap().frozen_at, None);
    fixture.store.commit_claim(commit(7, 2)).unwrap();

    let fixture = with_wallets();
    fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    fixture.store.freeze_wallet(id(1), true, 15).unwrap();
    let refused = fixture.store.confirm_claim([7; 16], confirmation(7), 20);
    assert_eq!(refused, Err(StoreError::Conflict));
}

#[test]
fn an_unclaimed_wallet_is_deleted_with_what_claims_left() {
    let fixture = confirmed();
    fixture.store.delete_wallet(id(1), 21).unwrap();
    let fixture = fixture.reopened();
    let store = &*fixture.store;
    assert_eq!((store.wallet(id(1)), store.claim([7; 16])), (Ok(None), Ok(None)));
    assert_eq!((state(store, 1, 0), state(store, 1, 1)), (None, None));
    // The other wallet of the claim is as it was.
    assert_eq!(
        (state(store, 2, 0), state(store, 2, 1)),
        (Some(ShareState::Active), None)
    );
    assert_eq!(store.delete_wallet(id(1), 22), Err(StoreError::Conflict));
    let told = store.events(id(1)).unwrap();
    assert_eq!(told.last(), Some(&(21, "wallet_deleted".to_owned())));

    let fixture = confirmed();
    fixture.store.commit_claim(commit(7, 2)).unwrap();
    assert_eq!(fixture.store.delete_wallet(id(1), 30), Err(StoreError::Conflict));
}

#[test]
fn the_audit_log_is_read_by_what_is_asked_for() {
    let Fixture { store, .. } = &with_wallets();
    store.add_event(vec![id(1)], Event::Exported, 200).unwrap();
    store.add_event(vec![id(2)], Event::Exported, 300).unwrap();
    store.add_event(Vec::new(), Event::ProofKeyRotated, 400).unwrap();
    let all = AuditFilter {
        limit: 100,
        ..AuditFilter::default()
    };
    let of = |filter: AuditFilter| -> Vec<(u64, String)> {
        let found = store.audit(&filter).unwrap();
        found.into_iter().map(|record| (record.at, record.event)).collect()
    };
    let every = store.audit(&all).unwrap();
    assert!(every.is_sorted_by_key(|record| record.number));
    assert_eq!(store.last_event(), Ok(every.last().unwrap().number));
    let exported = |at| (at, "exported".to_owned());
    let event = Some("exported".to_owned());
    let only = AuditFilter {
        event: event.clone(),
        ..all.clone()
    };
    assert_eq!(of(only.clone()), [exported(200), exported(300)]);
    let one = AuditFilter {
        wallet: Some(id(2)),
        ..only.clone()
    };
    assert_eq!(of(one), [exported(300)]);
    let late = AuditFilter {
        since: Some(300),
        until: Some(400),
        ..all.clone()
    };
    assert_eq!(of(late), [exported(300)]);
    let first = AuditFilter { limit: 1, ..only };
    assert_eq!(of(first), [exported(200)]);
    let behind = AuditFilter {
        after: every[every.len() - 2].number,
        ..all.clone()
    };
    assert_eq!(of(behind), [(400, "proof_key_rotated".to_owned())]);
    // What a back end did bears its key.
    let made = AuditFilter {
        key: Some([1; 8]),
        ..all
    };
    let made = store.audit(&made).unwrap();
    assert!(
        made.iter()
            .any(|record| record.event == "wallet_created" && record.wallet == Some(id(1)))
    );
    assert!(made.iter().all(|record| record.key == Some([1; 8])));
}

#[test]
fn an_api_key_keeps_its_end_and_its_last_use() {
    let fixture = sqlite();
    let ending = ApiKeyRecord {
        expires_at: Some(50),
        ..key(1)
    };
    fixture.store.add_api_key(ending.clone()).unwrap();
    fixture.store.use_api_key([1; 8], 40);
    fixture.store.use_api_key([1; 8], 30);
    let fixture = fixture.reopened();
    let found = fixture.store.api_key(&[1; 8]).unwrap().unwrap();
    assert_eq!(
        found,
        ApiKeyRecord {
            used_at: Some(40),
            ..ending
        }
    );
    assert!(found.is_live(49) && !found.is_live(50));
}

#[test]
fn an_api_key_that_has_expired_commits_no_claim() {
    let fixture = sqlite();
    for byte in [1, 2] {
        fixture.store.create_wallet(wallet(byte)).unwrap();
    }
    let ending = ApiKeyRecord {
        expires_at: Some(25),
        ..key(1)
    };
    fixture.store.add_api_key(ending).unwrap();
    fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    fixture.store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    let late = Commit { at: 25, ..commit(7, 2) };
    assert_eq!(fixture.store.commit_claim(late), Err(StoreError::Conflict));
    let timely = Commit { at: 24, ..commit(7, 2) };
    fixture.store.commit_claim(timely).unwrap();
}
