//! What the co-signer does with what it is sent: checks, then one transaction.

use crate::{
    Request, Rule, Setting, Write,
    pair::Pair,
    run::Run,
    state::{CoSigner, Heard, Kind, Page, Pending, Phase, Refreshing, Sealed, Signing},
};

/// A request whose sender waits no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Late {
    /// Prepare.
    Prepare,
    /// Confirm.
    Confirm,
    /// Commit.
    Commit,
}

impl Late {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Prepare, Self::Confirm, Self::Commit];
}

/// What a request came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What was written.
    pub(crate) write: Option<Write>,
    /// The answer; nothing of it where the request was refused.
    pub(crate) heard: Heard,
}

const DONE: Heard = Heard {
    done: true,
    superseded: false,
    ended: false,
};

const REFUSED: Outcome = Outcome {
    write: None,
    heard: Heard {
        done: false,
        superseded: false,
        ended: false,
    },
};

fn done(write: Option<Write>) -> Outcome {
    Outcome { write, heard: DONE }
}

impl CoSigner {
    /// Refresh: the claim waits for its openings, in the place of any other.
    pub(crate) fn refresh(&mut self, page: &Page, claim: Run) -> Outcome {
        if !page.offer || !page.current {
            return REFUSED;
        }
        self.refreshing = Some(Refreshing {
            claim,
            kind: page.kind,
            current: true,
            late_prepare: false,
        });
        done(None)
    }

    /// Handles a request of a claim that has been refreshed, or a resume. `sound`: whether the claim's shares are a pair.
    pub(crate) fn handle(&mut self, setting: &Setting, request: Request, claim: Run, sound: bool) -> Outcome {
        match request {
            Request::Refresh => REFUSED,
            Request::Prepare => self.prepare(setting, claim),
            Request::Confirm => self.confirm(claim, claim),
            Request::Commit => self.commit(setting, claim, sound),
            Request::Resume => self.resume(setting, claim),
        }
    }

    fn prepare(&mut self, setting: &Setting, claim: Run) -> Outcome {
        if self.is_pending(claim) || self.was_committed(claim) {
            return done(None);
        }
        let Some(refreshing) = self.refreshing.filter(|refreshing| refreshing.claim == claim) else {
            return REFUSED;
        };
        self.refreshing = None;
        let is_stuck = self.pending.is_some() && !setting.holds(Rule::PrepareEnds);
        if is_stuck || (!refreshing.current && setting.holds(Rule::FollowsLive)) {
            return REFUSED;
        }
        self.pending = Some(Pending {
            claim,
            kind: refreshing.kind,
            phase: Phase::Prepared,
            passkey: None,
            current: refreshing.current,
            late_confirm: false,
            late_commit: false,
        });
        done(Some(Write::PrepareClaim))
    }

    /// Confirm, by a passkey that was made for `made_for`.
    pub(crate) fn confirm(&mut self, claim: Run, made_for: Run) -> Outcome {
        let Some(pending) = self.pending.as_mut().filter(|pending| pending.claim == claim) else {
            return REFUSED;
        };
        if pending.phase != Phase::Prepared {
            return REFUSED;
        }
        pending.phase = Phase::Confirmed;
        pending.passkey = match pending.kind {
            Kind::Claim => Some(made_for),
            Kind::Rotation => self.passkey,
        };
        done(Some(Write::ConfirmClaim))
    }

    fn commit(&mut self, setting: &Setting, claim: Run, sound: bool) -> Outcome {
        if self.was_committed(claim) && setting.holds(Rule::CommitNamed) {
            return done(None);
        }
        let is_right = |pending: &Pending| {
            let is_named = pending.claim == claim && pending.phase == Phase::Confirmed;
            (is_named || !setting.holds(Rule::CommitNamed))
                && (sound || !setting.holds(Rule::CommitProved))
                && (pending.current || !setting.holds(Rule::FollowsLive))
        };
        let Some(pending) = self.pending.filter(is_right) else {
            return REFUSED;
        };
        self.pending = None;
        self.committed.add(self.active);
        self.committed.add(pending.claim);
        self.forked |= !pending.current;
        if setting.holds(Rule::RetireInCommit) {
            self.retired = true;
        } else {
            self.unretired = Some(self.active);
        }
        self.active = pending.claim;
        if pending.kind == Kind::Claim {
            self.passkey = pending.passkey;
        }
        self.copy = match (pending.passkey, setting.holds(Rule::CopyAtConfirm)) {
            (Some(passkey), true) => Some(Sealed {
                share: pending.claim,
                passkey,
            }),
            (None, _) | (_, false) => None,
        };
        if let Some(refreshing) = &mut self.refreshing {
            refreshing.current = false;
        }
        if self.signing == Signing::Live {
            self.signing = Signing::Late;
        }
        done(Some(Write::CommitClaim))
    }

    fn resume(&mut self, setting: &Setting, claim: Run) -> Outcome {
        if claim == self.active {
            return done(None);
        }
        if self.was_committed(claim) {
            return Outcome {
                write: None,
                heard: Heard {
                    superseded: true,
                    ..Heard::default()
                },
            };
        }
        let ends = self.is_pending(claim) && setting.holds(Rule::ResumeEnds);
        if ends {
            self.pending = None;
        }
        Outcome {
            write: ends.then_some(Write::EndClaim),
            heard: Heard {
                ended: true,
                ..Heard::default()
            },
        }
    }

    /// Whether a claim is stored and not committed.
    pub fn is_pending(&self, claim: Run) -> bool {
        self.pending.is_some_and(|pending| pending.claim == claim)
    }

    /// Whether a claim was committed.
    pub fn was_committed(&self, claim: Run) -> bool {
        claim == self.active || self.committed.has(claim)
    }

    /// The client says that it has promoted a claim.
    pub(crate) fn acknowledged(&mut self, setting: &Setting, claim: Run) {
        if self.was_committed(claim) {
            self.retired = false;
        }
        if claim == self.active && !setting.holds(Rule::CopyAtConfirm) {
            self.copy = self.passkey.map(|passkey| Sealed { share: claim, passkey });
        }
    }

    /// A request's sender waits no more.
    pub(crate) fn expect_late(&mut self, late: Late, claim: Run) {
        let pending = self.pending.as_mut().filter(|pending| pending.claim == claim);
        match (late, pending, &mut self.refreshing) {
            (Late::Prepare, _, Some(refreshing)) if refreshing.claim == claim => refreshing.late_prepare = true,
            (Late::Confirm, Some(pending), _) => pending.late_confirm = true,
            (Late::Commit, Some(pending), _) => pending.late_commit = true,
            (Late::Prepare | Late::Confirm | Late::Commit, _, _) => {}
        }
    }

    /// Takes a late request off the line: the claim that it is of.
    pub(crate) fn take_late(&mut self, late: Late) -> Option<Run> {
        let claim = self.pending.map(|pending| pending.claim);
        match (late, &mut self.pending, &mut self.refreshing) {
            (Late::Prepare, _, Some(refreshing)) if refreshing.late_prepare => {
                refreshing.late_prepare = false;
                Some(refreshing.claim)
            }
            (Late::Confirm, Some(pending), _) if pending.late_confirm => {
                pending.late_confirm = false;
                claim
            }
            (Late::Commit, Some(pending), _) if pending.late_commit => {
                pending.late_commit = false;
                claim
            }
            (Late::Prepare | Late::Confirm | Late::Commit, _, _) => None,
        }
    }

    /// Its memory is lost: it was ended and started again.
    pub(crate) fn restart(&mut self, pages: &mut Pair<Page>) {
        self.refreshing = None;
        self.signing = match self.signing {
            Signing::Escaped => Signing::Escaped,
            Signing::Idle | Signing::Live | Signing::Late => Signing::Idle,
        };
        for page in pages.both_mut() {
            page.offer = false;
        }
    }

    /// The epochs under which it signs whatever it is asked to.
    pub fn signs_under(&self, setting: &Setting) -> impl Iterator<Item = Run> {
        let silent = setting.holds(Rule::PendingSilent);
        let pending = self.pending.map(|pending| pending.claim).filter(|_| !silent);
        [Some(self.active), self.unretired, pending].into_iter().flatten()
    }
}
