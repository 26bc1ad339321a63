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
    store.drop_claim([8; 16], 30).unwrap();
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
        credential: vec![7; 20],
        wallets: vec![id],
        expires_at,
    };
    store.begin_session(session(1, 100), 6, 30).unwrap();
    store.begin_session(session(2, 40), 6, 30).unwrap();
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
