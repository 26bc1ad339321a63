//! The wallets that a page expects to get back: it knows them from its back end, and need not believe the co-signer's list.

use mpc::WalletId;
use wire::ErrorCode;

use super::Live;
use crate::{
    Error,
    info::{public_key_text, wallet_id},
};

/// A wallet that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedWallet {
    /// By its public key: whoever else knows the key's two shares, no other key takes its place.
    Key(String),
    /// By its id: which key it stands for is the co-signer's word.
    Id(WalletId),
}

/// Reads how a wallet is named: by its public key, `0x` and hexadecimal digits, or by its id, 16 bytes in base64url.
///
/// # Errors
/// [`Error::Argument`] for neither.
pub fn expected_wallet(text: &str) -> Result<ExpectedWallet, Error> {
    const NEITHER: Error = Error::Argument(
        "an expected wallet is named by its public key, 0x and 66 hexadecimal digits or of Ed25519 64, or by its id",
    );
    if let Ok(id) = wallet_id(text) {
        return Ok(ExpectedWallet::Id(id));
    }
    match text.strip_prefix("0x") {
        Some(digits) if matches!(digits.len(), 64 | 66) && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            Ok(ExpectedWallet::Key(text.to_ascii_lowercase()))
        }
        Some(_) | None => Err(NEITHER),
    }
}

impl ExpectedWallet {
    fn is(&self, live: &Live) -> bool {
        match self {
            Self::Key(text) => live.key.public_key().is_ok_and(|key| public_key_text(&key) == *text),
            Self::Id(id) => live.key.wallet == *id,
        }
    }
}

/// The wallets that are expected, in that order, of those that there are.
pub(super) fn chosen(live: Vec<Live>, expected: &[ExpectedWallet]) -> Result<Vec<Live>, Error> {
    let mut chosen: Vec<Live> = Vec::new();
    for name in expected {
        let found = live.iter().find(|live| name.is(live));
        if let Some(found) = found
            && chosen.iter().all(|other| other.key.wallet != found.key.wallet)
        {
            chosen.push(found.clone());
        }
    }
    match chosen.is_empty() {
        true => Err(NONE),
        false => Ok(chosen),
    }
}

const NONE: Error = Error::State {
    code: ErrorCode::WalletNotFound,
    message: "this passkey opens none of the expected wallets: use another passkey, and check that this is the co-signer of the wallets",
};
