//! Proofs of ownership: who is given one, what it says, and which keys it is checked with.

use axum::{body::Body, http::Request as HttpRequest};
use base64ct::{Base64UrlUnpadded, Encoding};
use cosigner::{Clock, State, proof_keys};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use mpc::{Share, channel::ChannelKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wire::{
    ErrorCode, Receipt,
    ceremony::{Prove, Revoked, SessionRevoke},
    ownership::{Audience, Plain, ProofNonce},
};

use crate::{
    browser::{Browser, Prepared},
    world::{Caller, EACH_SCHEME, World, random_key, sealed_by},
};

const DAY: u64 = 24 * 60 * 60;

struct Owner {
    browser: Browser,
    session: ChannelKey,
    receipt: Receipt,
    share: Share,
}

impl Owner {
    async fn of(world: &World) -> Self {
        let browser = Browser::new();
        let prepared = world.wallet().await;
        let (Prepared { mut shares, .. }, mut receipts) = browser.claim(world, &[&prepared]).await;
        let session = random_key();
        browser.unlock(world, &session, &[&prepared]).await.unwrap();
        Self {
            browser,
            session,
            receipt: receipts.remove(0),
            share: shares.remove(0),
        }
    }

    async fn prove(&self, world: &World) -> Result<String, ErrorCode> {
        let asked = asked(&self.share);
        Ok(world.call(&sealed_by(&self.session), &asked).await?.proof)
    }
}

fn plain<const LIMIT: usize>(text: &str) -> Plain<LIMIT> {
    Plain::new(text).unwrap()
}

fn asked(share: &Share) -> Prove {
    Prove {
        wallet: share.info().wallet,
        audience: plain("https://shop.example"),
        nonce: plain("n-0S6_WzA2Mj"),
    }
}

/// The parts of a token: header, claims, and whether a key signed them.
fn parts(token: &str) -> (Value, Value, impl Fn(&VerifyingKey) -> bool) {
    let bytes = |part: &str| Base64UrlUnpadded::decode_vec(part).unwrap();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let signed = format!("{header}.{claims}");
    let signature = Signature::from_slice(&bytes(signature)).unwrap();
    (
        serde_json::from_slice(&bytes(header)).unwrap(),
        serde_json::from_slice(&bytes(claims)).unwrap(),
        move |key: &VerifyingKey| key.verify(signed.as_bytes(), &signature).is_ok(),
    )
}

fn key(text: &Value) -> VerifyingKey {
    let bytes = Base64UrlUnpadded::decode_vec(text.as_str().unwrap()).unwrap();
    VerifyingKey::from_bytes(&bytes.try_into().unwrap()).unwrap()
}

fn thumbprint(x: &str) -> String {
    let input = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    Base64UrlUnpadded::encode_string(&Sha256::digest(input))
}

async fn key_set(world: &World) -> Vec<Value> {
    let request = HttpRequest::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    let set: Value = serde_json::from_slice(&answer.body).unwrap();
    set["keys"].as_array().unwrap().clone()
}

fn kid(key: &Value) -> &str {
    key["kid"].as_str().unwrap()
}

fn audited(world: &World, event: &str) -> u32 {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let query = "SELECT count(*) FROM audit WHERE event = ?1";
    db.query_row(query, [event], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_session_is_given_a_token_that_says_what_its_receipt_says() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        assert_eq!(key_set(&world).await, [Value::Null; 0]);
        let owner = Owner::of(&world).await;
        let proof = owner.prove(&world).await.unwrap();
        let (header, claims, is_signed_by) = parts(&proof);
        let [published] = key_set(&world).await.try_into().unwrap();
        assert_eq!(
            header,
            json!({ "alg": "EdDSA", "typ": "claimkit-proof+jwt", "kid": published["kid"] })
        );
        let receipt_key = Base64UrlUnpadded::encode_string(&world.state.identity().receipt);
        let text = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        assert_eq!(
            claims,
            json!({
                "iss": format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", thumbprint(&receipt_key)),
                "aud": "https://shop.example",
                "sub": text(&owner.share.info().wallet.0),
                "nonce": "n-0S6_WzA2Mj",
                "iat": world.now(),
                "exp": world.now() + 300,
                "wallet_type": wallet_type.as_str(),
                "public_key": text(&owner.share.public_key().to_bytes()),
                "epoch": 1,
                "claimant": text(&owner.receipt.body.claimant),
            })
        );
        assert!(is_signed_by(&key(&published["x"])));
        assert_eq!(audited(&world, "proof_given"), 1);
        // The key, as RFC 8037 has it, and certified by the pinned one.
        let members = ["kty", "crv", "use", "alg", "kid"].map(|name| published[name].as_str().unwrap());
        let x = published["x"].as_str().unwrap();
        assert_eq!(members, ["OKP", "Ed25519", "sig", "EdDSA", &thumbprint(x)]);
        let until = published["ck_exp"].as_u64().unwrap();
        assert_eq!(until, world.now() + 7 * DAY);
        let certified = [
            &b"claimkit/proof-key/v1\0"[..],
            &Base64UrlUnpadded::decode_vec(x).unwrap(),
            &until.to_le_bytes(),
        ]
        .concat();
        let signature = Base64UrlUnpadded::decode_vec(published["ck_sig"].as_str().unwrap()).unwrap();
        let receipt_key = VerifyingKey::from_bytes(&world.state.identity().receipt).unwrap();
        receipt_key
            .verify(&certified, &Signature::from_slice(&signature).unwrap())
            .unwrap();
    }
}

#[tokio::test]
async fn only_a_live_session_of_the_wallet_is_given_one() {
    let world = World::new();
    let (ada, eve) = (Owner::of(&world).await, Owner::of(&world).await);
    // Nobody's session, a back end, and a session of another wallet.
    let stranger = random_key();
    for (caller, code) in [
        (Caller::default(), ErrorCode::NotAuthorised),
        (world.back_end(), ErrorCode::NotAuthorised),
        (sealed_by(&stranger), ErrorCode::SessionExpired),
        (sealed_by(&eve.session), ErrorCode::NotAuthorised),
    ] {
        assert_eq!(world.call(&caller, &asked(&ada.share)).await.unwrap_err(), code);
    }
    assert_eq!(audited(&world, "proof_given"), 0);
    // A session that was revoked by another of the same wallet.
    let second = random_key();
    ada.browser.unlock(&world, &second, &[&ada.share]).await.unwrap();
    ada.prove(&world).await.unwrap();
    let which = Revoked::Others;
    world.call(&sealed_by(&second), &SessionRevoke { which }).await.unwrap();
    assert_eq!(ada.prove(&world).await.unwrap_err(), ErrorCode::SessionExpired);
    // One that is over.
    world.pass(90 * 60);
    assert_eq!(eve.prove(&world).await.unwrap_err(), ErrorCode::SessionExpired);
    assert_eq!(audited(&world, "proof_given"), 1);
}

#[tokio::test]
async fn a_request_of_another_form_gets_none() {
    let world = World::new();
    let owner = Owner::of(&world).await;
    for (audience, nonce) in [("", "n"), ("a", ""), ("a b", "n"), ("a", "\u{e9}"), ("a\"", "n")] {
        assert!(Audience::new(audience).is_none() || ProofNonce::new(nonce).is_none());
        let bytes = (owner.share.info().wallet, audience.to_owned(), nonce.to_owned());
        let body = [&[wire::message::VERSION][..], &borsh::to_vec(&bytes).unwrap()].concat();
        let to = world.state.identity().channel;
        let (_, sealed) =
            crate::sealed::seal_request(&to, Some(&owner.session), "/v1/prove", &body, &mut rand_core::OsRng).unwrap();
        let answer = world.post_sealed("/v1/prove", &sealed_by(&owner.session), sealed).await;
        assert_eq!(answer.code(), ErrorCode::InvalidArgument, "{audience} {nonce}");
    }
    owner.prove(&world).await.unwrap();
}

#[tokio::test]
async fn proofs_count_among_what_a_wallet_may_ask_for() {
    let world = World::with(|config| config.limits.wallet = 4);
    let owner = Owner::of(&world).await;
    world.pass(60);
    for _ in 0..4 {
        owner.prove(&world).await.unwrap();
    }
    assert_eq!(owner.prove(&world).await.unwrap_err(), ErrorCode::RateLimited);
}

#[tokio::test]
async fn a_rotated_key_signs_at_once_in_every_process_and_the_old_one_is_published_for_a_day() {
    let world = World::new();
    let owner = Owner::of(&world).await;
    let before = owner.prove(&world).await.unwrap();
    let now = world.now();
    // Another process over the same database rotates.
    let other = State::open_at(world.config.clone(), Clock::new(move || now)).unwrap();
    let rotated = proof_keys::rotate(&other).unwrap();
    let after = owner.prove(&world).await.unwrap();
    let [new, old] = key_set(&world).await.try_into().unwrap();
    assert_eq!(kid(&new), rotated);
    assert_ne!(kid(&old), rotated);
    let (header, _, is_signed_by) = parts(&after);
    assert_eq!(header["kid"], new["kid"]);
    assert!(is_signed_by(&key(&new["x"])) && !is_signed_by(&key(&old["x"])));
    let (header, _, is_signed_by) = parts(&before);
    assert_eq!(header["kid"], old["kid"]);
    assert!(is_signed_by(&key(&old["x"])));
    // It is certified for as long as what it signed, and not a second more.
    assert_eq!(old["ck_exp"], now + 300);
    assert_eq!(new["ck_exp"], now + 7 * DAY);
    world.pass(300 + DAY - 1);
    world.state.sweep().unwrap();
    assert_eq!(key_set(&world).await.len(), 2);
    world.pass(1);
    assert_eq!(key_set(&world).await.len(), 1);
    assert_eq!(proof_keys::list(&world.state).unwrap().len(), 2);
    world.state.sweep().unwrap();
    assert_eq!(proof_keys::list(&world.state).unwrap().len(), 1);
    assert_eq!(audited(&world, "proof_key_rotated"), 2);
}

#[tokio::test]
async fn the_secret_of_a_key_is_sealed_while_it_signs_and_erased_with_the_rotation() {
    let world = World::new();
    let owner = Owner::of(&world).await;
    owner.prove(&world).await.unwrap();
    let secrets = || -> Vec<(Option<i64>, u32)> {
        let db = rusqlite::Connection::open(&world.config.database).unwrap();
        let query =
            "SELECT secret, (SELECT length(sealed) FROM secrets WHERE id = secret) FROM proof_keys ORDER BY number";
        let mut statement = db.prepare(query).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<u32>>(1)?.unwrap_or(0))));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let [(Some(first), length)] = secrets()[..] else {
        panic!()
    };
    // A nonce, 32 bytes, a tag.
    assert_eq!(length, 12 + 32 + 16);
    proof_keys::rotate(&world.state).unwrap();
    assert!(matches!(secrets()[..], [(None, 0), (Some(_), 60)]));
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let query = "SELECT length(wrapped_key) + length(sealed) FROM secrets WHERE id = ?1";
    let left: u32 = db.query_row(query, [first], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_key_that_is_old_enough_is_rotated_with_the_next_proof() {
    let world = World::with(|config| config.lifetimes.proof_key = 3600);
    let owner = Owner::of(&world).await;
    owner.prove(&world).await.unwrap();
    world.pass(30 * 60);
    owner.prove(&world).await.unwrap();
    assert_eq!(key_set(&world).await.len(), 1);
    world.pass(30 * 60 - 1);
    owner.prove(&world).await.unwrap();
    assert_eq!(key_set(&world).await.len(), 1);
    world.pass(1);
    let proof = owner.prove(&world).await.unwrap();
    let [new, _] = key_set(&world).await.try_into().unwrap();
    assert_eq!(parts(&proof).0["kid"], new["kid"]);
}
