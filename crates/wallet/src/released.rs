//! What released versions have stored, which every later release reads.
//!
//! `tests/released/v1.json` was written once (`CLAIMKIT_BLESS=1`, while it was empty) and is never written again: what a later
//! release stores otherwise gets another version, another file, and other tests beside these.

use mpc::{
    PairingId, Share,
    channel::{ChannelKey, ChannelPublicKey},
    pairing::ClientPairing,
};
use serde_json::{Value, json};
use wire::{CoSignerIdentity, Envelope, PasskeySet, Receipt, Recipient, WalletType};
use zeroize::Zeroizing;

use crate::{
    host::PrfOutput,
    prepared::Prepared,
    receipt,
    vault::{PairingRecord, SealedShare, Sealing, WalletRecord, WrappingKey, same_share},
};

/// What this crate keeps.
const V1: &str = include_str!("../tests/released/v1.json");
/// Envelopes of version 1, as `wire` keeps them.
const ENVELOPES: &str = include_str!("../../wire/tests/released/v1.json");
/// Shares and a pairing of version 1, as `mpc` keeps them.
const STORED: &str = include_str!("../../mpc/vectors/stored-v1.json");

const CLAIM: [u8; 16] = [0xc3; 16];
const CREDENTIAL: [u8; 20] = [0xc2; 20];
const RP_ID: &str = "localhost";

fn kept(file: &str) -> Value {
    serde_json::from_str(file).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn unhex(hex: &Value) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    let pairs = text(hex).as_bytes().chunks(2);
    pairs.map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

pub(crate) fn identity() -> CoSignerIdentity {
    CoSignerIdentity {
        channel: ChannelPublicKey([0xc4; 32]),
        receipt: [0xc5; 32],
    }
}

fn wrapping() -> WrappingKey {
    WrappingKey::new(PrfOutput(Box::new(Zeroizing::new([0xc1; 32]))), &CREDENTIAL, RP_ID).unwrap()
}

/// The client's half of the pairing.
pub(crate) fn pairing() -> ClientPairing {
    ClientPairing::from_bytes(&unhex(&kept(STORED)["pairing"]["client"])).unwrap()
}

/// The client's share of epoch 2, of secp256k1 or Ed25519.
fn share(wallet_type: WalletType) -> Share {
    let index = if wallet_type == WalletType::Solana { 3 } else { 1 };
    Share::from_bytes(&unhex(&kept(STORED)["shares"][index]["client"])).unwrap()
}

/// Two passkeys: the one that opens, and another.
fn passkeys() -> PasskeySet {
    let other = Recipient {
        credential: vec![0xee; 16],
        key: ChannelKey::from_seed(&[0xee; 32]).public_key(),
    };
    PasskeySet::of(wrapping().recipient()).with(other).unwrap()
}

fn sealed(wallet_type: WalletType, pairing: Option<PairingId>) -> SealedShare {
    let sealing = Sealing {
        wallet_type,
        claim: CLAIM,
        pairing,
        co_signer: &identity(),
        rp_id: RP_ID,
        passkeys: passkeys(),
    };
    SealedShare::new(&share(wallet_type), sealing).unwrap()
}

fn record(active: Option<SealedShare>, pending: Option<SealedShare>, receipt: Option<Receipt>) -> WalletRecord {
    WalletRecord {
        co_signer: identity(),
        rp_id: RP_ID.into(),
        active,
        pending,
        receipt,
    }
}

/// The sealing draws a nonce, so this is made once and can't be made again.
#[test]
fn the_file_of_version_1_is_there() {
    if V1.is_empty() && std::env::var_os("CLAIMKIT_BLESS").is_some() {
        let receipt = Receipt::from_text(text(&kept(ENVELOPES)["receipt"])).unwrap();
        let claimed = record(Some(sealed(WalletType::Evm, Some(pairing().id()))), None, Some(receipt));
        let pending = record(None, Some(sealed(WalletType::Solana, None)), None);
        let pairing = PairingRecord::new(&pairing(), &identity(), &wrapping()).unwrap();
        let file = json!({
            "claimed_wallet": *claimed.to_text(),
            "pending_wallet": *pending.to_text(),
            "pairing": *pairing.to_text(),
        });
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/released/v1.json");
        std::fs::write(path, format!("{file:#}\n")).unwrap();
        return;
    }
    assert!(!V1.is_empty());
}

fn opens(record: &WalletRecord, sealed: &SealedShare, wallet_type: WalletType) {
    let share = share(wallet_type);
    assert_eq!(
        (sealed.wallet_type, &sealed.key, sealed.claim),
        (wallet_type, share.info(), CLAIM)
    );
    assert_eq!(sealed.passkeys, passkeys());
    assert_eq!((record.co_signer, record.rp_id.as_str()), (identity(), RP_ID));
    assert!(same_share(
        &sealed.open(&record.co_signer, &wrapping()).unwrap(),
        &share
    ));
}

#[test]
fn a_claimed_wallet_of_version_1_opens() {
    let record = WalletRecord::from_text(text(&kept(V1)["claimed_wallet"])).unwrap();
    let sealed = record.active.as_ref().unwrap();
    assert!(record.pending.is_none());
    assert_eq!(sealed.pairing, Some(pairing().id()));
    opens(&record, sealed, WalletType::Evm);
    let expected = kept(ENVELOPES)["receipt"].clone();
    assert_eq!(record.receipt.unwrap().to_text().as_str(), text(&expected));
}

#[test]
fn a_pending_wallet_of_version_1_opens() {
    let record = WalletRecord::from_text(text(&kept(V1)["pending_wallet"])).unwrap();
    let sealed = record.pending.as_ref().unwrap();
    assert!(record.active.is_none() && record.receipt.is_none() && sealed.pairing.is_none());
    opens(&record, sealed, WalletType::Solana);
}

#[test]
fn a_pairing_of_version_1_opens() {
    let record = PairingRecord::from_text(text(&kept(V1)["pairing"])).unwrap();
    let opened = record.open(&identity(), &wrapping()).unwrap();
    assert_eq!(record.pairing, pairing().id());
    assert_eq!(*opened.to_bytes(), *pairing().to_bytes());
}

#[test]
fn prepared_shares_of_version_1_pass_every_check() {
    let kept = kept(ENVELOPES);
    let texts = kept["prepared_shares"].as_array().unwrap();
    let shares = texts.iter().map(|share| Prepared::from_text(text(share)).unwrap());
    let types: Vec<_> = shares.map(|share| share.info.wallet_type).collect();
    assert_eq!(types, [WalletType::Evm, WalletType::Solana]);
}

#[test]
fn a_receipt_of_version_1_verifies() {
    let verified = receipt::verify(text(&kept(ENVELOPES)["receipt"]), None).unwrap();
    let share = share(WalletType::Evm);
    assert_eq!(
        (verified.wallet, verified.public_key),
        (share.info().wallet, share.public_key())
    );
}
