//! Refusals, checked offline.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use wallet::{
    CoSignerIdentity, public_key_text, receipt,
    refusal::{self, VerifiedRefusal},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    data::{self, milliseconds, to_js},
    error::Failure,
    options::Options,
};

/// `RefusalDetails`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefusalData {
    wallet_id: String,
    public_key: String,
    epoch: u32,
    co_signer: String,
    committed_at: u64,
    refused_at: u64,
}

impl From<&VerifiedRefusal> for RefusalData {
    fn from(refusal: &VerifiedRefusal) -> Self {
        Self {
            wallet_id: refusal.id_text(),
            public_key: public_key_text(&refusal.public_key),
            epoch: refusal.epoch.0,
            co_signer: Base64UrlUnpadded::encode_string(&refusal.co_signer),
            committed_at: milliseconds(refusal.committed_at),
            refused_at: milliseconds(refusal.refused_at),
        }
    }
}

/// Checks a refusal, the evidence that a share is dead: the co-signer's signature, and, if its receipt is given, that the refusal is of
/// what that retired. Nothing is sent.
///
/// # Errors
/// `invalid_argument` for what is no refusal, does not hold or does not go with the receipt; `version_unsupported`.
#[wasm_bindgen(js_name = verifyRefusal, unchecked_return_type = "RefusalDetails")]
pub fn verify_refusal(
    #[wasm_bindgen(unchecked_param_type = "VerifyRefusalOptions")] options: &JsValue,
) -> Result<JsValue, js_sys::Error> {
    verify(options).map_err(|failure| failure.to_js())
}

fn verify(options: &JsValue) -> Result<JsValue, Failure> {
    let (text, receipt, expected) = asked(options)?;
    let refusal = refusal::verify(&text, expected.as_ref())?;
    if let Some(receipt) = receipt {
        refusal.check_against(&receipt::verify(&receipt, expected.as_ref())?)?;
    }
    Ok(to_js(&RefusalData::from(&refusal))?)
}

type Question = (Zeroizing<String>, Option<Zeroizing<String>>, Option<CoSignerIdentity>);

fn asked(options: &JsValue) -> Result<Question, Failure> {
    let options = Options::open("verifyRefusal", options, &["refusal", "receipt", "identity", "wasm"])?;
    let receipt = options.has("receipt")?.then(|| options.text("receipt")).transpose()?;
    Ok((options.text("refusal")?, receipt, data::identity(&options)?))
}
