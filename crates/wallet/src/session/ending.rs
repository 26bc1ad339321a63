//! How a session ends: by its person, at its time, left alone, or by another session. Its shares are erased first, whatever comes after.

use std::rc::Rc;

use wire::ceremony::Lock;

use super::{Life, Session, SessionOptions};
use crate::{
    exchange::{Caller, call},
    host::{Cancel, Host},
    sender::Sender,
};

/// The longest that nobody looks at the time, in milliseconds: a machine that slept notices that soon.
const LOOKS_EVERY: u32 = 30_000;

/// What happens to a session by itself, or by another's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// Its end is near: a refresh moves it.
    Expiring,
    /// It came to its end, here or at the co-signer, or was revoked there: its shares are erased.
    Expired,
    /// It was locked: its shares are erased.
    Locked(LockReason),
}

/// Why a session was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockReason {
    /// Its page asked.
    Asked,
    /// All sessions of its wallets were ended.
    Everywhere,
    /// It was not used for too long.
    Idle,
    /// Its page was hidden for too long.
    Hidden,
    /// Its page was left.
    Left,
}

/// What is due.
enum Due {
    /// Nothing any more.
    Nothing,
    Expiry,
    Lock(LockReason),
    Warning,
    /// Something, in so many milliseconds.
    In(u32),
}

impl<H: Host> Session<H> {
    /// Tells `listener` of what happens from now on, in the place of an earlier one.
    pub fn listen(&self, listener: impl Fn(SessionEvent) + 'static) {
        self.listener.replace(Some(Rc::new(listener)));
    }

    /// Does what is due by the clock: a warning, or the end. Gives the milliseconds after which to come again, while the session lasts.
    pub async fn tick(&self) -> Option<u32> {
        let life = self.life();
        loop {
            match self.due(&life) {
                Due::Nothing => return None,
                Due::Expiry => {
                    self.end(SessionEvent::Expired);
                }
                Due::Lock(reason) => self.lock_for(reason).await,
                Due::Warning => {
                    life.is_warned.set(true);
                    self.tell(SessionEvent::Expiring);
                }
                Due::In(milliseconds) => return Some(milliseconds),
            }
        }
    }

    fn due(&self, life: &Life<H>) -> Due {
        if self.open.borrow().is_none() {
            return Due::Nothing;
        }
        let (ours, theirs) = (self.host().now(), life.sender.now(self.host()));
        let left = life.expires_at.get().saturating_sub(theirs);
        if left == 0 {
            return Due::Expiry;
        }
        let idle = self.options.idle_lock.map_or(life.terms.idle, u64::from);
        let locks = [
            (Some(life.used_at.get()), idle, LockReason::Idle),
            (
                self.hidden_since.get(),
                self.options.hidden_lock.into(),
                LockReason::Hidden,
            ),
        ];
        let mut next = left;
        for (since, lasts, reason) in locks {
            let Some(since) = since else { continue };
            match since.saturating_add(lasts).saturating_sub(ours) {
                0 => return Due::Lock(reason),
                seconds => next = next.min(seconds),
            }
        }
        if !life.is_warned.get() {
            match left.saturating_sub(self.options.warn_before.into()) {
                0 => return Due::Warning,
                seconds => next = next.min(seconds),
            }
        }
        let milliseconds = u32::try_from(next.saturating_mul(1000)).unwrap_or(u32::MAX);
        Due::In(milliseconds.min(LOOKS_EVERY))
    }

    /// The page is hidden, or shown again.
    pub fn set_hidden(&self, is_hidden: bool) {
        self.end_if_due();
        let since = self.hidden_since.get().unwrap_or_else(|| self.host().now());
        self.hidden_since.set(is_hidden.then_some(since));
    }

    /// Ends what should have ended by now: a page that was frozen did not look at the clock meanwhile.
    pub(super) fn end_if_due(&self) {
        match self.due(&self.life()) {
            Due::Expiry => drop(self.end(SessionEvent::Expired)),
            Due::Lock(reason) => drop(self.end(SessionEvent::Locked(reason))),
            Due::Nothing | Due::Warning | Due::In(_) => {}
        }
    }

    /// Ends what should have ended by now of a session that nobody has yet. Gives the milliseconds after which to come again, while it lasts.
    pub(crate) fn look(&self) -> Option<u32> {
        self.end_if_due();
        self.open.borrow().as_ref().map(|_| LOOKS_EVERY)
    }

    /// The session of a claim that has ended: the age of its shares counts from the commit. It is locked where it was left alone for too long
    /// before anybody heard of that; hearing of it is a use of it, as a call is.
    pub(crate) fn begun_by_claim(mut self, committed_at: Option<u64>, options: SessionOptions) -> Self {
        self.options = options;
        self.end_if_due();
        let life = self.life();
        let longest = Some(life.terms.epoch).filter(|longest| *longest > 0);
        let rotate_by = committed_at
            .zip(longest)
            .map(|(at, longest)| at.saturating_add(longest));
        life.rotate_by.set(rotate_by);
        life.used_at.set(self.host().now());
        self
    }

    /// The page is left: the shares are erased at once, and nobody is told who may not be reached any more.
    pub fn leave(&self) {
        self.close();
        self.end(SessionEvent::Locked(LockReason::Left));
    }

    /// Erases the open shares at once, then tells the co-signer, as far as it can be told.
    pub async fn lock(&self) {
        self.close();
        self.lock_for(LockReason::Asked).await;
    }

    /// Keeps an unlock that is under way from opening anything.
    fn close(&self) {
        self.closings.set(self.closings.get().wrapping_add(1));
    }

    async fn lock_for(&self, reason: LockReason) {
        if let Some(sender) = self.end(SessionEvent::Locked(reason)) {
            self.say_goodbye(&sender).await;
        }
    }

    /// Ends a session at the co-signer. The shares are gone: one that stays open there can do nothing.
    pub(super) async fn say_goodbye(&self, sender: &Sender<H>) {
        let caller = Caller::Session(sender);
        let _ = call(self.host(), &self.co_signer, caller, &Lock {}, &Cancel::default()).await;
    }

    /// Erases what is open, and ends what is under way; gives who sends, for a last word. Does nothing to a session that has ended.
    pub(super) fn end(&self, event: SessionEvent) -> Option<Rc<Sender<H>>> {
        let open = self.open.take();
        self.life().ended.cancel();
        let sender = open.map(|open| open.sender)?;
        self.tell(event);
        Some(sender)
    }

    fn tell(&self, event: SessionEvent) {
        // Taken out of its place first: a listener may set another.
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(event);
        }
    }
}
