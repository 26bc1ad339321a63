//! The right to sign, for a time.

use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use serde::Serialize;
use wallet::{Payload, WalletId};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    data::{self, RotatedData, WalletData, to_js},
    error::Failure,
    host::{Cause, Page, method},
    options::Options,
    payload::{self, signed},
    progress::{Listener, listener},
    promise::{Asked, promise},
    session_watch::Watch,
};

/// Open shares, in memory only, and the co-signer's consent for a time.
#[wasm_bindgen]
pub struct Session {
    pub(crate) inner: Rc<wallet::Session<Page>>,
    first: wallet::WalletInfo,
    pub(crate) cause: Rc<Cause>,
    watch: Rc<Watch>,
}

impl Session {
    pub(crate) fn of(session: wallet::Session<Page>, cause: Rc<Cause>) -> Result<Self, wallet::Error> {
        let first = session
            .wallets()
            .into_iter()
            .next()
            .ok_or(wallet::Error::Internal("a session without a wallet"))?;
        let inner = Rc::new(session);
        Ok(Self {
            watch: Rc::new(Watch::over(&inner)),
            inner,
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

    /// When the session ends, in Unix milliseconds by this device's clock. A refresh moves it.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        data::milliseconds(self.inner.expires_at()) as f64 - self.clock_skew() * 1000.0
    }

    /// How far the co-signer's clock is ahead of this device's, in seconds; below 0 where it is behind.
    #[wasm_bindgen(getter, js_name = clockSkew)]
    pub fn clock_skew(&self) -> f64 {
        self.inner.clock_skew() as f64
    }

    /// How often the session may still be refreshed.
    #[wasm_bindgen(getter, js_name = refreshesLeft)]
    pub fn refreshes_left(&self) -> u32 {
        self.inner.refreshes_left()
    }

    /// When the first of its wallets has to be rotated, in Unix milliseconds by this device's clock: from then on it signs nothing before
    /// `session.rotate()`. Undefined where the co-signer's operator does not ask for that.
    #[wasm_bindgen(getter, js_name = rotateBy)]
    pub fn rotate_by(&self) -> Option<f64> {
        let seconds = self.inner.rotate_by()?;
        Some(data::milliseconds(seconds) as f64 - self.clock_skew() * 1000.0)
    }

    /// The id of this session, as it stands in the list: 16 bytes, base64url. No secret.
    #[wasm_bindgen(getter, js_name = sessionId)]
    pub fn session_id(&self) -> String {
        self.inner.id_text()
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

    /// Has the co-signer say to a back end that this session holds a wallet. Its types stand in `types.d.ts`.
    #[wasm_bindgen(skip_typescript)]
    pub fn prove(&self, options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            proving(options, self.first.id),
            async move |asked, cancel| {
                let proof = session.prove(asked.wallet, &asked.audience, &asked.nonce, cancel);
                proof.await
            },
        )
    }

    /// Moves the session's end, without a prompt; gives the new end, in Unix milliseconds by this device's clock.
    ///
    /// # Errors
    /// `session_expired` where it is too late; `not_authorised` where it was refreshed as often as the co-signer's operator allows;
    /// `co_signer_unreachable`, `rate_limited`, `cancelled`.
    #[wasm_bindgen(unchecked_return_type = "Promise<number>")]
    pub fn refresh(&self, #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue) -> Promise {
        let (session, watch) = (self.inner.clone(), self.watch.clone());
        promise(
            self.cause.clone(),
            Options::only_signal("session.refresh", options),
            async move |(), cancel| {
                let seconds = session.refresh(cancel).await?;
                watch.start();
                Ok(data::milliseconds(seconds) as f64 - session.clock_skew() as f64 * 1000.0)
            },
        )
    }

    /// Changes both shares of every open wallet once more, with one prompt: those before are dead from then on, on every device. What an
    /// earlier rotation left unfinished is ended first; if it was committed, it is this one.
    ///
    /// # Errors
    /// `session_expired`, `passkey_cancelled`, `storage_unavailable`, `epoch_mismatch`, `peer_misbehaved`, `rate_limited`, `cancelled`: everything is as it was.
    /// `co_signer_unreachable` may come when it is done already: call again, or sign, or unlock anew: each finishes what was begun.
    #[wasm_bindgen(unchecked_return_type = "Promise<Rotated>")]
    pub fn rotate(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "RotateOptions")] options: &JsValue,
    ) -> Promise {
        let session = self.inner.clone();
        promise(self.cause.clone(), rotation(options), async move |progress, cancel| {
            let progress = progress.unwrap_or_else(|| Box::new(drop));
            to_js(&RotatedData::of(&session.rotate(cancel, &*progress).await?))
        })
    }

    /// Brings the session back to life with one passkey prompt, so that what found it over can go on. Of several calls at once one asks.
    ///
    /// # Errors
    /// As `wallet.unlock`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn unlock(&self, #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue) -> Promise {
        let (session, watch) = (self.inner.clone(), self.watch.clone());
        promise(
            self.cause.clone(),
            Options::only_signal("session.unlock", options),
            async move |(), cancel| {
                session.unlock(cancel).await?;
                watch.start();
                Ok(JsValue::UNDEFINED)
            },
        )
    }

    /// The sessions that have a wallet of this one, on whatever device, the one that was used last first.
    ///
    /// # Errors
    /// `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`.
    #[wasm_bindgen(unchecked_return_type = "Promise<ListedSession[]>")]
    pub fn sessions(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue,
    ) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            Options::only_signal("session.sessions", options),
            async move |(), cancel| {
                let listed = session.sessions(cancel).await?;
                let skew = session.clock_skew();
                to_js(
                    &listed
                        .iter()
                        .map(|one| ListedSession::of(one, skew))
                        .collect::<Vec<_>>(),
                )
            },
        )
    }

    /// Ends the session of `sessionId`, or all but this one, at once. Its types stand in `types.d.ts`.
    #[wasm_bindgen(skip_typescript)]
    pub fn revoke(&self, options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(self.cause.clone(), revoking(options), async move |which, cancel| {
            match which {
                Some(one) => session.revoke(one, cancel).await?,
                None => session.revoke_others(cancel).await?,
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Ends every session that has a wallet of this one, this one with them, at once.
    ///
    /// # Errors
    /// `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`: then nothing was ended, and it can be tried again.
    #[wasm_bindgen(js_name = lockEverywhere, unchecked_return_type = "Promise<void>")]
    pub fn lock_everywhere(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue,
    ) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            Options::only_signal("session.lockEverywhere", options),
            async move |(), cancel| {
                session.lock_everywhere(cancel).await?;
                Ok(JsValue::UNDEFINED)
            },
        )
    }

    /// Hears `expiring`, `expired` and `locked`, as an `EventTarget` does. Its types stand in `types.d.ts`.
    #[wasm_bindgen(js_name = addEventListener, skip_typescript)]
    pub fn add_event_listener(&self, name: &JsValue, listener: &JsValue, options: &JsValue) -> Result<(), JsValue> {
        self.forward("addEventListener", name, listener, options)
    }

    /// Hears it no more.
    #[wasm_bindgen(js_name = removeEventListener, skip_typescript)]
    pub fn remove_event_listener(&self, name: &JsValue, listener: &JsValue, options: &JsValue) -> Result<(), JsValue> {
        self.forward("removeEventListener", name, listener, options)
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

impl Session {
    fn forward(&self, call: &str, name: &JsValue, listener: &JsValue, options: &JsValue) -> Result<(), JsValue> {
        let Some(target) = &self.watch.target else {
            return Ok(());
        };
        let method = method(target, call).ok_or(JsValue::UNDEFINED)?;
        method.call3(target, name, listener, options).map(drop)
    }
}

/// `ListedSession`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedSession<'a> {
    session_id: String,
    device: &'a str,
    began_at: f64,
    used_at: f64,
    expires_at: f64,
    current: bool,
    wallet_ids: Vec<String>,
}

impl<'a> ListedSession<'a> {
    fn of(listed: &'a wallet::ListedSession, skew: i64) -> Self {
        let ours = |seconds: u64| data::local_time(seconds, skew);
        Self {
            session_id: listed.id_text(),
            device: &listed.device,
            began_at: ours(listed.began_at),
            used_at: ours(listed.used_at),
            expires_at: ours(listed.expires_at),
            current: listed.is_current,
            wallet_ids: listed.wallet_ids(),
        }
    }
}

fn rotation(options: &JsValue) -> Asked<Listener> {
    let options = Options::open("session.rotate", options, &["signal", "onProgress"])?;
    Ok((listener(&options)?, options.signal()?))
}

/// One session, or all others.
fn revoking(options: &JsValue) -> Asked<Option<[u8; 16]>> {
    let options = Options::open("session.revoke", options, &["sessionId", "others", "signal"])?;
    let which = match (options.has("sessionId")?, options.flag("others")?) {
        (true, false) => Some(wallet::session_id(&options.text("sessionId")?)?),
        (false, true) => None,
        (true, true) | (false, false) => {
            return Err(options.refuse("sessionId", "given, or `others` true: one of the two"));
        }
    };
    Ok((which, options.signal()?))
}

pub(crate) fn signing(options: &JsValue, first: WalletId) -> Asked<(WalletId, Payload)> {
    let known: Vec<&str> = payload::NAMES.into_iter().chain(["walletId"]).collect();
    let options = Options::open("session.sign", options, &known)?;
    let asked = (wallet_id(&options, first)?, payload::payload(&options)?);
    Ok((asked, options.signal()?))
}

struct Proving {
    wallet: WalletId,
    audience: Zeroizing<String>,
    nonce: Zeroizing<String>,
}

fn proving(options: &JsValue, first: WalletId) -> Asked<Proving> {
    let known = ["audience", "nonce", "walletId", "signal"];
    let options = Options::open("session.prove", options, &known)?;
    let proving = Proving {
        wallet: wallet_id(&options, first)?,
        audience: options.text("audience")?,
        nonce: options.text("nonce")?,
    };
    Ok((proving, options.signal()?))
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
