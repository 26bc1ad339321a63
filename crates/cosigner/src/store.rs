//! Where everything durable is kept: the port, and what goes through it.
//!
//! Each method is one transaction: it happens whole and is on the disk when the method returns, or it did not happen;
//! [`Queries::end_query`] alone does not wait for the disk. The rows hold no identifier of a person, and every secret in them
//! is sealed before it comes here.

pub mod audit;
#[cfg(test)]
mod contract;
pub mod event;
mod high_water;
pub mod query;
pub mod record;
mod sqlite;
pub mod write;

use mpc::{Epoch, PairingId, WalletId, channel::ChannelPublicKey};
use wire::ceremony::SessionRefreshed;

pub use audit::{AuditFilter, AuditRecord};
pub use event::Event;
pub use high_water::Heeded;
pub use query::{FailedCheck, ProcessId, Suspect};
pub use record::{
    ApiKeyRecord, Beginning, ChangedPasskey, ClaimGround, ClaimPhase, ClaimRecord, ClaimantUpdate, ClaimedWallet,
    Commit, Confirmation, CredentialRecord, EpochPairings, Export, NewProofKey, NewWallet, Origin, PairingOwner,
    PairingRecord, PasskeysChange, PreparedClaim, ProofKeyRecord, Refresh, Registered, Relisted, Revocation,
    SealedSecret, SessionRecord, ShareRecord, ShareState, StoredAnswer, Swept, SweptBefore, WalletPlace, WalletRecord,
};
pub use sqlite::Sqlite;
pub use write::{Moment, Watch, Write};

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Something that the change rests on no longer holds: nothing was changed.
    #[error("the record has changed in the meantime")]
    Conflict,
    /// The store can't be used right now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A record is not of the form that it was written in.
    #[error("damaged record: {0}")]
    Damaged(String),
}

/// What a store method gives.
pub type Result<T> = core::result::Result<T, StoreError>;

/// The whole port.
pub trait Store:
    Meta + ApiKeys + Wallets + Passkeys + Pairings + Queries + Claims + Sessions + ProofKeys + Send + Sync + 'static
{
}

impl<
    S: Meta + ApiKeys + Wallets + Passkeys + Pairings + Queries + Claims + Sessions + ProofKeys + Send + Sync + 'static,
> Store for S
{
}

/// What the store says of itself.
pub trait Meta {
    /// The sealed root secret, if the store has been used before.
    fn root(&self) -> Result<Option<Vec<u8>>>;
    /// Keeps the sealed root secret. Conflicts with one that is there.
    fn put_root(&self, sealed: Vec<u8>) -> Result<()>;
    /// Writes what nobody reads: fails where nothing could be kept.
    fn probe(&self) -> Result<()>;
    /// Waits until everything that can be read may be told: it would outlast a restored database. Fails where that can't be had.
    fn settle(&self) -> Result<()>;
    /// The stored answer to a request that was done before.
    fn answer(&self, request: &[u8; 32]) -> Result<Option<Vec<u8>>>;
    /// Erases what is past its time at `now`, retired epochs, failed checks and sessions' last uses before the times that are given.
    fn sweep(&self, now: u64, before: SweptBefore) -> Result<Swept>;
    /// Puts an event into the audit log, a line for each wallet: one that changes nothing else.
    fn add_event(&self, wallets: Vec<WalletId>, event: Event, at: u64) -> Result<()>;
    /// The events that a filter lets through, oldest first.
    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>>;
    /// The number of the last event; 0 if there is none.
    fn last_event(&self) -> Result<u64>;
    /// The events of a wallet, oldest first: when, and what.
    fn events(&self, wallet: WalletId) -> Result<Vec<(u64, String)>>;
}

/// API keys.
pub trait ApiKeys {
    /// Adds a key. Conflicts with one of the same id.
    fn add_api_key(&self, key: ApiKeyRecord) -> Result<()>;
    /// A key, revoked or not.
    fn api_key(&self, id: &[u8; 8]) -> Result<Option<ApiKeyRecord>>;
    /// All keys, oldest first.
    fn api_keys(&self) -> Result<Vec<ApiKeyRecord>>;
    /// Writes down that a key was used, without waiting for the disk. One that is lost costs a minute of what is known of the key.
    fn use_api_key(&self, id: [u8; 8], at: u64);
    /// Revokes a key and burns its pairings. Conflicts if there is none that is live.
    fn revoke_api_key(&self, id: [u8; 8], at: u64) -> Result<()>;
}

/// Wallets and the co-signer's shares of them.
pub trait Wallets {
    /// Adds a wallet with the share of its epoch, active, and the answer to the request that made it. Conflicts with one of the
    /// same id or public key, and if its claimant would have too many.
    fn create_wallet(&self, wallet: NewWallet) -> Result<()>;
    /// A wallet.
    fn wallet(&self, id: WalletId) -> Result<Option<WalletRecord>>;
    /// The wallets of a passkey, in the order of their ids.
    fn wallets_with(&self, credential: &[u8]) -> Result<Vec<WalletRecord>>;
    /// When a retired epoch of a wallet ended, Unix seconds; nothing for one that was never live, or is.
    fn retired_at(&self, wallet: WalletId, epoch: Epoch) -> Result<Option<u64>>;
    /// What a browser sealed of a live epoch, sealed once more.
    fn copy(&self, wallet: WalletId, epoch: Epoch) -> Result<Option<Vec<u8>>>;
    /// The wallets of a claimant index, oldest first, from behind a place in that order on, at most `limit`.
    fn wallets_of(&self, claimant: &[u8; 32], after: Option<WalletPlace>, limit: u32) -> Result<Vec<WalletRecord>>;
    /// How many wallets a claimant index has.
    fn count_wallets_of(&self, claimant: &[u8; 32]) -> Result<u64>;
    /// Gives an unclaimed wallet another claimant index. Conflicts if it is claimed, frozen, or not of the one before, and if the one after
    /// would have too many.
    fn update_claimant(&self, update: ClaimantUpdate) -> Result<()>;
    /// Freezes a wallet, or thaws it: until then nothing is signed, changed, claimed or exported with it. Conflicts if there is none.
    fn freeze_wallet(&self, id: WalletId, frozen: bool, at: u64) -> Result<()>;
    /// Erases a wallet that nobody has claimed, with its shares and what claims left pending. Conflicts if there is none, or it is claimed.
    fn delete_wallet(&self, id: WalletId, at: u64) -> Result<()>;
    /// Records an export. Conflicts if the wallet is not at the epoch, or not opened by the credential, or the session is not the
    /// credential's, or over.
    fn record_export(&self, export: Export) -> Result<()>;
    /// The share of an epoch.
    fn share(&self, wallet: WalletId, epoch: Epoch) -> Result<Option<ShareRecord>>;
    /// Whether the wallet has a share of a retired epoch.
    fn has_retired(&self, wallet: WalletId) -> Result<bool>;
    /// Erases the shares of retired epochs of these wallets: wrapped keys and ciphertexts.
    fn erase_retired(&self, wallets: Vec<WalletId>, at: u64) -> Result<()>;
}

/// Passkeys.
pub trait Passkeys {
    /// A passkey, whether it opens anything or not.
    fn credential(&self, id: &[u8]) -> Result<Option<CredentialRecord>>;
    /// The passkeys that open one of these wallets, the oldest first.
    fn credentials_of(&self, wallets: &[WalletId]) -> Result<Vec<CredentialRecord>>;
    /// Adds or removes a passkey: claims under way of these wallets end, their copies are exchanged, and the sessions of a passkey that is
    /// removed end. Conflicts if the session is over, a wallet is of another epoch or has other passkeys than before, the passkey is registered
    /// already, or there would be none, or too many.
    fn change_passkeys(&self, change: PasskeysChange) -> Result<()>;
    /// Gives a passkey another name, sealed, and tells each wallet that it opens. Conflicts if there is none.
    fn rename_passkey(&self, id: Vec<u8>, name: Vec<u8>, at: u64) -> Result<()>;
}

/// Pairings.
pub trait Pairings {
    /// Adds a pairing, and the answer to the request that made it. `renewed`: the wallets that the audit log names, if its
    /// owner has failed a check lately. Conflicts with one of the same id.
    fn add_pairing(
        &self,
        pairing: PairingRecord,
        answer: StoredAnswer,
        renewed: Option<Vec<WalletId>>,
        at: u64,
    ) -> Result<()>;
    /// How many epochs have begun by a commit, of whichever wallet: to be read before a pairing is begun.
    fn commits(&self) -> Result<u64>;
    /// A pairing, burnt or not.
    fn pairing(&self, id: PairingId) -> Result<Option<PairingRecord>>;
    /// Burns a pairing: erases it and remembers that it was. Says whether it was this call that burnt it.
    fn burn_pairing(&self, id: PairingId, at: u64) -> Result<bool>;
}

/// Queries under way, and the checks that they fail.
pub trait Queries {
    /// Marks that this process puts a query to a pairing. Conflicts if there is no such pairing, it is burnt, or it bears the
    /// mark of another process.
    fn begin_query(&self, pairing: PairingId, process: ProcessId) -> Result<()>;
    /// Takes this process's mark away, after what was asked for before, without waiting for it. A mark that stays by mistake
    /// costs a pairing and nothing else.
    fn end_query(&self, pairing: PairingId, process: ProcessId);
    /// The process whose mark a pairing bears.
    fn query_of(&self, pairing: PairingId) -> Result<Option<ProcessId>>;
    /// Burns every pairing that bears the mark of another process than this. Says how many.
    fn burn_unfinished(&self, process: ProcessId, at: u64) -> Result<usize>;
    /// Keeps a failed check, and burns the pairing that it failed in.
    fn fail_check(&self, check: FailedCheck) -> Result<()>;
    /// When a suspect failed a check after `since`, oldest first.
    fn failed_checks(&self, suspect: &Suspect, since: u64) -> Result<Vec<u64>>;
}

/// Claims.
pub trait Claims {
    /// Stores a claim with its pending shares and its pairing. Erases what earlier claims left pending for these wallets.
    /// Conflicts if a wallet is at another epoch, or is not what the claim's ground says.
    fn prepare_claim(&self, claim: PreparedClaim) -> Result<()>;
    /// A claim.
    fn claim(&self, id: [u8; 16]) -> Result<Option<ClaimRecord>>;
    /// Takes the one confirmation of a prepared claim. Conflicts if it is not prepared, or past its time.
    fn confirm_claim(&self, id: [u8; 16], confirmation: Confirmation, now: u64) -> Result<()>;
    /// Ends a claim for good, unless it is committed: erases its pending shares, their copies and its pairing.
    fn end_claim(&self, id: [u8; 16], at: u64) -> Result<()>;
    /// Commits a confirmed claim: the next epochs become active, the ones before retired and their copies erased, pairings that were begun
    /// before serve them no more and are burnt where they serve no other wallet; where it rests on a ticket, the credential is bound, the
    /// ticket spent and its session begun. Conflicts if any of what it rests on no longer holds, or the session's key is that of another.
    fn commit_claim(&self, commit: Commit) -> Result<()>;
    /// Whether a ticket was taken.
    fn ticket_spent(&self, key: [u8; 8], nonce: [u8; 16]) -> Result<bool>;
}

/// Sessions.
pub trait Sessions {
    /// Begins a session, in the place of an earlier one of the same key, and keeps the credential's counter where it grew. Ends others of its
    /// passkey where there are too many, or all others of its wallets. Conflicts if the credential does not open one of its wallets.
    fn begin_session(&self, session: SessionRecord, beginning: Beginning) -> Result<()>;
    /// A session, over or not.
    fn session(&self, key: &ChannelPublicKey) -> Result<Option<SessionRecord>>;
    /// The sessions that have one of these wallets, over or not, the one that was used last first.
    fn sessions_of(&self, wallets: &[WalletId]) -> Result<Vec<SessionRecord>>;
    /// Writes down that a session was used.
    fn use_session(&self, key: ChannelPublicKey, at: u64) -> Result<()>;
    /// Refreshes a session, and gives how it stands then; nothing, if it was refreshed as often as is allowed. Conflicts if it is over.
    fn refresh_session(&self, refresh: Refresh) -> Result<Option<SessionRefreshed>>;
    /// Ends sessions. Conflicts if the one that asks is not there any more.
    fn revoke_sessions(&self, revocation: Revocation) -> Result<()>;
    /// Ends all sessions of a wallet. Says how many.
    fn end_sessions_of(&self, wallet: WalletId, at: u64) -> Result<usize>;
    /// Ends a session, if there is one.
    fn end_session(&self, key: ChannelPublicKey, at: u64) -> Result<()>;
}

/// Keys that sign proofs of ownership.
pub trait ProofKeys {
    /// The keys that sign or did, the newest first.
    fn proof_keys(&self) -> Result<Vec<ProofKeyRecord>>;
    /// The key that signs, if one was ever made, and its secret.
    fn signing_proof_key(&self) -> Result<Option<(ProofKeyRecord, SealedSecret)>>;
    /// Lets a new key sign, and erases the secret of the one that it replaces. Conflicts if another signs.
    fn rotate_proof_key(&self, new: NewProofKey) -> Result<()>;
}
