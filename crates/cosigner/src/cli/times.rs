//! Times on a command line.

use std::time::{SystemTime, UNIX_EPOCH};

/// What [`ago`] and [`ahead`] read.
pub(super) const FORM: &str = "seconds since 1970, or a number with s, m, h or d, such as 90d";

/// A point in time: Unix seconds, or so long before now.
pub(super) fn ago(text: &str) -> Result<u64, String> {
    match duration(text) {
        Some(seconds) => Ok(now().saturating_sub(seconds)),
        None => text.parse().map_err(|_| format!("must be {FORM}")),
    }
}

/// A point in time: Unix seconds, or so long from now.
pub(super) fn ahead(text: &str) -> Result<u64, String> {
    match duration(text) {
        Some(seconds) => Ok(now().saturating_add(seconds)),
        None => text.parse().map_err(|_| format!("must be {FORM}")),
    }
}

fn duration(text: &str) -> Option<u64> {
    let units = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
    let (number, unit) = units
        .iter()
        .find_map(|(suffix, unit)| text.strip_suffix(suffix).map(|number| (number, *unit)))?;
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Unix seconds.
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |past| past.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_or_so_long_from_now() {
        assert_eq!((ago("1790000000"), ahead("0")), (Ok(1_790_000_000), Ok(0)));
        assert_eq!(duration("90d"), Some(90 * 86_400));
        assert_eq!(
            (duration("2h"), duration("5m"), duration("7s")),
            (Some(7200), Some(300), Some(7))
        );
        for wrong in ["", "d", "-1d", "1.5h", "1w", "tomorrow", "99999999999999999999d"] {
            assert!(ago(wrong).is_err() && ahead(wrong).is_err(), "{wrong}");
        }
    }
}
