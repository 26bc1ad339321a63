//! One party's share of a key, and what both parties know of it.

use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::Zeroizing;

use crate::{Abort, Epoch, Point, Role, Scheme, WalletId};

/// What both parties, and nobody secretly, know of a wallet's key at one epoch.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyInfo {
    /// The wallet the key belongs to.
    pub wallet: WalletId,
    /// The signature scheme.
    pub scheme: Scheme,
    /// The epoch of the two shares.
    pub epoch: Epoch,
    /// The hash of the key generation's transcript: the same in every epoch.
    pub key_id: [u8; 32],
    /// BIP32 chain code, the same in every epoch.
    pub chain_code: [u8; 32],
    /// B = bG, the client's public share.
    pub client: Point,
    /// A = aG, the co-signer's public share.
    pub co_signer: Point,
}

impl KeyInfo {
    /// X = A + B, the wallet's public key.
    ///
    /// # Errors
    /// [`Abort::Malformed`] if the sum is the identity.
    pub fn public_key(&self) -> Result<Point, Abort> {
        todo!()
    }
}

/// One party's share: a secret scalar and the public data that goes with it. Erased when dropped.
pub struct Share {
    _role: Role,
    info: KeyInfo,
}

impl Share {
    /// Which party's share this is.
    pub fn role(&self) -> Role {
        todo!()
    }

    /// What both parties know of the key.
    pub fn info(&self) -> &KeyInfo {
        &self.info
    }

    /// X, the wallet's public key: never the identity, which was checked when the share was made.
    pub fn public_key(&self) -> Point {
        todo!()
    }

    /// The share as bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }

    /// Reads a share and checks it: the secret belongs to the public share of its role, and X is not the identity.
    ///
    /// # Errors
    /// [`Abort::Malformed`] if any of that does not hold.
    pub fn from_bytes(_bytes: &[u8]) -> Result<Self, Abort> {
        todo!()
    }
}

impl core::fmt::Debug for Share {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Share(<redacted>)")
    }
}
