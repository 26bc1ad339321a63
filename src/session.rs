//! The right to sign, for a time.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wallet::{Digest, WalletId};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    data::{self, SignatureData, WalletData, to_js},
    host::{Cause, Page},
    options::Options,
    promise::{Asked, promise},
};

/// Open shares, in memory only, and the co-signer's consent for a time.
#[wasm_bindgen]
pub struct Session {
    inner: Rc<wallet::Session<Page>>,
    first: wallet::WalletInfo,
    cause: Rc<Cause>,
}

impl Session {
    pub(crate) fn of(session: wallet::Session<Page>, cause: Rc<Cause>) -> Result<Self, wallet::Error> {
        let first = session
            .wallets()
            .into_iter()
            .next()
            .ok_or(wallet::Error::Internal("a session without a wallet"))?;
        Ok(Self {
            inner: Rc::new(session),
            first,
            cause,
        })
    }
}

#[wasm_bindgen]
impl Session {
    /// The address of the wallet that was unlocked.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.first.address()
    }

    /// Its id: 16 bytes, base64url.
    #[wasm_bindgen(getter, js_name = walletId)]
    pub fn wallet_id(&self) -> String {
        self.first.id_text()
    }

    /// Its public key: 33 bytes, compressed, as `0x` and hexadecimal digits.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        data::public_key(&self.first.public_key)
    }

    /// Every wallet that is open, the one that was unlocked first.
    #[wasm_bindgen(getter, unchecked_return_type = "WalletInfo[]")]
    pub fn wallets(&self) -> Array {
        self.inner
            .wallets()
            .iter()
            .filter_map(|info| to_js(&WalletData::of(info)).ok())
            .collect()
    }

    /// When the session ends, in Unix milliseconds.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        data::milliseconds(self.inner.expires_at()) as f64
    }

    /// Whether the session can sign no more: locked, or past its time.
    #[wasm_bindgen(getter)]
    pub fn locked(&self) -> bool {
        self.inner.is_locked()
    }

    /// Signs a 32-byte digest.
    #[wasm_bindgen(unchecked_return_type = "Promise<SignatureResult>")]
    pub fn sign(&self, #[wasm_bindgen(unchecked_param_type = "SessionSignOptions")] options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            sign(options, self.first.id),
            async move |(wallet, digest), cancel| {
                to_js(&SignatureData::from(session.sign(wallet, digest, cancel).await?))
            },
        )
    }

    /// Erases the open shares, then tells the co-signer, as far as it can be told: never rejects.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn lock(&self) -> Promise {
        let session = self.inner.clone();
        promise(self.cause.clone(), Ok(((), None)), async move |(), _| {
            session.lock().await;
            Ok(JsValue::UNDEFINED)
        })
    }
}

fn sign(options: &JsValue, first: WalletId) -> Asked<(WalletId, Digest)> {
    let options = Options::open("session.sign", options, &["digest", "walletId", "signal"])?;
    let wallet = match options.has("walletId")? {
        true => wallet::wallet_id(&options.text("walletId")?)?,
        false => first,
    };
    Ok(((wallet, Digest(*options.bytes("digest")?)), options.signal()?))
}
