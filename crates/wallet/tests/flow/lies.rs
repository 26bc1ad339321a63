//! Each thing that the client checks is lied about once.

use std::{
    rc::Rc,
    sync::{Arc, Mutex},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use mpc::{Share, channel::ChannelPublicKey, tags};
use wallet::{
    AddPasskey, Claim, ClaimantId, CoSignerIdentity, Error, ErrorCode, ImportedKey, KeyForm, Kit, Proof, Server,
    Session, Wallet, WalletType,
    host::{Cancel, Mediation},
    public_key_text,
};
use wire::{
    Envelope, PasskeySet, PreparedShare, Recipient, Request, SecretBytes, Ticket,
    ceremony::ClaimCommit,
    statement::{SHARE_CHECKSUM, to_bytes},
    ticket::TicketBody,
};
use zeroize::Zeroizing;

use crate::{
    authenticator::Device,
    liar::{Liar, Lie, router},
    network::Fate,
    world::{BackEnd, Browser, MIXES, World, ada, options, payload, sign},
};

/// Someone who has arrived at a liar's.
struct Victim {
    liar: Arc<Mutex<Liar>>,
    browser: Rc<Browser>,
    back_end: Rc<BackEnd>,
    api_key: Zeroizing<String>,
    kit: Kit<Browser>,
    claim: Claim<Browser>,
    shares: Vec<Zeroizing<String>>,
    ticket: String,
}

impl Victim {
    async fn new(types: &[WalletType]) -> Self {
        let world = World::new();
        let (browser, back_end) = (world.browser(), world.back_end());
        let (liar, clients) = Liar::new(types, world.now() + 600);
        let kit = Kit::new(browser.clone(), Some(liar.identity()));
        let shares: Vec<_> = types
            .iter()
            .zip(&clients)
            .map(|(wallet_type, share)| prepared(*wallet_type, ada(), liar.identity(), share))
            .collect();
        let claim = kit.load(shares.clone(), &Cancel::default()).await.unwrap();
        let ticket = Ticket {
            body: TicketBody {
                key_id: [0; 8],
                wallets: clients.iter().map(|share| share.info().wallet).collect(),
                claimant: ada(),
                browser: kit.public_key(),
                expires_at: world.now() + 60,
                nonce: [8; 16],
            },
            signature: [0; 64],
        };
        let liar = Arc::new(Mutex::new(liar));
        browser.network.replace(router(liar.clone()));
        back_end.network.replace(router(liar.clone()));
        Self {
            liar,
            browser,
            back_end,
            api_key: world.api_key.clone(),
            kit,
            claim,
            shares,
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
        wallet
            .unlock(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .map_err(|error| error.code())
    }

    async fn server(&self) -> Server<BackEnd> {
        let expected = Some(self.liar.lock().unwrap().identity());
        Server::connect(
            self.back_end.clone(),
            self.api_key.clone(),
            expected,
            &Cancel::default(),
        )
        .await
        .unwrap()
    }
}

fn prepared(
    wallet_type: WalletType,
    claimant: ClaimantId,
    co_signer: CoSignerIdentity,
    share: &Share,
) -> Zeroizing<String> {
    let fields = (wallet_type, claimant.clone(), co_signer, share.to_bytes().to_vec());
    let checksum = tags::hash(SHARE_CHECKSUM, &[&to_bytes(&fields)]);
    let share = SecretBytes::from(share.to_bytes());
    PreparedShare {
        wallet_type,
        claimant,
        co_signer,
        share,
        checksum,
    }
    .to_text()
}

#[tokio::test]
async fn an_honest_liar_is_believed() {
    for types in MIXES {
        let victim = Victim::new(types).await;
        victim.finish().await.unwrap();
        let session = victim.unlock().await.unwrap();
        for wallet in session.wallets() {
            let signed = session.sign(wallet.id, payload(&wallet, 1), &Cancel::default()).await;
            assert!(crate::world::holds(&wallet.public_key, &signed.unwrap(), 1));
        }
    }
}

#[tokio::test]
async fn a_lie_before_the_commit_ends_the_claim_and_leaves_nothing() {
    for types in MIXES {
        for lie in [
            Lie::Trailing,
            Lie::OriginMissing,
            Lie::SessionMissing,
            Lie::OfferMissing,
            Lie::OfferOfAnotherCurve,
            Lie::ProofMissing,
            Lie::ProofOfTheOldShare,
            Lie::AnswerMissing,
            Lie::AnswerToAnotherDigest,
            Lie::AnswerOfAnotherScheme,
        ] {
            let victim = Victim::new(types).await;
            victim.lie(lie);
            assert_eq!(
                victim.finish().await.err(),
                Some(ErrorCode::PeerMisbehaved),
                "{types:?} {lie:?}"
            );
            assert!(victim.browser.store.sealed().is_empty(), "{types:?} {lie:?}");
            victim.lie(Lie::Nothing);
            victim.finish().await.unwrap();
        }
    }
}

#[tokio::test]
async fn mirrored_commitments_are_refused() {
    let victim = Victim::new(&[WalletType::Evm, WalletType::Solana]).await;
    victim.lie(Lie::AnswerMirrored);
    assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved));
    assert!(victim.browser.store.sealed().is_empty());
    victim.lie(Lie::Nothing);
    victim.finish().await.unwrap();
    let session = victim.unlock().await.unwrap();
    victim.lie(Lie::AnswerMirrored);
    let wallet = session.wallets().pop().unwrap();
    let refused = session.sign(wallet.id, payload(&wallet, 1), &Cancel::default()).await;
    let mirrored = mpc::Abort::Mirrored.into();
    assert_eq!(
        (wallet.wallet_type, refused),
        (WalletType::Solana, Err::<_, Error>(mirrored))
    );
}

#[tokio::test]
async fn a_pairing_is_made_where_one_is_asked_for_and_only_there() {
    for (types, lie) in [
        (&[WalletType::Evm][..], Lie::PairingWithheld),
        (&[WalletType::Solana, WalletType::Cosmos], Lie::PairingWithheld),
        (&[WalletType::Solana], Lie::PairingUnasked),
    ] {
        let victim = Victim::new(types).await;
        victim.lie(lie);
        assert_eq!(
            victim.finish().await.err(),
            Some(ErrorCode::PeerMisbehaved),
            "{types:?} {lie:?}"
        );
        let sent = victim.browser.network.sent();
        assert_eq!(sent.last().unwrap().path, "/v1/claim/refresh", "{types:?} {lie:?}");
        assert!(victim.browser.store.sealed().is_empty());
        victim.lie(Lie::Nothing);
        victim.finish().await.unwrap();
    }
}

#[tokio::test]
async fn a_message_of_a_newer_version_is_told_so() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    victim.lie(Lie::NewerVersion);
    assert_eq!(victim.finish().await.err(), Some(ErrorCode::VersionUnsupported));
}

#[tokio::test]
async fn an_answer_longer_than_it_may_be_is_not_read() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    victim.lie(Lie::TooLong);
    assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved));
}

#[tokio::test]
async fn a_false_receipt_is_not_taken_and_the_new_share_is_not_lost() {
    for types in [&[WalletType::Evm][..], &[WalletType::Solana]] {
        for lie in [
            Lie::ReceiptMissing,
            Lie::ReceiptByAnotherKey,
            Lie::ReceiptUnsigned,
            Lie::ReceiptOfOtherShares,
            Lie::ReceiptOfAnotherEpoch,
            Lie::ReceiptOfAnotherSignature,
            Lie::ReceiptOfAnotherScheme,
            Lie::ReceiptOfAnotherClaimant,
            Lie::ReceiptRetiringNothing,
            Lie::ReceiptOfAnotherOrigin,
        ] {
            let victim = Victim::new(types).await;
            let liar = victim.liar.clone();
            victim.browser.network.decide(move |_, path| {
                liar.lock().unwrap().lie = if path == ClaimCommit::PATH { lie } else { Lie::Nothing };
                Fate::Arrives
            });
            assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved), "{lie:?}");
            victim.browser.network.heal();
            victim.lie(Lie::Nothing);
            // What is pending opens, since the co-signer says that it is live; and the claim can be finished with a true receipt.
            let session = victim.unlock().await.unwrap();
            sign(&session, 1).await.unwrap();
            assert!(victim.finish().await.unwrap().receipt().is_some());
        }
    }
}

#[tokio::test]
async fn a_lie_about_an_interrupted_claim_gives_nothing_up_and_finishes_nothing() {
    for types in [&[WalletType::Evm][..], &[WalletType::Solana, WalletType::Evm]] {
        for lie in [
            Lie::OutcomeMissing,
            Lie::OutcomeOfAnotherEpoch,
            Lie::OutcomeOfAnotherCredential,
            Lie::ReceiptByAnotherKey,
            Lie::ReceiptUnsigned,
            Lie::ReceiptOfOtherShares,
            Lie::ReceiptOfAnotherSignature,
            Lie::ReceiptRetiringNothing,
            Lie::Trailing,
        ] {
            let victim = Victim::new(types).await;
            victim.browser.network.strike_path(ClaimCommit::PATH, Fate::AnswerLost);
            victim.finish().await.err().unwrap();
            victim.browser.network.heal();
            let before = victim.browser.store.records();
            victim.lie(lie);
            let resumed = victim.kit.resume(&Cancel::default(), &|_| ()).await.unwrap();
            assert!(resumed.finished.is_empty() && resumed.rolled_back.is_empty(), "{lie:?}");
            let codes: Vec<_> = resumed.failed.iter().map(|failed| failed.error.code()).collect();
            assert_eq!(codes, vec![ErrorCode::PeerMisbehaved; types.len()], "{lie:?}");
            assert_eq!(victim.unlock().await.err(), Some(ErrorCode::PeerMisbehaved), "{lie:?}");
            assert_eq!(victim.browser.store.records(), before, "{lie:?}");
            victim.lie(Lie::Nothing);
            let session = victim.unlock().await.unwrap();
            sign(&session, 1).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_lie_about_a_copy_restores_nothing() {
    let types = [WalletType::Evm, WalletType::Solana];
    for (lie, code) in [
        (Lie::CopyMissing, ErrorCode::PeerMisbehaved),
        (Lie::CopyOfAnotherWallet, ErrorCode::PeerMisbehaved),
        (Lie::CopyDamaged, ErrorCode::ShareInvalid),
        (Lie::KeyOfTheOldEpoch, ErrorCode::PeerMisbehaved),
        (Lie::OutcomeOfAnotherEpoch, ErrorCode::PeerMisbehaved),
        (Lie::ReceiptByAnotherKey, ErrorCode::PeerMisbehaved),
        (Lie::ReceiptUnsigned, ErrorCode::PeerMisbehaved),
        (Lie::ReceiptOfOtherShares, ErrorCode::PeerMisbehaved),
        (Lie::SessionProlonged, ErrorCode::PeerMisbehaved),
    ] {
        let victim = Victim::new(&types).await;
        victim.finish().await.unwrap();
        victim.browser.store.set(Vec::new());
        victim.lie(lie);
        let restored = victim
            .kit
            .restore(wallet::SessionOptions::default(), &Cancel::default())
            .await;
        assert_eq!(restored.err().unwrap().code(), code, "{lie:?}");
        assert!(victim.browser.store.records().is_empty(), "{lie:?}");
        victim.lie(Lie::Nothing);
        let session = victim
            .kit
            .restore(wallet::SessionOptions::default(), &Cancel::default())
            .await
            .unwrap();
        assert_eq!(session.wallets().len(), 2);
        sign(&session, 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_wallet_that_is_not_expected_is_neither_opened_nor_kept() {
    let victim = Victim::new(&[WalletType::Evm, WalletType::Solana]).await;
    victim.finish().await.unwrap();
    let keys: Vec<_> = victim
        .claim
        .wallets()
        .iter()
        .map(|info| public_key_text(&info.public_key))
        .collect();
    let ids: Vec<_> = victim.claim.wallets().iter().map(|info| info.id_text()).collect();
    let (evm, solana, nobody) = (&keys[0], &keys[1], &format!("0x02{}", "11".repeat(32)));
    for (expected, opened) in [
        (vec![solana], Ok(vec![solana])),
        (vec![nobody, solana, evm, solana], Ok(vec![solana, evm])),
        (vec![&ids[1]], Ok(vec![solana])),
        (vec![nobody], Err(ErrorCode::WalletNotFound)),
    ] {
        victim.browser.store.set(Vec::new());
        let named: Vec<_> = expected
            .iter()
            .map(|name| wallet::expected_wallet(name).unwrap())
            .collect();
        let options = wallet::SessionOptions::default();
        let restored = victim
            .kit
            .restore_only(Some(&named), Mediation::Prompt, options, &Cancel::default())
            .await;
        let key = |info: &wallet::WalletInfo| public_key_text(&info.public_key);
        let found = restored.map(|session| session.wallets().iter().map(key).collect::<Vec<_>>());
        let opened = opened.map(|keys| keys.into_iter().cloned().collect::<Vec<_>>());
        assert_eq!(found.map_err(|error| error.code()), opened, "{expected:?}");
        let kept = victim.kit.wallets().await.unwrap().len();
        assert_eq!(kept, opened.map_or(0, |opened| opened.len()), "{expected:?}");
    }
    for malformed in ["", "0x", "0x1", "0xzz", &format!("0x{}", "é".repeat(33)), "AAAA"] {
        assert_eq!(
            wallet::expected_wallet(malformed).unwrap_err().code(),
            ErrorCode::InvalidArgument,
            "{malformed}"
        );
    }
}

#[tokio::test]
async fn a_restored_copy_never_replaces_another_key() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    victim.finish().await.unwrap();
    // This browser holds a wallet of that id with another key.
    let other = World::new().arrival().await;
    other.finish().await.unwrap();
    let mut forged = victim.browser.store.records();
    let theirs = other.browser.store.records();
    let theirs = theirs.iter().find(|record| record.key.starts_with("wallet/")).unwrap();
    let ours = forged
        .iter_mut()
        .find(|record| record.key.starts_with("wallet/"))
        .unwrap();
    ours.bytes.clone_from(&theirs.bytes);
    victim.browser.store.set(forged.clone());
    let restored = victim
        .kit
        .restore(wallet::SessionOptions::default(), &Cancel::default())
        .await;
    assert_eq!(restored.err().unwrap().code(), ErrorCode::PeerMisbehaved);
    let kept = victim.browser.store.records();
    assert_eq!(kept, forged);
}

#[tokio::test]
async fn a_lie_at_the_unlock_opens_nothing() {
    for types in [&[WalletType::Evm][..], &[WalletType::Solana]] {
        for (lie, code) in [
            (Lie::RelyingPartyChanged, ErrorCode::PeerMisbehaved),
            (Lie::SessionProlonged, ErrorCode::PeerMisbehaved),
            (Lie::KeysMissing, ErrorCode::PeerMisbehaved),
            (Lie::KeyOfTheOldEpoch, ErrorCode::EpochMismatch),
            (Lie::KeyOfAnother, ErrorCode::PeerMisbehaved),
        ] {
            let victim = Victim::new(types).await;
            victim.finish().await.unwrap();
            victim.lie(lie);
            assert_eq!(victim.unlock().await.err(), Some(code), "{lie:?}");
            victim.lie(Lie::Nothing);
            victim.unlock().await.unwrap();
        }
    }
}

#[tokio::test]
async fn terms_that_contradict_each_other_are_refused_before_the_passkey_is_asked() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    victim.finish().await.unwrap();
    for lie in [
        Lie::TermsOfNoLength,
        Lie::TermsBelowTheLength,
        Lie::TermsOfAYear,
        Lie::TermsOfNoAnswer,
        Lie::TermsWithoutUse,
        Lie::TermsOfAnotherEnd,
        Lie::TermsOfAnotherTime,
    ] {
        victim.lie(lie);
        let before = victim.browser.passkeys.prompts.borrow().len();
        assert_eq!(victim.unlock().await.err(), Some(ErrorCode::PeerMisbehaved), "{lie:?}");
        assert_eq!(victim.browser.passkeys.prompts.borrow().len(), before, "{lie:?}");
        victim.lie(Lie::Nothing);
        sign(&victim.unlock().await.unwrap(), 1).await.unwrap();
    }
}

#[tokio::test]
async fn false_terms_of_a_claims_session_ask_for_no_passkey() {
    for lie in [
        Lie::SessionMissing,
        Lie::TermsOfNoLength,
        Lie::TermsBelowTheLength,
        Lie::TermsOfAYear,
        Lie::TermsWithoutUse,
        Lie::TermsOfAnotherEnd,
        Lie::TermsOfAnotherTime,
    ] {
        let victim = Victim::new(&[WalletType::Evm]).await;
        victim.lie(lie);
        assert_eq!(victim.finish().await.err(), Some(ErrorCode::PeerMisbehaved), "{lie:?}");
        assert!(victim.browser.passkeys.prompts.borrow().is_empty(), "{lie:?}");
    }
}

#[tokio::test]
async fn a_lie_about_a_refresh_moves_no_end_and_counts_nothing() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    victim.finish().await.unwrap();
    for lie in [
        Lie::RefreshToAnEarlierEnd,
        Lie::RefreshUncounted,
        Lie::RefreshBeyondTheMaximum,
        Lie::RefreshForEver,
        Lie::RefreshTooOften,
        Lie::Trailing,
        Lie::TooLong,
    ] {
        let session = victim.unlock().await.unwrap();
        let held = || (session.expires_at(), session.refreshes_left());
        let before = held();
        victim.lie(lie);
        let refused = session.refresh(&Cancel::default()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::PeerMisbehaved, "{lie:?}");
        assert_eq!(held(), before, "{lie:?}");
        victim.lie(Lie::Nothing);
        sign(&session, 1).await.unwrap();
        // As far as the terms let it, and no further.
        let end = session.refresh(&Cancel::default()).await.unwrap();
        assert_eq!(held(), (end, 6), "{lie:?}");
    }
}

#[tokio::test]
async fn a_lie_about_the_list_of_sessions_is_shown_to_nobody() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    victim.finish().await.unwrap();
    let session = victim.unlock().await.unwrap();
    for lie in [
        Lie::ListOfAnothersSession,
        Lie::ListWithoutACurrent,
        Lie::ListOfTwoCurrent,
        Lie::ListOfOneTwice,
        Lie::Trailing,
    ] {
        victim.lie(lie);
        let refused = session.sessions(&Cancel::default()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::PeerMisbehaved, "{lie:?}");
        victim.lie(Lie::Nothing);
        assert_eq!(session.sessions(&Cancel::default()).await.unwrap().len(), 2);
        sign(&session, 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_rotation_that_is_resumed_is_of_the_claimant_that_the_wallet_has() {
    for types in [&[WalletType::Evm][..], &[WalletType::Solana]] {
        let victim = Victim::new(types).await;
        victim.finish().await.unwrap();
        let session = victim.unlock().await.unwrap();
        victim.browser.network.strike_path(ClaimCommit::PATH, Fate::AnswerLost);
        let interrupted = session.rotate(&Cancel::default(), &|_| ()).await;
        assert_eq!(interrupted.err().unwrap().code(), ErrorCode::CoSignerUnreachable);
        victim.browser.network.heal();
        let before = victim.browser.store.records();
        victim.lie(Lie::ReceiptOfAnotherClaimant);
        let resumed = victim.kit.resume(&Cancel::default(), &|_| ()).await.unwrap();
        assert_eq!(resumed.failed[0].error.code(), ErrorCode::PeerMisbehaved);
        assert!(resumed.finished.is_empty());
        assert_eq!(victim.browser.store.records(), before);
        victim.lie(Lie::Nothing);
        let resumed = victim.kit.resume(&Cancel::default(), &|_| ()).await.unwrap();
        assert_eq!(resumed.finished.len(), 1);
        sign(&victim.unlock().await.unwrap(), 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_false_signature_never_leaves_a_session() {
    for types in [&[WalletType::Evm][..], &[WalletType::Solana]] {
        let victim = Victim::new(types).await;
        victim.finish().await.unwrap();
        let session = victim.unlock().await.unwrap();
        for lie in [Lie::SignatureOfAnotherDigest, Lie::AnswerOfAnotherScheme] {
            victim.lie(lie);
            let refused = sign(&session, 1).await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::PeerMisbehaved, "{types:?} {lie:?}");
        }
    }
}

#[tokio::test]
async fn a_false_signature_never_leaves_a_back_end() {
    let victim = Victim::new(&[WalletType::Evm, WalletType::Solana]).await;
    let server = victim.server().await;
    for share in &victim.shares {
        let handle = server.with_share(share.clone()).unwrap();
        for lie in [Lie::SignatureOfAnotherDigest, Lie::AnswerOfAnotherScheme] {
            victim.lie(lie);
            let refused = handle.sign(payload(handle.wallet(), 1), &Cancel::default()).await;
            assert_eq!(refused.unwrap_err().code(), ErrorCode::PeerMisbehaved, "{lie:?}");
        }
        victim.lie(Lie::Nothing);
        handle
            .sign(payload(handle.wallet(), 1), &Cancel::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_lie_at_the_making_of_a_wallet_makes_none() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    let server = victim.server().await;
    for wallet_type in WalletType::ALL {
        for lie in [Lie::OfferOfAnotherCurve, Lie::ConfirmationChanged] {
            // A liar that speaks of another curve can't go on: it is not asked to.
            victim.lie(lie);
            let made = server.create_wallet(*wallet_type, ada(), &Cancel::default()).await;
            assert_eq!(
                made.err().unwrap().code(),
                ErrorCode::PeerMisbehaved,
                "{wallet_type:?} {lie:?}"
            );
        }
        victim.lie(Lie::Nothing);
        server
            .create_wallet(*wallet_type, ada(), &Cancel::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_lie_at_an_import_makes_no_wallet() {
    let victim = Victim::new(&[WalletType::Evm]).await;
    let server = victim.server().await;
    for wallet_type in WalletType::ALL {
        let key = || ImportedKey {
            wallet_type: *wallet_type,
            key: Zeroizing::new([1; 32]),
            form: KeyForm::Scalar,
            chain_code: None,
        };
        for lie in [Lie::OfferOfAnotherCurve, Lie::ProofOfTheOldShare] {
            victim.lie(lie);
            let made = server.import_wallet(key(), ada(), &Cancel::default()).await;
            assert_eq!(
                made.err().unwrap().code(),
                ErrorCode::PeerMisbehaved,
                "{wallet_type:?} {lie:?}"
            );
        }
        victim.lie(Lie::Nothing);
        server.import_wallet(key(), ada(), &Cancel::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_lie_at_an_export_gives_no_key() {
    for types in [&[WalletType::Evm][..], &[WalletType::Solana]] {
        let victim = Victim::new(types).await;
        victim.finish().await.unwrap();
        let session = victim.unlock().await.unwrap();
        let wallet = session.wallets().remove(0);
        for (lie, prompts) in [
            (Lie::RelyingPartyChanged, 0),
            (Lie::RevealOfAnotherShare, 1),
            (Lie::RevealOutOfRange, 1),
        ] {
            victim.lie(lie);
            let before = victim.browser.passkeys.prompts.borrow().len();
            let refused = session.export_key(wallet.id, &Cancel::default()).await;
            assert_eq!(
                refused.err().unwrap().code(),
                ErrorCode::PeerMisbehaved,
                "{types:?} {lie:?}"
            );
            assert_eq!(victim.browser.passkeys.prompts.borrow().len(), before + prompts);
        }
        victim.lie(Lie::Nothing);
        session.export_key(wallet.id, &Cancel::default()).await.unwrap();
        sign(&session, 1).await.unwrap();
    }
}

/// Asks for a further passkey, on a device of its own.
async fn add(victim: &Victim, session: &Session<Browser>) -> Result<Vec<u8>, ErrorCode> {
    victim.browser.passkeys.makes_on.replace(Some(Device::new()));
    let adding = AddPasskey {
        name: "phone".to_owned(),
        before_prompt: None,
        cancel: Cancel::default(),
    };
    session.add_passkey(adding).await.map_err(|error| error.code())
}

#[tokio::test]
async fn a_lie_about_the_passkeys_asks_nobody_and_stores_nothing() {
    let stranger = || Recipient {
        credential: vec![9; 16],
        key: ChannelPublicKey([9; 32]),
    };
    let lies: [&dyn Fn(&PasskeySet) -> PasskeySet; 2] =
        [&|passkeys| passkeys.with(stranger()).unwrap(), &|passkeys| PasskeySet {
            revision: 1,
            ..passkeys.clone()
        }];
    for lie in lies {
        let victim = Victim::new(&[WalletType::Evm, WalletType::Solana]).await;
        victim.finish().await.unwrap();
        let session = victim.unlock().await.unwrap();
        let (kept, prompts) = (
            victim.browser.store.records(),
            victim.browser.passkeys.prompts.borrow().len(),
        );
        let honest = victim.liar.lock().unwrap().passkeys.clone().unwrap();
        victim.liar.lock().unwrap().passkeys = Some(lie(&honest));
        assert_eq!(add(&victim, &session).await, Err(ErrorCode::PeerMisbehaved));
        assert_eq!(victim.browser.passkeys.prompts.borrow().len(), prompts);
        // What this device holds opens as before.
        sign(&victim.unlock().await.unwrap(), 1).await.unwrap();
        assert_eq!(victim.browser.store.records(), kept);
    }
}

#[tokio::test]
async fn whoever_writes_to_the_storage_adds_no_passkey_with_the_co_signers_help() {
    let victim = Victim::new(&[WalletType::Solana]).await;
    victim.finish().await.unwrap();
    let session = victim.unlock().await.unwrap();
    let prompts = victim.browser.passkeys.prompts.borrow().len();
    let own = {
        let mut liar = victim.liar.lock().unwrap();
        core::mem::replace(
            &mut liar.passkeys.as_mut().unwrap().recipients[0].key,
            ChannelPublicKey([9; 32]),
        )
    };
    victim.browser.store.change("wallet/", |bytes| {
        let place = bytes.windows(32).position(|window| window == own.0).unwrap();
        bytes[place..place + 32].fill(9);
    });
    assert_eq!(add(&victim, &session).await, Err(ErrorCode::PeerMisbehaved));
    assert_eq!(victim.browser.passkeys.prompts.borrow().len(), prompts);
    sign(&session, 1).await.unwrap();
}
