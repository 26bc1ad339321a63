//! Whom the open shares are sealed to: what this browser holds and what the co-signer says must agree.

use wire::ErrorCode;

use super::{OVER, OpenShare, Session};
use crate::{
    Error, Fault,
    claim::expect_count,
    exchange::Caller,
    host::{Cancel, Host},
    opening::{Asking, Live},
    sender::Sender,
    vault::{self, SealedShare, Vault, WalletRecord, WrappingKey, same_share},
};

impl<H: Host> Session<H> {
    /// The open shares as they are sealed to the passkeys that the co-signer knows, which it names by their digests: where this browser knows
    /// others, its record is exchanged for the co-signer's copy. The caller holds the wallets' names.
    ///
    /// # Security
    /// A copy counts only if it opens to the very share that is open here: whoever sealed it knew that share. And no copy of earlier passkeys takes
    /// the place of a later one, so a co-signer can't bring back one that was removed.
    pub(super) async fn agreed(&self, digests: &[[u8; 32]], cancel: &Cancel) -> Result<Vec<SealedShare>, Error> {
        let (sender, wrapping, keys) = {
            let open = self.open.borrow();
            let open = open.as_ref().ok_or(OVER)?;
            let keys: Vec<_> = open.shares.iter().map(|held| held.share.info().clone()).collect();
            (open.sender.clone(), open.wrapping.clone(), keys)
        };
        expect_count(digests.len(), keys.len())?;
        let live: Vec<_> = keys
            .into_iter()
            .zip(digests)
            .map(|(key, passkeys)| Live {
                key,
                passkeys: *passkeys,
            })
            .collect();
        self.agreed_on(&live, (&sender, &wrapping), cancel).await
    }

    pub(super) async fn agreed_on(
        &self,
        live: &[Live],
        (sender, wrapping): (&Sender<H>, &WrappingKey),
        cancel: &Cancel,
    ) -> Result<Vec<SealedShare>, Error> {
        let host = self.host();
        let vault = Vault::read(host).await?;
        let (mut records, mut unknown) = (Vec::new(), Vec::new());
        for live in live {
            let held = vault.readable_wallet(live.key.wallet)?;
            match held.filter(|record| live.is_held(record) && self.is_own(record.active.as_ref(), wrapping)) {
                Some(record) => records.push(record),
                None => unknown.push(live.clone()),
            }
        }
        if !unknown.is_empty() {
            let asking = Asking {
                host,
                co_signer: &self.co_signer,
                caller: Caller::Session(sender),
                wrapping,
            };
            let fetched = asking.fetch(&unknown, cancel).await?;
            self.check_fetched(&vault, &fetched, wrapping)?;
            vault::restore_held(host, &fetched).await?;
            records.extend(fetched);
        }
        let share_of = |live: &Live| {
            let mut shares = records.iter().filter_map(|record| record.active.as_ref());
            shares
                .find(|share| share.key == live.key)
                .cloned()
                .ok_or(vault::DAMAGED)
        };
        live.iter().map(share_of).collect()
    }

    /// Checks that copies are of the shares that are open, and not sealed to fewer or other passkeys than this browser has heard of since.
    fn check_fetched(&self, vault: &Vault, fetched: &[WalletRecord], wrapping: &WrappingKey) -> Result<(), Error> {
        for share in fetched.iter().filter_map(|record| record.active.as_ref()) {
            if !self.is_own(Some(share), wrapping) {
                return Err(Fault::Content("the copy that it kept is of another share").into());
            }
            let held = vault.readable_wallet(share.wallet())?.and_then(|record| record.active);
            let held = held.filter(|held| self.is_own(Some(held), wrapping));
            if held.is_some_and(|held| held.passkeys.revision >= share.passkeys.revision) {
                return Err(SET_BACK);
            }
        }
        Ok(())
    }

    /// Whether a sealed share is the very one that is open. Only then are the passkeys that it names those that its holder sealed it to: the
    /// list stands in clear beside it, where others may have written.
    fn is_own(&self, sealed: Option<&SealedShare>, wrapping: &WrappingKey) -> bool {
        let opened = sealed.and_then(|sealed| sealed.open(&self.co_signer, wrapping).ok());
        opened.is_some_and(|opened| {
            let is_same = |_: &_, held: &OpenShare| Ok(same_share(&opened, &held.share));
            self.with_share(opened.info().wallet, is_same).unwrap_or(false)
        })
    }
}

/// The co-signer names passkeys that were changed since.
const SET_BACK: Error = Error::State {
    code: ErrorCode::EpochMismatch,
    message: "the co-signer knows earlier passkeys of the wallet than this device: its database was set back to an older copy, and whoever \
              runs it must bring the newer one back",
};
