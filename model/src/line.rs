//! The line: what is asked on it, what arrives, and what it comes to.

use crate::{
    Request, Setting,
    co_signer::{Late, Outcome},
    pair::Side,
    run::Run,
    state::{At, Page, Recorded, State},
};

/// The request that a page has on the line.
fn request(page: &Page) -> Option<(Request, Run)> {
    awaited(page).filter(|_| page.sent)
}

/// The request whose answer a page waits for.
fn awaited(page: &Page) -> Option<(Request, Run)> {
    Some(match page.at {
        At::Resuming => (Request::Resume, page.asked?),
        At::Refreshing => (Request::Refresh, page.claim?),
        At::Preparing => (Request::Prepare, page.claim?),
        At::Confirming => (Request::Confirm, page.claim?),
        At::Committing => (Request::Commit, page.claim?),
        _ => return None,
    })
}

/// A page's request arrives.
pub(crate) fn deliver(setting: &Setting, state: &mut State, side: Side) -> Option<Outcome> {
    let (request, claim) = request(state.pages.of(side))?;
    state.pages.of_mut(side).sent = false;
    Some(arrive(setting, state, request, claim))
}

/// A request arrives: whoever waits for its answer has it on the way.
fn arrive(setting: &Setting, state: &mut State, request: Request, claim: Run) -> Outcome {
    let live = state.co_signer.active;
    let outcome = match request {
        Request::Refresh => refresh(state, claim),
        Request::Prepare | Request::Confirm | Request::Commit | Request::Resume => {
            let is_sound = state.broken != Some(claim);
            state.co_signer.handle(setting, request, claim, is_sound)
        }
    };
    for page in state.pages.both_mut() {
        if awaited(page) == Some((request, claim)) {
            page.heard.done |= outcome.heard.done;
            page.heard.superseded |= outcome.heard.superseded;
            page.heard.ended |= outcome.heard.ended;
        }
    }
    outdate(state, live);
    outcome
}

fn refresh(state: &mut State, claim: Run) -> Outcome {
    let Some(page) = state
        .pages
        .both_mut()
        .into_iter()
        .find(|page| page.claim == Some(claim))
    else {
        return Outcome::default();
    };
    let outcome = state.co_signer.refresh(page, claim);
    page.offer = false;
    outcome
}

/// Offers that start from an epoch that has died are of no more use.
fn outdate(state: &mut State, live: Run) {
    if state.co_signer.active != live {
        for page in state.pages.both_mut() {
            page.current = false;
        }
    }
}

/// A page's refresh arrives, and gives shares that are of no pair.
pub(crate) fn deliver_broken(setting: &Setting, state: &mut State, side: Side) -> Option<Outcome> {
    let page = *state.pages.of(side);
    let (request, claim) = request(&page)?;
    if request != Request::Refresh || state.breaks >= setting.broken {
        return None;
    }
    let outcome = deliver(setting, state, side)?;
    if outcome.heard.done {
        state.broken = Some(claim);
        state.breaks += 1;
    }
    Some(outcome)
}

/// A request arrives whose sender waits no more.
pub(crate) fn deliver_late(setting: &Setting, state: &mut State, late: Late) -> Option<Outcome> {
    let claim = state.co_signer.take_late(late)?;
    let request = match late {
        Late::Prepare => Request::Prepare,
        Late::Confirm => Request::Confirm,
        Late::Commit => Request::Commit,
    };
    Some(arrive(setting, state, request, claim))
}

/// A page's request is recorded on its way.
pub(crate) fn record(setting: &Setting, state: &mut State, side: Side) -> Option<()> {
    let (request, claim) = request(state.pages.of(side)).filter(|_| setting.replays)?;
    state.recorded = Some(Recorded { request, claim });
    Some(())
}

/// What was recorded arrives.
pub(crate) fn replay(setting: &Setting, state: &mut State) -> Option<Outcome> {
    let recorded = state.recorded?;
    Some(arrive(setting, state, recorded.request, recorded.claim))
}
