//! A session, as the liar offers, prolongs and lists it.

use mpc::{Epoch, KeyInfo};
use wire::{
    ProcessMark,
    ceremony::{
        DeviceName, ListedSession, OfferedSession, SessionList, SessionRefresh, SessionRefreshed, SessionTerms,
        Sessions, UnlockFinish, UnlockOffer, UnlockStart, Unlocked,
    },
};

use super::{Liar, Lie, forgery::generated};

const LENGTH: u64 = 5400;
const MAXIMUM: u64 = 43_200;
const REFRESHES: u32 = 7;
const YEAR: u64 = 365 * 24 * 60 * 60;

impl Liar {
    fn terms(&self) -> SessionTerms {
        let honest = SessionTerms {
            length: LENGTH,
            idle: 1800,
            maximum: MAXIMUM,
            refreshes: REFRESHES,
            epoch: 0,
        };
        match self.lie {
            Lie::TermsOfNoLength => SessionTerms { length: 0, ..honest },
            Lie::TermsBelowTheLength => SessionTerms {
                maximum: LENGTH - 1,
                ..honest
            },
            Lie::TermsOfAYear => SessionTerms {
                maximum: YEAR,
                ..honest
            },
            Lie::TermsWithoutUse => SessionTerms { idle: 0, ..honest },
            Lie::TermsOfAnotherEnd => SessionTerms {
                length: u64::MAX,
                maximum: u64::MAX,
                ..honest
            },
            _ => honest,
        }
    }

    /// The session that a claim ends in.
    pub(super) fn session(&self) -> OfferedSession {
        let now = self.expires_at - LENGTH;
        OfferedSession {
            id: [8; 16],
            expires_at: self.expires_at,
            terms: self.terms(),
            now: match self.lie {
                Lie::TermsOfAnotherTime => u64::MAX,
                _ => now,
            },
            process: ProcessMark([7; 16]),
        }
    }

    pub(super) fn unlock(&mut self, _: UnlockStart) -> UnlockOffer {
        self.refreshed = 0;
        let terms = self.terms();
        let now = self.expires_at - LENGTH;
        UnlockOffer {
            nonce: [4; 32],
            rp_id: self.rp_id(),
            answer_by: match self.lie {
                Lie::TermsOfNoAnswer => now,
                _ => now + 300,
            },
            expires_at: self.expires_at,
            terms,
            now: match self.lie {
                Lie::TermsOfAnotherTime => u64::MAX,
                _ => now,
            },
            process: ProcessMark([7; 16]),
        }
    }

    pub(super) fn unlocked(&mut self, _: UnlockFinish) -> Unlocked {
        let mut keys: Vec<_> = self.wallets.iter().map(|held| held.active.info().clone()).collect();
        match self.lie {
            Lie::KeysMissing => keys.truncate(keys.len() - 1),
            Lie::KeyOfTheOldEpoch => keys[0].epoch = Epoch(0),
            // At an epoch that this device would get a copy of.
            Lie::KeyOfAnother => {
                let (_, other) = generated(keys[0].scheme, 0);
                keys[0] = KeyInfo {
                    wallet: keys[0].wallet,
                    epoch: Epoch(keys[0].epoch.0 + 1),
                    ..other.info().clone()
                };
            }
            _ => {}
        }
        Unlocked {
            session: [8; 16],
            expires_at: self.expires_at + u64::from(self.lie == Lie::SessionProlonged),
            passkeys: vec![self.passkeys.as_ref().unwrap().digest(); keys.len()],
            keys,
            rotate_by: None,
        }
    }

    pub(super) fn refresh_session(&mut self, request: SessionRefresh) -> SessionRefreshed {
        let latest = self.expires_at - LENGTH + MAXIMUM;
        let refreshed = request.refreshed + 1;
        let (expires_at, refreshed) = match self.lie {
            Lie::RefreshToAnEarlierEnd => (self.expires_at - 1, refreshed),
            Lie::RefreshUncounted => (self.expires_at + 60, request.refreshed),
            Lie::RefreshBeyondTheMaximum => (latest + 1, refreshed),
            Lie::RefreshForEver => (u64::MAX, refreshed),
            Lie::RefreshTooOften => (self.expires_at + 60, REFRESHES + 1),
            _ => (latest, refreshed),
        };
        SessionRefreshed { expires_at, refreshed }
    }

    pub(super) fn list(&mut self, _: SessionList) -> Sessions {
        let listed = |session, is_current| ListedSession {
            session,
            device: DeviceName::default(),
            began_at: 1,
            used_at: 2,
            expires_at: self.expires_at,
            is_current,
            wallets: vec![self.wallets[0].active.info().wallet],
        };
        let (own, other) = ([8; 16], [9; 16]);
        let sessions = match self.lie {
            Lie::ListOfAnothersSession => vec![listed(other, true)],
            Lie::ListWithoutACurrent => vec![listed(own, false), listed(other, false)],
            Lie::ListOfTwoCurrent => vec![listed(own, true), listed(other, true)],
            Lie::ListOfOneTwice => vec![listed(own, true), listed(other, false), listed(other, false)],
            _ => vec![listed(own, true), listed(other, false)],
        };
        Sessions { sessions }
    }
}
