//! The ceremonies' messages. Each travels inside the channel, sealed under its path.
//!
//! A back end proves itself by its API key in the `Authorization` header and seals in base mode. A browser seals in auth mode:
//! a claim's requests are sent by the key that the ticket names, a session's by the key that the unlock bound. Every request of a
//! session, from [`UnlockFinish`] on, is signed besides ([`http_signature`](crate::http_signature)).

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{
    Digest, Epoch, KeyInfo, PairingId, Path, RunId, Signature, WalletId, channel::ChannelPublicKey, ecdsa, eddsa,
    export, import, keygen, pairing, refresh,
};

use crate::{
    ClaimantId, ProcessMark, RequestKey, Ticket, WalletType, bounded,
    message::Request,
    ownership::{Audience, PROOF_LIMIT, ProofNonce},
    share::MAX_WALLETS,
    statement::ClaimedKey,
};

macro_rules! request {
    ($request:ty => $answer:ty, $path:literal, $limit:expr, $answer_limit:expr) => {
        impl Request for $request {
            const PATH: &'static str = $path;
            const LIMIT: usize = $limit;
            type Answer = $answer;
            const ANSWER_LIMIT: usize = $answer_limit;
        }
    };
}

mod passkeys;

pub use self::passkeys::{
    ListedPasskey, MAX_LISTED_PASSKEYS, NewPasskey, PasskeyAdd, PasskeyList, PasskeyOffer, PasskeyRemove,
    PasskeyRename, PasskeyStart, PasskeysListed,
};

/// The path of every request.
pub const PATHS: [&str; 30] = [
    KeygenStart::PATH,
    KeygenFinish::PATH,
    ImportStart::PATH,
    ImportFinish::PATH,
    PairingStart::PATH,
    PairingFinish::PATH,
    Sign::PATH,
    ClaimStart::PATH,
    RotationStart::PATH,
    ClaimRefresh::PATH,
    ClaimPrepare::PATH,
    ClaimConfirm::PATH,
    ClaimCommit::PATH,
    ClaimAcknowledge::PATH,
    ClaimResume::PATH,
    UnlockStart::PATH,
    UnlockFinish::PATH,
    Copies::PATH,
    ExportStart::PATH,
    ExportFinish::PATH,
    PasskeyStart::PATH,
    PasskeyAdd::PATH,
    PasskeyRemove::PATH,
    PasskeyRename::PATH,
    PasskeyList::PATH,
    SessionRefresh::PATH,
    SessionList::PATH,
    SessionRevoke::PATH,
    Prove::PATH,
    Lock::PATH,
];

/// An answer that says nothing but «done».
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Done {}

// ── Back end: make a wallet ─────────────────────────────────────────────────────────────────────────────────────────

/// Starts key generation (scope `wallets:create`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeygenStart {
    /// Wallet, scheme and run.
    pub context: keygen::Context,
    /// What the wallet is for: its scheme is the context's.
    pub wallet_type: WalletType,
    /// Whom the wallet is for.
    pub claimant: ClaimantId,
    /// m1.
    pub commitment: keygen::Commitment,
}
request!(KeygenStart => keygen::Offer, "/v1/keygen/start", 1024, 512);

/// Ends key generation. The same request gives the same answer: the wallet is stored before it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeygenFinish {
    /// The run.
    pub run: RunId,
    /// m3.
    pub opening: keygen::Opening,
}
request!(KeygenFinish => keygen::Confirmation, "/v1/keygen/finish", 1024, 256);

// ── Back end: import a key ──────────────────────────────────────────────────────────────────────────────────────────

/// Starts an import (scope `wallets:import`): deals the co-signer's share, and refreshes it before anything is stored. The
/// refresh runs under the context's run id, with the key id as binding.
#[derive(BorshSerialize, BorshDeserialize)]
pub struct ImportStart {
    /// Wallet, scheme and run.
    pub context: keygen::Context,
    /// What the wallet is for: its scheme is the context's.
    pub wallet_type: WalletType,
    /// Whom the wallet is for.
    pub claimant: ClaimantId,
    /// The co-signer's share of epoch 0.
    pub deal: import::Deal,
    /// m1 of the refresh.
    pub commitment: refresh::Commitment,
}
request!(ImportStart => refresh::Offer, "/v1/import/start", 1024, 256);

/// Ends an import: the wallet is stored, at epoch 1. The same request gives the same answer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ImportFinish {
    /// The run.
    pub run: RunId,
    /// m3 of the refresh.
    pub opening: refresh::Opening,
}
request!(ImportFinish => refresh::Proof, "/v1/import/finish", 512, 256);

// ── Pair ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Asks for a pairing: of a back-end process (scope `sign`), or of a session whose own was burnt.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PairingStart {
    /// The pairing to be made.
    pub pairing: PairingId,
}
request!(PairingStart => pairing::TransferOffer, "/v1/pairing/start", 128, 16 * 1024);

/// Ends a pairing.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PairingFinish {
    /// The pairing.
    pub pairing: PairingId,
    /// The transfers' answer.
    pub answer: pairing::TransferAnswer,
}
request!(PairingFinish => Done, "/v1/pairing/finish", 24 * 1024, 64);

// ── Sign ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Asks for the co-signer's half of one signature: by a back end before the claim (scope `sign`), by a session after it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sign {
    /// The wallet.
    pub wallet: WalletId,
    /// The epoch that the client holds.
    pub epoch: Epoch,
    /// This run: each is answered once.
    pub run: RunId,
    /// What is signed, and how.
    pub query: SignQuery,
}
request!(Sign => SignAnswer, "/v1/sign", 16 * 1024, 96 * 1024);

/// What is signed, and m1 of its scheme.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, moved once or twice: a box would cost more"
)]
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum SignQuery {
    /// ECDSA.
    Ecdsa {
        /// The pairing to use.
        pairing: PairingId,
        /// From the wallet's key to the child that signs.
        path: Path,
        /// What is signed.
        digest: Digest,
        /// m1.
        query: ecdsa::Query,
    },
    /// Ed25519.
    Eddsa {
        /// What is signed, at most [`eddsa::MAX_MESSAGE`] bytes.
        #[borsh(deserialize_with = "bounded::bytes::<_, 0, { eddsa::MAX_MESSAGE }>")]
        message: Vec<u8>,
        /// m1.
        query: eddsa::Query,
    },
}

/// m2 of the scheme.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, moved once or twice: a box would cost more"
)]
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum SignAnswer {
    /// ECDSA.
    Ecdsa(ecdsa::Answer),
    /// Ed25519.
    Eddsa(eddsa::Answer),
}

// ── Claim ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Asks to claim. Nothing is stored yet: a claim that goes no further leaves no trace.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimStart {
    /// The proof: the back end's ticket.
    pub ticket: Ticket,
    /// The keys as the client holds them, in the ticket's order.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub keys: Vec<ClaimedKey>,
    /// The key that will seal the requests of the session that the claim ends in: another than the one that sends this.
    pub session: ChannelPublicKey,
    /// The key that will sign them.
    pub request_key: RequestKey,
}
request!(ClaimStart => ClaimOffer, "/v1/claim/start", 8 * 1024, 2048);

/// Asks to rotate claimed wallets once more: by a session. What follows is a claim, from its refresh to its acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RotationStart {
    /// The keys as the client holds them: wallets of the session, 1 to [`MAX_WALLETS`].
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub keys: Vec<ClaimedKey>,
}
request!(RotationStart => ClaimOffer, "/v1/rotation/start", 4 * 1024, 2048);

/// What the claim is called, and what the passkey needs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimOffer {
    /// The claim.
    pub claim: [u8; 16],
    /// The co-signer's nonce: part of the transcript that the passkey signs.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// The relying party's name, shown by authenticators.
    #[borsh(deserialize_with = "bounded::rp_name")]
    pub rp_name: String,
    /// Whether the key of each wallet was imported, in the order asked for: the receipts say the same.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub imported: Vec<bool>,
    /// In a rotation, the digest of each wallet's [`PasskeySet`](crate::PasskeySet), in the order asked for; none at a claim.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub passkeys: Vec<[u8; 32]>,
    /// The claim's end, Unix seconds.
    pub expires_at: u64,
    /// The session that a claim ends in; none in a rotation, which has one.
    pub session: Option<OfferedSession>,
}

/// A session as the co-signer offers it with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OfferedSession {
    /// What it will be called: no secret, and not its key.
    pub id: [u8; 16],
    /// When it will end, Unix seconds.
    pub expires_at: u64,
    /// How long it may be, and what of it is counted.
    pub terms: SessionTerms,
    /// The co-signer's clock, Unix seconds.
    pub now: u64,
    /// The process that the session's requests are for.
    pub process: ProcessMark,
}

/// Starts the refresh of every wallet of the claim, and the browser's pairing.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimRefresh {
    /// The claim.
    pub claim: [u8; 16],
    /// This run.
    pub run: RunId,
    /// The pairing to be made: where a wallet signs with ECDSA, and only there.
    pub pairing: Option<PairingId>,
    /// m1 of each wallet.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub commitments: Vec<refresh::Commitment>,
}
request!(ClaimRefresh => ClaimRefreshOffer, "/v1/claim/refresh", 4 * 1024, 16 * 1024);

/// The co-signer's contributions.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimRefreshOffer {
    /// m2 of each wallet.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub offers: Vec<refresh::Offer>,
    /// The base transfers of the pairing, if one was asked for.
    pub transfers: Option<pairing::TransferOffer>,
}

/// Opens the client's contributions. The co-signer stores what is pending, then answers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimPrepare {
    /// The claim.
    pub claim: [u8; 16],
    /// m3 of each wallet.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub openings: Vec<refresh::Opening>,
    /// The transfers' answer, if a pairing is made.
    pub transfers: Option<pairing::TransferAnswer>,
}
request!(ClaimPrepare => ClaimPrepared, "/v1/claim/prepare", 32 * 1024, 8 * 1024);

/// The co-signer's proofs that it holds the next shares.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimPrepared {
    /// m4 of each wallet.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub proofs: Vec<refresh::Proof>,
}

/// Registers the passkey, or in a rotation shows its approval, leaves a copy of what was sealed to it, and asks for the co-signer's half of each wallet's signature of
/// its [`ClaimStatement`](crate::statement::ClaimStatement).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimConfirm {
    /// The claim.
    pub claim: [u8; 16],
    /// What the passkey says to it.
    pub passkey: ClaimPasskey,
    /// A copy of each wallet's next share, sealed to the passkey.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub copies: Vec<SealedCopy>,
    /// A run and m1 for each wallet.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub queries: Vec<(RunId, ConfirmQuery)>,
}
request!(ClaimConfirm => ClaimConfirmed, "/v1/claim/confirm", 24 * 1024 + MAX_WALLETS * 16 * 1024, 1024 + MAX_WALLETS * 72 * 1024);

/// What a passkey says to a claim: its challenges are hashes of the claim's transcript.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ClaimPasskey {
    /// It is made for this claim, and opens its session.
    New {
        /// The passkey.
        passkey: NewPasskey,
        /// Its first assertion: with the PRF output that came with it the next shares are sealed.
        assertion: Assertion,
    },
    /// It is the session's, and its person approves this rotation.
    Own(Assertion),
}

/// A client share that was sealed to a passkey, as its browser stores it: 1 to [`SealedCopy::LIMIT`] bytes that the co-signer keeps and
/// can't open, since browsers delete storage.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SealedCopy(#[borsh(deserialize_with = "bounded::bytes::<_, 1, { SealedCopy::LIMIT }>")] pub Vec<u8>);

impl SealedCopy {
    /// The longest copy, in bytes.
    pub const LIMIT: usize = 8 * 1024;
}

/// m1 of a wallet's scheme, for the digest of its statement: under ECDSA by the pairing of the claim.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, moved once or twice: a box would cost more"
)]
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ConfirmQuery {
    /// ECDSA.
    Ecdsa(ecdsa::Query),
    /// Ed25519: the message is the digest's 32 bytes.
    Eddsa(eddsa::Query),
}

/// The co-signer's halves.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimConfirmed {
    /// m2 for each wallet.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub answers: Vec<SignAnswer>,
}

/// Commits: from here on the old shares are dead, and a claim's session has begun. The same request gives the same receipts, and begins
/// no other session.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimCommit {
    /// The claim.
    pub claim: [u8; 16],
    /// Each wallet's signature of its statement.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub signatures: Vec<Signature>,
    /// What the device of the session that begins calls itself; nothing in a rotation, which begins none.
    pub device: Option<DeviceName>,
}
request!(ClaimCommit => ClaimCommitted, "/v1/claim/commit", 4 * 1024, MAX_WALLETS * 4 * 1024);

/// The receipts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimCommitted {
    /// One for each wallet, in the ticket's order.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub receipts: Vec<crate::Receipt>,
}

/// Says that the client has promoted its new shares: the co-signer erases the old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimAcknowledge {
    /// The claim.
    pub claim: [u8; 16],
}
request!(ClaimAcknowledge => Done, "/v1/claim/acknowledge", 64, 64);

/// Asks what became of claims whose end a browser has not heard, and ends those that were not committed.
///
/// Any key may send it: a claim's id and its next key are known to nobody but the co-signer and the browser that stored them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimResume {
    /// What the browser stored, 1 to [`MAX_WALLETS`].
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub shares: Vec<PendingShare>,
}
request!(ClaimResume => ClaimResumed, "/v1/claim/resume", 4 * 1024, MAX_WALLETS * 4 * 1024);

/// A share that a browser holds as pending.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PendingShare {
    /// The claim that it was made in.
    pub claim: [u8; 16],
    /// Its key.
    pub key: KeyInfo,
}

/// What became of each.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimResumed {
    /// In the order asked for.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub outcomes: Vec<ResumeOutcome>,
}

/// What became of a claim, for one wallet.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ResumeOutcome {
    /// It was committed, and this share lives.
    Live(crate::Receipt),
    /// It was committed, as this receipt says, and the wallet has come to a later epoch since.
    Superseded(crate::Receipt),
    /// It was not committed, and never will be: what was sealed for it is of no use.
    Ended,
}

// ── Passkeys and sessions ───────────────────────────────────────────────────────────────────────────────────────────

/// A WebAuthn registration, as the browser gives it, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Registration {
    /// The credential's id, at most 1,023 bytes.
    #[borsh(deserialize_with = "bounded::new_credential_id")]
    pub credential: Vec<u8>,
    /// `response.attestationObject`.
    #[borsh(deserialize_with = "bounded::authenticator_data")]
    pub attestation_object: Vec<u8>,
    /// `response.clientDataJSON`.
    #[borsh(deserialize_with = "bounded::client_data")]
    pub client_data_json: Vec<u8>,
}

/// A WebAuthn assertion, as the browser gives it, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Assertion {
    /// The credential's id.
    #[borsh(deserialize_with = "bounded::credential_id")]
    pub credential: Vec<u8>,
    /// `response.authenticatorData`.
    #[borsh(deserialize_with = "bounded::authenticator_data")]
    pub authenticator_data: Vec<u8>,
    /// `response.clientDataJSON`.
    #[borsh(deserialize_with = "bounded::client_data")]
    pub client_data_json: Vec<u8>,
    /// `response.signature`.
    #[borsh(deserialize_with = "bounded::passkey_signature")]
    pub signature: Vec<u8>,
}

/// Asks to unlock wallets: sent by the key that the session will be bound to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnlockStart {
    /// The wallets, at most [`MAX_WALLETS`]; none: all wallets of the passkey that will answer.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub wallets: Vec<WalletId>,
    /// The key that will sign the session's requests.
    pub request_key: RequestKey,
}
request!(UnlockStart => UnlockOffer, "/v1/unlock/start", 512, 512);

/// What the passkey needs; the client builds the challenge itself, from an `UnlockTranscript`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnlockOffer {
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// Until when the passkey's answer is taken, Unix seconds.
    pub answer_by: u64,
    /// When the session will end, Unix seconds.
    pub expires_at: u64,
    /// How long it may be, and what of it is counted.
    pub terms: SessionTerms,
    /// The co-signer's clock, Unix seconds.
    pub now: u64,
    /// The process that the session's requests are for.
    pub process: ProcessMark,
}

/// How long a session may be, as the co-signer's operator has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SessionTerms {
    /// Its length from the unlock, and from each refresh, in seconds.
    pub length: u64,
    /// How long it may go unused, in seconds.
    pub idle: u64,
    /// The longest that refreshes can make it, from the unlock, in seconds.
    pub maximum: u64,
    /// How often it may be refreshed.
    pub refreshes: u32,
    /// How old the shares of a wallet may get before a session has to change them, in seconds; 0: as old as they like.
    pub epoch: u64,
}

/// Unlocks: the assertion's challenge is the transcript's hash.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnlockFinish {
    /// The assertion.
    pub assertion: Assertion,
    /// What the device calls itself, for its person to know the session by.
    pub device: DeviceName,
    /// Whether all other sessions that have one of its wallets end, as this one begins.
    pub ends_others: bool,
}
request!(UnlockFinish => Unlocked, "/v1/unlock/finish", 8 * 1024, MAX_WALLETS * 512);

/// What a device calls itself: 1 to 64 characters, none of them a control character. Shown to its person, and to nobody else.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct DeviceName(String);

impl DeviceName {
    /// The longest name, in characters.
    pub const LIMIT: usize = 64;

    /// A name, if it is one.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let fits = (1..=Self::LIMIT).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        fits.then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A device that says nothing of itself.
impl Default for DeviceName {
    fn default() -> Self {
        Self("unnamed device".to_owned())
    }
}

impl BorshDeserialize for DeviceName {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let name = Self::new(bounded::text::<_, { Self::LIMIT * 4 }>(reader)?);
        name.ok_or_else(|| borsh::io::Error::from(borsh::io::ErrorKind::InvalidData))
    }
}

/// A session has begun.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Unlocked {
    /// What it is called: no secret, and not its key.
    pub session: [u8; 16],
    /// Its end, Unix seconds.
    pub expires_at: u64,
    /// The live epoch of each wallet as the co-signer holds it, in the order asked for, without those that the passkey does not open, but
    /// for the first; where none was named, in that of their ids.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub keys: Vec<KeyInfo>,
    /// The digest of each wallet's [`PasskeySet`](crate::PasskeySet), in the same order: a browser that knows others fetches its copy.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub passkeys: Vec<[u8; 32]>,
    /// When the first of them gets too old, Unix seconds: from then on it signs nothing before it was rotated. None: never.
    pub rotate_by: Option<u64>,
}

/// Asks for the copies of sealed shares that the co-signer keeps: by a session, for browsers that lost theirs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Copies {
    /// Wallets of the session, 1 to [`MAX_WALLETS`].
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub wallets: Vec<WalletId>,
}
request!(Copies => KeptCopies, "/v1/copies", 512, MAX_WALLETS * (SealedCopy::LIMIT + 4 * 1024));

/// The copies of the live epoch.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptCopies {
    /// One for each wallet, in the order asked for.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub copies: Vec<KeptCopy>,
}

/// What the co-signer keeps of a wallet for its person.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeptCopy {
    /// The sealed share of the live epoch.
    pub copy: SealedCopy,
    /// The receipt of the claim that made it.
    pub receipt: crate::Receipt,
}

/// Asks to export a wallet's key: by a session, where the operator allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExportStart {
    /// The wallet.
    pub wallet: WalletId,
}
request!(ExportStart => ExportOffer, "/v1/export/start", 64, 512);

/// What the passkey needs; the client builds the challenge itself, from an `ExportTranscript`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExportOffer {
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
}

/// Exports: the person is asked again, and the assertion's challenge is the transcript's hash.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ExportFinish {
    /// The wallet.
    pub wallet: WalletId,
    /// The epoch that the client holds.
    pub epoch: Epoch,
    /// The assertion.
    pub assertion: Assertion,
}
request!(ExportFinish => export::Reveal, "/v1/export/finish", 8 * 1024, 64);

/// Ends the session of the key that sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lock {}
request!(Lock => Done, "/v1/lock", 16, 64);

/// Moves the session's end without a prompt, to its length from now, but not beyond the maximum.
///
/// It names how often the session was refreshed, as far as its client knows: one that was done already changes nothing and is not
/// counted again, so that it may be sent again where its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SessionRefresh {
    /// How often the session was refreshed.
    pub refreshed: u32,
}
request!(SessionRefresh => SessionRefreshed, "/v1/session/refresh", 64, 64);

/// How the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SessionRefreshed {
    /// Its end, Unix seconds.
    pub expires_at: u64,
    /// How often it was refreshed.
    pub refreshed: u32,
}

/// Asks which sessions there are with the wallets of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SessionList {}
request!(SessionList => Sessions, "/v1/session/list", 16, MAX_SESSIONS * 1024);

/// The most sessions that are listed; the ones used last come first.
pub const MAX_SESSIONS: usize = 64;

/// Sessions that have not ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Sessions {
    /// At most [`MAX_SESSIONS`], the one that was used last first.
    #[borsh(deserialize_with = "bounded::list::<_, _, MAX_SESSIONS>")]
    pub sessions: Vec<ListedSession>,
}

/// A session as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListedSession {
    /// What it is called.
    pub session: [u8; 16],
    /// What its device called itself.
    pub device: DeviceName,
    /// When it was unlocked, Unix seconds.
    pub began_at: u64,
    /// When it was used last, Unix seconds, to the minute.
    pub used_at: u64,
    /// Its end, Unix seconds.
    pub expires_at: u64,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// Those of its wallets that the session that asks has, too.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub wallets: Vec<WalletId>,
}

/// Ends sessions that have a wallet of this one's, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SessionRevoke {
    /// Which of them.
    pub which: Revoked,
}
request!(SessionRevoke => Done, "/v1/session/revoke", 64, 64);

/// Which sessions are ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Revoked {
    /// The one that is called so; none, if it is over.
    One([u8; 16]),
    /// All but the one that asks.
    Others,
    /// All.
    All,
}

/// Asks for a proof that this session holds a wallet, for a back end.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Prove {
    /// A wallet of the session.
    pub wallet: WalletId,
    /// Whom it is for.
    pub audience: Audience,
    /// What it answers.
    pub nonce: ProofNonce,
}
request!(Prove => Proven, "/v1/prove", 512, PROOF_LIMIT + 8);

/// The proof.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proven {
    /// A JSON Web Token, as [`ownership`](crate::ownership) has it: at most [`PROOF_LIMIT`] bytes.
    #[borsh(deserialize_with = "bounded::text::<_, PROOF_LIMIT>")]
    pub proof: String,
}
