//! Keys that sign proofs: one at a time, and what is left of those before.

use super::*;

fn rotation(number: u8, replaces: Option<u8>, at: u64) -> NewProofKey {
    NewProofKey {
        public_key: [number; 32],
        sealed: secret(number),
        replaces: replaces.map(|number| [number; 32]),
        at,
    }
}

fn record(number: u8, created_at: u64, retired_at: Option<u64>) -> ProofKeyRecord {
    ProofKeyRecord {
        public_key: [number; 32],
        created_at,
        retired_at,
    }
}

#[test]
fn one_key_signs_and_only_its_secret_is_kept() {
    let fixture = sqlite();
    let store = &*fixture.store;
    assert_eq!(store.signing_proof_key(), Ok(None));
    store.rotate_proof_key(rotation(1, None, 10)).unwrap();
    store.rotate_proof_key(rotation(2, Some(1), 20)).unwrap();
    let fixture = fixture.reopened();
    let store = &*fixture.store;
    assert_eq!(store.signing_proof_key(), Ok(Some((record(2, 20, None), secret(2)))));
    assert_eq!(
        store.proof_keys(),
        Ok(vec![record(2, 20, None), record(1, 10, Some(20))])
    );
}

#[test]
fn a_rotation_of_another_key_than_the_one_that_signs_changes_nothing() {
    let fixture = sqlite();
    let store = &*fixture.store;
    assert_eq!(
        store.rotate_proof_key(rotation(1, Some(9), 10)),
        Err(StoreError::Conflict)
    );
    store.rotate_proof_key(rotation(1, None, 10)).unwrap();
    for replaces in [None, Some(9)] {
        let refused = store.rotate_proof_key(rotation(2, replaces, 20));
        assert_eq!(refused, Err(StoreError::Conflict));
    }
    // Nor does one key come back.
    store.rotate_proof_key(rotation(2, Some(1), 20)).unwrap();
    assert_eq!(
        store.rotate_proof_key(rotation(1, Some(2), 30)),
        Err(StoreError::Conflict)
    );
    assert_eq!(store.signing_proof_key(), Ok(Some((record(2, 20, None), secret(2)))));
}

#[test]
fn a_retired_key_is_forgotten_when_nobody_needs_it() {
    let fixture = sqlite();
    let store = &*fixture.store;
    store.rotate_proof_key(rotation(1, None, 10)).unwrap();
    store.rotate_proof_key(rotation(2, Some(1), 20)).unwrap();
    let needed_until = 20 + 300 + 24 * 60 * 60;
    assert_eq!(store.sweep(needed_until - 1, before(0, 0)).unwrap().others, 0);
    assert_eq!(store.proof_keys().unwrap().len(), 2);
    assert_eq!(store.sweep(needed_until, before(0, 0)).unwrap().others, 1);
    // The one that signs stays, however old it is.
    store.sweep(u64::from(u32::MAX), before(0, 0)).unwrap();
    assert_eq!(store.proof_keys(), Ok(vec![record(2, 20, None)]));
}
