//! What a browser says of a passkey, part by part: each part arbitrary once, the others honest.

use cosigner::fuzzing::{CHALLENGE, ORIGIN, RP_ID, assertion, registration};
use ed25519_dalek::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey, signature::Signer as _};
use sha2::{Digest, Sha256};
use wire::ceremony::{Assertion, Registration};

use crate::{choosing, chosen};

const CREDENTIAL: &[u8] = b"a credential's id";
/// User present, user verified.
const UP_UV: u8 = 0x05;
/// The same, and a credential attested.
const UP_UV_AT: u8 = 0x45;

/// The longest that a request of the network could carry of it.
const LARGE: usize = 300_000;

const KINDS: [fn(&[u8]) -> bool; 10] = [
    attestation_object,
    created_client_data,
    attested_data,
    credential_key,
    asserted_data,
    asserted_client_data,
    es256_signature,
    eddsa_signature,
    large_attestation_object,
    large_client_data,
];

fn es256() -> SigningKey {
    SigningKey::from_slice(&[1; 32]).unwrap()
}

fn eddsa() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[2; 32])
}

/// COSE_Key of the ES256 key: { 1: 2, 3: −7, −1: 1, −2: x, −3: y }.
fn es256_cose() -> Vec<u8> {
    let point = es256().verifying_key().to_sec1_point(false);
    let (_, coordinates) = point.as_bytes().split_at(1);
    let (x, y) = coordinates.split_at(32);
    [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat()
}

/// COSE_Key of the Ed25519 key: { 1: 1, 3: −8, −1: 6, −2: x }.
fn eddsa_cose() -> Vec<u8> {
    let key = eddsa().verifying_key();
    [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], key.as_bytes()].concat()
}

fn client_data(kind: &str) -> Vec<u8> {
    // The challenge in base64url: 32 bytes of 9.
    let challenge = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";
    assert_eq!(CHALLENGE, [9; 32]);
    format!(r#"{{"type":"webauthn.{kind}","challenge":"{challenge}","origin":"{ORIGIN}","crossOrigin":false}}"#)
        .into_bytes()
}

fn head(flags: u8) -> Vec<u8> {
    [Sha256::digest(RP_ID).as_slice(), &[flags, 0, 0, 0, 7]].concat()
}

fn attested(cose: &[u8]) -> Vec<u8> {
    let length = u16::try_from(CREDENTIAL.len()).unwrap().to_be_bytes();
    [
        head(UP_UV_AT),
        vec![0; 16],
        length.to_vec(),
        CREDENTIAL.to_vec(),
        cose.to_vec(),
    ]
    .concat()
}

/// { "fmt": "none", "attStmt": {}, "authData": … }
fn attestation(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes();
    [b"\xa3cfmtdnonegattStmt\xa0hauthData\x59", &length[..], data].concat()
}

fn registered(attestation_object: Vec<u8>, client_data_json: Vec<u8>) -> Option<Vec<u8>> {
    let key = registration(&Registration {
        credential: CREDENTIAL.to_vec(),
        attestation_object,
        client_data_json,
    })?;
    // A key that was taken once can be used: no signature is not a damaged key, and no signature of it either.
    assert_eq!(asserted(head(UP_UV), client_data("get"), Vec::new(), &key), None);
    Some(key)
}

fn asserted(
    authenticator_data: Vec<u8>,
    client_data_json: Vec<u8>,
    signature: Vec<u8>,
    public_key: &[u8],
) -> Option<u32> {
    let said = Assertion {
        credential: CREDENTIAL.to_vec(),
        authenticator_data,
        client_data_json,
        signature,
    };
    assertion(&said, public_key)
}

fn signed(data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [data, Sha256::digest(client_data).as_slice()].concat()
}

fn es256_sign(data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let signature: DerSignature = es256().sign(&signed(data, client_data));
    signature.as_bytes().to_vec()
}

fn attestation_object(bytes: &[u8]) -> bool {
    registered(bytes.to_vec(), client_data("create")).is_some()
}

fn created_client_data(bytes: &[u8]) -> bool {
    registered(attestation(&attested(&es256_cose())), bytes.to_vec()).is_some()
}

fn attested_data(bytes: &[u8]) -> bool {
    registered(attestation(bytes), client_data("create")).is_some()
}

fn credential_key(bytes: &[u8]) -> bool {
    let key = registered(attestation(&attested(bytes)), client_data("create"));
    assert!(key.as_ref().is_none_or(|key| bytes.starts_with(key)), "another key");
    key.is_some()
}

/// The signature is of whatever the data are: what is read must be sound, not only signed.
fn asserted_data(bytes: &[u8]) -> bool {
    let client_data = client_data("get");
    let signature = es256_sign(bytes, &client_data);
    asserted(bytes.to_vec(), client_data, signature, &es256_cose()).is_some()
}

fn asserted_client_data(bytes: &[u8]) -> bool {
    let data = head(UP_UV);
    let signature = es256_sign(&data, bytes);
    asserted(data, bytes.to_vec(), signature, &es256_cose()).is_some()
}

/// What stands after the first byte, as often as fits, behind as much of an honest object as the first byte says.
fn large(honest: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let (kept, repeated) = bytes.split_first()?;
    let front = honest.get(..usize::from(*kept)).unwrap_or(honest);
    let repeated = repeated.iter().cycle().copied().take(LARGE);
    Some(front.iter().copied().chain(repeated).collect())
}

fn large_attestation_object(bytes: &[u8]) -> bool {
    large(&attestation(&attested(&es256_cose())), bytes).is_some_and(|bytes| attestation_object(&bytes))
}

fn large_client_data(bytes: &[u8]) -> bool {
    large(&client_data("get"), bytes).is_some_and(|bytes| asserted_client_data(&bytes))
}

fn es256_signature(bytes: &[u8]) -> bool {
    asserted(head(UP_UV), client_data("get"), bytes.to_vec(), &es256_cose()).is_some()
}

fn eddsa_signature(bytes: &[u8]) -> bool {
    let verified = asserted(head(UP_UV), client_data("get"), bytes.to_vec(), &eddsa_cose()).is_some();
    assert!(
        !verified || bytes == honest_eddsa(),
        "a second signature of one message"
    );
    verified
}

fn honest_eddsa() -> Vec<u8> {
    let signed = signed(&head(UP_UV), &client_data("get"));
    eddsa().sign(&signed).to_bytes().to_vec()
}

/// Reads one part.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, bytes)| read(&bytes))
}

/// The honest parts.
pub fn seeds() -> Vec<Vec<u8>> {
    let head_with_extensions = [head(UP_UV | 0x80), vec![0xa0]].concat();
    vec![
        choosing(0, &attestation(&attested(&es256_cose()))),
        choosing(1, &client_data("create")),
        choosing(2, &attested(&es256_cose())),
        choosing(2, &attested(&eddsa_cose())),
        choosing(3, &es256_cose()),
        choosing(3, &eddsa_cose()),
        choosing(4, &head(UP_UV)),
        choosing(4, &head_with_extensions),
        choosing(5, &client_data("get")),
        choosing(6, &es256_sign(&head(UP_UV), &client_data("get"))),
        choosing(7, &honest_eddsa()),
    ]
}
