//! Every state that can be reached, breadth first: the shortest way to each, and none twice.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
};

use crate::{
    Action, Property, Setting, Write,
    action::{actions, next},
    edges::{Edges, Stored},
    pair::Side,
    property::Sight,
    quiet::{self, Will},
    rule::Pages,
    state::State,
};

/// Every state of a setting.
pub struct Graph {
    setting: Setting,
    states: Vec<State>,
    /// From where each was reached first, and how.
    ways: Vec<Option<(u32, Action)>>,
    index: HashMap<State, u32, BuildHasherDefault<Mix>>,
    /// How many actions led from a state to another.
    transitions: u64,
    /// The first state in which each property did not hold.
    broken: BTreeMap<Property, u32>,
    edges: Edges,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When there is nothing new.
    Exhausted,
    /// When a property does not hold.
    Broken,
}

impl Graph {
    /// Explores a setting.
    pub fn explore(setting: Setting, until: Until) -> Self {
        let mut graph = Self {
            setting,
            states: Vec::new(),
            ways: Vec::new(),
            index: HashMap::default(),
            transitions: 0,
            broken: BTreeMap::new(),
            edges: Edges::default(),
        };
        graph.add(begin(&setting), None);
        let actions = actions(&setting);
        let mut at = 0;
        while let Some(state) = graph.states.get(at).copied() {
            if until == Until::Broken && !graph.broken.is_empty() {
                break;
            }
            for action in &actions {
                if let Some(next) = next(&setting, &state, *action) {
                    graph.transitions += 1;
                    graph.note(&state, *action, &next.state, next.write);
                    graph.add(next.state, u32::try_from(at).ok().map(|from| (from, *action)));
                }
            }
            at += 1;
        }
        graph
    }

    fn note(&mut self, before: &State, action: Action, after: &State, write: Option<Write>) {
        if let Action::Step(Side::First, step) = action {
            self.edges
                .page
                .insert((before.pages.first.at, step, after.pages.first.at));
        }
        if let Some(write) = write {
            self.edges
                .co_signer
                .insert((Stored::of(before), write, Stored::of(after)));
        }
    }

    fn add(&mut self, state: State, way: Option<(u32, Action)>) {
        let Ok(number) = u32::try_from(self.states.len()) else {
            return;
        };
        if *self.index.entry(state).or_insert(number) != number {
            return;
        }
        self.states.push(state);
        self.ways.push(way);
        for property in Property::ALL {
            if !property.holds(&self.setting, &state) {
                self.broken.entry(*property).or_insert(number);
            }
        }
    }

    /// How many states there are.
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// How many transitions.
    pub fn transitions(&self) -> u64 {
        self.transitions
    }

    /// What was seen to happen, in the large.
    pub fn edges(&self) -> &Edges {
        &self.edges
    }

    /// The properties that do not hold everywhere, each with the shortest way to where it does not.
    pub fn broken(&self) -> impl Iterator<Item = (Property, Vec<Action>)> {
        self.broken.iter().map(|(property, at)| (*property, self.way(*at)))
    }

    /// Whether something is so in every state.
    pub fn every(&self, is_so: impl Fn(&State) -> bool) -> bool {
        self.states.iter().all(is_so)
    }

    /// Whether a sight is to be seen.
    pub fn shows(&self, sight: &Sight) -> bool {
        self.states.iter().any(|state| (sight.seen)(&self.setting, state))
    }

    /// The way to a state that a quiet network does not lead to a good end, whatever page the person uses and whatever they want.
    ///
    /// From each state the quiet run is followed to its end, once: what is known of a state is not asked again.
    pub fn stuck(&self) -> Option<Vec<Action>> {
        let persons: &[Side] = match self.setting.pages {
            Pages::One => &[Side::First],
            Pages::TwoTabs | Pages::TwoDevices => &Side::BOTH,
        };
        let runs = persons.iter().flat_map(|person| Will::BOTH.map(|will| (*person, will)));
        let stuck = runs.filter_map(|(person, will)| self.stuck_for(person, will)).min()?;
        Some(self.way(stuck))
    }

    fn stuck_for(&self, person: Side, will: Will) -> Option<u32> {
        let mut is_well = vec![false; self.states.len()];
        for start in 0..self.states.len() {
            let passed = self.quiet_run(start, person, will, &is_well);
            let Some(passed) = passed else {
                return u32::try_from(start).ok();
            };
            for state in passed {
                if let Some(known) = is_well.get_mut(state) {
                    *known = true;
                }
            }
        }
        None
    }

    /// The states of a quiet run up to its good end, or to one that is known to come to it; nothing where it has none.
    fn quiet_run(&self, start: usize, person: Side, will: Will, is_well: &[bool]) -> Option<Vec<usize>> {
        let mut passed = Vec::new();
        let mut at = start;
        while !*is_well.get(at)? {
            passed.push(at);
            let state = self.states.get(at)?;
            match quiet::quiet_next(&self.setting, state, person, will) {
                // A run longer than any that ends well goes in circles.
                Some(after) if passed.len() < LONGEST => at = *self.index.get(&after)? as usize,
                None if quiet::is_good_end(&self.setting, state, person, will) => break,
                Some(_) | None => return None,
            }
        }
        Some(passed)
    }

    fn way(&self, to: u32) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut at = to;
        while let Some((from, action)) = self.ways.get(at as usize).copied().flatten() {
            actions.push(action);
            at = from;
        }
        actions.reverse();
        actions
    }
}

/// Where a setting begins.
pub fn begin(setting: &Setting) -> State {
    let mut state = State::prepared().canonical(setting);
    if setting.claimed {
        let quiet = |state: &State| quiet::quiet_next(setting, state, Side::First, Will::Wallet);
        while let Some(after) = quiet(&state) {
            state = after;
        }
    }
    state
}

/// More steps than any quiet run takes.
const LONGEST: usize = 200;

/// A hasher for states: quick, and good enough where nobody chooses them to collide.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(u64::from(word));
    }

    fn write_isize(&mut self, discriminant: isize) {
        self.write_u64(u64::from_ne_bytes(discriminant.to_ne_bytes()));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
