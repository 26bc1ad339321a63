//! A whole run, read back from its log: no key, share, identifier or token stands in any line.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use mpc::{RunId, export::client_combine};
use rand_core::OsRng;
use tracing_subscriber::fmt::MakeWriter;
use wire::{Envelope, WalletType};

use crate::{
    browser::Browser,
    exports, imports,
    world::{EMAIL, random_key, sealed_by, signing},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_or_identifier_is_logged() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For all threads: steps run on others than the test's.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let world = exports::allowing();
    let imported = imports::key();
    imports::imported(&world, WalletType::Evm, &imported).await;
    let (share, pairing) = (world.wallet().await, world.pairing().await);
    let browser = Browser::new();
    let ticket = world.ticket(&[&share], &browser.key);
    let started = browser.start(&world, ticket.clone(), &[&share]).await.unwrap();
    let claim = started.offer.claim;
    let refreshed = browser.refresh(&world, started, &[&share]).await.unwrap();
    let prepared = browser.prepare(&world, refreshed).await.unwrap();
    let commit = browser.confirm(&world, &prepared).await.unwrap();
    let receipts = browser.commit(&world, &commit).await.unwrap();
    let session = random_key();
    let new = &prepared.shares[0];
    browser.unlock(&world, &session, &[new]).await.unwrap();
    world.sign(&sealed_by(&session), new, &prepared.pairing).await.unwrap();
    let revealed = exports::exported(&world, &browser, &session, new).await;
    let exported = client_combine(new, borsh::from_slice(&borsh::to_vec(&revealed).unwrap()).unwrap()).unwrap();
    // Refusals are where identifiers slip into texts.
    world.sign(&world.back_end(), &share, &pairing).await.unwrap_err();
    browser.start(&world, ticket.clone(), &[&share]).await.err().unwrap();
    let (_, message) = signing(new, &prepared.pairing, RunId::random(&mut OsRng));
    world
        .call(&sealed_by(&session), &crate::back_end::cheating(&message))
        .await
        .unwrap_err();
    let wrong = serde_json::json!({ "claimantId": { "email": EMAIL, "phone": EMAIL } });
    let answer = world
        .json::<serde_json::Value>(&world.back_end(), wire::control::LOOKUP, wrong)
        .await;
    answer.unwrap_err();
    world.state.sweep().unwrap();

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("/v1/claim/commit") && text.contains("already_claimed") && text.contains("peer_misbehaved"));
    assert!(text.contains("/v1/import/finish") && text.contains("/v1/export/finish"));
    let bytes: [(&str, Vec<u8>); 12] = [
        ("wallet", share.info().wallet.0.to_vec()),
        ("claim", claim.to_vec()),
        ("old share", share.to_bytes()[2..34].to_vec()),
        ("new share", new.to_bytes()[2..34].to_vec()),
        ("public key", share.public_key().to_bytes()[1..].to_vec()),
        ("credential", browser.credential[1..33].to_vec()),
        // Behind the public id of the API key that signed it, which a log may name.
        ("ticket", ticket.to_envelope()[18..50].to_vec()),
        ("receipt", receipts[0].signature.to_vec()),
        ("session", session.public_key().0.to_vec()),
        ("imported key", imported.to_vec()),
        ("revealed share", borsh::to_vec(&revealed).unwrap()),
        ("exported key", exported.to_vec()),
    ];
    for (name, bytes) in bytes {
        let list = format!("{:?}", &bytes[..8]);
        let texts = [
            hex::encode(&bytes[..8]),
            Base64UrlUnpadded::encode_string(&bytes)[..10].to_owned(),
            list[1..list.len() - 1].to_owned(),
        ];
        for found in texts {
            assert!(!text.contains(&found), "{name}");
        }
    }
    let kek = std::fs::read_to_string(world.folder.path().join("kek")).unwrap();
    for (name, found) in [
        ("email", EMAIL),
        ("API key", world.key.to_text().as_str()),
        ("API key's secret", &world.key.to_text()[20..40]),
        ("key-encryption key", kek.trim()),
        ("bearer", "ck_"),
    ] {
        assert!(!text.contains(found), "{name}");
    }
}
