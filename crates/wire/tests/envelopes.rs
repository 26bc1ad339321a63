//! Each envelope: round trip, another kind, another version, damage, cut short, something behind it, too long.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use mpc::{Epoch, Point, WalletId, channel::ChannelPublicKey};
use serde_json::Value;
use wire::{
    ClaimantId, CoSignerIdentity, DecodeError, Envelope, PreparedShare, Receipt, Refusal, Ticket, WalletType, envelope,
    ownership::Certificate,
    refusal::RefusalBody,
    share::{HandOff, HandOffContent},
    ticket::TicketBody,
};
use zeroize::Zeroizing;

/// G of secp256k1, compressed.
const GENERATOR: [u8; 33] = [
    0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b,
    0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
];

fn prepared() -> PreparedShare {
    PreparedShare {
        wallet_type: WalletType::Cosmos,
        claimant: ClaimantId::Email("ada@example.com".into()),
        co_signer: CoSignerIdentity {
            channel: ChannelPublicKey([1; 32]),
            receipt: [2; 32],
        },
        share: Zeroizing::new(vec![3; 190]).into(),
        checksum: [4; 32],
    }
}

fn ticket() -> Ticket {
    Ticket {
        body: TicketBody {
            key_id: [1; 8],
            wallets: vec![WalletId([2; 16])],
            claimant: ClaimantId::CustomId("42".into()),
            browser: ChannelPublicKey([3; 32]),
            expires_at: 4,
            nonce: [5; 16],
        },
        signature: [6; 64],
    }
}

fn refusal() -> Refusal {
    Refusal {
        body: RefusalBody {
            wallet: WalletId([1; 16]),
            public_key: borsh::from_slice::<Point>(&GENERATOR).unwrap(),
            epoch: Epoch(2),
            committed_at: 3,
            refused_at: 4,
            co_signer: [5; 32],
        },
        signature: [6; 64],
    }
}

/// As a database or a mail has it: lines of 76 characters (MySQL's `TO_BASE64`; RFC 2045 §6.8), with blanks around them.
fn wrapped(text: &str) -> String {
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(76)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(" {}\r\n", lines.join("\r\n"))
}

fn holds<T: Envelope + core::fmt::Debug>(value: &T) {
    let bytes = value.to_envelope();
    assert_eq!(*T::from_envelope(&bytes).unwrap().to_envelope(), *bytes);
    assert_eq!(*T::from_text(&value.to_text()).unwrap().to_envelope(), *bytes);
    assert_eq!(envelope::kind_of(&value.to_text()), Some(T::KIND));
    let wrapped = wrapped(&value.to_text());
    assert_eq!(*T::from_text(&wrapped).unwrap().to_envelope(), *bytes);
    assert_eq!(envelope::kind_of(&wrapped), Some(T::KIND));

    let mut other_version = bytes.to_vec();
    other_version[4] = 9;
    assert_eq!(
        T::from_envelope(&other_version).unwrap_err(),
        DecodeError::Version { got: 9, expected: 1 }
    );

    let mut other_kind = bytes.to_vec();
    other_kind[5] ^= 0x40;
    assert_eq!(
        T::from_envelope(&other_kind).unwrap_err(),
        DecodeError::Kind { expected: T::NAME }
    );

    let mut no_magic = bytes.to_vec();
    no_magic[0] ^= 1;
    assert_eq!(
        T::from_envelope(&no_magic).unwrap_err(),
        DecodeError::Kind { expected: T::NAME }
    );

    let mut longer = bytes.to_vec();
    longer.push(0);
    assert_eq!(
        T::from_envelope(&longer).unwrap_err(),
        DecodeError::Malformed { what: T::NAME }
    );

    for end in 0..bytes.len() {
        assert!(T::from_envelope(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert_eq!(
        T::from_envelope(&vec![0; T::LIMIT + 1]).unwrap_err(),
        DecodeError::TooLong {
            got: T::LIMIT + 1,
            limit: T::LIMIT
        }
    );
    assert!(matches!(T::from_text("not base64url!"), Err(DecodeError::Kind { .. })));
    let quoted = format!("\"{}\"", *value.to_text());
    assert!(matches!(T::from_text(&quoted), Err(DecodeError::Kind { .. })));
    assert!(matches!(T::from_text(""), Err(DecodeError::Kind { .. })));
}

#[test]
fn a_prepared_share_is_an_envelope() {
    holds(&prepared());
}

#[test]
fn a_ticket_is_an_envelope() {
    holds(&ticket());
}

#[test]
fn a_hand_off_is_an_envelope() {
    holds(&HandOff {
        to: ChannelPublicKey([7; 32]),
        sealed: vec![8; 300],
    });
}

#[test]
fn a_refusal_is_an_envelope() {
    holds(&refusal());
}

#[test]
fn what_a_co_signer_signs_of_a_refusal_is_its_domain_and_its_fields_in_their_order() {
    let expected = [
        b"claimkit/refusal/v1\0".as_slice(),
        &[1; 16],
        &GENERATOR,
        &[2, 0, 0, 0],
        &[3, 0, 0, 0, 0, 0, 0, 0],
        &[4, 0, 0, 0, 0, 0, 0, 0],
        &[5; 32],
    ];
    assert_eq!(refusal().body.signed_bytes(), expected.concat());
}

#[test]
fn one_kind_of_envelope_is_not_read_as_another() {
    assert_eq!(
        Ticket::from_text(&prepared().to_text()).unwrap_err(),
        DecodeError::Kind {
            expected: "claim ticket"
        }
    );
}

#[test]
fn a_length_that_lies_is_refused_before_anything_is_allocated() {
    let mut bytes = borsh::to_vec(&HandOffContent {
        shares: vec![Zeroizing::new(vec![1; 8]).into()],
    })
    .unwrap();
    bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(borsh::from_slice::<HandOffContent>(&bytes).is_err());
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?}", prepared());
    assert!(
        printed.contains("<redacted>") && !printed.contains("ada@") && !printed.contains("3, 3, 3"),
        "{printed}"
    );
}

/// What one key signs of one kind must not be read as another: the receipt key signs receipts,
/// refusals and proof keys.
#[test]
fn what_the_receipt_key_signs_begins_with_domains_of_their_own() {
    let receipt: Value = serde_json::from_str(include_str!("released/v1.json")).unwrap();
    let receipt = Receipt::from_text(receipt["receipt"].as_str().unwrap()).unwrap();
    let signed = [
        receipt.body.signed_bytes(),
        refusal().body.signed_bytes(),
        Certificate { key: [1; 32], until: 2 }.signed_bytes(),
        ticket().body.signed_bytes(),
    ];
    let domain = |bytes: &Vec<u8>| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap();
        String::from_utf8(bytes[..end].to_vec()).unwrap()
    };
    let mut domains: Vec<_> = signed.iter().map(domain).collect();
    assert!(
        domains
            .iter()
            .all(|domain| domain.starts_with("claimkit/") && domain.ends_with("/v1"))
    );
    // A zero byte ends each: none is the beginning of another.
    domains.sort_unstable();
    domains.dedup();
    assert_eq!(domains.len(), signed.len());
}
