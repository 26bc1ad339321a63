//! Refusals, checked offline: evidence that a share is dead.

use wire::{CoSignerIdentity, Refusal};

use crate::{
    Epoch, Error, Point, WalletId,
    receipt::{VerifiedReceipt, is_signed, read},
    text,
};

/// A refusal whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRefusal {
    /// The wallet.
    pub wallet: WalletId,
    /// X.
    pub public_key: Point,
    /// The retired epoch that was used.
    pub epoch: Epoch,
    /// The co-signer's Ed25519 key.
    pub co_signer: [u8; 32],
    /// When the co-signer committed to the epoch after it, Unix seconds.
    pub committed_at: u64,
    /// When it refused, Unix seconds.
    pub refused_at: u64,
}

impl VerifiedRefusal {
    /// The wallet's id as text: 16 bytes, base64url.
    pub fn id_text(&self) -> String {
        text::encode(&self.wallet.0)
    }

    /// Checks that this is a refusal of what the receipt says is dead.
    ///
    /// # Errors
    /// [`Error::Argument`]: what the two say does not go together.
    pub fn check_against(&self, receipt: &VerifiedReceipt) -> Result<(), Error> {
        let retired = receipt.retired_epoch;
        let wrong = if self.co_signer != receipt.co_signer {
            "the refusal is signed by another co-signer than the receipt"
        } else if self.wallet != receipt.wallet {
            "the refusal is of another wallet than the receipt"
        } else if self.public_key != receipt.public_key {
            "the refusal is of another key than the receipt"
        } else if self.epoch.0 > retired {
            "the refusal is of an epoch that the receipt does not retire"
        } else if self.epoch.0 == retired && self.committed_at != receipt.committed_at {
            "the refusal names another time of the commit than the receipt"
        } else {
            return Ok(());
        };
        Err(Error::Argument(wrong))
    }
}

/// Verifies a refusal's text: the co-signer's signature, the order of its times, and, if given, that it is the expected co-signer's.
///
/// # Errors
/// [`Error::Argument`] for what is no refusal or does not hold; [`Error::Version`].
///
/// # Security
/// Without `expected` any key could have signed: compare [`VerifiedRefusal::co_signer`] with the one that is known, or check it
/// against a receipt of which that is known.
pub fn verify(text: &str, expected: Option<&CoSignerIdentity>) -> Result<VerifiedRefusal, Error> {
    let Refusal { body, signature } = read(text, "this is no refusal")?;
    if expected.is_some_and(|expected| expected.receipt != body.co_signer) {
        return Err(Error::Argument("the refusal is another co-signer's"));
    }
    if !is_signed(&body.co_signer, &body.signed_bytes(), &signature) {
        return Err(Error::Argument(
            "the refusal's signature by the co-signer does not hold",
        ));
    }
    if body.refused_at < body.committed_at {
        return Err(Error::Argument("the refusal is older than the commit that it rests on"));
    }
    Ok(VerifiedRefusal {
        wallet: body.wallet,
        public_key: body.public_key,
        epoch: body.epoch,
        co_signer: body.co_signer,
        committed_at: body.committed_at,
        refused_at: body.refused_at,
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use mpc::channel::ChannelPublicKey;
    use wire::{Envelope, refusal::RefusalBody};

    use super::*;
    use crate::receipt;

    /// A refusal and a receipt of version 1, as `wire` keeps them, and what signs them.
    const REFUSAL: &str = include_str!("../../wire/tests/released/refusal-v1.txt");
    const ENVELOPES: &str = include_str!("../../wire/tests/released/v1.json");
    const KEY: [u8; 32] = [0xa3; 32];

    fn kept_receipt() -> VerifiedReceipt {
        let kept: serde_json::Value = serde_json::from_str(ENVELOPES).unwrap();
        receipt::verify(kept["receipt"].as_str().unwrap(), None).unwrap()
    }

    fn body() -> RefusalBody {
        Refusal::from_text(REFUSAL).unwrap().body
    }

    /// The kept refusal with a lie in it, signed by this key.
    fn signed(key: [u8; 32], lie: impl FnOnce(&mut RefusalBody)) -> String {
        let key = SigningKey::from_bytes(&key);
        let mut body = body();
        body.co_signer = key.verifying_key().to_bytes();
        lie(&mut body);
        let signature = key.sign(&body.signed_bytes()).to_bytes();
        Refusal { body, signature }.to_text().to_string()
    }

    fn identity(receipt: [u8; 32]) -> CoSignerIdentity {
        let channel = ChannelPublicKey([9; 32]);
        CoSignerIdentity { channel, receipt }
    }

    fn argument<T: core::fmt::Debug>(outcome: Result<T, Error>) -> &'static str {
        match outcome.unwrap_err() {
            Error::Argument(sentence) => sentence,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_refusal_of_version_1_verifies_and_fits_the_receipt_of_its_wallet() {
        let (refusal, receipt) = (
            verify(REFUSAL, Some(&identity(body().co_signer))).unwrap(),
            kept_receipt(),
        );
        assert_eq!(refusal.epoch.0, receipt.retired_epoch);
        assert_eq!(refusal.check_against(&receipt), Ok(()));
        assert_eq!(refusal.id_text(), receipt.id_text());
    }

    #[test]
    fn what_is_no_refusal_of_the_expected_co_signer_is_told() {
        let mut damaged = Refusal::from_text(REFUSAL).unwrap();
        damaged.signature[40] ^= 1;
        let flipped = damaged.to_text().to_string();
        let backwards = signed(KEY, |body| body.refused_at = body.committed_at - 1);
        let in_anothers_name = signed([1; 32], |it| it.co_signer = body().co_signer);
        let anothers = signed([1; 32], |_| ());
        let expected = identity(body().co_signer);
        for (text, sentence) in [
            ("hello", "this is no refusal"),
            (&REFUSAL[..200], "this is no refusal"),
            (&flipped, "the refusal's signature by the co-signer does not hold"),
            (
                &in_anothers_name,
                "the refusal's signature by the co-signer does not hold",
            ),
            (&anothers, "the refusal is another co-signer's"),
            (&backwards, "the refusal is older than the commit that it rests on"),
        ] {
            assert_eq!(argument(verify(text, Some(&expected))), sentence);
        }
        verify(&anothers, None).unwrap();
    }

    #[test]
    fn a_refusal_that_does_not_go_with_the_receipt_is_told() {
        let receipt = kept_receipt();
        let mut mirrored = body().public_key.to_bytes();
        mirrored[0] ^= 1;
        let other_key = Point::from_bytes(&mirrored).unwrap();
        for (text, sentence) in [
            (
                signed([1; 32], |_| ()),
                "the refusal is signed by another co-signer than the receipt",
            ),
            (
                signed(KEY, |body| body.wallet.0[0] ^= 1),
                "the refusal is of another wallet than the receipt",
            ),
            (
                signed(KEY, |body| body.public_key = other_key),
                "the refusal is of another key than the receipt",
            ),
            (
                signed(KEY, |body| body.epoch.0 += 1),
                "the refusal is of an epoch that the receipt does not retire",
            ),
            (
                signed(KEY, |body| body.committed_at -= 1),
                "the refusal names another time of the commit than the receipt",
            ),
        ] {
            let refusal = verify(&text, None).unwrap();
            assert_eq!(argument(refusal.check_against(&receipt)), sentence);
        }
    }

    #[test]
    fn an_epoch_before_the_retired_one_had_a_commit_of_its_own() {
        let text = signed(KEY, |body| {
            body.epoch.0 -= 1;
            body.committed_at -= 1_000;
        });
        assert_eq!(verify(&text, None).unwrap().check_against(&kept_receipt()), Ok(()));
    }
}
