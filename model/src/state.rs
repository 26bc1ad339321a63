//! The state of everything: pages, journals, authenticators, the co-signer. What is in flight stands with who waits for it.

mod disk;
mod page;
mod stored;

pub use self::{
    disk::{Journal, Passkey, Passkeys, Sealed},
    page::{At, Heard, Kind, Page},
    stored::{CoSigner, Pending, Phase, Refreshing, Signing},
};
use crate::{
    Request, Rule,
    pair::{Pair, Side},
    rule::{Pages, Setting},
    run::{Run, Runs},
};

/// A request on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Recorded {
    /// What is asked.
    pub request: Request,
    /// Of which claim.
    pub claim: Run,
}

/// The state of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// The pages.
    pub pages: Pair<Page>,
    /// The journals; two tabs share the first.
    pub journals: Pair<Journal>,
    /// The passkeys, by the browser that had them made.
    pub passkeys: Pair<Passkeys>,
    /// The co-signer.
    pub co_signer: CoSigner,
    /// A request that was recorded on the line, and comes again whenever whoever has it likes.
    pub recorded: Option<Recorded>,
    /// The refresh that gave shares that are of no pair.
    pub broken: Option<Run>,
    /// How many did, in all.
    pub breaks: u8,
}

impl State {
    /// A prepared wallet, and nobody there yet.
    pub fn prepared() -> Self {
        Self {
            pages: Pair::default(),
            journals: Pair::default(),
            passkeys: Pair::default(),
            co_signer: CoSigner {
                refreshing: None,
                signing: Signing::Idle,
                pending: None,
                active: Run::PREPARED,
                unretired: None,
                retired: false,
                passkey: None,
                copy: None,
                committed: Runs::default(),
                forked: false,
            },
            recorded: None,
            broken: None,
            breaks: 0,
        }
    }

    /// Whether the wallet is claimed.
    pub fn is_claimed(&self) -> bool {
        self.co_signer.active != Run::PREPARED
    }

    /// Whether the Web Lock is free for a page.
    pub(crate) fn lock_is_free(&self, setting: &Setting, page: Side) -> bool {
        setting.pages != Pages::TwoTabs || !setting.holds(Rule::WebLock) || !self.pages.of(page.other()).at.holds_lock()
    }

    /// Whether a browser can use a passkey.
    pub fn reaches(&self, setting: &Setting, browser: Side, passkey: Run) -> bool {
        self.passkeys.of(browser).has(passkey) || (setting.synced && self.passkeys.of(browser.other()).has(passkey))
    }

    /// Whether a browser can open what is sealed and sign with it.
    pub fn opens(&self, setting: &Setting, browser: Side) -> bool {
        let active = self.journals.of(browser).active;
        active.is_some_and(|sealed| {
            sealed.share == self.co_signer.active && self.reaches(setting, browser, sealed.passkey)
        })
    }
}

/// The browser that a page is in.
pub(crate) fn browser(setting: &Setting, page: Side) -> Side {
    match setting.pages {
        Pages::One | Pages::TwoTabs => Side::First,
        Pages::TwoDevices => page,
    }
}
