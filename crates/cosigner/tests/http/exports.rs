//! A session takes its wallet's whole key, where the operator allows it.

use cosigner::{api_key::Scope, config::ExportPolicy};
use mpc::{
    Epoch, Share,
    channel::ChannelKey,
    export::{Reveal, client_combine},
    import,
};
use rand_core::OsRng;
use wire::{
    ErrorBody, ErrorCode, Request, WalletType,
    ceremony::{Assertion, ExportFinish, ExportOffer, ExportStart, Lock},
    message::encode,
    statement::{ClaimedKey, EXPORT_TRANSCRIPT, ExportTranscript, UNLOCK_TRANSCRIPT, to_bytes},
};

use crate::{
    browser::Browser,
    burns::audited,
    sealed::seal_request,
    world::{Caller, EACH_SCHEME, World, context_of, public, random_key, sealed_by},
};

pub(crate) fn allowing() -> World {
    World::with(|config| config.policy.export = ExportPolicy::Allowed)
}

/// A claimed wallet and an unlocked session of it.
struct Owner {
    browser: Browser,
    session: ChannelKey,
    shares: Vec<Share>,
}

impl Owner {
    async fn of(world: &World, wallet_types: &[WalletType]) -> Self {
        let browser = Browser::new();
        let mut prepared = Vec::new();
        for wallet_type in wallet_types {
            prepared.push(world.wallet_of(*wallet_type).await);
        }
        let prepared: Vec<_> = prepared.iter().collect();
        let shares = browser.claim(world, &prepared).await.0.shares;
        let session = random_key();
        browser.unlock(world, &session, &prepared).await.unwrap();
        Self {
            browser,
            session,
            shares,
        }
    }

    async fn start(&self, world: &World, share: &Share) -> Result<ExportOffer, ErrorCode> {
        let wallet = share.info().wallet;
        world.call(&sealed_by(&self.session), &ExportStart { wallet }).await
    }

    /// The answer to an offer.
    fn finish(&self, share: &Share, offer: &ExportOffer) -> ExportFinish {
        self.finish_with(share, self.browser.assert(&hash(&self.session, share, offer)))
    }

    fn finish_with(&self, share: &Share, assertion: Assertion) -> ExportFinish {
        ExportFinish {
            wallet: share.info().wallet,
            epoch: share.info().epoch,
            assertion,
        }
    }

    async fn send(&self, world: &World, finish: &ExportFinish) -> Result<Reveal, ErrorCode> {
        world.call(&sealed_by(&self.session), finish).await
    }
}

/// Exports a wallet, and gives what was revealed.
pub(crate) async fn exported(world: &World, browser: &Browser, session: &ChannelKey, share: &Share) -> Reveal {
    let wallet = share.info().wallet;
    let offer = world.call(&sealed_by(session), &ExportStart { wallet }).await.unwrap();
    let finish = ExportFinish {
        wallet,
        epoch: share.info().epoch,
        assertion: browser.assert(&hash(session, share, &offer)),
    };
    world.call(&sealed_by(session), &finish).await.unwrap()
}

fn transcript(session: &ChannelKey, share: &Share, offer: &ExportOffer) -> ExportTranscript {
    ExportTranscript {
        nonce: offer.nonce,
        rp_id: offer.rp_id.clone(),
        session: public(session),
        key: ClaimedKey::of(share.info()).unwrap(),
    }
}

fn hash(session: &ChannelKey, share: &Share, offer: &ExportOffer) -> [u8; 32] {
    mpc::tags::hash(EXPORT_TRANSCRIPT, &[&to_bytes(&transcript(session, share, offer))])
}

/// When the wallet's key first left, and how often.
fn recorded(world: &World, share: &Share) -> (Option<u64>, usize) {
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let id = share.info().wallet.0;
    let at = db
        .query_row("SELECT exported_at FROM wallets WHERE id = ?1", [id], |row| row.get(0))
        .unwrap();
    let query = "SELECT count(*) FROM audit WHERE wallet = ?1 AND event = 'exported'";
    (at, db.query_row(query, [id], |row| row.get(0)).unwrap())
}

/// The code and the text of a refusal.
async fn refusal<R: Request>(world: &World, caller: &Caller<'_>, message: &R) -> (ErrorCode, String) {
    let to = world.state.identity().channel;
    let (_, sealed) = seal_request(&to, caller.key, R::PATH, &encode(message), &mut OsRng).unwrap();
    let answer = world.post_sealed(R::PATH, caller, sealed).await;
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap();
    (body.code, body.message)
}

#[tokio::test]
async fn the_exported_key_is_the_wallets_and_the_export_is_on_record() {
    for wallet_type in WalletType::ALL.iter().copied() {
        let world = allowing();
        let owner = Owner::of(&world, &[wallet_type]).await;
        let share = &owner.shares[0];
        assert_eq!(recorded(&world, share), (None, 0));
        let first = world.now();
        for count in 1..=2 {
            let offer = owner.start(&world, share).await.unwrap();
            let reveal = owner.send(&world, &owner.finish(share, &offer)).await.unwrap();
            let key = client_combine(share, reveal).unwrap();
            let context = context_of(wallet_type);
            let (rebuilt, _) = import::client_start(&context, &key, [0; 32], &mut OsRng).unwrap();
            assert_eq!(rebuilt.public_key(), share.public_key());
            assert_eq!(recorded(&world, share), (Some(first), count));
            world.pass(7);
        }
    }
}

#[tokio::test]
async fn a_policy_that_refuses_is_told_at_both_steps() {
    let mut world = allowing();
    let owner = Owner::of(&world, &[WalletType::Evm]).await;
    let share = &owner.shares[0];
    let offer = owner.start(&world, share).await.unwrap();
    let finish = owner.finish(share, &offer);
    // As it is where nobody set it.
    world.config.policy = cosigner::Config::new(
        world.config.relying_party.clone(),
        world.config.database.clone(),
        world.config.key_encryption.clone(),
    )
    .policy;
    world.restart();
    let caller = sealed_by(&owner.session);
    let wallet = share.info().wallet;
    for (code, message) in [
        refusal(&world, &caller, &ExportStart { wallet }).await,
        refusal(&world, &caller, &finish).await,
    ] {
        assert_eq!(code, ErrorCode::NotAuthorised);
        assert!(message.contains("policy refuses exports"), "{message}");
    }
    assert_eq!(recorded(&world, share), (None, 0));
}

#[tokio::test]
async fn who_holds_the_wallet_and_is_refused_stands_in_the_audit_log_and_nobody_else_does() {
    let mut world = allowing();
    let owner = Owner::of(&world, &[WalletType::Evm]).await;
    let other = Owner::of(&world, &[WalletType::Evm]).await;
    let share = &owner.shares[0];
    let log = |world: &World| (audited(world, "export_started"), audited(world, "export_refused"));
    let wallet = share.info().wallet;
    let stranger = random_key();
    let refused = world.call(&sealed_by(&stranger), &ExportStart { wallet }).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    let refused = other.start(&world, share).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    let offer = owner.start(&world, share).await.unwrap();
    let finish = owner.finish(share, &offer);
    assert_eq!(other.send(&world, &finish).await.err(), Some(ErrorCode::NotAuthorised));
    assert_eq!(log(&world), ((1, 1), (0, 0)));
    let forged = owner.finish_with(share, owner.browser.assert(&[0; 32]));
    assert_eq!(owner.send(&world, &forged).await.err(), Some(ErrorCode::NotAuthorised));
    assert_eq!(owner.send(&world, &finish).await.err(), Some(ErrorCode::SessionExpired));
    assert_eq!(log(&world), ((1, 1), (2, 2)));
    world.config.policy.export = ExportPolicy::Refused;
    world.restart();
    let refused = owner.start(&world, share).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    assert_eq!(log(&world), ((1, 1), (3, 3)));
}

#[tokio::test]
async fn an_export_needs_a_live_session() {
    let world = allowing();
    let owner = Owner::of(&world, &[WalletType::Solana]).await;
    let share = &owner.shares[0];
    let wallet = share.info().wallet;
    let offer = owner.start(&world, share).await.unwrap();
    let finish = owner.finish(share, &offer);
    let stranger = random_key();
    for (caller, code) in [
        (sealed_by(&stranger), ErrorCode::SessionExpired),
        // The browser's own key, which claimed, is no session.
        (sealed_by(&owner.browser.key), ErrorCode::SessionExpired),
        (Caller::default(), ErrorCode::NotAuthorised),
        // Nor is an API key, of whatever scopes.
        (world.back_end(), ErrorCode::NotAuthorised),
    ] {
        assert_eq!(world.call(&caller, &ExportStart { wallet }).await.unwrap_err(), code);
        assert_eq!(world.call(&caller, &finish).await.err(), Some(code));
    }
    assert!(Scope::ALL.iter().all(|scope| !scope.as_str().contains("export")));
    world.call(&sealed_by(&owner.session), &Lock {}).await.unwrap();
    assert_eq!(owner.send(&world, &finish).await.err(), Some(ErrorCode::SessionExpired));
    let refused = owner.start(&world, share).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    // What a session started ends with it, also where the same key begins another.
    owner.browser.unlock(&world, &owner.session, &[share]).await.unwrap();
    assert_eq!(owner.send(&world, &finish).await.err(), Some(ErrorCode::SessionExpired));
    let offer = owner.start(&world, share).await.unwrap();
    owner.browser.unlock(&world, &owner.session, &[share]).await.unwrap();
    let refused = owner.send(&world, &owner.finish(share, &offer)).await;
    assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
    assert_eq!(recorded(&world, share), (None, 0));
    owner.browser.unlock(&world, &owner.session, &[share]).await.unwrap();
    world.pass(90 * 60);
    let refused = owner.start(&world, share).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
}

#[tokio::test]
async fn a_session_exports_the_wallets_it_was_unlocked_for() {
    let world = allowing();
    let ada = Owner::of(&world, &[WalletType::Evm, WalletType::Solana]).await;
    let eve = Owner::of(&world, &[WalletType::Evm]).await;
    let unclaimed = world.wallet().await;
    ada.browser
        .unlock(&world, &ada.session, &[&ada.shares[0]])
        .await
        .unwrap();
    for share in [&ada.shares[1], &eve.shares[0], &unclaimed] {
        let refused = ada.start(&world, share).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    }
    // A row that says another passkey than the session's is not opened for it.
    let db = rusqlite::Connection::open(&world.config.database).unwrap();
    let put = "UPDATE passkeys SET credential = ?2 WHERE wallet = ?1";
    let wallet = ada.shares[0].info().wallet.0;
    db.execute(put, rusqlite::params![wallet, eve.browser.credential])
        .unwrap();
    let refused = ada.start(&world, &ada.shares[0]).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
}

#[tokio::test]
async fn an_approval_is_of_one_wallet_in_one_session() {
    let world = allowing();
    let owner = Owner::of(&world, &[WalletType::Evm, WalletType::Solana]).await;
    let [one, two] = owner.shares.as_slice() else { panic!() };
    let offer = owner.start(&world, one).await.unwrap();
    let assertion = owner.browser.assert(&hash(&owner.session, one, &offer));
    // Nobody asked for the second wallet's.
    let for_two = owner.finish_with(two, assertion.clone());
    assert_eq!(
        owner.send(&world, &for_two).await.err(),
        Some(ErrorCode::SessionExpired)
    );
    // Somebody has, and it is another question.
    owner.start(&world, two).await.unwrap();
    assert_eq!(owner.send(&world, &for_two).await.err(), Some(ErrorCode::NotAuthorised));
    // Another session of the same passkey and wallet.
    let other = random_key();
    owner.browser.unlock(&world, &other, &[one]).await.unwrap();
    let for_one = owner.finish_with(one, assertion);
    let elsewhere = world.call(&sealed_by(&other), &for_one).await;
    assert_eq!(elsewhere.err(), Some(ErrorCode::SessionExpired));
    let wallet = one.info().wallet;
    world.call(&sealed_by(&other), &ExportStart { wallet }).await.unwrap();
    let elsewhere = world.call(&sealed_by(&other), &for_one).await;
    assert_eq!(elsewhere.err(), Some(ErrorCode::NotAuthorised));
    assert_eq!((recorded(&world, one), recorded(&world, two)), ((None, 0), (None, 0)));
    // All that took nothing from the one that was asked for.
    owner.send(&world, &for_one).await.unwrap();
}

#[tokio::test]
async fn an_approval_is_good_once_and_for_a_short_time() {
    let mut world = allowing();
    let owner = Owner::of(&world, &[WalletType::Evm]).await;
    let share = &owner.shares[0];
    let over = Some(ErrorCode::SessionExpired);
    let offer = owner.start(&world, share).await.unwrap();
    let used = owner.finish(share, &offer);
    owner.send(&world, &used).await.unwrap();
    assert_eq!(owner.send(&world, &used).await.err(), over);
    // An answer to an earlier question uses the later one up.
    let offer = owner.start(&world, share).await.unwrap();
    assert_eq!(owner.send(&world, &used).await.err(), Some(ErrorCode::NotAuthorised));
    assert_eq!(owner.send(&world, &owner.finish(share, &offer)).await.err(), over);
    // A later question takes the place of an earlier one.
    let earlier = owner.start(&world, share).await.unwrap();
    let later = owner.start(&world, share).await.unwrap();
    assert_ne!(earlier.nonce, later.nonce);
    let refused = owner.send(&world, &owner.finish(share, &earlier)).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    world.pass(60);
    let offer = owner.start(&world, share).await.unwrap();
    world.pass(5 * 60);
    assert_eq!(owner.send(&world, &owner.finish(share, &offer)).await.err(), over);
    let offer = owner.start(&world, share).await.unwrap();
    world.restart();
    assert_eq!(owner.send(&world, &owner.finish(share, &offer)).await.err(), over);
    assert_eq!(recorded(&world, share).1, 1);
}

#[tokio::test]
async fn of_the_same_approval_sent_at_once_one_is_answered() {
    let world = allowing();
    let owner = Owner::of(&world, &[WalletType::Evm]).await;
    let share = &owner.shares[0];
    let offer = owner.start(&world, share).await.unwrap();
    let finish = owner.finish(share, &offer);
    let answers = futures_util::future::join_all((0..4).map(|_| owner.send(&world, &finish))).await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused, [ErrorCode::SessionExpired; 3]);
    assert_eq!(recorded(&world, share).1, 1);
}

#[tokio::test]
async fn what_is_no_approval_by_the_wallets_passkey_reveals_nothing() {
    let world = World::with(|config| {
        config.policy.export = ExportPolicy::Allowed;
        config.limits.export = 100;
    });
    let ada = Owner::of(&world, &[WalletType::Evm, WalletType::Solana]).await;
    let eve = Owner::of(&world, &[WalletType::Evm]).await;
    for share in &ada.shares {
        type Forgery = fn(&Owner, &Owner, &Share, &ExportOffer) -> ExportFinish;
        let forgeries: [(Forgery, ErrorCode); 10] = [
            // Another passkey, known and unknown to the co-signer; and under the name of the wallet's own.
            (
                |ada, eve, share, offer| ada.finish_with(share, eve.browser.assert(&hash(&ada.session, share, offer))),
                ErrorCode::NotAuthorised,
            ),
            (
                |ada, _, share, offer| ada.finish_with(share, Browser::new().assert(&hash(&ada.session, share, offer))),
                ErrorCode::NotAuthorised,
            ),
            (
                |ada, eve, share, offer| {
                    let mut assertion = eve.browser.assert(&hash(&ada.session, share, offer));
                    assertion.credential = ada.browser.credential.clone();
                    ada.finish_with(share, assertion)
                },
                ErrorCode::NotAuthorised,
            ),
            // The person was there, but did not prove who it is.
            (
                |ada, _, share, offer| {
                    let challenge = hash(&ada.session, share, offer);
                    ada.finish_with(share, ada.browser.assert_with(0x01, &challenge))
                },
                ErrorCode::NotAuthorised,
            ),
            // An unlock of the same bytes.
            (
                |ada, _, share, offer| {
                    let bytes = to_bytes(&transcript(&ada.session, share, offer));
                    let challenge = mpc::tags::hash(UNLOCK_TRANSCRIPT, &[&bytes]);
                    ada.finish_with(share, ada.browser.assert(&challenge))
                },
                ErrorCode::NotAuthorised,
            ),
            // Another epoch, another key, another relying party in what was signed.
            (
                |ada, _, share, offer| {
                    let mut transcript = transcript(&ada.session, share, offer);
                    transcript.key.epoch = Epoch(0);
                    signed(ada, share, &transcript)
                },
                ErrorCode::NotAuthorised,
            ),
            (
                |ada, eve, share, offer| {
                    let mut transcript = transcript(&ada.session, share, offer);
                    transcript.key.public_key = eve.shares[0].public_key();
                    signed(ada, share, &transcript)
                },
                ErrorCode::NotAuthorised,
            ),
            (
                |ada, _, share, offer| {
                    let mut transcript = transcript(&ada.session, share, offer);
                    transcript.rp_id = "example.org".to_owned();
                    signed(ada, share, &transcript)
                },
                ErrorCode::NotAuthorised,
            ),
            (
                |ada, _, share, offer| {
                    let mut finish = ada.finish(share, offer);
                    finish.epoch = Epoch(0);
                    finish
                },
                ErrorCode::EpochMismatch,
            ),
            (
                |ada, _, share, offer| {
                    let mut finish = ada.finish(share, offer);
                    finish.assertion.client_data_json.truncate(1);
                    finish
                },
                ErrorCode::InvalidArgument,
            ),
        ];
        for (forge, code) in forgeries {
            let offer = ada.start(&world, share).await.unwrap();
            let forged = forge(&ada, &eve, share, &offer);
            assert_eq!(ada.send(&world, &forged).await.err(), Some(code));
            // And the question is used up.
            let late = ada.send(&world, &ada.finish(share, &offer)).await;
            assert_eq!(late.err(), Some(ErrorCode::SessionExpired));
        }
        assert_eq!(recorded(&world, share), (None, 0));
    }
}

fn signed(owner: &Owner, share: &Share, transcript: &ExportTranscript) -> ExportFinish {
    let challenge = mpc::tags::hash(EXPORT_TRANSCRIPT, &[&to_bytes(transcript)]);
    owner.finish_with(share, owner.browser.assert(&challenge))
}

#[tokio::test]
async fn exports_of_one_session_have_a_limit_of_their_own() {
    let world = World::with(|config| {
        config.policy.export = ExportPolicy::Allowed;
        config.limits.export = 2;
    });
    let owner = Owner::of(&world, &EACH_SCHEME).await;
    let [one, two] = owner.shares.as_slice() else { panic!() };
    for _ in 0..2 {
        owner.start(&world, one).await.unwrap();
    }
    for share in [one, two] {
        let refused = owner.start(&world, share).await;
        assert_eq!(refused.unwrap_err(), ErrorCode::RateLimited);
    }
    let other = random_key();
    owner.browser.unlock(&world, &other, &[one]).await.unwrap();
    let wallet = one.info().wallet;
    world.call(&sealed_by(&other), &ExportStart { wallet }).await.unwrap();
    world.pass(30);
    owner.start(&world, one).await.unwrap();
}

#[tokio::test]
async fn nothing_is_revealed_before_it_is_on_record() {
    let world = allowing();
    let owner = Owner::of(&world, &[WalletType::Evm]).await;
    let share = &owner.shares[0];
    let offer = owner.start(&world, share).await.unwrap();
    let finish = owner.finish(share, &offer);
    let other = rusqlite::Connection::open(&world.config.database).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = owner.send(&world, &finish).await;
    assert_eq!(refused.err(), Some(ErrorCode::StorageUnavailable));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(recorded(&world, share), (None, 0));
    assert_eq!(owner.send(&world, &finish).await.err(), Some(ErrorCode::SessionExpired));
}
