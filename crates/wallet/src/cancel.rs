//! A caller's wish to end a call.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// A caller's wish to end a call: shared by its clones, set once.
#[derive(Clone, Default)]
pub struct Cancel(Rc<State>);

#[derive(Default)]
struct State {
    cancelled: Cell<bool>,
    hooks: RefCell<Vec<(u64, Run)>>,
    next: Cell<u64>,
}

/// What a hook runs.
type Run = Box<dyn FnOnce()>;

impl Cancel {
    /// Asks for the call to end: runs every hook, once.
    pub fn cancel(&self) {
        if !self.0.cancelled.replace(true) {
            // Taken out first: a hook may add or drop hooks.
            for (_, run) in self.0.hooks.take() {
                run();
            }
        }
    }

    /// Whether the call is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.get()
    }

    /// Runs `run` when the call is asked to end, at once if it was already; not at all once the hook is dropped.
    ///
    /// A port uses it to abort the fetch or the prompt that is in flight.
    #[must_use = "a dropped hook never runs"]
    pub fn on_cancel(&self, run: impl FnOnce() + 'static) -> Hook {
        let id = self.0.next.get();
        self.0.next.set(id + 1);
        if self.is_cancelled() {
            run();
        } else {
            self.0.hooks.borrow_mut().push((id, Box::new(run)));
        }
        Hook { id, of: self.clone() }
    }
}

impl core::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Cancel({})", self.is_cancelled())
    }
}

/// What runs when a call is cancelled, for as long as this is kept.
pub struct Hook {
    id: u64,
    of: Cancel,
}

impl Drop for Hook {
    fn drop(&mut self) {
        let mut hooks = self.of.0.hooks.borrow_mut();
        let position = hooks.iter().position(|(id, _)| *id == self.id);
        let removed = position.map(|position| hooks.swap_remove(position));
        // Given back first: what the hook owned may itself hold a hook.
        drop(hooks);
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter() -> (Rc<Cell<u32>>, impl Fn() + Clone + 'static) {
        let count = Rc::new(Cell::new(0));
        let inner = count.clone();
        (count, move || inner.set(inner.get() + 1))
    }

    #[test]
    fn a_hook_runs_once() {
        let (count, run) = counter();
        let cancel = Cancel::default();
        let _hook = cancel.on_cancel(run);
        assert_eq!(count.get(), 0);
        cancel.cancel();
        cancel.clone().cancel();
        assert_eq!((count.get(), cancel.is_cancelled()), (1, true));
    }

    #[test]
    fn a_hook_on_a_cancelled_call_runs_at_once() {
        let (count, run) = counter();
        let cancel = Cancel::default();
        cancel.cancel();
        let _hook = cancel.on_cancel(run);
        assert_eq!(count.get(), 1);
    }

    #[test]
    fn a_dropped_hook_never_runs() {
        let (count, run) = counter();
        let cancel = Cancel::default();
        let kept = cancel.on_cancel(run.clone());
        drop(cancel.on_cancel(run));
        cancel.cancel();
        assert_eq!(count.get(), 1);
        drop(kept);
    }

    #[test]
    fn a_hook_may_add_another() {
        let (count, run) = counter();
        let cancel = Cancel::default();
        let inner = cancel.clone();
        let _hook = cancel.on_cancel(move || drop(inner.on_cancel(run)));
        cancel.cancel();
        assert_eq!(count.get(), 1);
    }
}
