//! What a page knows of wallets by itself, to judge what another page of its origin says of them.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wallet::WalletId;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{
    data::{WalletData, to_js},
    error::Failure,
    host::Page,
    payload::signed,
    promise::promise,
    session::signing,
};

/// A wallet and the others of its co-signer, by what this browser holds. For the package's loader alone.
#[wasm_bindgen(skip_typescript)]
pub struct Records {
    inner: Rc<wallet::Records<Page>>,
    first: WalletId,
}

impl Records {
    pub(crate) fn of(records: wallet::Records<Page>, first: WalletId) -> Self {
        Self {
            inner: Rc::new(records),
            first,
        }
    }
}

#[wasm_bindgen]
impl Records {
    /// The wallets, the one that they were asked for by first.
    #[wasm_bindgen(skip_typescript)]
    pub fn wallets(&self) -> Array {
        let wallets = self.inner.wallets();
        wallets
            .iter()
            .filter_map(|info| to_js(&WalletData::of(info)).ok())
            .collect()
    }

    /// Reads again what is stored.
    ///
    /// # Errors
    /// `storage_unavailable`.
    #[wasm_bindgen(skip_typescript)]
    pub fn look(&self) -> Promise {
        let records = self.inner.clone();
        promise(Rc::default(), Ok(((), None)), async move |(), _| {
            records.look().await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The signature that `session.sign` was asked for by these options, where these bytes are one.
    ///
    /// # Errors
    /// `peer_misbehaved` where they are not; those of `session.sign` for its options.
    #[wasm_bindgen(skip_typescript)]
    pub fn verify(&self, options: &JsValue, bytes: &JsValue) -> Result<JsValue, js_sys::Error> {
        self.verified(options, bytes).map_err(|failure| failure.to_js())
    }

    fn verified(&self, options: &JsValue, bytes: &JsValue) -> Result<JsValue, Failure> {
        let ((wallet, payload), _) = signing(options, self.first)?;
        let bytes = bytes.dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec);
        let signature = self.inner.verify(wallet, &payload, &bytes.unwrap_or_default())?;
        Ok(signed(signature)?)
    }
}
