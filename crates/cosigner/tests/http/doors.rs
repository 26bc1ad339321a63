//! What every request goes through before a step sees it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use cosigner::store::{Moment, Write};
use mpc::{PairingId, RunId};
use rand_core::OsRng;
use serde_json::json;
use tower::ServiceExt;
use wire::{
    ErrorCode, Request as _, WalletType,
    ceremony::{
        ClaimAcknowledge, ClaimConfirm, ClaimPrepare, ExportFinish, ImportStart, KeygenStart, Lock, PairingFinish,
        PairingStart, SessionRefresh, Sign, UnlockStart,
    },
    control::{LOOKUP, Wallets},
    message::encode,
};

use crate::{
    browser::{Browser, start},
    exports, imports,
    sealed::seal_request,
    world::{Answer, Caller, EMAIL, ORIGIN, World, bearer, random_key, sealed_by},
};

const BINARY: &str = "application/octet-stream";

fn pairing() -> PairingStart {
    PairingStart {
        pairing: PairingId::random(&mut OsRng),
    }
}

/// A request for a pairing, sealed as it should be.
fn sealed(world: &World, path: &str, plaintext: &[u8]) -> Vec<u8> {
    let to = world.state.identity().channel;
    seal_request(&to, None, path, plaintext, &mut OsRng).unwrap().1
}

async fn refused(world: &World, body: Vec<u8>) -> ErrorCode {
    let answer = world.post(PairingStart::PATH, &world.back_end(), BINARY, body).await;
    assert_eq!(answer.status.as_u16(), answer.code().status());
    answer.code()
}

/// Everything that is said of a request once it was opened is said to its sender alone.
#[tokio::test]
async fn a_refusal_of_what_was_opened_is_sealed_to_its_sender() {
    let world = World::new();
    let sender = random_key();
    let ask = |path: &str, plaintext: &[u8]| {
        let to = world.state.identity().channel;
        mpc::channel::seal_request(&to, Some(&sender), path, plaintext, &mut OsRng).unwrap()
    };
    let unknown = encode(&start(vec![mpc::WalletId([7; 16])], &sender));
    let form = [&unknown[..], &[0]].concat();
    let newer = [&[2][..], &unknown[1..]].concat();
    for (plaintext, code, status) in [
        (unknown.to_vec(), ErrorCode::WalletNotFound, 404),
        (form, ErrorCode::InvalidArgument, 400),
        (newer, ErrorCode::VersionUnsupported, 400),
    ] {
        let (awaiting, bytes) = ask(UnlockStart::PATH, &plaintext);
        let request = world.signed_post(UnlockStart::PATH, &Caller::default(), bytes);
        let answer = world.deliver(request).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.headers[header::CONTENT_TYPE], BINARY);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        let body: wire::ErrorBody = serde_json::from_slice(&awaiting.open_refusal(&answer.body).unwrap()).unwrap();
        assert_eq!(body.code, code);
        // Nobody else reads it, it is of no other request, and it is no answer.
        let shows = |text: &str| answer.body.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!shows(code.as_str()) && !shows(&body.message));
        assert!(ask(UnlockStart::PATH, &plaintext).0.open_refusal(&answer.body).is_err());
        assert!(awaiting.open(&answer.body).is_err());
    }
    // What can't be opened is refused in clear.
    let (_, bytes) = ask(PairingStart::PATH, &unknown);
    let request = world.signed_post(UnlockStart::PATH, &Caller::default(), bytes);
    let answer = world.deliver(request).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (400, ErrorCode::InvalidArgument)
    );
}

#[tokio::test]
async fn what_is_not_sealed_to_this_co_signer_for_this_path_is_refused() {
    let world = World::new();
    let plaintext = encode(&pairing());
    let honest = sealed(&world, PairingStart::PATH, &plaintext);
    let stranger = random_key().public_key();
    let to_another = seal_request(&stranger, None, PairingStart::PATH, &plaintext, &mut OsRng)
        .unwrap()
        .1;
    let for_another = sealed(&world, PairingFinish::PATH, &plaintext);
    let mut flipped = honest.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for body in [
        vec![],
        vec![0; 20],
        to_another,
        for_another,
        flipped,
        honest[..honest.len() - 1].to_vec(),
    ] {
        assert_eq!(refused(&world, body).await, ErrorCode::InvalidArgument);
    }
    let answer = world.post(PairingStart::PATH, &world.back_end(), BINARY, honest).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_message_of_another_version_or_form_is_refused() {
    let world = World::new();
    let plaintext = encode(&pairing()).to_vec();
    let with = |plaintext: &[u8]| refused(&world, sealed(&world, PairingStart::PATH, plaintext));
    let mut newer = plaintext.clone();
    newer[0] = 2;
    assert_eq!(with(&newer).await, ErrorCode::VersionUnsupported);
    assert_eq!(with(&[]).await, ErrorCode::InvalidArgument);
    assert_eq!(
        with(&plaintext[..plaintext.len() - 1]).await,
        ErrorCode::InvalidArgument
    );
    assert_eq!(with(&[&plaintext[..], &[0]].concat()).await, ErrorCode::InvalidArgument);
    assert_eq!(with(&[1; 200]).await, ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_body_is_refused_at_its_limit_before_it_is_read() {
    let world = World::new();
    for (path, limit) in [
        (KeygenStart::PATH, KeygenStart::LIMIT),
        (ImportStart::PATH, ImportStart::LIMIT),
        (PairingFinish::PATH, PairingFinish::LIMIT),
        (Sign::PATH, Sign::LIMIT),
        (ClaimPrepare::PATH, ClaimPrepare::LIMIT),
        (ClaimConfirm::PATH, ClaimConfirm::LIMIT),
        (UnlockStart::PATH, UnlockStart::LIMIT),
        (ExportFinish::PATH, ExportFinish::LIMIT),
    ] {
        let answer = world.post(path, &world.back_end(), BINARY, vec![0; limit + 129]).await;
        assert_eq!(answer.code(), ErrorCode::InvalidArgument, "{path}");
        let message = String::from_utf8(answer.body).unwrap();
        assert!(message.contains("longer"), "{message}");
        // Within the limit it is read, and does not open.
        let answer = world.post(path, &world.back_end(), BINARY, vec![0; limit + 128]).await;
        let message = String::from_utf8(answer.body).unwrap();
        assert!(message.contains("sealed"), "{message}");
    }
    let long = json!({ "claimantId": { "email": "a".repeat(5000) } });
    let answer = world.json::<Wallets>(&world.back_end(), LOOKUP, long).await;
    assert_eq!(answer.unwrap_err(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn the_content_type_must_be_named() {
    let world = World::new();
    let body = sealed(&world, PairingStart::PATH, &encode(&pairing()));
    for content_type in ["application/json", "text/plain", ""] {
        let answer = world
            .post(PairingStart::PATH, &world.back_end(), content_type, body.clone())
            .await;
        assert_eq!(answer.code(), ErrorCode::InvalidArgument);
    }
    let lookup = json!({ "claimantId": { "email": EMAIL } }).to_string().into_bytes();
    let answer = world.post(LOOKUP, &world.back_end(), BINARY, lookup.clone()).await;
    assert_eq!(answer.code(), ErrorCode::InvalidArgument);
    let answer = world
        .post(LOOKUP, &world.back_end(), "application/json; charset=utf-8", lookup)
        .await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn json_that_is_not_what_is_asked_for_is_refused() {
    let world = World::new();
    for body in [
        json!({}),
        json!([]),
        json!({ "claimantId": EMAIL }),
        json!({ "claimantId": { "email": EMAIL, "phone": "+123456789" } }),
        json!({ "claimantId": { "name": EMAIL } }),
        json!({ "claimantId": { "email": EMAIL }, "more": 1 }),
    ] {
        let answer = world.json::<Wallets>(&world.back_end(), LOOKUP, body).await;
        assert_eq!(answer.unwrap_err(), ErrorCode::InvalidArgument);
    }
}

#[tokio::test]
async fn another_address_or_method_is_told_so() {
    let world = World::new();
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let answer = world.send(get("/v1/nothing")).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::NOT_FOUND, ErrorCode::InvalidArgument)
    );
    let answer = world.send(get(Sign::PATH)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidArgument)
    );
}

async fn preflight(world: &World, origin: &str) -> HeaderMap {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(Sign::PATH)
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type");
    world.send(request.body(Body::empty()).unwrap()).await.headers
}

#[tokio::test]
async fn pages_of_the_configured_origins_may_call_and_no_others() {
    let related = "https://example.org";
    let world = World::with(|config| config.relying_party.related_origins = vec![related.to_owned()]);
    let headers = preflight(&world, related).await;
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], related);
    let allowed = preflight(&world, ORIGIN).await;
    assert_eq!(allowed[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
    assert!(
        allowed[header::ACCESS_CONTROL_ALLOW_HEADERS]
            .to_str()
            .unwrap()
            .contains("content-type")
    );
    assert!(!allowed.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    for origin in [
        "https://evil.example",
        "https://app.example.org",
        "http://app.example.com",
        "null",
        "https://app.example.com.evil.example",
    ] {
        let headers = preflight(&world, origin).await;
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
    }
    // A refusal can be read by the page, and so can the time to wait.
    let request = Request::post(Sign::PATH)
        .header(header::ORIGIN, ORIGIN)
        .body(Body::empty())
        .unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], ORIGIN);
    assert_eq!(
        answer.headers[header::ACCESS_CONTROL_EXPOSE_HEADERS],
        "retry-after,x-request-id"
    );
}

// ── Limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────

#[tokio::test]
async fn too_many_requests_of_one_key_are_told_when_to_come_again() {
    let world = World::with(|config| config.limits.api_key = 2);
    let caller = world.back_end();
    for _ in 0..2 {
        world.call(&caller, &pairing()).await.unwrap();
    }
    let body = sealed(&world, PairingStart::PATH, &encode(&pairing()));
    let answer = world.post(PairingStart::PATH, &caller, BINARY, body).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (429, ErrorCode::RateLimited));
    assert_eq!(answer.headers[header::RETRY_AFTER], "30");
    let other = cosigner::keys::create(&world.state, "other", cosigner::api_key::Scope::ALL).unwrap();
    world.call(&bearer(&other), &pairing()).await.unwrap();
    world.pass(30);
    world.call(&caller, &pairing()).await.unwrap();
}

#[tokio::test]
async fn pairings_wallets_and_sessions_have_limits_of_their_own() {
    let world = World::with(|config| {
        config.limits.pairing = 2;
        config.limits.wallet = 5;
        config.limits.session = 2;
    });
    let limited = Some(ErrorCode::RateLimited);
    let (share, pairing_made) = (world.wallet().await, world.pairing().await);
    world.call(&world.back_end(), &pairing()).await.unwrap();
    assert_eq!(world.call(&world.back_end(), &pairing()).await.err(), limited);
    for _ in 0..5 {
        world.sign(&world.back_end(), &share, &pairing_made).await.unwrap();
    }
    assert_eq!(
        world.sign(&world.back_end(), &share, &pairing_made).await.err(),
        limited
    );
    // Claims are counted apart.
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    world.pass(60);
    let session = random_key();
    let share = &prepared.shares[0];
    browser.unlock(&world, &session, &[share]).await.unwrap();
    for _ in 0..2 {
        world
            .sign(&sealed_by(&session), share, &prepared.pairing)
            .await
            .unwrap();
    }
    assert_eq!(
        world.sign(&sealed_by(&session), share, &prepared.pairing).await.err(),
        limited
    );
}

#[tokio::test]
async fn unlocks_that_anyone_asks_for_take_nothing_from_a_wallets_signatures() {
    let world = World::with(|config| config.limits.wallet = 3);
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let (share, session) = (&prepared.shares[0], random_key());
    browser.unlock(&world, &session, &[share]).await.unwrap();
    let start = start(vec![share.info().wallet], &session);
    for _ in 0..2 {
        world.call(&sealed_by(&random_key()), &start).await.unwrap();
    }
    assert_eq!(
        world.call(&sealed_by(&random_key()), &start).await.err(),
        Some(ErrorCode::RateLimited)
    );
    world
        .sign(&sealed_by(&session), share, &prepared.pairing)
        .await
        .unwrap();
}

async fn from_address(world: &World, address: &str, forwarded: Option<&str>) -> ErrorCode {
    let key = random_key();
    let message = encode(&ClaimAcknowledge { claim: [0; 16] });
    let to = world.state.identity().channel;
    let (_, sealed) = seal_request(&to, Some(&key), ClaimAcknowledge::PATH, &message, &mut OsRng).unwrap();
    let mut request = Request::post(ClaimAcknowledge::PATH).header(header::CONTENT_TYPE, BINARY);
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    let address: SocketAddr = address.parse().unwrap();
    let request = request
        .extension(ConnectInfo(address))
        .body(Body::from(sealed))
        .unwrap();
    world.send(request).await.code()
}

#[tokio::test]
async fn one_address_without_a_key_is_held_to_its_limit() {
    let world = World::with(|config| config.limits.address = 1);
    assert_eq!(from_address(&world, "192.0.2.1:1", None).await, ErrorCode::ClaimExpired);
    assert_eq!(from_address(&world, "192.0.2.1:2", None).await, ErrorCode::RateLimited);
    // A header that anyone can write changes nothing.
    assert_eq!(
        from_address(&world, "192.0.2.1:3", Some("192.0.2.9")).await,
        ErrorCode::RateLimited
    );
    assert_eq!(from_address(&world, "192.0.2.2:1", None).await, ErrorCode::ClaimExpired);
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_address_that_it_wrote_counts() {
    let world = World::with(|config| {
        config.limits.address = 1;
        config.limits.address_header = Some("x-forwarded-for".to_owned());
    });
    let proxy = "127.0.0.1:1";
    assert_eq!(
        from_address(&world, proxy, Some("192.0.2.1")).await,
        ErrorCode::ClaimExpired
    );
    assert_eq!(
        from_address(&world, proxy, Some("192.0.2.7, 192.0.2.1")).await,
        ErrorCode::RateLimited
    );
    assert_eq!(
        from_address(&world, proxy, Some("192.0.2.1, 192.0.2.2")).await,
        ErrorCode::ClaimExpired
    );
    // Who writes no address, or passes the proxy by, has the connection's.
    for (forwarded, code) in [
        (None, ErrorCode::ClaimExpired),
        (Some("192.0.2.3:80"), ErrorCode::ClaimExpired),
        (Some("\"[2001:db8::3]:80\""), ErrorCode::ClaimExpired),
        (Some("192.0.2.3:81"), ErrorCode::RateLimited),
        (Some("192.0.2.9, unknown"), ErrorCode::RateLimited),
        (Some("unknown"), ErrorCode::RateLimited),
    ] {
        assert_eq!(from_address(&world, proxy, forwarded).await, code);
    }
}

#[tokio::test]
async fn guessing_api_keys_is_held_to_the_address_limit() {
    let world = World::with(|config| config.limits.address = 1);
    let guess = async || {
        let key = cosigner::api_key::ApiKey::random(&mut OsRng);
        let request = Request::post(Sign::PATH)
            .header(header::CONTENT_TYPE, BINARY)
            .header(header::AUTHORIZATION, bearer(&key).authorization.unwrap())
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        world.send(request.body(Body::empty()).unwrap()).await.code()
    };
    assert_eq!(guess().await, ErrorCode::NotAuthorised);
    assert_eq!(guess().await, ErrorCode::RateLimited);
}

/// A request whose body never ends.
fn endless(path: &str) -> Request<Body> {
    let body = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    Request::post(path)
        .header(header::CONTENT_TYPE, BINARY)
        .body(body)
        .unwrap()
}

#[tokio::test]
async fn a_request_has_its_time() {
    let world = World::with(|config| config.lifetimes.request = 1);
    let answer = world.send(endless(Sign::PATH)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (503, ErrorCode::CoSignerUnreachable)
    );
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
}

#[tokio::test]
async fn more_requests_at_once_than_allowed_are_told_to_wait() {
    let world = World::with(|config| config.limits.concurrent = 1);
    let (caller, key) = (Caller::default(), random_key());
    let post = || world.post(Sign::PATH, &caller, BINARY, Vec::new());
    let (share, browser) = (world.wallet().await, Browser::new());
    browser.claim(&world, &[&share]).await;
    browser.unlock(&world, &key, &[&share]).await.unwrap();
    // The first waits for the database, however long the second takes.
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let own = sealed_by(&key);
    let (first, second) = tokio::join!(world.call(&own, &Lock {}), async {
        let second = post().await;
        db.execute_batch("ROLLBACK").unwrap();
        second
    });
    first.unwrap();
    assert_eq!(second.code(), ErrorCode::RateLimited);
    assert_eq!(post().await.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn what_was_begun_goes_on_where_nothing_new_may_begin() {
    let world = World::with(|config| config.limits.concurrent = 4);
    let (share, browser) = (world.wallet().await, Browser::new());
    browser.claim(&world, &[&share]).await;
    let keys = [random_key(), random_key()];
    for key in &keys {
        browser.unlock(&world, key, &[&share]).await.unwrap();
    }
    let refresh = SessionRefresh { refreshed: 0 };
    let refreshed = async |key| world.call(&sealed_by(key), &refresh).await;
    let post = async |path| world.post(path, &Caller::default(), BINARY, Vec::new()).await.code();
    // Two that begin something wait for the database: half of the places.
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (one, two, ()) = tokio::join!(refreshed(&keys[0]), refreshed(&keys[1]), async {
        for path in [Sign::PATH, UnlockStart::PATH, KeygenStart::PATH, PairingStart::PATH] {
            assert_eq!(post(path).await, ErrorCode::RateLimited, "{path}");
        }
        for path in [ClaimPrepare::PATH, ClaimConfirm::PATH, PairingFinish::PATH, Lock::PATH] {
            assert_eq!(post(path).await, ErrorCode::InvalidArgument, "{path}");
        }
        db.execute_batch("ROLLBACK").unwrap();
    });
    assert!(one.is_ok() && two.is_ok());
}

#[tokio::test]
async fn what_was_begun_waits_for_a_place_where_all_are_taken() {
    let world = World::with(|config| config.limits.concurrent = 1);
    let (share, browser, key) = (world.wallet().await, Browser::new(), random_key());
    browser.claim(&world, &[&share]).await;
    browser.unlock(&world, &key, &[&share]).await.unwrap();
    let own = sealed_by(&key);
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let caller = Caller::default();
    let (first, second, ()) = tokio::join!(
        world.call(&own, &Lock {}),
        world.post(ClaimConfirm::PATH, &caller, BINARY, Vec::new()),
        async { db.execute_batch("ROLLBACK").unwrap() }
    );
    assert!(first.is_ok());
    assert_eq!(second.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn what_anyone_may_read_has_a_limit_of_its_own() {
    let mut world = World::with(|config| config.limits.address = 5);
    world.address = Some("192.0.2.1:1".parse().unwrap());
    let read = async |world: &World, path: &str| world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    let mut answered = 0;
    for number in 0..200 {
        let path = ["/v1/identity", "/.well-known/jwks.json"][number % 2];
        answered += usize::from(read(&world, path).await.status == StatusCode::OK);
    }
    assert_eq!(answered, 5);
    let refused = read(&world, "/v1/identity").await;
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    let post = world.post(Sign::PATH, &Caller::default(), BINARY, Vec::new()).await;
    assert_eq!(post.code(), ErrorCode::InvalidArgument);
    world.address = Some("192.0.2.2:1".parse().unwrap());
    assert_eq!(read(&world, "/v1/identity").await.status, StatusCode::OK);
}

#[tokio::test]
async fn readiness_is_tried_once_for_all_who_wait() {
    let mut world = World::new();
    let probes = Arc::new(AtomicUsize::new(0));
    let counted = probes.clone();
    world.restart_watched(Arc::new(move |write, moment| {
        if (write, moment) == (Write::Probe, Moment::Before) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let asked = futures_util::future::join_all((0..100).map(|_| world.admin("/readyz"))).await;
    assert!(asked.iter().all(|answer| answer.status == StatusCode::OK));
    // The first, and one for all who came while it was under way.
    assert_eq!(probes.load(Ordering::Relaxed), 2);
    assert_eq!(world.admin("/readyz").await.status, StatusCode::OK);
    assert_eq!(probes.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_request_that_never_arrives_keeps_nobody_out() {
    let world = World::with(|config| config.limits.concurrent = 1);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let body = futures_util::stream::poll_fn(move |_| {
        if let Some(begun) = begun.take() {
            begun.send(()).unwrap();
        }
        std::task::Poll::<Option<Result<Vec<u8>, std::io::Error>>>::Pending
    });
    let request = endless(Sign::PATH).map(|_| Body::from_stream(body));
    let held = tokio::spawn(cosigner::app(world.state.clone()).oneshot(request));
    has_begun.await.unwrap();
    let answer: Answer = world.post(Sign::PATH, &Caller::default(), BINARY, Vec::new()).await;
    assert_eq!(answer.code(), ErrorCode::InvalidArgument);
    held.abort();
}

// ── Watching ────────────────────────────────────────────────────────────────────────────────────────────────────────

#[tokio::test]
async fn health_readiness_and_metrics_are_told() {
    let world = exports::allowing();
    let share = world.wallet().await;
    imports::imported(&world, WalletType::Solana, &imports::key()).await;
    let (browser, session) = (Browser::new(), random_key());
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    exports::exported(&world, &browser, &session, &prepared.shares[0]).await;
    let refused = world.call(&Caller::default(), &Lock {}).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    let get = async |path: &str| world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(get("/healthz").await.body, b"ok\n");
    assert_eq!(world.admin("/healthz").await.body, b"ok\n");
    assert_eq!(world.admin("/readyz").await.body, b"ready\n");
    // What tells of the operator's business is on no public door.
    for path in ["/readyz", "/metrics"] {
        assert_eq!(get(path).await.status, StatusCode::NOT_FOUND);
    }
    get("/v1/secret-of-the-caller").await;
    let text = String::from_utf8(world.admin("/metrics").await.body).unwrap();
    for line in [
        "claimkit_wallets_created_total 1",
        "claimkit_wallets_imported_total 1",
        "claimkit_exports_total 1",
        "claimkit_requests_total{route=\"/v1/keygen/finish\",code=\"ok\"} 1",
        "claimkit_requests_total{route=\"/v1/lock\",code=\"not_authorised\"} 1",
        "claimkit_requests_total{route=\"none\",code=\"invalid_argument\"} 3",
        "claimkit_request_seconds_count{route=\"/v1/keygen/start\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
    assert!(!text.contains("secret-of-the-caller"));
    assert!(!text.contains(&hex::encode(share.info().wallet.0)));
}

#[tokio::test]
async fn a_store_that_can_not_write_is_told_and_changes_nothing() {
    let world = World::new();
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let browser = Browser::new();
    let started = browser
        .start(&world, world.ticket(&[&share], &browser.key), &[&share])
        .await
        .unwrap();
    let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
    let other = rusqlite::Connection::open(&world.config.database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ready = world.admin("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), ready.code()),
        (507, ErrorCode::StorageUnavailable)
    );
    let refused = browser.prepare(&world, refreshed).await;
    assert_eq!(refused.err(), Some(ErrorCode::StorageUnavailable));
    // Who can't burn must not check.
    let refused = world.sign(&world.back_end(), &share, &pairing).await;
    assert_eq!(refused.err(), Some(ErrorCode::StorageUnavailable));
    other.execute_batch("ROLLBACK").unwrap();
    world.sign(&world.back_end(), &share, &pairing).await.unwrap();
    browser.claim(&world, &[&share]).await;
    let run = RunId::random(&mut OsRng);
    let (_, message) = crate::world::signing(&share, &pairing, run);
    assert_eq!(
        world.call(&world.back_end(), &message).await.unwrap_err(),
        ErrorCode::AlreadyClaimed
    );
}
