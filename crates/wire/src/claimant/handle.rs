//! Names and numbers that services give their users.

const TELEGRAM: &str =
    "a telegramUserId is the number of the user, 1 to 4503599627370495, in plain digits: a name may change hands";
const FARCASTER: &str = "a farcasterUsername has 1 to 16 letters of a to z, digits and hyphens, the first no hyphen; behind it .eth or .base.eth if it has";
const X: &str = "an xUsername has 1 to 15 letters of a to z, digits and underscores";
const DISCORD: &str = "a discordUsername has 2 to 32 letters of a to z, digits, underscores and single dots, and no #";

/// The largest id that a Telegram user may have: of 52 bits (Bot API, `User`).
const LAST_TELEGRAM_ID: u64 = (1 << 52) - 1;

/// A Telegram user id: the only way of writing that number.
pub(super) fn telegram(value: &str) -> Result<String, &'static str> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
    match value.parse() {
        Ok(1..=LAST_TELEGRAM_ID) if is_plain => Ok(value.to_owned()),
        Ok(_) | Err(_) => Err(TELEGRAM),
    }
}

/// A Farcaster name, or an ENS name in use as one: its protocol knows them in lower case.
pub(super) fn farcaster(value: &str) -> Result<String, &'static str> {
    let name = bare(value);
    let label = name.strip_suffix(".eth").unwrap_or(&name);
    let label = match label.len() < name.len() {
        true => label.strip_suffix(".base").unwrap_or(label),
        false => label,
    };
    let is_name = (1..=16).contains(&label.len()) && is_of(label, b"-") && !label.starts_with('-');
    is_name.then_some(name).ok_or(FARCASTER)
}

/// An X username: X takes no notice of case.
pub(super) fn x(value: &str) -> Result<String, &'static str> {
    let name = bare(value);
    let is_name = (1..=15).contains(&name.len()) && is_of(&name, b"_");
    is_name.then_some(name).ok_or(X)
}

/// A Discord username, of those that are unique: Discord has them in lower case.
pub(super) fn discord(value: &str) -> Result<String, &'static str> {
    let name = bare(value);
    let is_name = (2..=32).contains(&name.len()) && is_of(&name, b"_.") && !name.contains("..");
    is_name.then_some(name).ok_or(DISCORD)
}

/// A name without the @ that it is mentioned with, A to Z in lower case.
fn bare(value: &str) -> String {
    value.strip_prefix('@').unwrap_or(value).to_ascii_lowercase()
}

fn is_of(name: &str, signs: &[u8]) -> bool {
    let is_proper = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || signs.contains(&byte);
    name.bytes().all(is_proper)
}
