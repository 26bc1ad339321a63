//! Receipts, checked offline.

use ed25519_dalek::{Signature, VerifyingKey};
use mpc::KeyInfo;
use wire::{CoSignerIdentity, DecodeError, Envelope, Receipt};

use crate::{Epoch, Error, Point, Scheme, WalletId, WalletInfo, WalletType, info::scheme_text, text};

/// A receipt whose two signatures hold, and the proofs of both new shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt {
    /// The wallet.
    pub wallet: WalletId,
    /// X: it is of the scheme's curve.
    pub public_key: Point,
    /// The epoch that began.
    pub epoch: Epoch,
    /// The epoch that ended, as its number.
    pub retired_epoch: u32,
    /// The passkey's credential id.
    pub credential: Vec<u8>,
    /// The co-signer's Ed25519 key.
    pub co_signer: [u8; 32],
    /// Whether the key was imported: somebody had it before, and may have it still, whatever epoch was retired.
    pub imported: bool,
    /// When the co-signer committed, Unix seconds.
    pub committed_at: u64,
}

impl VerifiedReceipt {
    /// The scheme that signs for the wallet.
    pub fn scheme(&self) -> Scheme {
        self.public_key.scheme()
    }

    /// The wallet's id as text: 16 bytes, base64url.
    pub fn id_text(&self) -> String {
        text::encode(&self.wallet.0)
    }

    /// The scheme's name, as in JSON.
    pub fn scheme_text(&self) -> &'static str {
        scheme_text(self.scheme())
    }

    /// The wallet as one of this type: a receipt names the key, and not what it is for.
    ///
    /// # Errors
    /// [`Error::Argument`] for a type of another scheme.
    pub fn wallet_of_type(&self, wallet_type: WalletType) -> Result<WalletInfo, Error> {
        WalletInfo::named(wallet_type, self.wallet, self.epoch, self.public_key).ok_or(Error::Argument(
            "the receipt's wallet signs by another scheme than wallets of this type",
        ))
    }
}

/// Verifies a receipt's text: the co-signer's signature, the proofs of both new shares, the wallet's own signature, and, if given, that it
/// is the expected co-signer's.
///
/// # Errors
/// [`Error::Argument`] for what is no receipt or does not hold; [`Error::Version`].
///
/// # Security
/// Without `expected` any key could have signed: compare [`VerifiedReceipt::co_signer`] with the one that is known.
pub fn verify(text: &str, expected: Option<&CoSignerIdentity>) -> Result<VerifiedReceipt, Error> {
    let receipt: Receipt = read(text, "this is no receipt")?;
    if expected.is_some_and(|expected| expected.receipt != receipt.body.co_signer) {
        return Err(Error::Argument("the receipt is another co-signer's"));
    }
    check(&receipt).map_err(Error::Argument)?;
    let statement = receipt.body.statement;
    Ok(VerifiedReceipt {
        wallet: statement.wallet,
        public_key: statement.public_key,
        epoch: statement.epoch,
        retired_epoch: receipt.body.retired.0,
        credential: statement.credential,
        co_signer: receipt.body.co_signer,
        imported: receipt.body.imported,
        committed_at: receipt.body.committed_at,
    })
}

/// Reads what the co-signer signed; says what it isn't.
pub(crate) fn read<T: Envelope>(text: &str, otherwise: &'static str) -> Result<T, Error> {
    T::from_text(text).map_err(|error| match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => {
            Error::Argument(otherwise)
        }
    })
}

/// Whether the co-signer of this key signed these bytes.
pub(crate) fn is_signed(co_signer: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(co_signer)
        .and_then(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)))
        .is_ok()
}

/// Checks that a receipt holds in itself; says what doesn't.
pub(crate) fn check(receipt: &Receipt) -> Result<(), &'static str> {
    let body = &receipt.body;
    if !is_signed(&body.co_signer, &body.signed_bytes(), &receipt.signature) {
        return Err("the receipt's signature by the co-signer does not hold");
    }
    if body.retired.next() != Some(body.statement.epoch) {
        return Err("the receipt's epochs do not follow each other");
    }
    body.statement
        .verify_shares()
        .map_err(|_| "the receipt's proofs of the new shares do not hold")?;
    body.statement
        .verify_signature(&body.wallet_signature)
        .map_err(|_| "the receipt's signature by the wallet does not hold")
}

/// Whether a receipt that holds is of these very shares.
pub(crate) fn is_of(receipt: &Receipt, key: &KeyInfo) -> bool {
    let statement = &receipt.body.statement;
    (statement.wallet, statement.epoch) == (key.wallet, key.epoch)
        && Some(statement.public_key) == key.public_key().ok()
        && statement.evidence.is_of(key)
}
