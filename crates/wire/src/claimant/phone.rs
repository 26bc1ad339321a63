//! Phone numbers.

const E164: &str =
    "a phone number is written as E.164: a plus sign and 7 to 15 digits, without blanks, hyphens or brackets";
const NO_COUNTRY: &str = "a phone number begins with a country's calling code behind the plus sign, as in +41";
const TRUNK_ZERO: &str =
    "a phone number has no 0 between the country's calling code and the number: +44 20…, not +44 (0)20…";
const NORTH_AMERICA: &str =
    "a phone number of +1 has ten digits behind it, the area code and the three digits after it beginning with 2 to 9";

/// Calling codes of one and two digits that are in use (ITU-T E.164, list of country codes).
const SHORT: [u8; 46] = [
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60,
    61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// Those of three digits, by their first two, with a bit for each last digit that is in use. Left out are services that are nobody's own:
/// freephone, shared cost, premium rate, disaster relief.
const LONG: [(u8, u16); 22] = [
    (21, bits(&[1, 2, 3, 6, 8])),
    (22, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (23, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (24, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (25, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8])),
    (26, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (29, bits(&[0, 1, 7, 8, 9])),
    (35, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (37, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (38, bits(&[0, 1, 2, 3, 5, 6, 7, 9])),
    (42, bits(&[0, 1, 3])),
    (50, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (59, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    (67, bits(&[0, 2, 3, 4, 5, 6, 7, 8, 9])),
    (68, bits(&[0, 1, 2, 3, 5, 6, 7, 8, 9])),
    (69, bits(&[0, 1, 2])),
    (85, bits(&[0, 2, 3, 5, 6])),
    (87, bits(&[0, 8])),
    (88, bits(&[0, 1, 2, 3, 6])),
    (96, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8])),
    (97, bits(&[0, 1, 2, 3, 4, 5, 6, 7])),
    (99, bits(&[2, 3, 4, 5, 6, 7, 8])),
];

/// Calling codes where a 0 in front is dialled at home and left out behind the code, so that writing it makes a second number of one.
const TRUNK: [&str; 33] = [
    "20", "27", "31", "32", "33", "40", "41", "43", "44", "46", "49", "51", "60", "61", "62", "63", "64", "66", "81",
    "82", "84", "86", "90", "91", "92", "93", "94", "95", "98", "234", "353", "380", "972",
];

const fn bits(digits: &[u8]) -> u16 {
    let mut bits = 0;
    let mut rest = digits;
    while let [digit, more @ ..] = rest {
        bits |= 1 << *digit;
        rest = more;
    }
    bits
}

/// A number as E.164 has it: that is one way of writing it only.
pub(super) fn normal(value: &str) -> Result<String, &'static str> {
    let digits = value.strip_prefix('+').ok_or(E164)?;
    if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(E164);
    }
    if !is_of_a_country(digits) {
        return Err(NO_COUNTRY);
    }
    if TRUNK
        .iter()
        .any(|code| digits.strip_prefix(code).is_some_and(|number| number.starts_with('0')))
    {
        return Err(TRUNK_ZERO);
    }
    if let Some(number) = digits.strip_prefix('1')
        && !is_north_american(number.as_bytes())
    {
        return Err(NORTH_AMERICA);
    }
    Ok(value.to_owned())
}

fn is_of_a_country(digits: &str) -> bool {
    let code = |length: usize| {
        digits
            .get(..length)
            .and_then(|code| code.parse::<u16>().ok())
            .unwrap_or_default()
    };
    let is_short = |code: u16| SHORT.iter().any(|short| u16::from(*short) == code);
    let is_long = |code: u16| {
        LONG.iter()
            .any(|(head, last)| u16::from(*head) == code / 10 && last & (1 << (code % 10)) != 0)
    };
    is_short(code(1)) || is_short(code(2)) || is_long(code(3))
}

fn is_north_american(number: &[u8]) -> bool {
    matches!(number, [b'2'..=b'9', _, _, b'2'..=b'9', ..]) && number.len() == 10
}
