//! What is approved, as bytes: both sides build these from what they hold and hash them with [`mpc::tags::hash`].

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{
    Abort, Digest, Epoch, KeyInfo, Point, Scheme, Signature, WalletId, channel::ChannelPublicKey, refresh::Evidence,
    tags,
};

use crate::{RequestKey, bounded, ceremony::SessionTerms, message::write};

/// Tag of the hash of a [`ClaimTranscript`]: the challenge that a claim's passkey is made with, or that approves a rotation.
pub const CLAIM_TRANSCRIPT: &str = "claimkit/claim/transcript/v1";
/// Tag of the other hash of a [`ClaimTranscript`]: the challenge of the first assertion of a claim's passkey, which opens the claim's session.
pub const CLAIM_SESSION: &str = "claimkit/claim/session/v1";
/// Tag of the hash of a [`ClaimStatement`]: the digest that both new shares sign, under a key of its own.
pub const CLAIM_STATEMENT: &str = "claimkit/claim/statement/v1";
/// Tag of the hash of an [`UnlockTranscript`]: the passkey's challenge at an unlock.
pub const UNLOCK_TRANSCRIPT: &str = "claimkit/unlock/transcript/v1";
/// Tag of the hash of an [`ExportTranscript`]: the passkey's challenge at an export.
pub const EXPORT_TRANSCRIPT: &str = "claimkit/export/transcript/v1";
/// Tag of the hash of a [`PasskeyTranscript`]: the challenge of a new passkey, and of the one that approves it, or a removal.
pub const PASSKEY_TRANSCRIPT: &str = "claimkit/passkey/transcript/v1";
/// Tag of the hash of a [`Registration`](crate::ceremony::Registration), as a [`PasskeyTranscript`] names it.
pub const REGISTRATION: &str = "claimkit/passkey/registration/v1";
/// Tag of a prepared share's checksum.
pub const SHARE_CHECKSUM: &str = "claimkit/prepared-share/checksum/v1";
/// Tag of the hash that stands for a claimant's id in a receipt.
pub const CLAIMANT: &str = "claimkit/claimant/v1";
/// Tag of the input that every passkey's PRF is evaluated on.
pub const PRF_INPUT: &str = "claimkit/prf-input/v1";

/// A wallet as a claim names it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimedKey {
    /// The wallet.
    pub wallet: WalletId,
    /// Its scheme.
    pub scheme: Scheme,
    /// X.
    pub public_key: Point,
    /// The epoch that is held; the claim moves to the next.
    pub epoch: Epoch,
}

impl ClaimedKey {
    /// Names the key of a share.
    ///
    /// # Errors
    /// [`mpc::Abort`] if the public shares add up to the identity.
    pub fn of(info: &KeyInfo) -> Result<Self, mpc::Abort> {
        Ok(Self {
            wallet: info.wallet,
            scheme: info.scheme,
            public_key: info.public_key()?,
            epoch: info.epoch,
        })
    }
}

/// What a claim rests on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Ground {
    /// A back end's ticket: wallets are taken over.
    Ticket {
        /// The ticket's nonce.
        nonce: [u8; 16],
        /// The session that the claim ends in.
        session: ClaimedSession,
    },
    /// A session: claimed wallets are rotated once more.
    Session {
        /// The passkey that opened it, by its credential id.
        #[borsh(deserialize_with = "bounded::credential_id")]
        credential: Vec<u8>,
        /// Whom the next shares are sealed to: the digest of each wallet's [`PasskeySet`](crate::PasskeySet), in the keys' order.
        #[borsh(deserialize_with = "bounded::per_wallet")]
        passkeys: Vec<[u8; 32]>,
    },
}

/// The session that a claim ends in: it begins with the commit.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimedSession {
    /// What it is called: no secret, and not its key.
    pub id: [u8; 16],
    /// The key that will seal its requests.
    pub key: ChannelPublicKey,
    /// The key that will sign them.
    pub request_key: RequestKey,
    /// Its end, Unix seconds.
    pub expires_at: u64,
    /// How long it may be, and what of it is counted.
    pub terms: SessionTerms,
}

/// Everything that a claim is about: its hash is the refresh's binding, and the challenge of the passkey that it makes, if any.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimTranscript {
    /// The claim's id, of the co-signer.
    pub claim: [u8; 16],
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// The browser's key, as in the ticket; a session's key.
    pub browser: ChannelPublicKey,
    /// What it rests on.
    pub ground: Ground,
    /// The wallets, in the order of the ticket, or as the session asked.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub keys: Vec<ClaimedKey>,
}

/// What a wallet's both new shares sign before any old share dies.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimStatement {
    /// The wallet.
    pub wallet: WalletId,
    /// X.
    pub public_key: Point,
    /// The epoch that begins.
    pub epoch: Epoch,
    /// Hash of the [`ClaimTranscript`].
    pub transcript: [u8; 32],
    /// Both new public shares, and the proofs that their secrets were known: of a refresh of this wallet to this epoch, for this
    /// transcript.
    pub evidence: Evidence,
    /// The passkey's credential id.
    #[borsh(deserialize_with = "bounded::credential_id")]
    pub credential: Vec<u8>,
}

impl ClaimStatement {
    /// What is signed: under the key that [`statement_key`](mpc::context_key::statement_key) gives of it, and under no other.
    pub fn digest(&self) -> Digest {
        Digest(tags::hash(CLAIM_STATEMENT, &[&to_bytes(self)]))
    }

    /// Checks that both new shares are of X, and were known to who proved them, in this claim.
    ///
    /// # Errors
    /// As [`Evidence::verify`].
    pub fn verify_shares(&self) -> Result<(), Abort> {
        self.evidence
            .verify(self.wallet, &self.public_key, self.epoch, &self.transcript)
    }

    /// Checks the wallet's signature of the statement.
    ///
    /// # Errors
    /// [`Abort::WrongSignature`] if it does not verify: also for an ordinary signature of the digest; [`Abort::OtherCurve`] if it is of
    /// another scheme.
    pub fn verify_signature(&self, signature: &Signature) -> Result<(), Abort> {
        signature.verify_statement(&self.public_key, &self.digest())
    }
}

/// Everything that an export is about: its hash is the passkey's challenge.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExportTranscript {
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// The session's key.
    pub session: ChannelPublicKey,
    /// The key that is to be exported, at the epoch that is held.
    pub key: ClaimedKey,
}

/// Everything that a change of a wallet's passkeys is about: its hash is the challenge of the passkey that approves it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyTranscript {
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// The session's key.
    pub session: ChannelPublicKey,
    /// The wallets, as the session named them.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub keys: Vec<ClaimedKey>,
    /// The digest of each wallet's [`PasskeySet`](crate::PasskeySet) before, in the same order.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub passkeys: Vec<[u8; 32]>,
    /// What is done.
    pub change: PasskeyChange,
}

/// What is done about a passkey.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PasskeyChange {
    /// It is made: this is its own challenge, and changes nothing.
    Make,
    /// It opens the wallets from now on.
    Add {
        /// Hash of its registration.
        registration: [u8; 32],
        /// What shares are sealed to.
        key: ChannelPublicKey,
    },
    /// It opens them no more: its credential id.
    Remove(#[borsh(deserialize_with = "bounded::credential_id")] Vec<u8>),
}

/// Everything that an unlock is about: its hash is the passkey's challenge.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnlockTranscript {
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// The key that the session will be bound to.
    pub session: ChannelPublicKey,
    /// The key that will sign its requests.
    pub request_key: RequestKey,
    /// The wallets to be unlocked.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub wallets: Vec<WalletId>,
    /// The session's end, Unix seconds.
    pub expires_at: u64,
}

/// The canonical bytes of a statement or transcript, to be hashed under its tag.
pub fn to_bytes(statement: &impl BorshSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, statement);
    bytes
}
