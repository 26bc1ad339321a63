//! How a claim ends in the journal: promoted, or rolled back.

use super::{Client, opened};
use crate::{
    Rule,
    run::Run,
    state::{At, Heard, Page, Sealed},
};

impl Client<'_> {
    /// Makes the page's own pending share the active one, where the journal still has it.
    pub(super) fn journal_active(&mut self) {
        let claim = self.now().claim;
        let pending = match self.setting.holds(Rule::SealFirst) {
            true => self.journal().pending.filter(|pending| Some(pending.share) == claim),
            false => self.sealed(),
        };
        if let Some(sealed) = pending {
            self.promote_to(sealed);
        }
    }

    pub(super) fn promote_to(&mut self, sealed: Sealed) {
        let journal = self.journal();
        journal.active = Some(sealed);
        journal.pending = None;
        journal.handle = false;
    }

    pub(super) fn promote(&mut self) -> bool {
        if !self.now().heard.done {
            return false;
        }
        match self.now().at {
            At::Committing => {
                self.journal_active();
                self.page().at = At::Promoted;
            }
            At::Resuming => {
                let asked = self.now().asked;
                let pending = self.journal().pending.filter(|pending| Some(pending.share) == asked);
                if let Some(sealed) = pending {
                    self.promote_to(sealed);
                }
                // A claim that wanted the wallet learns that it is claimed; a rotation, that its session is out of date.
                *self.page() = opened();
            }
            _ => return false,
        }
        self.page().sent = false;
        self.page().heard = Heard::default();
        true
    }

    pub(super) fn acknowledge(&mut self) -> bool {
        let Some(claim) = self.now().claim.filter(|_| self.now().at == At::Promoted) else {
            return false;
        };
        *self.page() = opened();
        self.state.co_signer.acknowledged(self.setting, claim);
        true
    }

    pub(super) fn resume(&mut self) -> bool {
        let Some(pending) = self.journal().pending else {
            return false;
        };
        match self.now().at {
            At::Open | At::Offered if self.lock_is_free() => {}
            At::Resuming => return self.again(At::Resuming),
            _ => return false,
        }
        let page = self.page();
        page.at = At::Resuming;
        page.asked = Some(pending.share);
        page.sent = true;
        true
    }

    pub(super) fn roll_back(&mut self) -> bool {
        match self.now().at {
            At::Resuming if self.now().heard.ended || self.page().heard.superseded => {
                let asked = self.now().asked;
                self.delete_pending(asked);
                let goes_on = self.now().claim.is_some() && self.now().heard.ended;
                let page = self.page();
                match goes_on {
                    true => {
                        *page = Page {
                            at: At::Cleared,
                            kind: page.kind,
                            claim: page.claim,
                            offer: page.offer,
                            current: page.current,
                            ..Page::default()
                        };
                    }
                    false => *page = opened(),
                }
                true
            }
            // No commit was ever sent: the page may give up by itself what it sealed.
            At::Sealed | At::Confirming => {
                let claim = self.now().claim;
                self.delete_pending(claim);
                self.leave(At::Open);
                true
            }
            _ => false,
        }
    }

    pub(super) fn delete_pending(&mut self, share: Option<Run>) {
        let journal = self.journal();
        if journal.pending.map(|pending| pending.share) == share {
            journal.pending = None;
        }
    }
}
