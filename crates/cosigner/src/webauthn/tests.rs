//! An authenticator that lies.

use core::cell::Cell;

use ciborium::{Value, cbor};
use p256::{
    ecdsa::{DerSignature, SigningKey, signature::Signer},
    elliptic_curve::Generate,
};
use sha2::{Digest, Sha256};
use wire::bounded::MAX_CLIENT_DATA;

use super::{
    cbor::{Item, MAX_ENTRIES},
    *,
};

const CHALLENGE: [u8; 32] = [9; 32];
const ID: &[u8] = b"a credential's id";
const AT_UV_UP: u8 = 0x45;
const UV_UP: u8 = 0x05;

/// What an honest passkey says, to be changed by a test.
struct Passkey {
    key: SigningKey,
    rp_id: &'static str,
    flags: u8,
    client_data: String,
    /// Signed with nothing behind it.
    behind: Vec<u8>,
}

impl Passkey {
    fn new(r#type: &str, flags: u8) -> Self {
        let challenge = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";
        Self {
            key: SigningKey::generate(),
            rp_id: "example.com",
            flags,
            client_data: format!(
                r#"{{"type":"{type}","challenge":"{challenge}","origin":"https://app.example.com","crossOrigin":false,"x":1}}"#
            ),
            behind: Vec::new(),
        }
    }

    fn cose(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (
            Value::Bytes(point.x().unwrap().to_vec()),
            Value::Bytes(point.y().unwrap().to_vec()),
        );
        cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y }).unwrap()
    }

    fn head(&self) -> Vec<u8> {
        [Sha256::digest(self.rp_id).as_slice(), &[self.flags], &[0, 0, 0, 7]].concat()
    }

    fn attested(&self, id: &[u8], cose: &Value) -> Vec<u8> {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        [
            self.head(),
            vec![0; 16],
            length.to_vec(),
            id.to_vec(),
            encoded(cose),
            self.behind.clone(),
        ]
        .concat()
    }

    fn registration(&self) -> Registration {
        self.registration_of(&attestation("none", &self.attested(ID, &self.cose())))
    }

    fn registration_of(&self, attestation: &Value) -> Registration {
        Registration {
            credential: ID.to_vec(),
            attestation_object: encoded(attestation),
            client_data_json: self.client_data.clone().into_bytes(),
        }
    }

    fn assertion(&self) -> Assertion {
        let authenticator_data = [self.head(), self.behind.clone()].concat();
        let client_data_json = self.client_data.clone().into_bytes();
        let signed = [
            authenticator_data.as_slice(),
            Sha256::digest(&client_data_json).as_slice(),
        ]
        .concat();
        let signature: DerSignature = self.key.sign(&signed);
        Assertion {
            credential: ID.to_vec(),
            authenticator_data,
            client_data_json,
            signature: signature.as_bytes().to_vec(),
        }
    }

    fn assert(&self) -> Result<u32, Refusal> {
        asserted(&self.assertion(), &encoded(&self.cose()))
    }
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn attestation(format: &str, data: &[u8]) -> Value {
    cbor!({ "fmt" => format, "attStmt" => {}, "authData" => Value::Bytes(data.to_vec()) }).unwrap()
}

fn relying_party() -> RelyingParty {
    RelyingParty {
        id: "example.com".to_owned(),
        name: "Example".to_owned(),
        origins: vec!["https://app.example.com".to_owned()],
        related_origins: vec!["https://example.org".to_owned()],
    }
}

fn registered(registration: &Registration) -> Result<NewCredential, Refusal> {
    verify_registration(registration, &CHALLENGE, &relying_party())
}

fn asserted(assertion: &Assertion, key: &[u8]) -> Result<u32, Refusal> {
    verify_assertion(assertion, key, &CHALLENGE, &relying_party()).map(|asserted| asserted.sign_count)
}

fn creating() -> Passkey {
    Passkey::new("webauthn.create", AT_UV_UP)
}

fn using() -> Passkey {
    Passkey::new("webauthn.get", UV_UP)
}

#[test]
fn an_honest_passkey_registers_and_asserts() {
    let passkey = creating();
    let expected = NewCredential {
        id: ID.to_vec(),
        public_key: encoded(&passkey.cose()),
        sign_count: 7,
    };
    assert_eq!(registered(&passkey.registration()), Ok(expected));
    assert_eq!(using().assert(), Ok(7));
}

#[test]
fn a_related_origin_registers_and_asserts() {
    let related = |mut passkey: Passkey| {
        passkey.client_data = passkey
            .client_data
            .replace("https://app.example.com", "https://example.org");
        passkey
    };
    assert!(registered(&related(creating()).registration()).is_ok());
    assert_eq!(related(using()).assert(), Ok(7));
}

#[test]
fn client_data_that_lies_is_refused_at_both_ceremonies() {
    let lies = [
        (r#""type":"webauthn."#, r#""type":"payment."#, Refusal::WrongType),
        ("CQkJCQkJ", "CQkJCQkK", Refusal::WrongChallenge),
        ("CQkJCQkJCQkJ", "", Refusal::WrongChallenge),
        ("JCQk\"", "JCQk=\"", Refusal::WrongChallenge),
        (
            "https://app.example.com",
            "https://evil.example.com",
            Refusal::WrongOrigin,
        ),
        (
            "https://app.example.com",
            "https://app.example.com:8443",
            Refusal::WrongOrigin,
        ),
        ("https://app", "http://app", Refusal::WrongOrigin),
        // Related is the one origin that is named, and no domain below it.
        (
            "https://app.example.com",
            "https://app.example.org",
            Refusal::WrongOrigin,
        ),
        ("https://app.example.com", "http://example.org", Refusal::WrongOrigin),
        (r#"n":false"#, r#"n":true"#, Refusal::CrossOrigin),
        (
            r#""x":1"#,
            r#""topOrigin":"https://evil.example""#,
            Refusal::CrossOrigin,
        ),
        (
            r#""x":1"#,
            r#""type":"webauthn.get""#,
            Refusal::Malformed("client data"),
        ),
        (r#""origin""#, r#""origins""#, Refusal::Malformed("client data")),
        ("}", "}}", Refusal::Malformed("client data")),
    ];
    for (from, to, refusal) in lies {
        let mut passkey = creating();
        passkey.client_data = passkey.client_data.replacen(from, to, 1);
        assert_eq!(registered(&passkey.registration()).err(), Some(refusal), "{to}");
        let mut passkey = using();
        passkey.client_data = passkey.client_data.replacen(from, to, 1);
        assert_eq!(passkey.assert().err(), Some(refusal), "{to}");
    }
    let registration = Passkey::new("webauthn.get", AT_UV_UP).registration();
    assert_eq!(registered(&registration).err(), Some(Refusal::WrongType));
    assert_eq!(Passkey::new("webauthn.create", UV_UP).assert(), Err(Refusal::WrongType));
}

#[test]
fn authenticator_data_that_lies_is_refused_at_both_ceremonies() {
    let lies = [
        (0x01, Refusal::NoUserPresence),
        (0x04, Refusal::NoUserVerification),
        // Backed up, without being eligible for it.
        (0x10, Refusal::WrongBackupState),
        // Extensions announced, none there.
        (0x80, Refusal::Malformed("authenticator extensions")),
    ];
    for (flag, refusal) in lies {
        let (mut create, mut get) = (creating(), using());
        create.flags ^= flag;
        get.flags ^= flag;
        assert_eq!(registered(&create.registration()).err(), Some(refusal));
        assert_eq!(get.assert(), Err(refusal));
    }
    let (mut create, mut get) = (creating(), using());
    (create.rp_id, get.rp_id) = ("example.org", "example.org");
    assert_eq!(
        registered(&create.registration()).err(),
        Some(Refusal::WrongRelyingParty)
    );
    assert_eq!(get.assert(), Err(Refusal::WrongRelyingParty));
    let (mut create, mut get) = (creating(), using());
    (create.behind, get.behind) = (vec![0xa0], vec![0xa0]);
    let malformed = Refusal::Malformed("authenticator data");
    assert_eq!(registered(&create.registration()).err(), Some(malformed));
    assert_eq!(get.assert(), Err(malformed));
    // Announced, the same byte is an empty map of extensions.
    (create.flags, get.flags) = (create.flags | 0x80, get.flags | 0x80);
    assert!(registered(&create.registration()).is_ok());
    assert_eq!(get.assert(), Ok(7));
}

#[test]
fn an_attestation_object_that_is_not_one_is_refused() {
    let passkey = creating();
    let data = Value::Bytes(passkey.attested(ID, &passkey.cose()));
    let refused = |attestation: &Value| registered(&passkey.registration_of(attestation)).err();
    let malformed = Some(Refusal::Malformed("attestation object"));
    let text = |text: &str| Value::Text(text.to_owned());
    let entries =
        |entries: &[(&str, Value)]| Value::Map(entries.iter().map(|(key, value)| (text(key), value.clone())).collect());
    let (none, empty) = (("fmt", text("none")), ("attStmt", Value::Map(Vec::new())));
    let data = ("authData", data);
    assert_eq!(refused(&entries(&[none.clone(), empty.clone(), data.clone()])), None);
    assert_eq!(refused(&entries(&[empty.clone(), data.clone()])), malformed);
    assert_eq!(refused(&entries(&[none.clone(), data.clone()])), malformed);
    assert_eq!(refused(&entries(&[none.clone(), empty.clone()])), malformed);
    let twice = [none.clone(), none.clone(), empty.clone(), data.clone()];
    assert_eq!(refused(&entries(&twice)), malformed);
    let more = [none.clone(), empty.clone(), data.clone(), ("more", text(""))];
    assert_eq!(refused(&entries(&more)), malformed);
    let statement = ("attStmt", cbor!({ "alg" => -7 }).unwrap());
    assert_eq!(refused(&entries(&[none, statement.clone(), data.clone()])), malformed);
    // Another format's statement is not asked: attestation is trusted by nobody here.
    assert_eq!(refused(&entries(&[("fmt", text("packed")), statement, data])), None);
    assert_eq!(refused(&text("none")), malformed);

    let mut registration = passkey.registration();
    registration.attestation_object.push(0);
    assert_eq!(registered(&registration).err(), malformed);
    for length in 0..registration.attestation_object.len() - 1 {
        registration.attestation_object.truncate(length);
        assert!(registered(&registration).is_err());
        registration.attestation_object = passkey.registration().attestation_object;
    }
}

#[test]
fn deep_or_endless_cbor_is_refused() {
    let malformed = Some(Refusal::Malformed("attestation object"));
    let mut registration = creating().registration();
    registration.attestation_object = vec![0x81; 10_000];
    assert_eq!(registered(&registration).err(), malformed);
    // A map, a byte string and a text that claim to be 2⁶⁴ − 1 long.
    for head in [0xbb, 0x5b, 0x7b] {
        registration.attestation_object = [&[head][..], &[0xff; 8]].concat();
        assert_eq!(registered(&registration).err(), malformed);
    }
}

/// Counts the bytes that are read of it.
struct Counted<'a>(&'a [u8], &'a Cell<usize>);

impl std::io::Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.set(self.1.get() + read);
        Ok(read)
    }
}

/// A map, or an array of maps, of so many entries: each of a key of its own.
fn crowded(entries: u16) -> Vec<u8> {
    let entry = |number: u16| [&[0x19][..], &number.to_be_bytes(), &[0]].concat();
    let head = [&[0xb9][..], &entries.to_be_bytes()].concat();
    [head, (0..entries).flat_map(entry).collect()].concat()
}

#[test]
fn a_crowded_map_is_read_no_further_than_its_bound() {
    let most = u16::try_from(MAX_ENTRIES).unwrap();
    assert!(Map::read_whole(&crowded(most), "map").is_ok());
    for entries in [most + 1, 100, 65_000] {
        let bytes = crowded(entries);
        assert_eq!(Map::read_whole(&bytes, "map").err(), Some(Refusal::Malformed("map")));
        let read = Cell::new(0);
        assert!(ciborium::from_reader::<Item, _>(Counted(&bytes, &read)).is_err());
        // The head, the entries that fit, and the key of the first that does not.
        assert_eq!(read.get(), 3 + 4 * MAX_ENTRIES + 3, "{entries}");
    }
    // The same inside another map, and for an array.
    for outer in [&[0xa1, 0x00][..], &[0x81]] {
        let bytes = [outer, &crowded(65_000)].concat();
        let read = Cell::new(0);
        assert!(ciborium::from_reader::<Item, _>(Counted(&bytes, &read)).is_err());
        assert_eq!(read.get(), outer.len() + 3 + 4 * MAX_ENTRIES + 3);
    }
    let array = [&[0x9a, 0, 1, 0, 0][..], &[0; 65_536]].concat();
    let read = Cell::new(0);
    assert!(ciborium::from_reader::<Item, _>(Counted(&array, &read)).is_err());
    assert_eq!(read.get(), 5 + MAX_ENTRIES + 1);
}

#[test]
fn a_key_twice_or_of_another_kind_is_refused() {
    let refused = |bytes: &[u8]| Map::read_whole(bytes, "map").is_err();
    // {0: 0}, {0: 0, 1: 0}, {"a": 0, -1: 0}.
    assert!(
        ![&[0xa1, 0, 0][..], &[0xa2, 0, 0, 1, 0], &[0xa2, 0x61, 0x61, 0, 0x20, 0]]
            .iter()
            .any(|bytes| refused(bytes))
    );
    // {0: 0, 0: 0}, {h'00': 0}, {[]: 0}, {true: 0}, {{}: 0}, a tag.
    assert!(
        [
            &[0xa2, 0, 0, 0, 0][..],
            &[0xa1, 0x41, 0, 0],
            &[0xa1, 0x80, 0],
            &[0xa1, 0xf5, 0],
            &[0xa1, 0xa0, 0],
            &[0xc1, 0xa0]
        ]
        .iter()
        .all(|bytes| refused(bytes))
    );
}

#[test]
fn an_attestation_object_that_is_too_long_is_not_read() {
    let passkey = creating();
    let data = passkey.attested(ID, &passkey.cose());
    let padded = |length: usize| {
        let filler = Value::Bytes(vec![0; length]);
        let data = Value::Bytes(data.clone());
        cbor!({ "fmt" => "packed", "attStmt" => { "sig" => filler }, "authData" => data }).unwrap()
    };
    let object = |length| encoded(&padded(length)).len();
    let room = MAX_AUTHENTICATOR_DATA - object(1000) + 1000;
    assert_eq!(object(room), MAX_AUTHENTICATOR_DATA);
    assert!(registered(&passkey.registration_of(&padded(room))).is_ok());
    let malformed = Some(Refusal::Malformed("attestation object"));
    assert_eq!(registered(&passkey.registration_of(&padded(room + 1))).err(), malformed);

    let mut talkative = using();
    let filler = MAX_CLIENT_DATA - talkative.client_data.len();
    let client_data = talkative.client_data.clone();
    let with = |length| client_data.replacen("\"x\":1", &format!("\"x\":1{}", "0".repeat(length)), 1);
    talkative.client_data = with(filler);
    assert_eq!(talkative.client_data.len(), MAX_CLIENT_DATA);
    assert!(talkative.assert().is_ok());
    talkative.client_data = with(filler + 1);
    assert_eq!(talkative.assert(), Err(Refusal::Malformed("client data")));
    let mut endless = using();
    endless.behind = vec![0; MAX_AUTHENTICATOR_DATA];
    assert_eq!(endless.assert(), Err(Refusal::Malformed("authenticator data")));
}

#[test]
fn a_credential_of_another_name_or_length_is_refused() {
    let passkey = creating();
    let mut registration = passkey.registration();
    registration.credential = b"another".to_vec();
    assert_eq!(registered(&registration).err(), Some(Refusal::WrongCredential));
    for (length, outcome) in [(0, false), (15, false), (16, true), (1023, true), (1024, false)] {
        let id = vec![7; length];
        let registration = Registration {
            credential: id.clone(),
            ..passkey.registration_of(&attestation("none", &passkey.attested(&id, &passkey.cose())))
        };
        assert_eq!(registered(&registration).is_ok(), outcome, "{length}");
    }
    let mut unattested = creating();
    unattested.flags = UV_UP;
    let registration = unattested.registration_of(&attestation("none", &unattested.head()));
    assert_eq!(
        registered(&registration).err(),
        Some(Refusal::Malformed("authenticator data"))
    );
}

#[test]
fn a_key_that_is_not_es256_or_eddsa_is_refused() {
    let passkey = creating();
    let Value::Map(honest) = passkey.cose() else { panic!() };
    let refused = |entries: Vec<(Value, Value)>| CredentialKey::read(&encoded(&Value::Map(entries))).err();
    let with = |key: i64, value: Value| {
        let mut entries = honest.clone();
        entries.iter_mut().find(|(found, _)| *found == key.into()).unwrap().1 = value;
        entries
    };
    let malformed = Some(Refusal::Malformed("credential key"));
    assert_eq!(refused(honest.clone()), None);
    assert_eq!(refused(with(1, 1.into())), Some(Refusal::UnsupportedKey));
    assert_eq!(refused(with(3, (-8).into())), Some(Refusal::UnsupportedKey));
    assert_eq!(refused(with(3, (-257).into())), Some(Refusal::UnsupportedKey));
    assert_eq!(refused(with(-1, 2.into())), Some(Refusal::UnsupportedKey));
    // x that is no field element, x of another length, a point that is not on the curve, y as a sign.
    assert_eq!(refused(with(-2, Value::Bytes(vec![0xff; 32]))), malformed);
    assert_eq!(refused(with(-2, Value::Bytes(vec![1; 31]))), malformed);
    assert_eq!(refused(with(-3, Value::Bytes(vec![1; 32]))), malformed);
    assert_eq!(refused(with(-3, Value::Bool(true))), malformed);
    assert_eq!(refused(honest.iter().skip(1).cloned().collect()), malformed);
    assert_eq!(
        refused([&honest[..], &[((-4).into(), Value::Null)]].concat()),
        malformed
    );
    assert_eq!(refused([&honest[..], &honest[..1]].concat()), malformed);

    let ed25519 = |x: &[u8]| {
        let x = Value::Bytes(x.to_vec());
        CredentialKey::read(&encoded(&cbor!({ 1 => 1, 3 => -8, -1 => 6, -2 => x }).unwrap())).err()
    };
    let key = ed25519_dalek::SigningKey::from_bytes(&[5; 32]).verifying_key();
    assert_eq!(ed25519(key.as_bytes()), None);
    assert_eq!(ed25519(&key.as_bytes()[1..]), malformed);
    // The neutral element: every signature of small order would verify.
    assert_eq!(ed25519(&[&[1][..], &[0; 31]].concat()), malformed);
}

#[test]
fn a_signature_by_another_key_or_of_another_form_is_refused() {
    let passkey = using();
    let key = encoded(&passkey.cose());
    let honest = passkey.assertion();
    assert_eq!(
        asserted(&honest, &encoded(&using().cose())),
        Err(Refusal::WrongSignature)
    );
    for bit in 0..honest.signature.len() * 8 {
        let mut flipped = honest.clone();
        flipped.signature[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(asserted(&flipped, &key), Err(Refusal::WrongSignature));
    }
    for signature in [vec![], vec![0; 64], [&honest.signature[..], &[0]].concat()] {
        let other = Assertion {
            signature,
            ..honest.clone()
        };
        assert_eq!(asserted(&other, &key), Err(Refusal::WrongSignature));
    }
    // Authenticator data that brings a credential along is no assertion's.
    let mut attested = using();
    attested.flags = AT_UV_UP;
    attested.behind = attested.attested(ID, &attested.cose())[37..].to_vec();
    assert_eq!(attested.assert(), Err(Refusal::Malformed("authenticator data")));
}
