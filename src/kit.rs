//! The client in one page.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wallet::CoSignerIdentity;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    claim::Claim,
    data::{self, ResumedData, to_js},
    host::{Page, address},
    options::Options,
    progress::{Listener, listener},
    promise::{Asked, promise},
    session::Session,
    session_options::restore_options,
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
    /// Makes a client. The package's `connect` calls it once the module runs; in a worker, with what stands for the page's window.
    #[wasm_bindgen(unchecked_return_type = "Promise<Kit>")]
    pub fn connect(
        #[wasm_bindgen(unchecked_param_type = "ConnectOptions")] options: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "object")] window: &JsValue,
    ) -> Promise {
        let window = window.clone();
        promise(
            Rc::default(),
            connection(options),
            async move |(address, expected), _| {
                let host = Rc::new(Page::new(address, &window));
                let inner = Rc::new(wallet::Kit::new(host.clone(), expected));
                Ok(Self { host, inner })
            },
        )
    }

    /// This page's hand-off key, for the back end to seal shares to: 32 bytes, base64url.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        self.inner.public_key_text()
    }

    /// Reads and checks what a back end handed over. Sends nothing, unless this browser was interrupted while it claimed one of the
    /// wallets: then one request finishes that claim, or takes it back.
    ///
    /// # Errors
    /// `share_invalid`, `version_unsupported`, `invalid_argument`; `already_claimed` if the interrupted claim was committed: the wallet
    /// is in `kit.wallets()`; those of `resume`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Claim>")]
    pub fn load(&self, #[wasm_bindgen(unchecked_param_type = "LoadOptions")] options: &JsValue) -> Promise {
        let (kit, cause) = (self.inner.clone(), self.host.cause.clone());
        promise(cause.clone(), shares(options), async move |shares, cancel| {
            Claim::of(kit.load(shares, cancel).await?, cause)
        })
    }

    /// Ends well every claim that this browser was interrupted in: finishes it, if the co-signer committed it, or takes it back, so that
    /// the prepared share is good. Sends nothing if there is none. `load`, `finish` and `unlock` do so too, for their own wallets.
    ///
    /// # Errors
    /// `co_signer_unreachable`, `rate_limited`, `peer_misbehaved`, `storage_unavailable`, `cancelled`: nothing is given up, call again.
    #[wasm_bindgen(unchecked_return_type = "Promise<Resumed>")]
    pub fn resume(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "ResumeOptions")] options: &JsValue,
    ) -> Promise {
        let kit = self.inner.clone();
        promise(
            self.host.cause.clone(),
            resumption(options),
            async move |progress, cancel| {
                let progress = progress.unwrap_or_else(|| Box::new(drop));
                to_js(&ResumedData::of(&kit.resume(cancel, &*progress).await?))
            },
        )
    }

    /// Gets the wallets of a passkey back into a browser that has lost them, or never had them, and opens them, with one prompt.
    ///
    /// # Errors
    /// `passkey_cancelled` without such a passkey, or where the person did not use it; `not_authorised` if no wallet was claimed with it;
    /// `wallet_not_found` if it opens none of the expected ones;
    /// `prf_unavailable` if it gives no PRF output, or another than before; `passkey_unsupported`, `storage_unavailable`,
    /// `co_signer_unreachable`, `rate_limited`, `cancelled`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Session>")]
    pub fn restore(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "RestoreOptions")] options: &JsValue,
    ) -> Promise {
        let (kit, cause) = (self.inner.clone(), self.host.cause.clone());
        promise(cause.clone(), restore_options(options), async move |asked, cancel| {
            let expected = asked.expected.as_deref();
            let session = kit.restore_only(expected, asked.mediation, asked.session, cancel);
            Session::of(session.await?, cause)
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
    // `wasm` and `worker` are the loader's.
    let known = ["cosigner", "identity", "wasm", "worker", "signal"];
    let options = Options::open("connect", options, &known)?;
    Ok(((address(&options)?, data::identity(&options)?), options.signal()?))
}

fn shares(options: &JsValue) -> Asked<Vec<Zeroizing<String>>> {
    let options = Options::open("kit.load", options, &["share", "shares", "signal"])?;
    Ok((data::shares(&options)?, options.signal()?))
}

fn resumption(options: &JsValue) -> Asked<Listener> {
    let options = Options::open("kit.resume", options, &["signal", "onProgress"])?;
    Ok((listener(&options)?, options.signal()?))
}
