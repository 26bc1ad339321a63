//! What is public of a wallet.

use mpc::{Epoch, KeyInfo, Point, Scheme, WalletId};

use crate::{Error, address, text};

/// What is public of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletInfo {
    /// The wallet.
    pub id: WalletId,
    /// Its scheme.
    pub scheme: Scheme,
    /// The epoch that is held here.
    pub epoch: Epoch,
    /// X.
    pub public_key: Point,
}

impl WalletInfo {
    /// Names the wallet of a key.
    ///
    /// # Errors
    /// [`mpc::Abort`] if the public shares add up to the identity.
    pub(crate) fn of(info: &KeyInfo) -> Result<Self, mpc::Abort> {
        Ok(Self {
            id: info.wallet,
            scheme: info.scheme,
            epoch: info.epoch,
            public_key: info.public_key()?,
        })
    }

    /// The address on Ethereum and its kin, with the checksum of EIP-55.
    pub fn address(&self) -> String {
        address::evm(&self.public_key)
    }

    /// The wallet's id as text: 16 bytes, base64url.
    pub fn id_text(&self) -> String {
        text::encode(&self.id.0)
    }

    /// The scheme's name, as in JSON.
    pub fn scheme_text(&self) -> &'static str {
        scheme_text(self.scheme)
    }
}

/// A scheme's name, as in JSON.
pub(crate) fn scheme_text(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::EcdsaSecp256k1 => "ecdsa-secp256k1",
    }
}

/// Reads a wallet's id from text.
///
/// # Errors
/// [`Error::Argument`] for anything but 16 bytes in base64url.
pub fn wallet_id(text: &str) -> Result<WalletId, Error> {
    text::decode(text)
        .map(WalletId)
        .ok_or(Error::Argument("a wallet id is 16 bytes in base64url"))
}
