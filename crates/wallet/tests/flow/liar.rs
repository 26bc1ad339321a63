//! A co-signer that follows the protocol but for one lie: each thing that the client checks is lied about once.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Bytes, to_bytes as whole},
    extract::Request as HttpRequest,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use borsh::BorshSerialize;
use ed25519_dalek::{Signer, SigningKey};
use mpc::{
    Digest, Epoch, RunId, Scheme, Share, WalletId,
    channel::{ChannelKey, ChannelPublicKey, open_request},
    ecdsa, keygen, pairing, refresh, tags,
};
use rand_core::{OsRng, RngCore};
use wallet::{Claim, CoSignerIdentity, ErrorCode, Kit, Proof, Session, Wallet, host::Cancel};
use wire::{
    ClaimantId, Envelope, PreparedShare, Receipt, Request, SecretBytes, Ticket,
    ceremony::{
        ClaimAcknowledge, ClaimCommit, ClaimCommitted, ClaimConfirm, ClaimConfirmed, ClaimOffer, ClaimPrepare,
        ClaimPrepared, ClaimRefresh, ClaimRefreshOffer, ClaimStart, Done, Sign, UnlockFinish, UnlockOffer, UnlockStart,
        Unlocked,
    },
    message::{decode, encode},
    receipt::ReceiptBody,
    statement::{
        CLAIM_STATEMENT, CLAIM_TRANSCRIPT, CLAIMANT, ClaimStatement, ClaimTranscript, SHARE_CHECKSUM, to_bytes,
    },
    ticket::TicketBody,
};
use zeroize::Zeroizing;

use crate::world::{Browser, World, ada, digest, options, sign as sign_with};

/// What is lied about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    Nothing,
    NewerVersion,
    TooLong,
    Trailing,
    OfferMissing,
    ProofMissing,
    ProofOfTheOldShare,
    AnswerMissing,
    AnswerToAnotherDigest,
    ReceiptMissing,
    ReceiptByAnotherKey,
    ReceiptUnsigned,
    ReceiptOfAnotherEpoch,
    ReceiptOfAnotherSignature,
    ReceiptOfAnotherClaimant,
    ReceiptRetiringNothing,
    RelyingPartyChanged,
    SessionProlonged,
    KeysMissing,
    KeyOfTheOldEpoch,
    SignatureOfAnotherDigest,
}

struct Liar {
    lie: Lie,
    channel: ChannelKey,
    receipt: SigningKey,
    active: Share,
    transcript: Option<ClaimTranscript>,
    refreshing: Option<(refresh::CoSignerAwaitingOpening, pairing::CoSignerAwaitingAnswer)>,
    pending: Option<(Share, pairing::CoSignerPairing)>,
    paired: Option<pairing::CoSignerPairing>,
    credential: Vec<u8>,
    expires_at: u64,
}

impl Liar {
    fn identity(&self) -> CoSignerIdentity {
        CoSignerIdentity {
            channel: self.channel.public_key(),
            receipt: self.receipt.verifying_key().to_bytes(),
        }
    }

    fn answer(&mut self, path: &str, body: &[u8]) -> Vec<u8> {
        match path {
            ClaimStart::PATH => self.reply(body, Self::start),
            ClaimRefresh::PATH => self.reply(body, Self::refresh),
            ClaimPrepare::PATH => self.reply(body, Self::prepare),
            ClaimConfirm::PATH => self.reply(body, Self::confirm),
            ClaimCommit::PATH => self.reply(body, Self::commit),
            ClaimAcknowledge::PATH => self.reply(body, |_, _: ClaimAcknowledge, _| Done {}),
            UnlockStart::PATH => self.reply(body, Self::unlock),
            UnlockFinish::PATH => self.reply(body, Self::unlocked),
            Sign::PATH => self.reply(body, Self::sign),
            _ => panic!("nobody asks for {path}"),
        }
    }

    fn reply<R: Request>(
        &mut self,
        body: &[u8],
        step: impl FnOnce(&mut Self, R, ChannelPublicKey) -> R::Answer,
    ) -> Vec<u8> {
        let opened = open_request(&self.channel, R::PATH, body).unwrap();
        let request = decode(&opened.plaintext, R::LIMIT, R::PATH).unwrap();
        let mut answer = encode(&step(self, request, opened.sender.unwrap())).to_vec();
        match self.lie {
            Lie::NewerVersion => answer[0] = 2,
            Lie::TooLong => answer.resize(R::ANSWER_LIMIT + 1, 0),
            Lie::Trailing => answer.push(0),
            _ => {}
        }
        opened.answering.seal(&answer, &mut OsRng).unwrap()
    }

    fn start(&mut self, request: ClaimStart, browser: ChannelPublicKey) -> ClaimOffer {
        let transcript = ClaimTranscript {
            claim: [1; 16],
            nonce: [2; 32],
            rp_id: "localhost".to_owned(),
            browser,
            ticket: request.ticket.body.nonce,
            keys: request.keys,
        };
        self.transcript = Some(transcript);
        ClaimOffer {
            claim: [1; 16],
            nonce: [2; 32],
            rp_id: "localhost".to_owned(),
            rp_name: "Demo".to_owned(),
            user_handle: [3; 32],
            expires_at: self.expires_at,
        }
    }

    fn transcript_hash(&self) -> [u8; 32] {
        tags::hash(CLAIM_TRANSCRIPT, &[&to_bytes(self.transcript.as_ref().unwrap())])
    }

    fn refresh(&mut self, request: ClaimRefresh, _: ChannelPublicKey) -> ClaimRefreshOffer {
        let commitment = request.commitments[0].clone();
        let binding = self.transcript_hash();
        let (refreshing, offer) =
            refresh::co_signer_start(&self.active, request.run, &binding, commitment, &mut OsRng).unwrap();
        let (pairing, transfers) = pairing::co_signer_start(request.pairing, &mut OsRng);
        self.refreshing = Some((refreshing, pairing));
        let offers = if self.lie == Lie::OfferMissing {
            vec![]
        } else {
            vec![offer]
        };
        ClaimRefreshOffer { offers, transfers }
    }

    fn prepare(&mut self, request: ClaimPrepare, _: ChannelPublicKey) -> ClaimPrepared {
        let (refreshing, pairing) = self.refreshing.take().unwrap();
        let pairing = pairing.receive(request.transfers).unwrap();
        let (share, proof) = refreshing.receive(request.openings[0].clone(), &mut OsRng).unwrap();
        self.pending = Some((share, pairing));
        let proofs = match self.lie {
            Lie::ProofMissing => vec![],
            Lie::ProofOfTheOldShare => vec![changed(&proof)],
            _ => vec![proof],
        };
        ClaimPrepared { proofs }
    }

    fn statement(&self) -> ClaimStatement {
        ClaimStatement {
            wallet: self.active.info().wallet,
            public_key: self.active.public_key(),
            epoch: Epoch(1),
            transcript: self.transcript_hash(),
            credential: self.credential.clone(),
        }
    }

    fn confirm(&mut self, request: ClaimConfirm, _: ChannelPublicKey) -> ClaimConfirmed {
        self.credential = request.registration.credential;
        let mut digest = Digest(tags::hash(CLAIM_STATEMENT, &[&to_bytes(&self.statement())]));
        if self.lie == Lie::AnswerToAnotherDigest {
            digest.0[0] ^= 1;
        }
        let (share, pairing) = self.pending.as_ref().unwrap();
        let (run, query) = request.queries[0].clone();
        let answer = ecdsa::co_signer_answer(share, pairing, run, digest, query, &mut OsRng);
        let answers = match (self.lie, answer) {
            (Lie::AnswerMissing | Lie::AnswerToAnotherDigest, _) => vec![],
            (_, answer) => vec![answer.unwrap()],
        };
        ClaimConfirmed { answers }
    }

    fn commit(&mut self, request: ClaimCommit, _: ChannelPublicKey) -> ClaimCommitted {
        let claimant = ada();
        let mut body = ReceiptBody {
            statement: self.statement(),
            retired: Epoch(0),
            claimant: tags::hash(CLAIMANT, &[claimant.kind().as_bytes(), claimant.value().as_bytes()]),
            committed_at: 5,
            wallet_signature: request.signatures[0],
            co_signer: self.identity().receipt,
        };
        let mut key = self.receipt.clone();
        match self.lie {
            Lie::ReceiptByAnotherKey => {
                key = receipt_key();
                body.co_signer = key.verifying_key().to_bytes();
            }
            Lie::ReceiptOfAnotherEpoch => body.statement.epoch = Epoch(2),
            Lie::ReceiptOfAnotherSignature => body.wallet_signature.r[0] ^= 1,
            Lie::ReceiptOfAnotherClaimant => body.claimant[0] ^= 1,
            Lie::ReceiptRetiringNothing => body.retired = Epoch(1),
            _ => {}
        }
        let mut signature = key.sign(&body.signed_bytes()).to_bytes();
        if self.lie == Lie::ReceiptUnsigned {
            signature[0] ^= 1;
        }
        if let Some((share, pairing)) = self.pending.take() {
            self.active = share;
            self.paired = Some(pairing);
        }
        let receipts = if self.lie == Lie::ReceiptMissing {
            vec![]
        } else {
            vec![Receipt { body, signature }]
        };
        ClaimCommitted { receipts }
    }

    fn unlock(&mut self, _: UnlockStart, _: ChannelPublicKey) -> UnlockOffer {
        let rp_id = if self.lie == Lie::RelyingPartyChanged {
            "example.com"
        } else {
            "localhost"
        };
        UnlockOffer {
            nonce: [4; 32],
            rp_id: rp_id.to_owned(),
            expires_at: self.expires_at,
        }
    }

    fn unlocked(&mut self, _: UnlockFinish, _: ChannelPublicKey) -> Unlocked {
        let mut key = self.active.info().clone();
        if self.lie == Lie::KeyOfTheOldEpoch {
            key.epoch = Epoch(0);
        }
        Unlocked {
            expires_at: self.expires_at + u64::from(self.lie == Lie::SessionProlonged),
            keys: if self.lie == Lie::KeysMissing {
                vec![]
            } else {
                vec![key]
            },
        }
    }

    fn sign(&mut self, request: Sign, _: ChannelPublicKey) -> ecdsa::Answer {
        let pairing = self.paired.as_ref().unwrap();
        let answer = ecdsa::co_signer_answer(
            &self.active,
            pairing,
            request.run,
            request.digest,
            request.query,
            &mut OsRng,
        )
        .unwrap();
        if self.lie == Lie::SignatureOfAnotherDigest {
            changed(&answer)
        } else {
            answer
        }
    }
}

fn receipt_key() -> SigningKey {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    SigningKey::from_bytes(&seed)
}

/// The same message with its last bit flipped.
fn changed<T: BorshSerialize + borsh::BorshDeserialize>(message: &T) -> T {
    let mut bytes = borsh::to_vec(message).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    borsh::from_slice(&bytes).unwrap()
}

/// Someone who has arrived at a liar's.
struct Victim {
    liar: Arc<Mutex<Liar>>,
    browser: std::rc::Rc<Browser>,
    kit: Kit<Browser>,
    claim: Claim<Browser>,
    ticket: String,
}

impl Victim {
    fn new() -> Self {
        let world = World::new();
        let browser = world.browser();
        let context = keygen::Context {
            wallet: WalletId([9; 16]),
            scheme: Scheme::EcdsaSecp256k1,
            run: RunId::random(&mut OsRng),
        };
        let (client, commitment) = keygen::client_start(context.clone(), &mut OsRng);
        let (co_signer, offer) = keygen::co_signer_start(context, commitment, &mut OsRng);
        let (client, opening) = client.receive(offer, &mut OsRng).unwrap();
        let (active, confirmation) = co_signer.receive(opening).unwrap();
        let share = client.receive(confirmation).unwrap();
        let liar = Liar {
            lie: Lie::Nothing,
            channel: ChannelKey::random(&mut OsRng),
            receipt: receipt_key(),
            active,
            transcript: None,
            refreshing: None,
            pending: None,
            paired: None,
            credential: Vec::new(),
            expires_at: world.now() + 600,
        };
        let kit = Kit::new(browser.clone(), Some(liar.identity()));
        let claim = kit.load(vec![prepared(ada(), liar.identity(), &share)]).unwrap();
        let ticket = Ticket {
            body: TicketBody {
                key_id: [0; 8],
                wallets: vec![WalletId([9; 16])],
                claimant: ada(),
                browser: kit.public_key(),
                expires_at: world.now() + 60,
                nonce: [8; 16],
            },
            signature: [0; 64],
        };
        let liar = Arc::new(Mutex::new(liar));
        browser.network.replace(router(liar.clone()));
        Self {
            liar,
            browser,
            kit,
            claim,
            ticket: Base64UrlUnpadded::encode_string(&ticket.to_envelope()),
        }
    }

    fn lie(&self, lie: Lie) {
        self.liar.lock().unwrap().lie = lie;
    }

    async fn finish(&self) -> Result<Wallet<Browser>, ErrorCode> {
        let finished = self.claim.finish(options(Proof::Ticket(self.ticket.clone()))).await;
        finished
            .map(|mut claimed| claimed.wallets.remove(0))
            .map_err(|error| error.code())
    }

    async fn unlock(&self) -> Result<Session<Browser>, ErrorCode> {
        let wallet = self.kit.wallets().await.unwrap().remove(0);
        wallet.unlock(&Cancel::default()).await.map_err(|error| error.code())
    }
}

fn prepared(claimant: ClaimantId, co_signer: CoSignerIdentity, share: &Share) -> Zeroizing<String> {
    let fields = (claimant.clone(), co_signer, share.to_bytes().to_vec());
    let checksum = tags::hash(SHARE_CHECKSUM, &[&to_bytes(&fields)]);
    let share = SecretBytes::from(share.to_bytes());
    PreparedShare {
        claimant,
        co_signer,
        share,
        checksum,
    }
    .to_text()
}

fn router(liar: Arc<Mutex<Liar>>) -> Router {
    Router::new().fallback(move |request: HttpRequest| async move {
        let path = request.uri().path().to_owned();
        let body: Bytes = whole(request.into_body(), usize::MAX).await.unwrap();
        liar.lock().unwrap().answer(&path, &body)
    })
}

#[tokio::test]
async fn an_honest_liar_is_believed() {
    let victim = Victim::new();
    victim.finish().await.unwrap();
    let session = victim.unlock().await.unwrap();
    sign_with(&session, 1).await.unwrap();
}

#[tokio::test]
async fn a_lie_before_the_commit_ends_the_claim_and_leaves_nothing() {
    for lie in [
        Lie::Trailing,
        Lie::OfferMissing,
        Lie::ProofMissing,
        Lie::ProofOfTheOldShare,
        Lie::AnswerMissing,
        Lie::AnswerToAnotherDigest,
    ] {
        let victim = Victim::new();
        victim.lie(lie);
        assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved), "{lie:?}");
        assert!(victim.browser.store.records().is_empty(), "{lie:?}");
        victim.lie(Lie::Nothing);
        victim.finish().await.unwrap();
    }
}

#[tokio::test]
async fn a_message_of_a_newer_version_is_told_so() {
    let victim = Victim::new();
    victim.lie(Lie::NewerVersion);
    assert_eq!(victim.finish().await.err(), Some(ErrorCode::VersionUnsupported));
}

#[tokio::test]
async fn an_answer_longer_than_it_may_be_is_not_read() {
    let victim = Victim::new();
    victim.lie(Lie::TooLong);
    assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved));
}

#[tokio::test]
async fn a_false_receipt_is_not_taken_and_the_new_share_is_not_lost() {
    for lie in [
        Lie::ReceiptMissing,
        Lie::ReceiptByAnotherKey,
        Lie::ReceiptUnsigned,
        Lie::ReceiptOfAnotherEpoch,
        Lie::ReceiptOfAnotherSignature,
        Lie::ReceiptOfAnotherClaimant,
        Lie::ReceiptRetiringNothing,
    ] {
        let victim = Victim::new();
        victim.browser.network.decide(move |_, _| crate::network::Fate::Arrives);
        let liar = victim.liar.clone();
        victim.browser.network.decide(move |_, path| {
            liar.lock().unwrap().lie = if path == ClaimCommit::PATH { lie } else { Lie::Nothing };
            crate::network::Fate::Arrives
        });
        assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved), "{lie:?}");
        victim.browser.network.heal();
        victim.lie(Lie::Nothing);
        // What is pending opens, since the co-signer says that it is live; and the claim can be finished with a true receipt.
        let session = victim.unlock().await.unwrap();
        sign_with(&session, 1).await.unwrap();
        assert!(victim.finish().await.unwrap().receipt().is_some());
    }
}

#[tokio::test]
async fn a_lie_at_the_unlock_opens_nothing() {
    for (lie, code) in [
        (Lie::RelyingPartyChanged, ErrorCode::PeerMisbehaved),
        (Lie::SessionProlonged, ErrorCode::PeerMisbehaved),
        (Lie::KeysMissing, ErrorCode::PeerMisbehaved),
        (Lie::KeyOfTheOldEpoch, ErrorCode::EpochMismatch),
    ] {
        let victim = Victim::new();
        victim.finish().await.unwrap();
        victim.lie(lie);
        assert_eq!(victim.unlock().await.err(), Some(code), "{lie:?}");
        victim.lie(Lie::Nothing);
        victim.unlock().await.unwrap();
    }
}

#[tokio::test]
async fn a_false_signature_never_leaves() {
    let victim = Victim::new();
    victim.finish().await.unwrap();
    let session = victim.unlock().await.unwrap();
    victim.lie(Lie::SignatureOfAnotherDigest);
    let false_signature = session
        .sign(session.wallets()[0].id, digest(1), &Cancel::default())
        .await;
    assert_eq!(false_signature.unwrap_err().code(), ErrorCode::PeerMisbehaved);
}
