//! How long a session lives: idle, refreshed, at its maximum, revoked.

use cosigner::State;
use mpc::channel::ChannelKey;
use wire::{
    ErrorCode,
    ceremony::{DeviceName, Lock, Revoked, SessionList, SessionRefresh, SessionRevoke},
};

use crate::{
    browser::{Browser, finish, start, unlock_hash},
    world::{World, random_key, sealed_by},
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

struct Person {
    world: World,
    browser: Browser,
    share: mpc::Share,
}

impl Person {
    async fn new() -> Self {
        let world = World::new();
        let share = world.wallet().await;
        let browser = Browser::new();
        browser.claim(&world, &[&share]).await;
        world.call(&sealed_by(&browser.session), &Lock {}).await.unwrap();
        Self { world, browser, share }
    }

    async fn unlock(&self) -> ChannelKey {
        self.unlock_as(DeviceName::default()).await
    }

    async fn unlock_as(&self, device: DeviceName) -> ChannelKey {
        let session = random_key();
        let begin = start(vec![self.share.info().wallet], &session);
        let offer = self.world.call(&sealed_by(&session), &begin).await.unwrap();
        self.world.hear(offer.process);
        let mut end = finish(self.browser.assert(&unlock_hash(&begin, &offer, &session)));
        end.device = device;
        self.world.call(&sealed_by(&session), &end).await.unwrap();
        session
    }

    async fn lives(&self, session: &ChannelKey) -> bool {
        match self.world.call(&sealed_by(session), &SessionList {}).await {
            Ok(_) => true,
            Err(code) => {
                assert_eq!(code, ErrorCode::SessionExpired);
                false
            }
        }
    }

    async fn refresh(&self, session: &ChannelKey, refreshed: u32) -> Result<(u64, u32), ErrorCode> {
        let answer = self
            .world
            .call(&sealed_by(session), &SessionRefresh { refreshed })
            .await?;
        Ok((answer.expires_at, answer.refreshed))
    }

    fn told(&self, event: &str) -> usize {
        let db = rusqlite::Connection::open(&self.world.config.database).unwrap();
        let query = "SELECT count(*) FROM audit WHERE event = ?1";
        db.query_row(query, [event], |row| row.get(0)).unwrap()
    }
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_after_half_an_hour_to_the_minute() {
    let person = Person::new().await;
    let session = person.unlock().await;
    person.world.pass(30 * MINUTE);
    assert!(person.lives(&session).await);
    person.world.pass(30 * MINUTE);
    assert!(person.lives(&session).await);
    person.world.pass(31 * MINUTE);
    assert!(!person.lives(&session).await);
    // What is over can't be refreshed.
    assert_eq!(person.refresh(&session, 0).await, Err(ErrorCode::SessionExpired));
}

#[tokio::test]
async fn a_refresh_moves_the_end_to_the_length_from_now_but_not_beyond_the_maximum() {
    let person = Person::new().await;
    let began = person.world.now();
    let session = person.unlock().await;
    let mut refreshed = 0;
    while person.world.now() < began + 10 * HOUR + 40 * MINUTE {
        for _ in 0..4 {
            person.world.pass(20 * MINUTE);
            assert!(person.lives(&session).await);
        }
        let expected = (person.world.now() + 90 * MINUTE).min(began + 12 * HOUR);
        assert_eq!(person.refresh(&session, refreshed).await, Ok((expected, refreshed + 1)));
        refreshed += 1;
        if refreshed == 7 {
            break;
        }
    }
    assert_eq!(refreshed, 7);
    assert_eq!(person.refresh(&session, 7).await, Err(ErrorCode::NotAuthorised));
    assert_eq!(person.told("session_refreshed"), 7);
}

#[tokio::test]
async fn the_maximum_holds_however_often_a_session_may_be_refreshed() {
    let mut person = Person::new().await;
    person.world.config.policy.session_refreshes = 1000;
    person.world.config.lifetimes.session_maximum = 2 * HOUR;
    person.world.restart();
    let began = person.world.now();
    let session = person.unlock().await;
    for refreshed in 0..6 {
        person.world.pass(19 * MINUTE);
        let (expires_at, _) = person.refresh(&session, refreshed).await.unwrap();
        assert!(expires_at <= began + 2 * HOUR);
    }
    person.world.pass(6 * MINUTE);
    assert!(!person.lives(&session).await);
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_costs_nothing_and_fifty_at_once_count_once() {
    let person = Person::new().await;
    let session = person.unlock().await;
    person.world.pass(MINUTE);
    let caller = sealed_by(&session);
    let once = SessionRefresh { refreshed: 0 };
    let answers = futures_util::future::join_all((0..50).map(|_| person.world.call(&caller, &once))).await;
    for answer in answers {
        assert_eq!(answer.unwrap().refreshed, 1);
    }
    assert_eq!(person.told("session_refreshed"), 1);
    // Who lies about the count gets as many as are allowed, and no more.
    let lie = SessionRefresh { refreshed: u32::MAX };
    let answers = futures_util::future::join_all((0..50).map(|_| person.world.call(&caller, &lie))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 6);
    assert_eq!(person.told("session_refreshed"), 7);
}

#[tokio::test]
async fn sessions_are_listed_with_their_devices_and_nobody_elses() {
    let person = Person::new().await;
    let phone = person.unlock_as(DeviceName::new("Ada's phone").unwrap()).await;
    person.world.pass(2 * MINUTE);
    let laptop = person.unlock_as(DeviceName::new("Firefox on Linux").unwrap()).await;
    let stranger = Browser::new();
    let other = person.world.wallet().await;
    stranger.claim(&person.world, &[&other]).await;
    let ended = sealed_by(&stranger.session);
    person.world.call(&ended, &Lock {}).await.unwrap();
    let strange = random_key();
    stranger.unlock(&person.world, &strange, &[&other]).await.unwrap();
    let listed = person
        .world
        .call(&sealed_by(&laptop), &SessionList {})
        .await
        .unwrap()
        .sessions;
    let seen: Vec<_> = listed.iter().map(|one| (one.device.as_str(), one.is_current)).collect();
    assert_eq!(seen, [("Firefox on Linux", true), ("Ada's phone", false)]);
    assert_eq!(listed[1].began_at, person.world.now() - 2 * MINUTE);
    assert_eq!(listed[1].wallets, [person.share.info().wallet]);
    let alone = person
        .world
        .call(&sealed_by(&strange), &SessionList {})
        .await
        .unwrap()
        .sessions;
    assert_eq!(alone.len(), 1);
    // Nor does one of them end another's.
    for which in [Revoked::One(listed[0].session), Revoked::Others, Revoked::All] {
        person
            .world
            .call(&sealed_by(&strange), &SessionRevoke { which })
            .await
            .unwrap();
        if which == Revoked::All {
            assert!(!person.lives(&strange).await);
        }
    }
    assert!(person.lives(&phone).await && person.lives(&laptop).await);
    // No name lies open in the database.
    let file = std::fs::read(&person.world.config.database).unwrap();
    let wal = std::fs::read(person.world.config.database.with_extension("db-wal")).unwrap_or_default();
    for name in ["Ada's phone", "Firefox on Linux"] {
        let lies_open = |bytes: &[u8]| bytes.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(!lies_open(&file) && !lies_open(&wal), "{name}");
    }
}

#[tokio::test]
async fn a_revoked_session_is_refused_at_once_by_every_process_of_the_co_signer() {
    let mut person = Person::new().await;
    let (one, two, three) = (person.unlock().await, person.unlock().await, person.unlock().await);
    assert!(person.lives(&one).await && person.lives(&two).await);
    // A second process on the same database.
    let second = State::open_at(
        person.world.config.clone(),
        cosigner::Clock::new({
            let now = person.world.now();
            move || now
        }),
    )
    .unwrap();
    let first = core::mem::replace(&mut person.world.state, second);
    assert!(person.lives(&two).await);
    let id = person
        .world
        .call(&sealed_by(&two), &SessionList {})
        .await
        .unwrap()
        .sessions;
    let id = id.iter().find(|listed| listed.is_current).unwrap().session;
    // Revoked by the first, refused by the second, and the other way round.
    let second = core::mem::replace(&mut person.world.state, first);
    let which = Revoked::One(id);
    person
        .world
        .call(&sealed_by(&one), &SessionRevoke { which })
        .await
        .unwrap();
    let first = core::mem::replace(&mut person.world.state, second);
    assert!(!person.lives(&two).await);
    assert!(person.lives(&one).await);
    person
        .world
        .call(&sealed_by(&one), &SessionRevoke { which: Revoked::Others })
        .await
        .unwrap();
    person.world.state = first;
    assert!(!person.lives(&three).await);
    assert!(person.lives(&one).await);
    person
        .world
        .call(&sealed_by(&one), &SessionRevoke { which: Revoked::All })
        .await
        .unwrap();
    assert!(!person.lives(&one).await);
    assert_eq!(person.told("session_revoked"), 3);
    // What is over locks without a word.
    person.world.call(&sealed_by(&one), &Lock {}).await.unwrap();
}

#[tokio::test]
async fn a_session_is_told_how_long_it_may_be() {
    let person = Person::new().await;
    let session = random_key();
    let begin = start(vec![person.share.info().wallet], &session);
    let offer = person.world.call(&sealed_by(&session), &begin).await.unwrap();
    let terms = (
        offer.terms.length,
        offer.terms.idle,
        offer.terms.maximum,
        offer.terms.refreshes,
    );
    assert_eq!(terms, (90 * MINUTE, 30 * MINUTE, 12 * HOUR, 7));
    assert_eq!(offer.now, person.world.now());
    assert_eq!(offer.expires_at, offer.now + 90 * MINUTE);
}
