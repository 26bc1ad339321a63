//! The channel: one request and its answer, encrypted to the co-signer's pinned key (RFC 9180; docs/protocol.md, Channel).
//!
//! DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Base mode for whoever is authenticated otherwise, auth mode where the
//! sender's key is its identity (a claim's browser key, a session's key). The answer's key is exported from the request's
//! context (the shape of RFC 9458 §4.4), so only the holder of the pinned key can answer.
//!
//! | Message | Bytes around the plaintext |
//! |---|---|
//! | request, base mode | version 1, mode 1, encapsulated key 32; tag 16 |
//! | request, auth mode | version 1, mode 1, sender's key 32, encapsulated key 32; tag 16 |
//! | answer, refusal | version 1, nonce 32; tag 16 |

mod key;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, kdf::HkdfSha256, kem::X25519HkdfSha256};
use rand_core::{CryptoRngCore, RngCore};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use self::key::{ChannelKey, ChannelPublicKey};
use crate::{Abort, hedge::Hedged, tags};

type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;
type SenderContext = hpke::aead::AeadCtxS<hpke::aead::AesGcm256, HkdfSha256, X25519HkdfSha256>;
type ReceiverContext = hpke::aead::AeadCtxR<hpke::aead::AesGcm256, HkdfSha256, X25519HkdfSha256>;

/// What an answer has around its plaintext, in bytes.
pub const ANSWER_OVERHEAD: usize = 49;
/// The version of every message of the channel.
const VERSION: u8 = 1;
/// RFC 9180 §5, table 1.
const MODE_BASE: u8 = 0;
/// RFC 9180 §5, table 1.
const MODE_AUTH: u8 = 2;

/// The sender of a request waits for its answer.
pub struct AwaitingAnswer(AnswerSecret);

/// The receiver of a request may answer it, once.
pub struct Answering(AnswerSecret);

/// A request as its receiver reads it.
pub struct Opened {
    /// The sender's key, proved, where the request was sent in auth mode.
    pub sender: Option<ChannelPublicKey>,
    /// What was sent.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The right to answer.
    pub answering: Answering,
}

/// Seals a request to `to`, under a label that names protocol and step; `from` proves the sender's key.
///
/// The result is 50 bytes longer than the plaintext in base mode, 82 in auth mode.
///
/// # Errors
/// [`Abort::Channel`] if `to` is a point of low order.
///
/// # Security
/// A request can be recorded and sent again: what it says must name its run. Who has stolen the *receiver's* private key can
/// send it requests in anybody's name (RFC 9180 §9.1.1).
pub fn seal_request(
    to: &ChannelPublicKey,
    from: Option<&ChannelKey>,
    label: &str,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<(AwaitingAnswer, Vec<u8>), Abort> {
    let (context, encapsulated, bytes) = seal(tags::CHANNEL_REQUEST, to, from, label, plaintext, rng)?;
    let mut exported = Zeroizing::new([0; 32]);
    context
        .export(tags::CHANNEL_EXPORT.as_bytes(), exported.as_mut_slice())
        .map_err(refused)?;
    Ok((
        AwaitingAnswer(AnswerSecret {
            exported,
            encapsulated,
            bound: bound(label, &bytes),
        }),
        bytes,
    ))
}

/// Opens a request that was sealed to `key` under `label`.
///
/// # Errors
/// [`Abort::Channel`] if it was not, or is malformed, or was changed.
pub fn open_request(key: &ChannelKey, label: &str, bytes: &[u8]) -> Result<Opened, Abort> {
    let (context, message, plaintext) = open(tags::CHANNEL_REQUEST, key, label, bytes)?;
    let mut exported = Zeroizing::new([0; 32]);
    context
        .export(tags::CHANNEL_EXPORT.as_bytes(), exported.as_mut_slice())
        .map_err(refused)?;
    let secret = AnswerSecret {
        exported,
        encapsulated: message.encapsulated,
        bound: bound(label, bytes),
    };
    Ok(Opened {
        sender: message.sender,
        plaintext,
        answering: Answering(secret),
    })
}

impl Answering {
    /// Seals the answer: 49 bytes longer than the plaintext.
    ///
    /// # Errors
    /// [`Abort::Channel`] if the plaintext is longer than AES-GCM takes, 64 GiB.
    pub fn seal(self, plaintext: &[u8], rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, Abort> {
        self.0.seal(&self.0.bound, plaintext, rng)
    }

    /// Seals why the request is not answered: 49 bytes longer than the plaintext. It opens as a refusal only, and an answer never as one.
    ///
    /// # Errors
    /// As [`Answering::seal`].
    pub fn refuse(self, plaintext: &[u8], rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, Abort> {
        self.0.seal(&self.0.bound_of_refusal(), plaintext, rng)
    }
}

impl AwaitingAnswer {
    /// Opens the answer.
    ///
    /// # Errors
    /// [`Abort::Channel`] if it does not answer this request, or is malformed, or was changed.
    pub fn open(self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Abort> {
        self.0.open(&self.0.bound, bytes)
    }

    /// Opens a refusal. The same request may be sent again after it, and be answered.
    ///
    /// # Errors
    /// [`Abort::Channel`] if it does not refuse this request, or is malformed, or was changed.
    ///
    /// # Security
    /// It says that the holder of the pinned key refused these bytes once. Who keeps it can show it again, whatever became of the same bytes
    /// when they were sent again.
    pub fn open_refusal(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Abort> {
        self.0.open(&self.0.bound_of_refusal(), bytes)
    }
}

/// Whether bytes have the form of a sealed answer or refusal: what has not is something else's, such as a captive portal's page.
pub fn is_answer(bytes: &[u8]) -> bool {
    bytes.first() == Some(&VERSION) && bytes.len() >= ANSWER_OVERHEAD
}

/// Seals bytes to a key, with no answer expected: the hand-off of a share to one browser.
///
/// The result is 50 bytes longer than the plaintext.
///
/// # Errors
/// [`Abort::Channel`] if `to` is a point of low order.
///
/// # Security
/// Anybody can seal to a public key: what is inside must be checked by other means.
pub fn seal_to(
    to: &ChannelPublicKey,
    label: &str,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, Abort> {
    let (_, _, bytes) = seal(tags::CHANNEL_ONE_WAY, to, None, label, plaintext, rng)?;
    Ok(bytes)
}

/// Opens bytes that were sealed to `key` under `label`.
///
/// # Errors
/// [`Abort::Channel`] if they were not, or are malformed, or were changed.
pub fn open_from(key: &ChannelKey, label: &str, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Abort> {
    let (_, message, plaintext) = open(tags::CHANNEL_ONE_WAY, key, label, bytes)?;
    if message.sender.is_some() {
        Err(Abort::Channel)
    } else {
        Ok(plaintext)
    }
}

/// From what both ends of a request derive the key of its answer.
struct AnswerSecret {
    exported: Zeroizing<[u8; 32]>,
    encapsulated: [u8; 32],
    bound: [u8; 32],
}

impl AnswerSecret {
    fn bound_of_refusal(&self) -> [u8; 32] {
        tags::hash(tags::CHANNEL_REFUSAL, &[&self.bound])
    }

    fn seal(&self, bound: &[u8; 32], plaintext: &[u8], rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, Abort> {
        let mut nonce = [0; 32];
        // One nonce for two answers to a request would be one key and one GCM nonce for both.
        let asked: [&[u8]; 2] = [bound, plaintext];
        Hedged::new(tags::CHANNEL_ANSWER_DRAWS, rng, self.exported.as_slice(), &asked).fill_bytes(&mut nonce);
        let (cipher, cipher_nonce) = self.cipher(&nonce)?;
        let payload = Payload {
            msg: plaintext,
            aad: bound,
        };
        let sealed = cipher.encrypt(&cipher_nonce.into(), payload).map_err(refused)?;
        Ok([&[VERSION][..], &nonce, &sealed].concat())
    }

    fn open(&self, bound: &[u8; 32], bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Abort> {
        let ([version], rest) = bytes.split_first_chunk().ok_or(Abort::Channel)?;
        let (nonce, sealed) = rest.split_first_chunk().ok_or(Abort::Channel)?;
        if *version != VERSION {
            return Err(Abort::Channel);
        }
        let (cipher, cipher_nonce) = self.cipher(nonce)?;
        let payload = Payload {
            msg: sealed,
            aad: bound,
        };
        cipher
            .decrypt(&cipher_nonce.into(), payload)
            .map(Zeroizing::new)
            .map_err(refused)
    }

    /// RFC 9458 §4.4, steps 3 to 6: the key and nonce of one answer, from the exported secret and the answer's own nonce.
    fn cipher(&self, nonce: &[u8; 32]) -> Result<(Aes256Gcm, [u8; 12]), Abort> {
        let salt = [self.encapsulated, *nonce].concat();
        let hkdf = Hkdf::<Sha256>::new(Some(&salt), self.exported.as_slice());
        let mut key = Zeroizing::new([0; 32]);
        hkdf.expand(b"key", key.as_mut_slice()).map_err(refused)?;
        let mut cipher_nonce = [0; 12];
        hkdf.expand(b"nonce", &mut cipher_nonce).map_err(refused)?;
        Ok((Aes256Gcm::new((&*key).into()), cipher_nonce))
    }
}

/// The parts of sealed bytes.
struct Message<'a> {
    header: &'a [u8],
    sender: Option<ChannelPublicKey>,
    encapsulated: [u8; 32],
    sealed: &'a [u8],
}

impl<'a> Message<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let ([version, mode], rest) = bytes.split_first_chunk()?;
        let (sender, rest) = match (*version, *mode) {
            (VERSION, MODE_BASE) => (None, rest),
            (VERSION, MODE_AUTH) => rest
                .split_first_chunk()
                .map(|(key, rest)| (Some(ChannelPublicKey(*key)), rest))?,
            _ => return None,
        };
        let (encapsulated, sealed) = rest.split_first_chunk()?;
        let (header, _) = bytes.split_at_checked(bytes.len() - sealed.len())?;
        Some(Self {
            header,
            sender,
            encapsulated: *encapsulated,
            sealed,
        })
    }
}

fn seal(
    tag: &str,
    to: &ChannelPublicKey,
    from: Option<&ChannelKey>,
    label: &str,
    plaintext: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<(SenderContext, [u8; 32], Vec<u8>), Abort> {
    let sender = from.map(ChannelKey::public_key);
    let mode = match from {
        Some(key) => OpModeS::Auth((key.private().clone(), key.public_key().to_hpke()?)),
        None => OpModeS::Base,
    };
    let info = info(tag, label, sender.as_ref(), to);
    // One ephemeral key for two plaintexts would be one key and one GCM nonce for both.
    let secret = from.map(|key| Zeroizing::new(<[u8; 32]>::from(key.private().to_bytes())));
    let secret = secret.as_ref().map_or(&[][..], |secret| secret.as_slice());
    let rng = &mut Hedged::new(tags::CHANNEL_DRAWS, rng, secret, &[&info, plaintext]);
    let (encapsulated, mut context): (EncappedKey, SenderContext) =
        hpke::setup_sender(&mode, &to.to_hpke()?, &info, rng).map_err(refused)?;
    let encapsulated: [u8; 32] = encapsulated.to_bytes().into();
    let mut bytes = match sender {
        Some(sender) => [&[VERSION, MODE_AUTH][..], &sender.0, &encapsulated].concat(),
        None => [&[VERSION, MODE_BASE][..], &encapsulated].concat(),
    };
    let sealed = context.seal(plaintext, &bytes).map_err(refused)?;
    bytes.extend(sealed);
    Ok((context, encapsulated, bytes))
}

fn open<'a>(
    tag: &str,
    key: &ChannelKey,
    label: &str,
    bytes: &'a [u8],
) -> Result<(ReceiverContext, Message<'a>, Zeroizing<Vec<u8>>), Abort> {
    let message = Message::read(bytes).ok_or(Abort::Channel)?;
    let mode = match &message.sender {
        Some(sender) => OpModeR::Auth(sender.to_hpke()?),
        None => OpModeR::Base,
    };
    let encapsulated = EncappedKey::from_bytes(&message.encapsulated).map_err(refused)?;
    let info = info(tag, label, message.sender.as_ref(), &key.public_key());
    let mut context: ReceiverContext =
        hpke::setup_receiver(&mode, key.private(), &encapsulated, &info).map_err(refused)?;
    let plaintext = Zeroizing::new(context.open(message.sealed, message.header).map_err(refused)?);
    Ok((context, message, plaintext))
}

/// What the key schedule binds: the use, the label, and both ends.
fn info(tag: &str, label: &str, sender: Option<&ChannelPublicKey>, receiver: &ChannelPublicKey) -> [u8; 32] {
    match sender {
        Some(sender) => tags::hash(tag, &[&[VERSION, MODE_AUTH], label.as_bytes(), &receiver.0, &sender.0]),
        None => tags::hash(tag, &[&[VERSION, MODE_BASE], label.as_bytes(), &receiver.0]),
    }
}

/// What an answer is bound to: its label and the whole request.
fn bound(label: &str, request: &[u8]) -> [u8; 32] {
    tags::hash(tags::CHANNEL_ANSWER, &[&[VERSION], label.as_bytes(), request])
}

/// Every cause alike, so that nobody learns which check failed.
fn refused<E>(_cause: E) -> Abort {
    Abort::Channel
}

#[cfg(test)]
mod tests;
