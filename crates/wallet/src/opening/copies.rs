//! The copies of sealed shares that the co-signer keeps: checked, and put in the place of what this browser has lost.

use mpc::KeyInfo;
use wire::{
    CoSignerIdentity, Envelope,
    ceremony::{Copies, KeptCopy},
};

use super::approval::Approved;
use crate::{
    Error, Fault,
    host::{Cancel, Host},
    receipt,
    vault::WalletRecord,
};

/// What a copy must be of.
struct Expected<'a> {
    key: &'a KeyInfo,
    co_signer: &'a CoSignerIdentity,
    rp_id: &'a str,
    credential: &'a [u8],
}

/// Asks for the copies of these live keys, as records to be stored.
pub(super) async fn fetch<H: Host>(
    host: &H,
    approved: &Approved<H>,
    live: &[KeyInfo],
    cancel: &Cancel,
) -> Result<Vec<WalletRecord>, Error> {
    let request = Copies {
        wallets: live.iter().map(|key| key.wallet).collect(),
    };
    let kept = approved.call(host, &request, cancel).await?.copies;
    if kept.len() != live.len() {
        return Err(Fault::Content("it did not give a copy of each wallet").into());
    }
    let records = live.iter().zip(kept).map(|(key, kept)| {
        let expected = Expected {
            key,
            co_signer: &approved.co_signer,
            rp_id: &approved.rp_id,
            credential: &approved.assertion.credential,
        };
        record(kept, &expected).ok_or(OTHER_COPY.into())
    });
    records.collect()
}

const OTHER_COPY: Fault = Fault::Content("the copy that it kept is of something else");

/// The record that a copy stands for. Whether the passkey opens it is seen when it is opened.
fn record(kept: KeptCopy, expected: &Expected<'_>) -> Option<WalletRecord> {
    let record = WalletRecord::from_envelope(&kept.copy.0).ok()?;
    let share = record.active.as_ref()?;
    let statement = &kept.receipt.body.statement;
    let is_expected = share.key == *expected.key
        && share.credential == expected.credential
        && (record.co_signer, record.rp_id.as_str()) == (*expected.co_signer, expected.rp_id)
        && kept.receipt.body.co_signer == expected.co_signer.receipt
        && (statement.wallet, statement.epoch) == (share.key.wallet, share.key.epoch)
        && Some(statement.public_key) == share.key.public_key().ok()
        && receipt::check(&kept.receipt).is_ok();
    is_expected.then_some(WalletRecord {
        pending: None,
        receipt: Some(kept.receipt),
        ..record
    })
}
