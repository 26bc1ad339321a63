//! The claim, as the liar answers it.

use ed25519_dalek::Signer;
use mpc::{Digest, Epoch, PairingId, Path, Signature, tags};
use rand_core::OsRng;
use wire::{
    Receipt,
    ceremony::{
        ClaimCommit, ClaimCommitted, ClaimConfirm, ClaimConfirmed, ClaimOffer, ClaimPrepare, ClaimPrepared,
        ClaimRefresh, ClaimRefreshOffer, ClaimStart, ConfirmQuery, SignQuery,
    },
    receipt::ReceiptBody,
    statement::{CLAIM_STATEMENT, CLAIM_TRANSCRIPT, CLAIMANT, ClaimStatement, ClaimTranscript, to_bytes},
};

use super::{
    Liar, Lie,
    forgery::{changed, changed_signature, half, other_scheme, receipt_key},
};
use crate::world::ada;

impl Liar {
    pub(super) fn start(&mut self, body: &[u8]) -> Vec<u8> {
        self.reply_to(body, |liar, request: ClaimStart, browser| {
            liar.transcript = Some(ClaimTranscript {
                claim: [1; 16],
                nonce: [2; 32],
                rp_id: "localhost".to_owned(),
                browser: browser.unwrap(),
                ticket: request.ticket.body.nonce,
                keys: request.keys,
            });
            ClaimOffer {
                claim: [1; 16],
                nonce: [2; 32],
                rp_id: "localhost".to_owned(),
                rp_name: "Demo".to_owned(),
                user_handle: [3; 32],
                imported: match liar.lie {
                    Lie::OriginMissing => Vec::new(),
                    _ => vec![false; liar.wallets.len()],
                },
                expires_at: liar.expires_at,
            }
        })
    }

    fn transcript_hash(&self) -> [u8; 32] {
        tags::hash(CLAIM_TRANSCRIPT, &[&to_bytes(self.transcript.as_ref().unwrap())])
    }

    pub(super) fn refresh(&mut self, request: ClaimRefresh) -> ClaimRefreshOffer {
        let binding = self.transcript_hash();
        let mut offers = Vec::new();
        for (held, commitment) in self.wallets.iter_mut().zip(request.commitments) {
            offers.push(held.refresh(self.lie, request.run, &binding, commitment));
        }
        if self.lie == Lie::OfferMissing {
            offers.pop();
        }
        let asked = match self.lie {
            Lie::PairingWithheld => None,
            Lie::PairingUnasked => Some(PairingId([1; 16])),
            _ => request.pairing,
        };
        ClaimRefreshOffer {
            offers,
            transfers: asked.map(|id| self.pair(id)),
        }
    }

    pub(super) fn prepare(&mut self, request: ClaimPrepare) -> ClaimPrepared {
        request.transfers.map(|answer| self.paired(answer));
        let mut proofs = Vec::new();
        for (held, opening) in self.wallets.iter_mut().zip(request.openings) {
            let (share, proof) = held.refreshing.take().unwrap().receive(opening, &mut OsRng).unwrap();
            held.pending = Some(share);
            proofs.push(proof);
        }
        let last = proofs.pop().unwrap();
        match self.lie {
            Lie::ProofMissing => {}
            Lie::ProofOfTheOldShare => proofs.push(changed(&last)),
            _ => proofs.push(last),
        }
        ClaimPrepared { proofs }
    }

    pub(super) fn confirm(&mut self, request: ClaimConfirm) -> ClaimConfirmed {
        let transcript = self.transcript_hash();
        let mut answers = Vec::new();
        for (held, (run, query)) in self.wallets.iter_mut().zip(request.queries) {
            let share = held.pending.as_ref().unwrap();
            let statement = ClaimStatement {
                wallet: share.info().wallet,
                public_key: share.public_key(),
                epoch: Epoch(1),
                transcript,
                credential: request.registration.credential.clone(),
            };
            let digest = Digest(tags::hash(CLAIM_STATEMENT, &[&to_bytes(&statement)]));
            held.statement = Some(statement);
            let query = match query {
                ConfirmQuery::Ecdsa(query) => SignQuery::Ecdsa {
                    pairing: self.paired.as_ref().unwrap().id(),
                    path: Path::root(),
                    digest,
                    query,
                },
                ConfirmQuery::Eddsa(query) => SignQuery::Eddsa {
                    message: digest.0.to_vec(),
                    query,
                },
            };
            answers.push(half(self.lie, share, self.paired.as_ref(), run, query));
        }
        if self.lie == Lie::AnswerMissing {
            answers.pop();
        }
        ClaimConfirmed { answers }
    }

    pub(super) fn commit(&mut self, request: ClaimCommit) -> ClaimCommitted {
        let mut receipts: Vec<_> = (0..self.wallets.len())
            .map(|number| self.receipt(number, request.signatures[number]))
            .collect();
        for held in &mut self.wallets {
            if let Some(share) = held.pending.take() {
                held.active = share;
            }
        }
        if self.lie == Lie::ReceiptMissing {
            receipts.pop();
        }
        ClaimCommitted { receipts }
    }

    fn receipt(&self, number: usize, wallet_signature: Signature) -> Receipt {
        let claimant = ada();
        let mut body = ReceiptBody {
            statement: self.wallets[number].statement.clone().unwrap(),
            retired: Epoch(0),
            claimant: tags::hash(CLAIMANT, &[claimant.kind().as_bytes(), claimant.value().as_bytes()]),
            imported: false,
            committed_at: 5,
            wallet_signature,
            co_signer: self.identity().receipt,
        };
        let mut key = self.receipt.clone();
        match self.lie {
            Lie::ReceiptByAnotherKey => {
                key = receipt_key();
                body.co_signer = key.verifying_key().to_bytes();
            }
            Lie::ReceiptOfAnotherEpoch => body.statement.epoch = Epoch(2),
            Lie::ReceiptOfAnotherSignature => body.wallet_signature = changed_signature(wallet_signature),
            Lie::ReceiptOfAnotherScheme => body.wallet_signature = other_scheme(wallet_signature),
            Lie::ReceiptOfAnotherClaimant => body.claimant[0] ^= 1,
            Lie::ReceiptOfAnotherOrigin => body.imported = true,
            Lie::ReceiptRetiringNothing => body.retired = Epoch(1),
            _ => {}
        }
        let mut signature = key.sign(&body.signed_bytes()).to_bytes();
        if self.lie == Lie::ReceiptUnsigned {
            signature[0] ^= 1;
        }
        Receipt { body, signature }
    }
}
