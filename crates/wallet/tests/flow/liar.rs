//! A co-signer that follows the protocol but for one lie.

mod claim;
mod forgery;
mod session;

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Bytes, to_bytes as whole},
    extract::Request as HttpRequest,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::SigningKey;
use mpc::{
    PairingId, RunId, Share, Signature,
    channel::{ChannelKey, ChannelPublicKey, open_request},
    export, import, keygen, pairing, refresh,
};
use rand_core::OsRng;
use wallet::{CoSignerIdentity, WalletType};
use wire::{
    PasskeySet, Request,
    ceremony::{
        ClaimAcknowledge, ClaimCommit, ClaimConfirm, ClaimPrepare, ClaimRefresh, ClaimResume, ClaimStart, Copies, Done,
        ExportFinish, ExportOffer, ExportStart, ImportFinish, ImportStart, KeygenFinish, KeygenStart, PairingFinish,
        PairingStart, PasskeyAdd, PasskeyOffer, PasskeyStart, RotationStart, SealedCopy, SessionList, SessionRefresh,
        Sign, SignAnswer, UnlockFinish, UnlockStart,
    },
    control::IDENTITY,
    message::{decode, encode},
    statement::{ClaimStatement, ClaimTranscript},
};

use self::forgery::{changed, generated, half, other, receipt_key};

/// What is lied about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    Nothing,
    NewerVersion,
    TooLong,
    Trailing,
    OriginMissing,
    SessionMissing,
    OfferMissing,
    OfferOfAnotherCurve,
    PairingWithheld,
    PairingUnasked,
    ProofMissing,
    ProofOfTheOldShare,
    AnswerMissing,
    AnswerToAnotherDigest,
    AnswerOfAnotherScheme,
    AnswerMirrored,
    ReceiptMissing,
    ReceiptByAnotherKey,
    ReceiptUnsigned,
    ReceiptOfOtherShares,
    ReceiptOfAnotherEpoch,
    ReceiptOfAnotherSignature,
    ReceiptOfAnotherScheme,
    ReceiptOfAnotherClaimant,
    ReceiptRetiringNothing,
    ReceiptOfAnotherOrigin,
    RelyingPartyChanged,
    SessionProlonged,
    KeysMissing,
    KeyOfTheOldEpoch,
    KeyOfAnother,
    SignatureOfAnotherDigest,
    RevealOfAnotherShare,
    RevealOutOfRange,
    ConfirmationChanged,
    OutcomeMissing,
    OutcomeOfAnotherEpoch,
    OutcomeOfAnotherCredential,
    CopyMissing,
    CopyOfAnotherWallet,
    CopyDamaged,
    TermsOfNoLength,
    TermsBelowTheLength,
    TermsOfAYear,
    TermsOfNoAnswer,
    TermsWithoutUse,
    TermsOfAnotherEnd,
    TermsOfAnotherTime,
    RefreshToAnEarlierEnd,
    RefreshUncounted,
    RefreshBeyondTheMaximum,
    RefreshForEver,
    RefreshTooOften,
    ListOfAnothersSession,
    ListWithoutACurrent,
    ListOfTwoCurrent,
    ListOfOneTwice,
}

/// A wallet, as the liar holds it.
pub(crate) struct Held {
    pub(crate) active: Share,
    refreshing: Option<refresh::CoSignerAwaitingOpening>,
    pending: Option<Share>,
    evidence: Option<refresh::Evidence>,
    statement: Option<ClaimStatement>,
    /// The wallet's signature of it.
    signature: Option<Signature>,
    copy: Option<SealedCopy>,
}

pub(crate) struct Liar {
    pub(crate) lie: Lie,
    channel: ChannelKey,
    receipt: SigningKey,
    pub(crate) wallets: Vec<Held>,
    transcript: Option<ClaimTranscript>,
    pairing: Option<pairing::CoSignerAwaitingAnswer>,
    paired: Option<pairing::CoSignerPairing>,
    generating: Option<keygen::CoSignerAwaitingOpening>,
    /// The passkeys of each wallet.
    pub(crate) passkeys: Option<PasskeySet>,
    refreshed: u32,
    expires_at: u64,
}

impl Liar {
    /// A liar, and the prepared shares of its wallets.
    pub(crate) fn new(types: &[WalletType], expires_at: u64) -> (Self, Vec<Share>) {
        let (wallets, clients) = (0..)
            .zip(types)
            .map(|(number, wallet_type)| {
                let (client, active) = generated(wallet_type.scheme(), number);
                (Held::new(active), client)
            })
            .unzip();
        let liar = Self {
            lie: Lie::Nothing,
            channel: ChannelKey::random(&mut OsRng),
            receipt: receipt_key(),
            wallets,
            transcript: None,
            pairing: None,
            paired: None,
            generating: None,
            passkeys: None,
            refreshed: 0,
            expires_at,
        };
        (liar, clients)
    }

    pub(crate) fn identity(&self) -> CoSignerIdentity {
        CoSignerIdentity {
            channel: self.channel.public_key(),
            receipt: self.receipt.verifying_key().to_bytes(),
        }
    }

    fn answer(&mut self, path: &str, body: &[u8]) -> Vec<u8> {
        match path {
            IDENTITY => self.tell(),
            KeygenStart::PATH => self.reply(body, Self::generate),
            KeygenFinish::PATH => self.reply(body, Self::generated),
            ImportStart::PATH => self.reply(body, Self::import),
            ImportFinish::PATH => self.reply(body, Self::imported),
            PairingStart::PATH => self.reply(body, |liar, request: PairingStart| liar.pair(request.pairing)),
            PairingFinish::PATH => self.reply(body, |liar, request: PairingFinish| liar.paired(request.answer)),
            ClaimStart::PATH => self.start(body),
            ClaimRefresh::PATH => self.reply(body, Self::refresh),
            ClaimPrepare::PATH => self.reply(body, Self::prepare),
            ClaimConfirm::PATH => self.reply(body, Self::confirm),
            ClaimCommit::PATH => self.reply(body, Self::commit),
            ClaimResume::PATH => self.reply(body, Self::resume),
            Copies::PATH => self.reply(body, Self::copies),
            ClaimAcknowledge::PATH => self.reply(body, |_, _: ClaimAcknowledge| Done {}),
            UnlockStart::PATH => self.reply(body, Self::unlock),
            UnlockFinish::PATH => self.reply(body, Self::unlocked),
            SessionRefresh::PATH => self.reply(body, Self::refresh_session),
            SessionList::PATH => self.reply(body, Self::list),
            RotationStart::PATH => self.rotate(body),
            Sign::PATH => self.reply(body, Self::sign),
            ExportStart::PATH => self.reply(body, Self::export),
            ExportFinish::PATH => self.reply(body, Self::exported),
            PasskeyStart::PATH => self.reply(body, Self::change_passkeys),
            PasskeyAdd::PATH => self.reply(body, |_, _: PasskeyAdd| Done {}),
            _ => panic!("nobody asks for {path}"),
        }
    }

    fn tell(&self) -> Vec<u8> {
        let [channel, receipt] =
            [self.identity().channel.0, self.identity().receipt].map(|key| Base64UrlUnpadded::encode_string(&key));
        format!("{{\"channelKey\":\"{channel}\",\"receiptKey\":\"{receipt}\",\"version\":1}}").into_bytes()
    }

    fn reply<R: Request>(&mut self, body: &[u8], step: impl FnOnce(&mut Self, R) -> R::Answer) -> Vec<u8> {
        self.reply_to(body, |liar, request, _| step(liar, request))
    }

    fn reply_to<R: Request>(
        &mut self,
        body: &[u8],
        step: impl FnOnce(&mut Self, R, Option<ChannelPublicKey>) -> R::Answer,
    ) -> Vec<u8> {
        let opened = open_request(&self.channel, R::PATH, body).unwrap();
        let request = decode(&opened.plaintext, R::LIMIT, R::PATH).unwrap();
        let mut answer = encode(&step(self, request, opened.sender)).to_vec();
        match self.lie {
            Lie::NewerVersion => answer[0] = 2,
            Lie::TooLong => answer.resize(R::ANSWER_LIMIT + 1, 0),
            Lie::Trailing => answer.push(0),
            _ => {}
        }
        opened.answering.seal(&answer, &mut OsRng).unwrap()
    }

    fn generate(&mut self, request: KeygenStart) -> keygen::Offer {
        let mut context = request.context;
        if self.lie == Lie::OfferOfAnotherCurve {
            context.scheme = other(context.scheme);
        }
        let (generating, offer) = keygen::co_signer_start(context, request.commitment, &mut OsRng).unwrap();
        self.generating = Some(generating);
        offer
    }

    fn generated(&mut self, request: KeygenFinish) -> keygen::Confirmation {
        let (active, confirmation) = self.generating.take().unwrap().receive(request.opening).unwrap();
        self.wallets.push(Held::new(active));
        match self.lie {
            Lie::ConfirmationChanged => changed(&confirmation),
            _ => confirmation,
        }
    }

    fn import(&mut self, request: ImportStart) -> refresh::Offer {
        let run = request.context.run;
        let active = import::co_signer_receive(&request.context, request.deal).unwrap();
        let binding = active.info().key_id;
        let mut held = Held::new(active);
        let offer = held.refresh(self.lie, run, &binding, request.commitment);
        self.wallets.push(held);
        offer
    }

    fn imported(&mut self, request: ImportFinish) -> refresh::Proof {
        let held = self.wallets.last_mut().unwrap();
        let (next, proof) = held
            .refreshing
            .take()
            .unwrap()
            .receive(request.opening, &mut OsRng)
            .unwrap();
        held.active = next;
        match self.lie {
            Lie::ProofOfTheOldShare => changed(&proof),
            _ => proof,
        }
    }

    fn pair(&mut self, id: PairingId) -> pairing::TransferOffer {
        let (pairing, transfers) = pairing::co_signer_start(id, &mut OsRng);
        self.pairing = Some(pairing);
        transfers
    }

    fn paired(&mut self, answer: pairing::TransferAnswer) -> Done {
        self.paired = Some(self.pairing.take().unwrap().receive(answer).unwrap());
        Done {}
    }

    fn rp_id(&self) -> String {
        match self.lie {
            Lie::RelyingPartyChanged => "example.com".to_owned(),
            _ => "localhost".to_owned(),
        }
    }

    fn change_passkeys(&mut self, request: PasskeyStart) -> PasskeyOffer {
        PasskeyOffer {
            nonce: [6; 32],
            rp_id: self.rp_id(),
            rp_name: "Demo".to_owned(),
            passkeys: vec![self.passkeys.as_ref().unwrap().digest(); request.keys.len()],
        }
    }

    fn sign(&mut self, request: Sign) -> SignAnswer {
        let mut wallets = self.wallets.iter();
        let held = wallets.find(|held| held.active.info().wallet == request.wallet);
        half(
            self.lie,
            &held.unwrap().active,
            self.paired.as_ref(),
            request.run,
            request.query,
        )
    }

    fn export(&mut self, _: ExportStart) -> ExportOffer {
        ExportOffer {
            nonce: [5; 32],
            rp_id: self.rp_id(),
        }
    }

    fn exported(&mut self, request: ExportFinish) -> export::Reveal {
        let mut wallets = self.wallets.iter();
        let active = &wallets
            .find(|held| held.active.info().wallet == request.wallet)
            .unwrap()
            .active;
        match self.lie {
            Lie::RevealOfAnotherShare => export::co_signer_reveal(&generated(active.info().scheme, 9).1).unwrap(),
            Lie::RevealOutOfRange => borsh::from_slice(&[0xff; 32]).unwrap(),
            _ => export::co_signer_reveal(active).unwrap(),
        }
    }
}

impl Held {
    fn new(active: Share) -> Self {
        Self {
            active,
            refreshing: None,
            pending: None,
            evidence: None,
            statement: None,
            signature: None,
            copy: None,
        }
    }

    fn refresh(&mut self, lie: Lie, run: RunId, binding: &[u8; 32], commitment: refresh::Commitment) -> refresh::Offer {
        let stranger = generated(other(self.active.info().scheme), 9).1;
        let share = match lie {
            Lie::OfferOfAnotherCurve => &stranger,
            _ => &self.active,
        };
        let (refreshing, offer) = refresh::co_signer_start(share, run, binding, commitment, &mut OsRng).unwrap();
        self.refreshing = Some(refreshing);
        offer
    }
}

pub(crate) fn router(liar: Arc<Mutex<Liar>>) -> Router {
    Router::new().fallback(move |request: HttpRequest| async move {
        let path = request.uri().path().to_owned();
        let body: Bytes = whole(request.into_body(), usize::MAX).await.unwrap();
        liar.lock().unwrap().answer(&path, &body)
    })
}
