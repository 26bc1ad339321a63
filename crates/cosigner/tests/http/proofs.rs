//! Who has copied a session, or a request of it, and what that is worth: each attempt has its error, its sentence and its line in the
//! audit log. The list of them is in `attacks`.

use axum::{body::Body, http::Request as HttpRequest};
use mpc::channel::ChannelKey;
use rand_core::OsRng;
use wire::{
    ErrorCode, ProcessMark, Request,
    ceremony::{Lock, SessionList, SessionRefresh},
    http_signature::{CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT},
    message::encode,
};

use crate::{
    browser::{Browser, finish, start, unlock_hash},
    sealed::seal_request,
    world::{Answer, World, random_key, request_key, sealed_by, sign_request, signing_key},
};

/// An unlocked session, and its world.
pub(crate) struct Unlocked {
    pub(crate) world: World,
    pub(crate) session: ChannelKey,
    wallet: [u8; 16],
}

pub(crate) async fn unlocked() -> Unlocked {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    browser.claim(&world, &[&share]).await;
    let session = random_key();
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    Unlocked {
        world,
        session,
        wallet: share.info().wallet.0,
    }
}

impl Unlocked {
    pub(crate) fn sealed<R: Request>(&self, message: &R) -> Vec<u8> {
        let to = self.world.state.identity().channel;
        seal_request(&to, Some(&self.session), R::PATH, &encode(message), &mut OsRng)
            .unwrap()
            .1
    }

    /// Sends these headers with this body.
    pub(crate) async fn send(&self, path: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Answer {
        let mut request = HttpRequest::post(path).header("content-type", "application/octet-stream");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.world.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) fn signed(&self, path: &str, body: &[u8], parameters: Parameters) -> Vec<(&'static str, String)> {
        sign_request(&signing_key(&self.session), parameters, path, body).to_vec()
    }

    /// How often the audit log of the wallet tells of an event.
    pub(crate) fn told(&self, event: &str) -> usize {
        audited(&self.world, &self.wallet, event)
    }
}

pub(crate) fn audited(world: &World, wallet: &[u8; 16], event: &str) -> usize {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let query = "SELECT count(*) FROM audit WHERE wallet = ?1 AND event = ?2";
    db.query_row(query, (wallet, event), |row| row.get(0)).unwrap()
}

fn is_refused(answer: &Answer, sentence: &str) {
    assert_eq!(answer.code(), ErrorCode::NotAuthorised);
    let body: wire::ErrorBody = serde_json::from_slice(&answer.body).unwrap();
    assert!(body.message.contains(sentence), "{}", body.message);
}

#[tokio::test]
async fn a_channel_key_that_was_copied_is_worth_nothing_without_the_key_that_signs() {
    let of = unlocked().await;
    let body = of.sealed(&SessionList {});
    is_refused(
        &of.send(SessionList::PATH, &[], body.clone()).await,
        "bears no such signature",
    );
    // Signed by another browser's key.
    let other = sign_request(
        &signing_key(&random_key()),
        of.world.parameters(),
        SessionList::PATH,
        &body,
    );
    is_refused(&of.send(SessionList::PATH, &other, body).await, "by another key");
    // Nor does it lock the session, or refresh it.
    for (path, body) in [
        (Lock::PATH, of.sealed(&Lock {})),
        (SessionRefresh::PATH, of.sealed(&SessionRefresh { refreshed: 0 })),
    ] {
        is_refused(&of.send(path, &[], body).await, "bears no such signature");
    }
    assert_eq!(of.told("proof_refused"), 4);
    of.world.call(&sealed_by(&of.session), &SessionList {}).await.unwrap();
}

#[tokio::test]
async fn a_request_is_taken_once_whoever_repeats_it_and_after_a_restart_not_at_all() {
    let mut of = unlocked().await;
    let body = of.sealed(&SessionList {});
    let headers = of.signed(SessionList::PATH, &body, of.world.parameters());
    let answer = of.send(SessionList::PATH, &headers, body.clone()).await;
    assert_eq!(answer.status.as_u16(), 200);
    is_refused(
        &of.send(SessionList::PATH, &headers, body.clone()).await,
        "was taken before",
    );
    assert_eq!(of.told("request_replayed"), 1);
    of.world.pass(301);
    is_refused(
        &of.send(SessionList::PATH, &headers, body.clone()).await,
        "not made just now",
    );
    // In the very second of the restart.
    let headers = of.signed(SessionList::PATH, &body, of.world.parameters());
    assert_eq!(
        of.send(SessionList::PATH, &headers, body.clone()).await.status.as_u16(),
        200
    );
    of.world.restart();
    is_refused(&of.send(SessionList::PATH, &headers, body).await, "for this process");
    assert_eq!(of.told("request_stale"), 2);
}

#[tokio::test]
async fn fifty_copies_of_a_request_at_once_are_one_request() {
    let of = unlocked().await;
    let body = of.sealed(&SessionList {});
    let headers = of.signed(SessionList::PATH, &body, of.world.parameters());
    let copies = (0..50).map(|_| of.send(SessionList::PATH, &headers, body.clone()));
    let answers = futures_util::future::join_all(copies).await;
    let taken = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
    assert_eq!(taken, 1);
    // Fifty refusals fill no log.
    assert_eq!(of.told("request_replayed"), 6);
}

#[tokio::test]
async fn another_body_path_time_or_nonce_than_was_signed_is_refused() {
    let of = unlocked().await;
    let (body, other) = (of.sealed(&SessionList {}), of.sealed(&SessionList {}));
    let honest = of.signed(SessionList::PATH, &body, of.world.parameters());
    is_refused(
        &of.send(SessionList::PATH, &honest, other.clone()).await,
        "of another body",
    );
    // The hash is made to fit, the signature is not.
    let fitting = of.signed(SessionList::PATH, &other, of.world.parameters());
    let mut altered = honest.clone();
    altered[0] = fitting[0].clone();
    is_refused(
        &of.send(SessionList::PATH, &altered, other).await,
        "of another path or time",
    );
    for parameters in [
        Parameters {
            created: of.world.now() + 1,
            ..Parameters::from_header(&honest[1].1).unwrap()
        },
        of.world.parameters(),
    ] {
        let mut altered = honest.clone();
        altered[1].1 = parameters.to_header();
        is_refused(
            &of.send(SessionList::PATH, &altered, body.clone()).await,
            "of another path or time",
        );
    }
    // The same sealed bytes open at no other path; what was signed for another opens nothing at this one.
    let elsewhere = of.signed(Lock::PATH, &body, of.world.parameters());
    is_refused(
        &of.send(SessionList::PATH, &elsewhere, body.clone()).await,
        "of another path or time",
    );
    let answer = of.send(Lock::PATH, &elsewhere, body).await;
    assert_eq!(answer.code(), ErrorCode::InvalidArgument);
    assert_eq!(of.told("proof_refused"), 5);
}

#[tokio::test]
async fn a_clock_may_be_five_minutes_off_and_no_more_and_the_refusal_says_what_time_it_is() {
    let of = unlocked().await;
    let body = of.sealed(&SessionList {});
    let now = of.world.now();
    for (created, is_taken) in [
        (now - 300, true),
        (now + 300, true),
        (now - 301, false),
        (now + 301, false),
        (u64::MAX, false),
    ] {
        let parameters = Parameters {
            created,
            ..of.world.parameters()
        };
        let headers = of.signed(SessionList::PATH, &body, parameters);
        let answer = of.send(SessionList::PATH, &headers, body.clone()).await;
        assert_eq!(answer.status.as_u16() == 200, is_taken, "{created}");
        if !is_taken {
            is_refused(&answer, "not made just now");
            let told: wire::ErrorBody = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(
                (told.time, told.process),
                (Some(now), Some(of.world.parameters().process.to_text()))
            );
        }
    }
    let parameters = Parameters {
        process: ProcessMark([0; 16]),
        ..of.world.parameters()
    };
    let headers = of.signed(SessionList::PATH, &body, parameters);
    is_refused(
        &of.send(SessionList::PATH, &headers, body.clone()).await,
        "for this process",
    );
    assert_eq!(of.told("request_stale"), 4);
    // A form that is not the one, a second header beside it: no signature.
    let honest = of.signed(SessionList::PATH, &body, of.world.parameters());
    for name in [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE] {
        let twice = [
            honest.clone(),
            honest.iter().filter(|(known, _)| *known == name).cloned().collect(),
        ]
        .concat();
        is_refused(
            &of.send(SessionList::PATH, &twice, body.clone()).await,
            "bears no such signature",
        );
    }
}

#[tokio::test]
async fn a_session_begins_only_for_who_has_both_keys() {
    let of = unlocked().await;
    let (world, browser) = (&of.world, Browser::new());
    let share = world.wallet().await;
    browser.claim(world, &[&share]).await;
    let (session, wallet) = (random_key(), share.info().wallet);
    // The key to be bound is another's: who starts can't finish.
    let mut begin = start(vec![wallet], &session);
    begin.request_key = request_key(&random_key());
    let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
    let end = finish(browser.assert(&unlock_hash(&begin, &offer, &session)));
    assert_eq!(
        world.call(&sealed_by(&session), &end).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
    assert_eq!(audited(world, &wallet.0, "proof_refused"), 1);
    // The passkey approved another key than the one that is bound: fixation.
    let begin = start(vec![wallet], &session);
    let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
    let mut fixed = begin.clone();
    fixed.request_key = request_key(&random_key());
    let end = finish(browser.assert(&unlock_hash(&fixed, &offer, &session)));
    assert_eq!(
        world.call(&sealed_by(&session), &end).await.unwrap_err(),
        ErrorCode::NotAuthorised
    );
    assert_eq!(audited(world, &wallet.0, "unlock_refused"), 1);
    // No point of the curve.
    let mut begin = begin.clone();
    begin.request_key.0[64] ^= 1;
    assert_eq!(
        world.call(&sealed_by(&session), &begin).await.unwrap_err(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn a_page_of_another_origin_is_allowed_nothing() {
    let of = unlocked().await;
    let preflight = |origin: &'static str| {
        HttpRequest::options(SessionList::PATH)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "content-digest,content-type,signature,signature-input",
            )
            .body(Body::empty())
            .unwrap()
    };
    let own = of.world.send(preflight(crate::world::ORIGIN)).await;
    let allowed = own.headers["access-control-allow-headers"].to_str().unwrap();
    for name in [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE] {
        assert!(allowed.split(',').any(|one| one.trim() == name), "{allowed}");
    }
    assert_eq!(own.headers["access-control-allow-origin"], crate::world::ORIGIN);
    let other = of.world.send(preflight("https://evil.example")).await;
    assert!(!other.headers.contains_key("access-control-allow-origin"));
    // What a page may send without asking is not taken for a request.
    let simple = HttpRequest::post(SessionList::PATH)
        .header("content-type", "text/plain")
        .body(Body::from(of.sealed(&SessionList {})))
        .unwrap();
    assert_eq!(of.world.send(simple).await.code(), ErrorCode::InvalidArgument);
}
