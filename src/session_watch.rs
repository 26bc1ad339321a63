//! What a session does by itself in a page: it looks at the clock, heeds that the page is hidden or left, and tells its listeners.

use std::{
    cell::Cell,
    rc::{Rc, Weak},
};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Reflect};
use wallet::{LockReason, SessionEvent};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::EventTarget;

use crate::host::{Page, property};

/// Watches over a session until it is dropped.
pub(crate) struct Watch {
    /// Where listeners are.
    pub(crate) target: Option<EventTarget>,
    session: Weak<wallet::Session<Page>>,
    /// Which loop looks at the clock: an earlier one ends.
    turn: Rc<Cell<u32>>,
    _heard: Vec<Heard>,
}

impl Watch {
    pub(crate) fn over(session: &Rc<wallet::Session<Page>>) -> Self {
        let target = EventTarget::new().ok();
        if let Some(target) = target.clone() {
            session.listen(move |event| tell(&target, event));
        }
        let window = session.host().window.clone();
        let session = Rc::downgrade(session);
        let turn = Rc::<Cell<u32>>::default();
        let document = property(&window, "document");
        // The page may have been hidden while the person was asked.
        let heed = |session: &wallet::Session<Page>, document: &JsValue| {
            session.set_hidden(property(document, "hidden") == JsValue::TRUE);
        };
        if let Some(live) = session.upgrade() {
            heed(&live, &document);
        }
        let (hiding, leaving) = ((session.clone(), turn.clone(), document.clone()), session.clone());
        let heard = [
            Heard::new(&document, "visibilitychange", move |_| {
                let (session, turn, document) = &hiding;
                if let Some(live) = session.upgrade() {
                    heed(&live, document);
                }
                look(session.clone(), turn.clone());
            }),
            Heard::new(&window, "pagehide", move |event| {
                // A page that may come back is one that is hidden.
                if property(&event, "persisted") != JsValue::TRUE
                    && let Some(live) = leaving.upgrade()
                {
                    live.leave();
                }
            }),
        ];
        let watch = Self {
            target,
            session,
            turn,
            _heard: heard.into_iter().flatten().collect(),
        };
        watch.start();
        watch
    }

    /// Looks at the clock from now on.
    pub(crate) fn start(&self) {
        look(self.session.clone(), self.turn.clone());
    }
}

/// Looks at the clock until the session is over, or another loop does.
fn look(session: Weak<wallet::Session<Page>>, turn: Rc<Cell<u32>>) {
    let own = turn.get().wrapping_add(1);
    turn.set(own);
    spawn_local(async move {
        while turn.get() == own {
            // Not held while it waits: a session that nobody holds is dropped, and its shares with it.
            let Some(live) = session.upgrade() else { return };
            let Some(milliseconds) = live.tick().await else { return };
            drop(live);
            TimeoutFuture::new(milliseconds).await;
        }
    });
}

/// Something that is heard until this is dropped.
struct Heard {
    target: EventTarget,
    name: &'static str,
    listener: Closure<dyn FnMut(JsValue)>,
}

impl Heard {
    /// Nothing, where there is no such target.
    fn new(target: &JsValue, name: &'static str, listener: impl FnMut(JsValue) + 'static) -> Option<Self> {
        let target = target.dyn_ref::<EventTarget>()?.clone();
        let listener = Closure::new(listener);
        let added = target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        added.ok().map(|()| Self { target, name, listener })
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref::<Function>();
        self.target
            .remove_event_listener_with_callback(self.name, listener)
            .ok();
    }
}

fn tell(target: &EventTarget, event: SessionEvent) {
    let (name, reason) = match event {
        SessionEvent::Expiring => ("expiring", JsValue::UNDEFINED),
        SessionEvent::Expired => ("expired", JsValue::UNDEFINED),
        SessionEvent::Locked(reason) => ("locked", reason_text(reason).into()),
    };
    let (options, detail) = (Object::new(), Object::new());
    let made = Reflect::set(&detail, &"reason".into(), &reason)
        .and_then(|_| Reflect::set(&options, &"detail".into(), &detail))
        .and_then(|_| CustomEvent::new(name, &options));
    if let Ok(event) = made {
        target.dispatch_event(event.unchecked_ref()).ok();
    }
}

fn reason_text(reason: LockReason) -> &'static str {
    match reason {
        LockReason::Asked => "asked",
        LockReason::Everywhere => "everywhere",
        LockReason::Idle => "idle",
        LockReason::Hidden => "hidden",
        LockReason::Left => "left",
    }
}

#[wasm_bindgen]
extern "C" {
    type CustomEvent;

    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str, options: &Object) -> Result<CustomEvent, JsValue>;
}
