//! A wallet before its claim.

use std::rc::Rc;

use js_sys::Promise;
use wallet::{ClaimantId, Payload, ShareHandle, public_key_text};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    child, claimant,
    creation::created,
    host::{BackEnd, Cause},
    options::Options,
    payload::{self, signed},
    promise::{Asked, promise},
};

/// A wallet before its claim, with its prepared share in use.
#[wasm_bindgen]
pub struct PreparedWallet {
    inner: Rc<ShareHandle<BackEnd>>,
    cause: Rc<Cause>,
}

impl PreparedWallet {
    pub(crate) fn of(handle: ShareHandle<BackEnd>, cause: Rc<Cause>) -> Self {
        Self {
            inner: Rc::new(handle),
            cause,
        }
    }
}

#[wasm_bindgen]
impl PreparedWallet {
    /// The address: of EVM with the checksum of EIP-55, of COSMOS with the prefix `cosmos`, of SOLANA in base58.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.inner.wallet().address()
    }

    /// The wallet's id: 16 bytes, base64url.
    #[wasm_bindgen(getter, js_name = walletId)]
    pub fn wallet_id(&self) -> String {
        self.inner.wallet().id_text()
    }

    /// What the wallet is for.
    #[wasm_bindgen(getter, js_name = type, unchecked_return_type = "WalletType")]
    pub fn wallet_type(&self) -> String {
        self.inner.wallet().wallet_type.as_str().to_owned()
    }

    /// The scheme.
    #[wasm_bindgen(getter, unchecked_return_type = "Scheme")]
    pub fn scheme(&self) -> String {
        self.inner.wallet().scheme_text().to_owned()
    }

    /// The epoch: 0 for a generated key, 1 for an imported one.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> u32 {
        self.inner.wallet().epoch.0
    }

    /// The public key as `0x` and hexadecimal digits: 33 bytes, compressed, of secp256k1; 32 of Ed25519.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        public_key_text(&self.inner.wallet().public_key)
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
        child::child("prepared.child", self.inner.wallet(), options)
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
        child::address_with_prefix("prepared.addressWithPrefix", self.inner.wallet(), options)
    }

    /// Signs before the claim. Its types stand in `types.d.ts`.
    #[wasm_bindgen(skip_typescript)]
    pub fn sign(&self, options: &JsValue) -> Promise {
        let handle = self.inner.clone();
        promise(self.cause.clone(), signing(options), async move |payload, cancel| {
            signed(handle.sign(payload, cancel).await?)
        })
    }

    /// Gives the unclaimed wallet another claimant id; the new share replaces the old text.
    #[wasm_bindgen(js_name = updateClaimantId, unchecked_return_type = "Promise<CreatedWallet>")]
    pub fn update_claimant_id(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ClaimantId & CallOptions")] options: &JsValue,
    ) -> Promise {
        let handle = self.inner.clone();
        promise(
            self.cause.clone(),
            new_claimant(options),
            async move |claimant, cancel| created(&handle.update_claimant_id(claimant, cancel).await?),
        )
    }
}

fn signing(options: &JsValue) -> Asked<Payload> {
    let options = Options::open("prepared.sign", options, &payload::NAMES)?;
    Ok((payload::payload(&options)?, options.signal()?))
}

fn new_claimant(options: &JsValue) -> Asked<ClaimantId> {
    let known: Vec<&str> = claimant::names().into_iter().chain(["signal"]).collect();
    let options = Options::open("updateClaimantId", options, &known)?;
    Ok((claimant::one_of(&options)?, options.signal()?))
}
