//! The records at rest.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{KeyInfo, PairingId, Role, Share, WalletId, pairing::ClientPairing};
use subtle::ConstantTimeEq;
use wire::{CoSignerIdentity, Envelope, Receipt, WalletType, message::VERSION};

use super::{DAMAGED, WrappingKey};
use crate::{Error, seal::Sealed};

/// What this browser holds of one wallet.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct WalletRecord {
    /// The co-signer that holds the other share.
    pub(crate) co_signer: CoSignerIdentity,
    /// The relying party that the passkey belongs to.
    pub(crate) rp_id: String,
    /// The share that signs.
    pub(crate) active: Option<SealedShare>,
    /// The share that will, once the co-signer has committed to it.
    pub(crate) pending: Option<SealedShare>,
    /// The receipt of the claim.
    pub(crate) receipt: Option<Receipt>,
}

impl Envelope for WalletRecord {
    const KIND: u8 = 3;
    const NAME: &'static str = "wallet record";
    const LIMIT: usize = 16 * 1024;
}

impl WalletRecord {
    /// The share to show: the one that signs, or the one that may.
    pub(crate) fn share(&self) -> Option<&SealedShare> {
        self.active.as_ref().or(self.pending.as_ref())
    }

    /// The wallet.
    pub(crate) fn wallet(&self) -> Option<WalletId> {
        self.share().map(SealedShare::wallet)
    }

    /// The sealed share of a key, wherever it stands.
    pub(crate) fn share_of(&self, key: &KeyInfo) -> Option<&SealedShare> {
        self.active.iter().chain(&self.pending).find(|share| share.key == *key)
    }

    /// Makes the pending share the active one, if it is this key's. Says whether anything changed.
    pub(crate) fn promote(&mut self, key: &KeyInfo) -> bool {
        match self.pending.take_if(|share| share.key == *key) {
            Some(share) => {
                self.active = Some(share);
                true
            }
            None => false,
        }
    }
}

/// A share, sealed to a passkey.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct SealedShare {
    /// What the wallet is for.
    pub(crate) wallet_type: WalletType,
    /// What is public of the share.
    pub(crate) key: KeyInfo,
    /// The claim that made it.
    pub(crate) claim: [u8; 16],
    /// The pairing that it signs with, where it signs with ECDSA: another, once this one can't be used any more.
    pub(crate) pairing: Option<PairingId>,
    /// The passkey.
    pub(crate) credential: Vec<u8>,
    /// The wrapping key's check value.
    pub(crate) check: [u8; 16],
    sealed: Sealed,
}

/// What a sealed share is bound to.
#[derive(BorshSerialize)]
struct AboutShare<'a> {
    tag: &'a str,
    version: u8,
    role: Role,
    wallet_type: WalletType,
    key: &'a KeyInfo,
    claim: &'a [u8; 16],
    co_signer: &'a CoSignerIdentity,
    credential: &'a [u8],
    rp_id: &'a str,
}

impl SealedShare {
    /// Seals a share.
    pub(crate) fn new(
        wallet_type: WalletType,
        share: &Share,
        claim: [u8; 16],
        pairing: Option<PairingId>,
        co_signer: &CoSignerIdentity,
        wrapping: &WrappingKey,
    ) -> Result<Self, Error> {
        let key = share.info().clone();
        let about = about_share(wallet_type, &key, &claim, co_signer, wrapping);
        let sealed = wrapping.share.seal(&share.to_bytes(), &about)?;
        Ok(Self {
            wallet_type,
            key,
            claim,
            pairing,
            credential: wrapping.credential().to_vec(),
            check: wrapping.check(),
            sealed,
        })
    }

    /// Opens the share.
    pub(crate) fn open(&self, co_signer: &CoSignerIdentity, wrapping: &WrappingKey) -> Result<Share, Error> {
        let about = about_share(self.wallet_type, &self.key, &self.claim, co_signer, wrapping);
        wrapping
            .share
            .open(&self.sealed, &about)
            .and_then(|bytes| Share::from_bytes(&bytes).ok())
            .filter(|share| share.role() == Role::Client && *share.info() == self.key)
            .ok_or(DAMAGED)
    }

    /// The wallet.
    pub(crate) fn wallet(&self) -> WalletId {
        self.key.wallet
    }
}

fn about_share<'a>(
    wallet_type: WalletType,
    key: &'a KeyInfo,
    claim: &'a [u8; 16],
    co_signer: &'a CoSignerIdentity,
    wrapping: &'a WrappingKey,
) -> AboutShare<'a> {
    AboutShare {
        tag: "claimkit/sealed-share/v1",
        version: VERSION,
        role: Role::Client,
        wallet_type,
        key,
        claim,
        co_signer,
        credential: wrapping.credential(),
        rp_id: wrapping.rp_id(),
    }
}

/// A pairing, sealed to a passkey: it serves every wallet of that passkey.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct PairingRecord {
    /// The pairing.
    pub(crate) pairing: PairingId,
    sealed: Sealed,
}

/// What a sealed pairing is bound to.
#[derive(BorshSerialize)]
struct AboutPairing<'a> {
    tag: &'a str,
    version: u8,
    role: Role,
    pairing: PairingId,
    co_signer: &'a CoSignerIdentity,
    credential: &'a [u8],
    rp_id: &'a str,
}

impl Envelope for PairingRecord {
    const KIND: u8 = 4;
    const NAME: &'static str = "pairing record";
    const LIMIT: usize = 64 * 1024;
}

impl PairingRecord {
    /// Seals a pairing.
    pub(crate) fn new(
        pairing: &ClientPairing,
        co_signer: &CoSignerIdentity,
        wrapping: &WrappingKey,
    ) -> Result<Self, Error> {
        let id = pairing.id();
        Ok(Self {
            pairing: id,
            sealed: wrapping
                .pairing
                .seal(&pairing.to_bytes(), &about_pairing(id, co_signer, wrapping))?,
        })
    }

    /// Opens the pairing.
    pub(crate) fn open(&self, co_signer: &CoSignerIdentity, wrapping: &WrappingKey) -> Result<ClientPairing, Error> {
        wrapping
            .pairing
            .open(&self.sealed, &about_pairing(self.pairing, co_signer, wrapping))
            .and_then(|bytes| ClientPairing::from_bytes(&bytes).ok())
            .filter(|pairing| pairing.id() == self.pairing)
            .ok_or(DAMAGED)
    }
}

fn about_pairing<'a>(
    pairing: PairingId,
    co_signer: &'a CoSignerIdentity,
    wrapping: &'a WrappingKey,
) -> AboutPairing<'a> {
    AboutPairing {
        tag: "claimkit/sealed-pairing/v1",
        version: VERSION,
        role: Role::Client,
        pairing,
        co_signer,
        credential: wrapping.credential(),
        rp_id: wrapping.rp_id(),
    }
}

/// The WebAuthn user handle of a passkey that a claim has begun to make.
///
/// Kept before the prompt, so that a claim which does not end well leaves one passkey at most: the next try in this browser makes its
/// own with the same handle, and the authenticator puts it in the place of the one before. No other browser draws the same, so
/// that none can replace, on an authenticator that syncs, a passkey which a commit rests on. Nor is it used again while a prompt may be
/// open: one that a page has given up, or died over, can still be answered, on another device, and would then replace whatever is
/// made with the same handle meanwhile.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(crate) struct HandleRecord {
    /// 32 random bytes.
    pub(crate) user_handle: [u8; 32],
    /// Whether nobody knows that the prompt which it was shown in has ended.
    pub(crate) is_open: bool,
}

impl Envelope for HandleRecord {
    const KIND: u8 = 9;
    const NAME: &'static str = "handle record";
    const LIMIT: usize = 64;
}

/// Whether two shares are the same, secret and all.
pub(crate) fn same_share(a: &Share, b: &Share) -> bool {
    a.to_bytes().ct_eq(&b.to_bytes()).into()
}
