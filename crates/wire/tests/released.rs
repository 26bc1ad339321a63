//! Released forms, which every later release reads: envelopes as back ends and browsers keep them, and what is signed in them.
//!
//! `released/v1.json`, and what lies beside it, was written once (`CLAIMKIT_BLESS=1`, while it was empty). It is never written again:
//! what a later release writes otherwise gets another version, and what it adds another kind: another file, and another test beside
//! these.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use ed25519_dalek::{Signer, SigningKey};
use mpc::{
    Digest, Epoch, Path, RunId, Share, Signature, WalletId,
    channel::{self, ChannelKey},
    ecdsa,
    pairing::{ClientPairing, CoSignerPairing},
    refresh::{self, Evidence},
    tags,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use wire::{
    ClaimantId, CoSignerIdentity, Envelope, PreparedShare, Receipt, Refusal, SecretBytes, Ticket, WalletType,
    receipt::ReceiptBody,
    refusal::RefusalBody,
    share::{HAND_OFF_LABEL, HandOff, HandOffContent},
    statement::{CLAIMANT, ClaimStatement, SHARE_CHECKSUM},
    ticket::TicketBody,
};

/// What is kept.
const V1: &str = include_str!("released/v1.json");

/// A refusal of version 1, of the share that the receipt retires: the text, in one line.
const REFUSAL: &str = include_str!("released/refusal-v1.txt");

/// Shares and a pairing of version 1, as `mpc` keeps them.
const STORED: &str = include_str!("../../mpc/vectors/stored-v1.json");

const BROWSER_SEED: [u8; 32] = [0xa1; 32];
const CO_SIGNER_SEED: [u8; 32] = [0xa2; 32];
const RECEIPT_KEY: [u8; 32] = [0xa3; 32];
const TICKET_KEY: [u8; 32] = [0xa4; 32];

/// One of each, all about the keys of `STORED`.
struct Samples {
    prepared: Vec<PreparedShare>,
    hand_off: HandOff,
    ticket: Ticket,
    receipt: Receipt,
}

fn identity() -> CoSignerIdentity {
    CoSignerIdentity {
        channel: ChannelKey::from_seed(&CO_SIGNER_SEED).public_key(),
        receipt: SigningKey::from_bytes(&RECEIPT_KEY).verifying_key().to_bytes(),
    }
}

/// Entry `index` of the stored shares: the client's, or the co-signer's.
fn stored(index: usize, role: &str) -> Share {
    let stored: Value = serde_json::from_str(STORED).unwrap();
    Share::from_bytes(&unhex(stored["shares"][index][role].as_str().unwrap())).unwrap()
}

fn prepared(wallet_type: WalletType, share: &Share) -> PreparedShare {
    let (claimant, co_signer) = (ClaimantId::Email("ada@example.com".into()), identity());
    let share = SecretBytes::from(share.to_bytes());
    let checksum = checksum(wallet_type, &claimant, &co_signer, &share);
    PreparedShare {
        wallet_type,
        claimant,
        co_signer,
        share,
        checksum,
    }
}

fn checksum(kind: WalletType, claimant: &ClaimantId, co_signer: &CoSignerIdentity, share: &SecretBytes) -> [u8; 32] {
    let fields = borsh::to_vec(&(kind, claimant, co_signer, share)).unwrap();
    tags::hash(SHARE_CHECKSUM, &[&fields])
}

const TRANSCRIPT: [u8; 32] = [0xb1; 32];

fn statement_of(share: &Share, evidence: Evidence) -> ClaimStatement {
    ClaimStatement {
        wallet: share.info().wallet,
        public_key: share.public_key(),
        epoch: share.info().epoch,
        transcript: TRANSCRIPT,
        evidence,
        credential: vec![0xb2; 20],
    }
}

/// The next shares of a stored key.
fn refreshed(index: usize, rng: &mut ChaCha20Rng) -> (Share, Share, Evidence) {
    let (client, co_signer) = (stored(index, "client"), stored(index, "co_signer"));
    let run = RunId([0xb7; 16]);
    let (client, commitment) = refresh::client_start(&client, run, &TRANSCRIPT, rng).unwrap();
    let (co_signer, offer) = refresh::co_signer_start(&co_signer, run, &TRANSCRIPT, commitment, rng).unwrap();
    let (client, opening) = client.receive(offer, rng).unwrap();
    let (co_signer, proof) = co_signer.receive(opening, rng).unwrap();
    let (client, evidence) = client.receive_with_evidence(proof).unwrap();
    (client, co_signer, evidence)
}

fn samples() -> Samples {
    let rng = &mut ChaCha20Rng::from_seed([0xa5; 32]);
    let shares = || {
        vec![
            prepared(WalletType::Evm, &stored(0, "client")),
            prepared(WalletType::Solana, &stored(2, "client")),
        ]
    };
    let browser = ChannelKey::from_seed(&BROWSER_SEED).public_key();
    let content = HandOffContent {
        shares: shares().iter().map(|share| share.to_envelope().into()).collect(),
    };
    let content = borsh::to_vec(&content).unwrap();
    let hand_off = HandOff {
        to: browser,
        sealed: channel::seal_to(&browser, HAND_OFF_LABEL, &content, rng).unwrap(),
    };

    let body = TicketBody {
        key_id: [0xb3; 8],
        wallets: vec![stored(0, "client").info().wallet, WalletId([0xb4; 16])],
        claimant: ClaimantId::Email("ada@example.com".into()),
        browser,
        expires_at: 1_800_000_000,
        nonce: [0xb5; 16],
    };
    let signature = SigningKey::from_bytes(&TICKET_KEY)
        .sign(&body.signed_bytes())
        .to_bytes();
    let ticket = Ticket { body, signature };

    let (client, co_signer, evidence) = refreshed(1, rng);
    let statement = statement_of(&client, evidence);
    let body = ReceiptBody {
        wallet_signature: Signature::Ecdsa(sign(&client, &co_signer, statement.digest(), rng)),
        retired: Epoch(statement.epoch.0 - 1),
        statement,
        claimant: tags::hash(CLAIMANT, &[b"ada@example.com"]),
        imported: true,
        committed_at: 1_799_999_999,
        co_signer: identity().receipt,
    };
    let signature = SigningKey::from_bytes(&RECEIPT_KEY)
        .sign(&body.signed_bytes())
        .to_bytes();
    Samples {
        prepared: shares(),
        hand_off,
        ticket,
        receipt: Receipt { body, signature },
    }
}

fn refusal() -> Refusal {
    let receipt = samples().receipt.body;
    let body = RefusalBody {
        wallet: receipt.statement.wallet,
        public_key: receipt.statement.public_key,
        epoch: receipt.retired,
        committed_at: receipt.committed_at,
        refused_at: 1_800_000_100,
        co_signer: receipt.co_signer,
    };
    let signature = SigningKey::from_bytes(&RECEIPT_KEY)
        .sign(&body.signed_bytes())
        .to_bytes();
    Refusal { body, signature }
}

fn sign(client: &Share, co_signer: &Share, digest: Digest, rng: &mut ChaCha20Rng) -> ecdsa::Signature {
    let stored: Value = serde_json::from_str(STORED).unwrap();
    let pairing = |role: &str| unhex(stored["pairing"][role].as_str().unwrap());
    let client_pairing = ClientPairing::from_bytes(&pairing("client")).unwrap();
    let co_signer_pairing = CoSignerPairing::from_bytes(&pairing("co_signer")).unwrap();
    let (path, run) = (Path::root(), RunId([0xb6; 16]));
    let [client, co_signer] = [client, co_signer].map(|share| share.for_statement(&digest).unwrap());
    let (awaiting, query) = ecdsa::client_start(&client, &path, &client_pairing, run, digest, rng).unwrap();
    let answer = ecdsa::co_signer_answer(&co_signer, &path, &co_signer_pairing, run, digest, query, rng).unwrap();
    awaiting.finish(answer).unwrap()
}

fn written(samples: &Samples) -> String {
    let written = serde_json::json!({
        "prepared_shares": samples.prepared.iter().map(|share| share.to_text().to_string()).collect::<Vec<_>>(),
        "hand_off": *samples.hand_off.to_text(),
        "ticket": *samples.ticket.to_text(),
        "receipt": *samples.receipt.to_text(),
    });
    format!("{written:#}\n")
}

fn kept() -> Value {
    serde_json::from_str(V1).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    hex.as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

#[test]
fn this_release_writes_version_1_as_it_was() {
    let written = written(&samples());
    #[cfg(not(target_arch = "wasm32"))]
    if V1.is_empty() && std::env::var_os("CLAIMKIT_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/released/v1.json"), &written).unwrap();
        return;
    }
    // As values: in which order a map is written is another dependency's choice.
    let now: Value = serde_json::from_str(&written).unwrap();
    assert!(now == kept(), "{written}");
}

#[test]
fn this_release_writes_a_refusal_of_version_1_as_it_was() {
    let written = format!("{}\n", *refusal().to_text());
    #[cfg(not(target_arch = "wasm32"))]
    if REFUSAL.is_empty() && std::env::var_os("CLAIMKIT_BLESS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/released/refusal-v1.txt");
        std::fs::write(file, &written).unwrap();
        return;
    }
    assert!(written == REFUSAL, "{written}");
}

#[test]
fn prepared_shares_of_version_1_are_read() {
    let expected = samples().prepared;
    let texts = kept()["prepared_shares"].as_array().unwrap().clone();
    assert_eq!(texts.len(), expected.len());
    for (share, expected) in texts.iter().zip(expected) {
        let read = PreparedShare::from_text(text(share)).unwrap();
        assert_eq!(
            (read.wallet_type, &read.claimant, read.co_signer, read.checksum),
            (
                expected.wallet_type,
                &expected.claimant,
                expected.co_signer,
                expected.checksum
            )
        );
        assert_eq!(read.share.as_bytes(), expected.share.as_bytes());
        assert!(Share::from_bytes(read.share.as_bytes()).is_ok());
        assert_eq!(
            read.checksum,
            checksum(read.wallet_type, &read.claimant, &read.co_signer, &read.share)
        );
    }
}

#[test]
fn a_hand_off_of_version_1_opens() {
    let hand_off = HandOff::from_text(text(&kept()["hand_off"])).unwrap();
    let browser = ChannelKey::from_seed(&BROWSER_SEED);
    assert_eq!(hand_off.to, browser.public_key());
    let opened = channel::open_from(&browser, HAND_OFF_LABEL, &hand_off.sealed).unwrap();
    let content: HandOffContent = borsh::from_slice(&opened).unwrap();
    let expected = samples().prepared;
    assert_eq!(content.shares.len(), expected.len());
    for (share, expected) in content.shares.iter().zip(expected) {
        assert_eq!(share.as_bytes(), expected.to_envelope().as_slice());
    }
}

#[test]
fn a_ticket_of_version_1_verifies() {
    let ticket = Ticket::from_text(text(&kept()["ticket"])).unwrap();
    assert_eq!(ticket, samples().ticket);
    let key = SigningKey::from_bytes(&TICKET_KEY).verifying_key();
    key.verify_strict(&ticket.body.signed_bytes(), &ticket.signature.into())
        .unwrap();
}

#[test]
fn a_receipt_of_version_1_verifies_and_so_does_the_wallets_signature_in_it() {
    let receipt = Receipt::from_text(text(&kept()["receipt"])).unwrap();
    assert_eq!(receipt, samples().receipt);
    let key = SigningKey::from_bytes(&RECEIPT_KEY).verifying_key();
    assert_eq!(receipt.body.co_signer, key.to_bytes());
    key.verify_strict(&receipt.body.signed_bytes(), &receipt.signature.into())
        .unwrap();
    let statement = &receipt.body.statement;
    statement.verify_shares().unwrap();
    statement.verify_signature(&receipt.body.wallet_signature).unwrap();
}

#[test]
fn a_refusal_of_version_1_verifies() {
    let read = Refusal::from_text(REFUSAL).unwrap();
    assert_eq!(read, refusal());
    let key = SigningKey::from_bytes(&RECEIPT_KEY).verifying_key();
    assert_eq!(read.body.co_signer, key.to_bytes());
    key.verify_strict(&read.body.signed_bytes(), &read.signature.into())
        .unwrap();
}
