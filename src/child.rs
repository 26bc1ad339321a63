//! Children of a wallet's key, and addresses on other chains.

use wallet::{Path, WalletInfo, public_key_text};
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use crate::{
    data::{ChildData, to_js},
    error::Failure,
    options::Options,
    payload::path,
};

/// `child` of a wallet, or of a prepared one.
pub(crate) fn child(call: &str, wallet: &WalletInfo, options: &JsValue) -> Result<JsValue, js_sys::Error> {
    found(call, wallet, options).map_err(|failure| failure.to_js())
}

fn found(call: &str, wallet: &WalletInfo, options: &JsValue) -> Result<JsValue, Failure> {
    let (path, prefix) = asked(call, options)?;
    let child = wallet.child(&path)?;
    let address = match prefix {
        Some(prefix) => child.address_with_prefix(&prefix)?,
        None => child.address(),
    };
    let public_key = public_key_text(&child.public_key);
    Ok(to_js(&ChildData { public_key, address })?)
}

fn asked(call: &str, options: &JsValue) -> Result<(Path, Option<Zeroizing<String>>), Failure> {
    let options = Options::open(call, options, &["path", "prefix"])?;
    let prefix = options.has("prefix")?.then(|| options.text("prefix")).transpose()?;
    Ok((path(&options)?, prefix))
}

/// `addressWithPrefix` of a wallet, or of a prepared one.
pub(crate) fn address_with_prefix(call: &str, wallet: &WalletInfo, options: &JsValue) -> Result<String, js_sys::Error> {
    let prefix = Options::open(call, options, &["prefix"]).and_then(|options| options.text("prefix"));
    let address = prefix.and_then(|prefix| Ok(wallet.address_with_prefix(&prefix)?));
    address.map_err(|failure| failure.to_js())
}
