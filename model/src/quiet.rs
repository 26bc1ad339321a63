//! A quiet network and one person who keeps opening the page: what happens next, and whether it ends well.

use crate::{
    Action, Late, Setting, Step,
    action::next,
    pair::Side,
    run::Run,
    state::{At, Heard, Kind, Signing, State, browser},
};

/// What the person wants of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Will {
    /// The wallet.
    Wallet,
    /// To see how things stand: the page finishes or rolls back what it finds, and begins nothing.
    Look,
}

impl Will {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Wallet, Self::Look];
}

/// What happens next; nothing where the person is done.
pub fn quiet(setting: &Setting, state: &State, person: Side, will: Will) -> Option<Action> {
    let co_signer = &state.co_signer;
    let late = [
        (
            Late::Prepare,
            co_signer.refreshing.is_some_and(|refreshing| refreshing.late_prepare),
        ),
        (
            Late::Confirm,
            co_signer.pending.is_some_and(|pending| pending.late_confirm),
        ),
        (
            Late::Commit,
            co_signer.pending.is_some_and(|pending| pending.late_commit),
        ),
    ];
    if let Some((late, _)) = late.into_iter().find(|(_, is_under_way)| *is_under_way) {
        return Some(Action::DeliverLate(late));
    }
    if let Some(side) = Side::BOTH.into_iter().find(|side| state.pages.of(*side).sent) {
        return Some(Action::Deliver(side));
    }
    if matches!(co_signer.signing, Signing::Live | Signing::Late) {
        return Some(Action::EndSignature);
    }
    let other = person.other();
    if state.pages.of(other).at.holds_lock() {
        return Some(Action::Step(other, goes_on(state, other)));
    }
    begins(setting, state, person, will).map(|step| Action::Step(person, step))
}

/// What a page does that holds the lock.
fn goes_on(state: &State, side: Side) -> Step {
    let page = state.pages.of(side);
    let after = |step: Step| if page.heard.done { step } else { Step::Stop };
    match page.at {
        At::Resuming if page.heard.done => Step::Promote,
        At::Resuming if page.heard != Heard::default() => Step::RollBack,
        At::Cleared => match page.kind {
            Kind::Claim => Step::Handle,
            Kind::Rotation => Step::Refresh,
        },
        At::Named => Step::Passkey,
        At::Enrolled => Step::Refresh,
        At::Refreshing => after(Step::Prepare),
        At::Preparing => after(Step::Seal),
        At::Sealed => Step::Confirm,
        At::Confirming => after(Step::Commit),
        At::Committing if page.heard.done => Step::Promote,
        At::Committing => Step::Refused,
        At::Promoted => Step::Acknowledge,
        At::Fetched => Step::Restore,
        At::Resuming | At::Closed | At::Open | At::Offered | At::InDoubt | At::Unlocked => Step::Stop,
    }
}

/// What the person does.
fn begins(setting: &Setting, state: &State, person: Side, will: Will) -> Option<Step> {
    let (page, browser) = (state.pages.of(person), browser(setting, person));
    let is_pending = state.journals.of(browser).pending.is_some();
    match page.at {
        At::Closed => Some(Step::Open),
        At::InDoubt => Some(Step::Commit),
        At::Offered | At::Cleared if will == Will::Look => Some(Step::Stop),
        At::Offered if is_pending => Some(Step::Resume),
        At::Offered => Some(match page.kind {
            Kind::Claim => Step::Handle,
            Kind::Rotation => Step::Refresh,
        }),
        At::Open if is_pending => Some(Step::Resume),
        At::Open if !state.is_claimed() => (will == Will::Wallet).then_some(Step::Start),
        At::Open if state.opens(setting, browser) => Some(Step::Unlock),
        At::Open => {
            let has_passkey = state
                .co_signer
                .passkey
                .is_some_and(|passkey| state.reaches(setting, browser, passkey));
            has_passkey.then_some(Step::Copies)
        }
        At::Unlocked if page.claim != Some(state.co_signer.active) => Some(Step::Stop),
        At::Unlocked => state.co_signer.retired.then_some(Step::Sign),
        _ => Some(goes_on(state, person)),
    }
}

/// Whether a quiet run may end here: the wallet is claimed and signs, or it is of another device, whose passkey opens it. Where the
/// person only looked, it may be unclaimed as well, with nothing pending on their disk.
pub fn is_good_end(setting: &Setting, state: &State, person: Side, will: Will) -> bool {
    let page = state.pages.of(person);
    let live = state.co_signer.active;
    if live == Run::PREPARED {
        let is_clean = state.journals.of(browser(setting, person)).pending.is_none();
        return will == Will::Look && is_clean && page.at == At::Open;
    }
    if page.at == At::Unlocked && page.claim == Some(live) {
        return true;
    }
    let other = browser(setting, person.other());
    let mine = state
        .co_signer
        .passkey
        .is_some_and(|passkey| state.reaches(setting, browser(setting, person), passkey));
    let theirs = state
        .co_signer
        .passkey
        .is_some_and(|passkey| state.reaches(setting, other, passkey));
    !mine && theirs && (state.opens(setting, other) || state.co_signer.copy.is_some())
}

/// The state after what happens next.
pub(crate) fn quiet_next(setting: &Setting, state: &State, person: Side, will: Will) -> Option<State> {
    let action = quiet(setting, state, person, will)?;
    next(setting, state, action).map(|next| next.state)
}
