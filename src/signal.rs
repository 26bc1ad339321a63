//! A caller's `AbortSignal`, as the client's [`Cancel`], and back as the port's own `AbortSignal`.

use gloo_timers::callback::Timeout;
use wallet::host::{Cancel, Hook};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AbortController, AbortSignal};

/// One call's wish to end: made when the caller's signal fires. Stops listening when dropped.
#[derive(Default)]
pub(crate) struct Call {
    /// What the client looks at.
    pub(crate) cancel: Cancel,
    listening: Option<(AbortSignal, Closure<dyn FnMut()>)>,
}

impl Call {
    /// A call that ends when `signal` fires; one without a signal never does.
    pub(crate) fn new(signal: Option<AbortSignal>) -> Self {
        let cancel = Cancel::default();
        let listening = signal.map(|signal| {
            if signal.aborted() {
                cancel.cancel();
            }
            let wish = cancel.clone();
            let listener = Closure::new(move || wish.cancel());
            // A listener that can't be added leaves a call that can't be ended: no reason to refuse it.
            signal
                .add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref())
                .ok();
            (signal, listener)
        });
        Self { cancel, listening }
    }

    /// Why the caller ended the call.
    pub(crate) fn reason(&self) -> JsValue {
        self.listening
            .as_ref()
            .map_or(JsValue::UNDEFINED, |(signal, _)| signal.reason())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some((signal, listener)) = &self.listening {
            signal
                .remove_event_listener_with_callback("abort", listener.as_ref().unchecked_ref())
                .ok();
        }
    }
}

/// The `AbortSignal` of one fetch, prompt or lock: fires when the call is cancelled, or after a time.
pub(crate) struct Stop {
    /// What the browser looks at.
    pub(crate) signal: AbortSignal,
    _hook: Hook,
    _deadline: Option<Timeout>,
}

impl Stop {
    /// Fires with `cancel`, and `after` milliseconds if given; nothing where there is no `AbortController`.
    pub(crate) fn new(cancel: &Cancel, after: Option<u32>) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let late = controller.clone();
        Some(Self {
            signal: controller.signal(),
            _hook: cancel.on_cancel(move || controller.abort()),
            _deadline: after.map(|milliseconds| Timeout::new(milliseconds, move || late.abort())),
        })
    }
}
