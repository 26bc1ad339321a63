//! What a wallet's type, its origin and its export leave in a store.

use super::*;

#[test]
fn a_wallet_keeps_its_type_and_its_origin() {
    let Fixture { store, .. } = &sqlite();
    for (byte, wallet_type) in (1..).zip(WalletType::ALL) {
        let mut new = wallet(byte);
        new.wallet.wallet_type = *wallet_type;
        new.wallet.epoch = Epoch(1);
        new.wallet.origin = Origin::Imported;
        let kept = new.wallet.clone();
        store.create_wallet(new).unwrap();
        assert_eq!(store.wallet(kept.id), Ok(Some(kept.clone())));
        assert_eq!(state(&**store, byte, 1), Some(ShareState::Active));
        assert_eq!(
            store.events(kept.id),
            Ok(vec![(kept.created_at, "wallet_imported".to_owned())])
        );
    }
}

#[test]
fn a_claim_without_a_pairing_is_committed_and_dropped_like_any_other() {
    let Fixture { store, .. } = &with_wallets();
    let without = |claim: u8, wallet: u8| PreparedClaim {
        pairing: None,
        ..prepared(claim, &[wallet])
    };
    store.prepare_claim(without(7, 1)).unwrap();
    store.prepare_claim(without(8, 2)).unwrap();
    assert_eq!(store.claim([7; 16]).unwrap().unwrap().pairing, None);
    store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    store.commit_claim(commit(7, 1)).unwrap();
    store.end_claim([8; 16], 30).unwrap();
    assert_eq!(
        (state(&**store, 1, 1), state(&**store, 2, 1)),
        (Some(ShareState::Active), None)
    );
    assert_eq!(store.claim([8; 16]), Ok(None));
}

#[test]
fn an_export_is_recorded_for_a_live_session_of_the_wallets_passkey_or_not_at_all() {
    let Fixture { store, .. } = &with_wallets();
    store.prepare_claim(prepared(7, &[1])).unwrap();
    store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    store.commit_claim(commit(7, 1)).unwrap();
    let id = WalletId([1; 16]);
    let session = |key: u8, expires_at| SessionRecord {
        key: ChannelPublicKey([key; 32]),
        id: [key; 16],
        request_key: RequestKey([4; 65]),
        credential: vec![7; 20],
        wallets: vec![id],
        device: vec![1],
        began_at: 30,
        used_at: 30,
        expires_at,
        refreshed: 0,
    };
    store.begin_session(session(1, 100), beginning(6, 30)).unwrap();
    store.begin_session(session(2, 40), beginning(6, 30)).unwrap();
    let export = Export {
        wallet: id,
        epoch: Epoch(1),
        session: ChannelPublicKey([1; 32]),
        credential: vec![7; 20],
        sign_count: 9,
        at: 40,
    };
    let wrong = [
        Export {
            wallet: WalletId([2; 16]),
            ..export.clone()
        },
        Export {
            epoch: Epoch(0),
            ..export.clone()
        },
        Export {
            credential: vec![8; 20],
            ..export.clone()
        },
        // Over, and never begun.
        Export {
            session: ChannelPublicKey([2; 32]),
            ..export.clone()
        },
        Export {
            session: ChannelPublicKey([3; 32]),
            ..export.clone()
        },
    ];
    for wrong in wrong {
        assert_eq!(store.record_export(wrong), Err(StoreError::Conflict));
    }
    assert_eq!(store.wallet(id).unwrap().unwrap().exported_at, None);
    assert_eq!(store.credential(&[7; 20]).unwrap().unwrap().sign_count, 6);
    store.record_export(export.clone()).unwrap();
    store.record_export(Export { at: 50, ..export }).unwrap();
    assert_eq!(store.wallet(id).unwrap().unwrap().exported_at, Some(40));
    assert_eq!(store.credential(&[7; 20]).unwrap().unwrap().sign_count, 9);
    let exports: Vec<_> = store
        .events(id)
        .unwrap()
        .into_iter()
        .filter(|(_, event)| event == "exported")
        .collect();
    assert_eq!(exports, [(40, "exported".to_owned()), (50, "exported".to_owned())]);
}

#[test]
fn a_copy_comes_with_the_confirmation_and_is_given_while_its_epoch_lives() {
    let Fixture { store, .. } = &with_wallets();
    let copies = |claim: u8, wallets: &[u8]| Confirmation {
        copies: wallets
            .iter()
            .map(|wallet| (WalletId([*wallet; 16]), vec![claim, *wallet]))
            .collect(),
        ..confirmation(claim)
    };
    let copy = |wallet: u8, epoch: u32| store.copy(WalletId([wallet; 16]), Epoch(epoch));
    store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    // Of a wallet that is not in the claim: the whole confirmation is refused.
    assert_eq!(
        store.confirm_claim([7; 16], copies(7, &[1, 3]), 20),
        Err(StoreError::Conflict)
    );
    store.confirm_claim([7; 16], copies(7, &[1, 2]), 20).unwrap();
    assert_eq!((copy(1, 1), copy(2, 1)), (Ok(None), Ok(None)));
    store.end_claim([7; 16], 25).unwrap();
    // What an earlier claim left is in nobody's way.
    store.prepare_claim(prepared(8, &[1])).unwrap();
    store.confirm_claim([8; 16], copies(8, &[1]), 30).unwrap();
    store.commit_claim(commit(8, 1)).unwrap();
    assert_eq!(
        (copy(1, 1), copy(1, 0), copy(2, 1)),
        (Ok(Some(vec![8, 1])), Ok(None), Ok(None))
    );
    let of_passkey = store.wallets_with(&[8; 20]).unwrap();
    assert_eq!(
        of_passkey.iter().map(|wallet| wallet.id).collect::<Vec<_>>(),
        [WalletId([1; 16])]
    );
    assert_eq!(store.wallets_with(&[7; 20]), Ok(vec![]));
}

#[test]
fn when_an_epoch_ended_is_known_after_its_share_is_erased() {
    let Fixture { store, .. } = &with_wallets();
    let ended = |epoch: u32| store.retired_at(WalletId([1; 16]), Epoch(epoch));
    assert_eq!(ended(0), Ok(None));
    store.prepare_claim(prepared(7, &[1])).unwrap();
    store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    let commit = commit(7, 1);
    let at = commit.at;
    store.commit_claim(commit).unwrap();
    store.erase_retired(vec![WalletId([1; 16])], at + 5).unwrap();
    assert_eq!((ended(0), ended(1)), (Ok(Some(at)), Ok(None)));
}

#[test]
fn who_watches_is_told_of_each_change_in_order_and_of_none_that_failed() {
    use crate::store::{Meta as _, Moment, Sqlite, Write};
    let folder = tempfile::tempdir().unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = seen.clone();
    let watch = std::sync::Arc::new(move |write, moment| told.lock().unwrap().push((write, moment)));
    let store = Sqlite::open_watched(&folder.path().join("db"), &folder.path().join("mark"), Some(watch)).unwrap();
    store.put_root(vec![1]).unwrap();
    assert_eq!(store.put_root(vec![2]), Err(StoreError::Conflict));
    let whole = Moment::ALL.map(|moment| (Write::PutRoot, moment));
    assert_eq!(
        *seen.lock().unwrap(),
        [&whole[..], &[(Write::PutRoot, Moment::Before)]].concat()
    );
}
