//! From the offer to the commit.

use super::Client;
use crate::{
    Rule,
    state::{At, Heard, Kind, Passkey, Passkeys, Sealed},
};

impl Client<'_> {
    /// Whether the page may take the lock, or has it, and goes on with its offer: nothing is pending.
    pub(super) fn is_cleared(&mut self) -> bool {
        match self.now().at {
            At::Cleared => true,
            At::Offered => {
                let is_free = self.journal().pending.is_none() || !self.setting.holds(Rule::ResumeFirst);
                is_free && self.lock_is_free()
            }
            _ => false,
        }
    }

    pub(super) fn handle(&mut self) -> bool {
        if self.now().kind != Kind::Claim || !self.is_cleared() {
            return false;
        }
        if self.setting.holds(Rule::HandleFirst) {
            self.draw_handle();
        }
        self.page().at = At::Named;
        true
    }

    pub(super) fn draw_handle(&mut self) {
        let is_drawn = !self.journal().handle || !self.setting.holds(Rule::HandleKept);
        if is_drawn {
            // Nobody remembers the earlier one, if there was one.
            self.state.passkeys.of_mut(self.browser).forget_handle();
            self.journal().handle = true;
        }
    }

    pub(super) fn passkey(&mut self) -> bool {
        let Some(claim) = self.now().claim.filter(|_| self.go(At::Named, At::Enrolled)) else {
            return false;
        };
        if !self.setting.holds(Rule::HandlePerBrowser) {
            // One handle: what stands under it on any device of the same authenticator is replaced.
            *self.state.passkeys.of_mut(self.browser) = Passkeys::default();
            if self.setting.synced {
                *self.state.passkeys.of_mut(self.browser.other()) = Passkeys::default();
            }
        }
        if !self.setting.holds(Rule::HandleFirst) && !self.journal().handle {
            // Drawn for this prompt.
            self.state.passkeys.of_mut(self.browser).forget_handle();
        }
        self.state.passkeys.of_mut(self.browser).named = Some(Passkey::For(claim));
        true
    }

    pub(super) fn refresh(&mut self) -> bool {
        let is_ready = match self.now().kind {
            Kind::Claim => self.now().at == At::Enrolled,
            Kind::Rotation => self.is_cleared(),
        };
        if is_ready {
            let is_journaled_late = self.now().kind == Kind::Claim && !self.setting.holds(Rule::HandleFirst);
            if is_journaled_late {
                self.journal().handle = true;
            }
            self.page().at = At::Refreshing;
            self.page().sent = true;
        }
        is_ready
    }

    pub(super) fn prepare(&mut self) -> bool {
        self.go_on(At::Refreshing, At::Preparing) || self.again(At::Preparing)
    }

    /// What the page's claim gives, sealed to its passkey.
    pub(super) fn sealed(&mut self) -> Option<Sealed> {
        let share = self.now().claim?;
        let passkey = match self.now().kind {
            Kind::Claim => share,
            Kind::Rotation => self.state.co_signer.passkey?,
        };
        Some(Sealed { share, passkey })
    }

    pub(super) fn seal(&mut self) -> bool {
        if self.now().at != At::Preparing || !self.now().heard.done {
            return false;
        }
        if self.setting.holds(Rule::SealFirst) && self.setting.holds(Rule::SealEarly) {
            self.journal().pending = self.sealed();
        }
        self.page().at = At::Sealed;
        self.page().sent = false;
        self.page().heard = Heard::default();
        true
    }

    pub(super) fn confirm(&mut self) -> bool {
        let goes = self.go(At::Sealed, At::Confirming);
        if goes {
            self.page().sent = true;
        }
        goes
    }

    pub(super) fn commit(&mut self) -> bool {
        let is_sealed_late = !self.setting.holds(Rule::SealEarly) && self.now().at == At::Confirming;
        if is_sealed_late && self.now().heard.done {
            self.journal().pending = self.sealed();
        }
        let is_sent = self.go_on(At::Confirming, At::Committing)
            || self.again(At::Committing)
            || (self.lock_is_free() && self.go(At::InDoubt, At::Committing));
        if is_sent {
            self.page().sent = true;
            if !self.setting.holds(Rule::PromoteKnown) {
                self.journal_active();
            }
        }
        is_sent
    }
}
