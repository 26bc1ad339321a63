//! What was found, in words and as JSON.

use std::fmt::Write;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;
use wallet::{WalletInfo, public_key_text, receipt::VerifiedReceipt, refusal::VerifiedRefusal};

use crate::{
    evidence::{Findings, Held},
    utc,
};

const NOT_PROVED: &str = "\
Not proved: that the co-signer has erased its old shares, or will refuse them the next time; and whose the keys are that signed, which must
be known by other means.";

/// What holds, in plain words.
pub(crate) fn words(findings: &Findings) -> String {
    let mut told = String::new();
    for held in &findings.held {
        told.push_str(&wallet(held));
        told.push('\n');
    }
    let refusals: usize = findings.held.iter().map(|held| held.refusals.len()).sum();
    let count = format!(
        "{}, {}",
        counted(findings.held.len(), "receipt"),
        counted(refusals, "refusal")
    );
    match findings.faults.len() {
        0 => told + &format!("All of it holds: {count}.\n{NOT_PROVED}"),
        faults => told + &format!("NOT all of it holds: {count} do, {faults} do not."),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn wallet(held: &Held) -> String {
    let receipt = &held.receipt;
    let mut told = format!("Wallet {}\n", receipt.id_text());
    let mut row = |name: &str, content: &str| {
        let _ = writeln!(told, "  {name:<12}{content}");
    };
    for wallet in &held.wallets {
        row(
            "address",
            &format!("{} ({})", wallet.address(), wallet.wallet_type.as_str()),
        );
    }
    let key = format!("{} ({})", public_key_text(&receipt.public_key), receipt.scheme_text());
    row("public key", &key);
    let epochs = format!("{} began, {} was retired", receipt.epoch.0, receipt.retired_epoch);
    row("epoch", &format!("{epochs}, on {}", utc::text(receipt.committed_at)));
    row("imported", if receipt.imported { IMPORTED } else { "no" });
    row("passkey", &base64(&receipt.credential));
    let co_signer = base64(&receipt.co_signer);
    row(
        "signed",
        &format!("by the wallet with both new shares, and by the co-signer {co_signer}"),
    );
    for refusal in &held.refusals {
        row(
            "refused",
            &format!("epoch {}, on {}", refusal.epoch.0, utc::text(refusal.refused_at)),
        );
    }
    told
}

const IMPORTED: &str = "yes: somebody had the key before, and may have it still";

/// What was found, for programs: times are Unix milliseconds, as in JavaScript.
pub(crate) fn json(findings: &Findings, co_signer_known: bool) -> serde_json::Value {
    serde_json::json!({
        "holds": findings.faults.is_empty(),
        "coSignerKnown": co_signer_known,
        "wallets": findings.held.iter().map(WalletFound::of).collect::<Vec<_>>(),
        "faults": findings.faults,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WalletFound {
    wallet_id: String,
    addresses: Vec<Address>,
    scheme: &'static str,
    public_key: String,
    epoch: u32,
    retired_epoch: u32,
    imported: bool,
    committed_at: u64,
    credential_id: String,
    co_signer: String,
    refusals: Vec<RefusalFound>,
}

#[derive(Serialize)]
struct Address {
    r#type: &'static str,
    address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefusalFound {
    epoch: u32,
    committed_at: u64,
    refused_at: u64,
}

impl WalletFound {
    fn of(held: &Held) -> Self {
        let receipt: &VerifiedReceipt = &held.receipt;
        Self {
            wallet_id: receipt.id_text(),
            addresses: held.wallets.iter().map(Address::of).collect(),
            scheme: receipt.scheme_text(),
            public_key: public_key_text(&receipt.public_key),
            epoch: receipt.epoch.0,
            retired_epoch: receipt.retired_epoch,
            imported: receipt.imported,
            committed_at: milliseconds(receipt.committed_at),
            credential_id: base64(&receipt.credential),
            co_signer: base64(&receipt.co_signer),
            refusals: held.refusals.iter().map(RefusalFound::of).collect(),
        }
    }
}

impl Address {
    fn of(wallet: &WalletInfo) -> Self {
        Self {
            r#type: wallet.wallet_type.as_str(),
            address: wallet.address(),
        }
    }
}

impl RefusalFound {
    fn of(refusal: &VerifiedRefusal) -> Self {
        Self {
            epoch: refusal.epoch.0,
            committed_at: milliseconds(refusal.committed_at),
            refused_at: milliseconds(refusal.refused_at),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn milliseconds(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}
