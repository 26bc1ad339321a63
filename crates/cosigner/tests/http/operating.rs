//! What an operator does while the co-signer serves: freezes and deletes wallets, ends sessions, reads the log, copies the database.

use cosigner::{
    Config,
    api_key::Scope,
    config::{ExportPolicy, SignCountPolicy},
    keys, operation,
    store::AuditFilter,
};
use serde_json::json;
use wire::{
    ErrorCode,
    ceremony::{
        Assertion, ClaimPasskey, Copies, DeviceName, ExportStart, Lock, PasskeyList, PasskeyRename, PasskeyStart,
        Prove, Revoked, SessionList, SessionRevoke, Unlocked,
    },
    control::{LOOKUP, UPDATE_CLAIMANT, WalletRecord, Wallets},
    ownership::{Audience, ProofNonce},
    statement::ClaimedKey,
};

use crate::{
    browser::{Browser, finish, start, unlock_hash},
    burns::audited,
    rotations::Held,
    world::{EACH_SCHEME, EMAIL, World, bearer, random_key, sealed_by, signed},
};

const FROZEN: Option<ErrorCode> = Some(ErrorCode::WalletFrozen);

fn wallet_of(share: &mpc::Share) -> mpc::WalletId {
    share.info().wallet
}

#[tokio::test]
async fn a_frozen_unclaimed_wallet_signs_nothing_and_is_nobodys() {
    for wallet_type in EACH_SCHEME {
        let world = World::of(wallet_type);
        let (share, pairing) = (world.wallet().await, world.pairing().await);
        let (early, late) = (Browser::new(), Browser::new());
        let prepared = early.prepared(&world, &[&share]).await;
        operation::freeze(&world.state, wallet_of(&share)).unwrap();
        assert_eq!(world.sign(&world.back_end(), &share, &pairing).await.err(), FROZEN);
        // A claim under way goes no further, and none begins.
        assert_eq!(early.confirm(&world, &prepared).await.err(), FROZEN);
        let ticket = world.ticket(&[&share], &late.key);
        assert_eq!(late.start(&world, ticket, &[&share]).await.err(), FROZEN);
        let update = json!({
            "walletId": base64(&wallet_of(&share).0), "from": { "email": EMAIL }, "to": { "email": "bob@example.com" }
        });
        let renamed = world
            .json::<WalletRecord>(&world.back_end(), UPDATE_CLAIMANT, update)
            .await;
        assert_eq!(renamed.err(), FROZEN);
        operation::thaw(&world.state, wallet_of(&share)).unwrap();
        world.sign(&world.back_end(), &share, &pairing).await.unwrap();
        let commit = early.confirm(&world, &prepared).await.unwrap();
        // Frozen between its confirmation and its commit.
        operation::freeze(&world.state, wallet_of(&share)).unwrap();
        assert_eq!(early.commit(&world, &commit).await.err(), FROZEN);
        operation::thaw(&world.state, wallet_of(&share)).unwrap();
        early.commit(&world, &commit).await.unwrap();
    }
}

#[tokio::test]
async fn a_frozen_claimed_wallet_only_unlocks_lists_and_locks() {
    for wallet_type in EACH_SCHEME {
        let mut world = World::of(wallet_type);
        world.config.policy.export = ExportPolicy::Allowed;
        world.restart();
        let held = Held::of(&world).await;
        let (own, wallet) = (sealed_by(held.session()), wallet_of(held.share()));
        let rotating = held.rotating(&world).await.unwrap();
        operation::freeze(&world.state, wallet).unwrap();
        assert_eq!(held.sign(&world, &held.prepared).await.err(), FROZEN);
        assert_eq!(held.rotating(&world).await.err(), FROZEN);
        assert_eq!(held.browser.confirm(&world, &rotating).await.err(), FROZEN);
        assert_eq!(world.call(&own, &ExportStart { wallet }).await.err(), FROZEN);
        let keys = vec![ClaimedKey::of(held.share().info()).unwrap()];
        assert_eq!(world.call(&own, &PasskeyStart { keys }).await.err(), FROZEN);
        let rename = PasskeyRename {
            credential: held.browser.credential.clone(),
            name: DeviceName::new("mine").unwrap(),
        };
        assert_eq!(world.call(&own, &rename).await.err(), FROZEN);
        let prove = Prove {
            wallet,
            audience: Audience::new("https://app.example.com").unwrap(),
            nonce: ProofNonce::new("nonce").unwrap(),
        };
        assert_eq!(world.call(&own, &prove).await.err(), FROZEN);
        // What shows a person their sessions, and ends them, goes on.
        let session = random_key();
        held.browser.unlock(&world, &session, &[&held.old]).await.unwrap();
        let caller = sealed_by(&session);
        // The claim's own session, the one that rotates, and this one.
        assert_eq!(world.call(&caller, &SessionList {}).await.unwrap().sessions.len(), 3);
        world.call(&caller, &PasskeyList {}).await.unwrap();
        world.call(&caller, &Copies { wallets: vec![wallet] }).await.unwrap();
        let which = Revoked::Others;
        world.call(&caller, &SessionRevoke { which }).await.unwrap();
        assert_eq!(
            world.call(&own, &SessionList {}).await.err(),
            Some(ErrorCode::SessionExpired)
        );
        operation::thaw(&world.state, wallet).unwrap();
        world.sign(&caller, held.share(), &held.prepared.pairing).await.unwrap();
        world.call(&caller, &Lock {}).await.unwrap();
    }
}

#[tokio::test]
async fn all_sessions_of_a_wallet_end_at_once() {
    let world = World::new();
    let held = Held::of(&world).await;
    let other = Held::of(&world).await;
    assert_eq!(
        operation::end_sessions(&world.state, wallet_of(held.share())).unwrap(),
        2
    );
    let ended = held.sign(&world, &held.prepared).await.err();
    assert_eq!(ended, Some(ErrorCode::SessionExpired));
    other.sign(&world, &other.prepared).await.unwrap();
}

#[tokio::test]
async fn only_unclaimed_wallets_are_deleted() {
    let world = World::new();
    let held = Held::of(&world).await;
    assert!(operation::delete_wallet(&world.state, wallet_of(held.share())).is_err());
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let browser = Browser::new();
    let prepared = browser.prepared(&world, &[&share]).await;
    operation::delete_wallet(&world.state, wallet_of(&share)).unwrap();
    let gone = Some(ErrorCode::WalletNotFound);
    assert_eq!(world.sign(&world.back_end(), &share, &pairing).await.err(), gone);
    assert_eq!(
        browser.confirm(&world, &prepared).await.err(),
        Some(ErrorCode::ClaimExpired)
    );
    assert!(operation::delete_wallet(&world.state, wallet_of(&share)).is_err());
    held.sign(&world, &held.prepared).await.unwrap();
}

#[tokio::test]
async fn an_api_key_that_has_expired_opens_nothing() {
    let world = World::new();
    let end = world.now() + 100;
    let key = keys::create_until(&world.state, "ending", Scope::ALL, Some(end)).unwrap();
    assert!(keys::create_until(&world.state, "past", Scope::ALL, Some(world.now())).is_err());
    let share = world.wallet().await;
    let browser = Browser::new();
    let ticket = || {
        let mut body = world.ticket_body(&[&share], &browser.key);
        body.key_id = key.id();
        signed(&key, body)
    };
    browser.start(&world, ticket(), &[&share]).await.unwrap();
    let asked = json!({ "claimantId": { "email": EMAIL } });
    world
        .json::<Wallets>(&bearer(&key), LOOKUP, asked.clone())
        .await
        .unwrap();
    world.pass(100);
    let refused = Some(ErrorCode::NotAuthorised);
    assert_eq!(world.json::<Wallets>(&bearer(&key), LOOKUP, asked).await.err(), refused);
    assert_eq!(browser.start(&world, ticket(), &[&share]).await.err(), refused);
}

#[tokio::test]
async fn an_api_keys_last_use_is_written_once_a_minute() {
    let world = World::new();
    let used = || {
        let listed = keys::list(&world.state).unwrap();
        listed.iter().find(|key| key.id == world.key.id()).unwrap().used_at
    };
    let asked = json!({ "claimantId": { "email": EMAIL } });
    let look_up = async || {
        world
            .json::<Wallets>(&world.back_end(), LOOKUP, asked.clone())
            .await
            .unwrap()
    };
    assert_eq!(used(), None);
    look_up().await;
    // Whatever is written later waits for what was asked for before.
    world.state.sweep().unwrap();
    let first = world.now();
    assert_eq!(used(), Some(first));
    world.pass(59);
    look_up().await;
    world.state.sweep().unwrap();
    assert_eq!(used(), Some(first));
    world.pass(1);
    look_up().await;
    world.state.sweep().unwrap();
    assert_eq!(used(), Some(first + 60));
}

#[tokio::test]
async fn look_ups_come_page_by_page_and_claimants_have_a_bound() {
    let world = World::with(|config| config.limits.wallets_per_claimant = 5);
    let mut unclaimed = Vec::new();
    for _ in 0..5 {
        unclaimed.push(wallet_of(&world.wallet().await));
    }
    assert_eq!(world.try_wallet().await.err(), Some(ErrorCode::NotAuthorised));
    let page = async |after: Option<String>, limit: serde_json::Value| {
        let mut asked = json!({ "claimantId": { "email": EMAIL }, "limit": limit });
        if let Some(after) = after {
            asked["after"] = json!(after);
        }
        world.json::<Wallets>(&world.back_end(), LOOKUP, asked).await
    };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let answer = page(after, json!(2)).await.unwrap();
        assert!((1..=2).contains(&answer.wallets.len()));
        found.extend(answer.wallets.into_iter().map(|wallet| wallet.wallet_id));
        after = answer.next;
        if after.is_none() {
            break;
        }
    }
    let whole = page(None, json!(256)).await.unwrap();
    assert_eq!((whole.wallets.len(), whole.next), (5, None));
    assert_eq!(
        found,
        whole
            .wallets
            .into_iter()
            .map(|wallet| wallet.wallet_id)
            .collect::<Vec<_>>()
    );
    for (after, limit) in [(None, json!(0)), (None, json!(257)), (Some("?".to_owned()), json!(2))] {
        assert_eq!(page(after, limit).await.err(), Some(ErrorCode::InvalidArgument));
    }
    // Another's wallet does not become a sixth either, and one that is deleted makes room.
    let other = world.wallet_for("bob@example.com").await;
    let update = json!({
        "walletId": base64(&wallet_of(&other).0), "from": { "email": "bob@example.com" }, "to": { "email": EMAIL }
    });
    let full = world
        .json::<WalletRecord>(&world.back_end(), UPDATE_CLAIMANT, update.clone())
        .await;
    assert_eq!(full.err(), Some(ErrorCode::NotAuthorised));
    operation::delete_wallet(&world.state, unclaimed[0]).unwrap();
    world
        .json::<WalletRecord>(&world.back_end(), UPDATE_CLAIMANT, update)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unlock_may_end_all_other_sessions() {
    let world = World::new();
    let held = Held::of(&world).await;
    let session = random_key();
    let begin = start(vec![wallet_of(held.share())], &session);
    let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
    world.hear(offer.process);
    let mut end = finish(held.browser.assert(&unlock_hash(&begin, &offer, &session)));
    end.ends_others = true;
    world.call(&sealed_by(&session), &end).await.unwrap();
    assert_eq!(
        held.sign(&world, &held.prepared).await.err(),
        Some(ErrorCode::SessionExpired)
    );
    let listed = world.call(&sealed_by(&session), &SessionList {}).await.unwrap();
    assert_eq!(listed.sessions.len(), 1);
    // The claim's own session, and the one after it.
    assert_eq!(audited(&world, "session_revoked"), (2, 2));
}

#[tokio::test]
async fn a_passkey_has_64_sessions_and_few_lines_of_the_log() {
    let world = World::with(|config| {
        config.limits.wallet = 10_000;
        config.limits.session = 10_000;
    });
    let held = Held::of(&world).await;
    let before = audited(&world, "unlocked").0;
    let mut newest = random_key();
    for _ in 0..70 {
        newest = random_key();
        held.browser.unlock(&world, &newest, &[&held.old]).await.unwrap();
    }
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let count = |query: &str| db.query_row(query, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM sessions"), 64);
    world.call(&sealed_by(&newest), &SessionList {}).await.unwrap();
    assert!(audited(&world, "unlocked").0 - before <= 6);
    // Those that nobody uses are gone before their end.
    world.pass(40 * 60);
    world.state.sweep().unwrap();
    assert_eq!(count("SELECT count(*) FROM sessions"), 0);
}

#[tokio::test]
async fn a_counter_that_goes_back_is_told_and_may_be_refused() {
    for policy in [SignCountPolicy::Audit, SignCountPolicy::Refuse] {
        let world = World::with(|config| config.policy.sign_count = policy);
        let held = Held::of(&world).await;
        let mut counted = Vec::new();
        for count in [5, 6, 6, 3, 7] {
            let session = random_key();
            let begin = start(vec![wallet_of(held.share())], &session);
            let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
            world.hear(offer.process);
            let hash = unlock_hash(&begin, &offer, &session);
            let end = finish(held.browser.assert_counting(count, &hash));
            counted.push(world.call(&sealed_by(&session), &end).await.is_ok());
        }
        let taken = policy == SignCountPolicy::Audit;
        assert_eq!(counted, [true, true, taken, taken, true]);
        assert_eq!(audited(&world, "sign_count_went_back"), (2, 2));
        // What approves a rotation counts, committed or not.
        let rotating = held.rotating(&world).await.unwrap();
        let mut confirm = held.browser.confirming(&rotating).confirm;
        let approval = held.browser.assert_counting(8, &rotating.started.hash());
        confirm.passkey = ClaimPasskey::Own(approval);
        world.call(&sealed_by(held.session()), &confirm).await.unwrap();
        let unlocked = unlock_with(&world, held.share(), |hash| held.browser.assert_counting(8, hash)).await;
        let refused = (!taken).then_some(ErrorCode::NotAuthorised);
        assert_eq!(unlocked.err(), refused);
        assert_eq!(audited(&world, "sign_count_went_back"), (3, 3));
    }
}

async fn unlock_with(
    world: &World,
    share: &mpc::Share,
    assert: impl FnOnce(&[u8; 32]) -> Assertion,
) -> Result<Unlocked, ErrorCode> {
    let session = random_key();
    let begin = start(vec![wallet_of(share)], &session);
    let offer = world.call(&sealed_by(&session), &begin).await?;
    world.hear(offer.process);
    let end = finish(assert(&unlock_hash(&begin, &offer, &session)));
    world.call(&sealed_by(&session), &end).await
}

#[tokio::test]
async fn what_one_person_writes_into_the_log_is_bounded() {
    let world = World::with(|config| config.limits.export = 1000);
    let held = Held::of(&world).await;
    let (wallet, caller) = (wallet_of(held.share()), sealed_by(held.session()));
    let change = PasskeyStart {
        keys: vec![ClaimedKey::of(held.share().info()).unwrap()],
    };
    for minute in 1..=2 {
        for _ in 0..10 {
            let refused = world.call(&caller, &ExportStart { wallet }).await;
            assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
            world.call(&caller, &change).await.unwrap();
            let unlocked = unlock_with(&world, held.share(), |hash| held.browser.assert_counting(5, hash));
            unlocked.await.unwrap();
        }
        for event in ["export_refused", "passkeys_started", "sign_count_went_back"] {
            assert_eq!(audited(&world, event), (6 * minute, 6 * minute), "{event}");
        }
        world.pass(60);
    }
}

#[tokio::test]
async fn what_a_claims_passkey_says_of_backups_is_kept() {
    let world = World::new();
    let share = world.wallet().await;
    let browser = Browser::new();
    browser.claim(&world, &[&share]).await;
    unlock_with(&world, &share, |hash| browser.assert_with(0x0d, hash))
        .await
        .unwrap();
    assert_eq!(audited(&world, "backup_eligibility_changed"), (1, 1));
}

#[tokio::test]
async fn a_passkey_that_changes_what_it_says_of_backups_is_told_of() {
    let world = World::new();
    let held = Held::of(&world).await;
    for flags in [0x05, 0x0d, 0x05] {
        let session = random_key();
        let begin = start(vec![wallet_of(held.share())], &session);
        let offer = world.call(&sealed_by(&session), &begin).await.unwrap();
        world.hear(offer.process);
        let end = finish(held.browser.assert_with(flags, &unlock_hash(&begin, &offer, &session)));
        world.call(&sealed_by(&session), &end).await.unwrap();
    }
    assert_eq!(audited(&world, "backup_eligibility_changed"), (1, 1));
}

#[tokio::test]
async fn each_answer_names_its_request() {
    let world = World::new();
    let mut seen = std::collections::BTreeSet::new();
    for path in [LOOKUP, "/v1/identity", "/nowhere", "/healthz"] {
        let answer = world
            .post(path, &world.back_end(), "application/json", b"{}".to_vec())
            .await;
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{path}"
        );
        assert!(seen.insert(id));
    }
}

#[tokio::test]
async fn the_log_tells_which_api_key_did_it() {
    let world = World::new();
    let other = keys::create(&world.state, "other", Scope::ALL).unwrap();
    let share = world.wallet().await;
    let made = AuditFilter {
        wallet: Some(wallet_of(&share)),
        limit: 10,
        ..AuditFilter::default()
    };
    let made = operation::audit(&world.state, &made).unwrap();
    assert_eq!((made.len(), made[0].key), (1, Some(world.key.id())));
    let others = AuditFilter {
        key: Some(other.id()),
        limit: 10,
        ..AuditFilter::default()
    };
    let others = operation::audit(&world.state, &others).unwrap();
    assert_eq!((others.len(), others[0].event.as_str()), (1, "api_key_created"));
}

#[tokio::test]
async fn a_backup_is_whole_private_and_restored_with_its_mark() {
    let mut world = World::new();
    let held = Held::of(&world).await;
    let to = world.folder.path().join("backup.db");
    let config: &Config = &world.config;
    // Made while the co-signer has the database open, and a writer is at work.
    let other = rusqlite::Connection::open(&config.database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    operation::backup(config, &to).unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    assert!(operation::backup(config, &to).is_err());
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&to).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    held.sign(&world, &held.prepared).await.unwrap();
    world.restore(&to);
    held.sign(&world, &held.prepared).await.unwrap();

    let missing = Config {
        database: world.folder.path().join("none.db"),
        ..world.config.clone()
    };
    let to = world.folder.path().join("of-none.db");
    assert!(operation::backup(&missing, &to).is_err());
    assert!(!to.exists());
}

fn base64(bytes: &[u8]) -> String {
    <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(bytes)
}
