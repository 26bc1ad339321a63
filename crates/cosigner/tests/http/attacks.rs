//! Attacks on a session and its unlock, a row each: what is done, the refusal that it gets, and the line that the audit log has of it.
//! What is tried more closely is in `proofs`.

use axum::{body::Body, http::Request as HttpRequest};
use mpc::Share;
use rand_core::OsRng;
use wire::{
    ErrorBody, ErrorCode,
    ceremony::{Assertion, Lock, SessionList, UnlockFinish, UnlockStart},
    http_signature::Parameters,
    message::encode,
};

use crate::{
    browser::{Browser, Said, finish, start, unlock_hash},
    proofs::{Unlocked, audited, unlocked},
    sealed::seal_request,
    world::{World, random_key, request_key, sealed_by, sign_request, signing_key},
};

/// What an attempt gets: a code, a part of the sentence, and the event in the wallet's audit log, if a wallet is known by then.
type Refused = (ErrorCode, &'static str, Option<&'static str>);

const LINES: [&str; 4] = ["proof_refused", "request_replayed", "request_stale", "unlock_refused"];

/// What is done with a session that is not one's own.
#[derive(Clone, Copy, Debug)]
enum Theft {
    /// The key that seals, read out of a browser's memory, in another browser.
    TokenCopied,
    /// The same, without any signature: what a page of another origin could send if it had the key.
    TokenUnsigned,
    /// A request, recorded.
    Replayed,
    /// A new request under a nonce that was taken.
    NonceStale,
    /// A request that was kept for later.
    TimeStale,
    /// A recorded request for a co-signer that was started anew.
    ProcessOther,
    BodyAltered,
    BodyAndDigestAltered,
    PathAltered,
    /// A form that a page of another origin posts: it needs nobody's leave, and bears no key of a session.
    Forged,
    /// The same with bytes that another origin's page may not send, sealed by a key of its own.
    ForgedAndSealed,
}

const THEFTS: [(Theft, Refused); 11] = {
    use ErrorCode::{InvalidArgument, NotAuthorised, SessionExpired};
    use Theft::*;
    [
        (TokenCopied, (NotAuthorised, "by another key", Some("proof_refused"))),
        (
            TokenUnsigned,
            (NotAuthorised, "bears no such signature", Some("proof_refused")),
        ),
        (Replayed, (NotAuthorised, "was taken before", Some("request_replayed"))),
        (
            NonceStale,
            (NotAuthorised, "was taken before", Some("request_replayed")),
        ),
        (TimeStale, (NotAuthorised, "not made just now", Some("request_stale"))),
        (ProcessOther, (NotAuthorised, "for this process", Some("request_stale"))),
        (BodyAltered, (NotAuthorised, "of another body", Some("proof_refused"))),
        (
            BodyAndDigestAltered,
            (NotAuthorised, "of another path or time", Some("proof_refused")),
        ),
        (
            PathAltered,
            (NotAuthorised, "of another path or time", Some("proof_refused")),
        ),
        // Neither names a session: there is no wallet to tell it of.
        (Forged, (InvalidArgument, "Content-Type", None)),
        (ForgedAndSealed, (SessionExpired, "the session is over", None)),
    ]
};

impl Theft {
    /// Does it, and gives the refusal.
    async fn attempt(self, of: &mut Unlocked) -> ErrorBody {
        let path = <SessionList as wire::Request>::PATH;
        let (body, other) = (of.sealed(&SessionList {}), of.sealed(&SessionList {}));
        let made = of.world.parameters();
        let honest = of.signed(path, &body, made);
        let answer = match self {
            Self::TokenCopied => {
                let by_another = sign_request(&signing_key(&random_key()), made, path, &body);
                of.send(path, &by_another, body).await
            }
            Self::TokenUnsigned => of.send(path, &[], body).await,
            Self::Replayed => {
                assert_eq!(of.send(path, &honest, body.clone()).await.status.as_u16(), 200);
                of.send(path, &honest, body).await
            }
            Self::NonceStale => {
                assert_eq!(of.send(path, &honest, body).await.status.as_u16(), 200);
                let again = of.signed(path, &other, made);
                of.send(path, &again, other).await
            }
            Self::TimeStale => {
                of.world.pass(301);
                of.send(path, &honest, body).await
            }
            Self::ProcessOther => {
                of.world.restart();
                of.send(path, &honest, body).await
            }
            Self::BodyAltered => of.send(path, &honest, other).await,
            Self::BodyAndDigestAltered => {
                let fitting = of.signed(path, &other, Parameters { ..made });
                let altered = [fitting[..1].to_vec(), honest[1..].to_vec()].concat();
                of.send(path, &altered, other).await
            }
            Self::PathAltered => {
                let elsewhere = of.signed(<Lock as wire::Request>::PATH, &body, made);
                of.send(path, &elsewhere, body).await
            }
            Self::Forged => {
                let form = HttpRequest::post(path).header("content-type", "text/plain");
                of.world.send(form.body(Body::from(body)).unwrap()).await
            }
            Self::ForgedAndSealed => {
                let (own, to) = (random_key(), of.world.state.identity().channel);
                let (_, sealed) = seal_request(&to, Some(&own), path, &encode(&SessionList {}), &mut OsRng).unwrap();
                let signed = sign_request(&signing_key(&own), made, path, &sealed);
                of.send(path, &signed, sealed).await
            }
        };
        serde_json::from_slice(&answer.body).unwrap()
    }
}

#[tokio::test]
async fn a_stolen_session_is_refused_row_by_row_and_told() {
    for (theft, (code, sentence, told)) in THEFTS {
        let mut of = unlocked().await;
        let refused = theft.attempt(&mut of).await;
        assert_eq!(refused.code, code, "{theft:?}");
        assert!(refused.message.contains(sentence), "{theft:?}: {}", refused.message);
        for line in LINES {
            assert_eq!(of.told(line), usize::from(told == Some(line)), "{theft:?}: {line}");
        }
        // The person goes on as if nothing had been.
        of.world.call(&sealed_by(&of.session), &SessionList {}).await.unwrap();
    }
}

/// What is answered to an unlock in the place of the person's passkey.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Made for the unlock of another wallet,
    OtherWallet,
    /// at another origin,
    OtherOrigin,
    /// for another session,
    OtherSession,
    /// for an earlier challenge.
    OtherChallenge,
    /// The person was not verified,
    Unverified,
    /// nor even there.
    Absent,
    /// Made in a frame that another origin's page holds.
    CrossOrigin,
    /// By another passkey, under its own name
    OtherPasskey,
    /// and under the person's.
    OtherPasskeyRenamed,
    /// Fixation: the passkey approved another request key than the one that is to be bound;
    KeyFixed,
    /// who began has not the key that is to be bound.
    KeyNotHeld,
}

const ANSWERS: [(Answer, Refused); 11] = {
    use Answer::*;
    use ErrorCode::NotAuthorised;
    const REFUSED: Option<&str> = Some("unlock_refused");
    [
        (OtherWallet, (NotAuthorised, "does not verify", REFUSED)),
        (OtherOrigin, (NotAuthorised, "origin is not one", REFUSED)),
        (OtherSession, (NotAuthorised, "does not verify", REFUSED)),
        (OtherChallenge, (NotAuthorised, "does not verify", REFUSED)),
        (Unverified, (NotAuthorised, "user verification", REFUSED)),
        (Absent, (NotAuthorised, "does not verify", REFUSED)),
        (CrossOrigin, (NotAuthorised, "does not verify", REFUSED)),
        (OtherPasskey, (NotAuthorised, "does not open this wallet", REFUSED)),
        (OtherPasskeyRenamed, (NotAuthorised, "does not verify", REFUSED)),
        (KeyFixed, (NotAuthorised, "does not verify", REFUSED)),
        (KeyNotHeld, (NotAuthorised, "by another key", Some("proof_refused"))),
    ]
};

/// The person whose wallet is to be opened, and somebody who has one too.
struct Two {
    world: World,
    ada: Browser,
    eve: Browser,
    share: Share,
    of_eve: Share,
}

impl Two {
    async fn new() -> Self {
        let world = World::new();
        let (share, of_eve) = (world.wallet().await, world.wallet().await);
        let (ada, eve) = (Browser::new(), Browser::new());
        ada.claim(&world, &[&share]).await;
        eve.claim(&world, &[&of_eve]).await;
        Self {
            world,
            ada,
            eve,
            share,
            of_eve,
        }
    }
}

impl Answer {
    /// Answers an unlock so, and gives the refusal.
    async fn attempt(self, two: &Two) -> ErrorBody {
        let Two {
            world,
            ada,
            eve,
            share,
            of_eve,
        } = two;
        let session = random_key();
        let mut begin = start(vec![share.info().wallet], &session);
        if let Self::KeyNotHeld = self {
            begin.request_key = request_key(&random_key());
        }
        let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
        world.hear(offer.process);
        let hash = unlock_hash(&begin, &offer, &session);
        let for_begin = |begin: &UnlockStart| unlock_hash(begin, &offer, &session);
        let says = |said: Said<'_>| ada.assert_saying(said);
        let assertion = match self {
            Self::OtherWallet => ada.assert(&for_begin(&start(vec![of_eve.info().wallet], &session))),
            Self::OtherOrigin => says(Said {
                origin: "https://evil.example.com",
                ..Said::of(&hash)
            }),
            Self::OtherSession => ada.assert(&unlock_hash(&begin, &offer, &random_key())),
            Self::OtherChallenge => {
                let later = world.call(&sealed_by(&session), &begin).await.unwrap();
                assert_ne!(later.nonce, offer.nonce);
                ada.assert(&hash)
            }
            Self::Unverified => says(Said {
                flags: 0x01,
                ..Said::of(&hash)
            }),
            Self::Absent => says(Said {
                flags: 0x04,
                ..Said::of(&hash)
            }),
            Self::CrossOrigin => says(Said {
                is_cross_origin: true,
                ..Said::of(&hash)
            }),
            Self::OtherPasskey => eve.assert(&hash),
            Self::OtherPasskeyRenamed => Assertion {
                credential: ada.credential.clone(),
                ..eve.assert(&hash)
            },
            Self::KeyFixed => ada.assert(&for_begin(&UnlockStart {
                request_key: request_key(&random_key()),
                ..begin.clone()
            })),
            Self::KeyNotHeld => ada.assert(&hash),
        };
        let end: UnlockFinish = finish(assertion);
        world.refusal(&sealed_by(&session), &end).await
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_passkeys_for_this_unlock_is_refused_row_by_row_and_told() {
    for (answer, (code, sentence, told)) in ANSWERS {
        let two = Two::new().await;
        let refused = answer.attempt(&two).await;
        assert_eq!(refused.code, code, "{answer:?}");
        assert!(refused.message.contains(sentence), "{answer:?}: {}", refused.message);
        let wallet = two.share.info().wallet.0;
        for line in LINES {
            let times = audited(&two.world, &wallet, line);
            assert_eq!(times, usize::from(told == Some(line)), "{answer:?}: {line}");
        }
        // The claim's own, and no other.
        assert_eq!(audited(&two.world, &wallet, "unlocked"), 1, "{answer:?}");
        let session = random_key();
        two.ada.unlock(&two.world, &session, &[&two.share]).await.unwrap();
    }
}

#[tokio::test]
async fn refused_unlocks_fill_no_log_however_many_keys_they_draw() {
    let two = Two::new().await;
    let world = &two.world;
    let (wallet, other) = (two.share.info().wallet, two.of_eve.info().wallet);
    let told = |wallet: mpc::WalletId, event| audited(world, &wallet.0, event);
    // Each attempt is of another key: refused for its signature, and for its passkey.
    for attempt in 0..20 {
        let (session, wallets) = (
            random_key(),
            if attempt % 2 == 0 {
                vec![wallet]
            } else {
                vec![other, wallet]
            },
        );
        let mut begin = start(wallets, &session);
        let is_signed = attempt < 10;
        if !is_signed {
            begin.request_key = request_key(&random_key());
        }
        let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
        world.hear(offer.process);
        let end = finish(two.eve.assert(&[0; 32]));
        let refused = world.call(&sealed_by(&session), &end).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    }
    let lines = |wallet| told(wallet, "unlock_refused") + told(wallet, "proof_refused");
    assert_eq!((lines(wallet), lines(other)), (6, 6));
    // What sessions are refused is counted apart.
    let session = random_key();
    two.ada.unlock(world, &session, &[&two.share]).await.unwrap();
    let to = world.state.identity().channel;
    let path = <SessionList as wire::Request>::PATH;
    let (_, sealed) = seal_request(&to, Some(&session), path, &encode(&SessionList {}), &mut OsRng).unwrap();
    let form = HttpRequest::post(path).header("content-type", "application/octet-stream");
    world.send(form.body(Body::from(sealed)).unwrap()).await;
    assert_eq!(lines(wallet), 7);
    // A minute later there is room again.
    world.pass(60);
    let refused = Answer::OtherPasskey.attempt(&two).await;
    assert_eq!(refused.code, ErrorCode::NotAuthorised);
    assert_eq!(lines(wallet), 8);
}
