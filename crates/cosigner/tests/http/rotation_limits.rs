//! How often a session may rotate and pair: it fills no disk, and keeps nobody from signing.

use mpc::pairing::ClientPairing;
use rand_core::OsRng;
use wire::{ErrorCode, Request, ceremony::RotationStart, message::encode, statement::ClaimedKey};

use crate::{
    back_end::cheating,
    burns::audited,
    rotations::Held,
    sealed::seal_request,
    world::{Answer, EACH_SCHEME, World, random_key, sealed_by, signing},
};

const HOUR: u64 = 60 * 60;

/// Asks for a rotation of a share.
async fn ask(world: &World, held: &Held, share: &mpc::Share) -> Answer {
    let start = RotationStart {
        keys: vec![ClaimedKey::of(share.info()).unwrap()],
    };
    let to = world.state.identity().channel;
    let (path, message) = (RotationStart::PATH, encode(&start));
    let (_, sealed) = seal_request(&to, Some(held.session()), path, &message, &mut OsRng).unwrap();
    world.post_sealed(path, &sealed_by(held.session()), sealed).await
}

/// In how many seconds a refused caller is to come again.
fn wait(answer: &Answer) -> u64 {
    assert_eq!(answer.code(), ErrorCode::RateLimited);
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// The same with a session that begins now.
async fn unlocked(world: &World, held: Held) -> Held {
    let session = random_key();
    held.browser.unlock(world, &session, &[&held.old]).await.unwrap();
    Held {
        browser: held.browser.with_key(session),
        ..held
    }
}

#[tokio::test]
async fn what_was_rotated_a_moment_ago_is_not_rotated_again_and_signs() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let held = Held::of(&world).await;
        // What a claim made may be rotated at once.
        let (next, _) = held.rotate(&world).await;
        let share = &next.shares[0];
        assert_eq!(wait(&ask(&world, &held, share).await), 60);
        held.sign(&world, &next).await.unwrap();
        world.pass(59);
        assert_eq!(wait(&ask(&world, &held, share).await), 1);
        // A clock that is set back keeps nobody out for longer.
        world.rewind(HOUR);
        assert_eq!(wait(&ask(&world, &held, share).await), 60);
        world.pass(HOUR + 1);
        assert_eq!(ask(&world, &held, share).await.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_session_starts_so_many_rotations_a_day_and_another_session_as_many() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.limits.rotations = 3;
        world.restart();
        let (held, other) = (Held::of(&world).await, Held::of(&world).await);
        for _ in 0..3 {
            held.rotating(&world).await.unwrap();
        }
        assert_eq!(wait(&ask(&world, &held, held.share()).await), 8 * HOUR);
        // The other wallet rotates, and this one signs.
        other.rotate(&world).await;
        held.sign(&world, &held.prepared).await.unwrap();
        // What a thief began the person need not wait for.
        unlocked(&world, held).await.rotate(&world).await;
    }
}

#[tokio::test]
async fn a_wallet_is_rotated_so_often_a_day_by_all_its_sessions() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.limits.rotations = 2;
        world.restart();
        let mut held = Held::of(&world).await;
        for _ in 0..2 {
            let (next, _) = held.rotate(&world).await;
            held.prepared = next;
            world.pass(60);
            held = unlocked(&world, held).await;
        }
        // Refused before anybody is asked for a passkey.
        let seconds = wait(&ask(&world, &held, held.share()).await);
        assert!((12 * HOUR - 120..12 * HOUR).contains(&seconds), "{seconds}");
        held.sign(&world, &held.prepared).await.unwrap();
        world.pass(seconds);
        unlocked(&world, held).await.rotate(&world).await;
    }
}

#[tokio::test]
async fn failed_checks_bar_no_rotation_whose_pairing_then_signs() {
    let world = World::with(|config| config.limits.failed_checks = 1);
    let held = Held::of(&world).await;
    // Who has the session fails a check: no new pairing.
    let (_, message) = signing(held.share(), &held.prepared.pairing, mpc::RunId([3; 16]));
    let caller = sealed_by(held.session());
    let failed = world.call(&caller, &cheating(&message)).await;
    assert_eq!(failed.unwrap_err(), ErrorCode::PeerMisbehaved);
    assert_eq!(world.pairing_of(&caller).await.err(), Some(ErrorCode::RateLimited));
    // The person ends it, and rotates: with the passkey.
    let held = unlocked(&world, held).await;
    let (next, _) = held.rotate(&world).await;
    held.sign(&world, &next).await.unwrap();
    assert_eq!(audited(&world, "pairing_renewed"), (1, 1));
    let again = world.pairing_of(&sealed_by(held.session())).await;
    assert_eq!(again.err(), Some(ErrorCode::RateLimited));
}

/// How many pairings of passkeys there are that are not burnt.
fn live_pairings(world: &World) -> usize {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let query = "SELECT count(*) FROM pairings WHERE owner_kind = 'credential' AND burnt_at IS NULL";
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn of_pairings_that_a_session_makes_and_never_uses_the_newest_few_are_kept() {
    let world = World::new();
    let held = Held::of(&world).await;
    let caller = sealed_by(held.session());
    let sign = async |pairing: &ClientPairing| world.sign(&caller, held.share(), pairing).await;
    let used = world.pairing_of(&caller).await.unwrap();
    sign(&used).await.unwrap();
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(world.pairing_of(&caller).await.unwrap());
    }
    // The claim's, the one that was used, and four.
    assert_eq!(live_pairings(&world), 6);
    for (number, pairing) in made.iter().enumerate() {
        let signed = sign(pairing).await;
        assert_eq!(
            signed.err(),
            (number < 3).then_some(ErrorCode::PairingBurnt),
            "{number}"
        );
    }
    sign(&used).await.unwrap();
    held.sign(&world, &held.prepared).await.unwrap();
}

#[tokio::test]
async fn a_session_makes_so_many_pairings_a_day() {
    let world = World::with(|config| (config.limits.rotations, config.limits.renewals) = (2, 2));
    let held = Held::of(&world).await;
    let caller = sealed_by(held.session());
    for _ in 0..2 {
        world.pairing_of(&caller).await.unwrap();
    }
    assert_eq!(world.pairing_of(&caller).await.err(), Some(ErrorCode::RateLimited));
    // It signs, and rotates, which makes one of its own; another session, and a back end, make theirs.
    held.sign(&world, &held.prepared).await.unwrap();
    held.rotate(&world).await;
    let held = unlocked(&world, held).await;
    world.pairing_of(&sealed_by(held.session())).await.unwrap();
    for _ in 0..4 {
        world.pairing().await;
    }
}
