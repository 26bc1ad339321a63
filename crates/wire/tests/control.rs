//! The JSON that back ends speak, and the closed list of error codes.

use std::collections::HashSet;

use wire::{
    ClaimantId, ErrorBody, ErrorCode, WalletType,
    control::{Identity, Lookup, UpdateClaimant, WalletRecord},
};

#[test]
fn error_codes_are_distinct_snake_case_and_pinned() {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
    assert_eq!(
        codes,
        [
            "invalid_argument",
            "share_invalid",
            "already_claimed",
            "claim_expired",
            "session_expired",
            "not_authorised",
            "wallet_not_found",
            "wallet_frozen",
            "passkey_unsupported",
            "passkey_cancelled",
            "prf_unavailable",
            "epoch_mismatch",
            "peer_misbehaved",
            "pairing_burnt",
            "co_signer_unreachable",
            "rate_limited",
            "storage_unavailable",
            "version_unsupported",
            "cancelled",
            "internal",
        ]
    );
}

#[test]
fn an_error_code_is_the_same_string_in_json() {
    for code in ErrorCode::ALL {
        assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
        assert_eq!(
            serde_json::from_str::<ErrorCode>(&format!("\"{code}\"")).unwrap(),
            *code
        );
        assert!((400..600).contains(&code.status()));
    }
    assert!(serde_json::from_str::<ErrorCode>("\"no_such_code\"").is_err());
}

#[test]
fn only_what_may_succeed_as_it_stands_is_retryable() {
    let retryable: Vec<_> = ErrorCode::ALL.iter().filter(|code| code.is_retryable()).collect();
    assert_eq!(
        retryable,
        [
            &ErrorCode::CoSignerUnreachable,
            &ErrorCode::RateLimited,
            &ErrorCode::StorageUnavailable
        ]
    );
}

#[test]
fn an_error_body_refuses_unknown_and_missing_fields() {
    let body = ErrorBody::new(ErrorCode::NotAuthorised, "no");
    let text = r#"{"code":"not_authorised","message":"no"}"#;
    assert_eq!(serde_json::to_string(&body).unwrap(), text);
    assert_eq!(serde_json::from_str::<ErrorBody>(text).unwrap(), body);
    let signed = ErrorBody {
        refusal: Some("signed".into()),
        ..body.clone()
    };
    let text = r#"{"code":"not_authorised","message":"no","refusal":"signed"}"#;
    assert_eq!(serde_json::to_string(&signed).unwrap(), text);
    assert_eq!(serde_json::from_str::<ErrorBody>(text).unwrap(), signed);
    let corrective = ErrorBody {
        time: Some(1_790_000_000),
        process: Some("a mark".into()),
        ..body
    };
    let text = r#"{"code":"not_authorised","message":"no","time":1790000000,"process":"a mark"}"#;
    assert_eq!(serde_json::to_string(&corrective).unwrap(), text);
    assert_eq!(serde_json::from_str::<ErrorBody>(text).unwrap(), corrective);
    for wrong in [
        r#"{"code":"not_authorised"}"#,
        r#"{"message":"no"}"#,
        r#"{"code":"not_authorised","message":"no","more":1}"#,
        r#"{"code":7,"message":"no"}"#,
    ] {
        assert!(serde_json::from_str::<ErrorBody>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn control_bodies_are_camel_case_and_refuse_unknown_and_missing_fields() {
    let lookup = r#"{"claimantId":{"email":"ada@example.com"}}"#;
    assert_eq!(
        serde_json::to_string(&serde_json::from_str::<Lookup>(lookup).unwrap()).unwrap(),
        lookup
    );
    for wrong in [
        "{}",
        r#"{"claimantId":{}}"#,
        r#"{"claimantId":{"email":"a@b","phone":"+41790000000"}}"#,
        r#"{"claimantId":{"fax":"1"}}"#,
        r#"{"claimantId":{"email":1}}"#,
        r#"{"claimantId":{"email":"a@b"},"more":1}"#,
    ] {
        assert!(serde_json::from_str::<Lookup>(wrong).is_err(), "{wrong}");
    }
    assert!(serde_json::from_str::<UpdateClaimant>(r#"{"walletId":"x","from":{"email":"a@b"}}"#).is_err());
    assert!(serde_json::from_str::<Identity>(r#"{"channelKey":"x","receiptKey":"y"}"#).is_err());
}

#[test]
fn a_wallet_record_says_its_type_and_refuses_unknown_and_missing_fields() {
    let record = r#"{"walletId":"w","type":"SOLANA","scheme":"eddsa-ed25519","publicKey":"p","epoch":1,"claimed":false,"imported":true,"createdAt":7}"#;
    let read: WalletRecord = serde_json::from_str(record).unwrap();
    assert_eq!(read.wallet_type, WalletType::Solana);
    assert_eq!(serde_json::to_string(&read).unwrap(), record);
    for (from, to) in [
        (r#""type":"SOLANA","#, ""),
        (r#""imported":true,"#, ""),
        (r#""imported":true"#, r#""imported":1"#),
        (r#""type":"SOLANA""#, r#""type":"solana""#),
        (r#""type":"SOLANA""#, r#""type":3"#),
        (r#""type":"SOLANA""#, r#""type":"SOLANA","walletType":"SOLANA""#),
    ] {
        let wrong = record.replace(from, to);
        assert_ne!(wrong, record);
        assert!(serde_json::from_str::<WalletRecord>(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_claimant_id_is_never_printed() {
    assert_eq!(
        format!("{:?}", ClaimantId::Email("ada@example.com".into())),
        "ClaimantId(email, <redacted>)"
    );
}
