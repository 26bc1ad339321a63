//! Sessions beside each other.

use wire::ceremony::{Revoked, SessionRefreshed};

use super::*;

/// A store with two claimed wallets of one passkey.
fn claimed() -> Fixture {
    let fixture = with_wallets();
    fixture.store.prepare_claim(prepared(7, &[1, 2])).unwrap();
    fixture.store.confirm_claim([7; 16], confirmation(7), 20).unwrap();
    fixture.store.commit_claim(commit(7, 2)).unwrap();
    fixture
}

fn key(number: u8) -> ChannelPublicKey {
    ChannelPublicKey([number; 32])
}

fn session(number: u8, wallets: &[u8]) -> SessionRecord {
    SessionRecord {
        key: key(number),
        id: [number; 16],
        request_key: RequestKey([4; 65]),
        credential: vec![7; 20],
        wallets: wallets.iter().map(|wallet| WalletId([*wallet; 16])).collect(),
        device: vec![number],
        began_at: 30,
        used_at: 30,
        expires_at: 100,
        refreshed: 0,
    }
}

fn numbers(store: &dyn Store, wallets: &[u8]) -> Vec<u8> {
    let wallets: Vec<_> = wallets.iter().map(|wallet| WalletId([*wallet; 16])).collect();
    let sessions = store.sessions_of(&wallets).unwrap();
    sessions.iter().map(|session| session.id[0]).collect()
}

fn events(store: &dyn Store, wallet: u8) -> Vec<String> {
    let events = store.events(WalletId([wallet; 16])).unwrap();
    events.into_iter().skip(4).map(|(_, event)| event).collect()
}

#[test]
fn sessions_are_found_by_any_of_their_wallets_the_last_used_first() {
    let Fixture { store, .. } = &claimed();
    for (number, wallets) in [(1, &[1][..]), (2, &[2]), (3, &[1, 2])] {
        store.begin_session(session(number, wallets), beginning(0, 30)).unwrap();
    }
    store.use_session(key(2), 90).unwrap();
    store.use_session(key(2), 80).unwrap();
    store.use_session(key(9), 90).unwrap();
    assert_eq!(store.session(&key(2)).unwrap().unwrap().used_at, 90);
    assert_eq!(numbers(&**store, &[1]), [1, 3]);
    assert_eq!(numbers(&**store, &[2]), [2, 3]);
    assert_eq!(numbers(&**store, &[1, 2]), [2, 1, 3]);
    assert_eq!(numbers(&**store, &[]), [0; 0]);
}

#[test]
fn a_session_is_refreshed_once_for_each_count_and_as_often_as_allowed() {
    let Fixture { store, .. } = &claimed();
    store.begin_session(session(1, &[1]), beginning(0, 30)).unwrap();
    let refresh = |refreshed, expires_at, at| {
        store.refresh_session(Refresh {
            key: key(1),
            refreshed,
            allowed: 2,
            expires_at,
            at,
        })
    };
    let stands = |expires_at, refreshed| Ok(Some(SessionRefreshed { expires_at, refreshed }));
    assert_eq!(refresh(0, 150, 50), stands(150, 1));
    assert_eq!(refresh(0, 160, 60), stands(150, 1));
    // Never to an earlier end than it has.
    assert_eq!(refresh(1, 140, 70), stands(150, 2));
    assert_eq!(refresh(1, 200, 80), stands(150, 2));
    assert_eq!(refresh(2, 200, 80), Ok(None));
    assert_eq!(refresh(u32::MAX, 200, 80), Ok(None));
    assert_eq!(refresh(0, 200, 150), Err(StoreError::Conflict));
    store.end_session(key(1), 90).unwrap();
    assert_eq!(refresh(0, 200, 91), Err(StoreError::Conflict));
    let told = ["unlocked", "session_refreshed", "session_refreshed", "locked"];
    assert_eq!(events(&**store, 1), told);
}

#[test]
fn refreshes_at_once_are_counted_one_by_one() {
    for (claimed_count, allowed, counted) in [(0, 7, 1), (u32::MAX, 7, 7)] {
        let Fixture { store, .. } = &claimed();
        store.begin_session(session(1, &[1]), beginning(0, 30)).unwrap();
        let refresh = Refresh {
            key: key(1),
            refreshed: claimed_count,
            allowed,
            expires_at: 150,
            at: 50,
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..50)
                .map(|_| scope.spawn(|| store.refresh_session(refresh)))
                .collect();
            let done = threads.into_iter().map(|thread| thread.join().unwrap().unwrap());
            let done = done.flatten().count();
            assert_eq!(done, if claimed_count == 0 { 50 } else { 7 });
        });
        assert_eq!(store.session(&key(1)).unwrap().unwrap().refreshed, counted);
    }
}

#[test]
fn a_revocation_ends_what_it_names_of_its_kin_and_nothing_else() {
    let Fixture { store, .. } = &claimed();
    let begin = || {
        for (number, wallets) in [(1, &[1][..]), (2, &[2]), (3, &[1, 2])] {
            store.begin_session(session(number, wallets), beginning(0, 30)).unwrap();
        }
    };
    let revoke = |by, which| {
        store.revoke_sessions(Revocation {
            by: key(by),
            which,
            at: 40,
        })
    };
    begin();
    // Session 2 has no wallet of session 1.
    revoke(1, Revoked::One([2; 16])).unwrap();
    assert_eq!(numbers(&**store, &[1, 2]), [1, 2, 3]);
    revoke(1, Revoked::One([3; 16])).unwrap();
    revoke(1, Revoked::One([3; 16])).unwrap();
    assert_eq!(numbers(&**store, &[1, 2]), [1, 2]);
    assert_eq!(revoke(3, Revoked::All), Err(StoreError::Conflict));
    begin();
    revoke(3, Revoked::Others).unwrap();
    assert_eq!(numbers(&**store, &[1, 2]), [3]);
    begin();
    revoke(1, Revoked::All).unwrap();
    assert_eq!(numbers(&**store, &[1, 2]), [2]);
    assert_eq!(store.session(&key(1)), Ok(None));
    let told = events(&**store, 2);
    let revoked = told.iter().filter(|event| *event == "session_revoked").count();
    assert_eq!(revoked, 3);
}

#[test]
fn of_fifty_revocations_at_once_each_session_is_ended_and_told_once() {
    let Fixture { store, .. } = &claimed();
    for number in 1..=50 {
        store.begin_session(session(number, &[1]), beginning(0, 30)).unwrap();
    }
    let done: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=50)
            .map(|number| {
                let revocation = Revocation {
                    by: key(number),
                    which: Revoked::Others,
                    at: 40,
                };
                scope.spawn(move || usize::from(store.revoke_sessions(revocation).is_ok()))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // The first ends all others, whose own revocations then find no session that asks.
    assert_eq!((done, numbers(&**store, &[1]).len()), (1, 1));
    let told = events(&**store, 1);
    assert_eq!(told.iter().filter(|event| *event == "session_revoked").count(), 49);
}

#[test]
fn of_a_passkeys_sessions_the_ones_used_last_are_kept() {
    let Fixture { store, .. } = &claimed();
    let begin = |number: u8| {
        let beginning = Beginning {
            most: 3,
            ..beginning(0, 30)
        };
        store.begin_session(session(number, &[1]), beginning).unwrap();
    };
    for number in 1..=3 {
        begin(number);
    }
    store.use_session(key(1), 90).unwrap();
    begin(4);
    assert_eq!(numbers(&**store, &[1]), [1, 2, 4]);
    // The new one stays, however it is placed.
    begin(5);
    assert_eq!(numbers(&**store, &[1]), [1, 2, 5]);
    let ended = events(&**store, 1)
        .iter()
        .filter(|event| *event == "session_revoked")
        .count();
    assert_eq!(ended, 2);
}

#[test]
fn a_session_may_begin_as_all_others_of_its_wallets_end() {
    let Fixture { store, .. } = &claimed();
    for (number, wallets) in [(1, &[1][..]), (2, &[2]), (3, &[1, 2])] {
        store.begin_session(session(number, wallets), beginning(0, 30)).unwrap();
    }
    let alone = Beginning {
        ends_others: true,
        ..beginning(0, 40)
    };
    store.begin_session(session(4, &[1]), alone).unwrap();
    assert_eq!(numbers(&**store, &[1, 2]), [2, 4]);
    // One that may not begin ends none.
    let stranger = SessionRecord {
        credential: vec![9; 20],
        ..session(5, &[1])
    };
    assert_eq!(store.begin_session(stranger, alone), Err(StoreError::Conflict));
    assert_eq!(numbers(&**store, &[1, 2]), [2, 4]);
}

#[test]
fn all_sessions_of_a_wallet_end_and_no_others() {
    let Fixture { store, .. } = &claimed();
    for (number, wallets) in [(1, &[1][..]), (2, &[2]), (3, &[1, 2])] {
        store.begin_session(session(number, wallets), beginning(0, 30)).unwrap();
    }
    assert_eq!(store.end_sessions_of(WalletId([1; 16]), 40), Ok(2));
    assert_eq!(numbers(&**store, &[1, 2]), [2]);
    assert_eq!(store.end_sessions_of(WalletId([1; 16]), 41), Ok(0));
}

#[test]
fn sessions_that_were_not_used_for_long_are_swept() {
    let Fixture { store, .. } = &claimed();
    for number in [1, 2] {
        store.begin_session(session(number, &[1]), beginning(0, 30)).unwrap();
    }
    store.use_session(key(2), 60).unwrap();
    let idle = SweptBefore {
        used: 31,
        ..before(0, 0)
    };
    assert_eq!(store.sweep(40, idle).unwrap().others, 1);
    assert_eq!(numbers(&**store, &[1]), [2]);
}

#[test]
fn what_a_passkey_says_of_backups_is_kept_at_first_use() {
    let Fixture { store, folder } = &claimed();
    let known = || store.credential(&[7; 20]).unwrap().unwrap().backup_eligible;
    assert_eq!(known(), Some(true));
    // Of an earlier build, which kept nothing of it at the claim.
    let db = rusqlite::Connection::open(folder.path().join("db")).unwrap();
    db.execute("UPDATE credentials SET backup_eligible = NULL", []).unwrap();
    for (number, backup_eligible) in [(1, false), (2, true)] {
        let beginning = Beginning {
            backup_eligible,
            ..beginning(0, 30)
        };
        store.begin_session(session(number, &[1]), beginning).unwrap();
        assert_eq!(known(), Some(false));
    }
}
