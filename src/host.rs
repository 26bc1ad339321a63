//! What the client runs in: a page, or a server whose loader lends its `fetch`.

pub(crate) mod device;
pub mod passkeys;
pub mod session_keys;
pub mod store;
pub mod transport;

use std::{cell::RefCell, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Promise, Reflect};
use wallet::host::{Absent, Host};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{MessageChannel, Url};

use self::{
    passkeys::Navigator,
    session_keys::Subtle,
    store::Database,
    transport::{Borrowed, Fetch, Transport},
};
use crate::{error::Failure, options::Options};

/// Why a port failed last, kept for the error that follows.
#[derive(Default)]
pub(crate) struct Cause(RefCell<Option<Said>>);

/// What there is to say of a port's failure.
pub(crate) enum Said {
    /// What the browser threw.
    Thrown(JsValue),
    /// What the person who wrote the page should know.
    Hint(&'static str),
    /// What the browser threw, which it throws for several reasons, and what to look at.
    Unclear(JsValue, &'static str),
}

impl Cause {
    /// Keeps what was thrown.
    pub(crate) fn keep(&self, thrown: JsValue) {
        self.0.replace(Some(Said::Thrown(thrown)));
    }

    /// Keeps what was thrown, with what may be behind it.
    pub(crate) fn keep_unclear(&self, thrown: JsValue, sentence: &'static str) {
        self.0.replace(Some(Said::Unclear(thrown, sentence)));
    }

    /// Keeps a hint.
    pub(crate) fn hint(&self, sentence: &'static str) {
        self.0.replace(Some(Said::Hint(sentence)));
    }

    /// Gives away what was kept.
    pub(crate) fn take(&self) -> Option<Said> {
        self.0.take()
    }
}

/// A page: its `navigator.credentials`, its WebCrypto, its IndexedDB and Web Locks, its `fetch`; or a worker of it, whose loader lends a
/// window: one that asks the page for its passkeys, and tells whether it is hidden or left.
pub struct Page {
    pub(crate) window: JsValue,
    co_signer: Fetch,
    passkeys: Navigator,
    store: Database,
    pub(crate) cause: Rc<Cause>,
}

impl Page {
    /// A page that talks to the co-signer at `address`, without a slash at its end; its window is the global object, if none is lent.
    pub fn new(address: String, window: &JsValue) -> Self {
        let cause = Rc::<Cause>::default();
        let window = match window.is_object() {
            true => window.clone(),
            false => js_sys::global().into(),
        };
        Self {
            co_signer: Fetch {
                address,
                cause: cause.clone(),
            },
            passkeys: Navigator {
                window: window.clone(),
                cause: cause.clone(),
            },
            store: Database { cause: cause.clone() },
            window,
            cause,
        }
    }
}

impl Host for Page {
    type CoSigner = Fetch;
    type Passkeys = Navigator;
    type Store = Database;
    type SessionKeys = Subtle;

    fn co_signer(&self) -> &Fetch {
        &self.co_signer
    }

    fn passkeys(&self) -> &Navigator {
        &self.passkeys
    }

    fn store(&self) -> &Database {
        &self.store
    }

    fn session_keys(&self) -> &Subtle {
        &Subtle
    }

    fn now(&self) -> u64 {
        now()
    }

    async fn pause(&self) {
        pause().await;
    }

    async fn wait(&self, milliseconds: u32) {
        TimeoutFuture::new(milliseconds).await;
    }
}

/// A server: no passkeys, no store.
pub(crate) struct BackEnd {
    co_signer: Borrowed,
}

impl BackEnd {
    /// A server that talks to the co-signer at `address`, without a slash at its end, by its loader's means.
    pub(crate) fn new(address: String, transport: Transport, cause: Rc<Cause>) -> Self {
        Self {
            co_signer: Borrowed {
                address,
                transport,
                cause,
            },
        }
    }
}

impl Host for BackEnd {
    type CoSigner = Borrowed;
    type Passkeys = Absent;
    type Store = Absent;
    type SessionKeys = Absent;

    fn co_signer(&self) -> &Borrowed {
        &self.co_signer
    }

    fn passkeys(&self) -> &Absent {
        &Absent
    }

    fn store(&self) -> &Absent {
        &Absent
    }

    fn session_keys(&self) -> &Absent {
        &Absent
    }

    fn now(&self) -> u64 {
        now()
    }

    async fn pause(&self) {
        pause().await;
    }

    async fn wait(&self, milliseconds: u32) {
        TimeoutFuture::new(milliseconds).await;
    }
}

/// Reads the co-signer's address from `cosigner`: without a slash at its end.
pub(crate) fn address(options: &Options) -> Result<String, Failure> {
    let refused = || {
        options.refuse(
            "cosigner",
            "an address: https, or http on this very machine; no query, no name",
        )
    };
    let url = Url::new(&options.text("cosigner")?).map_err(|_| refused())?;
    let is_local = matches!(url.hostname().as_str(), "localhost" | "127.0.0.1" | "[::1]");
    let is_safe = url.protocol() == "https:" || (url.protocol() == "http:" && is_local);
    let is_plain = [url.search(), url.hash(), url.username(), url.password()]
        .iter()
        .all(String::is_empty);
    match is_safe && is_plain {
        true => Ok(format!("{}{}", url.origin(), url.pathname().trim_end_matches('/'))),
        false => Err(refused()),
    }
}

fn now() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = scheduler, js_name = yield, catch)]
    fn scheduler_yield() -> Result<Promise, JsValue>;
}

/// Lets others run: a new task, not only a microtask.
async fn pause() {
    let turn = scheduler_yield().or_else(|_| message());
    match turn {
        Ok(turn) => drop(turn.await),
        Err(_) => TimeoutFuture::new(0).await,
    }
}

/// A promise that a message resolves: without the four milliseconds that browsers add to nested time-outs.
fn message() -> Result<Promise, JsValue> {
    let channel = MessageChannel::new()?;
    let (ours, theirs) = (channel.port1(), channel.port2());
    let arrived = Promise::new(&mut |resolve, _| ours.set_onmessage(Some(&resolve)));
    theirs.post_message(&JsValue::NULL)?;
    theirs.close();
    Ok(arrived)
}

/// A property; undefined where it is missing, or can't be read.
pub(crate) fn property(target: &JsValue, name: &str) -> JsValue {
    Reflect::get(target, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property of the global object.
pub(crate) fn global(name: &str) -> JsValue {
    property(&js_sys::global(), name)
}

/// A method of `target`, if it is there.
pub(crate) fn method(target: &JsValue, name: &str) -> Option<js_sys::Function> {
    Reflect::get(target, &name.into()).ok()?.dyn_into().ok()
}
