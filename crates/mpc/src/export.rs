//! Export: the whole key, put together at the client (docs/protocol.md, Export).
//!
//! The co-signer reveals its share inside the channel, where its operator's policy allows it. Afterwards the client alone holds the
//! key: nothing that the co-signer refuses is out of its reach any more.

use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{Abort, Role, Scheme, Share, scalar::SecretScalar};

/// A secret scalar on its way inside the channel; 32 bytes, in the scheme's byte order. Erased when dropped.
pub(crate) struct Secret(Box<Zeroizing<[u8; 32]>>);

impl Secret {
    pub(crate) fn new(secret: &SecretScalar) -> Self {
        Self(Box::new(secret.to_bytes()))
    }

    pub(crate) fn read(&self, scheme: Scheme) -> Result<SecretScalar, Abort> {
        SecretScalar::from_bytes(scheme, &self.0)
    }
}

impl ZeroizeOnDrop for Secret {}

impl BorshSerialize for Secret {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        writer.write_all(self.0.as_slice())
    }
}

impl BorshDeserialize for Secret {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        reader.read_exact(secret.as_mut_slice())?;
        Ok(Self(secret))
    }
}

/// Co-signer to client: a; 32 bytes, secret.
#[derive(BorshSerialize, BorshDeserialize)]
#[cfg_attr(feature = "schema", derive(borsh::BorshSchema))]
pub struct Reveal(Secret);

/// Reveals the co-signer's share.
///
/// # Errors
/// [`Abort::WrongRole`] if `share` is not a co-signer's.
///
/// # Security
/// The caller answers for who asks: with its own share the client has the whole key from here on.
pub fn co_signer_reveal(share: &Share) -> Result<Reveal, Abort> {
    share.expect_role(Role::CoSigner)?;
    Ok(Reveal(Secret::new(share.secret())))
}

/// Puts the key together: 32 bytes, big-endian for secp256k1; for Ed25519 the scalar, little-endian, of which no seed is known.
///
/// # Errors
/// [`Abort::WrongRole`] if `share` is not a client's; [`Abort::WrongReveal`] if what was revealed is not the secret of A.
pub fn client_combine(share: &Share, reveal: Reveal) -> Result<Zeroizing<[u8; 32]>, Abort> {
    share.expect_role(Role::Client)?;
    let revealed = reveal.0.read(share.info().scheme).map_err(|_| Abort::WrongReveal)?;
    if revealed.to_point() != share.info().co_signer {
        return Err(Abort::WrongReveal);
    }
    Ok(share.secret().plus(&revealed)?.to_bytes())
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::{Epoch, KeyInfo, WalletId};

    fn shares(scheme: Scheme) -> [Share; 2] {
        let [client, co_signer] = [(); 2].map(|()| SecretScalar::random(scheme, &mut OsRng));
        let info = KeyInfo {
            wallet: WalletId([1; 16]),
            scheme,
            epoch: Epoch(1),
            key_id: [2; 32],
            chain_code: [3; 32],
            client: client.to_point(),
            co_signer: co_signer.to_point(),
        };
        [(Role::Client, client), (Role::CoSigner, co_signer)]
            .map(|(role, secret)| Share::new(role, secret, info.clone()).unwrap())
    }

    #[test]
    fn the_exported_key_is_the_public_keys() {
        for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
            let [client, co_signer] = shares(scheme);
            let key = client_combine(&client, co_signer_reveal(&co_signer).unwrap()).unwrap();
            let key = SecretScalar::from_bytes(scheme, &key).unwrap();
            assert_eq!(key.to_point(), client.public_key());
        }
    }

    #[test]
    fn another_secret_than_the_co_signers_is_refused() {
        for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
            let [client, _] = shares(scheme);
            let [_, other] = shares(scheme);
            let reveals = [
                co_signer_reveal(&other).unwrap(),
                borsh::from_slice(&[0xff; 32]).unwrap(),
            ];
            for reveal in reveals {
                assert_eq!(client_combine(&client, reveal).err(), Some(Abort::WrongReveal));
            }
        }
    }

    #[test]
    fn each_side_takes_its_own_share_only() {
        let [client, co_signer] = shares(Scheme::EcdsaSecp256k1);
        assert_eq!(co_signer_reveal(&client).err(), Some(Abort::WrongRole));
        let reveal = co_signer_reveal(&co_signer).unwrap();
        assert_eq!(client_combine(&co_signer, reveal).err(), Some(Abort::WrongRole));
    }
}
