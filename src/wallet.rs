//! A claimed wallet.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    child,
    data::{Identity, to_js},
    host::{Cause, Page, device},
    options::Options,
    promise::promise,
    records::Records,
    session::Session,
    session_options::unlock_options,
};

/// A claimed wallet as this browser holds it: public data, and a share sealed to a passkey.
#[wasm_bindgen]
pub struct Wallet {
    inner: Rc<wallet::Wallet<Page>>,
    cause: Rc<Cause>,
}

impl Wallet {
    pub(crate) fn of(wallet: wallet::Wallet<Page>, cause: Rc<Cause>) -> Self {
        Self {
            inner: Rc::new(wallet),
            cause,
        }
    }
}

#[wasm_bindgen]
impl Wallet {
    /// The address: of EVM with the checksum of EIP-55, of COSMOS with the prefix `cosmos`, of SOLANA in base58.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.inner.info().address()
    }

    /// The wallet's id: 16 bytes, base64url.
    #[wasm_bindgen(getter, js_name = walletId)]
    pub fn wallet_id(&self) -> String {
        self.inner.info().id_text()
    }

    /// What the wallet is for.
    #[wasm_bindgen(getter, js_name = type, unchecked_return_type = "WalletType")]
    pub fn wallet_type(&self) -> String {
        self.inner.info().wallet_type.as_str().to_owned()
    }

    /// The scheme.
    #[wasm_bindgen(getter, unchecked_return_type = "Scheme")]
    pub fn scheme(&self) -> String {
        self.inner.info().scheme_text().to_owned()
    }

    /// The epoch: how often the shares were rotated.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> u32 {
        self.inner.info().epoch.0
    }

    /// The public key as `0x` and hexadecimal digits: 33 bytes, compressed, of secp256k1; 32 of Ed25519.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        wallet::public_key_text(&self.inner.info().public_key)
    }

    /// The co-signer that holds the other share: one at another address than the kit's does not open it.
    #[wasm_bindgen(getter, js_name = coSigner, unchecked_return_type = "CoSignerIdentity")]
    pub fn co_signer(&self) -> JsValue {
        to_js(&Identity::from(self.inner.co_signer())).unwrap_or_default()
    }

    /// Whether the claim was interrupted before this browser heard its end: `kit.resume` or `unlock` finishes it, if the co-signer did.
    #[wasm_bindgen(getter)]
    pub fn pending(&self) -> bool {
        self.inner.is_pending()
    }

    /// The receipt of the claim, where this browser has it.
    #[wasm_bindgen(getter)]
    pub fn receipt(&self) -> Option<String> {
        self.inner.receipt()
    }

    /// A child of the wallet's key (BIP32, not hardened, the wallet's key being the account's), or without a path the key itself.
    ///
    /// # Errors
    /// `invalid_argument` for a path of a SOLANA wallet, a prefix of another than COSMOS, a malformed one of either.
    #[wasm_bindgen(unchecked_return_type = "ChildKey")]
    pub fn child(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ChildOptions")] options: &JsValue,
    ) -> Result<JsValue, js_sys::Error> {
        child::child("wallet.child", self.inner.info(), options)
    }

    /// The address of a COSMOS wallet on another chain that hashes keys as the Cosmos Hub does: RIPEMD-160 of SHA-256.
    ///
    /// # Errors
    /// `invalid_argument` for another wallet, no prefix (1 to 51 lower-case letters and digits), or that of a chain with Ethereum's hash.
    #[wasm_bindgen(js_name = addressWithPrefix)]
    pub fn address_with_prefix(
        &self,
        #[wasm_bindgen(unchecked_param_type = "AddressOptions")] options: &JsValue,
    ) -> Result<String, js_sys::Error> {
        child::address_with_prefix("wallet.addressWithPrefix", self.inner.info(), options)
    }

    /// Begins an unlock already, so that `unlock` opens the prompt directly, within a few minutes: browsers want a prompt to be the act of a
    /// click. Opens nothing; call it when the page shows the button.
    ///
    /// # Errors
    /// As `unlock`, up to the prompt.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn start(&self, #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue) -> Promise {
        let wallet = self.inner.clone();
        promise(
            self.cause.clone(),
            Options::only_signal("wallet.start", options),
            async move |(), cancel| {
                wallet.start(cancel).await?;
                Ok(JsValue::UNDEFINED)
            },
        )
    }

    /// Opens the wallet, and every other wallet of the same passkeys, with one prompt of any of them. A claim of it that was interrupted is ended first.
    /// With `endOtherSessions` every other session of these wallets ends in the step that begins this one.
    ///
    /// # Errors
    /// `claim_expired` if an interrupted claim was taken back: the prepared share is good; `wallet_not_found` if this browser holds the
    /// wallet no more, `epoch_mismatch` if another epoch lives: `kit.restore` gets it; `passkey_cancelled`, `prf_unavailable`,
    /// `not_authorised`, `co_signer_unreachable`, `rate_limited`, `storage_unavailable`, `cancelled`.
    #[wasm_bindgen(unchecked_return_type = "Promise<Session>")]
    pub fn unlock(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "UnlockOptions")] options: &JsValue,
    ) -> Promise {
        let (wallet, cause) = (self.inner.clone(), self.cause.clone());
        promise(cause.clone(), unlock_options(options), async move |options, cancel| {
            let opened = match options.ends_others {
                true => wallet.unlock_ending_others(options.session, cancel).await,
                false => wallet.unlock(options.session, cancel).await,
            };
            Session::of(opened?, cause)
        })
    }

    /// What this browser's own records say of this wallet and the others of its co-signer, for the package's loader: it judges by them what
    /// another page says. Takes the options of `unlock`.
    #[wasm_bindgen(skip_typescript)]
    pub fn records(&self, options: &JsValue) -> Promise {
        let wallet = self.inner.clone();
        promise(self.cause.clone(), unlock_options(options), async move |_, _| {
            Ok(Records::of(wallet.records().await?, wallet.info().id))
        })
    }

    /// Ends every session of this wallet and of the other wallets of its passkey, on whatever device, with one prompt. Opens none.
    ///
    /// # Errors
    /// `passkey_cancelled` and the others of a prompt: then nothing was ended; `wallet_not_found`, `co_signer_unreachable`,
    /// `rate_limited`, `storage_unavailable`, `cancelled`.
    #[wasm_bindgen(js_name = lockEverywhere, unchecked_return_type = "Promise<void>")]
    pub fn lock_everywhere(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue,
    ) -> Promise {
        let wallet = self.inner.clone();
        promise(
            self.cause.clone(),
            Options::only_signal("wallet.lockEverywhere", options),
            async move |(), cancel| {
                wallet.lock_everywhere(&device::name(), cancel).await?;
                Ok(JsValue::UNDEFINED)
            },
        )
    }
}
