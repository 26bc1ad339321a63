//! The co-signer, started again as often as it dies.

use std::{
    cell::RefCell,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cosigner::{
    Clock, Config, State,
    config::{KeySource, RelyingParty},
    store,
};

use super::files::{Files, LOG, MARK, Torn, folder};
use crate::{
    fuse::Fuse,
    point::{Moment, Point},
    random::Random,
    world::ORIGIN,
};

/// Some time in 2026.
const START: u64 = 1_790_000_000;

/// The co-signer, wherever it runs now.
pub struct Tower {
    pub(super) fuse: Fuse,
    files: Arc<Files>,
    now: Arc<AtomicU64>,
    config: Config,
    state: RefCell<Option<State>>,
    /// Requests that are being worked on, whoever lives.
    pub(super) under_way: Arc<AtomicU64>,
}

impl Tower {
    pub(super) fn new(fuse: Fuse, seed: u64) -> Self {
        let folder = folder();
        let relying_party = RelyingParty {
            id: "localhost".to_owned(),
            name: "Drill".to_owned(),
            origins: vec![ORIGIN.to_owned()],
            related_origins: Vec::new(),
        };
        let key = KeySource::File {
            path: folder.path().join("key"),
            create_key: true,
        };
        let mut config = Config::new(relying_party, folder.path(), key);
        (config.limits.wallet, config.limits.pairing) = (100_000, 100_000);
        (config.limits.rotations, config.limits.renewals) = (100_000, 100_000);
        config.limits.rotation_pause = 0;
        let files = Files {
            folder,
            copy: AtomicU64::new(0),
            log_began: AtomicU64::new(0),
            mark_began: AtomicU64::new(0),
            random: Mutex::new(Random::new(seed)),
        };
        fs::create_dir_all(files.database(0).parent().unwrap()).unwrap();
        Self {
            fuse,
            files: Arc::new(files),
            now: Arc::new(AtomicU64::new(START)),
            config,
            state: RefCell::new(None),
            under_way: Arc::default(),
        }
    }

    /// The co-signer that lives: started again, if it had died.
    pub fn state(&self) -> State {
        loop {
            if self.fuse.co_signer_is_dead() {
                self.state.replace(None);
                self.fuse.restart();
            }
            let state = self.state.borrow_mut().get_or_insert_with(|| self.start()).clone();
            // One that died as it started serves nobody.
            if !self.fuse.co_signer_is_dead() {
                return state;
            }
        }
    }

    fn start(&self) -> State {
        let copy = self.files.copy.load(Ordering::SeqCst);
        let mut config = self.config.clone();
        config.database = self.files.database(copy);
        let now = self.now.clone();
        let clock = Clock::new(move || now.load(Ordering::Relaxed));
        let state = State::open_watched(config, clock, Some(self.watch(copy))).unwrap();
        // As the server does before it serves.
        state.sweep().unwrap();
        state
    }

    fn watch(&self, copy: u64) -> store::Watch {
        let (fuse, files, generation) = (self.fuse.clone(), self.files.clone(), self.fuse.generation());
        Arc::new(move |write, moment| {
            // What a dead process still does, nobody sees.
            if fuse.generation() != generation {
                return;
            }
            let torn = match write {
                store::Write::HighWater => Torn::Mark,
                _ => Torn::Log,
            };
            if moment == store::Moment::Before {
                files.mark_began.store(files.length(copy, MARK), Ordering::SeqCst);
                if matches!(torn, Torn::Log) {
                    // Nothing of a transaction reaches the log before its commit: these are small.
                    files.log_began.store(files.length(copy, LOG), Ordering::SeqCst);
                }
            }
            let pass = |moment, torn| fuse.pass(Point::CoSignerWrite(write, moment), || files.fall(torn));
            match moment {
                store::Moment::Before => pass(Moment::Before, None),
                store::Moment::Within => pass(Moment::Within, None),
                store::Moment::After => {
                    pass(Moment::Torn, Some(torn));
                    if fuse.generation() == generation {
                        pass(Moment::After, None);
                    }
                }
            }
        })
    }

    pub(super) fn fall(&self) -> impl Fn() + Send + Sync + 'static {
        let files = self.files.clone();
        move || files.fall(None)
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Time passes.
    pub fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Waits until nothing is being worked on.
    pub async fn quiet(&self) {
        while self.under_way.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Where the database is now.
    pub fn database(&self) -> PathBuf {
        self.state();
        self.files.database(self.files.copy.load(Ordering::SeqCst))
    }
}
