//! What the drill found, as text and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    case::{Case, Set},
    point::Point,
    run::Outcome,
    verdict::Harm,
};

/// What one set found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub runs: u64,
    pub lost: u64,
    pub stuck: u64,
    pub double_live: u64,
    pub untidy: u64,
}

impl Tally {
    /// Whether nothing came to harm.
    pub fn is_clean(&self) -> bool {
        self.lost + self.stuck + self.double_live + self.untidy == 0
    }

    fn count(&mut self, harm: Option<&Harm>) {
        self.runs += 1;
        match harm {
            Some(Harm::Lost(_)) => self.lost += 1,
            Some(Harm::Stuck(_)) => self.stuck += 1,
            Some(Harm::DoubleLive(_)) => self.double_live += 1,
            Some(Harm::Untidy(_)) => self.untidy += 1,
            None => {}
        }
    }

    fn to_json(self) -> Value {
        json!({
            "runs": self.runs,
            "lost": self.lost,
            "stuck": self.stuck,
            "doubleLive": self.double_live,
            "untidy": self.untidy,
        })
    }
}

/// Everything that was found.
#[derive(Default)]
pub struct Report {
    sets: BTreeMap<Set, Tally>,
    passed: BTreeSet<Point>,
    /// The cases that came to harm, and how.
    pub harmed: Vec<(String, Harm)>,
}

impl Report {
    /// Adds a run.
    pub fn add(&mut self, case: &Case, outcome: &Outcome) {
        self.passed.extend(outcome.passed.iter().map(|(point, _)| *point));
        self.count(case.set, case.name(), outcome.harm.clone());
    }

    /// Adds a run of a set by its case's name.
    pub fn count(&mut self, set: Set, name: String, harm: Option<Harm>) {
        self.sets.entry(set).or_default().count(harm.as_ref());
        self.harmed.extend(harm.map(|harm| (name, harm)));
    }

    /// What a set found.
    pub fn tally(&self, set: Set) -> Tally {
        self.sets.get(&set).copied().unwrap_or_default()
    }

    /// Points that are registered, and that no run passed.
    pub fn missed(&self) -> Vec<Point> {
        let registered = Point::registered().into_iter();
        registered.filter(|point| !self.passed.contains(point)).collect()
    }

    /// All of it.
    pub fn to_json(&self, seed: u64) -> Value {
        let sum = |part: fn(&Tally) -> u64| self.sets.values().map(part).sum::<u64>();
        let sets = self
            .sets
            .iter()
            .map(|(set, tally)| (set.as_str().to_owned(), tally.to_json()));
        let names = |points: Vec<Point>| points.iter().map(Point::to_string).collect::<Vec<_>>();
        json!({
            "points": Point::registered().len(),
            "runs": sum(|tally| tally.runs),
            "lost": sum(|tally| tally.lost),
            "stuck": sum(|tally| tally.stuck),
            "doubleLive": sum(|tally| tally.double_live),
            "untidy": sum(|tally| tally.untidy),
            "seed": seed,
            "sets": sets.collect::<serde_json::Map<_, _>>(),
            "pointNames": names(Point::registered()),
            "missed": names(self.missed()),
            "harmed": self.harmed.iter().map(|(case, harm)| json!({ "case": case, "harm": format!("{harm:?}") })).collect::<Vec<_>>(),
        })
    }
}
