//! What is signed, and signatures.

use serde::Serialize;
use wallet::{Digest, Payload, Signature};
use wasm_bindgen::JsValue;

use crate::{
    data::{bytes, to_js},
    error::Failure,
    options::Options,
};

/// The options that say what is signed, beside a signal.
pub(crate) const NAMES: [&str; 4] = ["digest", "path", "message", "signal"];

/// Reads what is signed: a digest, with or without a path, or a message.
pub(crate) fn payload(options: &Options) -> Result<Payload, Failure> {
    if options.has("message")? {
        for name in ["digest", "path"] {
            if options.has(name)? {
                return Err(options.refuse(name, "left out where `message` is given"));
            }
        }
        return Ok(Payload::Message(options.any_bytes("message", Payload::MAX_MESSAGE)?));
    }
    Ok(Payload::Digest {
        digest: Digest(*options.bytes("digest")?),
        path: path(options)?,
    })
}

/// Reads a path: none is the wallet's key itself.
pub(crate) fn path(options: &Options) -> Result<wallet::Path, Failure> {
    Ok(wallet::path(options.numbers("path")?.unwrap_or_default())?)
}

/// `SignatureResult`.
pub(crate) fn signed(signature: Signature) -> Result<JsValue, wallet::Error> {
    match signature {
        Signature::Ecdsa(ecdsa) => to_js(&Ecdsa {
            scheme: "ecdsa-secp256k1",
            bytes: [&ecdsa.r[..], &ecdsa.s[..], &[27 + ecdsa.recovery_id]].concat(),
            r: ecdsa.r,
            s: ecdsa.s,
            y_parity: ecdsa.recovery_id,
        }),
        Signature::Eddsa(eddsa) => to_js(&Eddsa {
            scheme: "eddsa-ed25519",
            bytes: eddsa.0,
        }),
    }
}

/// `EcdsaSignature`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ecdsa {
    scheme: &'static str,
    #[serde(serialize_with = "bytes")]
    r: [u8; 32],
    #[serde(serialize_with = "bytes")]
    s: [u8; 32],
    y_parity: u8,
    #[serde(serialize_with = "bytes")]
    bytes: Vec<u8>,
}

/// `EddsaSignature`.
#[derive(Serialize)]
struct Eddsa {
    scheme: &'static str,
    #[serde(serialize_with = "bytes")]
    bytes: [u8; 64],
}
