//! API keys: how a back end proves itself, and what its claim tickets are signed with.

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The HKDF info under which the ticket key is derived from an API key's secret.
pub const TICKET_KEY_INFO: &[u8] = b"claimkit/api-key/ticket/v1";

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Make wallets.
    WalletsCreate,
    /// Make wallets of keys that exist.
    WalletsImport,
    /// Look wallets up by claimant.
    WalletsRead,
    /// Give an unclaimed wallet another claimant.
    WalletsUpdate,
    /// Pair, and sign with unclaimed wallets.
    Sign,
    /// Sign claim tickets.
    ClaimsTicket,
}

impl Scope {
    /// Every scope.
    pub const ALL: &[Self] = &[
        Self::WalletsCreate,
        Self::WalletsImport,
        Self::WalletsRead,
        Self::WalletsUpdate,
        Self::Sign,
        Self::ClaimsTicket,
    ];

    /// The scope's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WalletsCreate => "wallets:create",
            Self::WalletsImport => "wallets:import",
            Self::WalletsRead => "wallets:read",
            Self::WalletsUpdate => "wallets:update",
            Self::Sign => "sign",
            Self::ClaimsTicket => "claims:ticket",
        }
    }

    /// The scope of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == name)
    }
}

/// An API key: 8 bytes that name it, 32 bytes that prove it. As text `ck_<id, hex>_<secret, base64url>`.
///
/// # Security
/// The co-signer stores SHA-256 of the secret and the ticket key's public half, from neither of which a ticket can be made.
pub struct ApiKey {
    id: [u8; 8],
    secret: Zeroizing<[u8; 32]>,
}

impl ApiKey {
    /// Draws a key.
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut key = Self {
            id: [0; 8],
            secret: Zeroizing::new([0; 32]),
        };
        rng.fill_bytes(&mut key.id);
        rng.fill_bytes(key.secret.as_mut());
        key
    }

    /// Reads a key's text; nothing if it is not one.
    pub fn from_text(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("ck_")?.split_once('_')?;
        let mut key = Self {
            id: [0; 8],
            secret: Zeroizing::new([0; 32]),
        };
        hex::decode_to_slice(id, &mut key.id).ok()?;
        let decoded = Base64UrlUnpadded::decode(secret, key.secret.as_mut()).ok()?.len();
        (decoded == 32).then_some(key)
    }

    /// The key's text, as it goes into a back end's settings.
    pub fn to_text(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(Base64UrlUnpadded::encode_string(self.secret.as_slice()));
        Zeroizing::new(format!("ck_{}_{}", hex::encode(self.id), secret.as_str()))
    }

    /// What names the key, in public.
    pub fn id(&self) -> [u8; 8] {
        self.id
    }

    /// SHA-256 of the secret: what is stored. The secret is 32 random bytes, so a slow hash would add nothing.
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_slice()).into()
    }

    /// The key that signs claim tickets: Ed25519, its seed the 32 bytes of HKDF-SHA256 over the secret, without salt, under
    /// [`TICKET_KEY_INFO`].
    pub fn ticket_key(&self) -> SigningKey {
        let mut seed = Zeroizing::new([0; 32]);
        // 32 bytes are far below what HKDF can give: this can't fail.
        let _ = Hkdf::<Sha256>::new(None, self.secret.as_slice()).expand(TICKET_KEY_INFO, seed.as_mut());
        SigningKey::from_bytes(&seed)
    }
}

impl core::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ApiKey(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn the_ticket_key_is_derived_as_back_ends_derive_it() {
        let key = ApiKey::from_text("ck_0102030405060708_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        assert_eq!(key.id(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(
            hex::encode(key.ticket_key().verifying_key().to_bytes()),
            "acbbd1f82863df578e1b074f2c8727708538ac9f4080c1b52d30ffa420cc1db8"
        );
        assert_eq!(
            hex::encode(key.secret_hash()),
            "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
        );
    }

    #[test]
    fn a_key_reads_back_and_nothing_else_does() {
        let key = ApiKey::random(&mut OsRng);
        let text = key.to_text();
        assert_eq!(ApiKey::from_text(&text).unwrap().secret_hash(), key.secret_hash());
        assert_eq!(text.len(), 3 + 16 + 1 + 43);
        for wrong in [
            "",
            "ck_",
            "ck__",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{}A", *text),
            &text.to_uppercase(),
        ] {
            assert!(ApiKey::from_text(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn scopes_are_known_by_their_names() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_name(scope.as_str()), Some(*scope));
        }
        assert_eq!(Scope::from_name("everything"), None);
    }

    #[test]
    fn debug_says_redacted() {
        assert_eq!(format!("{:?}", ApiKey::random(&mut OsRng)), "ApiKey(<redacted>)");
    }
}
