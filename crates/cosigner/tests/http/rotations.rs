//! Rotation: a session changes both shares of what is claimed once more.

use cosigner::keys;
use mpc::{Epoch, Share, channel::ChannelKey};
use wire::{
    ErrorCode, Receipt, Refusal,
    ceremony::{ClaimPasskey, RotationStart, Sign},
    statement::ClaimedKey,
};

use crate::{
    browser::{Browser, Prepared},
    burns::audited,
    resuming::resume,
    world::{EACH_SCHEME, World, random_key, sealed_by, signing},
};

/// A claimed wallet, and an open session of its browser that sends by the same key.
pub(crate) struct Held {
    /// Sends by the session's key.
    pub(crate) browser: Browser,
    pub(crate) old: Share,
    pub(crate) prepared: Prepared,
}

impl Held {
    pub(crate) async fn of(world: &World) -> Self {
        let old = world.wallet().await;
        let claimant = Browser::new();
        let (prepared, _) = claimant.claim(world, &[&old]).await;
        let session = random_key();
        claimant.unlock(world, &session, &[&old]).await.unwrap();
        Self {
            browser: claimant.with_key(session),
            old,
            prepared,
        }
    }

    pub(crate) fn share(&self) -> &Share {
        &self.prepared.shares[0]
    }

    #[expect(
        clippy::misnamed_getters,
        reason = "its session is the one of the browser's key, and not the claim's own"
    )]
    pub(crate) fn session(&self) -> &ChannelKey {
        &self.browser.key
    }

    /// Everything up to the pending share.
    pub(crate) async fn rotating(&self, world: &World) -> Result<Prepared, ErrorCode> {
        let started = self.browser.start_rotation(world, &[self.share()]).await?;
        let refreshed = self.browser.refresh(world, started, &[self.share()]).await?;
        self.browser.prepare(world, refreshed).await
    }

    pub(crate) async fn rotate(&self, world: &World) -> (Prepared, Vec<Receipt>) {
        let prepared = self.rotating(world).await.unwrap();
        let commit = self.browser.confirm(world, &prepared).await.unwrap();
        let receipts = self.browser.commit(world, &commit).await.unwrap();
        // The same again is answered alike.
        assert_eq!(self.browser.commit(world, &commit).await.unwrap(), receipts);
        (prepared, receipts)
    }

    pub(crate) async fn sign(&self, world: &World, of: &Prepared) -> Result<mpc::Signature, ErrorCode> {
        world.sign(&sealed_by(self.session()), &of.shares[0], &of.pairing).await
    }
}

#[tokio::test]
async fn a_rotation_moves_the_wallet_on_and_kills_the_shares_before() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let held = Held::of(&world).await;
        held.sign(&world, &held.prepared).await.unwrap();
        let (next, receipts) = held.rotate(&world).await;
        let body = &receipts[0].body;
        assert_eq!((body.statement.epoch, body.retired), (Epoch(2), Epoch(1)));
        assert_eq!(next.shares[0].public_key(), held.old.public_key());
        assert_eq!(body.statement.credential, held.browser.credential);
        held.sign(&world, &next).await.unwrap();

        // The share of the claim is dead, and so is the prepared one: each with evidence.
        let wallet = held.old.info().wallet;
        let dead = |share: &Share, of: &Prepared| -> Sign { signing(share, &of.pairing, mpc::RunId([9; 16])).1 };
        let refusal = world
            .refusal(&sealed_by(held.session()), &dead(held.share(), &held.prepared))
            .await;
        assert_eq!(refusal.code, ErrorCode::EpochMismatch);
        let evidence = <Refusal as wire::Envelope>::from_text(&refusal.refusal.unwrap()).unwrap();
        assert_eq!((evidence.body.wallet, evidence.body.epoch), (wallet, Epoch(1)));
        let pairing = world.pairing().await;
        let by_app = world.sign(&world.back_end(), &held.old, &pairing).await;
        assert_eq!(by_app.unwrap_err(), ErrorCode::AlreadyClaimed);

        // Another device of the same passkey goes on from there, and rotates once more.
        world.pass(60);
        let other = random_key();
        held.browser.unlock(&world, &other, &[&held.old]).await.unwrap();
        let again = Held {
            browser: held.browser.with_key(other),
            old: held.old,
            prepared: next,
        };
        let (_, receipts) = again.rotate(&world).await;
        assert_eq!(receipts[0].body.statement.epoch, Epoch(3));
        assert_eq!(audited(&world, "rotation_committed"), (2, 2));
        assert_eq!(audited(&world, "claim_committed"), (1, 1));
    }
}

#[tokio::test]
async fn what_is_pending_signs_nothing_and_what_is_taken_back_never_will() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        let held = Held::of(&world).await;
        let next = held.rotating(&world).await.unwrap();
        assert_eq!(held.sign(&world, &next).await.unwrap_err(), ErrorCode::EpochMismatch);
        held.sign(&world, &held.prepared).await.unwrap();
        let commit = held.browser.confirm(&world, &next).await.unwrap();
        world.restart();
        let claim = next.started.offer.claim;
        let ended = resume(&world, claim, &next.shares).await.unwrap();
        assert_eq!(ended, [wire::ceremony::ResumeOutcome::Ended]);
        let late = held.browser.commit(&world, &commit).await;
        assert_eq!(late.unwrap_err(), ErrorCode::ClaimExpired);
        held.sign(&world, &held.prepared).await.unwrap();
        assert_eq!(audited(&world, "rotation_dropped"), (1, 1));
        held.rotate(&world).await;
    }
}

#[tokio::test]
async fn nobody_rotates_but_a_session_of_the_wallets_passkey() {
    let world = World::new();
    let held = Held::of(&world).await;
    let start = |share: &Share| RotationStart {
        keys: vec![ClaimedKey::of(share.info()).unwrap()],
    };
    let stranger = random_key();
    let refused = world.call(&sealed_by(&stranger), &start(held.share())).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    let refused = world.call(&world.back_end(), &start(held.share())).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    // A session of another passkey, and of another wallet of nobody.
    let other = Held::of(&world).await;
    let unclaimed = world.wallet().await;
    for share in [held.share(), &unclaimed] {
        let refused = world.call(&sealed_by(other.session()), &start(share)).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    }
    // The share before, and a key that is none of the wallet's.
    let refused = world.call(&sealed_by(held.session()), &start(&held.old)).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
    let mut wrong = start(held.share());
    wrong.keys[0].public_key = other.old.public_key();
    let refused = world.call(&sealed_by(held.session()), &wrong).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::ShareInvalid);
    let twice = RotationStart {
        keys: [start(held.share()).keys, start(held.share()).keys].concat(),
    };
    for keys in [RotationStart { keys: Vec::new() }, twice] {
        let refused = world.call(&sealed_by(held.session()), &keys).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
    // What one session began no other goes on with.
    let started = held.browser.start_rotation(&world, &[held.share()]).await.unwrap();
    let refused = other.browser.refresh(&world, started, &[held.share()]).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    held.rotate(&world).await;
}

/// How far a rotation comes before its session ends.
const STEPS: [&str; 4] = ["refresh", "prepare", "confirm", "commit"];

#[tokio::test]
async fn a_session_that_ends_takes_its_rotation_with_it() {
    for (step, wallet_type) in STEPS.into_iter().flat_map(|step| EACH_SCHEME.map(|of| (step, of))) {
        let world = World::of(wallet_type);
        let held = Held::of(&world).await;
        let Held { browser, .. } = &held;
        let lock = async || {
            world
                .call(&sealed_by(&browser.key), &wire::ceremony::Lock {})
                .await
                .unwrap();
        };
        let started = browser.start_rotation(&world, &[held.share()]).await.unwrap();
        let outcome = 'ended: {
            if step == "refresh" {
                lock().await;
            }
            let refreshed = match browser.refresh(&world, started, &[held.share()]).await {
                Ok(refreshed) => refreshed,
                Err(code) => break 'ended code,
            };
            if step == "prepare" {
                lock().await;
            }
            let prepared = match browser.prepare(&world, refreshed).await {
                Ok(prepared) => prepared,
                Err(code) => break 'ended code,
            };
            let confirming = browser.confirming(&prepared).confirm;
            if step == "confirm" {
                lock().await;
                break 'ended world.call(&sealed_by(&browser.key), &confirming).await.unwrap_err();
            }
            let commit = browser.confirm(&world, &prepared).await.unwrap();
            lock().await;
            browser.commit(&world, &commit).await.unwrap_err()
        };
        assert_eq!(outcome, ErrorCode::SessionExpired, "{step}");
        let session = random_key();
        browser.unlock(&world, &session, &[&held.old]).await.unwrap();
        world
            .sign(&sealed_by(&session), held.share(), &held.prepared.pairing)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn the_api_key_that_made_a_wallet_is_nothing_to_its_rotation() {
    let world = World::new();
    let held = Held::of(&world).await;
    keys::revoke(&world.state, world.key.id()).unwrap();
    held.rotate(&world).await;
}

#[tokio::test]
async fn a_database_set_back_to_before_a_rotation_signs_nothing() {
    let mut world = World::new();
    let held = Held::of(&world).await;
    let before = world.copy();
    let (next, _) = held.rotate(&world).await;
    world.restore(&before);
    let session = random_key();
    for shares in [&held.prepared.shares, &next.shares] {
        let unlock = held.browser.unlock(&world, &session, &[&shares[0]]).await;
        assert_eq!(unlock.err(), Some(ErrorCode::EpochMismatch));
        let refused = held.sign(&world, &held.prepared).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
    }
    let told = resume(&world, next.started.offer.claim, &next.shares).await;
    assert_eq!(told, Err(ErrorCode::EpochMismatch));
}

#[tokio::test]
async fn an_operator_may_want_the_shares_changed_by_time() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.lifetimes.epoch = 7_200;
        world.restart();
        let held = Held::of(&world).await;
        held.sign(&world, &held.prepared).await.unwrap();
        let due = world.now() + 7_200;
        world.pass(7_200);
        let session = random_key();
        let unlocked = held.browser.unlock(&world, &session, &[&held.old]).await.unwrap();
        assert_eq!(unlocked.rotate_by, Some(due));
        let held = Held {
            browser: held.browser.with_key(session),
            ..held
        };
        assert_eq!(
            held.sign(&world, &held.prepared).await.unwrap_err(),
            ErrorCode::NotAuthorised
        );
        let (next, _) = held.rotate(&world).await;
        held.sign(&world, &next).await.unwrap();
        // A back end's prepared wallets have no age.
        let prepared = world.wallet().await;
        world.pass(7_200);
        let pairing = world.pairing().await;
        world.sign(&world.back_end(), &prepared, &pairing).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_rotates_nothing_that_its_passkey_does_not_approve() {
    let world = World::new();
    let held = Held::of(&world).await;
    let other = Browser::new();
    for lie in 0..5 {
        let next = held.rotating(&world).await.unwrap();
        let challenge = next.started.hash();
        let mut confirm = held.browser.confirming(&next).confirm;
        let (passkey, code) = match lie {
            // Of another rotation, of another passkey, without user verification, an unlock's, and one that is registered.
            0 => (
                ClaimPasskey::Own(held.browser.assert(&[1; 32])),
                ErrorCode::NotAuthorised,
            ),
            1 => (ClaimPasskey::Own(other.assert(&challenge)), ErrorCode::NotAuthorised),
            2 => (
                ClaimPasskey::Own(held.browser.assert_with(0x01, &challenge)),
                ErrorCode::NotAuthorised,
            ),
            3 => {
                let mut named = other.assert(&challenge);
                named.credential.clone_from(&held.browser.credential);
                (ClaimPasskey::Own(named), ErrorCode::NotAuthorised)
            }
            _ => (
                ClaimPasskey::New {
                    passkey: other.new_passkey(&challenge),
                    assertion: other.assert(&challenge),
                },
                ErrorCode::InvalidArgument,
            ),
        };
        confirm.passkey = passkey;
        let refused = world.call(&sealed_by(held.session()), &confirm).await;
        assert_eq!(refused.unwrap_err(), code, "{lie}");
        held.sign(&world, &held.prepared).await.unwrap();
    }
    held.rotate(&world).await;
}
