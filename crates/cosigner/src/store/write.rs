//! The changes of a store, by name, and who may watch them happen.

use std::sync::Arc;

macro_rules! writes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One kind of change: each is one transaction, done by the method of the same name; [`Write::HighWater`] alone is a file's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Write {
            $($(#[$doc])* $variant,)*
        }

        impl Write {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The method's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

writes! {
    /// [`put_root`](super::Meta::put_root).
    PutRoot = "put_root",
    /// [`probe`](super::Meta::probe).
    Probe = "probe",
    /// What a change owes to the high-water mark: after its commit, before it is told. Within is written and not synced.
    HighWater = "high_water",
    /// [`heed_high_water`](super::Sqlite::heed_high_water).
    HeedHighWater = "heed_high_water",
    /// [`sweep`](super::Meta::sweep).
    Sweep = "sweep",
    /// [`add_event`](super::Meta::add_event).
    AddEvent = "add_event",
    /// [`add_api_key`](super::ApiKeys::add_api_key).
    AddApiKey = "add_api_key",
    /// [`use_api_key`](super::ApiKeys::use_api_key).
    UseApiKey = "use_api_key",
    /// [`revoke_api_key`](super::ApiKeys::revoke_api_key).
    RevokeApiKey = "revoke_api_key",
    /// [`create_wallet`](super::Wallets::create_wallet).
    CreateWallet = "create_wallet",
    /// [`update_claimant`](super::Wallets::update_claimant).
    UpdateClaimant = "update_claimant",
    /// [`freeze_wallet`](super::Wallets::freeze_wallet).
    FreezeWallet = "freeze_wallet",
    /// [`delete_wallet`](super::Wallets::delete_wallet).
    DeleteWallet = "delete_wallet",
    /// [`record_export`](super::Wallets::record_export).
    RecordExport = "record_export",
    /// [`erase_retired`](super::Wallets::erase_retired).
    EraseRetired = "erase_retired",
    /// [`change_passkeys`](super::Passkeys::change_passkeys).
    ChangePasskeys = "change_passkeys",
    /// [`rename_passkey`](super::Passkeys::rename_passkey).
    RenamePasskey = "rename_passkey",
    /// [`add_pairing`](super::Pairings::add_pairing).
    AddPairing = "add_pairing",
    /// [`burn_pairing`](super::Pairings::burn_pairing).
    BurnPairing = "burn_pairing",
    /// [`begin_query`](super::Queries::begin_query).
    BeginQuery = "begin_query",
    /// [`end_query`](super::Queries::end_query).
    EndQuery = "end_query",
    /// [`burn_unfinished`](super::Queries::burn_unfinished).
    BurnUnfinished = "burn_unfinished",
    /// [`fail_check`](super::Queries::fail_check).
    FailCheck = "fail_check",
    /// [`prepare_claim`](super::Claims::prepare_claim).
    PrepareClaim = "prepare_claim",
    /// [`confirm_claim`](super::Claims::confirm_claim).
    ConfirmClaim = "confirm_claim",
    /// [`end_claim`](super::Claims::end_claim).
    EndClaim = "end_claim",
    /// [`commit_claim`](super::Claims::commit_claim).
    CommitClaim = "commit_claim",
    /// [`begin_session`](super::Sessions::begin_session).
    BeginSession = "begin_session",
    /// [`use_session`](super::Sessions::use_session).
    UseSession = "use_session",
    /// [`refresh_session`](super::Sessions::refresh_session).
    RefreshSession = "refresh_session",
    /// [`revoke_sessions`](super::Sessions::revoke_sessions).
    RevokeSessions = "revoke_sessions",
    /// [`end_sessions_of`](super::Sessions::end_sessions_of).
    EndSessionsOf = "end_sessions_of",
    /// [`end_session`](super::Sessions::end_session).
    EndSession = "end_session",
    /// [`rotate_proof_key`](super::ProofKeys::rotate_proof_key).
    RotateProofKey = "rotate_proof_key",
}

impl Write {
    /// Whether it erases what no file may hold any longer once it is told.
    pub(super) fn erases(self) -> bool {
        match self {
            Self::Sweep
            | Self::RevokeApiKey
            | Self::DeleteWallet
            | Self::EraseRetired
            | Self::ChangePasskeys
            | Self::BurnPairing
            | Self::BurnUnfinished
            | Self::FailCheck
            | Self::EndClaim
            | Self::RotateProofKey => true,
            Self::PutRoot
            | Self::Probe
            | Self::HighWater
            | Self::HeedHighWater
            | Self::AddEvent
            | Self::AddApiKey
            | Self::UseApiKey
            | Self::FreezeWallet
            | Self::CreateWallet
            | Self::UpdateClaimant
            | Self::RecordExport
            | Self::RenamePasskey
            | Self::AddPairing
            | Self::BeginQuery
            | Self::EndQuery
            | Self::PrepareClaim
            | Self::ConfirmClaim
            | Self::CommitClaim
            | Self::BeginSession
            | Self::UseSession
            | Self::RefreshSession
            | Self::RevokeSessions
            | Self::EndSessionsOf
            | Self::EndSession => false,
        }
    }
}

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// Nothing is changed yet.
    Before,
    /// Changed, and not committed.
    Within,
    /// On the disk; nobody was told yet.
    After,
}

impl Moment {
    /// Every moment, in order.
    pub const ALL: [Self; 3] = [Self::Before, Self::Within, Self::After];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Within => "within",
            Self::After => "after",
        }
    }
}

/// Told of every change as it happens, on the thread that makes it, which waits meanwhile.
pub type Watch = Arc<dyn Fn(Write, Moment) + Send + Sync>;
