//! A campaign: every case of the sets that are asked for, played on every core.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use crate::{
    case::{Case, Mix, Set, passed},
    fuse::Strike,
    point::Point,
    process::{self, Plan, Programs},
    random::Random,
    report::Report,
    run::{Outcome, play},
    stage::{Scene, Script},
    verdict::Harm,
};

/// The sets that are made of what comes after single deaths.
const FROM_FIRSTS: [Set; 3] = [Set::Points, Set::Messages, Set::Pairs];

/// Of these sets a quick campaign plays as many cases.
const MESSAGES: usize = 60;
const PAIRS: usize = 120;

/// How much is played.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub seed: u64,
    /// Runs of the random set.
    pub runs: u64,
    /// Runs of the set of processes.
    pub processes: u64,
    pub sets: Vec<Set>,
    /// Whether pairs are played with both wallets too: that takes hours.
    pub is_long: bool,
    /// Whether each point is played once for each who may die there, and of messages and pairs a part that the seed draws: what every
    /// change must pass.
    pub is_quick: bool,
}

impl Campaign {
    /// Plays everything; `tell` hears of each set as it begins, and of each case that came to harm.
    pub fn play(&self, tell: &(dyn Fn(&str) + Sync)) -> Report {
        let mut report = Report::default();
        let firsts = match self.sets.iter().any(|set| FROM_FIRSTS.contains(set)) {
            true => self.firsts(tell, &mut report),
            false => Vec::new(),
        };
        for set in [Set::Messages, Set::Pairs, Set::Random] {
            if !self.sets.contains(&set) {
                continue;
            }
            let cases = match set {
                Set::Messages => self.part(self.messages(&firsts), MESSAGES),
                Set::Pairs => self.part(self.pairs(&firsts), PAIRS),
                Set::Random => (0..self.runs).map(|number| Case::random(number, self.seed)).collect(),
                Set::Points | Set::Processes => Vec::new(),
            };
            play_all(set, &cases, tell, &mut report);
        }
        if self.sets.contains(&Set::Processes) {
            self.play_processes(tell, &mut report);
        }
        report
    }

    fn play_processes(&self, tell: &(dyn Fn(&str) + Sync), report: &mut Report) {
        tell(&format!("{}: {} runs", Set::Processes.as_str(), self.processes));
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(said) => {
                return report.count(
                    Set::Processes,
                    Set::Processes.as_str().to_owned(),
                    Some(Harm::Stuck(said)),
                );
            }
        };
        let plans: Vec<_> = (0..self.processes)
            .map(|number| Plan::drawn(self.seed, number))
            .collect();
        // Processes wait for each other and for the disk: two runs keep one core busy.
        let outcomes = spread(&plans, 2 * cores(), |plan| {
            let outcome = process::play(&programs, plan);
            if let Some(harm) = &outcome.harm {
                tell(&format!("  {}: {harm:?}", plan.name()));
            }
            outcome
        });
        for (plan, outcome) in plans.iter().zip(outcomes) {
            report.count(Set::Processes, plan.name(), outcome.harm);
        }
    }

    /// Plays the first set, and what comes after each single death: the other sets are made of it.
    fn firsts(&self, tell: &(dyn Fn(&str) + Sync), report: &mut Report) -> Vec<First> {
        let mut firsts = Vec::new();
        // A quick campaign plays whole grounds of claims and rotations with one wallet, and elsewhere what is passed there alone.
        let mut played: Vec<Point> = Vec::new();
        for (mix, scene) in self.grounds() {
            let plain = Script {
                scene,
                ..Script::default()
            };
            let baseline = play(mix.types(), plain);
            let is_whole = !self.is_quick || mix == Mix::One && scene != Scene::Restore;
            let known = if is_whole { Vec::new() } else { played.clone() };
            let mut points = passed(&baseline, 0);
            points.retain(|point| !known.contains(point));
            let mut cases = self.points(mix, scene, &points);
            let mut outcomes = play_all(Set::Points, &cases, tell, report);
            // What is passed only after somebody died is a point as well.
            let known = [passed(&baseline, 0), known].concat();
            let behind = self.behind(mix, scene, &known, &cases, &outcomes);
            outcomes.extend(play_all(Set::Points, &behind, tell, report));
            cases.extend(behind);
            played.extend(cases.iter().filter_map(|case| Some(case.script.strikes.last()?.point)));
            let alone = cases.into_iter().zip(outcomes);
            firsts.push(First {
                mix,
                scene,
                sent: baseline.sent,
                alone: alone.filter(|(case, _)| is_natural(case)).collect(),
            });
        }
        firsts
    }

    /// As many cases as a quick campaign has time for, drawn by the seed.
    fn part(&self, mut cases: Vec<Case>, count: usize) -> Vec<Case> {
        let mut random = Random::new(self.seed);
        while self.is_quick && cases.len() > count {
            let drawn = usize::try_from(random.below(cases.len() as u64)).unwrap_or(0);
            cases.swap_remove(drawn);
        }
        cases
    }

    fn grounds(&self) -> Vec<(Mix, Scene)> {
        let mixes = [Mix::One, Mix::Both];
        let scenes = [Scene::Claim, Scene::Restore, Scene::Rotate];
        mixes
            .into_iter()
            .flat_map(|mix| scenes.map(|scene| (mix, scene)))
            .collect()
    }

    fn points(&self, mix: Mix, scene: Scene, points: &[Point]) -> Vec<Case> {
        let each = points.iter().flat_map(|point| Case::who().map(|who| (*point, who)));
        each.map(|(point, who)| Case::point(mix, scene, &[], point, who, self.seed))
            .collect()
    }

    fn behind(&self, mix: Mix, scene: Scene, known: &[Point], cases: &[Case], outcomes: &[Outcome]) -> Vec<Case> {
        let (mut known, mut behind) = (known.to_vec(), Vec::new());
        for (case, outcome) in cases.iter().zip(outcomes).filter(|(case, _)| is_natural(case)) {
            for point in passed(outcome, 1) {
                if !known.contains(&point) {
                    known.push(point);
                    let before = &case.script.strikes;
                    behind.extend(Case::who().map(|who| Case::point(mix, scene, before, point, who, self.seed)));
                }
            }
        }
        behind
    }

    fn messages(&self, firsts: &[First]) -> Vec<Case> {
        let each = firsts
            .iter()
            .flat_map(|first| (0..first.sent).map(move |number| (first, number)));
        let each = each.flat_map(|(first, number)| {
            crate::letters::Fate::all()
                .into_iter()
                .map(move |fate| (first, number, fate))
        });
        each.map(|(first, number, fate)| Case::message(first.mix, first.scene, number, fate, self.seed))
            .collect()
    }

    fn pairs(&self, firsts: &[First]) -> Vec<Case> {
        let wanted = firsts.iter().filter(|first| self.is_long || first.mix == Mix::One);
        let each = wanted.flat_map(|first| first.alone.iter().map(move |(case, outcome)| (first, case, outcome)));
        each.flat_map(|(first, case, outcome)| {
            let struck = case.script.strikes.iter().map(|strike| strike.point).next();
            let seconds = passed(outcome, 1);
            struck.into_iter().flat_map(move |struck| {
                let seconds = seconds.clone();
                seconds
                    .into_iter()
                    .map(move |second| Case::pair(first.mix, first.scene, struck, second, self.seed))
            })
        })
        .collect()
    }
}

/// What one ground showed with one death.
struct First {
    mix: Mix,
    scene: Scene,
    /// Messages that the device sends where nothing comes to harm.
    sent: usize,
    /// The cases in which the side that owns the point died at it, and nobody before.
    alone: Vec<(Case, Outcome)>,
}

/// Whether the side that owns the one point of a case dies at it.
fn is_natural(case: &Case) -> bool {
    matches!(case.script.strikes.as_slice(), [strike] if *strike == Strike::natural(strike.point))
}

/// Plays cases on every core, and gives their outcomes in the same order.
fn play_all(set: Set, cases: &[Case], tell: &(dyn Fn(&str) + Sync), report: &mut Report) -> Vec<Outcome> {
    tell(&format!("{}: {} runs", set.as_str(), cases.len()));
    let outcomes = spread(cases, cores(), |case| {
        let outcome = play(case.mix.types(), case.script.clone());
        if let Some(harm) = &outcome.harm {
            tell(&format!("  {}: {harm:?}", case.name()));
        }
        outcome
    });
    for (case, outcome) in cases.iter().zip(&outcomes) {
        report.add(case, outcome);
    }
    outcomes
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does some work on each of these, on as many threads, and gives what came of it in the same order.
fn spread<T: Sync, O: Send>(things: &[T], threads: usize, work: impl Fn(&T) -> O + Sync) -> Vec<O> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(things.len()));
    let take = || {
        while let Some((number, thing)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            things.get(number).map(|thing| (number, thing))
        } {
            let outcome = work(thing);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((number, outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(take);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}
