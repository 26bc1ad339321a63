//! The cases: which scripts are played, each with a name that plays exactly it again.

use wallet::WalletType;

use crate::{
    fuse::Strike,
    letters::Fate,
    point::{Point, Side},
    random::Random,
    run::Outcome,
    stage::{Scene, Script},
};

/// What a claim takes over: one wallet of each scheme, or one that needs no oblivious transfers, which is several times as quick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mix {
    Both,
    One,
}

impl Mix {
    const ALL: [Self; 2] = [Self::Both, Self::One];

    /// The wallets' types.
    pub fn types(self) -> &'static [WalletType] {
        match self {
            Self::Both => &[WalletType::Evm, WalletType::Solana],
            Self::One => &[WalletType::Solana],
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Both => "EVM+SOLANA",
            Self::One => "SOLANA",
        }
    }
}

/// Which set of the drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Set {
    /// Every point × who dies there.
    Points,
    /// Every point, and every point that is passed after it.
    Pairs,
    /// Schedules drawn from a seed.
    Random,
    /// Every message × what becomes of it.
    Messages,
    /// Both sides as processes, killed at events drawn from a seed.
    Processes,
}

impl Set {
    /// Every set, in the order in which they are played.
    pub const ALL: [Self; 5] = [Self::Points, Self::Messages, Self::Pairs, Self::Random, Self::Processes];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Pairs => "pairs",
            Self::Random => "random",
            Self::Messages => "messages",
            Self::Processes => "processes",
        }
    }
}

/// One run, before it is played.
#[derive(Clone, Debug)]
pub struct Case {
    pub set: Set,
    pub mix: Mix,
    pub script: Script,
    /// What tells it from others of its set and mix.
    about: String,
}

/// Who dies at a point.
const WHO: [(&str, bool, bool); 3] = [
    ("client", true, false),
    ("co-signer", false, true),
    ("both", true, true),
];

impl Case {
    /// What plays this case again, with the same seed.
    pub fn name(&self) -> String {
        let scene = self.script.scene.as_str();
        [self.set.as_str(), self.mix.as_str(), scene, &self.about].join("|")
    }

    /// The case of a name.
    pub fn named(name: &str, seed: u64) -> Option<Self> {
        let words: Vec<_> = name.split('|').collect();
        let [set, mix, scene, rest @ ..] = words.as_slice() else {
            return None;
        };
        let set = Set::ALL.into_iter().find(|known| known.as_str() == *set)?;
        let mix = Mix::ALL.into_iter().find(|known| known.as_str() == *mix)?;
        let scene = Scene::ALL.into_iter().find(|known| known.as_str() == *scene)?;
        match (set, rest) {
            (Set::Points, [point, who]) => Some(Self::point(mix, scene, &[], Point::named(point)?, who_of(who)?, seed)),
            (Set::Points, [before, point, who]) => {
                let before = [Strike::natural(Point::named(before)?)];
                Some(Self::point(
                    mix,
                    scene,
                    &before,
                    Point::named(point)?,
                    who_of(who)?,
                    seed,
                ))
            }
            (Set::Pairs, [first, second]) => Some(Self::pair(
                mix,
                scene,
                Point::named(first)?,
                Point::named(second)?,
                seed,
            )),
            (Set::Messages, [number, fate]) => {
                let fate = Fate::all().into_iter().find(|known| known.name() == *fate)?;
                Some(Self::message(mix, scene, number.parse().ok()?, fate, seed))
            }
            (Set::Random, [number]) => Some(Self::random(number.parse().ok()?, seed)),
            _ => None,
        }
    }

    /// Somebody dies at a point, which may be passed only after others died.
    pub fn point(
        mix: Mix,
        scene: Scene,
        before: &[Strike],
        point: Point,
        (who, client, co_signer): (&str, bool, bool),
        seed: u64,
    ) -> Self {
        let strike = Strike {
            point,
            skip: 0,
            client,
            co_signer,
        };
        let names = before.iter().map(|strike| strike.point.to_string());
        let names: Vec<_> = names.chain([point.to_string(), who.to_owned()]).collect();
        Self {
            set: Set::Points,
            mix,
            about: names.join("|"),
            script: Script {
                strikes: before.iter().copied().chain([strike]).collect(),
                fates: Vec::new(),
                scene,
                seed,
            },
        }
    }

    /// The side that owns a point dies at it, and after that the side that owns another.
    pub fn pair(mix: Mix, scene: Scene, first: Point, second: Point, seed: u64) -> Self {
        Self {
            set: Set::Pairs,
            mix,
            about: format!("{first}|{second}"),
            script: Script {
                strikes: vec![Strike::natural(first), Strike::natural(second)],
                fates: Vec::new(),
                scene,
                seed,
            },
        }
    }

    /// One message comes to harm.
    pub fn message(mix: Mix, scene: Scene, number: usize, fate: Fate, seed: u64) -> Self {
        Self {
            set: Set::Messages,
            mix,
            about: format!("{number}|{}", fate.name()),
            script: Script {
                strikes: Vec::new(),
                fates: vec![(number, fate)],
                scene,
                seed,
            },
        }
    }

    /// One schedule: up to four deaths, and up to three messages that come to harm, wherever the seed says.
    pub fn random(number: u64, seed: u64) -> Self {
        let mut random = Random::new(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mix = if random.below(8) == 0 { Mix::Both } else { Mix::One };
        let points = Point::registered();
        let mut strikes = Vec::new();
        for _ in 0..random.below(5) {
            if let Some(point) = random.one_of(&points) {
                let both = random.below(4) == 0;
                strikes.push(Strike {
                    point: *point,
                    skip: usize::from(random.below(3) == 2),
                    client: both || point.side() == Side::Client,
                    co_signer: both || point.side() == Side::CoSigner,
                });
            }
        }
        let (all, mut fates) = (Fate::all(), Vec::new());
        for _ in 0..random.below(4) {
            if let Some(fate) = random.one_of(&all) {
                fates.push((usize::try_from(random.below(24)).unwrap_or(0), *fate));
            }
        }
        Self {
            set: Set::Random,
            mix,
            about: number.to_string(),
            script: Script {
                strikes,
                fates,
                scene: Scene::Whole,
                seed: random.draw(),
            },
        }
    }

    /// Who may die at a point.
    pub fn who() -> [(&'static str, bool, bool); 3] {
        WHO
    }
}

fn who_of(name: &str) -> Option<(&'static str, bool, bool)> {
    WHO.into_iter().find(|(who, ..)| *who == name)
}

/// The points that a run passed once this many strikes had fallen, each once, in the order in which they came.
pub fn passed(outcome: &Outcome, fallen: usize) -> Vec<Point> {
    let mut points = Vec::new();
    for (point, had_fallen) in &outcome.passed {
        if *had_fallen == fallen && !points.contains(point) {
            points.push(*point);
        }
    }
    points
}
