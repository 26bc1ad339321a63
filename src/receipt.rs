//! Receipts, checked offline.

use wallet::{CoSignerIdentity, WalletType, receipt};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    data::{self, ReceiptData, to_js},
    error::Failure,
    options::Options,
};

/// Checks a receipt: the co-signer's signature, the proofs of both new shares, and the wallet's signature by them. Nothing is sent.
///
/// # Errors
/// `invalid_argument` for what is no receipt or does not hold; `version_unsupported`.
#[wasm_bindgen(js_name = verifyReceipt, unchecked_return_type = "ReceiptDetails")]
pub fn verify_receipt(
    #[wasm_bindgen(unchecked_param_type = "VerifyReceiptOptions")] options: &JsValue,
) -> Result<JsValue, js_sys::Error> {
    verify(options).map_err(|failure| failure.to_js())
}

fn verify(options: &JsValue) -> Result<JsValue, Failure> {
    let (text, expected, wallet_type) = asked(options)?;
    let receipt = receipt::verify(&text, expected.as_ref())?;
    Ok(to_js(&ReceiptData::of(&receipt, wallet_type)?)?)
}

type Question = (Zeroizing<String>, Option<CoSignerIdentity>, Option<WalletType>);

fn asked(options: &JsValue) -> Result<Question, Failure> {
    let options = Options::open("verifyReceipt", options, &["receipt", "identity", "type", "wasm"])?;
    let wallet_type = options.has("type")?.then(|| data::wallet_type(&options)).transpose()?;
    Ok((options.text("receipt")?, data::identity(&options)?, wallet_type))
}
