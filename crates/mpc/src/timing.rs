//! Whether time tells secrets apart: the test of dudect (Reparaz, Balasch and Verbauwhede, ia.cr/2016/1123), by Welch's t.
//!
//! Each step is timed with a secret that is always the same and with secrets drawn anew, in random order. If the mean times of
//! the two classes differ, so that |t| grows with the samples, the time depends on the secret. That it does not is never proved
//! by a small |t|: it says that this many samples on this machine did not show it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::print_stdout, reason = "the figures are read by `cargo xtask timing`")]

mod items;
mod welch;

#[path = "../timing/clock.rs"]
mod clock;

use core::hint::black_box;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

use self::welch::largest_t;

/// Inputs are made this many at a time, outside what is timed.
const BATCH: usize = 500;

/// The variable that says how many samples to take of each step.
const SAMPLES: &str = "CLAIMKIT_TIMING_SAMPLES";

/// Which secret a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Always the same.
    Fixed,
    /// Drawn anew.
    Random,
}

/// How a step is measured.
struct Stopwatch {
    samples: usize,
    rng: ChaCha20Rng,
}

impl Stopwatch {
    /// Times `step`, done `repeats` times a sample on what `prepare` makes for a class, and prints one line.
    fn measure<I, O>(
        &mut self,
        name: &str,
        repeats: usize,
        prepare: impl Fn(Class, &mut ChaCha20Rng) -> I,
        step: impl Fn(&I) -> O,
    ) {
        let mut times: [Vec<u64>; 2] = Default::default();
        // The first batch warms caches and branch predictors, and does not count.
        for batch in 0..=self.samples.div_ceil(BATCH) {
            let classes: Vec<_> = (0..BATCH).map(|_| self.class()).collect();
            let inputs: Vec<_> = classes.iter().map(|class| prepare(*class, &mut self.rng)).collect();
            for (class, input) in classes.iter().zip(&inputs) {
                let start = clock::now();
                for _ in 0..repeats {
                    black_box(step(black_box(input)));
                }
                let time = clock::now() - start;
                if batch > 0 {
                    times[*class as usize].push(time);
                }
            }
        }
        let (t, median) = largest_t(&times);
        let samples = times[0].len() + times[1].len();
        println!("timing\t{name}\t{t:.2}\t{samples}\t{}", median / repeats as u64);
    }

    fn class(&mut self) -> Class {
        if self.rng.next_u32() & 1 == 0 {
            Class::Fixed
        } else {
            Class::Random
        }
    }
}

/// Prints a line a step; judges nothing, since what else the machine does is in the figures too.
#[test]
#[ignore = "takes minutes, and a quiet machine: `cargo xtask timing`"]
fn each_step_is_timed() {
    let samples = std::env::var(SAMPLES).map_or(100_000, |count| count.parse().unwrap());
    let rng = ChaCha20Rng::seed_from_u64(1);
    items::measure_all(&mut Stopwatch { samples, rng });
}

/// The instrument itself, in a second: it must see an early exit.
#[test]
fn a_comparison_that_stops_early_is_seen() {
    let rng = ChaCha20Rng::seed_from_u64(2);
    let mut stopwatch = Stopwatch { samples: 0, rng };
    let secret = [7; 4096];
    let mut times: [Vec<u64>; 2] = Default::default();
    for _ in 0..4_000 {
        let class = stopwatch.class();
        let mut guess = secret;
        if class == Class::Random {
            stopwatch.rng.fill_bytes(&mut guess);
        }
        let start = clock::now();
        black_box(items::leaky_equal(black_box(&secret), black_box(&guess)));
        times[class as usize].push(clock::now() - start);
    }
    assert!(largest_t(&times).0.abs() > 10.0);
}
