//! Stored forms of released versions, which every later release reads. The file of a version is written once and never again.

use mpc::{
    Digest, Path, Role, RunId, Share, ecdsa, eddsa,
    pairing::{ClientPairing, CoSignerPairing},
};
use rand_core::OsRng;
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const V1: &str = include_str!("../../vectors/stored-v1.json");

fn samples() -> Value {
    serde_json::from_str(V1).unwrap()
}

fn field(value: &Value, name: &str) -> Vec<u8> {
    hex::decode(value[name].as_str().unwrap()).unwrap()
}

/// Both shares of each key at each epoch: the client's, then the co-signer's.
fn shares() -> Vec<[Share; 2]> {
    let read = |pair: &Value| ["client", "co_signer"].map(|role| Share::from_bytes(&field(pair, role)).unwrap());
    let shares: Vec<_> = samples()["shares"].as_array().unwrap().iter().map(read).collect();
    assert_eq!(shares.len(), 4);
    shares
}

fn pairings() -> (ClientPairing, CoSignerPairing) {
    let pairing = &samples()["pairing"];
    let client = ClientPairing::from_bytes(&field(pairing, "client")).unwrap();
    (
        client,
        CoSignerPairing::from_bytes(&field(pairing, "co_signer")).unwrap(),
    )
}

#[test]
fn shares_of_version_1_say_what_they_said() {
    for (pair, shares) in samples()["shares"].as_array().unwrap().iter().zip(shares()) {
        assert_eq!(shares.each_ref().map(Share::role), [Role::Client, Role::CoSigner]);
        for share in &shares {
            let info = share.info();
            assert_eq!(info.wallet.0[..], field(pair, "wallet"));
            assert_eq!(info.scheme as u64, pair["scheme"].as_u64().unwrap());
            assert_eq!(u64::from(info.epoch.0), pair["epoch"].as_u64().unwrap());
            assert_eq!(info.key_id[..], field(pair, "key_id"));
            assert_eq!(info.chain_code[..], field(pair, "chain_code"));
            assert_eq!(info.client.to_bytes()[..], field(pair, "client_public_share"));
            assert_eq!(info.co_signer.to_bytes()[..], field(pair, "co_signer_public_share"));
            assert_eq!(share.public_key().to_bytes()[..], field(pair, "public_key"));
        }
    }
}

#[test]
fn a_pairing_of_version_1_says_what_it_said() {
    let (client, co_signer) = pairings();
    let id = field(&samples()["pairing"], "id");
    assert_eq!((&client.id().0[..], &co_signer.id().0[..]), (&id[..], &id[..]));
}

#[test]
fn shares_and_pairings_of_version_1_sign() {
    let (client_pairing, co_signer_pairing) = pairings();
    let digest = Digest([5; 32]);
    for [client, co_signer] in shares() {
        let (run, key) = (RunId::random(&mut OsRng), client.public_key());
        if key.ed25519().is_ok() {
            let (awaiting, query) = eddsa::client_start(&client, run, &digest.0, &mut OsRng).unwrap();
            let answer = eddsa::co_signer_answer(&co_signer, run, &digest.0, query, &mut OsRng).unwrap();
            awaiting.finish(answer).unwrap().verify(&key, &digest.0).unwrap();
        } else {
            let (path, rng) = (Path::root(), &mut OsRng);
            let (awaiting, query) = ecdsa::client_start(&client, &path, &client_pairing, run, digest, rng).unwrap();
            let answer =
                ecdsa::co_signer_answer(&co_signer, &path, &co_signer_pairing, run, digest, query, rng).unwrap();
            awaiting.finish(answer).unwrap().verify(&key, &digest).unwrap();
        }
    }
}
