//! What an operator writes: the co-signer's settings, and API keys as text.

use cosigner::{Config, api_key::ApiKey};

use crate::{choosing, chosen};

const KINDS: [fn(&str) -> bool; 2] = [config, api_key];

const EXAMPLE: &str = include_str!("../../../crates/cosigner/cosigner.example.toml");
const KEY: &str = "ck_0102030405060708_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn config(text: &str) -> bool {
    match Config::parse(text) {
        Ok(config) => config.check().is_ok() || panic!("checked, and not good"),
        Err(error) => {
            let sentence = error.to_string();
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "not one sentence");
            false
        }
    }
}

fn api_key(text: &str) -> bool {
    let Some(key) = ApiKey::from_text(text) else {
        return false;
    };
    let again = ApiKey::from_text(&key.to_text()).unwrap();
    assert_eq!((again.id(), again.secret_hash()), (key.id(), key.secret_hash()));
    assert!(key.to_text().eq_ignore_ascii_case(text), "another text of the same key");
    true
}

/// Reads text of one kind.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(read, bytes)| str::from_utf8(&bytes).is_ok_and(read))
}

/// The example's settings and a key.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![choosing(0, EXAMPLE.as_bytes()), choosing(1, KEY.as_bytes())]
}
