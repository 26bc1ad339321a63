//! The records at rest.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{KeyInfo, PairingId, Role, Share, WalletId, channel, pairing::ClientPairing, tags};
use rand_core::OsRng;
use subtle::ConstantTimeEq;
use wire::{
    CoSignerIdentity, Envelope, ErrorCode, PasskeySet, Receipt, Recipient, WalletType, message::VERSION,
    statement::to_bytes,
};
use zeroize::Zeroizing;

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
    const KIND: u8 = 10;
    const NAME: &'static str = "wallet record";
    const LIMIT: usize = 32 * 1024;
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

/// A share, sealed to each passkey of its wallet.
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
    /// The passkeys.
    pub(crate) passkeys: PasskeySet,
    /// One copy for each, in their order.
    sealed: Vec<Vec<u8>>,
}

/// What a sealed share is, and who may open it.
pub(crate) struct Sealing<'a> {
    pub(crate) wallet_type: WalletType,
    pub(crate) claim: [u8; 16],
    pub(crate) pairing: Option<PairingId>,
    pub(crate) co_signer: &'a CoSignerIdentity,
    pub(crate) rp_id: &'a str,
    pub(crate) passkeys: PasskeySet,
}

/// What a sealed share is bound to.
#[derive(BorshSerialize)]
struct AboutShare<'a> {
    role: Role,
    wallet_type: WalletType,
    key: &'a KeyInfo,
    claim: &'a [u8; 16],
    co_signer: &'a CoSignerIdentity,
    rp_id: &'a str,
    passkeys: &'a PasskeySet,
}

impl AboutShare<'_> {
    fn hash(&self) -> [u8; 32] {
        tags::hash(SEALED_SHARE, &[&to_bytes(self)])
    }
}

impl SealedShare {
    /// Seals a share to each of the passkeys.
    ///
    /// # Security
    /// Anybody can seal something to a passkey's public key. What is sealed is bound to who else may open it, and only whoever knows the share
    /// can have sealed it: so the passkeys of a share that opens are those that its holder sealed it to, and the co-signer, which keeps
    /// the copies, can add none.
    pub(crate) fn new(share: &Share, sealing: Sealing<'_>) -> Result<Self, Error> {
        let Sealing {
            wallet_type,
            claim,
            pairing,
            co_signer,
            rp_id,
            passkeys,
        } = sealing;
        let about = AboutShare {
            role: Role::Client,
            wallet_type,
            key: share.info(),
            claim: &claim,
            co_signer,
            rp_id,
            passkeys: &passkeys,
        };
        let bytes = share.to_bytes();
        let mut secret = Zeroizing::new(Vec::with_capacity(ABOUT + bytes.len()));
        secret.extend_from_slice(&about.hash());
        secret.extend_from_slice(&bytes);
        let seal = |recipient: &Recipient| channel::seal_to(&recipient.key, SEALED_SHARE, &secret, &mut OsRng);
        let sealed: Result<_, _> = passkeys.recipients.iter().map(seal).collect();
        Ok(Self {
            wallet_type,
            key: share.info().clone(),
            claim,
            pairing,
            sealed: sealed.map_err(|_| Error::Internal("nothing can be sealed to one of the wallet's passkeys"))?,
            passkeys,
        })
    }

    /// Opens the share.
    ///
    /// # Errors
    /// [`Error::State`] of code `prf_unavailable` if the passkey is one of these and its output another; [`Error::Share`] for what is damaged.
    pub(crate) fn open(&self, co_signer: &CoSignerIdentity, wrapping: &WrappingKey) -> Result<Share, Error> {
        self.check(wrapping)?;
        let about = AboutShare {
            role: Role::Client,
            wallet_type: self.wallet_type,
            key: &self.key,
            claim: &self.claim,
            co_signer,
            rp_id: wrapping.rp_id(),
            passkeys: &self.passkeys,
        };
        self.copy_for(wrapping)
            .and_then(|sealed| channel::open_from(&wrapping.share, SEALED_SHARE, sealed).ok())
            .and_then(|secret| {
                let (bound_to, bytes) = secret.split_first_chunk::<ABOUT>()?;
                (*bound_to == about.hash()).then(|| Share::from_bytes(bytes).ok())?
            })
            .filter(|share| share.role() == Role::Client && *share.info() == self.key)
            .ok_or(DAMAGED)
    }

    /// Whether the passkey is one of these, with the output that it had when the share was sealed to it.
    pub(crate) fn check(&self, wrapping: &WrappingKey) -> Result<(), Error> {
        let recipient = self.passkeys.recipient(wrapping.credential()).ok_or(OTHER_PASSKEY)?;
        wrapping.expect(recipient)
    }

    /// The wallet.
    pub(crate) fn wallet(&self) -> WalletId {
        self.key.wallet
    }

    fn copy_for(&self, wrapping: &WrappingKey) -> Option<&Vec<u8>> {
        let mut copies = self.passkeys.recipients.iter().zip(&self.sealed);
        let own = copies.find(|(recipient, _)| recipient.credential == wrapping.credential());
        own.map(|(_, sealed)| sealed)
    }
}

/// Tag of what a share is bound to, and label under which it is sealed.
const SEALED_SHARE: &str = "claimkit/sealed-share/v2";
/// The length of what a share is bound to, as it stands before the share.
const ABOUT: usize = 32;

const OTHER_PASSKEY: Error = Error::State {
    code: ErrorCode::NotAuthorised,
    message: "the wallet is not sealed to this passkey: use another one of its passkeys",
};

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
