//! What happens in one run, drawn from its seed: who is killed at which event. Events are counted and never timed, so that the same seed
//! kills at the same ones.

use wallet::WalletType;

use crate::random::Random;

/// Something that the parent sees happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A co-signer that was started again says that it serves; it has not swept yet.
    Serves,
    /// A request has left the client.
    Sent,
    /// The co-signer has got it, to the last byte.
    Heard,
    /// The co-signer is at it: its write-ahead log has changed, as when a transaction is on its way to the disk, or its answer is out. How
    /// far the transaction has come is the machine's to say; the answer is lost in any case.
    Works,
    /// The answer has left the co-signer.
    Answered,
    /// The client says what it is about to do, and waits.
    Said,
    /// The same for one step of a write to its store.
    Stores,
    /// What the client asked of its person or its back end is done, and it has not heard so.
    Done,
}

impl Event {
    const ALL: [Self; 8] = [
        Self::Serves,
        Self::Sent,
        Self::Heard,
        Self::Works,
        Self::Answered,
        Self::Said,
        Self::Stores,
        Self::Done,
    ];

    /// How many of it there are in a claim where nothing goes wrong, as good as: a later one is not waited for.
    fn count(self) -> u64 {
        match self {
            Self::Serves => 1,
            Self::Sent | Self::Heard | Self::Works | Self::Answered => 12,
            Self::Said => 40,
            Self::Stores => 24,
            Self::Done => 4,
        }
    }
}

/// A `kill -9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blow {
    /// When it falls.
    pub event: Event,
    /// How many such events go by before, since the blow before this one.
    pub skip: u64,
    /// Whether it kills the client.
    pub client: bool,
    /// Whether it kills the co-signer.
    pub co_signer: bool,
    /// How many requests find nobody there before the co-signer is started again.
    pub outage: u64,
}

/// What the set of these runs is called.
const SET: &str = "processes";

/// One run, before it is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub seed: u64,
    pub number: u64,
    /// The wallets that are claimed.
    pub types: &'static [WalletType],
    /// The blows, in their order.
    pub blows: Vec<Blow>,
    /// Whether the browser's storage is deleted once the wallets are claimed.
    pub is_wiped: bool,
    /// Whether the authenticator gives the PRF output with the registration, or only with an assertion.
    pub gives_prf_at_once: bool,
}

impl Plan {
    /// The plan of a run's number.
    pub fn drawn(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed ^ Random::new(number).draw());
        // Oblivious transfers are most of the time that a claim takes: three runs in four do without.
        let types: &[_] = match random.below(4) {
            0 => &[WalletType::Evm, WalletType::Solana],
            _ => &[WalletType::Solana],
        };
        let count = 1 + random.below(3);
        Self {
            seed,
            number,
            types,
            blows: (0..count).map(|place| blow(&mut random, place)).collect(),
            is_wiped: random.below(3) == 0,
            gives_prf_at_once: random.below(2) == 0,
        }
    }

    /// The run of a name.
    pub fn named(name: &str, seed: u64) -> Option<Self> {
        let number = name.strip_prefix(SET)?.strip_prefix('|')?.parse().ok()?;
        Some(Self::drawn(seed, number))
    }

    /// The name that plays exactly this run again, with the same seed.
    pub fn name(&self) -> String {
        format!("{SET}|{}", self.number)
    }
}

fn blow(random: &mut Random, place: u64) -> Blow {
    // A co-signer starts again after a blow only.
    let events = Event::ALL.get(usize::from(place == 0)..).unwrap_or_default();
    let event = random.one_of(events).copied().unwrap_or(Event::Sent);
    // A recovery is shorter than a claim.
    let count = if place == 0 {
        event.count()
    } else {
        event.count().div_ceil(2)
    };
    let skip = random.below(count);
    let who = random.below(3);
    Blow {
        event,
        skip,
        client: who != 1,
        co_signer: who != 0,
        outage: random.below(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_draws_the_same_plan_again() {
        for number in 0..100 {
            let plan = Plan::drawn(7, number);
            assert_eq!(Plan::named(&plan.name(), 7), Some(plan));
        }
    }

    #[test]
    fn every_event_is_drawn_and_somebody_dies_each_time() {
        let blows: Vec<_> = (0..500).flat_map(|number| Plan::drawn(1, number).blows).collect();
        assert!(
            Event::ALL
                .iter()
                .all(|event| blows.iter().any(|blow| blow.event == *event))
        );
        assert!(blows.iter().all(|blow| blow.client || blow.co_signer));
    }
}
