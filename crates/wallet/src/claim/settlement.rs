//! Commit and promote: the old shares die, the new ones become the wallets'. May be done again until it succeeds.

use mpc::{Signature, tags};
use wire::{
    ClaimantId, CoSignerIdentity, ErrorCode, Receipt,
    ceremony::{ClaimAcknowledge, ClaimCommit, DeviceName},
    statement::{CLAIMANT, ClaimStatement},
};

use super::{
    Phase, Progress, ceremony::Ceremony, confirmation::Confirmation, custody::Custody, rotation::expect_count,
};
use crate::{
    Error, Fault,
    exchange::{Caller, Exchange, Patience, insist},
    host::{Cancel, Host},
    receipt,
    vault::{self, Committed, WalletRecord},
};

/// A claim whose commit may have been sent: everything that its end takes.
///
/// # Security
/// From here on nothing that the claim made on this device is given up, whatever is answered: a refusal is of one delivery, and another of
/// the same bytes may have been carried out. What was sealed is replaced only once the co-signer has begun another claim, which
/// ends this one there.
pub(crate) struct Settlement {
    claim: [u8; 16],
    /// The hash that stands for the claimant in a receipt, where it is known.
    claimant: Option<[u8; 32]>,
    co_signer: CoSignerIdentity,
    statements: Vec<ClaimStatement>,
    /// What the offer said of each key.
    imported: Vec<bool>,
    signatures: Vec<Signature>,
    /// What the device of a claim's session calls itself.
    device: Option<DeviceName>,
    custody: Custody,
}

const IN_DOUBT: Error = Error::Unreachable(
    "the co-signer did not say whether the claim is done: finish it again, or unlock the wallet, and it ends well",
);

impl Settlement {
    pub(crate) fn new<H: Host>(
        ceremony: &Ceremony<'_, H>,
        claimant: Option<[u8; 32]>,
        (confirmation, device): (Confirmation, Option<DeviceName>),
        custody: Custody,
    ) -> Self {
        Self {
            claim: ceremony.offer.claim,
            claimant,
            co_signer: *ceremony.co_signer,
            statements: confirmation.statements,
            imported: ceremony.offer.imported.clone(),
            signatures: confirmation.signatures,
            device,
            custody,
        }
    }

    /// Commits. It is too late to cancel: whatever was asked for, the answer is waited for.
    pub(crate) async fn commit<H: Host>(
        &self,
        host: &H,
        caller: Caller<'_, H>,
        progress: &dyn Fn(Progress),
    ) -> Result<Vec<Receipt>, Error> {
        progress(Progress {
            phase: Phase::Commit,
            step: 0,
            of: 1,
        });
        let request = ClaimCommit {
            claim: self.claim,
            signatures: self.signatures.clone(),
            device: self.device.clone(),
        };
        let exchange = Exchange::new(&self.co_signer, caller, &request)?;
        let answer = exchange
            .repeat(host, &Cancel::default(), Patience::INSISTS.for_a_claim())
            .await;
        let committed = answer.and_then(|answer| exchange.open::<ClaimCommit>(&answer));
        let committed = committed.map_err(|error| match error.code() {
            ErrorCode::CoSignerUnreachable => IN_DOUBT,
            _ => error,
        })?;
        let receipts = committed.receipts;
        expect_count(receipts.len(), self.statements.len())?;
        let expected = self.statements.iter().zip(&self.signatures).zip(&self.imported);
        for (receipt, ((statement, signature), imported)) in receipts.iter().zip(expected) {
            self.check(receipt, statement, signature)?;
            if receipt.body.imported != *imported {
                return Err(
                    Fault::Content("its receipt says otherwise where the key comes from than its offer").into(),
                );
            }
        }
        progress(Progress {
            phase: Phase::Commit,
            step: 1,
            of: 1,
        });
        Ok(receipts)
    }

    fn check(&self, receipt: &Receipt, statement: &ClaimStatement, signature: &Signature) -> Result<(), Error> {
        let body = &receipt.body;
        if body.co_signer != self.co_signer.receipt {
            return Err(Fault::Content("its receipt is signed by another key than the pinned one").into());
        }
        let is_claimant = self.claimant.is_none_or(|claimant| claimant == body.claimant);
        if body.statement != *statement || body.wallet_signature != *signature || !is_claimant {
            return Err(Fault::Content("its receipt is of another claim").into());
        }
        receipt::check(receipt).map_err(|what| Fault::Content(what).into())
    }

    /// Makes the new shares the wallets', and tells the co-signer so.
    pub(crate) async fn promote<H: Host>(
        &self,
        host: &H,
        caller: Caller<'_, H>,
        receipts: &[Receipt],
        progress: &dyn Fn(Progress),
    ) -> Result<Vec<WalletRecord>, Error> {
        progress(Progress {
            phase: Phase::Promote,
            step: 0,
            of: 1,
        });
        let (mut records, mut committed) = (Vec::new(), Vec::new());
        for ((key, record), receipt) in self.custody.keys.iter().zip(&self.custody.records).zip(receipts) {
            let record = WalletRecord {
                receipt: Some(receipt.clone()),
                ..record.clone()
            };
            committed.push(Committed {
                key: key.clone(),
                receipt: receipt.clone(),
                copy: Some(record.clone()),
            });
            records.push(record);
        }
        vault::promote(host, &committed).await?;
        let acknowledge = ClaimAcknowledge { claim: self.claim };
        // The co-signer erases the old shares at the first signature as well: nothing hangs on this answer.
        let _ = insist(host, &self.co_signer, caller, &acknowledge, &Cancel::default()).await;
        progress(Progress {
            phase: Phase::Promote,
            step: 1,
            of: 1,
        });
        Ok(records)
    }
}

/// The hash that stands for a claimant in a receipt.
pub(super) fn claimant_hash(claimant: &ClaimantId) -> [u8; 32] {
    tags::hash(CLAIMANT, &[claimant.kind().as_bytes(), claimant.value().as_bytes()])
}

/// Whether a refusal says that sending the same request again is of no use.
pub(super) fn is_final(error: &Error) -> bool {
    let Error::Refused { code, .. } = error else {
        return false;
    };
    match code {
        ErrorCode::InvalidArgument
        | ErrorCode::ShareInvalid
        | ErrorCode::AlreadyClaimed
        | ErrorCode::ClaimExpired
        | ErrorCode::SessionExpired
        | ErrorCode::NotAuthorised
        | ErrorCode::WalletNotFound
        | ErrorCode::PasskeyUnsupported
        | ErrorCode::PasskeyCancelled
        | ErrorCode::PrfUnavailable
        | ErrorCode::EpochMismatch
        | ErrorCode::PeerMisbehaved
        | ErrorCode::PairingBurnt
        | ErrorCode::VersionUnsupported => true,
        // What is frozen may be thawed before the claim ends.
        ErrorCode::WalletFrozen
        | ErrorCode::CoSignerUnreachable
        | ErrorCode::RateLimited
        | ErrorCode::StorageUnavailable
        | ErrorCode::Cancelled
        | ErrorCode::Internal => false,
    }
}
