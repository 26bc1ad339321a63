//! Shares, pairings and the proof key at rest: each under its own random key, which the key-encryption key wraps. Erasing the wrapped key
//! erases the secret.

use ed25519_dalek::SigningKey;
use mpc::{Epoch, PairingId, Role, Scheme, Share, WalletId, pairing::CoSignerPairing};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::{
    key_encryption::{DataKey, KeyEncryption, Unopened, open, seal},
    store::SealedSecret,
};

const SHARE: &[u8] = b"claimkit/cosigner/share/v1";
const PAIRING: &[u8] = b"claimkit/cosigner/pairing/v1";
const PROOF_KEY: &[u8] = b"claimkit/cosigner/proof-key/v1";

/// Which share a sealed secret is: what key and ciphertext are bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShareName {
    pub(crate) wallet: WalletId,
    pub(crate) epoch: Epoch,
    pub(crate) scheme: Scheme,
}

impl ShareName {
    fn context(&self) -> Vec<u8> {
        [
            SHARE,
            &self.wallet.0,
            &self.epoch.0.to_le_bytes(),
            &[self.scheme as u8, Role::CoSigner as u8],
        ]
        .concat()
    }
}

pub(crate) fn seal_share(kek: &dyn KeyEncryption, share: &Share) -> Result<SealedSecret, Unopened> {
    let info = share.info();
    let name = ShareName {
        wallet: info.wallet,
        epoch: info.epoch,
        scheme: info.scheme,
    };
    seal_secret(kek, &name.context(), &share.to_bytes())
}

/// Opens a share, and checks that it is the one that was asked for.
pub(crate) fn open_share(kek: &dyn KeyEncryption, name: ShareName, sealed: &SealedSecret) -> Result<Share, Unopened> {
    let bytes = open_secret(kek, &name.context(), sealed)?;
    let share = Share::from_bytes(&bytes).map_err(|_| Unopened)?;
    let info = share.info();
    let same = (info.wallet, info.epoch, info.scheme) == (name.wallet, name.epoch, name.scheme);
    if same && share.role() == Role::CoSigner {
        Ok(share)
    } else {
        Err(Unopened)
    }
}

pub(crate) fn seal_pairing(kek: &dyn KeyEncryption, pairing: &CoSignerPairing) -> Result<SealedSecret, Unopened> {
    seal_secret(kek, &[PAIRING, &pairing.id().0].concat(), &pairing.to_bytes())
}

pub(crate) fn open_pairing(
    kek: &dyn KeyEncryption,
    id: PairingId,
    sealed: &SealedSecret,
) -> Result<CoSignerPairing, Unopened> {
    let bytes = open_secret(kek, &[PAIRING, &id.0].concat(), sealed)?;
    CoSignerPairing::from_bytes(&bytes).map_err(|_| Unopened)
}

pub(crate) fn seal_proof_key(kek: &dyn KeyEncryption, key: &SigningKey) -> Result<SealedSecret, Unopened> {
    let public_key = key.verifying_key().to_bytes();
    seal_secret(kek, &[PROOF_KEY, &public_key].concat(), key.as_bytes())
}

/// Opens a proof key, and checks that it is the one that was asked for.
pub(crate) fn open_proof_key(
    kek: &dyn KeyEncryption,
    public_key: &[u8; 32],
    sealed: &SealedSecret,
) -> Result<SigningKey, Unopened> {
    let seed = open_secret(kek, &[PROOF_KEY, public_key].concat(), sealed)?;
    let key = SigningKey::try_from(seed.as_slice()).map_err(|_| Unopened)?;
    if key.verifying_key().as_bytes() == public_key {
        Ok(key)
    } else {
        Err(Unopened)
    }
}

fn seal_secret(kek: &dyn KeyEncryption, context: &[u8], secret: &[u8]) -> Result<SealedSecret, Unopened> {
    let mut key: DataKey = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(key.as_mut());
    Ok(SealedSecret {
        wrapped_key: kek.wrap(&key, context)?,
        ciphertext: seal(&key, context, secret)?,
    })
}

fn open_secret(kek: &dyn KeyEncryption, context: &[u8], sealed: &SealedSecret) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    open(&kek.unwrap(&sealed.wrapped_key, context)?, context, &sealed.ciphertext)
}
