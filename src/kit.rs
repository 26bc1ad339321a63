//! The client in one page.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wallet::CoSignerIdentity;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    claim::Claim,
    data,
    host::{Page, address},
    options::Options,
    promise::{Asked, promise},
    wallet::Wallet,
};

/// The client in one page: loads shares that were handed to it, and finds the wallets that this browser holds.
#[wasm_bindgen]
pub struct Kit {
    host: Rc<Page>,
    inner: Rc<wallet::Kit<Page>>,
}

#[wasm_bindgen]
impl Kit {
    /// Makes a client. The package's `connect` calls it once the module runs.
    #[wasm_bindgen(unchecked_return_type = "Promise<Kit>")]
    pub fn connect(#[wasm_bindgen(unchecked_param_type = "ConnectOptions")] options: &JsValue) -> Promise {
        promise(Rc::default(), connection(options), async |(address, expected), _| {
            let host = Rc::new(Page::new(address));
            let inner = Rc::new(wallet::Kit::new(host.clone(), expected));
            Ok(Self { host, inner })
        })
    }

    /// This page's hand-off key, for the back end to seal shares to: 32 bytes, base64url.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        self.inner.public_key_text()
    }

    /// Reads and checks what a back end handed over. Nothing is sent, nothing is stored.
    #[wasm_bindgen(unchecked_return_type = "Promise<Claim>")]
    pub fn load(&self, #[wasm_bindgen(unchecked_param_type = "LoadOptions")] options: &JsValue) -> Promise {
        let (kit, cause) = (self.inner.clone(), self.host.cause.clone());
        promise(cause.clone(), shares(options), async move |shares, _| {
            Claim::of(kit.load(shares)?, cause)
        })
    }

    /// The wallets that this browser holds.
    #[wasm_bindgen(unchecked_return_type = "Promise<Wallet[]>")]
    pub fn wallets(&self, #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue) -> Promise {
        let (kit, cause) = (self.inner.clone(), self.host.cause.clone());
        promise(
            cause.clone(),
            Options::only_signal("kit.wallets", options),
            async move |(), _| {
                let wallets = kit.wallets().await?.into_iter();
                Ok(wallets
                    .map(|wallet| JsValue::from(Wallet::of(wallet, cause.clone())))
                    .collect::<Array>())
            },
        )
    }
}

fn connection(options: &JsValue) -> Asked<(String, Option<CoSignerIdentity>)> {
    // `wasm` is the loader's.
    let options = Options::open("connect", options, &["cosigner", "identity", "wasm", "signal"])?;
    Ok(((address(&options)?, data::identity(&options)?), options.signal()?))
}

fn shares(options: &JsValue) -> Asked<Vec<Zeroizing<String>>> {
    let options = Options::open("kit.load", options, &["share", "shares", "signal"])?;
    Ok((data::shares(&options)?, options.signal()?))
}
