//! Email addresses.

use super::{text::mixes_scripts, unicode::Unicode};

const ALONE: &str = "an email address stands alone: without \"mailto:\", a name, angle brackets, quotation marks, commas or white space";
const ONE_AT: &str = "an email address has one @, with something on either side";
const LONG_NAME: &str = "an email address has at most 64 bytes before the @";
const DOMAIN: &str = "an email address has a domain behind the @: at least two labels of letters, digits and inner hyphens, 63 at most each";
const NO_DOMAIN: &str = "an email address's domain beyond ASCII must be a valid internationalised domain (UTS #46)";
const MIXED: &str = "an email address has no label with letters of several scripts, such as Latin and Cyrillic";
const LOOK_ALIKE: &str =
    "an email address has no character that is a letter or a sign of ASCII in disguise, such as U+212A";

/// Signs that stand before the @ (RFC 5322, `atext`), beside letters, digits and the dot.
const SIGNS: &[u8] = b"!#$%&'*+-/=?^_`{|}~.";

/// What the composed form makes ASCII of: the Kelvin sign, the Greek question mark and varia.
const DISGUISED: [char; 3] = ['\u{212a}', '\u{37e}', '\u{1fef}'];

/// The form of an address: before the @ composed and with A to Z in lower case, behind it as the DNS knows the domain.
///
/// Other letters before the @ keep their case: Unicode's lower case makes one of addresses that differ.
pub(super) fn normal(value: &str, unicode: &dyn Unicode) -> Result<String, &'static str> {
    if value
        .bytes()
        .any(|byte| matches!(byte, b'<' | b'>' | b'"' | b',' | b':' | b';' | b' ' | b'(' | b')'))
    {
        return Err(ALONE);
    }
    match value.split_once('@') {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() && !domain.contains('@') => {
            Ok(format!("{}@{}", before(name, unicode)?, behind(domain, unicode)?))
        }
        _ => Err(ONE_AT),
    }
}

fn before(name: &str, unicode: &dyn Unicode) -> Result<String, &'static str> {
    let is_taken = |letter: char| match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric() || SIGNS.contains(&byte),
        Ok(_) | Err(_) => true,
    };
    if !name.chars().all(is_taken) {
        return Err(ALONE);
    }
    if name.contains(DISGUISED) {
        return Err(LOOK_ALIKE);
    }
    if name.split('.').any(mixes_scripts) {
        return Err(MIXED);
    }
    let lower = match name.is_ascii() {
        true => name.to_ascii_lowercase(),
        false => {
            let lower = unicode.composed(name).ok_or(ALONE)?.to_ascii_lowercase();
            // Again: there is a small j with a caron, and no capital one.
            unicode.composed(&lower).ok_or(ALONE)?
        }
    };
    match lower.len() > 64 {
        true => Err(LONG_NAME),
        false => Ok(lower),
    }
}

fn behind(domain: &str, unicode: &dyn Unicode) -> Result<String, &'static str> {
    // The dot of the root: the same domain.
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    // Before any table is asked: a page's engine takes signs of an address's other parts for their ends.
    if !domain
        .bytes()
        .all(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    {
        return Err(DOMAIN);
    }
    let domain = match needs_tables(domain) {
        true if domain
            .split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'])
            .any(mixes_scripts) =>
        {
            return Err(MIXED);
        }
        true => unicode.ascii_domain(domain).ok_or(NO_DOMAIN)?,
        false => domain.to_ascii_lowercase(),
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_name = domain.contains('.') && domain.len() <= 253 && domain.split('.').all(is_label);
    // An address of IPv4 is no domain.
    match is_name && last.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        true => Ok(domain),
        false => Err(DOMAIN),
    }
}

/// Whether a domain is written beyond ASCII, or says that one of its labels stands for such.
fn needs_tables(domain: &str) -> bool {
    let is_encoded = |label: &str| label.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("xn--"));
    !domain.is_ascii() || domain.split('.').any(is_encoded)
}

fn is_label(label: &str) -> bool {
    let is_proper = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len()) && label.bytes().all(is_proper) && !label.starts_with('-') && !label.ends_with('-')
}
