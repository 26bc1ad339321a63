//! What every store of sealed records must do, as a suite that each implementation runs.

use crate::host::{Cancel, Change, Record, ShareStore, StoreError, Write};

const ONE: &str = "wallet/one";
const TWO: &str = "pairing/two";

/// Holds an empty store to its duties; leaves it empty. Says which one it fails.
///
/// # Errors
/// A sentence for the duty.
pub async fn share_store<S: ShareStore>(store: &S) -> Result<(), &'static str> {
    expect(store, &[], "an empty store lists nothing").await?;
    done(store.write(Write::Seal, &[]).await, "nothing can be written")?;
    let both = [change(ONE, 0, Some(b"1")), change(TWO, 0, Some(&[0; 65_536]))];
    done(store.write(Write::Seal, &both).await, "two records are written at once")?;
    expect(store, &both, "what was written is listed").await?;
    writes_compare(store).await?;
    names_are_held(store).await
}

/// Ends with an empty store.
async fn writes_compare<S: ShareStore>(store: &S) -> Result<(), &'static str> {
    let first = generation(store, ONE).await?;
    let changed = change(ONE, first, Some(b""));
    done(
        store.write(Write::Promote, core::slice::from_ref(&changed)).await,
        "a record is written in place of the generation that is there",
    )?;
    let two = generation(store, TWO).await?;
    for (stale, duty) in [
        (first, "a record that was written since is not replaced"),
        (0, "a record that is there is not written as new"),
    ] {
        let changes = [change(TWO, two, Some(b"2")), change(ONE, stale, Some(b"3"))];
        refused(store.write(Write::Promote, &changes).await, duty)?;
        refused(store.write(Write::Promote, &[change(ONE, stale, None)]).await, duty)?;
    }
    let missing = change("wallet/none", first, Some(b"4"));
    refused(
        store.write(Write::Promote, &[missing]).await,
        "a record that is gone is not replaced",
    )?;
    let as_before = [changed, change(TWO, 0, Some(&[0; 65_536]))];
    expect(store, &as_before, "a write that is refused changes nothing").await?;
    let second = generation(store, ONE).await?;
    let gone = [change(ONE, second, None), change(TWO, two, None)];
    done(
        store.write(Write::Sweep, &gone).await,
        "two records are deleted at once",
    )?;
    expect(store, &[], "deleted records are not listed").await?;
    let again = change(ONE, 0, Some(b"5"));
    done(
        store.write(Write::Seal, core::slice::from_ref(&again)).await,
        "a record is written where one was deleted",
    )?;
    let third = generation(store, ONE).await?;
    if [first, second].contains(&third) {
        return Err("no generation of a record comes again");
    }
    done(
        store.write(Write::RollBack, &[change(ONE, third, None)]).await,
        "a record is deleted",
    )
}

async fn names_are_held<S: ShareStore>(store: &S) -> Result<(), &'static str> {
    let cancel = Cancel::default();
    let held = store.hold(ONE, &cancel).await.map_err(|_| "a free name can be held")?;
    done(
        store.hold(TWO, &cancel).await.map(drop),
        "another name can be held meanwhile",
    )?;
    match store.try_hold(ONE).await {
        Ok(None) => {}
        Ok(Some(_)) | Err(_) => return Err("a name that is held is not held twice"),
    }
    let impatient = Cancel::default();
    impatient.cancel();
    match store.hold(ONE, &impatient).await {
        Err(StoreError::Cancelled) => {}
        Ok(_) | Err(_) => return Err("waiting for a name that is held ends with the caller's cancellation"),
    }
    drop(held);
    done(
        store.hold(ONE, &cancel).await.map(drop),
        "a name that was dropped can be held again",
    )?;
    match store.try_hold(ONE).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) | Err(_) => Err("a name that is free is held at once"),
    }
}

fn change(key: &str, replaces: u64, bytes: Option<&[u8]>) -> Change {
    Change {
        key: key.to_owned(),
        replaces,
        bytes: bytes.map(<[u8]>::to_vec),
    }
}

async fn generation<S: ShareStore>(store: &S, key: &str) -> Result<u64, &'static str> {
    let listed = store.list().await.map_err(|_| "records are listed")?;
    let record = listed.iter().find(|record| record.key == key);
    match record.ok_or("what was written is listed")?.generation {
        0 => Err("a record that is there is of generation 1 or more"),
        generation => Ok(generation),
    }
}

async fn expect<S: ShareStore>(store: &S, expected: &[Change], duty: &'static str) -> Result<(), &'static str> {
    let listed = store.list().await.map_err(|_| duty)?;
    let is_listed = |change: &Change| {
        let mut same = listed.iter().filter(|record| record.key == change.key);
        let is_same = |record: &Record| Some(&record.bytes) == change.bytes.as_ref();
        same.next().is_some_and(is_same) && same.next().is_none()
    };
    let is_same = listed.len() == expected.len() && expected.iter().all(is_listed);
    if is_same { Ok(()) } else { Err(duty) }
}

fn done(outcome: Result<(), StoreError>, duty: &'static str) -> Result<(), &'static str> {
    outcome.map_err(|_| duty)
}

fn refused(outcome: Result<(), StoreError>, duty: &'static str) -> Result<(), &'static str> {
    match outcome {
        Err(StoreError::Changed) => Ok(()),
        Ok(()) | Err(_) => Err(duty),
    }
}
