//! A page proves which wallet it holds, and its back end checks it.

use cosigner::proof_keys;
use futures_util::FutureExt;
use wallet::{
    ClaimantId, Error, ErrorCode, Server, Session, SessionOptions, WalletId, WalletType,
    host::{Cancel, CoSigner, Host, HttpRequest},
    ownership::{Expected, Keys, Proof, VerifiedProof},
    receipt,
};

use crate::{
    network::Fate,
    world::{Arrival, BackEnd, Browser, World, ada},
};

const SHOP: &str = "https://shop.example";
const KEY_SET: &str = "/.well-known/jwks.json";

struct Scene {
    world: World,
    arrival: Arrival,
    session: Session<Browser>,
    receipt: String,
    host: std::rc::Rc<BackEnd>,
    server: Server<BackEnd>,
}

impl Scene {
    async fn new() -> Self {
        Self::of(WalletType::Evm).await
    }

    async fn of(wallet_type: WalletType) -> Self {
        let world = World::new();
        let arrival = world.arrival_of(&[wallet_type]).await;
        let mut claimed = arrival.finish().await.unwrap();
        let options = SessionOptions::default();
        let session = claimed.wallets[0].unlock(options, &Cancel::default()).await.unwrap();
        let host = world.back_end();
        let server = world.connect(host.clone()).await;
        host.network.sent();
        arrival.browser.network.sent();
        Self {
            receipt: claimed.receipts.remove(0),
            world,
            arrival,
            session,
            host,
            server,
        }
    }

    fn wallet(&self) -> WalletId {
        self.session.wallets()[0].id
    }

    async fn prove(&self, nonce: &str) -> String {
        self.session
            .prove(self.wallet(), SHOP, nonce, &Cancel::default())
            .await
            .unwrap()
    }

    async fn verify(&self, proof: &str, nonce: &str) -> Result<VerifiedProof, Error> {
        let expected = Expected::new(SHOP, nonce, Some(ada()), None).unwrap();
        self.server.verify_proof(proof, &expected, &Cancel::default()).await
    }

    /// How often the back end fetched the key set since it was asked last.
    fn fetched(&self) -> usize {
        let sent = self.host.network.sent();
        assert!(sent.iter().all(|sent| sent.path == KEY_SET));
        sent.len()
    }
}

fn code(outcome: Result<VerifiedProof, Error>) -> (ErrorCode, String) {
    let error = outcome.unwrap_err();
    (error.code(), error.to_string())
}

#[tokio::test]
async fn a_back_end_learns_which_wallet_its_visitor_holds() {
    for wallet_type in [WalletType::Evm, WalletType::Cosmos, WalletType::Solana] {
        let scene = Scene::of(wallet_type).await;
        let proof = scene.prove("n1").await;
        let sent = scene.arrival.browser.network.sent();
        assert_eq!(sent.iter().map(|sent| &*sent.path).collect::<Vec<_>>(), ["/v1/prove"]);
        let verified = scene.verify(&proof, "n1").await.unwrap();
        assert_eq!(verified.wallet, scene.session.wallets()[0]);
        let receipt = receipt::verify(&scene.receipt, None).unwrap();
        assert_eq!(verified.wallet.id, receipt.wallet);
        assert_eq!(verified.wallet.epoch, receipt.epoch);
        assert_eq!(
            (verified.issued_at, verified.expires_at),
            (scene.world.now(), scene.world.now() + 300)
        );
    }
}

#[tokio::test]
async fn a_proof_is_good_for_one_audience_one_nonce_one_claimant_and_five_minutes() {
    let scene = Scene::new().await;
    let proof = scene.prove("n1").await;
    let cancel = Cancel::default();
    let with = async |audience: &str, nonce: &str, claimant: Option<ClaimantId>| {
        let expected = Expected::new(audience, nonce, claimant, None).unwrap();
        scene.server.verify_proof(&proof, &expected, &cancel).await
    };
    with(SHOP, "n1", None).await.unwrap();
    let eve = ClaimantId::Email("eve@example.com".to_owned());
    for (audience, nonce, claimant, sentence) in [
        ("https://other.example", "n1", None, "another audience"),
        (SHOP, "n2", None, "another nonce"),
        (SHOP, "n1", Some(eve), "another claimant"),
    ] {
        let (code, said) = code(with(audience, nonce, claimant).await);
        assert_eq!(code, ErrorCode::NotAuthorised);
        assert!(said.contains(sentence), "{said}");
    }
    scene.world.pass(359);
    with(SHOP, "n1", Some(ada())).await.unwrap();
    scene.world.pass(1);
    assert!(code(with(SHOP, "n1", None).await).1.contains("is over"));
}

#[tokio::test]
async fn a_key_set_is_fetched_once_and_again_for_a_key_that_was_rotated_in() {
    let scene = Scene::new().await;
    let first = scene.prove("n1").await;
    scene.verify(&first, "n1").await.unwrap();
    assert_eq!(scene.fetched(), 1);
    for nonce in ["n2", "n3"] {
        let proof = scene.prove(nonce).await;
        scene.verify(&proof, nonce).await.unwrap();
    }
    assert_eq!(scene.fetched(), 0);
    proof_keys::rotate(&scene.world.state).unwrap();
    let rotated = scene.prove("n4").await;
    // Within the minute nothing is fetched: anyone can make up a key.
    assert!(
        code(scene.verify(&rotated, "n4").await)
            .1
            .contains("not in the key set")
    );
    assert_eq!(scene.fetched(), 0);
    scene.world.pass(60);
    scene.verify(&rotated, "n4").await.unwrap();
    // What the old key signed still holds.
    scene.verify(&first, "n1").await.unwrap();
    assert_eq!(scene.fetched(), 1);
}

#[tokio::test]
async fn a_key_set_grows_old_and_outlives_a_co_signer_that_is_away() {
    let scene = Scene::new().await;
    scene.host.network.strike_path(KEY_SET, Fate::RequestLost);
    let proof = scene.prove("n0").await;
    assert_eq!(code(scene.verify(&proof, "n0").await).0, ErrorCode::CoSignerUnreachable);
    scene.host.network.heal();
    scene.world.pass(60);
    scene.verify(&proof, "n0").await.unwrap();
    scene.fetched();
    for _ in 0..3 {
        scene.world.pass(20 * 60);
        scene.session.refresh(&Cancel::default()).await.unwrap();
    }
    let proof = scene.prove("n1").await;
    scene.host.network.strike_path(KEY_SET, Fate::RequestLost);
    scene.verify(&proof, "n1").await.unwrap();
    assert_eq!(scene.fetched(), 1);
    scene.host.network.heal();
    // A fetch that failed counts for the pause, too.
    scene.verify(&proof, "n1").await.unwrap();
    assert_eq!(scene.fetched(), 0);
    scene.world.pass(60);
    scene.verify(&proof, "n1").await.unwrap();
    scene.verify(&proof, "n1").await.unwrap();
    assert_eq!(scene.fetched(), 1);
}

#[tokio::test]
async fn a_key_set_that_can_not_be_had_is_asked_for_once_a_minute() {
    let scene = Scene::new().await;
    let proof = scene.prove("n1").await;
    scene.host.network.strike_path(KEY_SET, Fate::RequestLost);
    let at_once = futures_util::future::join_all((0..30).map(|_| scene.verify(&proof, "n1"))).await;
    for outcome in at_once {
        assert_eq!(code(outcome).0, ErrorCode::CoSignerUnreachable);
    }
    assert_eq!(scene.fetched(), 1);
    for second in 0..59 {
        scene.world.pass(1);
        assert!(scene.verify(&proof, "n1").await.is_err(), "{second}");
    }
    assert_eq!(scene.fetched(), 0);
    scene.host.network.heal();
    scene.world.pass(1);
    let at_once = futures_util::future::join_all((0..30).map(|_| scene.verify(&proof, "n1"))).await;
    assert!(at_once.iter().all(Result::is_ok));
    assert_eq!(scene.fetched(), 1);
}

/// Who sends proofs by made-up keys keeps no honest one waiting.
#[tokio::test]
async fn a_proof_whose_key_is_held_waits_for_no_fetch() {
    let scene = Scene::new().await;
    let proof = scene.prove("n1").await;
    scene.verify(&proof, "n1").await.unwrap();
    proof_keys::rotate(&scene.world.state).unwrap();
    let unknown = scene.prove("n2").await;
    scene.world.pass(60);
    // A co-signer that never answers.
    let never = axum::routing::get(core::future::pending::<()>);
    scene.host.network.replace(axum::Router::new().route(KEY_SET, never));
    let (stuck, held) = (scene.verify(&unknown, "n2"), scene.verify(&proof, "n1"));
    let mut stuck = core::pin::pin!(stuck);
    assert!((&mut stuck).now_or_never().is_none());
    held.now_or_never().unwrap().unwrap();
    // Nor where the set has grown old.
    let mut line = core::pin::pin!(scene.verify(&unknown, "n2"));
    assert!((&mut line).now_or_never().is_none());
    scene.verify(&proof, "n1").now_or_never().unwrap().unwrap();
}

#[tokio::test]
async fn a_fetch_that_its_caller_called_off_is_made_by_the_next() {
    let scene = Scene::new().await;
    let proof = scene.prove("n1").await;
    scene.host.network.strike(0, Fate::Cancelled);
    let cancelled = scene.verify(&proof, "n1").await;
    assert_eq!(code(cancelled).0, ErrorCode::Cancelled);
    scene.verify(&proof, "n1").await.unwrap();
    assert_eq!(scene.fetched(), 2);
}

#[tokio::test]
async fn the_key_set_of_another_co_signer_verifies_nothing() {
    let (scene, other) = (Scene::new().await, Scene::new().await);
    let proof = scene.prove("n1").await;
    let foreign = other.prove("n1").await;
    // Someone on the way gives another co-signer's key set.
    scene.host.network.replace(cosigner::app(other.world.state.clone()));
    assert!(code(scene.verify(&proof, "n1").await).1.contains("not in the key set"));
    assert!(
        code(scene.verify(&foreign, "n1").await)
            .1
            .contains("another co-signer's")
    );
}

#[tokio::test]
async fn a_proof_is_verified_without_a_network() {
    let scene = Scene::new().await;
    let proof = scene.prove("n1").await;
    let cancel = Cancel::default();
    let request = HttpRequest {
        body: None,
        path: KEY_SET,
        content_type: "application/json",
        authorization: None,
        headers: &[],
        answer_limit: 65_536,
        cancel: &cancel,
    };
    let answer = scene.host.co_signer().send(request).await.unwrap();
    let jwks = String::from_utf8(answer.body).unwrap();
    let keys = Keys::read(&jwks, &scene.world.state.identity()).unwrap();
    let expected = Expected::new(SHOP, "n1", Some(ada()), None).unwrap();
    let verified = Proof::read(&proof).unwrap().verify(&keys, &expected, scene.world.now());
    assert_eq!(verified.unwrap().wallet, scene.session.wallets()[0]);
}

#[tokio::test]
async fn nothing_is_asked_for_that_could_not_be_given() {
    let scene = Scene::new().await;
    let cancel = Cancel::default();
    for (wallet, audience, nonce, code) in [
        (scene.wallet(), "", "n1", ErrorCode::InvalidArgument),
        (scene.wallet(), SHOP, "a blank", ErrorCode::InvalidArgument),
        (WalletId([0; 16]), SHOP, "n1", ErrorCode::WalletNotFound),
    ] {
        let refused = scene.session.prove(wallet, audience, nonce, &cancel).await.unwrap_err();
        assert_eq!(refused.code(), code);
    }
    scene.session.lock().await;
    scene.arrival.browser.network.sent();
    let refused = scene
        .session
        .prove(scene.wallet(), SHOP, "n1", &cancel)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), ErrorCode::SessionExpired);
    assert!(scene.arrival.browser.network.sent().is_empty());
}
