//! What lives in memory only, for a short time, in bounded number: rounds under way, and runs that were answered.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet, VecDeque},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// There is no room for one more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Values that end at a time of their own, at most `capacity` of them.
pub(crate) struct Expiring<K, V> {
    capacity: usize,
    entries: Mutex<HashMap<K, (u64, V)>>,
}

impl<K: Hash + Eq, V> Expiring<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: Mutex::new(HashMap::new()),
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, (u64, V)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a value, in the place of one of the same key.
    pub(crate) fn insert(&self, key: K, value: V, now: u64, expires_at: u64) -> Result<(), Full> {
        let mut entries = self.entries();
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            entries.retain(|_, (end, _)| *end > now);
            if entries.len() >= self.capacity {
                return Err(Full);
            }
        }
        entries.insert(key, (expires_at, value));
        Ok(())
    }

    /// Adds a value, in the place of one of the same key. Where there is no room, whoever holds most loses the oldest of what it holds,
    /// a sixteenth: who crowds the places crowds out itself.
    pub(crate) fn insert_fairly<H: Hash + Eq>(
        &self,
        (key, value): (K, V),
        (now, expires_at): (u64, u64),
        holder: impl Fn(&V) -> H,
    ) {
        let mut entries = self.entries();
        if !entries.contains_key(&key) {
            make_room(&mut entries, self.capacity, now, holder);
        }
        entries.insert(key, (expires_at, value));
    }

    /// Adds a value of whoever `same` says so of: with one place a later value takes the place of the earlier, with more there
    /// is room in as many. Where there is no room for anybody, it is made as by [`Expiring::insert_fairly`].
    pub(crate) fn insert_of<H: Hash + Eq>(
        &self,
        (key, value): (K, V),
        (now, expires_at): (u64, u64),
        places: usize,
        same: impl Fn(&K) -> bool,
        holder: impl Fn(&V) -> H,
    ) -> Result<(), Full> {
        let mut entries = self.entries();
        entries.retain(|held, (end, _)| *end > now && !(places == 1 && same(held)));
        if entries.keys().filter(|held| same(held)).count() >= places {
            return Err(Full);
        }
        make_room(&mut entries, self.capacity, now, holder);
        entries.insert(key, (expires_at, value));
        Ok(())
    }

    /// Takes a value out, if it has not ended and `wanted` says so.
    pub(crate) fn take_if(&self, key: &K, now: u64, wanted: impl FnOnce(&V) -> bool) -> Option<V> {
        let mut entries = self.entries();
        match entries.get(key) {
            Some((end, value)) if *end > now && wanted(value) => entries.remove(key).map(|(_, value)| value),
            Some(_) | None => None,
        }
    }

    /// Reads something of a value that has not ended.
    pub(crate) fn look<T>(&self, key: &K, now: u64, read: impl FnOnce(&V) -> Option<T>) -> Option<T> {
        let entries = self.entries();
        let (_, value) = entries.get(key).filter(|(end, _)| *end > now)?;
        read(value)
    }

    /// Whether there is a value that has not ended and that `wanted` says so of.
    pub(crate) fn has(&self, key: &K, now: u64, wanted: impl FnOnce(&V) -> bool) -> bool {
        self.look(key, now, |value| wanted(value).then_some(())).is_some()
    }

    /// Reads something of the one value that has not ended and that `read` finds.
    pub(crate) fn find<T>(&self, now: u64, read: impl FnMut(&V) -> Option<T>) -> Option<T> {
        let entries = self.entries();
        let live = entries.values().filter(|(end, _)| *end > now);
        live.map(|(_, value)| value).find_map(read)
    }

    /// Reads a value that has not ended.
    pub(crate) fn read<T>(&self, key: &K, now: u64, read: impl FnOnce(&V) -> T) -> Option<T> {
        match self.entries().get(key) {
            Some((end, value)) if *end > now => Some(read(value)),
            Some(_) | None => None,
        }
    }

    /// Drops what `unwanted` says so of.
    pub(crate) fn drop_if(&self, unwanted: impl Fn(&V) -> bool) {
        self.entries().retain(|_, (_, value)| !unwanted(value));
    }

    /// Drops what has ended.
    pub(crate) fn sweep(&self, now: u64) {
        self.entries().retain(|_, (end, _)| *end > now);
    }
}

/// Drops what has ended, where there is no room; and where that is too little, the oldest sixteenth of whoever holds most.
fn make_room<K: Hash + Eq, V, H: Hash + Eq>(
    entries: &mut HashMap<K, (u64, V)>,
    capacity: usize,
    now: u64,
    holder: impl Fn(&V) -> H,
) {
    if entries.len() >= capacity {
        entries.retain(|_, (end, _)| *end > now);
    }
    if entries.len() < capacity {
        return;
    }
    let mut held: HashMap<H, Vec<u64>> = HashMap::new();
    for (end, value) in entries.values() {
        held.entry(holder(value)).or_default().push(*end);
    }
    // Of those who hold as many, the one that has held longest.
    let order = |ends: &Vec<u64>| (ends.len(), Reverse(ends.iter().min().copied()));
    if let Some((most, mut ends)) = held.into_iter().max_by_key(|(_, ends)| order(ends)) {
        ends.sort_unstable();
        let mut lost = ends.len().div_ceil(16);
        let last = ends.get(lost - 1).copied().unwrap_or_default();
        entries.retain(|_, (end, value)| {
            let is_lost = lost > 0 && *end <= last && holder(value) == most;
            lost -= usize::from(is_lost);
            !is_lost
        });
    }
}

/// Remembers the last things it was shown.
pub(crate) struct Seen<T> {
    capacity: usize,
    inner: Mutex<(HashSet<T>, VecDeque<T>)>,
}

impl<T: Hash + Eq + Copy> Seen<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::new((HashSet::new(), VecDeque::new())),
        }
    }

    /// Whether a thing is remembered.
    pub(crate) fn contains(&self, thing: &T) -> bool {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .contains(thing)
    }

    /// Remembers a thing. Says whether it was new.
    pub(crate) fn insert(&self, thing: T) -> bool {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (set, order) = &mut *guard;
        if !set.insert(thing) {
            return false;
        }
        order.push_back(thing);
        if order.len() > self.capacity
            && let Some(oldest) = order.pop_front()
        {
            set.remove(&oldest);
        }
        true
    }
}

/// The newest few things of each owner.
pub(crate) struct Newest<K, V> {
    capacity: usize,
    few: usize,
    of: Mutex<HashMap<K, VecDeque<V>>>,
}

impl<K: Hash + Eq, V: Eq> Newest<K, V> {
    /// Of at most `capacity` owners: of more, nothing is known.
    pub(crate) fn new(capacity: usize, few: usize) -> Self {
        Self {
            capacity,
            few,
            of: Mutex::new(HashMap::new()),
        }
    }

    fn owners(&self) -> MutexGuard<'_, HashMap<K, VecDeque<V>>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a thing; gives the oldest of its owner's, where it is one too many.
    pub(crate) fn add(&self, owner: K, thing: V) -> Option<V> {
        let mut owners = self.owners();
        if owners.len() >= self.capacity && !owners.contains_key(&owner) {
            return None;
        }
        let things = owners.entry(owner).or_default();
        things.push_back(thing);
        (things.len() > self.few).then(|| things.pop_front()).flatten()
    }

    /// Forgets a thing.
    pub(crate) fn remove(&self, owner: &K, thing: V) {
        let mut owners = self.owners();
        if let Some(things) = owners.get_mut(owner) {
            things.retain(|held| *held != thing);
            if things.is_empty() {
                owners.remove(owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_at_its_time() {
        let live = Expiring::new(2);
        live.insert(1, "one", 0, 10).unwrap();
        assert!(live.has(&1, 9, |_| true));
        assert!(!live.has(&1, 10, |_| true));
        assert_eq!(live.take_if(&1, 10, |_| true), None);
        assert_eq!(live.take_if(&1, 9, |_| false), None);
        assert_eq!(live.take_if(&1, 9, |_| true), Some("one"));
        assert_eq!(live.take_if(&1, 9, |_| true), None);
    }

    #[test]
    fn what_has_ended_makes_room_and_what_has_not_does_not() {
        let live = Expiring::new(2);
        live.insert(1, (), 0, 10).unwrap();
        live.insert(2, (), 0, 20).unwrap();
        assert_eq!(live.insert(3, (), 9, 30), Err(Full));
        assert_eq!(live.insert(2, (), 9, 30), Ok(()));
        assert_eq!(live.insert(3, (), 10, 30), Ok(()));
        live.sweep(30);
        assert_eq!(live.entries().len(), 0);
    }

    #[test]
    fn who_has_one_place_replaces_and_who_has_more_fills_them_until_one_ends() {
        let live = Expiring::new(4);
        let add = |owner: u8, id: u8, now, places| {
            let same = |(other, _): &(u8, u8)| *other == owner;
            live.insert_of(((owner, id), owner), (now, now + 10), places, same, |owner| *owner)
        };
        assert_eq!((add(1, 1, 0, 1), add(1, 2, 1, 1)), (Ok(()), Ok(())));
        assert_eq!(live.entries().keys().collect::<Vec<_>>(), [&(1, 2)]);
        assert_eq!((add(2, 1, 0, 2), add(2, 2, 5, 2)), (Ok(()), Ok(())));
        assert_eq!(add(2, 3, 9, 2), Err(Full));
        assert_eq!(add(2, 3, 10, 2), Ok(()));
        // Where all places are taken, who has most makes room.
        assert_eq!((add(3, 1, 10, 1), add(4, 1, 10, 1)), (Ok(()), Ok(())));
        let held = |key: (u8, u8)| live.has(&key, 10, |_| true);
        assert!(held((3, 1)) && held((4, 1)) && held((2, 3)) && !held((2, 2)));
    }

    #[test]
    fn who_holds_most_places_makes_room_and_nobody_else() {
        let live = Expiring::new(100);
        let holder = |(holder, _): &(u8, u32)| *holder;
        let add =
            |who: u8, number: u32, now: u64| live.insert_fairly((number, (who, number)), (now, now + 300), holder);
        add(1, 0, 0);
        add(2, 1, 0);
        // One that never stops takes what is free, then its own places, the oldest first.
        for number in 10..1000 {
            add(9, number, u64::from(number) / 50);
        }
        let holds = |number| live.has(&number, 100, |_| true);
        assert!(holds(0) && holds(1) && holds(999) && !holds(10));
        assert!((90..=100).contains(&live.entries().len()));
        // Another comes: it is the crowd that loses.
        for number in 2000..2040 {
            add(3, number, 30);
        }
        assert!(holds(0) && holds(1) && (2000..2040).all(holds));
        assert!(live.entries().len() <= 100);
    }

    #[test]
    fn where_each_holds_one_place_the_oldest_goes() {
        let live = Expiring::new(3);
        for number in [2, 0, 1, 3] {
            live.insert_fairly((number, number), (number, number + 300), |number| *number);
        }
        assert!(!live.has(&0, 10, |_| true) && [1, 2, 3].iter().all(|number| live.has(number, 10, |_| true)));
        // What has ended goes before anything else, and the same key takes its own place.
        live.insert_fairly((4, 4), (301, 601), |number| *number);
        live.insert_fairly((4, 4), (301, 602), |number| *number);
        assert_eq!(live.entries().len(), 3);
    }

    #[test]
    fn what_is_unwanted_is_dropped() {
        let live = Expiring::new(2);
        live.insert(1, "one", 0, 10).unwrap();
        live.insert(2, "two", 0, 10).unwrap();
        live.drop_if(|value| *value == "one");
        assert_eq!(live.take_if(&1, 0, |_| true), None);
        assert_eq!(live.take_if(&2, 0, |_| true), Some("two"));
    }

    #[test]
    fn of_each_owner_the_newest_few_are_kept_but_for_what_was_forgotten() {
        let newest = Newest::new(2, 2);
        assert_eq!(
            (newest.add(1, 10), newest.add(1, 11), newest.add(2, 20)),
            (None, None, None)
        );
        assert_eq!(newest.add(1, 12), Some(10));
        newest.remove(&1, 11);
        assert_eq!((newest.add(1, 13), newest.add(1, 14)), (None, Some(12)));
        // Of a third owner nothing is known, until there is room.
        assert!((30..40).all(|thing| newest.add(3, thing).is_none()));
        newest.remove(&2, 20);
        assert_eq!(
            (newest.add(3, 40), newest.add(3, 41), newest.add(3, 42)),
            (None, None, Some(40))
        );
    }

    #[test]
    fn a_thing_is_new_once_until_it_is_forgotten() {
        let seen = Seen::new(2);
        assert!(seen.insert(1) && !seen.insert(1) && seen.insert(2));
        assert!(seen.insert(3) && !seen.insert(3) && !seen.insert(2));
        assert!(seen.insert(1));
    }
}
