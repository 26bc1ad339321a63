//! Everything that may happen next.

use core::fmt;

use crate::{
    Rule, Setting, Step, Write, client,
    co_signer::Late,
    line::{deliver, deliver_broken, deliver_late, record, replay},
    pair::Side,
    rule::Pages,
    run::Run,
    state::{Heard, Journal, Kind, Pending, Phase, Signing, State, browser},
};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A page takes a step.
    Step(Side, Step),
    /// A page's request reaches the co-signer.
    Deliver(Side),
    /// The same, and the refresh gives shares that are of no pair.
    DeliverBroken(Side),
    /// A page's request is lost.
    Lose(Side),
    /// The answers to a page are lost.
    LoseAnswer(Side),
    /// A request whose sender waits no more reaches the co-signer.
    DeliverLate(Late),
    /// It is lost.
    LoseLate(Late),
    /// A page's request is recorded on its way.
    Record(Side),
    /// What was recorded arrives once more.
    Replay,
    /// The co-signer forgets an offer.
    Expire(Side),
    /// The co-signer is ended and started again.
    Restart,
    /// A claim's time is over.
    SweepClaim,
    /// A retired share's time is over.
    SweepRetired,
    /// An epoch that should be retired is.
    Retire,
    /// Somebody asks for a signature under the living epoch.
    BeginSignature,
    /// It is made.
    EndSignature,
    /// A browser's storage is wiped.
    Wipe(Side),
    /// An intruder shows a ticket that it has seen.
    StealTicket,
    /// An intruder confirms a claim that it has seen.
    StealClaim,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |side: &Side| match side {
            Side::First => 1,
            Side::Second => 2,
        };
        match self {
            Self::Step(side, step) => write!(f, "page {}: {}", number(side), step.as_str()),
            Self::Deliver(side) => write!(f, "the request of page {} arrives", number(side)),
            Self::DeliverBroken(side) => write!(f, "the refresh of page {} gives no pair", number(side)),
            Self::Lose(side) => write!(f, "the request of page {} is lost", number(side)),
            Self::LoseAnswer(side) => write!(f, "the answer to page {} is lost", number(side)),
            Self::DeliverLate(late) => write!(f, "a late {late:?} arrives"),
            Self::LoseLate(late) => write!(f, "a late {late:?} is lost"),
            Self::Record(side) => write!(f, "the request of page {} is recorded", number(side)),
            Self::Replay => write!(f, "the recorded request arrives once more"),
            Self::Expire(side) => write!(f, "the offer to page {} is forgotten", number(side)),
            Self::Restart => write!(f, "the co-signer restarts"),
            Self::SweepClaim => write!(f, "the claim's time is over"),
            Self::SweepRetired => write!(f, "the retired share's time is over"),
            Self::Retire => write!(f, "the epoch before is retired"),
            Self::BeginSignature => write!(f, "a signature is begun"),
            Self::EndSignature => write!(f, "a signature is ended"),
            Self::Wipe(side) => write!(f, "the storage of browser {} is wiped", number(side)),
            Self::StealTicket => write!(f, "an intruder shows a ticket"),
            Self::StealClaim => write!(f, "an intruder confirms a claim"),
        }
    }
}

/// What happened, and what the co-signer wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The state after it.
    pub state: State,
    /// What was written.
    pub write: Option<Write>,
}

/// Every action that there could be in a setting.
pub fn actions(setting: &Setting) -> Vec<Action> {
    let pages: &[Side] = match setting.pages {
        Pages::One => &[Side::First],
        Pages::TwoTabs | Pages::TwoDevices => &Side::BOTH,
    };
    let mut actions = Vec::new();
    for page in pages {
        actions.extend(Step::ALL.iter().map(|step| Action::Step(*page, *step)));
        actions.extend([
            Action::Deliver(*page),
            Action::DeliverBroken(*page),
            Action::Lose(*page),
            Action::LoseAnswer(*page),
            Action::Record(*page),
            Action::Expire(*page),
        ]);
    }
    let browsers = pages.iter().filter(|page| browser(setting, **page) == **page);
    actions.extend(browsers.map(|browser| Action::Wipe(*browser)));
    for late in Late::ALL {
        actions.extend([Action::DeliverLate(*late), Action::LoseLate(*late)]);
    }
    actions.extend([
        Action::Replay,
        Action::Restart,
        Action::SweepClaim,
        Action::SweepRetired,
        Action::Retire,
        Action::BeginSignature,
        Action::EndSignature,
        Action::StealTicket,
        Action::StealClaim,
    ]);
    actions
}

/// What comes of an action; nothing where it can't happen or changes nothing.
pub fn next(setting: &Setting, before: &State, action: Action) -> Option<Next> {
    let mut state = *before;
    let write = match action {
        Action::Step(page, step) => {
            state = client::step(setting, before, page, step)?;
            wrote(before, &state)
        }
        Action::Deliver(page) => deliver(setting, &mut state, page)?.write,
        Action::DeliverBroken(page) => deliver_broken(setting, &mut state, page)?.write,
        Action::Lose(page) => {
            state.pages.of_mut(page).sent = false;
            None
        }
        Action::LoseAnswer(page) => {
            state.pages.of_mut(page).heard = Heard::default();
            None
        }
        Action::Record(page) => {
            record(setting, &mut state, page)?;
            None
        }
        Action::Replay => replay(setting, &mut state)?.write,
        Action::DeliverLate(late) => deliver_late(setting, &mut state, late)?.write,
        Action::LoseLate(late) => state.co_signer.take_late(late).and(None),
        Action::Expire(page) => {
            state.pages.of_mut(page).offer = false;
            None
        }
        Action::Wipe(browser) => {
            wipe(setting, &mut state, browser)?;
            None
        }
        _ => of_co_signer(setting, &mut state, action)?,
    };
    let state = state.canonical(setting);
    (state != *before).then_some(Next { state, write })
}

/// What a client's step made the co-signer write: an acknowledgement and a signature arrive at once or not at all.
fn wrote(before: &State, after: &State) -> Option<Write> {
    (before.co_signer.retired && !after.co_signer.retired).then_some(Write::EraseRetired)
}

fn of_co_signer(setting: &Setting, state: &mut State, action: Action) -> Option<Option<Write>> {
    let co_signer = &mut state.co_signer;
    match action {
        Action::Restart => co_signer.restart(&mut state.pages),
        Action::SweepClaim => co_signer.pending = None,
        Action::SweepRetired => co_signer.retired = false,
        Action::Retire => {
            co_signer.unretired.take()?;
            co_signer.retired = true;
        }
        Action::BeginSignature if setting.signs && co_signer.signing == Signing::Idle => {
            co_signer.signing = Signing::Live;
        }
        Action::EndSignature => {
            co_signer.signing = match co_signer.signing {
                Signing::Late if !setting.holds(Rule::LookAgain) => Signing::Escaped,
                Signing::Escaped => Signing::Escaped,
                Signing::Idle | Signing::Live | Signing::Late => Signing::Idle,
            };
        }
        Action::StealTicket if !setting.holds(Rule::TicketBound) && co_signer.active == Run::PREPARED => {
            co_signer.pending = Some(Pending {
                claim: Run::INTRUDER,
                kind: Kind::Claim,
                phase: Phase::Prepared,
                passkey: None,
                current: true,
                late_confirm: false,
                late_commit: false,
            });
        }
        Action::StealClaim if !setting.holds(Rule::OwnerOnly) => {
            let claim = co_signer.pending?.claim;
            co_signer.confirm(claim, Run::INTRUDER);
        }
        _ => return None,
    }
    Some(match action {
        Action::SweepClaim | Action::SweepRetired => Some(Write::Sweep),
        _ => None,
    })
}

fn wipe(setting: &Setting, state: &mut State, browser: Side) -> Option<()> {
    let wiped = state.journals.both().iter().map(|journal| journal.wiped).sum::<u8>();
    if wiped >= setting.wipes {
        return None;
    }
    let journal = state.journals.of_mut(browser);
    *journal = Journal {
        wiped: journal.wiped + 1,
        ..Journal::default()
    };
    Some(())
}
