//! Reading the audit log.

use mpc::WalletId;

/// One event of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number: later events have higher ones.
    pub number: u64,
    /// Unix seconds.
    pub at: u64,
    /// The wallet that it tells of, if any.
    pub wallet: Option<WalletId>,
    /// The API key that it was done with, if it was one.
    pub key: Option<[u8; 8]>,
    /// What happened: the name of an [`Event`](super::Event), or of one of an earlier release.
    pub event: String,
}

/// Which events are asked for: those that all of it fits.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of a higher number than this.
    pub after: u64,
    /// Of this wallet.
    pub wallet: Option<WalletId>,
    /// Done with this API key.
    pub key: Option<[u8; 8]>,
    /// Of this name.
    pub event: Option<String>,
    /// Not before this, Unix seconds.
    pub since: Option<u64>,
    /// Before this, Unix seconds.
    pub until: Option<u64>,
    /// At most so many.
    pub limit: u32,
}
