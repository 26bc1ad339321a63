//! The database is set back to any of its earlier states while the browsers have moved on: nothing signs that should not, and nobody is
//! left without an answer. What tells is the high-water mark.

use std::path::PathBuf;

use cosigner::{
    api_key::{ApiKey, Scope},
    keys,
};
use mpc::{RunId, Scheme, Share, WalletId, pairing::ClientPairing};
use rand_core::OsRng;
use rusqlite::Connection;
use wire::{
    ClaimantId, ErrorBody, ErrorCode, Receipt, WalletType,
    ceremony::{ClaimAcknowledge, ClaimResume, Copies, ExportStart, KeygenStart, PendingShare, ResumeOutcome},
    control::{LOOKUP, UPDATE_CLAIMANT},
    statement::ClaimedKey,
};

use crate::{
    browser::{Browser, start as unlock_of},
    burns::{audited, cheat},
    resuming::resume,
    world::{EMAIL, World, bearer, context, random_key, sealed_by, signing},
};

/// What each answer about such a wallet says.
const SENTENCE: &str = "the co-signer's database was restored from an older copy than this wallet's: no share is lost, and the \
                        co-signer's operator must bring the newer database back";

/// A claimed wallet, and everything that its browser has.
struct Claimed {
    browser: Browser,
    old: Share,
    new: Share,
    claim: [u8; 16],
    receipt: Receipt,
}

/// A world that went on, and a copy of its database after each of its durable steps.
struct Story {
    copies: Vec<(&'static str, PathBuf)>,
    /// Claimed first.
    first: Claimed,
    /// Claimed later, of the other scheme.
    second: Claimed,
    /// Never claimed.
    third: Share,
    /// The pairings that a check failed in: of the first wallet's browser, and of the back end.
    burnt: [ClientPairing; 2],
    revoked: ApiKey,
}

impl Story {
    /// Whether the copy was made before a step.
    fn is_before(&self, copy: usize, step: &str) -> bool {
        copy < self.copies.iter().position(|(name, _)| *name == step).unwrap()
    }
}

/// Goes through everything that leaves a trace on the disk.
async fn told(world: &World) -> Story {
    let mut copies = Vec::new();
    let mut after = |step| copies.push((step, world.copy()));
    let revoked = keys::create(&world.state, "revoked", Scope::ALL).unwrap();
    after("an API key");
    let (first, third) = (world.wallet().await, world.wallet().await);
    let second = world.wallet_of(WalletType::Solana).await;
    after("three wallets");
    let pairing = world.pairing().await;
    world.sign(&world.back_end(), &first, &pairing).await.unwrap();
    after("a signature of the back end");

    let browser = Browser::new();
    let prepared = browser.prepared(world, &[&first]).await;
    after("a claim is prepared");
    let commit = browser.confirm(world, &prepared).await.unwrap();
    after("it is confirmed");
    let receipts = browser.commit(world, &commit).await.unwrap();
    after("it is committed");
    let claim = prepared.started.offer.claim;
    browser.acknowledge(world, claim).await.unwrap();
    after("it is acknowledged");
    let session = random_key();
    let caller = sealed_by(&session);
    let new = prepared.shares.into_iter().next().unwrap();
    browser.unlock(world, &session, &[&new]).await.unwrap();
    after("a session");
    let own = prepared.pairing.unwrap();
    world.sign(&caller, &new, &own).await.unwrap();
    after("a signature of the session");
    assert_eq!(cheat(world, &caller, &new, &own).await, ErrorCode::PeerMisbehaved);
    after("its pairing is burnt");
    let renewed = world.pairing_of(&caller).await.unwrap();
    world.sign(&caller, &new, &renewed).await.unwrap();
    after("a new pairing");
    let first = Claimed {
        browser,
        old: first,
        new,
        claim,
        receipt: receipts.into_iter().next().unwrap(),
    };

    let browser = Browser::new();
    let prepared = browser.prepared(world, &[&second]).await;
    after("a second claim is prepared");
    let commit = browser.confirm(world, &prepared).await.unwrap();
    let receipts = browser.commit(world, &commit).await.unwrap();
    after("the second claim is committed");
    assert_eq!(
        cheat(world, &world.back_end(), &third, &pairing).await,
        ErrorCode::PeerMisbehaved
    );
    after("the back end's pairing is burnt");
    keys::revoke(&world.state, revoked.id()).unwrap();
    after("the newest");
    Story {
        copies,
        first,
        second: Claimed {
            browser,
            old: second,
            new: prepared.shares.into_iter().next().unwrap(),
            claim: prepared.started.offer.claim,
            receipt: receipts.into_iter().next().unwrap(),
        },
        third,
        burnt: [own, pairing],
        revoked,
    }
}

/// Signs by a fresh session of the browser, with a pairing of its own where it needs one.
async fn unlocked_signature(world: &World, claimed: &Claimed) -> Result<(), ErrorCode> {
    let session = random_key();
    let caller = sealed_by(&session);
    claimed.browser.unlock(world, &session, &[&claimed.new]).await?;
    let pairing = match claimed.new.info().scheme {
        Scheme::EcdsaSecp256k1 => Some(world.pairing_of(&caller).await?),
        Scheme::EddsaEd25519 => None,
    };
    world.sign(&caller, &claimed.new, &pairing).await.map(drop)
}

/// Everything that may be asked about a wallet, and how each of it is refused.
async fn refusals(world: &World, claimed: &Claimed, pairing: &ClientPairing) -> Vec<(&'static str, ErrorBody)> {
    let Claimed {
        browser,
        old,
        new,
        claim,
        ..
    } = claimed;
    let (back_end, stranger, own) = (world.back_end(), random_key(), sealed_by(&browser.key));
    let wallet = old.info().wallet;
    let resume = ClaimResume {
        shares: vec![PendingShare {
            claim: *claim,
            key: new.info().clone(),
        }],
    };
    let start = browser.start_of(
        world.ticket(&[old], &browser.key),
        vec![ClaimedKey::of(old.info()).unwrap()],
    );
    let keygen = KeygenStart {
        context: mpc::keygen::Context { wallet, ..context() },
        wallet_type: WalletType::Evm,
        claimant: ClaimantId::Email(EMAIL.to_owned()),
        commitment: mpc::keygen::client_start(context(), &mut OsRng).unwrap().1,
    };
    let unlock = unlock_of(vec![wallet], &stranger);
    let sign = |share: &Share| signing(share, pairing, RunId::random(&mut OsRng)).1;
    vec![
        ("sign, old", world.refusal(&back_end, &sign(old)).await),
        ("sign, new", world.refusal(&sealed_by(&stranger), &sign(new)).await),
        ("start", world.refusal(&own, &start).await),
        ("resume", world.refusal(&sealed_by(&stranger), &resume).await),
        ("unlock", world.refusal(&sealed_by(&stranger), &unlock).await),
        ("key generation", world.refusal(&back_end, &keygen).await),
        ("update", update(world, wallet).await),
    ]
}

async fn json(world: &World, path: &str, body: String) -> ErrorBody {
    let answer = world
        .post(path, &world.back_end(), "application/json", body.into_bytes())
        .await;
    serde_json::from_slice(&answer.body).unwrap()
}

async fn update(world: &World, wallet: WalletId) -> ErrorBody {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let id = Base64UrlUnpadded::encode_string(&wallet.0);
    let body = format!(r#"{{"walletId":"{id}","from":{{"email":"{EMAIL}"}},"to":{{"email":"b@example.com"}}}}"#);
    json(world, UPDATE_CLAIMANT, body).await
}

/// What holds of a wallet that was claimed, on a copy from before the claim's commit or from after it.
async fn assert_one_epoch(
    world: &World,
    claimed: &Claimed,
    (is_older, exists): (bool, bool),
    pairing: &ClientPairing,
    step: &str,
) {
    let by_old = world.sign(&world.back_end(), &claimed.old, pairing).await.unwrap_err();
    let shares = core::slice::from_ref(&claimed.new);
    let resumed = resume(world, claimed.claim, shares).await;
    let by_new = unlocked_signature(world, claimed).await;
    if !is_older {
        assert_eq!(by_old, ErrorCode::AlreadyClaimed, "{step}");
        assert_eq!(
            resumed,
            Ok(vec![ResumeOutcome::Live(claimed.receipt.clone())]),
            "{step}"
        );
        by_new.unwrap();
        return;
    }
    assert_eq!(by_old, ErrorCode::EpochMismatch, "{step}");
    assert_eq!(resumed, Err(ErrorCode::EpochMismatch), "{step}");
    assert_eq!(by_new.err(), Some(ErrorCode::EpochMismatch), "{step}");
    for (what, refusal) in refusals(world, claimed, pairing).await {
        let told = (refusal.code, refusal.message.as_str(), refusal.refusal);
        assert_eq!(told, (ErrorCode::EpochMismatch, SENTENCE, None), "{step}: {what}");
    }
    // Whose a wallet is that is not there, nobody knows.
    if exists {
        let lookup = format!(r#"{{"claimantId":{{"email":"{EMAIL}"}}}}"#);
        let refusal = json(world, LOOKUP, lookup).await;
        assert_eq!(
            (refusal.code, refusal.message.as_str()),
            (ErrorCode::EpochMismatch, SENTENCE),
            "{step}"
        );
    }
    // A passkey that this copy never saw.
    let everything = claimed.browser.unlock(world, &random_key(), &[]).await;
    assert_eq!(everything.err(), Some(ErrorCode::EpochMismatch), "{step}");
}

#[tokio::test]
async fn whatever_the_database_is_set_back_to_no_share_signs_that_should_not_and_nobody_is_left_without_an_answer() {
    let mut world = World::new();
    let story = told(&world).await;
    assert!(story.copies.len() > 10);
    for (copy, (step, path)) in story.copies.iter().enumerate() {
        world.restore(path);
        world.state.sweep().unwrap();
        let exists = !story.is_before(copy, "three wallets");
        let first_is_older = story.is_before(copy, "it is committed");
        let second_is_older = story.is_before(copy, "the second claim is committed");
        let pairing = world.pairing().await;
        assert_one_epoch(&world, &story.first, (first_is_older, exists), &pairing, step).await;
        assert_one_epoch(&world, &story.second, (second_is_older, exists), &pairing, step).await;
        let restored = u64::from(first_is_older) + u64::from(second_is_older);
        assert_eq!(gauge(&world).await, restored, "{step}");
        assert_eq!(
            audited(&world, "restored"),
            (restored as u32, restored as u32),
            "{step}"
        );

        // What was burnt stays burnt, whoever's it is, and who was shut out stays out.
        let [own, back_ends] = &story.burnt;
        let sign = world.sign(&world.back_end(), &story.third, back_ends).await;
        let missing = if exists {
            ErrorCode::PairingBurnt
        } else {
            ErrorCode::WalletNotFound
        };
        assert_eq!(sign.unwrap_err(), missing, "{step}");
        if !first_is_older {
            let session = random_key();
            let Claimed { browser, new, .. } = &story.first;
            browser.unlock(&world, &session, &[new]).await.unwrap();
            let sign = world.sign(&sealed_by(&session), new, own).await;
            assert_eq!(sign.unwrap_err(), ErrorCode::PairingBurnt, "{step}");
        }
        let by_revoked = world.pairing_of(&bearer(&story.revoked)).await;
        assert_eq!(by_revoked.err(), Some(ErrorCode::NotAuthorised), "{step}");

        // Whoever has nothing to do with it is served.
        if exists {
            world.sign(&world.back_end(), &story.third, &pairing).await.unwrap();
        }
        let another = world.wallet_for("another@example.com").await;
        world.sign(&world.back_end(), &another, &pairing).await.unwrap();

        // And with the newest all is well again.
        world.restore(&story.copies.last().unwrap().1);
        let Claimed { browser, new, .. } = &story.first;
        browser.unlock(&world, &random_key(), &[new]).await.unwrap();
        unlocked_signature(&world, &story.second).await.unwrap();
        assert_eq!((gauge(&world).await, audited(&world, "restored")), (0, (0, 0)));
    }
}

async fn gauge(world: &World) -> u64 {
    let text = String::from_utf8(world.admin("/metrics").await.body).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("claimkit_wallets_restored "));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn set_back_together_with_the_mark_the_co_signer_can_not_tell_and_the_browsers_epoch_is_what_does() {
    let mut world = World::new();
    let old = world.wallet().await;
    let pairing = world.pairing().await;
    let (before, mark) = (world.copy(), world.config.high_water_path());
    let its_mark = std::fs::read(&mark).unwrap();
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&old]).await;
    let after = world.copy();
    let newest_mark = std::fs::read(&mark).unwrap();
    std::fs::write(&mark, its_mark).unwrap();
    world.restore(&before);
    // As if it had never been: the prepared share signs, and the browser is told that nothing was claimed.
    world.sign(&world.back_end(), &old, &pairing).await.unwrap();
    let refused = browser.unlock(&world, &random_key(), &[&prepared.shares[0]]).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    // Of a later rotation the co-signer sees that its epoch is not the browser's.
    std::fs::write(&mark, newest_mark).unwrap();
    world.restore(&after);
    let session = random_key();
    browser.unlock(&world, &session, &[&prepared.shares[0]]).await.unwrap();
    let (_, mut sign) = signing(&prepared.shares[0], &prepared.pairing, RunId::random(&mut OsRng));
    sign.epoch = crate::world::next(sign.epoch);
    let refused = world.call(&sealed_by(&session), &sign).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::EpochMismatch);
}

/// The database says of a wallet that it was rotated once more: no claim does that yet.
fn rotate(world: &mut World, wallet: WalletId) {
    let db = Connection::open(&world.config.database).unwrap();
    let query = "UPDATE wallets SET epoch = epoch + 1 WHERE id = ?1";
    assert_eq!(db.execute(query, [wallet.0]), Ok(1));
    // The mark catches up with a database that is ahead of it.
    world.restart();
}

#[tokio::test]
async fn a_session_that_came_back_is_over_and_gets_nothing_of_a_later_epochs_wallet() {
    let mut world = World::with(|config| config.policy.export = cosigner::config::ExportPolicy::Allowed);
    let (old, other) = (world.wallet().await, world.wallet().await);
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&old, &other]).await;
    let session = random_key();
    let caller = sealed_by(&session);
    let wallet = old.info().wallet;
    let unlock = browser.unlock(&world, &session, &[&old, &other]).await;
    unlock.unwrap();
    let copy = world.copy();
    rotate(&mut world, wallet);
    world.restore(&copy);
    let over = world.sign(&caller, &prepared.shares[1], &prepared.pairing).await;
    assert_eq!(over.unwrap_err(), ErrorCode::SessionExpired);
    // Even if it were not.
    let db = Connection::open(&world.config.database).unwrap();
    db.execute("ATTACH ?1 AS copy", [copy.to_str()]).unwrap();
    db.execute("INSERT INTO sessions SELECT * FROM copy.sessions", [])
        .unwrap();
    let copies = |wallet| Copies { wallets: vec![wallet] };
    let export = ExportStart { wallet };
    let acknowledge = ClaimAcknowledge {
        claim: prepared.started.offer.claim,
    };
    for refusal in [
        world.refusal(&caller, &copies(wallet)).await,
        world.refusal(&caller, &export).await,
        world.refusal(&sealed_by(&browser.key), &acknowledge).await,
    ] {
        assert_eq!(
            (refusal.code, refusal.message.as_str()),
            (ErrorCode::EpochMismatch, SENTENCE)
        );
    }
    let everything = browser.unlock(&world, &random_key(), &[]).await;
    assert_eq!(everything.err(), Some(ErrorCode::EpochMismatch));
    // The passkey's other wallet is served.
    world.call(&caller, &copies(other.info().wallet)).await.unwrap();
    browser.unlock(&world, &random_key(), &[&other]).await.unwrap();
    world
        .sign(&caller, &prepared.shares[1], &prepared.pairing)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_restore_lifts_no_ban() {
    let mut world = World::with(|config| config.limits.failed_checks = 2);
    let (share, one, two) = (world.wallet().await, world.pairing().await, world.pairing().await);
    let before = world.copy();
    // Both in one second.
    for pairing in [&one, &two] {
        cheat(&world, &world.back_end(), &share, pairing).await;
    }
    let newest = world.copy();
    for copy in [&before, &newest, &before] {
        world.restore(copy);
        assert_eq!(
            world.pairing_of(&world.back_end()).await.err(),
            Some(ErrorCode::RateLimited)
        );
        for _ in 0..2 {
            world.restart();
        }
        assert_eq!(count(&world, "failed_checks"), 2);
    }
    world.pass(world.config.lifetimes.failed_check);
    world.restore(&before);
    assert_eq!(count(&world, "failed_checks"), 0);
    world.pairing().await;
}

fn count(world: &World, table: &str) -> u32 {
    let db = Connection::open(&world.config.database).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn a_claim_that_was_ended_is_not_committed_in_an_older_copy() {
    let mut world = World::new();
    let share = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    let confirmed = world.copy();
    // The commit is still on its way: the browser asks, and throws away what it sealed.
    let claim = prepared.started.offer.claim;
    let ended = resume(&world, claim, &prepared.shares).await;
    assert_eq!(ended, Ok(vec![ResumeOutcome::Ended]));
    world.restore(&confirmed);
    let late = browser.commit(&world, &commit).await;
    assert_eq!(late.err(), Some(ErrorCode::ClaimExpired));
    world.sign(&world.back_end(), &share, None).await.unwrap();
    assert_eq!(audited(&world, "claim_dropped"), (1, 1));
}

#[tokio::test]
async fn who_asks_after_a_later_epoch_has_come_gets_the_receipt_of_its_own() {
    let mut world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    let (prepared, receipts) = browser.claim(&world, &[&share]).await;
    rotate(&mut world, share.info().wallet);
    let outcomes = resume(&world, prepared.started.offer.claim, &prepared.shares)
        .await
        .unwrap();
    let superseded: Vec<_> = receipts.into_iter().map(ResumeOutcome::Superseded).collect();
    assert_eq!(outcomes, superseded);
}

#[tokio::test]
async fn no_session_outlives_a_database_that_is_accepted_as_it_is() {
    let mut world = World::new();
    let share = world.wallet_of(WalletType::Solana).await;
    let browser = Browser::new();
    let (prepared, _) = browser.claim(&world, &[&share]).await;
    let session = random_key();
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    let caller = sealed_by(&session);
    world.sign(&caller, &prepared.shares[0], None).await.unwrap();
    let database = world.config.database.clone();
    cosigner::store::Sqlite::accept_without_high_water(&database).unwrap();
    world.restart();
    let over = world.sign(&caller, &prepared.shares[0], None).await;
    assert_eq!(over.unwrap_err(), ErrorCode::SessionExpired);
    browser.unlock(&world, &session, &[&share]).await.unwrap();
    world.sign(&caller, &prepared.shares[0], None).await.unwrap();
}
