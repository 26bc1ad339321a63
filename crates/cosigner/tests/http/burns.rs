//! Failed checks of oblivious transfers: what they burn, what is counted, and who has to wait.

use axum::http::header;
use cosigner::api_key::Scope;
use mpc::{
    PairingId, RunId, Share,
    channel::ChannelKey,
    pairing::{self, ClientPairing},
};
use rand_core::OsRng;
use wire::{
    ErrorCode, Request, WalletType,
    ceremony::{ClaimPrepare, PairingFinish, PairingStart},
    message::encode,
};

use crate::{
    back_end::cheating,
    browser::Browser,
    sealed::seal_request,
    world::{Answer, Caller, World, bearer, random_key, sealed_by, signing, transfers},
};

/// How long a failed check is held against someone, in seconds.
const HELD_FOR: u64 = 1000;

fn strict() -> World {
    World::with(|config| {
        config.limits.failed_checks = 3;
        config.limits.pairing = 1000;
        config.lifetimes.failed_check = HELD_FOR;
    })
}

/// Puts a query whose u has one bit flipped.
pub(crate) async fn cheat(world: &World, caller: &Caller<'_>, share: &Share, pairing: &ClientPairing) -> ErrorCode {
    let (_, message) = signing(share, pairing, RunId::random(&mut OsRng));
    world.call(caller, &cheating(&message)).await.err().unwrap()
}

async fn start_pairing(world: &World, caller: &Caller<'_>) -> Answer {
    let start = PairingStart {
        pairing: PairingId::random(&mut OsRng),
    };
    let to = world.state.identity().channel;
    let (_, sealed) = seal_request(&to, caller.key, PairingStart::PATH, &encode(&start), &mut OsRng).unwrap();
    world.post_sealed(PairingStart::PATH, caller, sealed).await
}

/// Flips a bit of the last check value: the answer ends in it.
fn wrong_tree<T: borsh::BorshSerialize + borsh::BorshDeserialize>(answer: &T) -> T {
    let mut bytes = borsh::to_vec(answer).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    borsh::from_slice(&bytes).unwrap()
}

async fn lie_about_a_tree(world: &World, caller: &Caller<'_>) -> ErrorCode {
    let id = PairingId::random(&mut OsRng);
    let offer = world.call(caller, &PairingStart { pairing: id }).await.unwrap();
    let (_, answer) = transfers(pairing::client_start(id, offer).unwrap());
    let finish = PairingFinish {
        pairing: id,
        answer: wrong_tree(&answer),
    };
    world.call(caller, &finish).await.err().unwrap()
}

#[tokio::test]
async fn the_id_of_a_pairing_that_failed_is_used_up() {
    let mut world = strict();
    let (share, _, session, browser) = claimed(&world).await;
    let id = PairingId::random(&mut OsRng);
    let start = PairingStart { pairing: id };
    // A back end has begun one of the same id: from a source that repeats it has the same correlation.
    let offer = world.call(&world.back_end(), &start).await.unwrap();
    let (_, honest) = transfers(pairing::client_start(id, offer).unwrap());
    let offer = world.call(&sealed_by(&session), &start).await.unwrap();
    let (_, answer) = transfers(pairing::client_start(id, offer).unwrap());
    let guess = PairingFinish {
        pairing: id,
        answer: wrong_tree(&answer),
    };
    let refused = world.call(&sealed_by(&session), &guess).await;
    assert_eq!(refused.err(), Some(ErrorCode::PeerMisbehaved));
    let finish = PairingFinish {
        pairing: id,
        answer: honest,
    };
    let refused = world.call(&world.back_end(), &finish).await;
    assert_eq!(refused.err(), Some(ErrorCode::InvalidArgument));
    world.restart();
    for caller in [sealed_by(&session), world.back_end()] {
        let refused = world.call(&caller, &start).await;
        assert_eq!(refused.err(), Some(ErrorCode::InvalidArgument));
    }
    assert!(is_burnt(&world, id));
    // One that failed in a claim.
    let rotating = browser.with_key(session);
    let started = rotating.start_rotation(&world, &[&share]).await.unwrap();
    let mut refreshed = rotating.refresh(&world, started, &[&share]).await.unwrap();
    let id = refreshed.pairing_id().unwrap();
    refreshed.prepare.transfers = wrong_tree(&refreshed.prepare.transfers);
    let refused = rotating.prepare(&world, refreshed).await;
    assert_eq!(refused.err(), Some(ErrorCode::PeerMisbehaved));
    assert!(is_burnt(&world, id));
    let refused = world.call(&world.back_end(), &PairingStart { pairing: id }).await;
    assert_eq!(refused.err(), Some(ErrorCode::InvalidArgument));
}

/// How often an event stands in the audit log, and how often with a wallet.
pub(crate) fn audited(world: &World, event: &str) -> (u32, u32) {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let query = "SELECT count(*), count(wallet) FROM audit WHERE event = ?1";
    db.query_row(query, [event], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

async fn counted(world: &World, counter: &str) -> u64 {
    let text = String::from_utf8(world.admin("/metrics").await.body).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("claimkit_{counter}_total ")));
    line.unwrap().parse().unwrap()
}

async fn claimed(world: &World) -> (Share, ClientPairing, ChannelKey, Browser) {
    let old = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(world, &[&old]).await;
    let session = random_key();
    let share = prepared.shares.into_iter().next().unwrap();
    browser.unlock(world, &session, &[&share]).await.unwrap();
    (share, prepared.pairing.unwrap(), session, browser)
}

#[tokio::test]
async fn a_session_pairs_anew_after_a_burn_until_it_has_failed_too_often_and_again_when_that_is_long_ago() {
    let mut world = strict();
    let (share, mut pairing, session, _) = claimed(&world).await;
    let caller = sealed_by(&session);
    for failed in 1..=3 {
        assert_eq!(
            cheat(&world, &caller, &share, &pairing).await,
            ErrorCode::PeerMisbehaved
        );
        let refused = world.sign(&caller, &share, &pairing).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
        if failed < 3 {
            pairing = world.pairing_of(&caller).await.unwrap();
            world.sign(&caller, &share, &pairing).await.unwrap();
        }
        world.pass(100);
    }
    assert_eq!(audited(&world, "check_failed"), (3, 3));
    assert_eq!(audited(&world, "pairing_burnt"), (3, 0));
    assert_eq!(audited(&world, "pairing_renewed"), (2, 2));
    assert_eq!(audited(&world, "pairings_barred"), (1, 1));
    assert_eq!(counted(&world, "checks_failed").await, 3);
    assert_eq!(counted(&world, "pairings_renewed").await, 2);
    // Barred until the first of the three is forgotten; a restart and a sweep forget nothing.
    world.restart();
    world.state.sweep().unwrap();
    let answer = start_pairing(&world, &caller).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (429, ErrorCode::RateLimited));
    assert_eq!(answer.headers[header::RETRY_AFTER], "700");
    assert_eq!(counted(&world, "pairings_barred").await, 1);
    world.pass(699);
    assert_eq!(start_pairing(&world, &caller).await.headers[header::RETRY_AFTER], "1");
    world.pass(1);
    let pairing = world.pairing_of(&caller).await.unwrap();
    world.sign(&caller, &share, &pairing).await.unwrap();
    // Two are not forgotten yet.
    assert_eq!(
        cheat(&world, &caller, &share, &pairing).await,
        ErrorCode::PeerMisbehaved
    );
    assert_eq!(world.pairing_of(&caller).await.err(), Some(ErrorCode::RateLimited));
}

#[tokio::test]
async fn what_one_fails_bars_the_same_passkey_in_every_session_and_nobody_else() {
    let world = strict();
    let (share, pairing, session, browser) = claimed(&world).await;
    let (other_share, other_pairing, other, _) = claimed(&world).await;
    assert_eq!(
        cheat(&world, &sealed_by(&session), &share, &pairing).await,
        ErrorCode::PeerMisbehaved
    );
    for _ in 0..2 {
        assert_eq!(
            lie_about_a_tree(&world, &sealed_by(&session)).await,
            ErrorCode::PeerMisbehaved
        );
    }
    let later = random_key();
    browser.unlock(&world, &later, &[&share]).await.unwrap();
    assert_eq!(
        world.pairing_of(&sealed_by(&later)).await.err(),
        Some(ErrorCode::RateLimited)
    );
    world
        .sign(&sealed_by(&other), &other_share, &other_pairing)
        .await
        .unwrap();
    world.pairing_of(&sealed_by(&other)).await.unwrap();
    world.pairing_of(&world.back_end()).await.unwrap();
}

#[tokio::test]
async fn a_back_end_that_lies_is_barred_by_its_key_and_keeps_the_pairings_it_has() {
    let world = strict();
    let (share, kept) = (world.wallet().await, world.pairing().await);
    let (one, two) = (world.pairing().await, world.pairing().await);
    // Started before it is barred, and of no use after it.
    let id = PairingId::random(&mut OsRng);
    let offer = world
        .call(&world.back_end(), &PairingStart { pairing: id })
        .await
        .unwrap();
    let (_, answer) = transfers(pairing::client_start(id, offer).unwrap());
    let finish = PairingFinish { pairing: id, answer };
    for pairing in [&one, &two] {
        assert_eq!(
            cheat(&world, &world.back_end(), &share, pairing).await,
            ErrorCode::PeerMisbehaved
        );
    }
    assert_eq!(
        lie_about_a_tree(&world, &world.back_end()).await,
        ErrorCode::PeerMisbehaved
    );
    assert_eq!(audited(&world, "check_failed"), (3, 2));
    assert_eq!(audited(&world, "pairings_barred"), (1, 0));
    let refused = world.call(&world.back_end(), &finish).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::RateLimited);
    assert_eq!(
        world.pairing_of(&world.back_end()).await.err(),
        Some(ErrorCode::RateLimited)
    );
    world.sign(&world.back_end(), &share, &kept).await.unwrap();
    let other = cosigner::keys::create(&world.state, "other", Scope::ALL).unwrap();
    world.pairing_of(&bearer(&other)).await.unwrap();
    world.pass(HELD_FOR);
    world.state.sweep().unwrap();
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn a_wallet_without_transfers_answers_for_none() {
    let world = strict();
    let (ecdsa, eddsa) = (world.wallet().await, world.wallet_of(WalletType::Solana).await);
    let (browser, both) = (Browser::new(), [&ecdsa, &eddsa]);
    for _ in 0..3 {
        let ticket = world.ticket(&both, &browser.key);
        let started = browser.start(&world, ticket, &both).await.unwrap();
        let mut refreshed = browser.refresh(&world, started, &both).await.unwrap();
        refreshed.prepare.transfers = wrong_tree(&refreshed.prepare.transfers);
        let refused = browser.prepare(&world, refreshed).await;
        assert_eq!(refused.err(), Some(ErrorCode::PeerMisbehaved));
    }
    // Of the two wallets one is named.
    assert_eq!(audited(&world, "check_failed"), (3, 3));
    for shares in [vec![&ecdsa], vec![&ecdsa, &eddsa]] {
        let ticket = world.ticket(&shares, &browser.key);
        let started = browser.start(&world, ticket, &shares).await.unwrap();
        let refused = browser.refresh(&world, started, &shares).await;
        assert_eq!(refused.err(), Some(ErrorCode::RateLimited));
    }
    browser.claim(&world, &[&eddsa]).await;
}

#[tokio::test]
async fn a_lie_in_a_claim_is_held_against_its_wallets_and_they_are_claimed_when_it_is_forgotten() {
    let mut world = strict();
    let share = world.wallet().await;
    let browser = Browser::new();
    for lie in 0..3 {
        let ticket = world.ticket(&[&share], &browser.key);
        let started = browser.start(&world, ticket, &[&share]).await.unwrap();
        let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
        if lie == 0 {
            // Of the base transfers.
            let prepare = ClaimPrepare {
                transfers: wrong_tree(&refreshed.prepare.transfers),
                ..refreshed.prepare.clone()
            };
            let refused = world.call(&sealed_by(&browser.key), &prepare).await;
            assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
            continue;
        }
        // Of the extension, in the confirmation.
        let prepared = browser.prepare(&world, refreshed).await.unwrap();
        let mut confirm = browser.confirming(&prepared).confirm;
        for (_, query) in &mut confirm.queries {
            let mut bytes = borsh::to_vec(query).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            *query = borsh::from_slice(&bytes).unwrap();
        }
        let refused = world.call(&sealed_by(&browser.key), &confirm).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::PeerMisbehaved);
        assert!(is_burnt(&world, prepared.pairing.as_ref().unwrap().id()));
    }
    assert_eq!(audited(&world, "check_failed"), (3, 3));
    assert_eq!(audited(&world, "pairing_renewed"), (2, 2));
    assert_eq!(audited(&world, "pairings_barred"), (1, 1));
    world.restart();
    let ticket = world.ticket(&[&share], &browser.key);
    let started = browser.start(&world, ticket, &[&share]).await.unwrap();
    // Who is asked to wait has lost nothing by asking.
    for _ in 0..2 {
        let refused = browser.refresh(&world, started.clone(), &[&share]).await;
        assert_eq!(refused.err(), Some(ErrorCode::RateLimited));
    }
    // The back end signs on with the prepared share.
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
    world.pass(HELD_FOR);
    browser.claim(&world, &[&share]).await;
}

#[tokio::test]
async fn owners_who_start_pairings_and_never_finish_leave_room_for_others() {
    let world = strict();
    for name in ["1", "2", "3", "4", "5"] {
        let key = cosigner::keys::create(&world.state, name, Scope::ALL).unwrap();
        // More, together, than there are places for all.
        let mut started = 0;
        while started < 52 && start_pairing(&world, &bearer(&key)).await.status == 200 {
            started += 1;
        }
        assert_eq!(started, 8);
        let refused = start_pairing(&world, &bearer(&key)).await;
        assert_eq!(
            (refused.code(), &refused.headers[header::RETRY_AFTER]),
            (ErrorCode::RateLimited, &"10".parse().unwrap())
        );
    }
    let sixth = world.pairing().await;
    let share = world.wallet().await;
    world.sign(&world.back_end(), &share, &sixth).await.unwrap();
}

#[tokio::test]
async fn of_the_pairings_that_a_passkey_starts_the_last_is_finished() {
    let world = strict();
    let (_, _, session, _) = claimed(&world).await;
    let caller = sealed_by(&session);
    let mut finishes = Vec::new();
    for _ in 0..3 {
        let id = PairingId::random(&mut OsRng);
        let offer = world.call(&caller, &PairingStart { pairing: id }).await.unwrap();
        let (_, answer) = transfers(pairing::client_start(id, offer).unwrap());
        finishes.push(PairingFinish { pairing: id, answer });
    }
    let last = finishes.pop().unwrap();
    for replaced in &finishes {
        let refused = world.call(&caller, replaced).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::InvalidArgument);
    }
    world.call(&caller, &last).await.unwrap();
}

// ── A store that fails ──────────────────────────────────────────────────────────────────────────────────────────────

/// Lets a kind of change fail, until it is lifted.
struct Refusal(rusqlite::Connection);

impl Refusal {
    fn of(world: &World, change: &str) -> Self {
        let db = rusqlite::Connection::open(&world.config.database).unwrap();
        let trigger = format!("CREATE TRIGGER refusal BEFORE {change} BEGIN SELECT RAISE(ABORT, 'no'); END");
        db.execute_batch(&trigger).unwrap();
        Self(db)
    }

    fn lift(self) {
        self.0.execute_batch("DROP TRIGGER refusal").unwrap();
    }
}

fn is_burnt(world: &World, pairing: PairingId) -> bool {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let query = "SELECT burnt_at IS NOT NULL AND secret IS NULL FROM pairings WHERE id = ?1";
    db.query_row(query, [pairing.0], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_pairing_whose_burn_can_not_be_stored_is_dead_all_the_same() {
    let mut world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let refusal = Refusal::of(&world, "UPDATE ON pairings");
    assert_eq!(
        cheat(&world, &world.back_end(), &share, &pairing).await,
        ErrorCode::Internal
    );
    assert!(!is_burnt(&world, pairing.id()));
    let refused = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    // Not even where it could be stored now.
    refusal.lift();
    let refused = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    // What a next process finds is the mark.
    world.restart();
    let refused = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::PairingBurnt);
    assert!(is_burnt(&world, pairing.id()));
    assert_eq!(audited(&world, "pairing_unfinished"), (1, 0));
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
}

#[tokio::test]
async fn a_next_process_burns_what_is_marked_before_it_serves() {
    let mut world = World::new();
    let (share, pairing, other) = (world.wallet().await, world.pairing().await, world.pairing().await);
    let refusal = Refusal::of(&world, "UPDATE ON pairings");
    cheat(&world, &world.back_end(), &share, &pairing).await;
    refusal.lift();
    world.restart();
    assert_eq!(world.state.sweep().unwrap().unfinished, 1);
    assert_eq!(counted(&world, "pairings_unfinished").await, 1);
    assert!(is_burnt(&world, pairing.id()) && !is_burnt(&world, other.id()));
    world.sign(&world.back_end(), &share, &other).await.unwrap();
}

#[tokio::test]
async fn nothing_is_checked_where_no_query_can_be_marked() {
    let mut world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let caller = world.back_end();
    let lie = cheat(&world, &caller, &share, &pairing);
    let honest = world.sign(&caller, &share, &pairing);
    let (lie, honest) = tokio::join!(lie, honest);
    // A lie is answered as the truth is, and costs the pairing as little.
    assert_eq!(
        (lie, honest.err()),
        (ErrorCode::StorageUnavailable, Some(ErrorCode::StorageUnavailable))
    );
    db.execute_batch("ROLLBACK").unwrap();
    world.sign(&caller, &share, &pairing).await.unwrap();
    world.restart();
    world.sign(&caller, &share, &pairing).await.unwrap();
    assert_eq!(audited(&world, "check_failed"), (0, 0));
}
