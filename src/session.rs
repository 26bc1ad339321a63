//! The right to sign, for a time.

use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use wallet::{Payload, WalletId};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    data::{self, WalletData, to_js},
    error::Failure,
    host::{Cause, Page},
    options::Options,
    payload::{self, signed},
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

    /// What it is for.
    #[wasm_bindgen(getter, js_name = type, unchecked_return_type = "WalletType")]
    pub fn wallet_type(&self) -> String {
        self.first.wallet_type.as_str().to_owned()
    }

    /// Its scheme.
    #[wasm_bindgen(getter, unchecked_return_type = "Scheme")]
    pub fn scheme(&self) -> String {
        self.first.scheme_text().to_owned()
    }

    /// Its public key as `0x` and hexadecimal digits: 33 bytes, compressed, of secp256k1; 32 of Ed25519.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        wallet::public_key_text(&self.first.public_key)
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

    /// Signs with one of the open wallets. Its types stand in `types.d.ts`.
    #[wasm_bindgen(skip_typescript)]
    pub fn sign(&self, options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            signing(options, self.first.id),
            async move |(wallet, payload), cancel| signed(session.sign(wallet, payload, cancel).await?),
        )
    }

    /// Gives the whole key of an open wallet, with another passkey prompt, where the co-signer's operator allows it: 32 bytes.
    ///
    /// Whoever has these bytes signs alone, for ever. Its types stand in `types.d.ts`, with what to know before calling it.
    #[wasm_bindgen(js_name = exportKey, skip_typescript)]
    pub fn export_key(&self, options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            exporting(options, self.first.id),
            async move |wallet, cancel| {
                let key = session.export_key(wallet, cancel).await?;
                Ok(Uint8Array::from(key.as_slice()))
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

fn signing(options: &JsValue, first: WalletId) -> Asked<(WalletId, Payload)> {
    let known: Vec<&str> = payload::NAMES.into_iter().chain(["walletId"]).collect();
    let options = Options::open("session.sign", options, &known)?;
    let asked = (wallet_id(&options, first)?, payload::payload(&options)?);
    Ok((asked, options.signal()?))
}

fn exporting(options: &JsValue, first: WalletId) -> Asked<WalletId> {
    let options = Options::open("session.exportKey", options, &["walletId", "signal"])?;
    Ok((wallet_id(&options, first)?, options.signal()?))
}

/// The wallet that is meant: the one that was unlocked, if none is named.
fn wallet_id(options: &Options, first: WalletId) -> Result<WalletId, Failure> {
    match options.has("walletId")? {
        true => Ok(wallet::wallet_id(&options.text("walletId")?)?),
        false => Ok(first),
    }
}
