//! Clocks that jump, and machines that sleep between two requests: each step is done or refused by a code, and the way on is open.

use mpc::Share;
use wire::{ErrorCode, Receipt, Ticket, ceremony::ClaimCommit};

use crate::{
    browser::{Browser, Prepared, Refreshed, Started},
    world::{World, random_key, sealed_by},
};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// How far a claim has come.
enum State {
    Ticket(Ticket),
    Started(Started),
    Refreshed(Refreshed),
    Prepared(Prepared),
    Confirmed(Prepared, ClaimCommit),
    Committed(Prepared, ClaimCommit),
}

impl State {
    const STEPS: usize = 5;

    fn begin(world: &World, browser: &Browser, share: &Share) -> Self {
        Self::Ticket(world.ticket(&[share], &browser.key))
    }

    /// Does the next step.
    async fn step(self, world: &World, browser: &Browser, share: &Share) -> Result<Self, ErrorCode> {
        Ok(match self {
            Self::Ticket(ticket) => Self::Started(browser.start(world, ticket, &[share]).await?),
            Self::Started(started) => Self::Refreshed(browser.refresh(world, started, &[share]).await?),
            Self::Refreshed(refreshed) => Self::Prepared(browser.prepare(world, refreshed).await?),
            Self::Prepared(prepared) => {
                let commit = browser.confirm(world, &prepared).await?;
                Self::Confirmed(prepared, commit)
            }
            Self::Confirmed(prepared, commit) | Self::Committed(prepared, commit) => {
                browser.commit(world, &commit).await?;
                Self::Committed(prepared, commit)
            }
        })
    }

    /// Goes on to the end, and signs.
    async fn finish(mut self, world: &World, browser: &Browser, share: &Share) -> Result<Vec<Receipt>, ErrorCode> {
        loop {
            if let Self::Committed(prepared, commit) = &self {
                let session = random_key();
                browser.unlock(world, &session, &[&prepared.shares[0]]).await?;
                world
                    .sign(&sealed_by(&session), &prepared.shares[0], &prepared.pairing)
                    .await?;
                return browser.commit(world, commit).await;
            }
            self = self.step(world, browser, share).await?;
        }
    }
}

/// A claim that has done so many steps.
async fn after(steps: usize, world: &World, browser: &Browser, share: &Share) -> State {
    let mut state = State::begin(world, browser, share);
    for _ in 0..steps {
        state = state.step(world, browser, share).await.unwrap();
    }
    state
}

#[tokio::test]
async fn a_clock_that_is_set_back_an_hour_stops_no_claim() {
    for steps in 0..=State::STEPS {
        let mut world = World::new();
        let (share, browser) = (world.wallet().await, Browser::new());
        let state = after(steps, &world, &browser, &share).await;
        world.rewind(HOUR);
        world.state.sweep().unwrap();
        if steps == 0 {
            // The back end's clock is right, and its ticket seems to be too long.
            let refused = state.step(&world, &browser, &share).await;
            assert_eq!(refused.err(), Some(ErrorCode::InvalidArgument));
            world.pass(HOUR);
            let again = State::begin(&world, &browser, &share);
            again.finish(&world, &browser, &share).await.unwrap();
            continue;
        }
        if steps > 2 {
            world.restart();
        }
        state.finish(&world, &browser, &share).await.unwrap();
        world.pass(HOUR);
        world.state.sweep().unwrap();
    }
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_ahead_ends_a_claim_that_is_not_committed_and_keeps_one_that_is() {
    // Set right again, or not.
    for back in [0, DAY] {
        for steps in 0..=State::STEPS {
            let world = World::new();
            let (share, browser) = (world.wallet().await, Browser::new());
            let state = after(steps, &world, &browser, &share).await;
            world.pass(DAY);
            world.state.sweep().unwrap();
            world.rewind(back);
            let done = state.finish(&world, &browser, &share).await;
            // In time again the ticket is good, and so is what was only confirmed by it; what was swept is not.
            let expected = match (steps, back) {
                (State::STEPS, _) | (0, DAY) => None,
                _ => Some(ErrorCode::ClaimExpired),
            };
            assert_eq!(done.err(), expected, "{steps} {back}");
            if expected.is_some() {
                let pairing = world.pairing().await;
                world.sign(&world.back_end(), &share, &pairing).await.unwrap();
                let again = State::begin(&world, &browser, &share);
                again.finish(&world, &browser, &share).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_machine_that_slept_between_two_requests_goes_on_or_says_that_the_claim_is_over() {
    for (slept, refusal) in [(300, None), (601, Some(ErrorCode::ClaimExpired))] {
        for steps in 1..State::STEPS {
            let world = World::new();
            let (share, browser) = (world.wallet().await, Browser::new());
            let state = after(steps, &world, &browser, &share).await;
            // No sweep came: everyone slept.
            world.pass(slept);
            assert_eq!(
                state.finish(&world, &browser, &share).await.err(),
                refusal,
                "{steps} {slept}"
            );
            if refusal.is_some() {
                let again = State::begin(&world, &browser, &share);
                again.finish(&world, &browser, &share).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_session_outlives_a_clock_that_is_set_back_and_not_one_that_jumps_ahead() {
    let world = World::new();
    let (share, browser) = (world.wallet().await, Browser::new());
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let session = random_key();
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    let caller = sealed_by(&session);
    let sign = || world.sign(&caller, &prepared.shares[0], &prepared.pairing);
    world.rewind(HOUR);
    world.state.sweep().unwrap();
    sign().await.unwrap();
    world.pass(HOUR + DAY);
    assert_eq!(sign().await.unwrap_err(), ErrorCode::SessionExpired);
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    sign().await.unwrap();
}

#[tokio::test]
async fn an_unlock_that_slept_too_long_is_over_and_begins_again() {
    let world = World::new();
    let (share, browser) = (world.wallet().await, Browser::new());
    browser.claim(&world, &[&share]).await;
    let session = random_key();
    let start = crate::browser::start(vec![share.info().wallet], &session);
    let offer = world.call(&sealed_by(&session), &start).await.unwrap();
    world.pass(301);
    let assertion = browser.assert(&crate::browser::unlock_hash(&start, &offer, &session));
    let finish = crate::browser::finish(assertion);
    let refused = world.call(&sealed_by(&session), &finish).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    browser.unlock(&world, &session, &[&share]).await.unwrap();
}
