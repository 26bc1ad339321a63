//! Keys that sign a session's requests, in software.

use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    elliptic_curve::Generate,
};
use wallet::host::{SessionKey, SessionKeyError, SessionKeys};

/// Makes keys in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestKeys;

/// A key in memory.
pub struct RequestKey(SigningKey);

impl SessionKeys for RequestKeys {
    type Key = RequestKey;

    async fn generate(&self) -> Result<RequestKey, SessionKeyError> {
        Ok(RequestKey(SigningKey::generate()))
    }
}

impl SessionKey for RequestKey {
    fn public(&self) -> [u8; 65] {
        let point = self.0.verifying_key().to_sec1_point(false);
        point.as_bytes().try_into().unwrap()
    }

    async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SessionKeyError> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_bytes().into())
    }
}
