//! Prepared shares: read and checked at the door, and written.

use borsh::BorshSerialize;
use mpc::{Role, Share, WalletId, tags};
use subtle::ConstantTimeEq;
use wire::{
    ClaimantId, CoSignerIdentity, DecodeError, Envelope, PreparedShare, SecretBytes, WalletType, share::MAX_WALLETS,
    statement::SHARE_CHECKSUM,
};
use zeroize::Zeroizing;

use crate::{Error, WalletInfo};

/// A prepared share whose every check has passed. Erased when dropped.
pub(crate) struct Prepared {
    pub(crate) claimant: ClaimantId,
    pub(crate) co_signer: CoSignerIdentity,
    pub(crate) share: Share,
    pub(crate) info: WalletInfo,
}

impl Prepared {
    /// Puts a fresh share together with what and whom it is for and who holds the other one.
    pub(crate) fn new(
        wallet_type: WalletType,
        claimant: ClaimantId,
        co_signer: CoSignerIdentity,
        share: Share,
    ) -> Result<Self, Error> {
        let info = WalletInfo::of(wallet_type, share.info()).ok_or(DAMAGED)?;
        Ok(Self {
            claimant,
            co_signer,
            share,
            info,
        })
    }

    /// Reads a share from text.
    pub(crate) fn from_text(text: &str) -> Result<Self, Error> {
        PreparedShare::from_text(text).map_err(unreadable).and_then(Self::check)
    }

    /// Reads a share from an envelope's bytes.
    pub(crate) fn from_envelope(bytes: &[u8]) -> Result<Self, Error> {
        PreparedShare::from_envelope(bytes)
            .map_err(unreadable)
            .and_then(Self::check)
    }

    fn check(envelope: PreparedShare) -> Result<Self, Error> {
        let wallet_type = envelope.wallet_type;
        let expected = checksum(wallet_type, &envelope.claimant, &envelope.co_signer, &envelope.share);
        if !bool::from(expected.ct_eq(&envelope.checksum)) {
            return Err(DAMAGED);
        }
        let claimant = envelope.claimant.normalised().map_err(|_| DAMAGED)?;
        let share = Share::from_bytes(envelope.share.as_bytes()).map_err(|_| DAMAGED)?;
        match share.role() {
            Role::Client => Self::new(wallet_type, claimant, envelope.co_signer, share),
            Role::CoSigner => Err(DAMAGED),
        }
    }

    /// The share's envelope.
    pub(crate) fn to_envelope(&self) -> Zeroizing<Vec<u8>> {
        self.envelope().to_envelope()
    }

    /// The share as text.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        self.envelope().to_text()
    }

    /// The share as text, for another claimant.
    pub(crate) fn to_text_for(&self, claimant: ClaimantId) -> Zeroizing<String> {
        self.envelope_for(claimant).to_text()
    }

    fn envelope(&self) -> PreparedShare {
        self.envelope_for(self.claimant.clone())
    }

    fn envelope_for(&self, claimant: ClaimantId) -> PreparedShare {
        let share = SecretBytes::from(self.share.to_bytes());
        let wallet_type = self.info.wallet_type;
        PreparedShare {
            checksum: checksum(wallet_type, &claimant, &self.co_signer, &share),
            wallet_type,
            claimant,
            co_signer: self.co_signer,
            share,
        }
    }
}

/// 1 to 16 prepared shares of one claimant and one co-signer, no wallet twice.
pub(crate) struct PreparedSet {
    shares: Vec<Prepared>,
    claimant: ClaimantId,
    co_signer: CoSignerIdentity,
}

impl PreparedSet {
    /// Puts a set together.
    pub(crate) fn new(shares: Vec<Prepared>) -> Result<Self, Error> {
        let Some(first) = shares.first() else {
            return Err(Error::Argument("no share was given"));
        };
        let (claimant, co_signer) = (first.claimant.clone(), first.co_signer);
        if shares.len() > MAX_WALLETS {
            return Err(Error::Argument("at most 16 wallets are claimed at once"));
        }
        if shares.iter().any(|share| share.co_signer != co_signer) {
            return Err(Error::Share(
                "the shares are of different co-signers: claim them one by one",
            ));
        }
        if shares.iter().any(|share| share.claimant != claimant) {
            return Err(Error::Share(
                "the shares are of different claimants: claim them one by one",
            ));
        }
        let wallets: Vec<_> = shares.iter().map(|share| share.info.id).collect();
        if has_repeats(&wallets) {
            return Err(Error::Argument("one wallet was given twice"));
        }
        Ok(Self {
            shares,
            claimant,
            co_signer,
        })
    }

    /// Reads a set from texts.
    pub(crate) fn from_texts(texts: &[Zeroizing<String>]) -> Result<Self, Error> {
        Self::new(
            texts
                .iter()
                .map(|text| Prepared::from_text(text))
                .collect::<Result<_, _>>()?,
        )
    }

    /// The shares in the order of a ticket; nothing if it is not for exactly these wallets.
    pub(crate) fn in_order(&self, wallets: &[WalletId]) -> Option<Vec<&Prepared>> {
        let ordered: Option<Vec<_>> = wallets
            .iter()
            .map(|wallet| self.shares.iter().find(|share| share.info.id == *wallet))
            .collect();
        ordered.filter(|_| wallets.len() == self.shares.len() && !has_repeats(wallets))
    }

    pub(crate) fn shares(&self) -> &[Prepared] {
        &self.shares
    }

    pub(crate) fn claimant(&self) -> &ClaimantId {
        &self.claimant
    }

    pub(crate) fn co_signer(&self) -> &CoSignerIdentity {
        &self.co_signer
    }
}

const DAMAGED: Error = Error::Share("the prepared share is damaged: get it again from where it is kept");

fn unreadable(error: DecodeError) -> Error {
    match error {
        DecodeError::Version { got, expected } => Error::Version { got, expected },
        DecodeError::Kind { .. } => Error::Share(
            "this is no prepared share: one is base64url text, without quotation marks or anything else around it",
        ),
        DecodeError::TooLong { .. } | DecodeError::Malformed { .. } => DAMAGED,
    }
}

fn checksum(
    wallet_type: WalletType,
    claimant: &ClaimantId,
    co_signer: &CoSignerIdentity,
    share: &SecretBytes,
) -> [u8; 32] {
    let fields = (wallet_type, claimant, co_signer, share);
    // Of full size from the start: a buffer that grows leaves copies of the share behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(borsh::object_length(&fields).unwrap_or(0)));
    // Writing to memory does not fail.
    let _ = fields.serialize(&mut *bytes);
    tags::hash(SHARE_CHECKSUM, &[&bytes])
}

/// Whether a wallet is named twice. There are 16 at most: a hash table would be more to load than this is to run.
fn has_repeats(wallets: &[WalletId]) -> bool {
    (1..)
        .zip(wallets)
        .any(|(next, wallet)| wallets.iter().skip(next).any(|other| other == wallet))
}
