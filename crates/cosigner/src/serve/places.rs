//! Places of connections: so many in all, so many of one address. Where none is free, the newcomer takes that of a connection which is
//! idle: the one that has been so longest, of the address that has most. Who opens connections without end ends its own.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

use crate::limits::half;

/// In the place of the number of requests under way: the connection is to end.
const ENDED: usize = usize::MAX;

/// The places.
pub(super) struct Places {
    total: usize,
    per_address: usize,
    /// Numbers the moments at which connections became idle.
    moments: AtomicU64,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    count: usize,
    /// How many connections there have been.
    numbered: u64,
    of: HashMap<[u8; 8], HashMap<u64, Arc<Seat>>>,
}

/// One connection's place.
struct Seat {
    /// Requests under way, or [`ENDED`].
    under_way: AtomicUsize,
    /// The moment since which it is idle.
    idle_since: AtomicU64,
    changed: Notify,
}

/// A place that is taken, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    address: [u8; 8],
    number: u64,
    seat: Arc<Seat>,
}

/// A request under way, until it is dropped.
pub(super) struct UnderWay {
    places: Arc<Places>,
    seat: Arc<Seat>,
}

impl Places {
    pub(super) fn new(total: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            total,
            per_address,
            moments: AtomicU64::new(0),
            taken: Mutex::default(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a connection. Nothing, if all are of connections with requests under way.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = half(address);
        let mut taken = self.taken();
        let own = taken.of.get(&address).map_or(0, HashMap::len);
        if own >= self.per_address && !taken.end_idle_of(address) {
            return None;
        }
        if taken.count >= self.total && !taken.end_idle() {
            return None;
        }
        let seat = Arc::new(Seat {
            under_way: AtomicUsize::new(0),
            idle_since: AtomicU64::new(self.moments.fetch_add(1, Ordering::Relaxed)),
            changed: Notify::new(),
        });
        let number = taken.numbered;
        taken.numbered += 1;
        taken.count += 1;
        taken.of.entry(address).or_default().insert(number, seat.clone());
        Some(Place {
            places: self.clone(),
            address,
            number,
            seat,
        })
    }
}

impl Taken {
    /// Ends the connection that has been idle longest, of the address that has most of those with any.
    fn end_idle(&mut self) -> bool {
        let most = self.of.iter().max_by_key(|(_, seats)| seats.len());
        if let Some((address, _)) = most
            && self.end_idle_of(*address)
        {
            return true;
        }
        let mut addresses: Vec<_> = self.of.iter().map(|(address, seats)| (seats.len(), *address)).collect();
        addresses.sort_unstable_by(|one, other| other.cmp(one));
        addresses.into_iter().any(|(_, address)| self.end_idle_of(address))
    }

    /// Ends the connection of an address that has been idle longest.
    fn end_idle_of(&mut self, address: [u8; 8]) -> bool {
        loop {
            let seats = self.of.get(&address).into_iter().flatten();
            let idle = seats.filter(|(_, seat)| seat.under_way.load(Ordering::Acquire) == 0);
            let longest = idle.min_by_key(|(_, seat)| seat.idle_since.load(Ordering::Relaxed));
            let Some((number, seat)) = longest.map(|(number, seat)| (*number, seat.clone())) else {
                return false;
            };
            // A request that began just now goes on.
            if seat.end_if_idle() {
                self.leave(address, number);
                return true;
            }
        }
    }

    fn leave(&mut self, address: [u8; 8], number: u64) {
        if let Some(seats) = self.of.get_mut(&address)
            && seats.remove(&number).is_some()
        {
            self.count -= 1;
            if seats.is_empty() {
                self.of.remove(&address);
            }
        }
    }
}

impl Seat {
    fn end_if_idle(&self) -> bool {
        let ended = self
            .under_way
            .compare_exchange(0, ENDED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if ended {
            self.changed.notify_one();
        }
        ended
    }
}

impl Place {
    /// Begins a request. Nothing, if the connection is to end.
    pub(super) fn begin(&self) -> Option<UnderWay> {
        let more = |under_way: usize| (under_way != ENDED).then(|| under_way + 1);
        let begun = self
            .seat
            .under_way
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        begun.ok()?;
        self.seat.changed.notify_one();
        Some(UnderWay {
            places: self.places.clone(),
            seat: self.seat.clone(),
        })
    }

    /// Returns when the connection is to end: its place went to another, no first request's head came within `head`, or no further
    /// one's within `idle`.
    pub(super) async fn ended(&self, head: Duration, idle: Duration) {
        let mut patience = head;
        loop {
            let changed = self.seat.changed.notified();
            match self.seat.under_way.load(Ordering::Acquire) {
                ENDED => return,
                0 => match timeout(patience, changed).await {
                    Err(_) if self.seat.end_if_idle() => return,
                    Ok(()) | Err(_) => {}
                },
                _ => changed.await,
            }
            patience = idle;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().leave(self.address, self.number);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let moment = self.places.moments.fetch_add(1, Ordering::Relaxed);
        self.seat.idle_since.store(moment, Ordering::Relaxed);
        self.seat.under_way.fetch_sub(1, Ordering::AcqRel);
        self.seat.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, host])
    }

    fn is_ended(place: &Place) -> bool {
        place.seat.under_way.load(Ordering::Acquire) == ENDED
    }

    #[test]
    fn a_newcomer_takes_the_place_of_its_address_longest_idle() {
        let places = Places::new(100, 3);
        let mut held: Vec<_> = (0..3).map(|_| places.take(address(1)).unwrap()).collect();
        let busy = held[0].begin().unwrap();
        held.push(places.take(address(1)).unwrap());
        assert_eq!(
            held.iter().map(is_ended).collect::<Vec<_>>(),
            [false, true, false, false]
        );
        // A request's end makes its connection the last to go.
        drop(busy);
        held.push(places.take(address(1)).unwrap());
        held.push(places.take(address(1)).unwrap());
        let ended: Vec<_> = held.iter().map(is_ended).collect();
        assert_eq!(ended, [false, true, true, true, false, false]);
        assert!(held[1].begin().is_none());
    }

    #[test]
    fn who_has_most_connections_loses_one_where_all_are_taken() {
        let places = Places::new(10, 10);
        let crowd: Vec<_> = (0..7).map(|_| places.take(address(9)).unwrap()).collect();
        let few: Vec<_> = (1..4).map(|host| places.take(address(host)).unwrap()).collect();
        let later: Vec<_> = (4..8).map(|host| places.take(address(host)).unwrap()).collect();
        assert_eq!(crowd.iter().filter(|place| is_ended(place)).count(), 4);
        assert!(is_ended(&crowd[0]) && !few.iter().chain(&later).any(is_ended));
        drop((crowd, few, later));
        let taken = places.taken();
        assert_eq!((taken.count, taken.of.len()), (0, 0));
    }

    #[test]
    fn where_all_are_busy_nobody_is_let_in_and_no_request_is_lost() {
        let places = Places::new(3, 2);
        let held: Vec<_> = [1, 1, 2].map(|host| places.take(address(host)).unwrap()).into();
        let busy: Vec<_> = held.iter().map(|place| place.begin().unwrap()).collect();
        assert!(places.take(address(1)).is_none() && places.take(address(3)).is_none());
        assert!(!held.iter().any(is_ended));
        drop(busy);
        assert!(places.take(address(1)).is_some() && places.take(address(3)).is_some());
    }
}
