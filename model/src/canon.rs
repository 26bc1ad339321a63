//! One form for all states that differ in names, or in what nobody can notice any more.

use crate::{
    Setting,
    pair::Side,
    run::{Run, Runs},
    state::{At, Heard, Page, Passkey, Passkeys, State, browser},
};

impl State {
    /// Every run that is spoken of, in a fixed order.
    fn runs(&mut self, mut each: impl FnMut(&mut Run)) {
        for journal in self.journals.both_mut() {
            for sealed in [&mut journal.active, &mut journal.pending].into_iter().flatten() {
                each(&mut sealed.share);
                each(&mut sealed.passkey);
            }
        }
        for page in self.pages.both_mut() {
            [&mut page.claim, &mut page.asked]
                .into_iter()
                .flatten()
                .for_each(&mut each);
        }
        let co_signer = &mut self.co_signer;
        each(&mut co_signer.active);
        if let Some(refreshing) = &mut co_signer.refreshing {
            each(&mut refreshing.claim);
        }
        if let Some(pending) = &mut co_signer.pending {
            each(&mut pending.claim);
            pending.passkey.iter_mut().for_each(&mut each);
        }
        [&mut co_signer.unretired, &mut co_signer.passkey]
            .into_iter()
            .flatten()
            .for_each(&mut each);
        if let Some(copy) = &mut co_signer.copy {
            each(&mut copy.share);
            each(&mut copy.passkey);
        }
        if let Some(recorded) = &mut self.recorded {
            each(&mut recorded.claim);
        }
    }

    /// A run that nobody speaks of.
    pub(crate) fn fresh(&self) -> Run {
        let mut last = Run::INTRUDER;
        self.clone().runs(|run| last = last.max(*run));
        last.next()
    }

    /// The same state as its class writes it.
    pub(crate) fn canonical(mut self, setting: &Setting) -> Self {
        self.forget(setting);
        let names = Names::of(&mut self);
        let committed = self.co_signer.committed;
        self.co_signer.committed = Runs::default();
        self.broken = self.broken.and_then(|run| names.of_run(run));
        for (old, new) in names.pairs() {
            if committed.has(old) {
                self.co_signer.committed.add(new);
            }
        }
        for passkeys in self.passkeys.both_mut() {
            rename(passkeys, &names);
        }
        self.runs(|run| *run = names.of_run(*run).unwrap_or(*run));
        self
    }

    /// Drops what nobody can notice.
    fn forget(&mut self, setting: &Setting) {
        for page in self.pages.both_mut() {
            forget_at(page);
        }
        for side in Side::BOTH {
            let knows = |page: &Side| {
                let at = self.pages.of(*page).at;
                browser(setting, *page) == side && matches!(at, At::Named | At::Enrolled)
            };
            if !self.journals.of(side).handle && !Side::BOTH.iter().any(knows) {
                self.passkeys.of_mut(side).forget_handle();
            }
        }
        let pages = self.pages;
        self.co_signer.refreshing = self.co_signer.refreshing.filter(|refreshing| {
            let waits = |page: &&Page| {
                matches!(page.at, At::Refreshing | At::Preparing) && page.claim == Some(refreshing.claim)
            };
            refreshing.late_prepare || pages.both().iter().any(waits)
        });
    }
}

fn forget_at(page: &mut Page) {
    let waits = matches!(
        page.at,
        At::Resuming | At::Refreshing | At::Preparing | At::Confirming | At::Committing
    );
    if !waits {
        page.sent = false;
        page.heard = Heard::default();
    }
    let has_offer = page.claim.is_some()
        && match page.at {
            At::Offered | At::Resuming | At::Cleared | At::Named | At::Enrolled => true,
            At::Refreshing => page.sent,
            _ => false,
        };
    page.offer &= has_offer;
    page.current &= has_offer;
}

/// Passkeys that nothing rests on lose their names.
fn rename(passkeys: &mut Passkeys, names: &Names) {
    if let Some(Passkey::For(run)) = passkeys.named {
        passkeys.named = Some(names.of_run(run).map_or(Passkey::Useless, Passkey::For));
    }
    for kept in passkeys.kept.both_mut() {
        if let Some(run) = *kept {
            *kept = names.of_run(run);
            if kept.is_none() {
                passkeys.others = passkeys.others.saturating_add(1);
            }
        }
    }
    passkeys.others = passkeys.others.min(Passkeys::MANY);
    if passkeys.kept.first < passkeys.kept.second {
        core::mem::swap(&mut passkeys.kept.first, &mut passkeys.kept.second);
    }
}

/// Names in the order of their first mention.
struct Names {
    old: [Option<Run>; 16],
    count: usize,
}

impl Names {
    fn of(state: &mut State) -> Self {
        let mut names = Self {
            old: [None; 16],
            count: 0,
        };
        state.runs(|run| names.add(*run));
        names
    }

    fn add(&mut self, run: Run) {
        if run >= Run::FIRST
            && self.position(run).is_none()
            && let Some(place) = self.old.get_mut(self.count)
        {
            *place = Some(run);
            self.count += 1;
        }
    }

    fn position(&self, run: Run) -> Option<usize> {
        self.old.iter().take(self.count).position(|old| *old == Some(run))
    }

    fn of_run(&self, run: Run) -> Option<Run> {
        if run < Run::FIRST {
            return Some(run);
        }
        self.position(run).map(Run::numbered)
    }

    fn pairs(&self) -> impl Iterator<Item = (Run, Run)> {
        let old = self.old.iter().take(self.count).flatten().copied();
        [Run::PREPARED, Run::INTRUDER]
            .into_iter()
            .chain(old)
            .filter_map(|run| Some((run, self.of_run(run)?)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{ALL_AT_ONCE, Graph, TABS, Until};

    #[test]
    fn a_canonical_state_is_its_own_canonical_form() {
        for setting in [ALL_AT_ONCE, TABS] {
            let graph = Graph::explore(setting, Until::Exhausted);
            assert!(graph.every(|state| state.canonical(&setting) == *state));
        }
    }
}
