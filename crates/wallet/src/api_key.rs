//! A back end's API key, as its operator was given it.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use wire::{Ticket, ticket::TicketBody};
use zeroize::Zeroizing;

use crate::Error;

/// The HKDF info of the key that signs tickets.
const TICKET_KEY: &[u8] = b"claimkit/api-key/ticket/v1";

/// An API key: `ck_`, 8 bytes in hex that name it, `_`, 32 secret bytes in base64url. Erased when dropped.
pub(crate) struct ApiKey {
    id: [u8; 8],
    header: Zeroizing<String>,
    /// Boxed, so that moving it leaves no copy behind.
    ticket_key: Box<SigningKey>,
}

impl ApiKey {
    /// Reads a key.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text.trim()).ok_or(Error::Argument(
            "an API key is written as ck_, 16 hex digits, _ and 43 characters of base64url",
        ))
    }

    fn read(text: &str) -> Option<Self> {
        let (id_text, secret_text) = text.strip_prefix("ck_")?.split_at_checked(16)?;
        let id = u64::from_str_radix(id_text, 16)
            .ok()
            .filter(|_| !id_text.starts_with('+'))?
            .to_be_bytes();
        let mut secret = Zeroizing::new([0; 32]);
        let read = Base64UrlUnpadded::decode(secret_text.strip_prefix('_')?, secret.as_mut_slice()).ok()?;
        if read.len() != 32 {
            return None;
        }
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, secret.as_slice())
            .expand(TICKET_KEY, seed.as_mut_slice())
            .ok()?;
        let mut header = Zeroizing::new(String::with_capacity("Bearer ".len() + text.len()));
        header.push_str("Bearer ");
        header.push_str(text);
        Some(Self {
            id,
            header,
            ticket_key: Box::new(SigningKey::from_bytes(&seed)),
        })
    }

    /// The name of the key.
    pub(crate) fn id(&self) -> [u8; 8] {
        self.id
    }

    /// The `Authorization` header's value.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Signs a ticket.
    pub(crate) fn sign(&self, body: TicketBody) -> Ticket {
        Ticket {
            signature: self.ticket_key.sign(&body.signed_bytes()).to_bytes(),
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ck_0123456789abcdef_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn a_key_is_read() {
        let key = ApiKey::parse(&format!(" {KEY}\n")).unwrap();
        assert_eq!(key.id(), [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(key.header(), format!("Bearer {KEY}"));
    }

    #[test]
    fn the_ticket_key_is_derived_from_the_secret() {
        let secret: Vec<u8> = (0..32).collect();
        let mut seed = [0; 32];
        Hkdf::<Sha256>::new(None, &secret)
            .expand(b"claimkit/api-key/ticket/v1", &mut seed)
            .unwrap();
        assert_eq!(*ApiKey::parse(KEY).unwrap().ticket_key, SigningKey::from_bytes(&seed));
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        let shouted = KEY.replace("ck_", "CK_");
        let signed = KEY.replace("ck_0", "ck_+");
        for text in [
            "",
            "ck_",
            "ck_0123456789abcdef",
            &KEY[1..],
            &KEY[..KEY.len() - 1],
            &format!("{KEY}A"),
            &shouted,
            &signed,
        ] {
            let error = ApiKey::parse(text).err().unwrap();
            assert_eq!(error.code(), crate::ErrorCode::InvalidArgument);
            assert!(!error.to_string().contains("0123"));
        }
    }
}
