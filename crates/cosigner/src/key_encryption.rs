//! The key-encryption key: wraps the keys that secrets at rest are sealed under.

use std::{io::Write, path::Path};

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::{Error, config::KeySource, private_file};

/// A 32-byte key that seals one secret at rest.
pub type DataKey = Zeroizing<[u8; 32]>;

/// Bytes at rest do not open: damaged, exchanged for others, or sealed under another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open")]
pub struct Unopened;

/// Wraps and unwraps data keys. An implementor never gives its own key out, and binds `context`.
pub trait KeyEncryption: Send + Sync {
    /// Wraps a key, for one context.
    ///
    /// # Errors
    /// [`Unopened`] if the provider can't do it.
    fn wrap(&self, key: &DataKey, context: &[u8]) -> Result<Vec<u8>, Unopened>;

    /// Unwraps a key.
    ///
    /// # Errors
    /// [`Unopened`] if it was not wrapped by this key, for this context.
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<DataKey, Unopened>;
}

/// A key-encryption key in this process's memory: AES-256-GCM.
pub struct LocalKey(DataKey);

impl LocalKey {
    /// Takes 32 bytes as the key.
    pub fn new(key: DataKey) -> Self {
        Self(key)
    }

    /// Reads the key from where the settings say, or makes it where they say so.
    ///
    /// # Errors
    /// [`Error::Setting`] with a sentence that says what is missing or wrong.
    pub fn load(source: &KeySource) -> Result<Self, Error> {
        match source {
            KeySource::File { path, create_key } => {
                if *create_key && !path.exists() {
                    create(path).map_err(|error| {
                        Error::Setting(format!(
                            "key_encryption.path: {} can't be made ({error})",
                            path.display()
                        ))
                    })?;
                }
                let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
                    Error::Setting(format!(
                        "key_encryption.path: {} can't be read ({error}); make one with `claimkit-cosigner kek create --file {}`",
                        path.display(),
                        path.display()
                    ))
                })?;
                warn_if_others_read(path);
                parse(&text, "key_encryption.path: the file")
            }
            KeySource::Environment { variable } => {
                let text = std::env::var(variable).map(Zeroizing::new).map_err(|_| {
                    Error::Setting(format!(
                        "key_encryption.variable: {variable} is not set, or is not text"
                    ))
                })?;
                parse(&text, "key_encryption.variable: the variable")
            }
        }
    }
}

/// Says so in the log. It is no error: some platforms mount secrets in no other way.
fn warn_if_others_read(path: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
    {
        tracing::warn!("the key-encryption key's file can be read by others than this user");
    }
}

fn parse(text: &str, whose: &str) -> Result<LocalKey, Error> {
    let mut key = Zeroizing::new([0; 32]);
    match Base64UrlUnpadded::decode(text.trim(), key.as_mut()).map(<[u8]>::len) {
        Ok(32) => Ok(LocalKey(key)),
        Ok(_) | Err(_) => Err(Error::Setting(format!(
            "{whose} must hold 32 bytes as base64url without padding, 43 characters; got {}",
            text.trim().len()
        ))),
    }
}

/// Writes a fresh key to a file that must not be there yet, readable by this user only.
///
/// # Errors
/// What the file system says.
pub fn create(path: &Path) -> std::io::Result<()> {
    let mut key = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(key.as_mut());
    let mut text = Zeroizing::new(Base64UrlUnpadded::encode_string(key.as_slice()));
    text.push('\n');
    let mut file = private_file::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

impl KeyEncryption for LocalKey {
    fn wrap(&self, key: &DataKey, context: &[u8]) -> Result<Vec<u8>, Unopened> {
        seal(&self.0, context, key.as_slice())
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<DataKey, Unopened> {
        let opened = open(&self.0, context, wrapped)?;
        let mut key = Zeroizing::new([0; 32]);
        match opened.len() {
            32 => key.copy_from_slice(&opened),
            _ => return Err(Unopened),
        }
        Ok(key)
    }
}

/// AES-256-GCM under a random 96-bit nonce, which stands before the ciphertext.
///
/// # Errors
/// [`Unopened`] for more than 64 GiB, which nothing here holds.
pub(crate) fn seal(key: &DataKey, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Unopened> {
    let mut nonce = [0; 12];
    OsRng.fill_bytes(&mut nonce);
    let payload = Payload {
        msg: plaintext,
        aad: context,
    };
    let ciphertext = Aes256Gcm::new(key.as_slice().into())
        .encrypt(Nonce::from_slice(&nonce), payload)
        .map_err(|_| Unopened)?;
    Ok([&nonce[..], &ciphertext].concat())
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`Unopened`] if key, context or bytes are others.
pub(crate) fn open(key: &DataKey, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<12>().ok_or(Unopened)?;
    let payload = Payload {
        msg: ciphertext,
        aad: context,
    };
    Aes256Gcm::new(key.as_slice().into())
        .decrypt(Nonce::from_slice(nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| Unopened)
}
