//! A session's life: its clock, its end, what ends it, and how it comes back.

use core::pin::pin;
use std::{cell::RefCell, rc::Rc};

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, join, join_all},
};
use wallet::{
    DeviceName, ErrorCode, Kit, LockReason, Session, SessionEvent, SessionOptions, Wallet, host::Cancel, session_id,
};

use crate::{
    authenticator::Mood,
    network::{Fate, Sent},
    world::{Arrival, Browser, World, holds, sign},
};

const MINUTE: u64 = 60;

async fn claimed(world: &World) -> (Arrival, Wallet<Browser>) {
    let arrival = world.arrival().await;
    let mut claimed = arrival.finish().await.unwrap();
    // Of the sessions that follow, the claim's is none.
    claimed.session.lock().await;
    let wallet = claimed.wallets.remove(0);
    arrival.browser.network.sent();
    (arrival, wallet)
}

async fn unlock(wallet: &Wallet<Browser>) -> Session<Browser> {
    wallet
        .unlock(SessionOptions::default(), &Cancel::default())
        .await
        .unwrap()
}

fn paths(sent: Vec<Sent>) -> Vec<String> {
    sent.into_iter().map(|sent| sent.path).collect()
}

/// What a session tells, as it tells it.
fn heard(session: &Session<Browser>) -> Rc<RefCell<Vec<SessionEvent>>> {
    let heard = Rc::<RefCell<Vec<SessionEvent>>>::default();
    let listener = heard.clone();
    session.listen(move |event| listener.borrow_mut().push(event));
    heard
}

#[tokio::test]
async fn an_unlock_is_two_requests_and_a_signature_is_one() {
    let (arrival, wallet) = claimed(&World::new()).await;
    let network = &arrival.browser.network;
    let session = unlock(&wallet).await;
    assert_eq!(paths(network.sent()), ["/v1/unlock/start", "/v1/unlock/finish"]);
    sign(&session, 1).await.unwrap();
    assert_eq!(paths(network.sent()), ["/v1/sign"]);
    wallet
        .lock_everywhere(&DeviceName::default(), &Cancel::default())
        .await
        .unwrap();
    assert_eq!(
        paths(network.sent()),
        ["/v1/unlock/start", "/v1/unlock/finish", "/v1/session/revoke"]
    );
}

#[tokio::test]
async fn a_device_whose_clock_is_wrong_goes_by_the_co_signers_and_says_by_how_much() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    for ahead in [-86_400, -200, 200, 86_400] {
        arrival.browser.ahead.set(ahead);
        let session = unlock(&wallet).await;
        assert_eq!(session.clock_skew(), -ahead);
        assert_eq!(session.expires_at(), world.now() + 90 * MINUTE);
        arrival.browser.network.sent();
        sign(&session, 1).await.unwrap();
        assert_eq!(arrival.browser.network.sent().len(), 1);
    }
}

#[tokio::test]
async fn a_clock_that_is_set_meanwhile_and_a_co_signer_that_started_again_cost_one_request_more_once() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let session = unlock(&wallet).await;
    let network = &arrival.browser.network;
    network.sent();
    // Back by ten minutes: forward, it would be over a little early.
    arrival.browser.ahead.set(-600);
    for requests in [2, 1] {
        sign(&session, 1).await.unwrap();
        assert_eq!(paths(network.sent()), vec!["/v1/sign"; requests]);
    }
    network.replace(world.restarted());
    for requests in [2, 1] {
        sign(&session, 1).await.unwrap();
        assert_eq!(paths(network.sent()), vec!["/v1/sign"; requests]);
    }
    // What a refusal says of the time moves no end.
    assert_eq!(session.clock_skew(), 0);
}

#[tokio::test]
async fn a_refresh_moves_the_end_though_its_answer_is_lost_and_counts_once() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let session = unlock(&wallet).await;
    assert_eq!(session.refreshes_left(), 7);
    world.pass(20 * MINUTE);
    arrival.browser.network.strike(0, Fate::AnswerLost);
    let end = session.refresh(&Cancel::default()).await.unwrap();
    assert_eq!(end, world.now() + 90 * MINUTE);
    assert_eq!((session.expires_at(), session.refreshes_left()), (end, 6));
    for _ in 0..6 {
        session.refresh(&Cancel::default()).await.unwrap();
    }
    let refused = session.refresh(&Cancel::default()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotAuthorised);
    assert!(!session.is_locked());
    sign(&session, 1).await.unwrap();
}

#[tokio::test]
async fn refresh_to_the_maximum_after_a_slow_prompt_is_no_lie() {
    let never = Cancel::default();
    let world = World::with(|config| config.lifetimes.session_maximum = 100 * MINUTE);
    let arrival = world.arrival().await;
    arrival.claim.start(&arrival.proof(), &never).await.unwrap();
    world.pass(2 * MINUTE);
    let claimed = arrival.finish().await.unwrap();
    claimed.wallets[0].start(&never).await.unwrap();
    world.pass(2 * MINUTE);
    let unlocked = unlock(&claimed.wallets[0]).await;
    world.pass(20 * MINUTE);
    // Two minutes are gone since the offer of each as it opens: of the claim's two more until now.
    for (session, left) in [(claimed.session, 76), (unlocked, 78)] {
        let end = session.refresh(&never).await.unwrap();
        assert_eq!(end, world.now() + left * MINUTE);
    }
}

#[tokio::test]
async fn the_end_is_told_a_minute_before_and_erases_by_itself() {
    let world = World::new();
    let (_arrival, wallet) = claimed(&world).await;
    let session = unlock(&wallet).await;
    let heard = heard(&session);
    for _ in 0..4 {
        assert!(session.tick().await.is_some());
        world.pass(20 * MINUTE);
        sign(&session, 1).await.unwrap();
    }
    world.pass(9 * MINUTE - 1);
    assert_eq!(session.tick().await, Some(1000));
    assert_eq!(*heard.borrow(), []);
    world.pass(1);
    assert_eq!(session.tick().await, Some(30_000));
    assert_eq!(session.tick().await, Some(30_000));
    assert_eq!(*heard.borrow(), [SessionEvent::Expiring]);
    // A refresh makes the end far again, and its warning is told again.
    session.refresh(&Cancel::default()).await.unwrap();
    for wait in [29 * MINUTE, 29 * MINUTE, 31 * MINUTE] {
        world.pass(wait);
        session.tick().await;
        if wait == 29 * MINUTE {
            sign(&session, 1).await.unwrap();
        }
    }
    assert_eq!(heard.borrow().len(), 2);
    assert_eq!(heard.borrow()[1], SessionEvent::Locked(LockReason::Idle));
    assert!(session.is_locked());
}

#[tokio::test]
async fn a_session_that_comes_to_its_end_is_erased_by_the_clock_alone() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let options = SessionOptions {
        idle_lock: Some(u32::MAX),
        ..SessionOptions::default()
    };
    let session = wallet.unlock(options, &Cancel::default()).await.unwrap();
    let heard = heard(&session);
    world.pass(90 * MINUTE);
    arrival.browser.network.sent();
    assert_eq!(session.tick().await, None);
    assert_eq!(*heard.borrow(), [SessionEvent::Expired]);
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    assert_eq!(heard.borrow().len(), 1);
    assert!(arrival.browser.network.sent().is_empty());
}

#[tokio::test]
async fn what_is_left_alone_hidden_or_left_locks_itself_and_tells_why() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let network = &arrival.browser.network;
    let options = SessionOptions {
        idle_lock: Some(120),
        hidden_lock: 60,
        ..SessionOptions::default()
    };
    let cancel = Cancel::default();
    // Idle: a call begins the time anew.
    let session = wallet.unlock(options.clone(), &cancel).await.unwrap();
    let told = heard(&session);
    world.pass(119);
    sign(&session, 1).await.unwrap();
    world.pass(119);
    assert_eq!(session.tick().await, Some(1000));
    network.sent();
    world.pass(1);
    assert_eq!(session.tick().await, None);
    assert_eq!(*told.borrow(), [SessionEvent::Locked(LockReason::Idle)]);
    assert_eq!(paths(network.sent()), ["/v1/lock"]);
    // Hidden, shown again, and hidden too long.
    let session = wallet.unlock(options.clone(), &cancel).await.unwrap();
    let told = heard(&session);
    session.set_hidden(true);
    world.pass(59);
    session.set_hidden(false);
    session.set_hidden(true);
    world.pass(59);
    session.set_hidden(true);
    assert!(session.tick().await.is_some());
    world.pass(1);
    assert_eq!(session.tick().await, None);
    assert_eq!(*told.borrow(), [SessionEvent::Locked(LockReason::Hidden)]);
    // Frozen while hidden, and shown again too late; and frozen, and used again too late.
    for is_used in [false, true] {
        let session = wallet.unlock(options.clone(), &cancel).await.unwrap();
        let told = heard(&session);
        session.set_hidden(true);
        world.pass(60);
        match is_used {
            true => assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired),
            false => session.set_hidden(false),
        }
        assert!(session.is_locked());
        assert_eq!(*told.borrow(), [SessionEvent::Locked(LockReason::Hidden)]);
    }
    // Left: at once, and nobody is asked.
    let session = wallet.unlock(options, &cancel).await.unwrap();
    let told = heard(&session);
    network.sent();
    session.leave();
    session.leave();
    assert!(session.is_locked() && network.sent().is_empty());
    assert_eq!(*told.borrow(), [SessionEvent::Locked(LockReason::Left)]);
}

#[tokio::test]
async fn one_prompt_brings_a_session_back_and_the_call_goes_on() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let session = unlock(&wallet).await;
    world.pass(90 * MINUTE);
    assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    arrival.browser.network.sent();
    let cancel = Cancel::default();
    let again = join_all((0..3).map(|_| session.unlock(&cancel))).await;
    assert!(again.iter().all(Result::is_ok));
    assert_eq!(
        paths(arrival.browser.network.sent()),
        ["/v1/unlock/start", "/v1/unlock/finish"]
    );
    let signature = sign(&session, 1).await.unwrap();
    assert!(holds(&wallet.info().public_key, &signature, 1));
    assert_eq!(session.expires_at(), world.now() + 90 * MINUTE);
    // One that lasts is exchanged: the earlier one is over at the co-signer.
    session.unlock(&cancel).await.unwrap();
    assert_eq!(session.sessions(&cancel).await.unwrap().len(), 1);
    session.lock().await;
    session.unlock(&cancel).await.unwrap();
    sign(&session, 2).await.unwrap();
}

#[tokio::test]
async fn sessions_see_and_end_each_other() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let cancel = Cancel::default();
    let named = |name: &str| SessionOptions {
        device: DeviceName::new(name).unwrap(),
        ..SessionOptions::default()
    };
    let phone = wallet.unlock(named("Ada's phone"), &cancel).await.unwrap();
    world.pass(MINUTE);
    let laptop = wallet.unlock(named("a laptop"), &cancel).await.unwrap();
    let third = unlock(&wallet).await;
    let listed = laptop.sessions(&cancel).await.unwrap();
    assert_eq!(listed.len(), 3);
    let seen = listed.iter().find(|one| one.device == "Ada's phone").unwrap();
    assert!(!seen.is_current && seen.id_text() == phone.id_text());
    assert_eq!(seen.wallet_ids(), [wallet.info().id_text()]);
    assert_eq!(
        (seen.began_at, seen.expires_at),
        (world.now() - MINUTE, phone.expires_at())
    );

    let told = heard(&phone);
    laptop
        .revoke(session_id(&phone.id_text()).unwrap(), &cancel)
        .await
        .unwrap();
    assert_eq!(sign(&phone, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    assert_eq!(*told.borrow(), [SessionEvent::Expired]);
    assert!(phone.is_locked());
    laptop.revoke_others(&cancel).await.unwrap();
    assert_eq!(sign(&third, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    sign(&laptop, 1).await.unwrap();

    // Where nobody hears it, nothing is ended, and it is tried again.
    let told = heard(&laptop);
    arrival
        .browser
        .network
        .strike_path("/v1/session/revoke", Fate::RequestLost);
    let failed = laptop.lock_everywhere(&cancel).await.unwrap_err();
    assert_eq!(failed.code(), ErrorCode::CoSignerUnreachable);
    arrival.browser.network.heal();
    sign(&laptop, 1).await.unwrap();
    laptop.lock_everywhere(&cancel).await.unwrap();
    assert_eq!(*told.borrow(), [SessionEvent::Locked(LockReason::Everywhere)]);
    assert_eq!(
        laptop.sessions(&cancel).await.unwrap_err().code(),
        ErrorCode::SessionExpired
    );
}

#[tokio::test]
async fn an_unlock_may_end_the_sessions_of_every_other_browser() {
    let world = World::new();
    let (arrival, wallet) = claimed(&world).await;
    let cancel = Cancel::default();
    let passkeys = &arrival.browser.passkeys;
    let kit = Kit::new(world.browser_with(passkeys.device()), Some(world.state.identity()));
    let stolen = kit.restore(SessionOptions::default(), &cancel).await.unwrap();
    let mine = unlock(&wallet).await;
    let told = heard(&stolen);

    // Where the person says no, nothing ends.
    passkeys.mood.set(Mood::DeclinesGet);
    let refused = wallet.unlock_ending_others(SessionOptions::default(), &cancel).await;
    assert_eq!(refused.err().unwrap().code(), ErrorCode::PasskeyCancelled);
    passkeys.mood.set(Mood::Willing);
    sign(&stolen, 1).await.unwrap();

    let last = wallet
        .unlock_ending_others(SessionOptions::default(), &cancel)
        .await
        .unwrap();
    for over in [&stolen, &mine] {
        assert_eq!(sign(over, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    }
    assert_eq!(*told.borrow(), [SessionEvent::Expired]);
    let listed = last.sessions(&cancel).await.unwrap();
    assert!(listed.len() == 1 && listed[0].is_current, "{listed:?}");
    // Brought back, it ends nobody: what began since is its person's.
    let other = unlock(&wallet).await;
    last.unlock(&cancel).await.unwrap();
    sign(&other, 1).await.unwrap();
}

#[tokio::test]
async fn what_is_locked_or_left_while_the_person_is_asked_stays_so() {
    for is_left in [false, true] {
        let world = World::new();
        let (arrival, wallet) = claimed(&world).await;
        let session = unlock(&wallet).await;
        let never = Cancel::default();
        let passkeys = &arrival.browser.passkeys;
        let _ = passkeys.opened.notified().now_or_never();
        let device = passkeys.device();
        let asked = device.busy().await;
        let closing = async {
            passkeys.opened.notified().await;
            let mut closed = pin!(async {
                match is_left {
                    true => session.leave(),
                    false => session.lock().await,
                }
            });
            let is_closed = closed.as_mut().now_or_never().is_some();
            drop(asked);
            if !is_closed {
                closed.await;
            }
        };
        let (unlocked, ()) = join(session.unlock(&never), closing).await;
        assert_eq!(unlocked.unwrap_err().code(), ErrorCode::SessionExpired);
        assert!(session.is_locked());
        assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
        // The one that was begun meanwhile is over at the co-signer, too.
        let other = unlock(&wallet).await;
        let listed = other.sessions(&never).await.unwrap();
        let lasting: Vec<_> = listed.iter().filter(|one| !one.is_current).collect();
        assert_eq!(lasting.len(), usize::from(is_left), "{lasting:?}");
        session.unlock(&never).await.unwrap();
        sign(&session, 1).await.unwrap();
    }
}

#[tokio::test]
async fn one_prompt_locks_everywhere_from_a_page_without_a_session() {
    let (_arrival, wallet) = claimed(&World::new()).await;
    let (one, two) = (unlock(&wallet).await, unlock(&wallet).await);
    let device = DeviceName::default();
    wallet.lock_everywhere(&device, &Cancel::default()).await.unwrap();
    for session in [one, two] {
        assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
    }
    unlock(&wallet).await;
}

#[tokio::test]
async fn what_another_page_signs_while_all_is_locked_is_signed_whole_or_not_at_all() {
    let (_arrival, wallet) = claimed(&World::new()).await;
    let device = DeviceName::default();
    // The lock comes before the signatures, among them, and after.
    for position in [0, 4, 8] {
        let session = unlock(&wallet).await;
        let told = heard(&session);
        let lock = async {
            wallet.lock_everywhere(&device, &Cancel::default()).await.unwrap();
            None
        };
        let mut all: Vec<LocalBoxFuture<'_, _>> = Vec::new();
        let sign_one = |byte| sign(&session, byte).map(move |signed| Some((byte, signed)));
        all.extend((0..8).map(|byte| sign_one(byte).boxed_local()));
        all.insert(position, lock.boxed_local());
        for (byte, signed) in join_all(all).await.into_iter().flatten() {
            match signed {
                Ok(signature) => assert!(holds(&wallet.info().public_key, &signature, byte)),
                Err(error) => assert_eq!(error.code(), ErrorCode::SessionExpired),
            }
        }
        assert_eq!(sign(&session, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
        assert!(session.is_locked());
        assert_eq!(*told.borrow(), [SessionEvent::Expired]);
        // Nothing but the session was lost.
        sign(&unlock(&wallet).await, 1).await.unwrap();
    }
}

#[test]
fn a_session_has_an_id_of_16_bytes() {
    assert_eq!(session_id("AAAAAAAAAAAAAAAAAAAAAA"), Ok([0; 16]));
    for wrong in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "!AAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(session_id(wrong).unwrap_err().code(), ErrorCode::InvalidArgument);
    }
}
