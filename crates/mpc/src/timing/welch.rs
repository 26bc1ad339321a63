//! Welch's t of two classes of times, over several croppings.
#![cfg(not(target_arch = "wasm32"))]

/// The share of all times, in percent, that each cropping keeps: the slow rest is the machine's, not the step's.
const KEPT: [usize; 6] = [100, 99, 95, 90, 75, 50];

/// t = (mean₀ − mean₁) / √(var₀/n₀ + var₁/n₁); 0 where a class is too small or nothing varies.
fn welch(classes: [&[u64]; 2]) -> f64 {
    let [(first, first_error), (second, second_error)] = classes.map(moments);
    let error = (first_error + second_error).sqrt();
    if error > 0.0 { (first - second) / error } else { 0.0 }
}

/// The mean, and the squared error of the mean.
fn moments(times: &[u64]) -> (f64, f64) {
    if times.len() < 2 {
        return (0.0, 0.0);
    }
    let count = times.len() as f64;
    let mean = times.iter().map(|time| *time as f64).sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (*time as f64 - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

/// The t that is furthest from zero over all croppings, and the median of all times.
pub(super) fn largest_t(times: &[Vec<u64>; 2]) -> (f64, u64) {
    let mut all: Vec<u64> = times.iter().flatten().copied().collect();
    all.sort_unstable();
    let place = |percent: usize| all.get((all.len() * percent / 100).saturating_sub(1)).copied();
    let cropped = KEPT.iter().filter_map(|percent| {
        let limit = place(*percent)?;
        let [first, second] = [0, 1]
            .map(|class: usize| -> Vec<u64> { times[class].iter().copied().filter(|time| *time <= limit).collect() });
        Some(welch([&first, &second]))
    });
    let largest = cropped.fold(0.0, |largest: f64, t| if t.abs() > largest.abs() { t } else { largest });
    (largest, place(50).unwrap_or_default())
}

#[test]
fn t_is_that_of_the_definition() {
    // Means 2 and 5; variances 1 and 1; three each: t = −3 / √(1/3 + 1/3).
    let t = welch([&[1, 2, 3], &[4, 5, 6]]);
    assert!((t + 3.0 / (2.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{t}");
    // Variances 4 and 0.5 of three and two: t = −1 / √(4/3 + 0.5/2).
    let t = welch([&[2, 4, 6], &[5, 6]]);
    assert!((t + 1.5 / (4.0_f64 / 3.0 + 0.25).sqrt()).abs() < 1e-12, "{t}");
}

#[test]
fn nothing_that_varies_gives_nothing() {
    assert_eq!(welch([&[5, 5, 5], &[5, 5]]), 0.0);
    assert_eq!(welch([&[], &[1]]), 0.0);
    assert_eq!(largest_t(&[vec![], vec![]]), (0.0, 0));
}

#[test]
fn a_few_slow_samples_hide_no_difference() {
    let mut fixed: Vec<u64> = (0..1_000).map(|at| 100 + at % 7).collect();
    let random: Vec<u64> = (0..1_000).map(|at| 102 + at % 7).collect();
    fixed.extend([1_000_000; 5]);
    let (t, median) = largest_t(&[fixed, random]);
    assert!(t < -10.0, "{t}");
    assert!((100..110).contains(&median));
}
