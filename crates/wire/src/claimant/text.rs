//! What characters an identifier may have, whatever its kind.

use super::{ClaimantId, unicode::Unicode};

const EMPTY: &str = "a claimant id must not be empty";
const TOO_LONG: &str = "a claimant id has at most 320 bytes";
const CONTROL: &str = "a claimant id has no control characters";
const DAMAGED: &str = "a claimant id has no U+FFFD, which stands for characters that were lost on the way";
const HIDDEN: &str = "a claimant id has no invisible characters (zero-width, direction, format, variation), and no white space but U+0020";
const NOT_COMPOSED: &str = "a customId is in Unicode's composed form (NFC): see that your ids differ in that form, and pass id.normalize(\"NFC\")";
const AT_ITS_ENDS: &str = "a customId has no white space at its ends";

/// Stands for what a decoder could not read: two texts that were cut apart differently read alike then.
const REPLACEMENT: char = '\u{fffd}';

/// Checks what holds for every kind, before any work that grows with the text.
pub(super) fn check(value: &str) -> Result<(), &'static str> {
    // What is trimmed is bounded too.
    if value.len() > 2 * ClaimantId::MAX_LENGTH {
        return Err(TOO_LONG);
    }
    let value = value.trim();
    check_length(value)?;
    for character in value.chars() {
        if character.is_control() {
            return Err(CONTROL);
        }
        if character == REPLACEMENT {
            return Err(DAMAGED);
        }
        if is_hidden(character) {
            return Err(HIDDEN);
        }
    }
    Ok(())
}

/// Checks that there is something, and not too much of it.
pub(super) fn check_length(value: &str) -> Result<(), &'static str> {
    match value.len() {
        0 => Err(EMPTY),
        length if length > ClaimantId::MAX_LENGTH => Err(TOO_LONG),
        _ => Ok(()),
    }
}

/// An app's own identifier: as it is. Two that differ to the app are never made one, so nothing is trimmed, composed or lower-cased.
pub(super) fn custom(value: &str, unicode: &dyn Unicode) -> Result<String, &'static str> {
    if value.trim().len() != value.len() {
        return Err(AT_ITS_ENDS);
    }
    if !value.is_ascii() && unicode.composed(value).as_deref() != Some(value) {
        return Err(NOT_COMPOSED);
    }
    Ok(value.to_owned())
}

/// Characters that nobody sees: Unicode's format characters, its default ignorable ones, its white space but U+0020, blanks that are letters,
/// and what is no character or of the private planes (DerivedCoreProperties.txt and UnicodeData.txt).
const INVISIBLE: [(u32, u32); 31] = [
    (0x00a0, 0x00a0),
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xfdd0, 0xfdef),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xffff),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
    (0xf0000, 0x10_ffff),
];

fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    let is_no_character = code & 0xfffe == 0xfffe;
    is_no_character || INVISIBLE.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// Whether one word has letters of scripts that are not written together, as look-alikes of other words do: Latin with Cyrillic, say.
/// Latin goes with the scripts of East Asia (UTS #39, highly restrictive).
pub(super) fn mixes_scripts(word: &str) -> bool {
    let mut scripts = word.chars().filter_map(script);
    let first = scripts.next();
    scripts.any(|script| Some(script) != first)
}

/// A number for the script of a letter, of those whose letters look like others'; nothing for digits, signs and other scripts.
fn script(letter: char) -> Option<u32> {
    let code = u32::from(letter);
    match code {
        0x41..=0x5a
        | 0x61..=0x7a
        | 0xaa
        | 0xba
        | 0xc0..=0x2af
        | 0x1e00..=0x1eff
        | 0x2c60..=0x2c7f
        | 0xa720..=0xa7ff => Some(1),
        0xff21..=0xff3a | 0xff41..=0xff5a => Some(1),
        0x370..=0x3ff | 0x1f00..=0x1fff => Some(2),
        0x400..=0x52f | 0x1c80..=0x1c8f | 0x2de0..=0x2dff | 0xa640..=0xa69f => Some(3),
        0x530..=0x58f => Some(4),
        0x590..=0x5ff => Some(5),
        0x600..=0x6ff | 0x750..=0x77f | 0x8a0..=0x8ff => Some(6),
        0x10a0..=0x10ff | 0x1c90..=0x1cbf | 0x2d00..=0x2d2f => Some(7),
        0x13a0..=0x13ff | 0xab70..=0xabbf => Some(8),
        0x2c80..=0x2cff => Some(9),
        // From Devanagari to Lao each script has a block of 128.
        0x900..=0xeff => Some(code >> 7),
        _ => None,
    }
}
