//! W3C's vectors.

use serde::Deserialize;

use super::*;

fn relying_party() -> RelyingParty {
    RelyingParty {
        id: "example.org".to_owned(),
        name: "Example".to_owned(),
        origins: vec!["https://example.org".to_owned()],
        related_origins: Vec::new(),
    }
}

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    registration: RegistrationVector,
    assertion: AssertionVector,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationVector {
    challenge: String,
    credential: String,
    client_data_json: String,
    attestation_object: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionVector {
    challenge: String,
    authenticator_data: String,
    client_data_json: String,
    signature: String,
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

impl RegistrationVector {
    fn verify(&self) -> Result<NewCredential, Refusal> {
        let registration = Registration {
            credential: bytes(&self.credential),
            attestation_object: bytes(&self.attestation_object),
            client_data_json: bytes(&self.client_data_json),
        };
        verify_registration(
            &registration,
            &bytes(&self.challenge).try_into().unwrap(),
            &relying_party(),
        )
    }

    /// The credential's key, whatever a verifier says of the rest.
    fn key(&self) -> Vec<u8> {
        let mut map = Map::read_whole(&bytes(&self.attestation_object), "").unwrap();
        let data = map.take_bytes("authData").unwrap();
        AuthenticatorData::read(&data)
            .unwrap()
            .attested
            .unwrap()
            .public_key
            .to_vec()
    }
}

impl AssertionVector {
    fn verify(&self, key: &[u8]) -> Result<u32, Refusal> {
        let assertion = Assertion {
            credential: Vec::new(),
            authenticator_data: bytes(&self.authenticator_data),
            client_data_json: bytes(&self.client_data_json),
            signature: bytes(&self.signature),
        };
        verify_assertion(
            &assertion,
            key,
            &bytes(&self.challenge).try_into().unwrap(),
            &relying_party(),
        )
        .map(|asserted| asserted.sign_count)
    }
}

#[test]
fn the_vectors_of_the_standard_are_judged_as_they_say() {
    let Vectors { vectors } = serde_json::from_str(include_str!("vectors.json")).unwrap();
    // Half of them lack user verification, which is required here.
    let unverified = Some(Refusal::NoUserVerification);
    let unsupported = Some(Refusal::UnsupportedKey);
    let expected = [
        ("none-es256", unverified, unverified),
        ("packed-self-es256", None, unverified),
        (
            "none-es256-crossOrigin",
            Some(Refusal::CrossOrigin),
            Some(Refusal::CrossOrigin),
        ),
        (
            "none-es256-topOrigin",
            Some(Refusal::CrossOrigin),
            Some(Refusal::CrossOrigin),
        ),
        ("none-es256-long-credential-id", unverified, None),
        ("packed-es256", None, None),
        ("packed-es384", unverified, Some(Refusal::DamagedKey)),
        ("packed-rs256", unsupported, unverified),
        ("packed-eddsa", unverified, unverified),
        ("packed-ed448", unverified, Some(Refusal::DamagedKey)),
        ("tpm-es256", None, None),
        ("android-key-es256", None, unverified),
        ("apple-es256", unverified, unverified),
        ("fido-u2f-es256", unverified, unverified),
    ];
    for (vector, (name, registration, assertion)) in vectors.iter().zip(expected) {
        assert_eq!(vector.name, name);
        assert_eq!(vector.registration.verify().err(), registration, "{name}");
        assert_eq!(
            vector.assertion.verify(&vector.registration.key()).err(),
            assertion,
            "{name}"
        );
    }
    assert_eq!(vectors.len(), expected.len());
}

#[test]
fn the_signatures_of_the_standard_verify() {
    let Vectors { vectors } = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let mut verified = Vec::new();
    for vector in &vectors {
        if let Ok(key) = CredentialKey::read(&vector.registration.key()) {
            let signature = bytes(&vector.assertion.signature);
            let data = bytes(&vector.assertion.authenticator_data);
            let client_data = bytes(&vector.assertion.client_data_json);
            assert_eq!(key.verify(&data, &client_data, &signature), Ok(()), "{}", vector.name);
            let mut other = data.clone();
            other[36] ^= 1;
            assert_eq!(
                key.verify(&other, &client_data, &signature),
                Err(Refusal::WrongSignature)
            );
            verified.push(vector.name.as_str());
        }
    }
    assert_eq!(verified.len(), 11);
    assert!(verified.contains(&"packed-eddsa"));
}
