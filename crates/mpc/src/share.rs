//! One party's share of a key, and what both parties know of it.

use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::Zeroizing;

use crate::{Abort, Epoch, Point, Role, Scheme, WalletId, scalar::SecretScalar};

/// The version of a stored share's form.
const VERSION: u8 = 1;

/// The bytes of a key's public data: wallet, scheme, epoch, key id, chain code, two points.
const INFO_LENGTH: usize = 16 + 1 + 4 + 32 + 32 + 33 + 33;

/// The bytes of a stored share: version, role, secret, public data.
const LENGTH: usize = 1 + 1 + 32 + INFO_LENGTH;

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
    /// [`Abort::NoKey`] if the sum is the identity; [`Abort::OtherCurve`] if a public share is not of the scheme's curve.
    pub fn public_key(&self) -> Result<Point, Abort> {
        self.client.expect(self.scheme)?;
        self.client.plus(&self.co_signer)?.ok_or(Abort::NoKey)
    }

    /// The 151 bytes that borsh writes, for hashes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(INFO_LENGTH);
        bytes.extend(self.wallet.0);
        bytes.push(self.scheme as u8);
        bytes.extend(self.epoch.0.to_le_bytes());
        bytes.extend(self.key_id);
        bytes.extend(self.chain_code);
        bytes.extend(self.client.to_bytes());
        bytes.extend(self.co_signer.to_bytes());
        bytes
    }

    /// The public share of a role.
    pub fn public_share(&self, role: Role) -> &Point {
        match role {
            Role::Client => &self.client,
            Role::CoSigner => &self.co_signer,
        }
    }
}

/// One party's share: a secret scalar and the public data that goes with it. Erased when dropped.
pub struct Share {
    role: Role,
    secret: SecretScalar,
    info: KeyInfo,
    public_key: Point,
}

impl Share {
    /// Puts a share together.
    ///
    /// # Errors
    /// [`Abort::NoKey`] if X is the identity; [`Abort::Inconsistent`] if the secret does not belong to the role's
    /// public share.
    pub(crate) fn new(role: Role, secret: SecretScalar, info: KeyInfo) -> Result<Self, Abort> {
        let public_key = info.public_key()?;
        if secret.to_point() == *info.public_share(role) {
            Ok(Self {
                role,
                secret,
                info,
                public_key,
            })
        } else {
            Err(Abort::Inconsistent)
        }
    }

    /// Which party's share this is.
    pub fn role(&self) -> Role {
        self.role
    }

    /// What both parties know of the key.
    pub fn info(&self) -> &KeyInfo {
        &self.info
    }

    /// X, the wallet's public key: never the identity, which was checked when the share was made.
    pub fn public_key(&self) -> Point {
        self.public_key
    }

    /// A second copy, which is dropped with the signature it is made for.
    pub(crate) fn copy(&self) -> Self {
        Self {
            role: self.role,
            secret: self.secret.copy(),
            info: self.info.clone(),
            public_key: self.public_key,
        }
    }

    pub(crate) fn secret(&self) -> &SecretScalar {
        &self.secret
    }

    /// Refuses a share that is not of this role.
    ///
    /// # Errors
    /// [`Abort::WrongRole`].
    pub(crate) fn expect_role(&self, role: Role) -> Result<(), Abort> {
        if self.role == role {
            Ok(())
        } else {
            Err(Abort::WrongRole)
        }
    }

    /// The share as 185 bytes, to be sealed at once.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Of full size from the start: a vector that grows leaves copies of the secret behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH));
        bytes.extend([VERSION, self.role as u8]);
        bytes.extend(self.secret.to_bytes().iter());
        bytes.extend(self.info.to_bytes());
        bytes
    }

    /// Reads a share and checks it: the secret belongs to the public share of its role, and X is not the identity.
    ///
    /// # Errors
    /// [`Abort::Malformed`] if any of that does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Abort> {
        Self::read(bytes).ok_or(Abort::Malformed("share"))
    }

    fn read(mut bytes: &[u8]) -> Option<Self> {
        let (version, role) = <(u8, Role)>::deserialize(&mut bytes).ok()?;
        let secret = Zeroizing::new(<[u8; 32]>::deserialize(&mut bytes).ok()?);
        let (wallet, scheme, epoch, key_id, chain_code) = <_>::deserialize(&mut bytes).ok()?;
        let (client, co_signer) = <([u8; 33], [u8; 33])>::deserialize(&mut bytes).ok()?;
        if version != VERSION || !bytes.is_empty() {
            return None;
        }
        let secret = SecretScalar::from_bytes(scheme, &secret).ok()?;
        let own = secret.to_point();
        // The own public share is compared, not decoded: it is right if and only if its encoding is.
        let read = |of, encoded: [u8; 33]| {
            if of == role {
                (own.to_bytes() == encoded).then_some(own)
            } else {
                Point::from_bytes(&encoded).ok()
            }
        };
        let info = KeyInfo {
            wallet,
            scheme,
            epoch,
            key_id,
            chain_code,
            client: read(Role::Client, client)?,
            co_signer: read(Role::CoSigner, co_signer)?,
        };
        let public_key = info.public_key().ok()?;
        Some(Self {
            role,
            secret,
            info,
            public_key,
        })
    }
}

impl core::fmt::Debug for Share {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Share(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn share(scheme: Scheme, role: Role) -> Share {
        let [client, co_signer] = [(); 2].map(|()| SecretScalar::random(scheme, &mut OsRng));
        let info = KeyInfo {
            wallet: WalletId::random(&mut OsRng),
            scheme,
            epoch: Epoch(0x0102_0304),
            key_id: [5; 32],
            chain_code: [6; 32],
            client: client.to_point(),
            co_signer: co_signer.to_point(),
        };
        let secret = match role {
            Role::Client => client,
            Role::CoSigner => co_signer,
        };
        Share::new(role, secret, info).unwrap()
    }

    fn refused(bytes: &[u8]) {
        assert_eq!(
            Share::from_bytes(bytes).err(),
            Some(Abort::Malformed("share")),
            "{bytes:02x?}"
        );
    }

    #[test]
    fn a_stored_share_reads_back() {
        for scheme in Scheme::ALL {
            for role in [Role::Client, Role::CoSigner] {
                let share = share(scheme, role);
                let bytes = share.to_bytes();
                assert_eq!((bytes.len(), bytes.capacity()), (LENGTH, LENGTH));
                let read = Share::from_bytes(&bytes).unwrap();
                assert_eq!(
                    (read.role(), read.info(), read.public_key()),
                    (role, share.info(), share.public_key())
                );
                assert_eq!(*read.secret().to_bytes(), *share.secret().to_bytes());
            }
        }
    }

    #[test]
    fn the_stored_form_ends_with_the_key_info() {
        for scheme in Scheme::ALL {
            let share = share(scheme, Role::Client);
            let bytes = share.to_bytes();
            assert_eq!(bytes[..2], [1, 1]);
            assert_eq!(bytes[2..34], *share.secret().to_bytes());
            assert_eq!(bytes[34..], borsh::to_vec(share.info()).unwrap());
        }
    }

    #[test]
    fn another_version_role_scheme_or_length_is_refused() {
        for scheme in Scheme::ALL {
            let bytes = share(scheme, Role::Client).to_bytes();
            refused(&[]);
            refused(&bytes[..LENGTH - 1]);
            refused(&[&bytes[..], &[0]].concat());
            for (position, wrong) in [
                (0, 0),
                (0, 2),
                (1, 0),
                (1, 3),
                (50, 0),
                (50, 3),
                (50, scheme.other() as u8),
            ] {
                let mut other = bytes.to_vec();
                other[position] = wrong;
                refused(&other);
            }
        }
    }

    #[test]
    fn a_secret_of_the_other_role_is_refused() {
        for scheme in Scheme::ALL {
            let mut bytes = share(scheme, Role::Client).to_bytes();
            bytes[1] = Role::CoSigner as u8;
            refused(&bytes);
        }
    }

    #[test]
    fn a_flipped_bit_in_secret_or_own_public_share_is_refused() {
        for scheme in Scheme::ALL {
            let bytes = share(scheme, Role::Client).to_bytes();
            let own = LENGTH - 66..LENGTH - 33;
            for bit in (2 * 8..34 * 8).chain(own.start * 8..own.end * 8) {
                let mut other = bytes.to_vec();
                other[bit / 8] ^= 1 << (bit % 8);
                refused(&other);
            }
        }
    }

    #[test]
    fn public_shares_that_cancel_out_are_refused() {
        for scheme in Scheme::ALL {
            let mut bytes = share(scheme, Role::Client).to_bytes();
            let mut negated: [u8; 33] = bytes[LENGTH - 66..LENGTH - 33].try_into().unwrap();
            match scheme {
                Scheme::EcdsaSecp256k1 => negated[0] ^= 1,
                Scheme::EddsaEd25519 => negated[32] ^= 0x80,
            }
            assert!(Point::from_bytes(&negated).is_ok());
            bytes[LENGTH - 33..].copy_from_slice(&negated);
            refused(&bytes);
        }
    }

    #[test]
    fn a_point_or_scheme_of_the_other_curve_is_refused() {
        for scheme in Scheme::ALL {
            let share = share(scheme, Role::Client);
            let other = Point::generator(scheme.other());
            let changes: [&dyn Fn(&mut KeyInfo); 4] = [
                &|info| info.client = other,
                &|info| info.co_signer = other,
                &|info| (info.client, info.co_signer) = (other, other),
                &|info| info.scheme = scheme.other(),
            ];
            for change in changes {
                let mut info = share.info().clone();
                change(&mut info);
                assert_eq!(info.public_key(), Err(Abort::OtherCurve));
                let refused = Share::new(Role::Client, share.secret().copy(), info).err();
                assert_eq!(refused, Some(Abort::OtherCurve));
            }
            let secret = SecretScalar::random(scheme.other(), &mut OsRng);
            let refused = Share::new(Role::Client, secret, share.info().clone()).err();
            assert_eq!(refused, Some(Abort::Inconsistent));
        }
    }

    #[test]
    fn debug_says_redacted() {
        for scheme in Scheme::ALL {
            assert_eq!(format!("{:?}", share(scheme, Role::Client)), "Share(<redacted>)");
        }
    }
}
