//! Names that one page of an origin holds at a time.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::AbortSignal;

/// A held name; let go when dropped.
pub struct Held {
    release: Function,
    _granted: Closure<dyn FnMut() -> Promise>,
}

impl Held {
    /// Waits for a name until `signal` fires.
    pub(super) async fn request(name: &str, signal: &AbortSignal) -> Result<Self, JsValue> {
        let (granted, grant) = resolvable();
        let (until, release) = resolvable();
        let granting = Closure::new(move || {
            // The call can't fail: it is a promise's own resolver.
            grant.call0(&JsValue::UNDEFINED).ok();
            until.clone()
        });
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), signal)?;
        let over = request_lock(name, &options, granting.as_ref().unchecked_ref())?;
        // Whichever comes first: the grant, or the refusal of a request that was aborted.
        Promise::race(&Array::of2(&granted, &over)).await?;
        Ok(Self {
            release,
            _granted: granting,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release.call0(&JsValue::UNDEFINED).ok();
    }
}

/// A promise and what resolves it.
fn resolvable() -> (Promise, Function) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver.unwrap_or_default())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = request, catch)]
    fn request_lock(name: &str, options: &JsValue, granted: &Function) -> Result<Promise, JsValue>;
}
