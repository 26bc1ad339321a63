//! The claim, as the liar answers it.

use ed25519_dalek::Signer;
use mpc::{Epoch, PairingId, Path, tags};
use rand_core::OsRng;
use wire::{
    PasskeySet, Receipt, Recipient,
    ceremony::{
        ClaimCommit, ClaimCommitted, ClaimConfirm, ClaimConfirmed, ClaimOffer, ClaimPasskey, ClaimPrepare,
        ClaimPrepared, ClaimRefresh, ClaimRefreshOffer, ClaimResume, ClaimResumed, ClaimStart, ConfirmQuery, Copies,
        KeptCopies, KeptCopy, ResumeOutcome, RotationStart, SignQuery,
    },
    receipt::ReceiptBody,
    statement::{CLAIM_TRANSCRIPT, CLAIMANT, ClaimStatement, ClaimTranscript, ClaimedSession, Ground, to_bytes},
};

use super::{
    Liar, Lie,
    forgery::{changed, changed_signature, half, other_scheme, receipt_key},
};
use crate::world::ada;

impl Liar {
    pub(super) fn start(&mut self, body: &[u8]) -> Vec<u8> {
        self.reply_to(body, |liar, request: ClaimStart, browser| {
            let session = liar.session();
            liar.transcript = Some(ClaimTranscript {
                claim: [1; 16],
                nonce: [2; 32],
                rp_id: "localhost".to_owned(),
                browser: browser.unwrap(),
                ground: Ground::Ticket {
                    nonce: request.ticket.body.nonce,
                    session: ClaimedSession {
                        id: session.id,
                        key: request.session,
                        request_key: request.request_key,
                        expires_at: session.expires_at,
                        terms: session.terms,
                    },
                },
                keys: request.keys,
            });
            ClaimOffer {
                claim: [1; 16],
                nonce: [2; 32],
                rp_id: "localhost".to_owned(),
                rp_name: "Demo".to_owned(),
                imported: match liar.lie {
                    Lie::OriginMissing => Vec::new(),
                    _ => vec![false; liar.wallets.len()],
                },
                passkeys: Vec::new(),
                expires_at: liar.expires_at,
                session: match liar.lie {
                    Lie::SessionMissing => None,
                    _ => Some(session),
                },
            }
        })
    }

    /// A rotation of all wallets, of the passkey that claimed them.
    pub(super) fn rotate(&mut self, body: &[u8]) -> Vec<u8> {
        self.reply_to(body, |liar, request: RotationStart, browser| {
            let claimed = liar.wallets[0].statement.as_ref().unwrap();
            let passkeys = vec![liar.passkeys.as_ref().unwrap().digest(); liar.wallets.len()];
            liar.transcript = Some(ClaimTranscript {
                claim: [2; 16],
                nonce: [3; 32],
                rp_id: "localhost".to_owned(),
                browser: browser.unwrap(),
                ground: Ground::Session {
                    credential: claimed.credential.clone(),
                    passkeys: passkeys.clone(),
                },
                keys: request.keys,
            });
            ClaimOffer {
                claim: [2; 16],
                nonce: [3; 32],
                rp_id: "localhost".to_owned(),
                rp_name: "Demo".to_owned(),
                imported: vec![false; liar.wallets.len()],
                passkeys,
                expires_at: liar.expires_at,
                session: None,
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
            let refreshing = held.refreshing.take().unwrap();
            let (share, proof, evidence) = refreshing.receive_with_evidence(opening, &mut OsRng).unwrap();
            (held.pending, held.evidence) = (Some(share), Some(evidence));
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
        let credential = match request.passkey {
            ClaimPasskey::New { passkey, .. } => {
                let credential = passkey.registration.credential;
                self.passkeys = Some(PasskeySet::of(Recipient {
                    credential: credential.clone(),
                    key: passkey.key,
                }));
                credential
            }
            ClaimPasskey::Own(assertion) => assertion.credential,
        };
        for (held, copy) in self.wallets.iter_mut().zip(request.copies) {
            held.copy = Some(copy);
        }
        let mut answers = Vec::new();
        for (held, (run, query)) in self.wallets.iter_mut().zip(request.queries) {
            let share = held.pending.as_ref().unwrap();
            let statement = ClaimStatement {
                wallet: share.info().wallet,
                public_key: share.public_key(),
                epoch: share.info().epoch,
                transcript,
                evidence: held.evidence.clone().unwrap(),
                credential: credential.clone(),
            };
            let digest = statement.digest();
            let share = &share.for_statement(&digest).unwrap();
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
        for (held, signature) in self.wallets.iter_mut().zip(request.signatures) {
            held.signature = Some(signature);
        }
        let mut receipts: Vec<_> = (0..self.wallets.len()).map(|number| self.receipt(number)).collect();
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

    /// Says that every claim was committed: this liar keeps no other.
    pub(super) fn resume(&mut self, request: ClaimResume) -> ClaimResumed {
        let outcomes = request.shares.iter().map(|pending| {
            let mut wallets = self.wallets.iter();
            match wallets.position(|held| *held.active.info() == pending.key) {
                Some(number) => ResumeOutcome::Live(self.receipt(number)),
                None => ResumeOutcome::Ended,
            }
        });
        let mut outcomes: Vec<_> = outcomes.collect();
        if self.lie == Lie::OutcomeMissing {
            outcomes.pop();
        }
        ClaimResumed { outcomes }
    }

    pub(super) fn copies(&mut self, request: Copies) -> KeptCopies {
        let copies = request.wallets.iter().map(|wallet| {
            let mut wallets = self.wallets.iter();
            let number = wallets.position(|held| held.active.info().wallet == *wallet).unwrap();
            let place = match self.lie {
                Lie::CopyOfAnotherWallet => (number + 1) % self.wallets.len(),
                _ => number,
            };
            let mut copy = self.wallets[place].copy.clone().unwrap();
            if self.lie == Lie::CopyDamaged {
                let last = copy.0.len() - 3;
                copy.0[last] ^= 1;
            }
            KeptCopy {
                copy,
                receipt: self.receipt(number),
            }
        });
        let mut copies: Vec<_> = copies.collect();
        if self.lie == Lie::CopyMissing {
            copies.pop();
        }
        KeptCopies { copies }
    }

    fn receipt(&self, number: usize) -> Receipt {
        let wallet_signature = self.wallets[number].signature.unwrap();
        let claimant = ada();
        let statement = self.wallets[number].statement.clone().unwrap();
        let mut body = ReceiptBody {
            retired: Epoch(statement.epoch.0 - 1),
            statement,
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
            Lie::ReceiptOfAnotherEpoch | Lie::OutcomeOfAnotherEpoch => body.statement.epoch.0 += 1,
            Lie::ReceiptOfOtherShares => {
                let evidence = &mut body.statement.evidence;
                core::mem::swap(&mut evidence.client, &mut evidence.co_signer);
            }
            Lie::ReceiptOfAnotherSignature => body.wallet_signature = changed_signature(wallet_signature),
            Lie::ReceiptOfAnotherScheme => body.wallet_signature = other_scheme(wallet_signature),
            Lie::ReceiptOfAnotherClaimant => body.claimant[0] ^= 1,
            Lie::ReceiptOfAnotherOrigin => body.imported = true,
            Lie::OutcomeOfAnotherCredential => body.statement.credential[0] ^= 1,
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
