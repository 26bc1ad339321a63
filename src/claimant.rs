//! Whom a wallet is made for, as a caller names them.

use js_sys::JsString;
use wallet::{ClaimantId, Unicode};
use wasm_bindgen::JsValue;
use web_sys::Url;

use crate::{error::Failure, options::Options};

type Kind = fn(String) -> ClaimantId;

/// The kinds of claimant ids, as in JSON.
const KINDS: [(&str, Kind); 7] = [
    ("email", ClaimantId::Email),
    ("phone", ClaimantId::Phone),
    ("telegramUserId", ClaimantId::TelegramUserId),
    ("farcasterUsername", ClaimantId::FarcasterUsername),
    ("xUsername", ClaimantId::XUsername),
    ("discordUsername", ClaimantId::DiscordUsername),
    ("customId", ClaimantId::CustomId),
];

/// The options that name a claimant.
pub(crate) fn names() -> [&'static str; 7] {
    KINDS.map(|(name, _)| name)
}

/// Reads the claimant id of a call.
pub(crate) fn claimant(options: &Options) -> Result<ClaimantId, Failure> {
    one_of(&options.bag("claimantId", &names())?)
}

/// Reads a claimant id, exactly one of its kinds, and gives its normal form.
pub(crate) fn one_of(options: &Options) -> Result<ClaimantId, Failure> {
    let mut given = Vec::new();
    for (name, kind) in KINDS {
        if options.has(name)? {
            given.push((name, kind));
        }
    }
    match given[..] {
        [(name, kind)] => kind(options.text(name)?.to_string())
            .normalised_by(&Engine)
            .map_err(|sentence| Failure::Argument(sentence.to_owned())),
        _ => Err(Failure::Argument(format!(
            "a claimant id has exactly one of `{}`",
            names().join("`, `")
        ))),
    }
}

/// The engine's tables of Unicode: the module has none.
struct Engine;

impl Unicode for Engine {
    fn composed(&self, text: &str) -> Option<String> {
        JsValue::from(JsString::from(text).normalize("NFC")).as_string()
    }

    fn ascii_domain(&self, domain: &str) -> Option<String> {
        let url = Url::new(&format!("https://{domain}")).ok()?;
        Some(url.hostname())
    }
}
