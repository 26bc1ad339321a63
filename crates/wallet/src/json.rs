//! JSON of the control plane, by a reader a fraction of serde_json's size: every page loads it.

use serde::{Serialize, de::DeserializeOwned};

/// The longest question, in bytes: two claimant ids, each character of them escaped, and what stands around them.
const QUESTION_LIMIT: usize = 8 * 1024;

/// Reads a value; nothing where the text is not one, whole.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    let mut unescaped = vec![0; text.len()];
    serde_json_core::from_slice_escaped(text, &mut unescaped)
        .ok()
        .map(|(value, _)| value)
}

/// Writes a value; nothing where it is too long.
pub(crate) fn write(value: &impl Serialize) -> Option<Vec<u8>> {
    let mut text = vec![0; QUESTION_LIMIT];
    let length = serde_json_core::to_slice(value, &mut text).ok()?;
    text.truncate(length);
    Some(text)
}

#[cfg(test)]
mod tests {
    use wire::{
        ClaimantId, ErrorBody, ErrorCode, WalletType,
        control::{Lookup, UpdateClaimant, WalletRecord, Wallets},
    };

    use super::*;

    #[test]
    fn a_question_reads_as_it_was_meant() {
        let value = "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}é🌍".repeat(9);
        let question = UpdateClaimant {
            wallet_id: "id".to_owned(),
            from: ClaimantId::Email(value.clone()),
            to: ClaimantId::TelegramUserId(value),
        };
        assert_eq!(
            meaning(&write(&question).unwrap()),
            meaning(&serde_json::to_vec(&question).unwrap())
        );
    }

    fn meaning(text: &[u8]) -> serde_json::Value {
        serde_json::from_slice(text).unwrap()
    }

    #[test]
    fn the_longest_question_is_written() {
        let longest = || ClaimantId::CustomId("\u{1}".repeat(ClaimantId::MAX_LENGTH));
        let question = UpdateClaimant {
            wallet_id: "0".repeat(22),
            from: longest(),
            to: longest(),
        };
        assert_eq!(
            meaning(&write(&question).unwrap()),
            meaning(&serde_json::to_vec(&question).unwrap())
        );
    }

    #[test]
    fn an_answer_reads_as_serde_json_reads_it() {
        let wallets = Wallets {
            wallets: (0..3)
                .map(|number| WalletRecord {
                    wallet_id: "id".to_owned(),
                    wallet_type: WalletType::Solana,
                    scheme: "ecdsa-secp256k1".to_owned(),
                    public_key: "key \" \\ é🌍".to_owned(),
                    epoch: u32::MAX,
                    claimed: number == 1,
                    imported: number == 2,
                    created_at: u64::MAX,
                })
                .collect(),
            next: Some("place".to_owned()),
        };
        assert_eq!(read(&serde_json::to_vec_pretty(&wallets).unwrap()), Some(wallets));
        let none = Wallets {
            wallets: Vec::new(),
            next: None,
        };
        assert_eq!(read(b"{\"wallets\":[]}"), Some(none));
        for &code in ErrorCode::ALL {
            let body = ErrorBody {
                refusal: (code == ErrorCode::AlreadyClaimed).then(|| "signed".to_owned()),
                time: (code == ErrorCode::NotAuthorised).then_some(u64::MAX),
                process: (code == ErrorCode::NotAuthorised).then(|| "a mark".to_owned()),
                ..ErrorBody::new(code, "a \\u0041 «sentence»\n")
            };
            assert_eq!(read(&serde_json::to_vec(&body).unwrap()), Some(body));
        }
    }

    #[test]
    fn what_is_no_answer_is_not_read() {
        for text in [
            "",
            "{",
            "null",
            "[]",
            "{}",
            "{\"wallets\":[]} {}",
            "{\"wallets\":[]}x",
            "{\"wallets\":[],\"more\":1}",
            "{\"wallets\":[],\"wallets\":[]}",
            "{\"wallets\":{}}",
            "{\"wallets\":[{}]}",
            "{\"wallets\":\"\\ud800\"}",
        ] {
            assert_eq!(read::<Wallets>(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read::<Wallets>(&[0xff; 9]), None);
        assert!(read::<Lookup>(b"{\"claimantId\":{\"email\":\"a\",\"phone\":\"b\"}}").is_none());
        assert!(read::<Lookup>(b"{\"claimantId\":{\"mail\":\"a\"}}").is_none());
    }

    #[test]
    fn an_answer_cut_short_anywhere_is_not_read() {
        let whole = b"{\"code\":\"rate_limited\",\"message\":\"a \\n \\u00e9 sentence\"}";
        assert!(read::<ErrorBody>(whole).is_some());
        for end in 0..whole.len() {
            assert_eq!(read::<ErrorBody>(&whole[..end]), None);
        }
    }
}
