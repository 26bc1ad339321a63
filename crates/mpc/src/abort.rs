//! Why a run ended.

/// Why a protocol run ended: a message failed a check, and the state that checked it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Abort {
    /// Bytes are not of the form that the message or the stored value has.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// The share is the other party's.
    #[error("expected the share of the other role")]
    WrongRole,
    /// A point is of another curve than the key, or the key of another scheme than is asked for.
    #[error("point of another curve than the key's")]
    OtherCurve,
    /// The scheme derives no children, or the path is none.
    #[error("no child at this path")]
    NotDerivable,
    /// The count of epochs is used up.
    #[error("no epoch after the last")]
    EpochsExhausted,
    /// An opening does not fit its commitment, or the two sides do not run the same run of the same key.
    #[error("opening does not fit its commitment")]
    WrongOpening,
    /// A proof of knowledge does not hold for what it was to prove here.
    #[error("proof of knowledge does not hold")]
    WrongProof,
    /// The peer sent back what we had sent.
    #[error("peer mirrored our contribution")]
    Mirrored,
    /// The public shares cancel out: there is no key.
    #[error("public shares cancel out")]
    NoKey,
    /// The two sides have seen different transcripts.
    #[error("confirmation does not fit the transcript")]
    WrongConfirmation,
    /// A value would be zero, the identity or unchanged, which two honest parties do not see in their lifetime.
    #[error("value would be zero or unchanged")]
    Degenerate,
    /// A secret does not belong to its public share: the stored share or this machine is at fault.
    #[error("secret does not belong to its public share")]
    Inconsistent,
    /// The channel did not open or seal something; it is not said why.
    #[error("channel did not open")]
    Channel,
    /// The peer speaks of another pairing, run, wallet, epoch, key or digest. Nothing secret was touched.
    #[error("peer speaks of another run, key or digest")]
    OtherContext,
    /// A tree of a pairing is not what its check says.
    #[error("tree of the pairing fails its check")]
    WrongTree,
    /// The extension of the oblivious transfers fails its check at the co-signer: burns the pairing.
    #[error("oblivious-transfer extension fails its check")]
    WrongExtension,
    /// A multiplication fails its check at the client.
    #[error("multiplication fails its check")]
    WrongProduct,
    /// What the co-signer revealed is not the secret of its public share.
    #[error("revealed secret does not belong to the co-signer's public share")]
    WrongReveal,
    /// A signature does not verify.
    #[error("signature does not verify")]
    WrongSignature,
}

impl Abort {
    /// Says whether the oblivious-transfer set-up must be burnt, durably, before anything is answered.
    ///
    /// # Security
    /// Each failed check of the OT extension tells the peer something of the co-signer's correlation (trap T3).
    pub fn burns_pairing(&self) -> bool {
        match self {
            Self::WrongExtension => true,
            Self::Malformed(_)
            | Self::WrongRole
            | Self::OtherCurve
            | Self::NotDerivable
            | Self::EpochsExhausted
            | Self::WrongOpening
            | Self::WrongProof
            | Self::Mirrored
            | Self::NoKey
            | Self::WrongConfirmation
            | Self::Degenerate
            | Self::Inconsistent
            | Self::Channel
            | Self::OtherContext
            | Self::WrongTree
            | Self::WrongProduct
            | Self::WrongReveal
            | Self::WrongSignature => false,
        }
    }
}
