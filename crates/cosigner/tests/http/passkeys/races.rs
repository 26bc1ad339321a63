//! Changes that meet: of passkeys, of shares, and of who is let in.

use futures_util::future::{join, join_all};
use wire::{
    ErrorCode,
    ceremony::{PasskeyAdd, SealedCopy},
};

use super::{BOTH, Change, Owner, Started, digest_after, held, patient};
use crate::{
    browser::{Browser, Prepared, copy_of, finish, start, unlock_hash},
    burns::audited,
    world::{EACH_SCHEME, World, random_key, sealed_by},
};

/// Sessions of the same passkey.
async fn sessions(world: &World, owner: &Owner, count: usize) -> Vec<Browser> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(owner.opened(world, &owner.browser).await.unwrap());
    }
    sessions
}

#[tokio::test]
async fn of_fifty_additions_at_once_one_is_made() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let mut sent = Vec::new();
    for session in sessions(&world, &owner, 50).await {
        let phone = Browser::new();
        let started = Started::by(&world, &session.key, owner.keys()).await.unwrap();
        sent.push((started.adding(&owner.browser, &phone), session, phone));
    }
    let all = sent.iter().map(async |(adding, session, phone)| {
        let answer = world.call(&sealed_by(&session.key), adding).await;
        (answer, phone)
    });
    let mut won = Vec::new();
    for (answer, phone) in join_all(all).await {
        match answer {
            Ok(_) => won.push(phone),
            Err(code) => assert_eq!(code, ErrorCode::EpochMismatch),
        }
    }
    assert_eq!(won.len(), 1);
    let after = digest_after(&owner.browser, [Change::Added(won[0].recipient())]);
    assert_eq!(owner.start(&world).await.unwrap().offer.passkeys, [after, after]);
    assert_eq!(audited(&world, "passkey_added"), (2, 2));
    // Six lines a minute for each wallet.
    assert_eq!(audited(&world, "passkeys_refused"), (12, 12));
    // Nothing is registered of those that were not added.
    assert_eq!(owner.list(&world).await.unwrap().len(), 2);
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    assert_eq!(
        db.query_row("SELECT count(*) FROM credentials", [], |row| row.get(0)),
        Ok(2)
    );
}

#[tokio::test]
async fn of_fifty_removals_at_once_one_is_made() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let others: Vec<_> = (0..5).map(|_| Browser::new()).collect();
    for other in &others {
        owner.add(&world, other).await.unwrap();
    }
    let mut sent = Vec::new();
    for (session, other) in sessions(&world, &owner, 50)
        .await
        .into_iter()
        .zip(others.iter().cycle())
    {
        let started = Started::by(&world, &session.key, owner.keys()).await.unwrap();
        sent.push((started.removing(&owner.browser, &other.credential), session));
    }
    let all = sent
        .iter()
        .map(|(removing, session)| async { world.call(&sealed_by(&session.key), removing).await });
    let answers = join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    // Too late for the list that was approved, or for the passkey.
    let is_refused = |code: &ErrorCode| matches!(code, ErrorCode::EpochMismatch | ErrorCode::InvalidArgument);
    assert!(
        answers
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .all(is_refused)
    );
    assert_eq!(owner.list(&world).await.unwrap().len(), 5);
    assert_eq!(audited(&world, "passkey_removed"), (2, 2));
}

#[tokio::test]
async fn two_that_remove_each_other_leave_one() {
    for _ in 0..4 {
        let world = patient();
        let owner = Owner::of(&world, &BOTH).await;
        let phone = Browser::new();
        owner.add(&world, &phone).await.unwrap();
        let on_phone = owner.opened(&world, &phone).await.unwrap();
        let one = owner.start(&world).await.unwrap();
        let one = one.removing(&owner.browser, &phone.credential);
        let two = Started::by(&world, &on_phone.key, owner.keys()).await.unwrap();
        let two = two.removing(&phone, &owner.browser.credential);
        let (by_owner, by_phone) = (sealed_by(owner.session()), sealed_by(&on_phone.key));
        let (one, two) = join(world.call(&by_owner, &one), world.call(&by_phone, &two)).await;
        assert_ne!(one.is_ok(), two.is_ok());
        let mut left = 0;
        for passkey in [&owner.browser, &phone] {
            left += usize::from(owner.opened(&world, passkey).await.is_ok());
        }
        assert_eq!(left, 1);
    }
}

/// A rotation that needs nothing but its commit.
async fn confirmed(world: &World, owner: &Owner) -> (Prepared, wire::ceremony::ClaimCommit) {
    let prepared = owner.rotating(world).await.unwrap();
    let commit = owner.browser.confirm(world, &prepared).await.unwrap();
    (prepared, commit)
}

/// An addition by another session, which needs nothing but to be sent.
async fn addition(world: &World, owner: &Owner, phone: &Browser) -> (Browser, PasskeyAdd) {
    let session = owner.opened(world, &owner.browser).await.unwrap();
    let started = Started::by(world, &session.key, owner.keys()).await.unwrap();
    let adding = started.adding(&owner.browser, phone);
    (session, adding)
}

/// Checks that list, copies and epoch are those of whichever was carried out.
async fn fits(world: &World, owner: &Owner, next: &Prepared, was_added: Option<(&Browser, &[SealedCopy])>) {
    let session = random_key();
    let unlocked = owner.browser.unlock(world, &session, &owner.shares()).await.unwrap();
    let (shares, changes, copies) = match was_added {
        Some((phone, copies)) => (&owner.shares, vec![Change::Added(phone.recipient())], copies.to_vec()),
        None => (&next.shares, vec![], next.shares.iter().map(copy_of).collect()),
    };
    let digest = digest_after(&owner.browser, changes);
    assert!(unlocked.passkeys.iter().all(|passkeys| *passkeys == digest));
    let live: Vec<_> = shares.iter().map(|share| share.info().clone()).collect();
    assert_eq!(unlocked.keys, live);
    assert_eq!(owner.copies(world, &session).await.unwrap(), copies);
    let pairing = match was_added {
        Some(_) => &owner.pairing,
        None => &next.pairing,
    };
    world.sign(&sealed_by(&session), &shares[0], pairing).await.unwrap();
}

#[tokio::test]
async fn of_an_addition_and_a_rotation_the_first_is_carried_out() {
    for wallet_type in EACH_SCHEME {
        let world = patient();
        let owner = Owner::of(&world, &[wallet_type]).await;
        let phone = Browser::new();
        let (next, commit) = confirmed(&world, &owner).await;
        let (session, adding) = addition(&world, &owner, &phone).await;
        world.call(&sealed_by(&session.key), &adding).await.unwrap();
        let refused = owner.browser.commit(&world, &commit).await;
        assert_eq!(refused.err(), Some(ErrorCode::ClaimExpired));
        assert_eq!(audited(&world, "rotation_dropped"), (1, 1));
        fits(&world, &owner, &next, Some((&phone, &adding.copies))).await;

        let world = patient();
        let owner = Owner::of(&world, &[wallet_type]).await;
        let (next, commit) = confirmed(&world, &owner).await;
        let (session, adding) = addition(&world, &owner, &phone).await;
        owner.browser.commit(&world, &commit).await.unwrap();
        let before = held(&world);
        let refused = world.call(&sealed_by(&session.key), &adding).await;
        assert_eq!(refused.err(), Some(ErrorCode::EpochMismatch));
        assert_eq!(held(&world), before);
        fits(&world, &owner, &next, None).await;
    }
}

#[tokio::test]
async fn an_addition_and_a_rotation_at_once_fit_whichever_wins() {
    for _ in 0..8 {
        let world = patient();
        let owner = Owner::of(&world, &[EACH_SCHEME[1]]).await;
        let phone = Browser::new();
        let (next, commit) = confirmed(&world, &owner).await;
        let (session, adding) = addition(&world, &owner, &phone).await;
        let caller = sealed_by(&session.key);
        let (rotated, added) = join(owner.browser.commit(&world, &commit), world.call(&caller, &adding)).await;
        assert_ne!(rotated.is_ok(), added.is_ok());
        let was_added = added.is_ok().then_some((&phone, &adding.copies[..]));
        fits(&world, &owner, &next, was_added).await;
    }
}

#[tokio::test]
async fn a_rotation_seals_to_the_passkeys_that_it_was_begun_with_or_is_not_prepared() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let phone = Browser::new();
    let shares = owner.shares();
    let started = owner.browser.start_rotation(&world, &shares).await.unwrap();
    let refreshed = owner.browser.refresh(&world, started, &shares).await.unwrap();
    owner.add(&world, &phone).await.unwrap();
    let before = held(&world);
    let refused = owner.browser.prepare(&world, refreshed).await;
    assert_eq!(refused.err(), Some(ErrorCode::ClaimExpired));
    assert_eq!(held(&world), before);
    let next = owner.rotating(&world).await.unwrap();
    let commit = owner.browser.confirm(&world, &next).await.unwrap();
    owner.browser.commit(&world, &commit).await.unwrap();
    // Removed by the other, whose session goes on from the next epoch.
    let owner = Owner {
        shares: next.shares,
        ..owner
    };
    owner.remove(&world, &phone).await.unwrap();
}

#[tokio::test]
async fn who_is_removed_is_refused_at_once_by_every_process() {
    let mut world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let phone = Browser::new();
    owner.add(&world, &phone).await.unwrap();
    let on_phone = owner.opened(&world, &phone).await.unwrap();
    let caller = sealed_by(&on_phone.key);
    let pairing = world.pairing_of(&caller).await.unwrap();
    let one = world.state.clone();
    let two = world.another_state();

    // The second process has signed for the phone, and a rotation of it is under way there.
    world.state = two.clone();
    world.sign(&caller, &owner.shares[0], &pairing).await.unwrap();
    let rotating = phone.with_key(random_key());
    phone.unlock(&world, &rotating.key, &owner.shares()).await.unwrap();
    let started = rotating.start_rotation(&world, &owner.shares()).await.unwrap();

    world.state = one;
    owner.remove(&world, &phone).await.unwrap();
    for state in [world.state.clone(), two] {
        world.state = state;
        let refused = world.sign(&caller, &owner.shares[0], &pairing).await;
        assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
        let refused = owner.copies(&world, &on_phone.key).await;
        assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
        let refused = owner.opened(&world, &phone).await;
        assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    }
    let refused = rotating.refresh(&world, started, &owner.shares()).await;
    assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
}

#[tokio::test]
async fn an_unlock_that_a_removal_overtook_opens_nothing() {
    let mut world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let phone = Browser::new();
    owner.add(&world, &phone).await.unwrap();
    let one = world.state.clone();
    for state in [world.state.clone(), world.another_state()] {
        world.state = state.clone();
        let session = random_key();
        let asked = start(owner.shares.iter().map(|share| share.info().wallet).collect(), &session);
        let offer = world.call(&sealed_by(&session), &asked).await.unwrap();
        world.hear(offer.process);
        let answered = finish(phone.assert(&unlock_hash(&asked, &offer, &session)));
        world.state = one.clone();
        let _ = owner.remove(&world, &phone).await;
        world.state = state;
        let refused = world.call(&sealed_by(&session), &answered).await;
        assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    }
}

#[tokio::test]
async fn a_removal_and_an_unlock_at_once_leave_no_session() {
    for _ in 0..8 {
        let world = patient();
        let owner = Owner::of(&world, &BOTH[1..]).await;
        let phone = Browser::new();
        owner.add(&world, &phone).await.unwrap();
        let session = random_key();
        let asked = start(owner.shares.iter().map(|share| share.info().wallet).collect(), &session);
        let caller = sealed_by(&session);
        let offer = world.call(&caller, &asked).await.unwrap();
        world.hear(offer.process);
        let answered = finish(phone.assert(&unlock_hash(&asked, &offer, &session)));
        let (removed, _) = join(owner.remove(&world, &phone), world.call(&caller, &answered)).await;
        removed.unwrap();
        let refused = world.sign(&caller, &owner.shares[0], None).await;
        assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
        let db = rusqlite::Connection::open(&world.config.database).unwrap();
        let query = "SELECT count(*) FROM sessions WHERE credential = ?1";
        let left = db.query_row(query, [&phone.credential], |row| row.get(0));
        assert_eq!(left, Ok(0));
    }
}
