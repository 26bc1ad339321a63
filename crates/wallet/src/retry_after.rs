//! `Retry-After` (RFC 9110 §10.2.3), read the same for a page and for a back end: seconds, or a date.

/// How long to wait, in whole seconds, at least one. Nothing for what is neither a number of seconds nor a date; a fraction, which the
/// standard does not know and proxies write, is rounded up.
pub(crate) fn seconds(text: &str, now: u64) -> Option<u32> {
    let text = text.trim();
    let seconds = match text.split_once('.') {
        Some((whole, fraction)) => number(whole)?.saturating_add(u64::from(number(fraction)? > 0)),
        None => number(text).or_else(|| Some(date(text)?.saturating_sub(now)))?,
    };
    Some(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX))
}

/// Decimal digits and nothing else: no sign, no exponent. Too many count as very many.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// An HTTP date (RFC 9110 §5.6.7) in any of its three forms, as Unix seconds.
fn date(text: &str) -> Option<u64> {
    let parts: Vec<_> = text.split([' ', ',', '-']).filter(|part| !part.is_empty()).collect();
    let (day, month, year, time) = match *parts.as_slice() {
        [_, day, month, year, time, "GMT"] => (day, month, year, time),
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = 1 + u64::try_from(months.iter().position(|name| *name == month)?).ok()?;
    let mut clock = time.split(':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let (day, written) = (number(day)?, number(year)?);
    let year = match year.len() {
        4 => written,
        // Of two digits: the century that this is.
        2 => 2000 + written,
        _ => return None,
    };
    let is_date = clock.next().is_none()
        && (1970..=9999).contains(&year)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    is_date.then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days from 1970-01-01, in the Gregorian calendar: years begin in March, so that a leap day is the last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06 08:49:37.
    const THEN: u64 = 784_111_777;

    #[test]
    fn seconds_are_read_and_a_fraction_is_rounded_up() {
        for (text, wait) in [
            ("7", 7),
            (" 120 ", 120),
            ("0", 1),
            ("0.2", 1),
            ("2.5", 3),
            ("2.0", 2),
            ("4294967296", u32::MAX),
            ("99999999999999999999999", u32::MAX),
        ] {
            assert_eq!(seconds(text, THEN), Some(wait), "{text}");
        }
    }

    #[test]
    fn what_is_neither_seconds_nor_a_date_is_none() {
        for text in [
            "", " ", "-1", "+1", "1e3", "1,5", ".5", "5.", "1.2.3", "NaN", "soon", "7 s", "0x10", "Infinity",
        ] {
            assert_eq!(seconds(text, THEN), None, "{text:?}");
        }
    }

    #[test]
    fn a_date_of_each_form_is_read() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(date(text), Some(THEN), "{text}");
            assert_eq!(seconds(text, THEN - 30), Some(30), "{text}");
            // What is past is now.
            assert_eq!(seconds(text, THEN + 30), Some(1), "{text}");
        }
        assert_eq!(date("Monday, 30-Nov-26 16:00:00 GMT"), Some(1_796_054_400));
        assert_eq!(date("Thu, 29 Feb 2024 23:59:60 GMT"), Some(1_709_251_200));
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
    }

    #[test]
    fn a_date_that_is_none_is_not_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:01 GMT",
            "Sun, 06 Nov 19940 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
        ] {
            assert_eq!(seconds(text, THEN), None, "{text}");
        }
    }
}
