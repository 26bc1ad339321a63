//! Proofs of ownership: asked for by a page, checked by a back end.

use js_sys::{Date, JSON};
use serde::Serialize;
use wallet::ownership::{Expected, Keys, Proof, VerifiedProof};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    claimant::claimant,
    data::{self, WalletData, milliseconds, to_js},
    error::Failure,
    options::{self, Options},
    promise::Asked,
};

/// `ProofDetails`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProofData {
    #[serde(flatten)]
    wallet: WalletData,
    claimant: String,
    issued_at: u64,
    expires_at: u64,
}

impl ProofData {
    pub(crate) fn of(proof: &VerifiedProof) -> Self {
        Self {
            wallet: WalletData::of(&proof.wallet),
            claimant: proof.claimant_text(),
            issued_at: milliseconds(proof.issued_at),
            expires_at: milliseconds(proof.expires_at),
        }
    }
}

/// Checks a proof of ownership with a key set that the caller has. Nothing is sent.
///
/// # Errors
/// `invalid_argument` for what is no proof or no key set; `not_authorised` for a proof that does not hold here.
#[wasm_bindgen(js_name = verifyProof, unchecked_return_type = "ProofDetails")]
pub fn verify_proof(
    #[wasm_bindgen(unchecked_param_type = "VerifyProofOptions")] options: &JsValue,
) -> Result<JsValue, js_sys::Error> {
    verify(options).map_err(|failure| failure.to_js())
}

fn verify(options: &JsValue) -> Result<JsValue, Failure> {
    let known = [
        "proof",
        "jwks",
        "identity",
        "audience",
        "nonce",
        "claimantId",
        "clockTolerance",
        "wasm",
    ];
    let options = Options::open("verifyProof", options, &known)?;
    let identity = data::identity(&options)?.ok_or_else(|| options.refuse("identity", "the co-signer's identity"))?;
    let keys = Keys::read(&key_set(&options)?, &identity)?;
    let (proof, expected) = expected(&options)?;
    let now = (Date::now() / 1000.0) as u64;
    let verified = Proof::read(&proof)?.verify(&keys, &expected, now)?;
    Ok(to_js(&ProofData::of(&verified))?)
}

/// A key set, as text or as it was parsed.
fn key_set(options: &Options) -> Result<String, Failure> {
    let refused = || options.refuse("jwks", "a JSON Web Key Set");
    let value = options.value("jwks")?.ok_or_else(refused)?;
    if value.is_string() {
        return Ok(options.text("jwks")?.to_string());
    }
    let text = JSON::stringify(&value).ok().map(JsValue::from);
    let text = text.and_then(|text| options::string(&text).ok()).ok_or_else(refused)?;
    Ok(text.to_string())
}

/// `ServerVerifyProofOptions`.
pub(crate) fn shown(options: &JsValue) -> Asked<(Zeroizing<String>, Expected)> {
    let known = ["proof", "audience", "nonce", "claimantId", "clockTolerance", "signal"];
    let options = Options::open("server.verifyProof", options, &known)?;
    Ok((expected(&options)?, options.signal()?))
}

/// The proof, and what it must say.
fn expected(options: &Options) -> Result<(Zeroizing<String>, Expected), Failure> {
    let claimant = options.has("claimantId")?.then(|| claimant(options)).transpose()?;
    let tolerance = options.count("clockTolerance")?;
    let expected = Expected::new(&options.text("audience")?, &options.text("nonce")?, claimant, tolerance)?;
    Ok((options.text("proof")?, expected))
}
