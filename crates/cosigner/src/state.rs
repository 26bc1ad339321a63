//! What a running co-signer holds.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use mpc::{PairingId, RunId, WalletId, channel::ChannelPublicKey};
use rand_core::{OsRng, RngCore};
use tokio::sync::Semaphore;
use wire::CoSignerIdentity;

use crate::{
    Error,
    body::Bodies,
    ceremonies::{claim, export, import, keygen, pairing, passkeys, unlock, unused_for},
    clock::Clock,
    config::Config,
    door::Places,
    key_encryption::{KeyEncryption, LocalKey},
    limits::Limiter,
    live::{Expiring, Newest, Seen},
    metrics::Metrics,
    pairing_turn::PairingTurns,
    request_signature::Nonces,
    restored::Restored,
    root::Root,
    shared::Shared,
    store::{Heeded, PairingOwner, ProcessId, Sqlite, Store, StoreError, Swept, SweptBefore, Watch},
};

/// Shares of a retired epoch are erased this many seconds after it ended, if the client never said that it may be.
const RETIRED_FOR: u64 = 24 * 60 * 60;
/// Workers a core. Eight times as many as four a core finish 1.8 times as many claims a second, where a sync takes 5 ms.
const WORKERS: usize = 32;
/// Locks that keep two copies of one request apart. Some requests share one, which costs time and nothing else.
const TURNS: usize = 256;

/// A running co-signer's state: cheap to clone, one for each database.
#[derive(Clone)]
pub struct State(pub(crate) Arc<CoSigner>);

/// What every step of every ceremony works with.
pub(crate) struct CoSigner {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    /// What this process marks queries with.
    pub(crate) process: ProcessId,
    pub(crate) store: Box<dyn Store>,
    pub(crate) restored: Restored,
    pub(crate) kek: Box<dyn KeyEncryption>,
    pub(crate) root: Root,
    pub(crate) limiter: Limiter,
    pub(crate) metrics: Metrics,
    pub(crate) live: Live,
    /// Steps at once: many more than there are cores, since those that wait for the disk wait together and are synced together.
    pub(crate) workers: Arc<Semaphore>,
    /// Requests at once that have arrived whole, of all callers.
    pub(crate) places: Places,
    /// What bodies hold.
    pub(crate) bodies: Arc<Bodies>,
    /// Whether the store takes a write.
    pub(crate) readiness: Shared<()>,
    /// Said once: that a request's address could not be read where a proxy should have written it.
    pub(crate) unread_address: Once,
    turns: Vec<Mutex<()>>,
    pub(crate) pairing_turns: PairingTurns,
}

/// Rounds under way.
pub(crate) struct Live {
    pub(crate) keygens: Expiring<([u8; 8], RunId), keygen::Awaiting>,
    pub(crate) imports: Expiring<([u8; 8], RunId), import::Awaiting>,
    pub(crate) pairings: Expiring<(PairingOwner, PairingId), pairing::Awaiting>,
    pub(crate) offered: Expiring<[u8; 16], claim::Offered>,
    pub(crate) refreshing: Expiring<[u8; 16], claim::Refreshing>,
    pub(crate) unlocks: Expiring<ChannelPublicKey, unlock::Awaiting>,
    /// Unlocks that name no wallet, which anybody may start: apart, so that they fill no place of those that do.
    pub(crate) restores: Expiring<ChannelPublicKey, unlock::Awaiting>,
    pub(crate) exports: Expiring<(ChannelPublicKey, WalletId), export::Awaiting>,
    pub(crate) passkeys: Expiring<ChannelPublicKey, passkeys::Awaiting>,
    /// ECDSA runs that were answered.
    pub(crate) runs: Seen<(PairingId, RunId)>,
    /// Ed25519 runs that were answered.
    pub(crate) eddsa_runs: Seen<(WalletId, RunId)>,
    /// Requests of sessions that were taken.
    pub(crate) nonces: Nonces,
    /// Pairings that a query was put to and did not end: dead, whether or not the store could burn them.
    pub(crate) burnt: Seen<PairingId>,
    /// Pairings that a session made and no query was put to.
    pub(crate) unused: Newest<PairingOwner, PairingId>,
    /// Sessions that were given the pairing which a rotation, by the number of its commit, owed to them; or made one in it.
    pub(crate) owed_pairings: Seen<(ChannelPublicKey, u64)>,
}

impl State {
    /// Checks the settings, opens the database, holds it against its high-water mark, and unwraps the identity.
    ///
    /// # Errors
    /// [`Error`] for a wrong setting, a missing or wrong key, a database or a mark that can't be used.
    pub fn open(config: Config) -> Result<Self, Error> {
        Self::open_at(config, Clock::system())
    }

    /// As [`State::open`], by another clock.
    ///
    /// # Errors
    /// As [`State::open`].
    pub fn open_at(config: Config, clock: Clock) -> Result<Self, Error> {
        Self::open_watched(config, clock, None)
    }

    /// As [`State::open`], for a command beside a server: the database is not held against its mark, which takes as long as there are
    /// wallets and is the server's to do. What is revoked stands in the mark all the same.
    ///
    /// # Errors
    /// As [`State::open`].
    pub fn open_beside(config: Config) -> Result<Self, Error> {
        Self::open_with(config, Clock::system(), None, false)
    }

    /// As [`State::open_at`]; `watch` is told of every change of the store.
    ///
    /// # Errors
    /// As [`State::open`].
    pub fn open_watched(config: Config, clock: Clock, watch: Option<Watch>) -> Result<Self, Error> {
        Self::open_with(config, clock, watch, true)
    }

    fn open_with(config: Config, clock: Clock, watch: Option<Watch>, heeds: bool) -> Result<Self, Error> {
        config.check()?;
        let kek = LocalKey::load(&config.key_encryption)?;
        let store = Sqlite::open_watched(&config.database, &config.high_water_path(), watch)?;
        let now = clock.now();
        // A database that was never held against a mark has nothing to be compared yet, and must miss it from now on.
        let heeded = match heeds || !store.has_mark()? {
            true => store.heed_high_water(now.saturating_sub(config.lifetimes.failed_check), now)?,
            false => Heeded::default(),
        };
        tell(&heeded);
        let root = open_root(&store, &kek)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut process = ProcessId([0; 16]);
        OsRng.fill_bytes(&mut process.0);
        Ok(Self(Arc::new(CoSigner {
            limiter: Limiter::new(config.limits.clone()),
            metrics: Metrics::new(heeded.wallets.len()),
            restored: Restored::new(heeded.wallets),
            live: Live {
                keygens: Expiring::new(16_384),
                imports: Expiring::new(16_384),
                pairings: Expiring::new(1_024),
                offered: Expiring::new(16_384),
                refreshing: Expiring::new(1_024),
                unlocks: Expiring::new(16_384),
                restores: Expiring::new(16_384),
                exports: Expiring::new(4_096),
                passkeys: Expiring::new(4_096),
                runs: Seen::new(131_072),
                eddsa_runs: Seen::new(131_072),
                // Twice the window's worth at more than 400 requests a second; of one person at more than 13.
                nonces: Nonces::new(262_144, 8_192),
                burnt: Seen::new(131_072),
                unused: Newest::new(16_384, 4),
                owed_pairings: Seen::new(65_536),
            },
            workers: Arc::new(Semaphore::new(cores * WORKERS)),
            places: Places::new(config.limits.concurrent.max(1) as usize),
            bodies: Bodies::new(),
            readiness: Shared::new(),
            unread_address: Once::new(),
            turns: (0..TURNS).map(|_| Mutex::new(())).collect(),
            pairing_turns: PairingTurns::new(),
            process,
            store: Box::new(store),
            kek: Box::new(kek),
            root,
            config,
            clock,
        })))
    }

    /// Whom clients pin.
    pub fn identity(&self) -> CoSignerIdentity {
        self.0.root.identity()
    }

    /// Erases what is past its time: claims that were never committed with their pending shares, shares of epochs that ended a
    /// day ago, sessions, answers, tickets, failed checks; and burns the pairings that an earlier process put a query to and did
    /// not finish. The server does so before it serves, and every minute.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sweep(&self) -> Result<Swept, Error> {
        let co_signer = &*self.0;
        let now = co_signer.clock.now();
        co_signer.live.keygens.sweep(now);
        co_signer.live.imports.sweep(now);
        co_signer.live.pairings.sweep(now);
        co_signer.live.offered.sweep(now);
        co_signer.live.refreshing.sweep(now);
        co_signer.live.unlocks.sweep(now);
        co_signer.live.restores.sweep(now);
        co_signer.live.exports.sweep(now);
        co_signer.live.passkeys.sweep(now);
        let unfinished = co_signer.burn_unfinished(now)?;
        let before = SweptBefore {
            retired: now.saturating_sub(RETIRED_FOR),
            failed: co_signer.failed_since(now),
            used: now.saturating_sub(unused_for(&co_signer.config)),
        };
        let swept = co_signer.store.sweep(now, before)?;
        Ok(Swept { unfinished, ..swept })
    }
}

impl CoSigner {
    /// Burns the pairings that another process put a query to and did not finish.
    pub(crate) fn burn_unfinished(&self, now: u64) -> Result<usize, StoreError> {
        let burnt = self.store.burn_unfinished(self.process, now)?;
        self.metrics.pairings_unfinished(burnt);
        Ok(burnt)
    }

    /// Failed checks count if they were later than this.
    pub(crate) fn failed_since(&self, now: u64) -> u64 {
        now.saturating_sub(self.config.lifetimes.failed_check)
    }

    /// Waits until no copy of this request is being worked on.
    pub(crate) fn turn(&self, request: &[u8; 32]) -> Option<MutexGuard<'_, ()>> {
        let turn = self.turns.get(usize::from(*request.first()?) % TURNS)?;
        Some(turn.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Logs what the database had lost, by its high-water mark.
fn tell(heeded: &Heeded) {
    let Heeded {
        wallets,
        pairings,
        api_keys,
        failed_checks,
        claims,
    } = heeded;
    if !wallets.is_empty() {
        tracing::error!(
            wallets = wallets.len(),
            "the database was restored from an older copy: these wallets are refused until the newer one is brought back"
        );
    }
    if pairings + api_keys + failed_checks + claims > 0 {
        tracing::warn!(
            pairings,
            api_keys,
            failed_checks,
            claims,
            "the database was restored from an older copy: pairings were burnt, API keys revoked, failed checks counted and claims ended again"
        );
    }
}

/// Opens the root secret of this database, or makes it if the database is new.
fn open_root(store: &dyn Store, kek: &dyn KeyEncryption) -> Result<Root, Error> {
    let failed = |_| Error::Setting("key_encryption: the key can't wrap".to_owned());
    if store.root()?.is_none() {
        match store.put_root(Root::create(kek).map_err(failed)?) {
            // Another process was first: its root counts.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let wrapped = store
        .root()?
        .ok_or_else(|| Error::Database("the database does not keep what it is given".to_owned()))?;
    Root::open(kek, &wrapped).map_err(|_| {
        Error::Setting(
            "key_encryption: this key does not open this database; use the key that the database was made with"
                .to_owned(),
        )
    })
}

impl core::fmt::Debug for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("State")
    }
}
