//! How much one caller may ask for: a token bucket each, a minute deep, or a day.

use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use mpc::{WalletId, channel::ChannelPublicKey};
use rand_core::{OsRng, RngCore};

use crate::{
    config::Limits,
    store::{Event, PairingOwner},
};

/// Buckets that are kept, of each kind of subject.
const CAPACITY: usize = 100_000;

/// Turns are spread over so many seconds where many callers share one bucket: the client library waits no longer by itself.
const SPREAD: u64 = 20;

/// Lines of one kind, of one session, passkey or wallet, that go into the audit log, a minute.
const NOTED: u32 = 6;

/// Whom a limit is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    ApiKey([u8; 8]),
    /// When an API key was used last, written down.
    KeyUse([u8; 8]),
    Pairing(PairingOwner),
    Wallet(WalletId),
    /// Claims of a wallet, started: by whoever has a ticket, so they take nothing from its signatures.
    Claim(WalletId),
    /// Unlocks of a wallet: anyone who knows its id may ask for one, so they take nothing from its signatures.
    Unlock(WalletId),
    /// The same from one network: who names another's wallet leaves room for its person.
    UnlockFrom(WalletId, Network),
    /// Claims of a wallet that somebody resumes, who names one.
    Resume(WalletId),
    /// Exports that a session starts: who has stolen one takes none from the sessions that their person unlocks.
    Export(ChannelPublicKey),
    /// Changes of passkeys that a session starts, and names that it gives: the same.
    Passkeys(ChannelPublicKey),
    /// Rotations of a wallet that its passkey approved, a day.
    Rotation(WalletId),
    /// Rotations that a session starts, a day: who has stolen one takes none from the sessions that their person unlocks.
    RotationStart(ChannelPublicKey),
    /// Pairings that a session makes beside, a day.
    Renewal(ChannelPublicKey),
    /// Pairings that rotations owe to the sessions of a passkey, though it is barred, a day.
    OwedPairing(PairingOwner),
    Session(ChannelPublicKey),
    /// Lines of the audit log on refused requests of a session.
    RefusedRequest(ChannelPublicKey),
    /// Lines of the audit log on refused unlocks of a wallet, whoever asks.
    RefusedUnlock(WalletId),
    /// Lines of the audit log on sessions that a passkey opens.
    NotedUnlock(Vec<u8>),
    /// Lines of the audit log on an event of a wallet that its sessions cause as often as they like.
    Noted(WalletId, Event),
    /// An IPv4 address, or the first half of an IPv6 one.
    Address([u8; 8]),
    /// What anybody may read, from one such address.
    Reading([u8; 8]),
}

/// Where requests come from: an IPv4 address, or the first 48 bits of an IPv6 one, which is what a customer gets at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Network([u8; 6]);

impl Network {
    pub(crate) fn of(address: IpAddr) -> Self {
        let mut network = [0; 6];
        match address.to_canonical() {
            IpAddr::V4(address) => network
                .iter_mut()
                .zip(address.octets())
                .for_each(|(to, from)| *to = from),
            IpAddr::V6(address) => network
                .iter_mut()
                .zip(address.octets())
                .for_each(|(to, from)| *to = from),
        }
        Self(network)
    }
}

impl Subject {
    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(half(address))
    }

    pub(crate) fn reading(address: IpAddr) -> Self {
        Self::Reading(half(address))
    }
}

/// An IPv4 address, or the first half of an IPv6 one: what one customer has at least.
pub(crate) fn half(address: IpAddr) -> [u8; 8] {
    let mut half = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(address) => half.iter_mut().zip(address.octets()).for_each(|(to, from)| *to = from),
        IpAddr::V6(address) => half.iter_mut().zip(address.octets()).for_each(|(to, from)| *to = from),
    }
    half
}

impl Subject {
    /// How long it takes an empty bucket to fill, in seconds.
    fn period(&self) -> u64 {
        match self {
            Self::Rotation(_) | Self::RotationStart(_) | Self::Renewal(_) | Self::OwedPairing(_) => 24 * 60 * 60,
            Self::ApiKey(_)
            | Self::KeyUse(_)
            | Self::Pairing(_)
            | Self::Wallet(_)
            | Self::Claim(_)
            | Self::Unlock(_)
            | Self::UnlockFrom(..)
            | Self::Resume(_)
            | Self::Export(_)
            | Self::Passkeys(_)
            | Self::Session(_)
            | Self::RefusedRequest(_)
            | Self::RefusedUnlock(_)
            | Self::NotedUnlock(_)
            | Self::Noted(..)
            | Self::Address(_)
            | Self::Reading(_) => 60,
        }
    }

    /// Whether callers who know nothing of each other share the bucket.
    fn is_shared(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Reading(_))
    }
}

struct Bucket {
    /// Requests left, times the period.
    left: u64,
    /// Turns that callers who were refused were told to come for, times the period.
    told: u64,
    at: u64,
}

impl Bucket {
    fn full(rate: u64, period: u64, now: u64) -> Self {
        Self {
            left: rate * period,
            told: 0,
            at: now,
        }
    }

    /// Adds what was earned since it was last looked at.
    fn earn(&mut self, rate: u64, period: u64, now: u64) {
        let earned = now.saturating_sub(self.at).min(period) * rate;
        self.left = (self.left + earned).min(rate * period);
        self.told = self.told.saturating_sub(earned);
        self.at = now;
    }
}

/// The buckets of one kind of subject: those of one kind take no place from another's.
#[derive(Default)]
struct Buckets {
    of: HashMap<Subject, Bucket>,
    swept_at: u64,
}

impl Buckets {
    /// Makes room for one more, if there is none: buckets that are full again are forgotten, which changes nothing; and where that is
    /// too little, the half of them that is nearest to full. Who has emptied a bucket is held to it.
    fn make_room(&mut self, rate: u64, period: u64, now: u64) {
        if self.of.len() < CAPACITY {
            return;
        }
        if self.swept_at != now {
            self.swept_at = now;
            self.of.retain(|_, bucket| {
                bucket.earn(rate, period, now);
                bucket.left < rate * period
            });
        }
        if self.of.len() >= CAPACITY {
            let mut left: Vec<_> = self.of.values().map(|bucket| bucket.left).collect();
            left.sort_unstable();
            // The emptier half stays; of those alike as many as there is room for.
            let limit = left.get(CAPACITY / 2).copied().unwrap_or_default();
            let mut alike = CAPACITY / 2 - left.partition_point(|left| *left < limit);
            self.of.retain(|_, bucket| {
                let stays = bucket.left < limit || (bucket.left == limit && alike > 0);
                alike -= usize::from(stays && bucket.left == limit);
                stays
            });
        }
    }
}

/// The buckets.
pub(crate) struct Limiter {
    limits: Limits,
    buckets: Mutex<HashMap<Discriminant<Subject>, Buckets>>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    fn rate(&self, subject: &Subject) -> u64 {
        u64::from(match subject {
            Subject::ApiKey(_) => self.limits.api_key,
            Subject::KeyUse(_) => 1,
            Subject::Pairing(_) => self.limits.pairing,
            Subject::Wallet(_) | Subject::Claim(_) | Subject::Unlock(_) | Subject::Resume(_) => self.limits.wallet,
            Subject::UnlockFrom(..) => self.limits.wallet.div_ceil(4),
            Subject::Export(_) | Subject::Passkeys(_) => self.limits.export,
            Subject::Rotation(_) | Subject::RotationStart(_) | Subject::OwedPairing(_) => self.limits.rotations,
            Subject::Renewal(_) => self.limits.renewals,
            Subject::Session(_) => self.limits.session,
            Subject::RefusedRequest(_) | Subject::RefusedUnlock(_) | Subject::NotedUnlock(_) | Subject::Noted(..) => {
                NOTED
            }
            Subject::Address(_) | Subject::Reading(_) => self.limits.address,
        })
    }

    /// Takes one request out of a bucket; if it is empty, says in how many seconds to come again.
    pub(crate) fn take(&self, subject: Subject, now: u64) -> Result<(), u32> {
        self.look(subject, now, 1)
    }

    /// Says what [`Limiter::take`] would, and takes nothing.
    pub(crate) fn check(&self, subject: Subject, now: u64) -> Result<(), u32> {
        self.look(subject, now, 0)
    }

    /// Puts requests back that a caller proved to be its own: they are counted elsewhere.
    pub(crate) fn give_back(&self, subject: &Subject, requests: u64) {
        let (rate, period) = (self.rate(subject).max(1), subject.period());
        let mut kinds = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = kinds
            .get_mut(&discriminant(subject))
            .and_then(|buckets| buckets.of.get_mut(subject));
        if let Some(bucket) = bucket {
            bucket.left = (bucket.left + requests * period).min(rate * period);
        }
    }

    fn look(&self, subject: Subject, now: u64, taken: u64) -> Result<(), u32> {
        let (rate, period, is_shared) = (self.rate(&subject).max(1), subject.period(), subject.is_shared());
        let mut kinds = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let buckets = kinds.entry(discriminant(&subject)).or_default();
        if !buckets.of.contains_key(&subject) {
            buckets.make_room(rate, period, now);
        }
        let full = Bucket::full(rate, period, now);
        let bucket = buckets.of.entry(subject).or_insert(full);
        bucket.earn(rate, period, now);
        if bucket.left >= period {
            bucket.left -= taken * period;
            return Ok(());
        }
        let mut wait = (period - bucket.left + bucket.told).div_ceil(rate).max(1);
        if is_shared {
            // Each is told a turn of its own, as far as there are some; and no two crowds come back in step.
            if bucket.told / rate < SPREAD {
                bucket.told += period;
            }
            wait += u64::from(OsRng.next_u32()) % (wait / 4 + 1);
        }
        Err(u32::try_from(wait).unwrap_or(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limiter = Limiter::new(Limits {
            wallet: 2,
            ..Limits::default()
        });
        let wallet = Subject::Wallet(WalletId([1; 16]));
        assert_eq!(limiter.take(wallet.clone(), 100), Ok(()));
        assert_eq!(limiter.take(wallet.clone(), 100), Ok(()));
        assert_eq!(limiter.take(wallet.clone(), 100), Err(30));
        assert_eq!(limiter.take(wallet.clone(), 110), Err(20));
        assert_eq!(limiter.take(wallet.clone(), 130), Ok(()));
        assert_eq!(limiter.take(wallet.clone(), 130), Err(30));
        assert_eq!(limiter.take(Subject::Wallet(WalletId([2; 16])), 130), Ok(()));
    }

    #[test]
    fn a_bucket_of_a_day_gives_one_an_hour_when_it_is_empty() {
        let limiter = Limiter::new(Limits::default());
        let take = |now| limiter.take(Subject::Rotation(WalletId([1; 16])), now);
        assert!((0..24).all(|_| take(100) == Ok(())));
        assert_eq!((take(100), take(3699)), (Err(3600), Err(1)));
        let check = |now| limiter.check(Subject::Rotation(WalletId([1; 16])), now);
        assert_eq!((check(3700), check(3700)), (Ok(()), Ok(())));
        assert_eq!((take(3700), take(3700), check(3700)), (Ok(()), Err(3600), Err(3600)));
    }

    #[test]
    fn a_clock_that_jumps_shuts_nobody_out_and_gives_nobody_more_than_a_full_bucket() {
        let limiter = Limiter::new(Limits {
            wallet: 2,
            ..Limits::default()
        });
        let take = |now| limiter.take(Subject::Wallet(WalletId([1; 16])), now);
        assert_eq!((take(5000), take(5000), take(5000)), (Ok(()), Ok(()), Err(30)));
        // Back an hour: what was earned is earned from there on.
        assert_eq!((take(1400), take(1429), take(1430)), (Err(30), Err(1), Ok(())));
        // Forward a day, and back.
        assert_eq!((take(90_000), take(90_000), take(90_000)), (Ok(()), Ok(()), Err(30)));
        assert_eq!((take(1460), take(1490)), (Err(30), Ok(())));
    }

    #[test]
    fn a_hundred_thousand_networks_shut_no_other_out() {
        let limiter = Limiter::new(Limits {
            address: 1,
            ..Limits::default()
        });
        let address = |number: usize| Subject::Address((number as u64).to_be_bytes());
        for number in 0..CAPACITY {
            assert_eq!(limiter.take(address(number), 100), Ok(()));
        }
        let wallet = Subject::Wallet(WalletId([1; 16]));
        assert_eq!(limiter.take(wallet, 100), Ok(()));
        assert_eq!(limiter.take(address(CAPACITY), 100), Ok(()));
        assert!(limiter.take(address(CAPACITY), 100).is_err());
        // Half of them are held still, beside the wallet's and the newcomer's, and a minute later all are as new.
        let kinds = limiter.buckets.lock().unwrap();
        let held: usize = kinds.values().map(|buckets| buckets.of.len()).sum();
        drop(kinds);
        assert_eq!(held, CAPACITY / 2 + 2);
        assert_eq!(limiter.take(address(CAPACITY), 160), Ok(()));
        assert!(limiter.take(address(CAPACITY), 160).is_err());
    }

    #[test]
    fn a_day_of_many_rotations_forgets_no_empty_bucket() {
        let limiter = Limiter::new(Limits::default());
        let rotation = |number: u128| Subject::Rotation(WalletId(number.to_be_bytes()));
        assert!((0..24).all(|_| limiter.take(rotation(0), 100) == Ok(())));
        assert_eq!(limiter.take(rotation(0), 100), Err(3600));
        for number in 1..=3 * CAPACITY as u128 {
            assert_eq!(limiter.take(rotation(number), 100), Ok(()));
        }
        assert_eq!(limiter.take(rotation(0), 100), Err(3600));
    }

    #[test]
    fn each_of_a_crowd_is_told_a_turn_of_its_own() {
        let limiter = Limiter::new(Limits::default());
        let crowd = || Subject::address("192.0.2.1".parse().unwrap());
        assert!((0..600).all(|_| limiter.take(crowd(), 100) == Ok(())));
        // Ten a second: the hundredth has to wait for ten seconds at least, and none for more than 26.
        let waits: Vec<_> = (0..400).map(|_| limiter.take(crowd(), 100).unwrap_err()).collect();
        for (place, wait) in waits.iter().enumerate() {
            let turn = 1 + u32::try_from(place / 10).unwrap().min(20);
            assert!((turn..=turn + turn / 4).contains(wait), "{place} {wait}");
        }
        // Whoever shares a bucket with nobody is told when it fills.
        let wallet = || Subject::Wallet(WalletId([1; 16]));
        assert!((0..120).all(|_| limiter.take(wallet(), 100) == Ok(())));
        assert!((0..50).all(|_| limiter.take(wallet(), 100) == Err(1)));
    }

    #[test]
    fn what_is_given_back_is_there_again_and_no_more_than_was_taken() {
        let limiter = Limiter::new(Limits {
            address: 2,
            ..Limits::default()
        });
        let address = Subject::address("192.0.2.1".parse().unwrap());
        let take = || limiter.take(address.clone(), 100).is_ok();
        limiter.give_back(&address, 9);
        assert_eq!((take(), take(), take()), (true, true, false));
        limiter.give_back(&address, 1);
        assert_eq!((take(), take()), (true, false));
        limiter.give_back(&address, 9);
        assert_eq!((take(), take(), take()), (true, true, false));
    }

    #[test]
    fn addresses_of_one_network_share_a_bucket() {
        let subject = |text: &str| Subject::address(text.parse().unwrap());
        assert_eq!(subject("2001:db8::1"), subject("2001:db8::2"));
        assert_ne!(subject("2001:db8::1"), subject("2001:db8:0:1::1"));
        assert_ne!(subject("192.0.2.1"), subject("192.0.2.2"));
        assert_eq!(subject("192.0.2.1"), subject("::ffff:192.0.2.1"));
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }
}
