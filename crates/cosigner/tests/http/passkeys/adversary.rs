//! Whoever has an open session, and not its person's approval, changes nothing.

use mpc::channel::ChannelPublicKey;
use wire::{
    ErrorCode, Request,
    ceremony::{Assertion, Done, PasskeyAdd, PasskeyRemove, PasskeyStart, SealedCopy},
    message::{decode, encode},
    statement::{PasskeyChange, PasskeyTranscript},
};

use super::{BOTH, Owner, Started, addition, hash, held, patient};
use crate::{
    browser::{Browser, Said},
    burns::audited,
    world::{World, public, random_key, sealed_by},
};

/// What is wrong about an addition or a removal.
#[derive(Clone, Copy, Debug)]
enum Lie {
    ApprovedByAnother,
    ApprovedByTheNewOne,
    ApprovedByTheNewOneInItsName,
    ApprovedAtAnotherNonce,
    ApprovedInAnotherSession,
    ApprovedForAnotherWallet,
    ApprovedForOneOfTheWallets,
    ApprovedForOtherPasskeys,
    ApprovedAsTheReverse,
    ApprovedAsMade,
    ApprovedUnseen,
    ApprovedUnverified,
    ApprovedOnAnotherPage,
    ApprovedInAFrame,
    AnotherRegistration,
    AnotherKey,
    MadeAtAnotherNonce,
    MadeUnverified,
    MadeOnAnotherPage,
    MadeInAFrame,
    AnotherPasskey,
    CopyMissing,
    CopyTooMany,
    CopyEmpty,
    CopyTooLong,
    KeyOfLowOrder,
    KeyOfZeros,
    MadeBefore,
    TheOwn,
    AStranger,
}

use Lie::*;

/// What each step of an addition is refused with.
const ADDITIONS: [(Lie, ErrorCode); 28] = [
    (ApprovedByAnother, ErrorCode::NotAuthorised),
    (ApprovedByTheNewOne, ErrorCode::NotAuthorised),
    (ApprovedByTheNewOneInItsName, ErrorCode::NotAuthorised),
    (ApprovedAtAnotherNonce, ErrorCode::NotAuthorised),
    (ApprovedInAnotherSession, ErrorCode::NotAuthorised),
    (ApprovedForAnotherWallet, ErrorCode::NotAuthorised),
    (ApprovedForOneOfTheWallets, ErrorCode::NotAuthorised),
    (ApprovedForOtherPasskeys, ErrorCode::NotAuthorised),
    (ApprovedAsTheReverse, ErrorCode::NotAuthorised),
    (ApprovedAsMade, ErrorCode::NotAuthorised),
    (ApprovedUnseen, ErrorCode::NotAuthorised),
    (ApprovedUnverified, ErrorCode::NotAuthorised),
    (ApprovedOnAnotherPage, ErrorCode::NotAuthorised),
    (ApprovedInAFrame, ErrorCode::NotAuthorised),
    (AnotherRegistration, ErrorCode::NotAuthorised),
    (AnotherKey, ErrorCode::NotAuthorised),
    (MadeAtAnotherNonce, ErrorCode::NotAuthorised),
    (MadeUnverified, ErrorCode::NotAuthorised),
    (MadeOnAnotherPage, ErrorCode::NotAuthorised),
    (MadeInAFrame, ErrorCode::NotAuthorised),
    (CopyMissing, ErrorCode::InvalidArgument),
    (CopyTooMany, ErrorCode::InvalidArgument),
    (CopyEmpty, ErrorCode::InvalidArgument),
    (CopyTooLong, ErrorCode::InvalidArgument),
    (KeyOfLowOrder, ErrorCode::InvalidArgument),
    (KeyOfZeros, ErrorCode::InvalidArgument),
    (MadeBefore, ErrorCode::NotAuthorised),
    (TheOwn, ErrorCode::NotAuthorised),
];

/// The same of a removal.
const REMOVALS: [(Lie, ErrorCode); 18] = [
    (ApprovedByAnother, ErrorCode::NotAuthorised),
    (ApprovedByTheNewOneInItsName, ErrorCode::NotAuthorised),
    (ApprovedAtAnotherNonce, ErrorCode::NotAuthorised),
    (ApprovedInAnotherSession, ErrorCode::NotAuthorised),
    (ApprovedForAnotherWallet, ErrorCode::NotAuthorised),
    (ApprovedForOneOfTheWallets, ErrorCode::NotAuthorised),
    (ApprovedForOtherPasskeys, ErrorCode::NotAuthorised),
    (ApprovedAsTheReverse, ErrorCode::NotAuthorised),
    (ApprovedUnseen, ErrorCode::NotAuthorised),
    (ApprovedUnverified, ErrorCode::NotAuthorised),
    (ApprovedOnAnotherPage, ErrorCode::NotAuthorised),
    (ApprovedInAFrame, ErrorCode::NotAuthorised),
    (AnotherPasskey, ErrorCode::NotAuthorised),
    (CopyMissing, ErrorCode::InvalidArgument),
    (CopyTooMany, ErrorCode::InvalidArgument),
    (CopyEmpty, ErrorCode::InvalidArgument),
    (TheOwn, ErrorCode::InvalidArgument),
    (AStranger, ErrorCode::InvalidArgument),
];

/// What a browser says to another origin's page.
fn elsewhere(said: Said<'_>) -> Said<'_> {
    Said {
        origin: "https://app.example.com.evil.com",
        ..said
    }
}

/// What it says to a page in a frame of another origin's page.
fn framed(said: Said<'_>) -> Said<'_> {
    Said {
        is_cross_origin: true,
        ..said
    }
}

/// What an authenticator says that did not look who uses it.
fn unverified(said: Said<'_>) -> Said<'_> {
    Said { flags: 0x01, ..said }
}

/// A person with three passkeys, of which one has opened the session, and one that is new.
struct Scene {
    owner: Owner,
    tablet: Browser,
    phone: Browser,
    new: Browser,
    stranger: Owner,
}

impl Scene {
    async fn of(world: &World) -> Self {
        let owner = Owner::of(world, &BOTH).await;
        let (tablet, phone) = (Browser::new(), Browser::new());
        owner.add(world, &tablet).await.unwrap();
        owner.add(world, &phone).await.unwrap();
        Self {
            owner,
            tablet,
            phone,
            new: Browser::new(),
            stranger: Owner::of(world, &BOTH[..1]).await,
        }
    }

    fn own(&self) -> &Browser {
        &self.owner.browser
    }

    /// What is approved, for a lie about that.
    fn approval(&self, lie: Lie, started: &Started, change: PasskeyChange, reverse: PasskeyChange) -> Assertion {
        let honest = PasskeyTranscript {
            change,
            ..started.transcript.clone()
        };
        let mut said = honest.clone();
        match lie {
            ApprovedAtAnotherNonce => said.nonce[31] ^= 1,
            ApprovedInAnotherSession => said.session = public(&self.stranger.browser.key),
            ApprovedForAnotherWallet => said.keys[1] = self.stranger.keys().remove(0),
            ApprovedForOneOfTheWallets => {
                said.keys.truncate(1);
                said.passkeys.truncate(1);
            }
            ApprovedForOtherPasskeys => said.passkeys[0][0] ^= 1,
            ApprovedAsTheReverse => said.change = reverse,
            ApprovedAsMade => said.change = PasskeyChange::Make,
            _ => {}
        }
        let challenge = hash(&said);
        match lie {
            ApprovedByAnother => self.tablet.assert(&challenge),
            ApprovedByTheNewOne => self.new.assert(&challenge),
            ApprovedByTheNewOneInItsName => Assertion {
                credential: self.own().credential.clone(),
                ..self.new.assert(&challenge)
            },
            ApprovedUnseen => self.own().assert_with(0x04, &challenge),
            ApprovedUnverified => self.own().assert_saying(unverified(self.own().said(&challenge))),
            ApprovedOnAnotherPage => self.own().assert_saying(elsewhere(self.own().said(&challenge))),
            ApprovedInAFrame => self.own().assert_saying(framed(self.own().said(&challenge))),
            _ => self.own().assert(&challenge),
        }
    }

    fn adding(&self, lie: Lie, started: &Started) -> PasskeyAdd {
        let challenge = started.challenge(PasskeyChange::Make);
        let mut passkey = match lie {
            MadeBefore => started.made(&self.tablet),
            TheOwn => started.made(self.own()),
            _ => started.made(&self.new),
        };
        match lie {
            MadeAtAnotherNonce => passkey.registration = self.new.register(&[1; 32]),
            MadeUnverified => passkey.registration = self.new.register_saying(unverified(self.new.said(&challenge))),
            MadeOnAnotherPage => passkey.registration = self.new.register_saying(elsewhere(self.new.said(&challenge))),
            MadeInAFrame => passkey.registration = self.new.register_saying(framed(self.new.said(&challenge))),
            KeyOfZeros => passkey.key = ChannelPublicKey([0; 32]),
            KeyOfLowOrder => passkey.key = low_order(),
            _ => {}
        }
        let reverse = PasskeyChange::Remove(passkey.registration.credential.clone());
        let approval = self.approval(lie, started, addition(&passkey), reverse);
        match lie {
            AnotherRegistration => passkey.registration = Browser::new().register(&challenge),
            AnotherKey => passkey.key = Browser::new().recipient().key,
            _ => {}
        }
        PasskeyAdd {
            passkey,
            approval,
            copies: copies(lie, started),
        }
    }

    fn removing(&self, lie: Lie, started: &Started) -> PasskeyRemove {
        let credential = match lie {
            TheOwn => &self.own().credential,
            AStranger => &self.stranger.browser.credential,
            _ => &self.phone.credential,
        };
        let reverse = addition(&started.made(&self.phone));
        let change = match lie {
            AnotherPasskey => PasskeyChange::Remove(self.tablet.credential.clone()),
            _ => PasskeyChange::Remove(credential.clone()),
        };
        PasskeyRemove {
            credential: credential.clone(),
            approval: self.approval(lie, started, change, reverse),
            copies: copies(lie, started),
        }
    }
}

/// A point that every key agrees on zeros with (RFC 7748 §6.1).
fn low_order() -> ChannelPublicKey {
    let mut one = [0; 32];
    one[0] = 1;
    ChannelPublicKey(one)
}

fn copies(lie: Lie, started: &Started) -> Vec<SealedCopy> {
    let mut copies = started.sealed("by a liar");
    match lie {
        CopyMissing => copies.truncate(1),
        CopyTooMany => copies.extend_from_within(..1),
        CopyEmpty => copies[1].0.clear(),
        CopyTooLong => copies[1].0.resize(SealedCopy::LIMIT + 1, 0),
        _ => {}
    }
    copies
}

/// Sends a lie, which is refused, told in the audit log, and changes nothing; and uses its start up.
async fn refused<R: Request<Answer = Done>>(world: &World, owner: &Owner, lie: (Lie, ErrorCode), message: &R) {
    // Six lines a minute are written.
    world.pass(10);
    let (before, told) = (held(world), audited(world, "passkeys_refused").0);
    let caller = sealed_by(owner.session());
    let refused = world.call(&caller, message).await;
    assert_eq!(refused.err(), Some(lie.1), "{} {:?}", R::PATH, lie.0);
    assert_eq!(held(world), before, "{} {:?}", R::PATH, lie.0);
    if decode::<R>(&encode(message), R::LIMIT, R::PATH).is_err() {
        // It is no message of the form: nothing of it is looked at, and the start waits on.
        return;
    }
    let again = world.call(&caller, message).await;
    assert_eq!(again.err(), Some(ErrorCode::SessionExpired), "{} {:?}", R::PATH, lie.0);
    // One line for each wallet.
    let told = (told + 2, told + 2);
    assert_eq!(audited(world, "passkeys_refused"), told, "{} {:?}", R::PATH, lie.0);
}

#[tokio::test]
async fn an_addition_that_was_not_approved_just_so_changes_nothing() {
    let world = patient();
    let scene = Scene::of(&world).await;
    for (lie, code) in ADDITIONS {
        let started = scene.owner.start(&world).await.unwrap();
        let adding = scene.adding(lie, &started);
        refused(&world, &scene.owner, (lie, code), &adding).await;
    }
    assert_eq!(scene.owner.list(&world).await.unwrap().len(), 3);
    scene.owner.add(&world, &scene.new).await.unwrap();
}

#[tokio::test]
async fn a_removal_that_was_not_approved_just_so_changes_nothing() {
    let world = patient();
    let scene = Scene::of(&world).await;
    for (lie, code) in REMOVALS {
        let started = scene.owner.start(&world).await.unwrap();
        let removing = scene.removing(lie, &started);
        refused(&world, &scene.owner, (lie, code), &removing).await;
    }
    assert_eq!(scene.owner.list(&world).await.unwrap().len(), 3);
    scene.owner.remove(&world, &scene.phone).await.unwrap();
}

#[tokio::test]
async fn the_one_passkey_that_there_is_stays() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let started = owner.start(&world).await.unwrap();
    let removing = started.removing(&owner.browser, &owner.browser.credential);
    refused(&world, &owner, (TheOwn, ErrorCode::InvalidArgument), &removing).await;
    owner.opened(&world, &owner.browser).await.unwrap();
}

#[tokio::test]
async fn a_ninth_passkey_is_refused_until_one_is_removed() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let others: Vec<_> = (0..7).map(|_| Browser::new()).collect();
    for other in &others {
        owner.add(&world, other).await.unwrap();
    }
    let ninth = Browser::new();
    let adding = owner.start(&world).await.unwrap().adding(&owner.browser, &ninth);
    refused(&world, &owner, (CopyTooMany, ErrorCode::InvalidArgument), &adding).await;
    owner.remove(&world, &others[3]).await.unwrap();
    owner.add(&world, &ninth).await.unwrap();
    assert_eq!(owner.list(&world).await.unwrap().len(), 8);
}

#[tokio::test]
async fn a_start_is_for_what_the_session_holds_and_nothing_is_told_of_others() {
    let world = patient();
    let (owner, other) = (Owner::of(&world, &BOTH).await, Owner::of(&world, &BOTH[..1]).await);
    let unclaimed = world.wallet().await;
    let unclaimed = wire::statement::ClaimedKey::of(unclaimed.info()).unwrap();
    let own = owner.keys();
    let changed = |change: &dyn Fn(&mut wire::statement::ClaimedKey)| {
        let mut keys = own.clone();
        change(&mut keys[1]);
        keys
    };
    let before = held(&world);
    for (keys, code) in [
        (Vec::new(), ErrorCode::InvalidArgument),
        (vec![own[0].clone(), own[0].clone()], ErrorCode::InvalidArgument),
        (vec![own[0].clone(); 17], ErrorCode::InvalidArgument),
        (other.keys(), ErrorCode::NotAuthorised),
        (vec![unclaimed], ErrorCode::NotAuthorised),
        (changed(&|key| key.wallet.0[0] ^= 1), ErrorCode::NotAuthorised),
        (changed(&|key| key.epoch = mpc::Epoch(0)), ErrorCode::EpochMismatch),
        (changed(&|key| key.epoch = mpc::Epoch(2)), ErrorCode::EpochMismatch),
        (
            changed(&|key| key.public_key = other.keys()[0].public_key),
            ErrorCode::ShareInvalid,
        ),
    ] {
        let refused = world.call(&sealed_by(owner.session()), &PasskeyStart { keys }).await;
        assert_eq!(refused.err(), Some(code));
    }
    let start = PasskeyStart { keys: own };
    let stranger = random_key();
    let refused = world.call(&sealed_by(&stranger), &start).await;
    assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
    let refused = world.call(&world.back_end(), &start).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    assert_eq!(held(&world), before);
    assert_eq!(audited(&world, "passkeys_started"), (0, 0));
    assert_eq!(audited(&world, "passkeys_refused"), (0, 0));
}

#[tokio::test]
async fn an_approval_is_good_once_in_its_session_and_for_a_short_time() {
    let mut world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let over = Some(ErrorCode::SessionExpired);
    let caller = sealed_by(owner.session());
    let (phone, tablet) = (Browser::new(), Browser::new());
    // One that was carried out is shown again, with the passkey and the start of another.
    let used = owner.start(&world).await.unwrap().adding(&owner.browser, &phone);
    world.call(&caller, &used).await.unwrap();
    let before = held(&world);
    let mut replayed = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    replayed.approval = used.approval;
    assert_eq!(
        world.call(&caller, &replayed).await.err(),
        Some(ErrorCode::NotAuthorised)
    );
    // A later start takes the place of an earlier one.
    let earlier = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    owner.start(&world).await.unwrap();
    assert_eq!(
        world.call(&caller, &earlier).await.err(),
        Some(ErrorCode::NotAuthorised)
    );
    // Another session of the same passkey has started none, or another.
    let elsewhere = owner.opened(&world, &owner.browser).await.unwrap();
    let adding = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    assert_eq!(world.call(&sealed_by(&elsewhere.key), &adding).await.err(), over);
    Started::by(&world, &elsewhere.key, owner.keys()).await.unwrap();
    let refused = world.call(&sealed_by(&elsewhere.key), &adding).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    world
        .call(&sealed_by(&elsewhere.key), &wire::ceremony::Lock {})
        .await
        .unwrap();
    // Past its time, after a restart, and in the session that begins in the place of its own.
    let stale = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    world.pass(10 * 60);
    assert_eq!(world.call(&caller, &stale).await.err(), over);
    let adding = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    world.restart();
    assert_eq!(world.call(&caller, &adding).await.err(), over);
    let adding = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    owner
        .browser
        .unlock(&world, owner.session(), &owner.shares())
        .await
        .unwrap();
    assert_eq!(world.call(&caller, &adding).await.err(), over);
    let adding = owner.start(&world).await.unwrap().adding(&owner.browser, &tablet);
    world.call(&caller, &wire::ceremony::Lock {}).await.unwrap();
    assert_eq!(world.call(&caller, &adding).await.err(), over);
    owner
        .browser
        .unlock(&world, owner.session(), &owner.shares())
        .await
        .unwrap();
    assert_eq!(world.call(&caller, &adding).await.err(), over);
    assert_eq!(owner.list(&world).await.unwrap().len(), 2);
    let without_sessions = |rows: Vec<_>| rows.len();
    assert_eq!(without_sessions(held(&world)), without_sessions(before));
}

#[tokio::test]
async fn how_often_a_change_is_started_is_bounded_and_with_it_the_audit_log() {
    let world = World::new();
    let owner = Owner::of(&world, &BOTH).await;
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(owner.start(&world).await.err());
    }
    assert_eq!(codes[..5], [None; 5]);
    assert_eq!(codes[5..], [Some(ErrorCode::RateLimited); 3]);
    assert_eq!(audited(&world, "passkeys_started"), (10, 10));
}
