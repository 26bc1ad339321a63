//! JSON of the control plane, as the co-signer reads it, and the identifiers inside; proofs of ownership and their keys, as a back end does.

use serde::{Serialize, de::DeserializeOwned};
use wallet::{ChannelPublicKey, CoSignerIdentity, ownership};
use wire::{
    ClaimantId, ErrorBody, ErrorCode, WalletType,
    control::{Identity, Lookup, UpdateClaimant, WalletRecord, Wallets},
};

use crate::{choosing, chosen};

const KINDS: [fn(&[u8]) -> bool; 7] = [
    lookup,
    update,
    read::<Identity>,
    read::<Wallets>,
    read::<ErrorBody>,
    proof,
    key_set,
];

/// A proof and a key set that another implementation made.
const OWNERSHIP: &str = include_str!("../../../crates/wallet/tests/vectors/ownership.json");

/// What is read and written reads as the same.
fn read<T: DeserializeOwned + Serialize>(json: &[u8]) -> bool {
    parse::<T>(json).is_some()
}

fn parse<T: DeserializeOwned + Serialize>(json: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(json).ok()?;
    let written = serde_json::to_vec(&value).unwrap();
    let again: T = serde_json::from_slice(&written).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), written);
    Some(value)
}

/// What is normal stays as it is, and within its bounds.
fn normalised(claimant: ClaimantId) -> bool {
    let Ok(normal) = claimant.normalised() else {
        return false;
    };
    assert!(!normal.value().is_empty() && normal.value().len() <= ClaimantId::MAX_LENGTH);
    assert_eq!(normal.clone().normalised().as_ref(), Ok(&normal));
    true
}

fn lookup(json: &[u8]) -> bool {
    parse::<Lookup>(json).is_some_and(|question| normalised(question.claimant_id))
}

fn update(json: &[u8]) -> bool {
    parse::<UpdateClaimant>(json).is_some_and(|question| normalised(question.from) && normalised(question.to))
}

/// What is read as a proof is none of a co-signer that certified nothing.
fn proof(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let Ok(proof) = ownership::Proof::read(&text) else {
        return false;
    };
    let keys = ownership::Keys::read("{\"keys\":[]}", &IDENTITY).unwrap();
    let expected = ownership::Expected::new("https://shop.example", "n-0S6_WzA2Mj", None, None).unwrap();
    assert!(proof.verify(&keys, &expected, 1_790_000_000).is_err());
    true
}

fn key_set(text: &[u8]) -> bool {
    ownership::Keys::read(&String::from_utf8_lossy(text), &IDENTITY).is_ok()
}

const IDENTITY: CoSignerIdentity = CoSignerIdentity {
    channel: ChannelPublicKey([9; 32]),
    receipt: [9; 32],
};

/// Reads JSON of one kind.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, json)| read(&json))
}

/// Honest questions and answers.
pub fn seeds() -> Vec<Vec<u8>> {
    let claimants = [
        ClaimantId::Email("Ada@example.com".to_owned()),
        ClaimantId::Phone("+41791234567".to_owned()),
        ClaimantId::TelegramUserId("12345".to_owned()),
        ClaimantId::FarcasterUsername("ada".to_owned()),
        ClaimantId::XUsername("ada".to_owned()),
        ClaimantId::DiscordUsername("ada".to_owned()),
        ClaimantId::CustomId("user-42 \" \\ é".to_owned()),
    ];
    let identity = Identity {
        channel_key: "A".repeat(43),
        receipt_key: "B".repeat(43),
        version: 1,
    };
    let record = WalletRecord {
        wallet_id: "A".repeat(22),
        wallet_type: WalletType::Solana,
        scheme: "ecdsa-secp256k1".to_owned(),
        public_key: "C".repeat(44),
        epoch: 1,
        claimed: true,
        imported: false,
        created_at: 1_790_000_000,
    };
    let mut seeds: Vec<_> = claimants
        .iter()
        .map(|claimant| {
            let question = Lookup {
                claimant_id: claimant.clone(),
                after: None,
                limit: None,
            };
            choosing(0, &serde_json::to_vec(&question).unwrap())
        })
        .collect();
    let [from, to, ..] = claimants;
    let wallet_id = "A".repeat(22);
    seeds.push(choosing(
        1,
        &serde_json::to_vec(&UpdateClaimant { wallet_id, from, to }).unwrap(),
    ));
    seeds.push(choosing(2, &serde_json::to_vec(&identity).unwrap()));
    seeds.push(choosing(
        3,
        &serde_json::to_vec(&Wallets {
            wallets: vec![record],
            next: None,
        })
        .unwrap(),
    ));
    seeds.extend(ErrorCode::ALL.iter().map(|&code| {
        let body = ErrorBody {
            refusal: (code == ErrorCode::AlreadyClaimed).then(|| "signed".to_owned()),
            time: (code == ErrorCode::NotAuthorised).then_some(1_790_000_000),
            process: (code == ErrorCode::NotAuthorised).then(|| "a mark".to_owned()),
            ..ErrorBody::new(code, "a sentence")
        };
        choosing(4, &serde_json::to_vec(&body).unwrap())
    }));
    let made: serde_json::Value = serde_json::from_str(OWNERSHIP).unwrap();
    seeds.push(choosing(5, made["proof"].as_str().unwrap().as_bytes()));
    seeds.push(choosing(6, made["jwks"].to_string().as_bytes()));
    seeds
}
