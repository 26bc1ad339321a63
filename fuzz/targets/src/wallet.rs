//! What a client reads: prepared shares and hand-offs, its own records, receipts, refusals, exported pairings, JSON of the co-signer,
//! API keys. Through the doors that a page or a back end has, in a host that says whatever the fuzzer wants.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use borsh::BorshDeserialize;
use cosigner::api_key::ApiKey;
use futures_util::FutureExt;
use mpc::{
    channel::{ChannelPublicKey, seal_to},
    tags,
};
use wallet::{
    ClaimantId, CoSignerIdentity, Kit, Server, WalletType,
    host::{
        Absent, Cancel, Change, CoSigner, Host, HttpRequest, HttpResponse, Record, ShareStore, StoreError,
        TransportError, Write,
    },
    receipt, refusal,
};
use wire::{
    Envelope, PasskeySet, PreparedShare, Receipt, Recipient, SecretBytes,
    control::{Identity, WalletRecord, Wallets},
    message::encode,
    share::{HAND_OFF_LABEL, HandOff, HandOffContent},
    statement::SHARE_CHECKSUM,
};
use zeroize::Zeroizing;

use crate::{
    choosing, chosen, envelopes,
    honest::{ecdsa_key, rng},
};

const KINDS: [fn(&[u8]) -> bool; 10] = [
    prepared_text,
    prepared_fields,
    hand_off,
    record,
    receipt_text,
    identity,
    wallets,
    exported_pairing,
    api_key,
    refusal_text,
];

/// As `wire` keeps it: its signature holds.
const REFUSAL: &str = include_str!("../../../crates/wire/tests/released/refusal-v1.txt");
const KEY: &str = "ck_0102030405060708_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const RECORD: &str = "wallet/AQEBAQEBAQEBAQEBAQEBAQ";

/// A host that answers every request and every look into the store with the same bytes.
struct Liar {
    answers: Vec<Vec<u8>>,
    sent: std::cell::Cell<usize>,
    record: Vec<u8>,
}

impl Liar {
    fn answering(answers: Vec<Vec<u8>>) -> Rc<Self> {
        Rc::new(Self {
            answers,
            sent: 0.into(),
            record: Vec::new(),
        })
    }
}

impl Host for Liar {
    type CoSigner = Self;
    type Passkeys = Absent;
    type Store = Self;
    type SessionKeys = Absent;

    fn co_signer(&self) -> &Self {
        self
    }

    fn passkeys(&self) -> &Absent {
        &Absent
    }

    fn store(&self) -> &Self {
        self
    }

    fn session_keys(&self) -> &Absent {
        &Absent
    }

    fn now(&self) -> u64 {
        1_790_000_000
    }

    async fn pause(&self) {}

    async fn wait(&self, _milliseconds: u32) {}
}

impl CoSigner for Liar {
    async fn send(&self, _request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let body = self.answers.get(self.sent.get()).ok_or(TransportError::Unreachable)?;
        self.sent.set(self.sent.get() + 1);
        Ok(HttpResponse {
            status: 200,
            body: body.clone(),
            retry_after: None,
        })
    }
}

impl ShareStore for Liar {
    type Held = ();

    async fn hold(&self, _name: &str, _cancel: &Cancel) -> Result<(), StoreError> {
        Ok(())
    }

    async fn try_hold(&self, _name: &str) -> Result<Option<()>, StoreError> {
        Ok(Some(()))
    }

    async fn list(&self) -> Result<Vec<Record>, StoreError> {
        Ok(vec![Record {
            key: RECORD.to_owned(),
            generation: 1,
            bytes: self.record.clone(),
        }])
    }

    async fn write(&self, _write: Write, _changes: &[Change]) -> Result<(), StoreError> {
        Ok(())
    }
}

fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    String::from_utf8(bytes.to_vec()).ok().map(Zeroizing::new)
}

fn kit() -> Kit<Liar> {
    Kit::new(Liar::answering(Vec::new()), None)
}

fn loads(share: Zeroizing<String>) -> bool {
    let kit = kit();
    let loaded = kit.load(vec![share], &Cancel::default()).now_or_never().unwrap();
    loaded.is_ok_and(|claim| !claim.wallets().is_empty())
}

fn prepared_text(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(loads)
}

/// Fields of a prepared share, the checksum made for them: no fuzzer finds one.
fn prepared_fields(mut bytes: &[u8]) -> bool {
    type Fields = (WalletType, ClaimantId, CoSignerIdentity, SecretBytes);
    let fields = bytes;
    let Ok((wallet_type, claimant, co_signer, share)) = Fields::deserialize(&mut bytes) else {
        return false;
    };
    let (fields, _) = fields.split_at(fields.len() - bytes.len());
    let envelope = PreparedShare {
        wallet_type,
        claimant,
        co_signer,
        share,
        checksum: tags::hash(SHARE_CHECKSUM, &[fields]),
    };
    loads(envelope.to_text())
}

/// What a hand-off holds, sealed to the page.
fn hand_off(bytes: &[u8]) -> bool {
    let kit = kit();
    let sealed = seal_to(&kit.public_key(), HAND_OFF_LABEL, bytes, &mut rng(1)).unwrap();
    let hand_off = HandOff {
        to: kit.public_key(),
        sealed,
    };
    let cancel = Cancel::default();
    let loaded = kit.load(vec![hand_off.to_text()], &cancel);
    loaded.now_or_never().unwrap().is_ok()
}

fn record(bytes: &[u8]) -> bool {
    let host = Rc::new(Liar {
        answers: Vec::new(),
        sent: 0.into(),
        record: bytes.to_vec(),
    });
    let kit = Kit::new(host, None);
    // Nobody answers: what is pending stays so.
    let _ = kit.resume(&Cancel::default(), &|_| ()).now_or_never().unwrap();
    let wallets = kit.wallets().now_or_never().unwrap();
    wallets.is_ok_and(|wallets| {
        for wallet in wallets {
            // A receipt that is shown can be read again.
            if let Some(receipt) = wallet.receipt() {
                assert!(Receipt::from_text(&receipt).is_ok());
            }
        }
        true
    })
}

fn receipt_text(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| receipt::verify(&text, None).is_ok())
}

fn refusal_text(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| refusal::verify(&text, None).is_ok())
}

fn connect(host: Rc<Liar>, key: &str) -> Option<Server<Liar>> {
    let key = Zeroizing::new(key.to_owned());
    let cancel = Cancel::default();
    let server = Server::connect(host, key, None, &cancel);
    server.now_or_never().unwrap().ok()
}

fn honest_identity() -> Vec<u8> {
    let identity = Identity {
        channel_key: Base64UrlUnpadded::encode_string(&[1; 32]),
        receipt_key: Base64UrlUnpadded::encode_string(&[2; 32]),
        version: 1,
    };
    serde_json::to_vec(&identity).unwrap()
}

/// A client's reader of JSON takes nothing that the co-signer's would not.
fn identity(bytes: &[u8]) -> bool {
    let connected = connect(Liar::answering(vec![bytes.to_vec()]), KEY).is_some();
    assert!(
        !connected || serde_json::from_slice::<Identity>(bytes).is_ok(),
        "no JSON"
    );
    connected
}

fn wallets(bytes: &[u8]) -> bool {
    let server = connect(Liar::answering(vec![honest_identity(), bytes.to_vec()]), KEY).unwrap();
    let claimant = ClaimantId::CustomId("42".to_owned());
    let listed = server.get_wallets(claimant, &Cancel::default()).now_or_never().unwrap();
    listed.is_ok_and(|listed| {
        let read: Wallets = serde_json::from_slice(bytes).expect("a client took what is no JSON");
        assert_eq!(listed.len(), read.wallets.len());
        for (listed, read) in listed.iter().zip(&read.wallets) {
            assert_eq!((listed.is_claimed, listed.created_at), (read.claimed, read.created_at));
        }
        true
    })
}

fn exported_pairing(bytes: &[u8]) -> bool {
    let server = connect(Liar::answering(vec![honest_identity()]), KEY).unwrap();
    let key = Zeroizing::new([3; 32]);
    text(bytes).is_some_and(|text| {
        let imported = server.import_pairing(&key, &text);
        imported.now_or_never().unwrap().is_ok()
    })
}

/// A client takes an API key where the co-signer does, spaces around it apart.
fn api_key(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| {
        let connected = connect(Liar::answering(vec![honest_identity()]), &text).is_some();
        assert_eq!(
            connected,
            ApiKey::from_text(text.trim()).is_some(),
            "one side takes it only"
        );
        connected
    })
}

/// Reads one kind.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, bytes)| read(&bytes))
}

fn honest_fields() -> Vec<u8> {
    let co_signer = CoSignerIdentity {
        channel: ChannelPublicKey([1; 32]),
        receipt: [2; 32],
    };
    let share = SecretBytes::from(ecdsa_key().client.to_bytes());
    let claimant = ClaimantId::CustomId("42".to_owned());
    borsh::to_vec(&(WalletType::Evm, claimant, co_signer, share)).unwrap()
}

fn honest_prepared() -> PreparedShare {
    let fields = honest_fields();
    let (wallet_type, claimant, co_signer, share) = borsh::from_slice(&fields).unwrap();
    PreparedShare {
        wallet_type,
        claimant,
        co_signer,
        share,
        checksum: tags::hash(SHARE_CHECKSUM, &[&fields]),
    }
}

/// A record without a share: what a claim leaves that was given up.
fn honest_record() -> Vec<u8> {
    let fields = (
        CoSignerIdentity {
            channel: ChannelPublicKey([1; 32]),
            receipt: [2; 32],
        },
        "example.com".to_owned(),
        None::<u8>,
        Some(honest_share()),
        Some(envelopes::receipt()),
    );
    [b"ckit\x01\x0a", borsh::to_vec(&fields).unwrap().as_slice()].concat()
}

/// A sealed share as it lies in a record: type, key, claim, pairing, passkeys, and a copy for each.
fn honest_share() -> impl borsh::BorshSerialize {
    let key = ecdsa_key().client.info().clone();
    let passkeys = PasskeySet::of(Recipient {
        credential: vec![4; 16],
        key: ChannelPublicKey([5; 32]),
    });
    let (claim, pairing, sealed) = ([1_u8; 16], Some([3_u8; 16]), vec![vec![7_u8; 283]]);
    (WalletType::Evm, key, claim, pairing, passkeys, sealed)
}

fn honest_wallets() -> Vec<u8> {
    let record = WalletRecord {
        wallet_id: Base64UrlUnpadded::encode_string(&[1; 16]),
        wallet_type: WalletType::Evm,
        scheme: "ecdsa-secp256k1".to_owned(),
        public_key: Base64UrlUnpadded::encode_string(&ecdsa_key().client.public_key().to_bytes()),
        epoch: 1,
        claimed: true,
        imported: false,
        created_at: 1_790_000_000,
    };
    serde_json::to_vec(&Wallets {
        wallets: vec![record],
        next: None,
    })
    .unwrap()
}

/// What an honest peer gives, where that can be made here: a receipt that verifies and a pairing that opens need keys.
pub fn seeds() -> Vec<Vec<u8>> {
    let content = HandOffContent {
        shares: vec![honest_prepared().to_envelope().into()],
    };
    vec![
        choosing(0, honest_prepared().to_text().as_bytes()),
        choosing(1, &honest_fields()),
        choosing(2, &encode(&content)),
        choosing(3, &honest_record()),
        choosing(5, &honest_identity()),
        choosing(6, &honest_wallets()),
        choosing(8, KEY.as_bytes()),
        choosing(9, REFUSAL.as_bytes()),
    ]
}
