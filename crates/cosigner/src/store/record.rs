//! What is stored.

use mpc::{Epoch, PairingId, Point, Scheme, WalletId, channel::ChannelPublicKey};
use wire::{PasskeySet, Recipient, RequestKey, WalletType, ceremony::Revoked};

use crate::api_key::Scope;

/// An API key, as it is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its public id.
    pub id: [u8; 8],
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// The ticket key's public half.
    pub ticket_key: [u8; 32],
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds, where it is revoked.
    pub revoked_at: Option<u64>,
    /// When it ends by itself, Unix seconds.
    pub expires_at: Option<u64>,
    /// When it was used last, Unix seconds, to the minute.
    pub used_at: Option<u64>,
}

impl ApiKeyRecord {
    /// Whether it opens anything: neither revoked nor past its end.
    pub fn is_live(&self, now: u64) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A secret at rest: its own key, wrapped, and the ciphertext under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// The key, wrapped by the key-encryption key.
    pub wrapped_key: Vec<u8>,
    /// Nonce and ciphertext.
    pub ciphertext: Vec<u8>,
}

/// The answer to a request that may come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Hash of caller, path and request.
    pub request: [u8; 32],
    /// The answer, sealed.
    pub sealed: Vec<u8>,
    /// Until when it is kept, Unix seconds.
    pub expires_at: u64,
}

/// A wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletRecord {
    /// Its id.
    pub id: WalletId,
    /// What it is for.
    pub wallet_type: WalletType,
    /// X.
    pub public_key: Point,
    /// Where its key comes from.
    pub origin: Origin,
    /// Keyed hash of the claimant's id.
    pub claimant: [u8; 32],
    /// The live epoch.
    pub epoch: Epoch,
    /// The pairings that serve it.
    pub pairings: EpochPairings,
    /// Unix seconds.
    pub created_at: u64,
    /// The passkeys that open it, once it is claimed.
    pub passkeys: Option<PasskeySet>,
    /// When its key first left, Unix seconds.
    pub exported_at: Option<u64>,
    /// Since when nothing is done with it, Unix seconds.
    pub frozen_at: Option<u64>,
}

impl WalletRecord {
    /// The scheme of its key.
    pub fn scheme(&self) -> Scheme {
        self.wallet_type.scheme()
    }

    /// Whether it is somebody's.
    pub fn is_claimed(&self) -> bool {
        self.passkeys.is_some()
    }

    /// Whether a passkey opens it.
    pub fn is_opened_by(&self, credential: &[u8]) -> bool {
        let passkeys = self.passkeys.as_ref();
        passkeys.is_some_and(|passkeys| passkeys.recipient(credential).is_some())
    }

    /// Whether a pairing may sign with the live epoch.
    ///
    /// # Security
    /// With a pairing of an earlier epoch, a thief of either half of it learns the other side's share of whatever epoch it signs
    /// with: the commit that makes new shares ends it.
    pub fn is_served_by(&self, pairing: &PairingRecord) -> bool {
        pairing.commits >= self.pairings.since || self.pairings.own == Some(pairing.id)
    }

    /// Whether somebody had its key before.
    pub fn is_imported(&self) -> bool {
        match self.origin {
            Origin::Imported => true,
            Origin::Generated => false,
        }
    }
}

/// Where the key of a wallet comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Both sides generated it: nobody ever knew it.
    Generated,
    /// Somebody had it before, and may have it still.
    Imported,
}

/// Which pairings serve an epoch: those begun since its commit, and the one of the claim that was committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EpochPairings {
    /// How many commits there were with the epoch's own, of whichever wallet; 0 for an epoch that began with the wallet.
    pub since: u64,
    /// The pairing that the claim made, if it made one.
    pub own: Option<PairingId>,
}

/// A wallet's place among those of its claimant: when it was made, Unix seconds, and its id.
pub type WalletPlace = (u64, WalletId);

/// A wallet to be added.
#[derive(Clone, Debug)]
pub struct NewWallet {
    /// The wallet.
    pub wallet: WalletRecord,
    /// Its share of the live epoch.
    pub share: SealedSecret,
    /// The answer to the request that made it.
    pub answer: StoredAnswer,
    /// The API key that it is made with.
    pub key: [u8; 8],
    /// How many wallets its claimant may have, with this one.
    pub most: u32,
}

/// Another claimant index of an unclaimed wallet.
#[derive(Clone, Copy, Debug)]
pub struct ClaimantUpdate {
    /// The wallet.
    pub wallet: WalletId,
    /// Whose it is.
    pub from: [u8; 32],
    /// Whose it becomes.
    pub to: [u8; 32],
    /// How many wallets they may have, with this one.
    pub most: u32,
    /// The API key that asks.
    pub key: [u8; 8],
    /// Unix seconds.
    pub at: u64,
}

/// Whether a share signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareState {
    /// The one that signs.
    Active,
    /// Of a claim under way.
    Pending,
    /// Of an epoch that ended, not yet erased.
    Retired,
}

/// A share of one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRecord {
    /// Whether it signs.
    pub state: ShareState,
    /// The claim it is pending for, or came from.
    pub claim: Option<[u8; 16]>,
    /// The share.
    pub sealed: SealedSecret,
}

/// Whom a pairing serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PairingOwner {
    /// A back end.
    ApiKey([u8; 8]),
    /// A claim under way.
    Claim([u8; 16]),
    /// The browser that claimed with this credential.
    Credential(Vec<u8>),
}

/// A pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairingRecord {
    /// Its id.
    pub id: PairingId,
    /// Whom it serves.
    pub owner: PairingOwner,
    /// How many commits there were, of whichever wallet, when it was begun.
    pub commits: u64,
    /// The co-signer's half; nothing once it is burnt.
    pub sealed: Option<SealedSecret>,
}

/// How far a stored claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimPhase {
    /// The next shares are pending.
    Prepared,
    /// The one confirmation was taken.
    Confirmed,
    /// The next shares are live.
    Committed,
}

/// A wallet in a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedWallet {
    /// The wallet.
    pub wallet: WalletId,
    /// The epoch that ends.
    pub from: Epoch,
    /// The epoch that begins.
    pub to: Epoch,
    /// The share of the epoch that begins.
    pub share: SealedSecret,
}

/// What a claim rests on: it must hold until the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimGround {
    /// A back end's ticket: it is spent, and the wallets, which nobody has claimed, are of its claimant.
    Ticket {
        /// The API key that signed it.
        key: [u8; 8],
        /// Its nonce.
        nonce: [u8; 16],
        /// Its end, Unix seconds.
        expires_at: u64,
        /// Keyed hash of the claimant's id.
        claimant: [u8; 32],
    },
    /// A session: the wallets are opened by its passkey.
    Session {
        /// The passkey's id.
        credential: Vec<u8>,
        /// The digest of each wallet's passkeys: these and no others.
        passkeys: Vec<[u8; 32]>,
    },
}

/// A claim to be stored.
#[derive(Clone, Debug)]
pub struct PreparedClaim {
    /// Its id.
    pub id: [u8; 16],
    /// The browser's key.
    pub browser: ChannelPublicKey,
    /// The canonical transcript.
    pub transcript: Vec<u8>,
    /// What each refresh proved, in the transcript's order.
    pub evidence: Vec<u8>,
    /// What it rests on.
    pub ground: ClaimGround,
    /// What receipts say of the claimant, sealed.
    pub receipt_claimant: Vec<u8>,
    /// The claim's end, Unix seconds.
    pub expires_at: u64,
    /// Its wallets.
    pub wallets: Vec<ClaimedWallet>,
    /// The browser's pairing, where a wallet needs one.
    pub pairing: Option<(PairingId, SealedSecret)>,
    /// How many commits there were when that was begun.
    pub commits: u64,
    /// Whether a claimant of one of the wallets has failed a check lately.
    pub renews: bool,
    /// The answer to the request that prepared it.
    pub answer: StoredAnswer,
    /// Unix seconds.
    pub at: u64,
}

/// The one confirmation of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The passkey's id.
    pub credential: Vec<u8>,
    /// Its counter.
    pub sign_count: u32,
    /// Whether it may be backed up, as it said; nothing where a build before wrote it down.
    pub backup_eligible: Option<bool>,
    /// What the claim registers of it: a rotation registers nothing.
    pub registered: Option<Registered>,
    /// What the browser sealed of each wallet's next epoch, sealed once more; empty where a confirmation is read.
    pub copies: Vec<(WalletId, Vec<u8>)>,
}

/// A passkey that a claim registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its public key, as COSE_Key.
    pub public_key: Vec<u8>,
    /// What shares are sealed to.
    pub key: ChannelPublicKey,
    /// What its person calls it, sealed.
    pub name: Vec<u8>,
}

/// A stored claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRecord {
    /// Its id.
    pub id: [u8; 16],
    /// The browser's key.
    pub browser: ChannelPublicKey,
    /// The canonical transcript.
    pub transcript: Vec<u8>,
    /// What each refresh proved, in the transcript's order.
    pub evidence: Vec<u8>,
    /// What receipts say of the claimant, sealed.
    pub receipt_claimant: Vec<u8>,
    /// How far it has come.
    pub phase: ClaimPhase,
    /// Its end, Unix seconds.
    pub expires_at: u64,
    /// The browser's pairing, where a wallet needs one.
    pub pairing: Option<PairingId>,
    /// What confirmed it.
    pub confirmation: Option<Confirmation>,
    /// The hash of the request that committed it, and the receipts, sealed.
    pub committed: Option<([u8; 32], Vec<u8>)>,
}

/// A commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The claim.
    pub claim: [u8; 16],
    /// Hash of the request.
    pub request: [u8; 32],
    /// The receipts, sealed.
    pub receipts: Vec<u8>,
    /// How many wallets are claimed.
    pub wallets: usize,
    /// The session that begins with it.
    pub session: Option<SessionRecord>,
    /// Unix seconds.
    pub at: u64,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRecord {
    /// Its id.
    pub id: Vec<u8>,
    /// Its public key, as COSE_Key.
    pub public_key: Vec<u8>,
    /// The highest counter seen.
    pub sign_count: u32,
    /// What shares are sealed to.
    pub key: ChannelPublicKey,
    /// What its person calls it, sealed.
    pub name: Vec<u8>,
    /// Unix seconds.
    pub created_at: u64,
    /// When it opened a session last, Unix seconds.
    pub used_at: u64,
    /// Whether it may be backed up, as it said when it was used first.
    pub backup_eligible: Option<bool>,
}

impl CredentialRecord {
    /// As a share is sealed to it.
    pub fn recipient(&self) -> Recipient {
        Recipient {
            credential: self.id.clone(),
            key: self.key,
        }
    }
}

/// A passkey is added to wallets, or removed from them.
#[derive(Clone, Debug)]
pub struct PasskeysChange {
    /// The session that asks: it must last.
    pub session: ChannelPublicKey,
    /// The passkey that opened it, which approved.
    pub credential: Vec<u8>,
    /// Its counter.
    pub sign_count: u32,
    /// The wallets.
    pub wallets: Vec<Relisted>,
    /// The passkey.
    pub passkey: ChangedPasskey,
    /// The answer to the request that asked for it.
    pub answer: StoredAnswer,
    /// Unix seconds.
    pub at: u64,
}

/// What is done about a passkey.
#[derive(Clone, Debug)]
pub enum ChangedPasskey {
    /// It is registered, and opens the wallets.
    Added(CredentialRecord),
    /// It opens them no more: its id.
    Removed(Vec<u8>),
}

/// A wallet whose passkeys change.
#[derive(Clone, Debug)]
pub struct Relisted {
    /// The wallet.
    pub wallet: WalletId,
    /// The epoch that its share is sealed of.
    pub epoch: Epoch,
    /// The digest of its passkeys before.
    pub before: [u8; 32],
    /// What the browser sealed to those after, sealed once more.
    pub copy: Vec<u8>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The key that is the session.
    pub key: ChannelPublicKey,
    /// What it is called: no secret.
    pub id: [u8; 16],
    /// The key that signs its requests.
    pub request_key: RequestKey,
    /// The passkey that opened it.
    pub credential: Vec<u8>,
    /// The wallets it may sign with.
    pub wallets: Vec<WalletId>,
    /// What its device calls itself, sealed.
    pub device: Vec<u8>,
    /// When it was unlocked, Unix seconds.
    pub began_at: u64,
    /// When it was used last, Unix seconds, to the minute.
    pub used_at: u64,
    /// Its end, Unix seconds.
    pub expires_at: u64,
    /// How often it was refreshed.
    pub refreshed: u32,
}

/// How a session begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// The passkey's counter.
    pub sign_count: u32,
    /// Whether the passkey may be backed up.
    pub backup_eligible: bool,
    /// Whether all other sessions of its wallets end.
    pub ends_others: bool,
    /// Whether the audit log tells of it.
    pub is_told: bool,
    /// How many sessions its passkey may have, with this one: the ones that were not used for longest end.
    pub most: u32,
    /// Unix seconds.
    pub at: u64,
}

/// A refresh of a session.
#[derive(Clone, Copy, Debug)]
pub struct Refresh {
    /// The session.
    pub key: ChannelPublicKey,
    /// How often it was refreshed, as far as its client knows: if it was oftener, nothing is changed.
    pub refreshed: u32,
    /// How often it may be.
    pub allowed: u32,
    /// The end that it gets, Unix seconds.
    pub expires_at: u64,
    /// Unix seconds.
    pub at: u64,
}

/// A revocation of sessions that have a wallet in common with one.
#[derive(Clone, Copy, Debug)]
pub struct Revocation {
    /// The session that asks.
    pub by: ChannelPublicKey,
    /// Which of them.
    pub which: Revoked,
    /// Unix seconds.
    pub at: u64,
}

/// An export, to be recorded before anything is revealed.
#[derive(Clone, Debug)]
pub struct Export {
    /// The wallet.
    pub wallet: WalletId,
    /// The epoch whose share is revealed.
    pub epoch: Epoch,
    /// The session that asked.
    pub session: ChannelPublicKey,
    /// The passkey that approved.
    pub credential: Vec<u8>,
    /// Its counter.
    pub sign_count: u32,
    /// Unix seconds.
    pub at: u64,
}

/// A key that signs proofs of ownership, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofKeyRecord {
    /// Its public half.
    pub public_key: [u8; 32],
    /// Unix seconds.
    pub created_at: u64,
    /// When another took its place, Unix seconds.
    pub retired_at: Option<u64>,
}

/// A proof key to be added.
#[derive(Clone, Debug)]
pub struct NewProofKey {
    /// Its public half.
    pub public_key: [u8; 32],
    /// Its seed.
    pub sealed: SealedSecret,
    /// The key that signs so far, if there is one.
    pub replaces: Option<[u8; 32]>,
    /// Unix seconds.
    pub at: u64,
}

/// Before when things are swept, Unix seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SweptBefore {
    /// Epochs that were retired.
    pub retired: u64,
    /// Failed checks.
    pub failed: u64,
    /// Sessions that were used last.
    pub used: u64,
}

/// What a sweep erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Claims that were never committed, with their pending shares.
    pub claims: usize,
    /// Shares of retired epochs.
    pub retired: usize,
    /// Pairings that a query was put to by a process that ended before it did.
    pub unfinished: usize,
    /// Sessions, answers, tickets, failed checks and retired proof keys.
    pub others: usize,
}
