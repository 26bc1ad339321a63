//! Names of wallets and API keys on a command line.

use base64ct::{Base64UrlUnpadded, Encoding};
use mpc::WalletId;

/// A wallet's id, as base64url, as the package and the control plane write it, or as hexadecimal.
pub(super) fn wallet(text: &str) -> Result<WalletId, String> {
    let mut id = [0; 16];
    let read = match text.len() {
        32 => hex::decode_to_slice(text, &mut id).is_ok(),
        _ => Base64UrlUnpadded::decode(text, &mut id).is_ok_and(|bytes| bytes.len() == 16),
    };
    match read {
        true => Ok(WalletId(id)),
        false => Err("must be a wallet's id: 22 characters of base64url, or 32 hexadecimal digits".to_owned()),
    }
}

/// A wallet's id as text.
pub(super) fn wallet_text(id: WalletId) -> String {
    Base64UrlUnpadded::encode_string(&id.0)
}

/// An API key's id.
pub(super) fn key(text: &str) -> Result<[u8; 8], String> {
    let mut id = [0; 8];
    match hex::decode_to_slice(text, &mut id) {
        Ok(()) => Ok(id),
        Err(_) => Err("must be 16 hexadecimal digits: what stands between the two underscores of the key".to_owned()),
    }
}
