//! Tokens and key sets built by hand, by ed25519-dalek alone, and what each lie in them comes to.

use ed25519_dalek::{Signer, SigningKey};
use mpc::channel::ChannelPublicKey;
use serde_json::{Value, json};
use wire::WalletType;

use super::*;

const NOW: u64 = 1_790_000_000;
const AUDIENCE: &str = "https://shop.example";
const NONCE: &str = "n-0S6_WzA2Mj";

fn receipt_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn proof_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn identity_of(receipt: &SigningKey) -> CoSignerIdentity {
    CoSignerIdentity {
        channel: ChannelPublicKey([9; 32]),
        receipt: receipt.verifying_key().to_bytes(),
    }
}

fn public(key: &SigningKey) -> String {
    Base64UrlUnpadded::encode_string(key.verifying_key().as_bytes())
}

fn id(key: &SigningKey) -> String {
    let input = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, public(key));
    Base64UrlUnpadded::encode_string(&Sha256::digest(input))
}

/// A key of a set, certified until then.
fn published(key: &SigningKey, by: &SigningKey, until: u64) -> Value {
    let certified = [
        &b"claimkit/proof-key/v1\0"[..],
        key.verifying_key().as_bytes(),
        &until.to_le_bytes(),
    ]
    .concat();
    json!({
        "kty": "OKP", "crv": "Ed25519", "x": public(key), "kid": id(key), "use": "sig", "alg": "EdDSA",
        "ck_exp": until, "ck_sig": Base64UrlUnpadded::encode_string(&by.sign(&certified).to_bytes()),
    })
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn keys() -> Keys {
    let set = set(&[published(&proof_key(), &receipt_key(), NOW + 1000)]);
    Keys::read(&set, &identity_of(&receipt_key())).unwrap()
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "claimkit-proof+jwt", "kid": id(&proof_key()) })
}

/// BIP340's x of G, as a compressed point: some key of secp256k1.
const POINT: &str = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

fn point() -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&POINT[at..at + 2], 16).unwrap();
    (0..POINT.len()).step_by(2).map(digits).collect()
}

fn ada() -> ClaimantId {
    ClaimantId::Email("ada@example.com".to_owned())
}

fn claims() -> Value {
    json!({
        "iss": format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", id(&receipt_key())),
        "aud": AUDIENCE,
        "sub": "AwMDAwMDAwMDAwMDAwMDAw",
        "nonce": NONCE,
        "iat": NOW,
        "exp": NOW + 300,
        "wallet_type": "EVM",
        "public_key": Base64UrlUnpadded::encode_string(&point()),
        "epoch": 2,
        "claimant": encode(&tags::hash("claimkit/claimant/v1", &[b"email", b"ada@example.com"])),
    })
}

fn sealed(header: &str, claims: &str, by: &SigningKey) -> String {
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = by.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
}

fn token(header: &Value, claims: &Value) -> String {
    sealed(&header.to_string(), &claims.to_string(), &proof_key())
}

fn with(value: Value, name: &str, to: Value) -> Value {
    let mut value = value;
    value[name] = to;
    value
}

fn expected() -> Expected {
    Expected::new(AUDIENCE, NONCE, Some(ada()), None).unwrap()
}

fn verify(proof: &str, now: u64) -> Result<VerifiedProof, Error> {
    Proof::read(proof)?.verify(&keys(), &expected(), now)
}

fn is_refused(outcome: Result<VerifiedProof, Error>, code: ErrorCode, sentence: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(sentence), "{error}, and not: {sentence}");
}

#[test]
fn an_honest_proof_holds() {
    let verified = verify(&token(&header(), &claims()), NOW).unwrap();
    assert_eq!(verified.wallet.id, WalletId([3; 16]));
    assert_eq!(verified.wallet.wallet_type, WalletType::Evm);
    assert_eq!(verified.wallet.epoch, Epoch(2));
    // The address of the private key 1.
    assert_eq!(verified.wallet.address(), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    assert_eq!((verified.issued_at, verified.expires_at), (NOW, NOW + 300));
    // Nor does it have to name the claimant.
    let expected = Expected::new(AUDIENCE, NONCE, None, None).unwrap();
    let proof = Proof::read(&token(&header(), &claims())).unwrap();
    assert_eq!(proof.verify(&keys(), &expected, NOW), Ok(verified));
}

/// Made once by OpenSSL and Python, from the seeds above: `tests/vectors/ownership.py`.
#[test]
fn the_known_answer_of_another_implementation_holds() {
    let vector: Value = serde_json::from_str(include_str!("../../tests/vectors/ownership.json")).unwrap();
    let text = |name: &str| vector[name].as_str().unwrap();
    let keys = Keys::read(&vector["jwks"].to_string(), &identity_of(&receipt_key())).unwrap();
    let verified = Proof::read(text("proof"))
        .unwrap()
        .verify(&keys, &expected(), NOW)
        .unwrap();
    assert_eq!(verified, verify(&token(&header(), &claims()), NOW).unwrap());
    assert_eq!(
        vector["jwks"]["keys"][0],
        published(&proof_key(), &receipt_key(), NOW + 1000)
    );
}

#[test]
fn a_token_of_another_form_is_no_proof() {
    let honest = token(&header(), &claims());
    let (signed, signature) = honest.rsplit_once('.').unwrap();
    let (first, second) = signed.split_once('.').unwrap();
    let three = "three parts";
    let its_header = "header is not of its one form";
    let says = "does not say what one must";
    let with_header = |name: &str, to: Value| token(&with(header(), name, to), &claims());
    let with_claim = |name: &str, to: Value| token(&header(), &with(claims(), name, to));
    let raw_claims = |text: &str| sealed(&header().to_string(), text, &proof_key());
    let claims_text = claims().to_string();
    let unsigned = json!({ "alg": "none", "typ": "claimkit-proof+jwt", "kid": "" }).to_string();
    let unsigned = Base64UrlUnpadded::encode_string(unsigned.as_bytes());
    let rows = [
        (String::new(), three),
        (signed.replace('.', ""), three),
        ("x".repeat(PROOF_LIMIT + 1), three),
        (format!(".{honest}"), its_header),
        (format!(" {honest}"), its_header),
        (format!("{first}=.{second}.{signature}"), its_header),
        (format!("{honest}.{signature}"), says),
        (format!("{honest} "), "signature has not 64 bytes"),
        (format!("{honest}="), "signature has not 64 bytes"),
        (format!("{signed}."), "signature has not 64 bytes"),
        // Without a signature, and with the public key as a secret.
        (format!("{unsigned}.{second}."), "another algorithm"),
        (with_header("alg", json!("none")), "another algorithm"),
        (with_header("alg", json!("HS256")), "another algorithm"),
        (with_header("alg", json!("eddsa")), "another algorithm"),
        (with_header("alg", json!("ES256")), "another algorithm"),
        (with_header("typ", json!("JWT")), "another type"),
        (with_header("typ", json!("dpop+jwt")), "another type"),
        (
            with_header("jwk", published(&proof_key(), &receipt_key(), NOW)),
            its_header,
        ),
        (with_header("jku", json!("https://evil.example")), its_header),
        (with_header("crit", json!(["b64"])), its_header),
        (
            token(&json!({ "alg": "EdDSA", "typ": "claimkit-proof+jwt" }), &claims()),
            its_header,
        ),
        (
            sealed(
                &header().to_string().replace("\"alg\":", "\"alg\":\"none\",\"alg\":"),
                &claims_text,
                &proof_key(),
            ),
            its_header,
        ),
        (with_claim("admin", json!(true)), says),
        (with_claim("aud", json!([AUDIENCE])), says),
        (with_claim("iat", json!(NOW.to_string())), says),
        (with_claim("iat", json!(NOW as f64 + 0.5)), says),
        (with_claim("iat", json!(-1)), says),
        (with_claim("wallet_type", json!("evm")), says),
        (with_claim("epoch", json!(4_294_967_296_u64)), says),
        (
            raw_claims(&claims_text.replace("\"aud\":", "\"aud\":\"https://evil.example\",\"aud\":")),
            says,
        ),
        (raw_claims(&format!("{claims_text}{{}}")), says),
        (raw_claims(&claims_text[..claims_text.len() - 1]), says),
        (raw_claims("[]"), says),
        (with_claim("exp", json!(NOW + 301)), "does not last for five minutes"),
        (with_claim("exp", json!(NOW - 1)), "does not last for five minutes"),
        (with_claim("exp", json!(u64::MAX)), "does not last for five minutes"),
    ];
    for (proof, sentence) in rows {
        is_refused(verify(&proof, NOW), ErrorCode::InvalidArgument, sentence);
    }
    let mut claims = claims();
    for name in claims.as_object().unwrap().keys().cloned().collect::<Vec<_>>() {
        let had = claims.as_object_mut().unwrap().remove(&name).unwrap();
        is_refused(
            verify(&token(&header(), &claims), NOW),
            ErrorCode::InvalidArgument,
            says,
        );
        claims[name] = had;
    }
}

#[test]
fn a_proof_that_does_not_hold_here_is_refused() {
    let with_claim = |name: &str, to: Value| token(&header(), &with(claims(), name, to));
    let other = SigningKey::from_bytes(&[4; 32]);
    let honest = token(&header(), &claims());
    let of_other = format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", id(&other));
    let altered = {
        let changed = with(claims(), "epoch", json!(3)).to_string();
        let [first, _, signature] = honest.split('.').collect::<Vec<_>>().try_into().unwrap();
        format!(
            "{first}.{}.{signature}",
            Base64UrlUnpadded::encode_string(changed.as_bytes())
        )
    };
    let rows = [
        (with_claim("iss", json!(of_other)), "another co-signer's"),
        (
            token(&with(header(), "kid", json!(id(&other))), &claims()),
            "not in the key set",
        ),
        (
            token(&with(header(), "kid", json!(id(&receipt_key()))), &claims()),
            "not in the key set",
        ),
        (
            sealed(&header().to_string(), &claims().to_string(), &other),
            "signature does not hold",
        ),
        (
            sealed(&header().to_string(), &claims().to_string(), &receipt_key()),
            "signature does not hold",
        ),
        (altered, "signature does not hold"),
        (with_claim("aud", json!("https://evil.example")), "another audience"),
        (with_claim("aud", json!("https://shop.example/")), "another audience"),
        (with_claim("nonce", json!("n-0S6_WzA2MJ")), "another nonce"),
        (with_claim("nonce", json!("")), "another nonce"),
        (with_claim("sub", json!("AwMD")), "names no wallet"),
        (with_claim("wallet_type", json!("SOLANA")), "names no wallet"),
        (with_claim("claimant", json!(encode(&[0; 32]))), "another claimant"),
    ];
    for (proof, sentence) in rows {
        is_refused(verify(&proof, NOW), ErrorCode::NotAuthorised, sentence);
    }
}

#[test]
fn a_proof_holds_for_its_five_minutes_and_what_clocks_may_differ() {
    let honest = token(&header(), &claims());
    for (tolerance, first, last) in [
        (None, NOW - 60, NOW + 359),
        (Some(300), NOW - 300, NOW + 599),
        (Some(1), NOW - 1, NOW + 300),
    ] {
        let expected = Expected::new(AUDIENCE, NONCE, None, tolerance).unwrap();
        let at = |now| Proof::read(&honest).unwrap().verify(&keys(), &expected, now);
        is_refused(at(first - 1), ErrorCode::NotAuthorised, "of the future");
        at(first).unwrap();
        at(last).unwrap();
        is_refused(at(last + 1), ErrorCode::NotAuthorised, "is over");
    }
}

#[test]
fn a_key_is_good_for_as_long_as_it_is_certified() {
    let honest = token(&header(), &claims());
    for (until, holds) in [(NOW + 299, false), (NOW + 300, true)] {
        let set = set(&[published(&proof_key(), &receipt_key(), until)]);
        let keys = Keys::read(&set, &identity_of(&receipt_key())).unwrap();
        let proof = Proof::read(&honest).unwrap();
        assert_eq!(keys.cover(&proof), holds);
        let outcome = proof.verify(&keys, &expected(), NOW);
        match holds {
            true => drop(outcome.unwrap()),
            false => is_refused(outcome, ErrorCode::NotAuthorised, "certificate had ended"),
        }
    }
}

#[test]
fn a_key_that_the_identity_did_not_certify_is_as_good_as_none() {
    let evil = SigningKey::from_bytes(&[6; 32]);
    let good = published(&proof_key(), &receipt_key(), NOW + 1000);
    let by_evil = published(&evil, &evil, NOW + 1000);
    let rows = [
        // Someone else's key set, or one whose certificates are its own.
        published(&proof_key(), &evil, NOW + 1000),
        with(good.clone(), "ck_exp", json!(NOW + 2000)),
        with(good.clone(), "ck_sig", by_evil["ck_sig"].clone()),
        with(good.clone(), "ck_sig", json!("")),
        with(good.clone(), "x", by_evil["x"].clone()),
        with(good.clone(), "kid", by_evil["kid"].clone()),
        with(good.clone(), "kty", json!("EC")),
        with(good.clone(), "crv", json!("X25519")),
        with(good.clone(), "alg", json!("HS256")),
        with(good.clone(), "use", json!("enc")),
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": id(&proof_key()) }),
    ];
    let proof = Proof::read(&token(&header(), &claims())).unwrap();
    for row in rows {
        let keys = Keys::read(&set(core::slice::from_ref(&row)), &identity_of(&receipt_key())).unwrap();
        let outcome = proof.verify(&keys, &expected(), NOW);
        is_refused(outcome, ErrorCode::NotAuthorised, "not in the key set");
        // Beside the certified one it makes no difference.
        let keys = Keys::read(&set(&[row, good.clone()]), &identity_of(&receipt_key())).unwrap();
        proof.verify(&keys, &expected(), NOW).unwrap();
    }
    // The same set, with another identity pinned.
    let keys = Keys::read(&set(&[good]), &identity_of(&evil)).unwrap();
    is_refused(
        proof.verify(&keys, &expected(), NOW),
        ErrorCode::NotAuthorised,
        "another co-signer's",
    );
}

#[test]
fn what_is_no_key_set_is_refused() {
    let long = set(&[Value::String("x".repeat(KEY_SET_LIMIT))]);
    for text in ["", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]} x", &long] {
        let refused = Keys::read(text, &identity_of(&receipt_key())).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    }
}

#[test]
fn what_is_expected_has_a_form() {
    let longest = "x".repeat(256);
    Expected::new(&longest, &longest[..128], None, Some(300)).unwrap();
    for (audience, nonce, tolerance) in [
        ("", NONCE, None),
        (&format!("{longest}x"), NONCE, None),
        (AUDIENCE, "", None),
        (AUDIENCE, &longest[..129], None),
        (AUDIENCE, "a b", None),
        (AUDIENCE, NONCE, Some(301)),
    ] {
        let refused = Expected::new(audience, nonce, None, tolerance).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    }
    let nobody = ClaimantId::Email("nobody".to_owned());
    assert!(Expected::new(AUDIENCE, NONCE, Some(nobody), None).is_err());
    // The claimant is compared as it is stored.
    let shouted = ClaimantId::Email(" ADA@Example.com ".to_owned());
    let expected = Expected::new(AUDIENCE, NONCE, Some(shouted), None).unwrap();
    let proof = Proof::read(&token(&header(), &claims())).unwrap();
    proof.verify(&keys(), &expected, NOW).unwrap();
}
