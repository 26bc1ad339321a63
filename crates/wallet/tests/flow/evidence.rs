//! The evidence that a share is dead: given by the co-signer, checked here, kept for who reads it later.

use axum::{Json, Router, http::StatusCode};
use ed25519_dalek::{Signer, SigningKey};
use wallet::{
    Epoch, Error, ErrorCode, WalletType,
    host::Cancel,
    receipt,
    refusal::{self, VerifiedRefusal},
};
use wire::{Envelope, ErrorBody, Refusal};

use crate::{
    network::Fate,
    world::{Arrival, MIXES, World, payload},
};

/// The receipts and the refusals of one claim of three wallets, a text a line: as the demo's page gives them to its person.
const V1: &str = include_str!("../released/evidence-v1.txt");

/// What signing with each prepared share is answered.
async fn old_shares(arrival: &Arrival) -> Vec<Error> {
    let mut answers = Vec::new();
    for share in &arrival.shares {
        let handle = arrival.server.with_share(share.clone()).unwrap();
        let asked = handle.sign(payload(handle.wallet(), 1), &Cancel::default()).await;
        answers.push(asked.unwrap_err());
    }
    answers
}

#[tokio::test]
async fn a_dead_share_is_refused_with_evidence_that_goes_with_the_receipt() {
    for types in MIXES {
        let world = World::new();
        let arrival = world.arrival_of(types).await;
        let receipts = arrival.finish().await.unwrap().receipts;
        world.pass(100);
        for (error, receipt) in old_shares(&arrival).await.iter().zip(&receipts) {
            assert_eq!(error.code(), ErrorCode::AlreadyClaimed);
            let refusal = refusal::verify(error.refusal().unwrap(), Some(&world.state.identity())).unwrap();
            let receipt = receipt::verify(receipt, None).unwrap();
            assert_eq!(refusal.check_against(&receipt), Ok(()));
            assert_eq!(
                (refusal.epoch, refusal.committed_at, refusal.refused_at),
                (Epoch(0), world.now() - 100, world.now())
            );
        }
    }
}

#[tokio::test]
async fn a_claim_with_a_dead_share_is_refused_with_evidence() {
    let world = World::new();
    let arrival = world.arrival().await;
    arrival.finish().await.unwrap();
    let late = world.arrival_with(world.server().await, arrival.shares).await;
    let error = late.finish().await.err().unwrap();
    assert_eq!(error.code(), ErrorCode::AlreadyClaimed);
    refusal::verify(error.refusal().unwrap(), Some(&world.state.identity())).unwrap();
}

#[tokio::test]
async fn what_something_in_between_gives_for_evidence_is_not_told_as_such() {
    let world = World::new();
    let mut arrival = world.arrival().await;
    arrival.finish().await.unwrap();
    let genuine = old_shares(&arrival).await.remove(0).refusal().unwrap().to_owned();
    let host = world.back_end();
    arrival.server = world.connect(host.clone()).await;
    old_shares(&arrival).await;
    for (evidence, is_told) in [
        (genuine.clone(), true),
        (of_another_co_signer(&genuine), false),
        (with_another_epoch(&genuine), false),
        ("hello".to_owned(), false),
        ("A".repeat(2_000), false),
    ] {
        let body = refusing_with(&evidence);
        host.network.says.replace(Some(body.clone()));
        host.network
            .strike_path("/v1/sign", Fate::Refused(ErrorCode::AlreadyClaimed));
        let error = old_shares(&arrival).await.remove(0);
        assert_eq!(error.code(), ErrorCode::AlreadyClaimed);
        assert_eq!(error.refusal(), is_told.then_some(evidence.as_str()));
        // In clear it is something's word, whatever comes with it.
        host.network.heal();
        host.network.replace(answering_with(body));
        let error = old_shares(&arrival).await.remove(0);
        assert_eq!((error.code(), error.refusal()), (ErrorCode::CoSignerUnreachable, None));
        assert!(error.is_retryable());
        host.network.replace(world.restarted());
    }
}

fn refusing_with(evidence: &str) -> ErrorBody {
    ErrorBody {
        refusal: Some(evidence.to_owned()),
        ..ErrorBody::new(ErrorCode::AlreadyClaimed, "a sentence")
    }
}

/// Something between here and there, which answers everything alike.
fn answering_with(body: ErrorBody) -> Router {
    Router::new().fallback(async move || (StatusCode::CONFLICT, Json(body)))
}

/// The same, by another co-signer, which signs it truly.
fn of_another_co_signer(genuine: &str) -> String {
    let key = SigningKey::from_bytes(&[7; 32]);
    let mut refusal = Refusal::from_text(genuine).unwrap();
    refusal.body.co_signer = key.verifying_key().to_bytes();
    refusal.signature = key.sign(&refusal.body.signed_bytes()).to_bytes();
    refusal.to_text().to_string()
}

fn with_another_epoch(genuine: &str) -> String {
    let mut refusal = Refusal::from_text(genuine).unwrap();
    refusal.body.epoch.0 += 1;
    refusal.to_text().to_string()
}

/// Made by a real claim, once, while the file was empty (`CLAIMKIT_BLESS=1`); whoever kept such a file can have it checked for good.
#[tokio::test]
async fn evidence_of_version_1_holds() {
    if V1.is_empty() && std::env::var_os("CLAIMKIT_BLESS").is_some() {
        let world = World::new();
        let arrival = world
            .arrival_of(&[WalletType::Evm, WalletType::Solana, WalletType::Cosmos])
            .await;
        let mut lines = arrival.finish().await.unwrap().receipts;
        world.pass(100);
        let refusals = old_shares(&arrival).await;
        lines.extend(refusals.iter().map(|error| error.refusal().unwrap().to_owned()));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/released/evidence-v1.txt");
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
        return;
    }
    let lines: Vec<_> = V1.lines().collect();
    let (receipts, refusals) = lines.split_at(3);
    assert_eq!(refusals.len(), 3);
    for (receipt, text) in receipts.iter().zip(refusals) {
        let receipt = receipt::verify(receipt, None).unwrap();
        let refusal: VerifiedRefusal = refusal::verify(text, None).unwrap();
        assert_eq!(refusal.check_against(&receipt), Ok(()));
    }
}
