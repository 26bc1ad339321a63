//! Wallets ready to be taken over.

use std::rc::{Rc, Weak};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Function, Promise};
use wallet::{Claimed, FinishOptions, Proof, SessionOptions, host::Cancel};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;

use crate::{
    before_prompt::before_prompt,
    data::{FinishedClaim, WalletData, to_js},
    error::Failure,
    host::{Cause, Page},
    options::Options,
    progress::{Listener, listener},
    promise::{Asked, promise},
    session::Session,
    session_options::{self, SESSION},
    wallet::Wallet,
};

/// Wallets ready to be taken over: their prepared shares, in memory only.
#[wasm_bindgen]
pub struct Claim {
    inner: Rc<wallet::Claim<Page>>,
    first: wallet::WalletInfo,
    cause: Rc<Cause>,
}

impl Claim {
    pub(crate) fn of(claim: wallet::Claim<Page>, cause: Rc<Cause>) -> Result<Self, wallet::Error> {
        let first = claim
            .wallets()
            .into_iter()
            .next()
            .ok_or(wallet::Error::Internal("a claim without a wallet"))?;
        Ok(Self {
            inner: Rc::new(claim),
            first,
            cause,
        })
    }
}

#[wasm_bindgen]
impl Claim {
    /// The first wallet's address.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.first.address()
    }

    /// The first wallet's id: 16 bytes, base64url.
    #[wasm_bindgen(getter, js_name = walletId)]
    pub fn wallet_id(&self) -> String {
        self.first.id_text()
    }

    /// What the first wallet is for.
    #[wasm_bindgen(getter, js_name = type, unchecked_return_type = "WalletType")]
    pub fn wallet_type(&self) -> String {
        self.first.wallet_type.as_str().to_owned()
    }

    /// The first wallet's scheme.
    #[wasm_bindgen(getter, unchecked_return_type = "Scheme")]
    pub fn scheme(&self) -> String {
        self.first.scheme_text().to_owned()
    }

    /// The first wallet's epoch, before the claim.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> u32 {
        self.first.epoch.0
    }

    /// Every wallet of the claim.
    #[wasm_bindgen(getter, unchecked_return_type = "WalletInfo[]")]
    pub fn wallets(&self) -> Array {
        self.inner
            .wallets()
            .iter()
            .filter_map(|info| to_js(&WalletData::of(info)).ok())
            .collect()
    }

    /// Shows the proof ahead of the click, so that `finish` opens the passkey prompt directly, as Safari wants it. Changes nothing.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn start(&self, #[wasm_bindgen(unchecked_param_type = "StartOptions")] options: &JsValue) -> Promise {
        let claim = self.inner.clone();
        promise(self.cause.clone(), start(options), async move |proof, cancel| {
            claim.start(&proof, cancel).await.map(|()| JsValue::UNDEFINED)
        })
    }

    /// Takes the wallets over, and opens them: makes a passkey and uses it once, which are two prompts, rotates both shares, and ends the
    /// prepared ones. What an earlier claim of them left in this browser is ended first, and its passkey replaced. Whatever it ends with,
    /// calling it again is right.
    ///
    /// # Errors
    /// `already_claimed` if the wallets are claimed, by this browser too: look at `kit.wallets()`; `storage_unavailable` if this device is
    /// full or keeps nothing, before a passkey is made; `claim_expired`, `not_authorised`, `passkey_unsupported`, `passkey_cancelled`,
    /// `prf_unavailable`, `share_invalid`, `peer_misbehaved`, `co_signer_unreachable`, `rate_limited`, `cancelled`.
    #[wasm_bindgen(unchecked_return_type = "Promise<FinishedClaim>")]
    pub fn finish(&self, #[wasm_bindgen(unchecked_param_type = "FinishOptions")] options: &JsValue) -> Promise {
        let (claim, cause) = (self.inner.clone(), self.cause.clone());
        promise(cause.clone(), finish(options), async move |asked, cancel: &Cancel| {
            let before = asked.before_prompt;
            let claimed = claim
                .finish(FinishOptions {
                    proof: asked.proof,
                    passkey_name: asked.passkey_name,
                    before_prompt: before.map(|function| before_prompt(function, cause.clone())),
                    session: asked.session,
                    refuse_imported: asked.refuse_imported,
                    cancel: cancel.clone(),
                    progress: asked.progress,
                })
                .await;
            if claimed.is_err() {
                look(Rc::downgrade(&claim));
            }
            finished(claimed?, &cause)
        })
    }
}

/// Looks at the clock while a claim waits for its end: what its session would open with is erased in its time.
fn look(claim: Weak<wallet::Claim<Page>>) {
    spawn_local(async move {
        while let Some(milliseconds) = claim.upgrade().and_then(|claim| claim.tick()) {
            TimeoutFuture::new(milliseconds).await;
        }
    });
}

fn start(options: &JsValue) -> Asked<Proof> {
    let options = Options::open("claim.start", options, &["proof", "signal"])?;
    Ok((proof(&options)?, options.signal()?))
}

/// What `claim.finish` is asked with.
struct Finishing {
    proof: Proof,
    passkey_name: String,
    before_prompt: Option<Function>,
    session: SessionOptions,
    refuse_imported: bool,
    progress: Listener,
}

fn finish(options: &JsValue) -> Asked<Finishing> {
    let [device, warn, idle, hidden] = SESSION;
    let known = [
        "proof",
        "passkey",
        "beforePrompt",
        "refuseImported",
        "signal",
        "onProgress",
        device,
        warn,
        idle,
        hidden,
    ];
    let options = Options::open("claim.finish", options, &known)?;
    let asked = Finishing {
        passkey_name: options.bag("passkey", &["name"])?.text("name")?.to_string(),
        before_prompt: options.function("beforePrompt")?,
        session: session_options::read(&options)?,
        refuse_imported: options.flag("refuseImported")?,
        progress: listener(&options)?,
        proof: proof(&options)?,
    };
    Ok((asked, options.signal()?))
}

fn proof(options: &Options) -> Result<Proof, Failure> {
    Ok(Proof::Ticket(
        options.bag("proof", &["ticket"])?.text("ticket")?.to_string(),
    ))
}

fn finished(claimed: Claimed<Page>, cause: &Rc<Cause>) -> Result<JsValue, wallet::Error> {
    let wallets = claimed
        .wallets
        .into_iter()
        .map(|wallet| JsValue::from(Wallet::of(wallet, cause.clone())));
    let wallets: Array = wallets.collect();
    let receipt = claimed
        .receipts
        .first()
        .ok_or(wallet::Error::Internal("a claim without a receipt"))?;
    to_js(&FinishedClaim {
        session: Session::of(claimed.session, cause.clone())?.into(),
        wallet: wallets.get(0),
        wallets,
        receipt,
        receipts: &claimed.receipts,
    })
}
