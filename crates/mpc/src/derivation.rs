//! Children of a key: BIP32, not hardened, below the generated key as account node (docs/protocol.md, Derivation).
//!
//! Whoever knows a wallet's public data can compute a child's public key, offline. The sum of the path's tweaks is added to the
//! client's share; the co-signer's stays. A child is never stored: it is derived for one signature and dropped.

use borsh::{BorshDeserialize, BorshSerialize};
use hmac::{Hmac, Mac};
use k256::ProjectivePoint;
use sha2::Sha512;

use crate::{Abort, KeyInfo, Point, Role, Scheme, Share, scalar::SecretScalar, secp256k1};

/// The first index of BIP32's hardened children, which need the whole secret key.
const HARDENED: u32 = 1 << 31;

/// A path from the generated key to a child: indices below 2³¹, at most [`Path::MAX_DEPTH`] of them; none is the key itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<u32>);

impl Path {
    /// The most steps of a path.
    pub const MAX_DEPTH: usize = 10;

    /// The path that leads nowhere: the generated key itself.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of these indices.
    ///
    /// # Errors
    /// [`Abort::NotDerivable`] if there are too many or one is hardened, 2³¹ or more.
    pub fn new(indices: Vec<u32>) -> Result<Self, Abort> {
        if indices.len() <= Self::MAX_DEPTH && indices.iter().all(|index| *index < HARDENED) {
            Ok(Self(indices))
        } else {
            Err(Abort::NotDerivable)
        }
    }

    /// The indices, from the generated key down.
    pub fn indices(&self) -> &[u32] {
        &self.0
    }

    /// Whether this is the generated key itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl BorshSerialize for Path {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        (self.0.len() as u8).serialize(writer)?;
        self.0.iter().try_for_each(|index| index.serialize(writer))
    }
}

impl BorshDeserialize for Path {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let length = usize::from(u8::deserialize_reader(reader)?);
        let indices = (0..length.min(Self::MAX_DEPTH + 1)).map(|_| u32::deserialize_reader(reader));
        Self::new(indices.collect::<Result<_, _>>()?).map_err(|_| borsh::io::ErrorKind::InvalidData.into())
    }
}

/// What a path adds to a key: the sum of its tweaks, and the chain code it ends with.
struct Tweak {
    sum: k256::Scalar,
    chain_code: [u8; 32],
}

impl KeyInfo {
    /// The public data of the child at `path`: its chain code and public shares; wallet, epoch and key id stay.
    ///
    /// # Errors
    /// [`Abort::NotDerivable`] if the scheme has no children of this kind (Ed25519); [`Abort::Degenerate`] if BIP32 skips the
    /// index, one in 2¹²⁷.
    pub fn child(&self, path: &Path) -> Result<Self, Abort> {
        if path.is_root() {
            return Ok(self.clone());
        }
        let tweak = self.tweak(path)?;
        self.tweaked(&tweak)
    }

    /// CKDpub along the path (BIP32, Public parent key → public child key).
    ///
    /// Source: docs/protocol.md, Derivation, step 1.
    fn tweak(&self, path: &Path) -> Result<Tweak, Abort> {
        if self.scheme != Scheme::EcdsaSecp256k1 {
            return Err(Abort::NotDerivable);
        }
        let mut parent = *self.public_key()?.secp256k1()?;
        let mut chain_code = self.chain_code;
        let mut sum = k256::Scalar::ZERO;
        for index in path.indices() {
            // Step 2: I = HMAC-SHA512(key = c, data = serP(K) ‖ ser32(i)).
            let mut hmac = Hmac::<Sha512>::new_from_slice(&chain_code).map_err(|_| Abort::Inconsistent)?;
            hmac.update(&parent.to_bytes());
            hmac.update(&index.to_be_bytes());
            let output: [u8; 64] = hmac.finalize().into_bytes().into();
            // Steps 3 to 5: the child is I_L·G + K with I_R as chain code; nothing if I_L is q or more, or the sum the identity.
            let ([left, right], []) = output.as_chunks::<32>() else {
                return Err(Abort::Inconsistent);
            };
            let step = *secp256k1::Scalar::from_bytes(left)
                .map_err(|_| Abort::Degenerate)?
                .get();
            let child = parent.to_projective() + ProjectivePoint::GENERATOR * step;
            parent = secp256k1::Point::new(child).ok_or(Abort::Degenerate)?;
            chain_code = *right;
            sum += step;
        }
        Ok(Tweak { sum, chain_code })
    }

    /// Source: docs/protocol.md, Derivation, step 2.
    fn tweaked(&self, tweak: &Tweak) -> Result<Self, Abort> {
        let client = self.client.secp256k1()?.to_projective() + ProjectivePoint::GENERATOR * tweak.sum;
        let client = secp256k1::Point::new(client).ok_or(Abort::Degenerate)?;
        Ok(Self {
            chain_code: tweak.chain_code,
            client: Point::Secp256k1(client),
            ..self.clone()
        })
    }
}

impl Share {
    /// The share of the child at `path`, for one signature.
    ///
    /// Source: docs/protocol.md, Derivation, steps 2 and 3.
    pub(crate) fn child(&self, path: &Path) -> Result<Self, Abort> {
        if path.is_root() {
            return Ok(self.copy());
        }
        let tweak = self.info().tweak(path)?;
        let info = self.info().tweaked(&tweak)?;
        let secret = match (self.role(), secp256k1::SecretScalar::new(tweak.sum)) {
            (Role::Client, Some(sum)) => self.secret().plus(&SecretScalar::Secp256k1(sum))?,
            _ => self.secret().copy(),
        };
        Self::new(self.role(), secret, info)
    }
}

#[cfg(test)]
mod tests;
