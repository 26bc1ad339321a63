//! The pairing of a back-end process: one for all its wallets, made on first use.

use std::rc::Rc;

use borsh::{BorshDeserialize, BorshSerialize};
use futures_util::lock::Mutex;
use hkdf::Hkdf;
use mpc::{PairingId, pairing::ClientPairing};
use sha2::Sha256;
use wire::{CoSignerIdentity, DecodeError, Envelope};
use zeroize::Zeroizing;

use super::Inner;
use crate::{
    Error,
    exchange::Caller,
    host::{Cancel, Host},
    pairing,
    seal::{Sealed, SealingKey},
    text,
};

/// The HKDF info of the key that an exported pairing is sealed under.
const EXPORT_KEY: &[u8] = b"claimkit/pairing/export/v1";

/// Holds the pairing. Who comes while it is being made waits for it.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Rc<ClientPairing>>>);

impl Slot {
    /// The pairing, made if there is none.
    pub(super) async fn get<H: Host>(&self, server: &Inner<H>, cancel: &Cancel) -> Result<Rc<ClientPairing>, Error> {
        let mut held = self.0.lock().await;
        if let Some(pairing) = &*held {
            return Ok(pairing.clone());
        }
        let caller = Caller::ApiKey(server.api_key.header());
        let made = pairing::agree(&*server.host, &server.identity, caller, cancel).await?;
        let pairing = Rc::new(made);
        *held = Some(pairing.clone());
        Ok(pairing)
    }

    /// Takes a pairing in place of the one that is held.
    pub(super) async fn put(&self, pairing: ClientPairing) {
        *self.0.lock().await = Some(Rc::new(pairing));
    }

    /// Gives a burnt pairing up: the next use makes another.
    pub(super) async fn discard(&self, burnt: PairingId) {
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|pairing| pairing.id() == burnt) {
            *held = None;
        }
    }
}

/// A pairing, sealed under a key of the back end's.
#[derive(BorshSerialize, BorshDeserialize)]
struct ExportedPairing {
    about: About,
    sealed: Sealed,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct About {
    pairing: PairingId,
    co_signer: CoSignerIdentity,
}

impl Envelope for ExportedPairing {
    const KIND: u8 = 7;
    const NAME: &'static str = "exported pairing";
    const LIMIT: usize = 64 * 1024;
}

fn sealing_key(key: &Zeroizing<[u8; 32]>) -> Result<SealingKey, Error> {
    let mut derived = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, key.as_slice())
        .expand(EXPORT_KEY, derived.as_mut_slice())
        .map_err(|_| Error::Internal("a key can't be derived"))?;
    Ok(SealingKey::new(&derived))
}

/// Seals a pairing.
pub(super) fn export(
    pairing: &ClientPairing,
    co_signer: CoSignerIdentity,
    key: &Zeroizing<[u8; 32]>,
) -> Result<String, Error> {
    let about = About {
        pairing: pairing.id(),
        co_signer,
    };
    let sealed = sealing_key(key)?.seal(&pairing.to_bytes(), &about)?;
    Ok(text::encode(&ExportedPairing { about, sealed }.to_envelope()))
}

/// Opens a sealed pairing.
pub(super) fn import(
    exported: &str,
    co_signer: &CoSignerIdentity,
    key: &Zeroizing<[u8; 32]>,
) -> Result<ClientPairing, Error> {
    let exported = ExportedPairing::from_text(exported).map_err(|error| match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::TooLong { .. } | DecodeError::Kind { .. } | DecodeError::Malformed { .. } => {
            Error::Argument("this is no exported pairing")
        }
    })?;
    if exported.about.co_signer != *co_signer {
        return Err(Error::Argument("the exported pairing is of another co-signer"));
    }
    sealing_key(key)?
        .open(&exported.sealed, &exported.about)
        .and_then(|bytes| ClientPairing::from_bytes(&bytes).ok())
        .filter(|pairing| pairing.id() == exported.about.pairing)
        .ok_or(Error::Argument(
            "the exported pairing does not open: it was sealed under another key, or is damaged",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::released::{identity, pairing};

    /// Written once, as [`crate::released`] says.
    const V1: &str = include_str!("../../tests/released/exported-pairing-v1.txt");

    #[test]
    fn an_exported_pairing_of_version_1_opens() {
        let key = Zeroizing::new([0xc6; 32]);
        if V1.is_empty() && std::env::var_os("CLAIMKIT_BLESS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/released/exported-pairing-v1.txt");
            std::fs::write(path, export(&pairing(), identity(), &key).unwrap()).unwrap();
            return;
        }
        let opened = import(V1, &identity(), &key).unwrap();
        assert_eq!(*opened.to_bytes(), *pairing().to_bytes());
    }
}
