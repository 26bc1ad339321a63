//! Receipts as a co-signer that lies would sign them: with a part that is another's.

use ed25519_dalek::{Signer, SigningKey};
use wallet::{Error, Payload, Scheme, WalletType, host::Cancel, receipt};
use wire::{Envelope, Receipt, receipt::ReceiptBody};

use crate::rotating::{open, rotate};

const SHARES: &str = "the receipt's proofs of the new shares do not hold";
const SIGNATURE: &str = "the receipt's signature by the wallet does not hold";

/// The receipt with a lie in it, signed by a co-signer's key all the same.
fn lying(receipt: &Receipt, lie: impl FnOnce(&mut ReceiptBody)) -> String {
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut receipt = receipt.clone();
    receipt.body.co_signer = key.verifying_key().to_bytes();
    lie(&mut receipt.body);
    receipt.signature = key.sign(&receipt.body.signed_bytes()).to_bytes();
    receipt.to_text().to_string()
}

fn said_of(text: &str) -> Result<(), &'static str> {
    match receipt::verify(text, None) {
        Ok(_) => Ok(()),
        Err(Error::Argument(sentence)) => Err(sentence),
        Err(other) => panic!("{other}"),
    }
}

/// Receipts of two rotations, one after the other.
async fn rotated(wallet_type: WalletType) -> [Receipt; 2] {
    let (_arrival, session) = open(&[wallet_type]).await;
    let first = rotate(&session).await.unwrap().receipts;
    let second = rotate(&session).await.unwrap().receipts;
    [first, second].map(|receipts| Receipt::from_text(&receipts[0]).unwrap())
}

#[tokio::test]
async fn a_receipt_with_a_part_of_another_is_refused() {
    for wallet_type in [WalletType::Evm, WalletType::Solana] {
        let [receipt, next] = rotated(wallet_type).await;
        let [stranger, _] = rotated(wallet_type).await;
        assert_eq!(said_of(&lying(&receipt, |_| ())), Ok(()));
        type Swap = fn(&mut ReceiptBody, &ReceiptBody);
        let swaps: [(Swap, &str); 7] = [
            (
                |body, other| body.statement.evidence = other.statement.evidence.clone(),
                SHARES,
            ),
            (
                |body, other| body.statement.evidence.client = other.statement.evidence.client,
                SHARES,
            ),
            (
                |body, other| body.statement.evidence.co_signer = other.statement.evidence.co_signer,
                SHARES,
            ),
            (
                |body, other| body.statement.transcript = other.statement.transcript,
                SHARES,
            ),
            (|body, other| body.wallet_signature = other.wallet_signature, SIGNATURE),
            (|body, other| body.statement = other.statement.clone(), SIGNATURE),
            (
                |body, other| (body.statement.epoch, body.retired) = (other.statement.epoch, other.retired),
                SHARES,
            ),
        ];
        for (number, (swap, sentence)) in swaps.into_iter().enumerate() {
            // Of another epoch of the wallet.
            let text = lying(&receipt, |body| {
                swap(body, &next.body);
                body.retired.0 = body.statement.epoch.0 - 1;
            });
            assert_eq!(said_of(&text), Err(sentence), "{wallet_type:?} {number}");
            // Of another wallet, of the same epoch: there is no other epoch to take.
            if number < 6 {
                let text = lying(&receipt, |body| swap(body, &stranger.body));
                assert_eq!(said_of(&text), Err(sentence), "{wallet_type:?} {number}");
            }
        }
        let of_a_stranger: [(Swap, &str); 3] = [
            (|body, other| body.statement.wallet = other.statement.wallet, SHARES),
            (
                |body, other| body.statement.public_key = other.statement.public_key,
                SHARES,
            ),
            (
                |body, other| body.statement.credential = other.statement.credential.clone(),
                SIGNATURE,
            ),
        ];
        for (swap, sentence) in of_a_stranger {
            let text = lying(&receipt, |body| swap(body, &stranger.body));
            assert_eq!(said_of(&text), Err(sentence), "{wallet_type:?}");
        }
    }
}

#[tokio::test]
async fn a_receipt_with_any_byte_of_its_proofs_changed_is_refused() {
    for wallet_type in [WalletType::Evm, WalletType::Solana] {
        let [receipt, _] = rotated(wallet_type).await;
        let evidence = borsh::to_vec(&receipt.body.statement.evidence).unwrap();
        for place in 0..evidence.len() {
            let mut changed = evidence.clone();
            changed[place] ^= 1;
            let Ok(changed) = borsh::from_slice(&changed) else {
                continue;
            };
            let text = lying(&receipt, |body| body.statement.evidence = changed);
            assert_eq!(said_of(&text), Err(SHARES), "{wallet_type:?} {place}");
        }
    }
}

#[tokio::test]
async fn an_ordinary_signature_of_a_statement_makes_no_receipt() {
    for wallet_type in [WalletType::Evm, WalletType::Solana] {
        let (_arrival, session) = open(&[wallet_type]).await;
        let rotated = rotate(&session).await.unwrap();
        let receipt = Receipt::from_text(&rotated.receipts[0]).unwrap();
        let digest = receipt.body.statement.digest();
        let payload = match wallet_type.scheme() {
            Scheme::EcdsaSecp256k1 => Payload::from(digest),
            Scheme::EddsaEd25519 => Payload::Message(digest.0.to_vec()),
        };
        let wallet = &rotated.wallets[0];
        let ordinary = session.sign(wallet.id, payload, &Cancel::default()).await.unwrap();
        assert_eq!(ordinary.verify(&wallet.public_key, &digest), Ok(()));
        let text = lying(&receipt, |body| body.wallet_signature = ordinary);
        assert_eq!(said_of(&text), Err(SIGNATURE), "{wallet_type:?}");
    }
}
