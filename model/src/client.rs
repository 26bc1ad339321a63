//! What a client does: its steps, each from one durable write or message to the next.

mod ending;
mod moving;

use crate::{
    Rule, Setting, Step,
    co_signer::Late,
    pair::Side,
    run::Run,
    state::{At, Heard, Journal, Kind, Page, Sealed, State, browser},
};

/// Everything after a step of a page, if it can be done.
pub(crate) fn step(setting: &Setting, before: &State, side: Side, step: Step) -> Option<State> {
    let mut client = Client {
        setting,
        state: *before,
        side,
        browser: browser(setting, side),
    };
    let is_done = match step {
        Step::Open => client.open(),
        Step::Start => client.start(),
        Step::Handle => client.handle(),
        Step::Passkey => client.passkey(),
        Step::Refresh => client.refresh(),
        Step::Prepare => client.prepare(),
        Step::Seal => client.seal(),
        Step::Confirm => client.confirm(),
        Step::Commit => client.commit(),
        Step::Promote => client.promote(),
        Step::Acknowledge => client.acknowledge(),
        Step::Resume => client.resume(),
        Step::RollBack => client.roll_back(),
        Step::Unlock => client.unlock(),
        Step::Sign => client.sign(),
        Step::Copies => client.copies(),
        Step::Restore => client.restore(),
        Step::Stop => client.stop(),
        Step::Refused => client.refused(),
        Step::Close => client.close(),
    };
    is_done.then_some(client.state)
}

struct Client<'a> {
    setting: &'a Setting,
    state: State,
    side: Side,
    browser: Side,
}

impl Client<'_> {
    fn page(&mut self) -> &mut Page {
        self.state.pages.of_mut(self.side)
    }

    /// The page as it is.
    fn now(&self) -> Page {
        *self.state.pages.of(self.side)
    }

    fn journal(&mut self) -> &mut Journal {
        self.state.journals.of_mut(self.browser)
    }

    fn lock_is_free(&self) -> bool {
        self.state.lock_is_free(self.setting, self.side)
    }

    /// Comes to `to` if it is at `from`.
    fn go(&mut self, from: At, to: At) -> bool {
        let is_there = self.now().at == from;
        if is_there {
            self.page().at = to;
        }
        is_there
    }

    /// Sends the request that is waited for at `to`, after the answer that was waited for at `from`.
    fn go_on(&mut self, from: At, to: At) -> bool {
        let page = self.page();
        let has_heard = page.at == from && page.heard.done;
        if has_heard {
            page.at = to;
            page.sent = true;
            page.heard = Heard::default();
        }
        has_heard
    }

    /// Sends a request again that may be sent again.
    fn again(&mut self, at: At) -> bool {
        let page = self.page();
        let waits = page.at == at && !page.sent && page.heard == Heard::default();
        if waits {
            page.sent = true;
        }
        waits
    }

    fn open(&mut self) -> bool {
        self.go(At::Closed, At::Open)
    }

    fn start(&mut self) -> bool {
        let (active, fresh) = (self.state.co_signer.active, self.state.fresh());
        let kind = match self.now().at {
            At::Open if active == Run::PREPARED => Kind::Claim,
            At::Unlocked if self.setting.rotates && self.now().claim == Some(active) => Kind::Rotation,
            _ => return false,
        };
        *self.page() = Page {
            at: At::Offered,
            kind,
            claim: Some(fresh),
            offer: true,
            current: true,
            ..Page::default()
        };
        true
    }

    fn unlock(&mut self) -> bool {
        let can_open = self.state.opens(self.setting, self.browser) && self.journal().pending.is_none();
        if can_open && self.go(At::Open, At::Unlocked) {
            self.page().claim = Some(self.state.co_signer.active);
            return true;
        }
        false
    }

    fn sign(&mut self) -> bool {
        let is_live = self.now().claim == Some(self.state.co_signer.active);
        let signs = self.now().at == At::Unlocked && is_live && self.state.co_signer.retired;
        if signs {
            self.state.co_signer.retired = false;
        }
        signs
    }

    fn copies(&mut self) -> bool {
        let Some(copy) = self.state.co_signer.copy.filter(|_| self.setting.holds(Rule::Restores)) else {
            return false;
        };
        let has_proof =
            self.state.co_signer.passkey.is_some_and(|passkey| {
                passkey == copy.passkey && self.state.reaches(self.setting, self.browser, passkey)
            });
        let is_wanted = self.journal().pending.is_none() && !self.state.opens(self.setting, self.browser);
        if has_proof && is_wanted && self.lock_is_free() && self.go(At::Open, At::Fetched) {
            self.page().claim = Some(copy.share);
            self.page().asked = Some(copy.passkey);
            return true;
        }
        false
    }

    fn restore(&mut self) -> bool {
        let page = self.now();
        let (At::Fetched, Some(share), Some(passkey)) = (page.at, page.claim, page.asked) else {
            return false;
        };
        self.journal().active = Some(Sealed { share, passkey });
        *self.page() = opened();
        true
    }

    fn stop(&mut self) -> bool {
        match self.now().at {
            At::Closed | At::Open => return false,
            At::Committing => self.leave(At::InDoubt),
            _ => self.leave(At::Open),
        }
        true
    }

    fn refused(&mut self) -> bool {
        let page = self.page();
        if page.at != At::Committing || page.heard.done {
            return false;
        }
        if !self.setting.holds(Rule::RefusalKeeps) {
            let claim = self.now().claim;
            self.delete_pending(claim);
        }
        self.leave(At::Open);
        true
    }

    fn close(&mut self) -> bool {
        let is_open = self.now().at != At::Closed;
        self.leave(At::Closed);
        is_open
    }

    /// Waits no longer: a request that is under way arrives late, if it does.
    fn leave(&mut self, to: At) {
        let page = self.now();
        if let Some(claim) = page.claim.filter(|_| page.sent) {
            match page.at {
                At::Preparing => self.state.co_signer.expect_late(Late::Prepare, claim),
                At::Confirming => self.state.co_signer.expect_late(Late::Confirm, claim),
                At::Committing => self.state.co_signer.expect_late(Late::Commit, claim),
                _ => {}
            }
        }
        *self.page() = match to {
            At::InDoubt => Page {
                at: to,
                kind: page.kind,
                claim: page.claim,
                ..Page::default()
            },
            _ => Page {
                at: to,
                ..Page::default()
            },
        };
    }
}

fn opened() -> Page {
    Page {
        at: At::Open,
        ..Page::default()
    }
}
