//! What is stored or handed over: every kind of envelope that `wire` knows, as bytes and as text, and what a hand-off holds.

use mpc::{Epoch, Scheme, Signature, channel::ChannelPublicKey, ecdsa};
use wire::{
    ClaimantId, CoSignerIdentity, Envelope, PreparedShare, Receipt, Refusal, Ticket, WalletType, envelope,
    message::{decode, encode},
    receipt::ReceiptBody,
    refusal::RefusalBody,
    share::{HandOff, HandOffContent},
    statement::ClaimStatement,
    ticket::TicketBody,
};
use zeroize::Zeroizing;

use crate::{
    choosing, chosen,
    honest::{REFRESH, WALLET, ecdsa_key},
};

const KINDS: [fn(&[u8]) -> bool; 11] = [
    bytes::<PreparedShare>,
    bytes::<HandOff>,
    bytes::<Ticket>,
    bytes::<Receipt>,
    text::<PreparedShare>,
    text::<HandOff>,
    text::<Ticket>,
    text::<Receipt>,
    content,
    bytes::<Refusal>,
    text::<Refusal>,
];

fn bytes<T: Envelope>(bytes: &[u8]) -> bool {
    T::from_envelope(bytes).is_ok_and(|value| *value.to_envelope() == bytes || panic!("not canonical"))
}

fn text<T: Envelope>(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else {
        return false;
    };
    let kind = envelope::kind_of(text);
    T::from_text(text).is_ok_and(|value| {
        assert_eq!(kind, Some(T::KIND));
        let unwrapped: String = text.split_ascii_whitespace().collect();
        *value.to_text() == unwrapped || panic!("not canonical")
    })
}

fn content(bytes: &[u8]) -> bool {
    decode::<HandOffContent>(bytes, HandOff::LIMIT, HandOff::NAME)
        .is_ok_and(|content| *encode(&content) == bytes || panic!("not canonical"))
}

/// Reads one kind of envelope.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, bytes)| read(&bytes))
}

fn prepared() -> PreparedShare {
    PreparedShare {
        claimant: ClaimantId::Email("ada@example.com".to_owned()),
        wallet_type: WalletType::Evm,
        co_signer: CoSignerIdentity {
            channel: ChannelPublicKey([1; 32]),
            receipt: [2; 32],
        },
        share: ecdsa_key().client.to_bytes().into(),
        checksum: [3; 32],
    }
}

fn hand_off() -> HandOff {
    HandOff {
        to: ChannelPublicKey([4; 32]),
        sealed: vec![5; 300],
    }
}

fn hand_off_content() -> HandOffContent {
    HandOffContent {
        shares: vec![prepared().to_envelope().into(), Zeroizing::new(vec![6; 9]).into()],
    }
}

pub(crate) fn ticket() -> Ticket {
    Ticket {
        body: TicketBody {
            key_id: [1; 8],
            wallets: vec![WALLET],
            claimant: ClaimantId::CustomId("42".to_owned()),
            browser: ChannelPublicKey([3; 32]),
            expires_at: 1_790_000_000,
            nonce: [5; 16],
        },
        signature: [6; 64],
    }
}

pub(crate) fn receipt() -> Receipt {
    let statement = ClaimStatement {
        wallet: WALLET,
        public_key: ecdsa_key().client.public_key(),
        epoch: Epoch(1),
        transcript: [3; 32],
        evidence: REFRESH.of(Scheme::EcdsaSecp256k1).evidence.clone(),
        credential: vec![4; 16],
    };
    let body = ReceiptBody {
        statement,
        retired: Epoch(0),
        claimant: [5; 32],
        imported: true,
        committed_at: 1_790_000_000,
        wallet_signature: Signature::Ecdsa(ecdsa::Signature {
            r: [1; 32],
            s: [2; 32],
            recovery_id: 1,
        }),
        co_signer: [7; 32],
    };
    Receipt {
        body,
        signature: [8; 64],
    }
}

fn refusal() -> Refusal {
    let body = RefusalBody {
        wallet: WALLET,
        public_key: ecdsa_key().client.public_key(),
        epoch: Epoch(0),
        committed_at: 1_790_000_000,
        refused_at: 1_790_000_100,
        co_signer: [7; 32],
    };
    Refusal {
        body,
        signature: [8; 64],
    }
}

/// One of each.
pub fn seeds() -> Vec<Vec<u8>> {
    let (prepared, hand_off, ticket, receipt) = (prepared(), hand_off(), ticket(), receipt());
    vec![
        choosing(0, &prepared.to_envelope()),
        choosing(1, &hand_off.to_envelope()),
        choosing(2, &ticket.to_envelope()),
        choosing(3, &receipt.to_envelope()),
        choosing(4, prepared.to_text().as_bytes()),
        choosing(5, hand_off.to_text().as_bytes()),
        choosing(6, ticket.to_text().as_bytes()),
        choosing(7, receipt.to_text().as_bytes()),
        choosing(8, &encode(&hand_off_content())),
        choosing(9, &refusal().to_envelope()),
        choosing(10, refusal().to_text().as_bytes()),
    ]
}
