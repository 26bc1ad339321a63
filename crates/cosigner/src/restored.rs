//! Wallets that the database is an older copy than: what it holds of them is past, so nothing is done with it and nothing said.

use std::collections::HashSet;

use mpc::WalletId;

use crate::{api_error::ApiError, state::CoSigner, store::WalletRecord};

/// The wallets, as the high-water mark told at start.
pub(crate) struct Restored(HashSet<WalletId>);

impl Restored {
    pub(crate) fn new(wallets: Vec<WalletId>) -> Self {
        Self(wallets.into_iter().collect())
    }

    /// Refuses to do anything with one of them.
    pub(crate) fn refuse(&self, wallet: WalletId) -> Result<(), ApiError> {
        if self.0.contains(&wallet) {
            Err(ApiError::restored())
        } else {
            Ok(())
        }
    }

    /// The same for what is not found, while there are such wallets: it may be theirs.
    pub(crate) fn refuse_unknown(&self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::restored())
        }
    }
}

impl CoSigner {
    /// A wallet, if it is known and the database is no older copy than it.
    pub(crate) fn wallet(&self, id: WalletId) -> Result<WalletRecord, ApiError> {
        self.restored.refuse(id)?;
        self.store.wallet(id)?.ok_or_else(ApiError::wallet_not_found)
    }
}
