//! The fuse: hears of every point that is passed, and says who dies at it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::point::{Point, Side};

/// Who dies at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Strike {
    /// Where.
    pub point: Point,
    /// How many times it is passed before, since the strike before this one.
    pub skip: usize,
    /// Whether the client dies.
    pub client: bool,
    /// Whether the co-signer dies.
    pub co_signer: bool,
}

impl Strike {
    /// The side that owns a point dies at it, the first time that it is passed.
    pub fn natural(point: Point) -> Self {
        Self {
            point,
            skip: 0,
            client: point.side() == Side::Client,
            co_signer: point.side() == Side::CoSigner,
        }
    }
}

#[derive(Default)]
struct Inner {
    strikes: VecDeque<Strike>,
    /// How often the next strike's point was passed.
    passed: usize,
    /// Every point that was passed, and how many strikes had fallen by then.
    log: Vec<(Point, usize)>,
    fallen: usize,
    client_is_dead: bool,
    co_signer_is_dead: bool,
    /// Which start of the co-signer lives.
    generation: u64,
    /// Whether points count.
    is_armed: bool,
}

/// Shared by everything that may die.
#[derive(Clone, Default)]
pub struct Fuse {
    inner: Arc<Mutex<Inner>>,
    death: Arc<Notify>,
}

impl Fuse {
    /// A fuse that strikes in this order.
    pub fn new(strikes: impl IntoIterator<Item = Strike>) -> Self {
        let fuse = Self::default();
        fuse.inner().strikes.extend(strikes);
        fuse
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a point. `fall` is run if the co-signer dies at it, before anybody else goes on.
    pub fn pass(&self, point: Point, fall: impl FnOnce()) {
        let mut inner = self.inner();
        if !inner.is_armed {
            return;
        }
        let fallen = inner.fallen;
        inner.log.push((point, fallen));
        let Some(strike) = inner.strikes.front().copied().filter(|strike| strike.point == point) else {
            return;
        };
        if inner.passed < strike.skip {
            inner.passed += 1;
            return;
        }
        inner.strikes.pop_front();
        inner.passed = 0;
        inner.fallen += 1;
        if strike.co_signer && !inner.co_signer_is_dead {
            inner.co_signer_is_dead = true;
            inner.generation += 1;
            fall();
        }
        if strike.client {
            inner.client_is_dead = true;
            self.death.notify_waiters();
        }
    }

    /// From now on points count, or no longer.
    pub fn arm(&self, is_armed: bool) {
        self.inner().is_armed = is_armed;
    }

    /// The start of the co-signer that lives.
    pub fn generation(&self) -> u64 {
        self.inner().generation
    }

    /// Whether the co-signer is dead.
    pub fn co_signer_is_dead(&self) -> bool {
        self.inner().co_signer_is_dead
    }

    /// The co-signer has started again.
    pub fn restart(&self) {
        self.inner().co_signer_is_dead = false;
    }

    /// A new page is opened.
    pub fn reopen(&self) {
        self.inner().client_is_dead = false;
    }

    /// Whether the client is dead.
    pub fn client_is_dead(&self) -> bool {
        self.inner().client_is_dead
    }

    /// Never goes on, if the client is dead.
    pub async fn breathe(&self) {
        if self.client_is_dead() {
            core::future::pending().await
        }
    }

    /// Runs what the client does; nothing, if it dies meanwhile.
    pub async fn alive<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let death = async {
            loop {
                // Made before it is looked: a death in between is heard.
                let told = self.death.notified();
                if self.client_is_dead() {
                    return;
                }
                told.await;
            }
        };
        tokio::select! {
            biased;
            () = death => None,
            done = work => (!self.client_is_dead()).then_some(done),
        }
    }

    /// What was passed: the points, and how many strikes had fallen when each was.
    pub fn log(&self) -> Vec<(Point, usize)> {
        self.inner().log.clone()
    }
}
