//! Counters, in Prometheus' text form. No label holds anything of a caller.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Upper bounds of the duration buckets, in milliseconds.
const BUCKETS: [u64; 9] = [1, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// What a co-signer counts.
#[derive(Default)]
pub(crate) struct Metrics {
    wallets: AtomicU64,
    imports: AtomicU64,
    claims: AtomicU64,
    signatures: AtomicU64,
    unlocks: AtomicU64,
    exports: AtomicU64,
    burnt: AtomicU64,
    failed_checks: AtomicU64,
    unfinished: AtomicU64,
    renewed: AtomicU64,
    barred: AtomicU64,
    /// Wallets that the database is an older copy than.
    restored: usize,
    /// By route and code.
    requests: Mutex<BTreeMap<(String, &'static str), u64>>,
    /// By route: one count for each bucket and one for what is slower, and the sum in microseconds.
    durations: Mutex<BTreeMap<String, ([u64; BUCKETS.len() + 1], u64)>>,
}

impl Metrics {
    pub(crate) fn new(restored: usize) -> Self {
        Self {
            restored,
            ..Self::default()
        }
    }

    pub(crate) fn wallet_created(&self) {
        self.wallets.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn wallet_imported(&self) {
        self.imports.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn claimed(&self, wallets: usize) {
        self.claims.fetch_add(wallets as u64, Ordering::Relaxed);
    }

    pub(crate) fn signed(&self) {
        self.signatures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn unlocked(&self) {
        self.unlocks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn exported(&self) {
        self.exports.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn pairing_burnt(&self) {
        self.burnt.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn check_failed(&self) {
        self.failed_checks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn pairings_unfinished(&self, pairings: usize) {
        self.unfinished.fetch_add(pairings as u64, Ordering::Relaxed);
    }

    pub(crate) fn pairing_renewed(&self) {
        self.renewed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn pairing_barred(&self) {
        self.barred.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request: by the route's pattern, never by the address that was asked for.
    pub(crate) fn request(&self, route: &str, code: &'static str, took: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route.to_owned(), code)).or_default() += 1;
        drop(requests);
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let (buckets, sum) = durations.entry(route.to_owned()).or_default();
        let slot = BUCKETS.iter().position(|bound| took <= Duration::from_millis(*bound));
        if let Some(count) = buckets.get_mut(slot.unwrap_or(BUCKETS.len())) {
            *count += 1;
        }
        *sum += u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    }

    /// The text that a scraper reads.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        let counters = [
            ("wallets_created", "Wallets made.", &self.wallets),
            ("wallets_imported", "Wallets made of keys that existed.", &self.imports),
            ("wallets_claimed", "Wallets claimed.", &self.claims),
            ("signatures", "Halves of signatures given.", &self.signatures),
            ("unlocks", "Sessions begun.", &self.unlocks),
            ("exports", "Shares given away by an export.", &self.exports),
            ("pairings_burnt", "Pairings burnt by a failed check.", &self.burnt),
            (
                "checks_failed",
                "Failed checks of oblivious transfers.",
                &self.failed_checks,
            ),
            (
                "pairings_unfinished",
                "Pairings burnt because a query to them never ended.",
                &self.unfinished,
            ),
            (
                "pairings_renewed",
                "Pairings made for one who had failed a check lately.",
                &self.renewed,
            ),
            (
                "pairings_barred",
                "Pairings refused to one who had failed too many checks.",
                &self.barred,
            ),
        ];
        // Writing to a string can't fail.
        for (name, help, counter) in counters {
            let value = counter.load(Ordering::Relaxed);
            let _ = write!(
                text,
                "# HELP claimkit_{name}_total {help}\n# TYPE claimkit_{name}_total counter\nclaimkit_{name}_total {value}\n"
            );
        }
        let name = "claimkit_wallets_restored";
        let _ = writeln!(
            text,
            "# HELP {name} Wallets refused because the database is an older copy than they are.\n# TYPE {name} gauge\n\
             {name} {}",
            self.restored
        );
        let _ = writeln!(
            text,
            "# HELP claimkit_requests_total Requests.\n# TYPE claimkit_requests_total counter"
        );
        for ((route, code), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(
                text,
                "claimkit_requests_total{{route=\"{route}\",code=\"{code}\"}} {count}"
            );
        }
        let name = "claimkit_request_seconds";
        let _ = writeln!(text, "# HELP {name} Time to answer.\n# TYPE {name} histogram");
        for (route, (buckets, sum)) in &*self.durations.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut count = 0;
            for (bound, more) in BUCKETS.iter().zip(buckets) {
                count += more;
                let bound = Duration::from_millis(*bound).as_secs_f64();
                let _ = writeln!(text, "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
            }
            count += buckets.last().copied().unwrap_or_default();
            let sum = Duration::from_micros(*sum).as_secs_f64();
            let _ = writeln!(
                text,
                "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}\n{name}_sum{{route=\"{route}\"}} {sum}\n\
                 {name}_count{{route=\"{route}\"}} {count}"
            );
        }
        text
    }
}
