//! What is public of a wallet.

use mpc::{Epoch, KeyInfo, Path, Point, Scheme, WalletId};
use wire::WalletType;

use crate::{Error, address, text};

/// What is public of a wallet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WalletInfo {
    /// The wallet.
    pub id: WalletId,
    /// What it is for.
    pub wallet_type: WalletType,
    /// The epoch that is held here.
    pub epoch: Epoch,
    /// X.
    pub public_key: Point,
    /// What children are derived from, where a share is held.
    key: Option<Box<KeyInfo>>,
}

/// The same wallet at the same epoch: whether children can be derived makes no difference.
impl PartialEq for WalletInfo {
    fn eq(&self, other: &Self) -> bool {
        let shown = |info: &Self| (info.id, info.wallet_type, info.epoch, info.public_key);
        shown(self) == shown(other)
    }
}

impl Eq for WalletInfo {}

impl WalletInfo {
    /// Names the wallet of a key that is held; nothing if the key is not of the type's scheme, or none.
    pub(crate) fn of(wallet_type: WalletType, key: &KeyInfo) -> Option<Self> {
        let public_key = key.public_key().ok()?;
        let named = Self::named(wallet_type, key.wallet, key.epoch, public_key)?;
        Some(Self {
            key: Some(Box::new(key.clone())),
            ..named
        })
    }

    /// Names a wallet of which no more is known; nothing if the key is not of the type's scheme.
    pub(crate) fn named(wallet_type: WalletType, id: WalletId, epoch: Epoch, public_key: Point) -> Option<Self> {
        (public_key.scheme() == wallet_type.scheme()).then_some(Self {
            id,
            wallet_type,
            epoch,
            public_key,
            key: None,
        })
    }

    /// What children are derived from, where a share is held.
    pub(crate) fn key(&self) -> Option<&KeyInfo> {
        self.key.as_deref()
    }

    /// Whether this is the same wallet, by its key, at a later epoch.
    pub(crate) fn is_later(&self, other: &Self) -> bool {
        let key = |info: &Self| {
            let chain_code = info.key().map(|key| key.chain_code);
            (info.id, info.wallet_type, info.public_key, chain_code)
        };
        key(self) == key(other) && self.epoch > other.epoch
    }

    /// The scheme that signs, which follows from the type.
    pub fn scheme(&self) -> Scheme {
        self.wallet_type.scheme()
    }

    /// The address: EVM, hex with the checksum of EIP-55; COSMOS, bech32 with the prefix `cosmos`; SOLANA, base58.
    pub fn address(&self) -> String {
        address::of(self.wallet_type, &self.public_key)
    }

    /// The address of a COSMOS wallet on a chain with another prefix: 1 to 51 lower-case letters and digits.
    ///
    /// # Errors
    /// [`Error::Argument`] for another prefix, or a wallet of another type.
    pub fn address_with_prefix(&self, prefix: &str) -> Result<String, Error> {
        address::with_prefix(self.wallet_type, &self.public_key, prefix)
    }

    /// The child at a path, derived here: BIP32, not hardened, with the wallet's key as account node. The root is the wallet's
    /// key itself.
    ///
    /// # Errors
    /// [`Error::Argument`] for a wallet that signs with Ed25519, which has no children; for one that the co-signer listed, whose
    /// chain code is not known; for an index that BIP32 skips, one in 2¹²⁷.
    pub fn child(&self, path: &Path) -> Result<Child, Error> {
        let wallet_type = self.wallet_type;
        if path.is_root() {
            let public_key = self.public_key;
            return Ok(Child {
                wallet_type,
                public_key,
            });
        }
        let key = self.key.as_ref().ok_or(Error::Argument(
            "a list does not say what children are derived from: ask the share, the wallet or the session",
        ))?;
        let public_key = derive(key, path)?;
        Ok(Child {
            wallet_type,
            public_key,
        })
    }

    /// The wallet's id as text: 16 bytes, base64url.
    pub fn id_text(&self) -> String {
        text::encode(&self.id.0)
    }

    /// The scheme's name, as in JSON.
    pub fn scheme_text(&self) -> &'static str {
        scheme_text(self.scheme())
    }
}

/// A child of a wallet's key: made for signatures, stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Child {
    /// The wallet's type, and so the form of the address.
    pub wallet_type: WalletType,
    /// The child's public key.
    pub public_key: Point,
}

impl Child {
    /// The address, as [`WalletInfo::address`].
    pub fn address(&self) -> String {
        address::of(self.wallet_type, &self.public_key)
    }

    /// The address with another prefix, as [`WalletInfo::address_with_prefix`].
    ///
    /// # Errors
    /// As there.
    pub fn address_with_prefix(&self, prefix: &str) -> Result<String, Error> {
        address::with_prefix(self.wallet_type, &self.public_key, prefix)
    }
}

/// A public key as hexadecimal digits after `0x`: compressed, 33 bytes, of secp256k1; of Ed25519 its 32.
pub fn public_key_text(key: &Point) -> String {
    let bytes = key.to_bytes();
    // The first byte of the 33 names the curve, to claimkit alone.
    let shown = match key.scheme() {
        Scheme::EcdsaSecp256k1 => bytes.as_slice(),
        Scheme::EddsaEd25519 => bytes.get(1..).unwrap_or_default(),
    };
    let digits = shown.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("0x{digits}")
}

/// The public key at a path below a key.
pub(crate) fn derive(key: &KeyInfo, path: &Path) -> Result<Point, Error> {
    if key.scheme != Scheme::EcdsaSecp256k1 && !path.is_root() {
        return Err(Error::Argument("an Ed25519 wallet has no children: its path is empty"));
    }
    let child = key.child(path).and_then(|child| child.public_key());
    child.map_err(|_| Error::Argument("there is no child at this path: take the next index"))
}

/// A path of these indices, from the wallet's key down: at most 10, each below 2³¹.
///
/// # Errors
/// [`Error::Argument`] for more, or a hardened one, which needs the whole secret key.
pub fn path(indices: Vec<u32>) -> Result<Path, Error> {
    Path::new(indices).map_err(|_| {
        Error::Argument("a path has at most 10 indices, each below 2147483648: hardened ones need the whole key")
    })
}

/// A scheme's name, as in JSON.
pub(crate) fn scheme_text(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::EcdsaSecp256k1 => "ecdsa-secp256k1",
        Scheme::EddsaEd25519 => "eddsa-ed25519",
    }
}

/// Reads a wallet's id from text.
///
/// # Errors
/// [`Error::Argument`] for anything but 16 bytes in base64url.
pub fn wallet_id(text: &str) -> Result<WalletId, Error> {
    text::decode(text)
        .map(WalletId)
        .ok_or(Error::Argument("a wallet id is 16 bytes in base64url"))
}
