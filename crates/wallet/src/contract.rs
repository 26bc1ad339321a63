//! What every store of sealed records must do, as a suite that each implementation runs.

use crate::host::{Cancel, Record, ShareStore, StoreError};

/// Holds an empty store to its duties; leaves it empty. Says which one it fails.
///
/// # Errors
/// A sentence for the duty.
pub async fn share_store<S: ShareStore>(store: &S) -> Result<(), &'static str> {
    let record = |key: &str, bytes: &[u8]| Record {
        key: key.to_owned(),
        bytes: bytes.to_vec(),
    };
    expect_records(store, &[], "an empty store lists nothing").await?;
    done(store.put(&[]).await, "nothing can be put")?;
    let (one, two) = (record("wallet/one", b"1"), record("pairing/two", &[0; 65_536]));
    done(
        store.put(&[one.clone(), two.clone()]).await,
        "two records are put at once",
    )?;
    expect_records(store, &[&one, &two], "what was put is listed").await?;
    let changed = record("wallet/one", &[]);
    done(
        store.put(core::slice::from_ref(&changed)).await,
        "a record is put in place of another",
    )?;
    expect_records(store, &[&changed, &two], "a record that was put again is listed once").await?;
    done(
        store.delete(&["wallet/none".to_owned()]).await,
        "what isn't there can be deleted",
    )?;
    done(store.delete(&[]).await, "nothing can be deleted")?;
    expect_records(store, &[&changed, &two], "deleting what isn't there leaves the rest").await?;
    let keys = ["wallet/one".to_owned(), "pairing/two".to_owned()];
    done(store.delete(&keys).await, "two records are deleted at once")?;
    expect_records(store, &[], "deleted records are not listed").await?;
    names_are_held(store).await
}

async fn names_are_held<S: ShareStore>(store: &S) -> Result<(), &'static str> {
    let cancel = Cancel::default();
    let held = store
        .hold("wallet/one", &cancel)
        .await
        .map_err(|_| "a free name can be held")?;
    done(
        store.hold("wallet/two", &cancel).await.map(drop),
        "another name can be held meanwhile",
    )?;
    let impatient = Cancel::default();
    impatient.cancel();
    match store.hold("wallet/one", &impatient).await {
        Err(StoreError::Cancelled) => {}
        Ok(_) | Err(StoreError::Unavailable | StoreError::NotKept) => {
            return Err("waiting for a name that is held ends with the caller's cancellation");
        }
    }
    drop(held);
    done(
        store.hold("wallet/one", &cancel).await.map(drop),
        "a name that was dropped can be held again",
    )
}

async fn expect_records<S: ShareStore>(
    store: &S,
    expected: &[&Record],
    duty: &'static str,
) -> Result<(), &'static str> {
    let listed = store.list().await.map_err(|_| duty)?;
    let is_same = listed.len() == expected.len() && expected.iter().all(|record| listed.contains(record));
    if is_same { Ok(()) } else { Err(duty) }
}

fn done(outcome: Result<(), StoreError>, duty: &'static str) -> Result<(), &'static str> {
    outcome.map_err(|_| duty)
}
