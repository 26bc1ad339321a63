//! What the audit log tells of.

/// An event of the audit log: it names a wallet at most, never a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A wallet was made.
    WalletCreated,
    /// A wallet was made of a key that existed.
    WalletImported,
    /// An unclaimed wallet was given another claimant.
    ClaimantUpdated,
    /// The operator froze a wallet: nothing is done with it.
    WalletFrozen,
    /// The operator thawed a wallet.
    WalletThawed,
    /// The operator deleted a wallet that nobody had claimed.
    WalletDeleted,
    /// The next share was stored as pending.
    ClaimPrepared,
    /// The passkey was registered and the statement signed.
    ClaimConfirmed,
    /// A passkey that was shown to a claim did not hold.
    ConfirmationRefused,
    /// Too many passkeys did not hold: the wallet's claims take none until they are long enough ago.
    ConfirmationsBarred,
    /// The next epoch became live.
    ClaimCommitted,
    /// A claim ended without a commit.
    ClaimDropped,
    /// The next share of a claimed wallet was stored as pending.
    RotationPrepared,
    /// The statement of a rotation was signed.
    RotationConfirmed,
    /// The next epoch of a claimed wallet became live.
    RotationCommitted,
    /// A rotation ended without a commit.
    RotationDropped,
    /// The shares of retired epochs were erased.
    RetiredErased,
    /// A session asked to change the passkeys of a wallet, and was asked for its own.
    PasskeysStarted,
    /// A passkey opens the wallet from now on.
    PasskeyAdded,
    /// A passkey opens the wallet no more.
    PasskeyRemoved,
    /// A passkey that opens the wallet was given another name.
    PasskeyRenamed,
    /// A change of the passkeys of a wallet was refused.
    PasskeysRefused,
    /// A pairing was made.
    PairingCreated,
    /// A pairing was burnt.
    PairingBurnt,
    /// A check of oblivious transfers failed.
    CheckFailed,
    /// A pairing was burnt because the co-signer ended before a query to it did.
    PairingUnfinished,
    /// A pairing was made for one who had failed a check lately.
    PairingRenewed,
    /// One who failed too many checks gets no new pairing until they are long enough ago.
    PairingsBarred,
    /// The signature counter of a passkey was no higher than before: it may have been copied.
    SignCountWentBack,
    /// A passkey says otherwise than before whether it may be backed up.
    BackupEligibilityChanged,
    /// A session began.
    Unlocked,
    /// An assertion that was to open a wallet did not hold.
    UnlockRefused,
    /// A session was given a later end.
    SessionRefreshed,
    /// A session was ended by another, or with all others.
    SessionRevoked,
    /// A session ended.
    Locked,
    /// A request of a session was not signed by its key, or not as it came.
    ProofRefused,
    /// A request of a session came a second time.
    RequestReplayed,
    /// A request of a session was of another time, or for another process of the co-signer.
    RequestStale,
    /// A session was given a proof that it holds the wallet.
    ProofGiven,
    /// Another key signs such proofs.
    ProofKeyRotated,
    /// A session asked for the co-signer's share, and was asked for the passkey.
    ExportStarted,
    /// A session that holds the wallet asked for the co-signer's share, and was refused.
    ExportRefused,
    /// A session was given the co-signer's share: the whole key is out.
    Exported,
    /// The database is an older copy than this wallet: nothing is done with it.
    Restored,
    /// An API key was made.
    ApiKeyCreated,
    /// An API key was revoked.
    ApiKeyRevoked,
}

impl Event {
    /// The event's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WalletCreated => "wallet_created",
            Self::WalletImported => "wallet_imported",
            Self::ClaimantUpdated => "claimant_updated",
            Self::WalletFrozen => "wallet_frozen",
            Self::WalletThawed => "wallet_thawed",
            Self::WalletDeleted => "wallet_deleted",
            Self::ClaimPrepared => "claim_prepared",
            Self::ClaimConfirmed => "claim_confirmed",
            Self::ConfirmationRefused => "confirmation_refused",
            Self::ConfirmationsBarred => "confirmations_barred",
            Self::ClaimCommitted => "claim_committed",
            Self::ClaimDropped => "claim_dropped",
            Self::RotationPrepared => "rotation_prepared",
            Self::RotationConfirmed => "rotation_confirmed",
            Self::RotationCommitted => "rotation_committed",
            Self::RotationDropped => "rotation_dropped",
            Self::RetiredErased => "retired_erased",
            Self::PasskeysStarted => "passkeys_started",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::PasskeyRenamed => "passkey_renamed",
            Self::PasskeysRefused => "passkeys_refused",
            Self::PairingCreated => "pairing_created",
            Self::PairingBurnt => "pairing_burnt",
            Self::CheckFailed => "check_failed",
            Self::PairingUnfinished => "pairing_unfinished",
            Self::PairingRenewed => "pairing_renewed",
            Self::PairingsBarred => "pairings_barred",
            Self::SignCountWentBack => "sign_count_went_back",
            Self::BackupEligibilityChanged => "backup_eligibility_changed",
            Self::Unlocked => "unlocked",
            Self::UnlockRefused => "unlock_refused",
            Self::SessionRefreshed => "session_refreshed",
            Self::SessionRevoked => "session_revoked",
            Self::Locked => "locked",
            Self::ProofRefused => "proof_refused",
            Self::RequestReplayed => "request_replayed",
            Self::RequestStale => "request_stale",
            Self::ProofGiven => "proof_given",
            Self::ProofKeyRotated => "proof_key_rotated",
            Self::ExportStarted => "export_started",
            Self::ExportRefused => "export_refused",
            Self::Exported => "exported",
            Self::Restored => "restored",
            Self::ApiKeyCreated => "api_key_created",
            Self::ApiKeyRevoked => "api_key_revoked",
        }
    }
}
