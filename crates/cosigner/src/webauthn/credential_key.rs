//! A credential's public key (COSE_Key, RFC 9053 §7): ES256 or EdDSA with Ed25519, nothing else.

use p256::ecdsa::signature::Verifier;
use sha2::{Digest, Sha256};

use super::{Refusal, cbor::Map};

const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;

pub(super) enum CredentialKey {
    Es256(p256::ecdsa::VerifyingKey),
    EdDsa(ed25519_dalek::VerifyingKey),
}

impl CredentialKey {
    /// Reads a key, and checks that it is a point of its curve and, for Ed25519, not of small order.
    pub(super) fn read(cose: &[u8]) -> Result<Self, Refusal> {
        let malformed = Refusal::Malformed("credential key");
        let mut map = Map::read_whole(cose, "credential key")?;
        let kind = (map.take_integer(KEY_TYPE)?, map.take_integer(ALGORITHM)?);
        let key = match kind {
            // EC2, ES256, on P-256.
            (2, -7) if map.take_integer(CURVE)? == 1 => {
                let coordinates = [map.take_bytes(X)?, map.take_bytes(Y)?];
                if coordinates.iter().any(|coordinate| coordinate.len() != 32) {
                    return Err(malformed);
                }
                let point = [&[4], coordinates.concat().as_slice()].concat();
                Self::Es256(p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| malformed)?)
            }
            // OKP, EdDSA, on Ed25519.
            (1, -8) if map.take_integer(CURVE)? == 6 => {
                let x: [u8; 32] = map.take_bytes(X)?.try_into().map_err(|_| malformed)?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(&x).map_err(|_| malformed)?;
                if key.is_weak() {
                    return Err(malformed);
                }
                Self::EdDsa(key)
            }
            _ => return Err(Refusal::UnsupportedKey),
        };
        if map.is_empty() { Ok(key) } else { Err(malformed) }
    }

    /// Verifies a signature over authenticator data and the hash of client data (§6.3.3).
    pub(super) fn verify(
        &self,
        authenticator_data: &[u8],
        client_data: &[u8],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        let signed = [authenticator_data, Sha256::digest(client_data).as_slice()].concat();
        let verifies = match self {
            Self::Es256(key) => p256::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify(&signed, &signature).is_ok()),
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(&signed, &signature).is_ok()),
        };
        if verifies { Ok(()) } else { Err(Refusal::WrongSignature) }
    }
}
