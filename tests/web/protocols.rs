//! Channel and signing, both parties in this page.

use mpc::{
    Digest, PairingId, Path, RunId, Scheme, Share, WalletId,
    channel::{self, ChannelKey},
    ecdsa, eddsa, keygen,
    pairing::{self, ClientPairing, CoSignerPairing, Progress},
};
use rand_core::OsRng;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_request_and_its_answer_pass_the_channel() {
    let (co_signer, browser) = (ChannelKey::random(&mut OsRng), ChannelKey::random(&mut OsRng));
    let (awaiting, request) =
        channel::seal_request(&co_signer.public_key(), Some(&browser), "test", b"question", &mut OsRng).unwrap();
    assert!(channel::open_request(&co_signer, "another", &request).is_err());
    let opened = channel::open_request(&co_signer, "test", &request).unwrap();
    assert_eq!(
        (opened.sender, opened.plaintext.as_slice()),
        (Some(browser.public_key()), &b"question"[..])
    );
    let answer = opened.answering.seal(b"answer", &mut OsRng).unwrap();
    assert_eq!(awaiting.open(&answer).unwrap().as_slice(), b"answer");
}

#[wasm_bindgen_test]
fn both_shares_sign_a_digest() {
    let (client, co_signer) = shares(Scheme::EcdsaSecp256k1);
    let (client_pairing, co_signer_pairing) = paired();
    let digest = Digest([42; 32]);
    for path in [Path::root(), Path::new(vec![0, 5]).unwrap()] {
        let run = RunId::random(&mut OsRng);
        let (awaiting, query) = ecdsa::client_start(&client, &path, &client_pairing, run, digest, &mut OsRng).unwrap();
        let answer =
            ecdsa::co_signer_answer(&co_signer, &path, &co_signer_pairing, run, digest, query, &mut OsRng).unwrap();
        let key = client.info().child(&path).unwrap().public_key().unwrap();
        awaiting.finish(answer).unwrap().verify(&key, &digest).unwrap();
    }
}

#[wasm_bindgen_test]
fn both_shares_sign_a_message() {
    let (client, co_signer) = shares(Scheme::EddsaEd25519);
    let (run, message) = (RunId::random(&mut OsRng), b"a message");
    let (awaiting, query) = eddsa::client_start(&client, run, message, &mut OsRng).unwrap();
    let answer = eddsa::co_signer_answer(&co_signer, run, message, query, &mut OsRng).unwrap();
    let key = client.info().public_key().unwrap();
    awaiting.finish(answer).unwrap().verify(&key, message).unwrap();
}

fn shares(scheme: Scheme) -> (Share, Share) {
    let context = keygen::Context {
        wallet: WalletId::random(&mut OsRng),
        scheme,
        run: RunId::random(&mut OsRng),
    };
    let (client, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
    let (co_signer, offer) = keygen::co_signer_start(context, commitment, &mut OsRng).unwrap();
    let (client, opening) = client.receive(offer).unwrap();
    let (co_signer, confirmation) = co_signer.receive(opening).unwrap();
    (client.receive(confirmation).unwrap(), co_signer)
}

fn paired() -> (ClientPairing, CoSignerPairing) {
    let id = PairingId::random(&mut OsRng);
    let (co_signer, offer) = pairing::co_signer_start(id, &mut OsRng);
    let transfers = pairing::client_start(id, offer).unwrap();
    let Progress::Done(client, answer) = transfers.advance(usize::MAX, &mut OsRng).unwrap() else {
        panic!("every transfer was asked for");
    };
    (client, co_signer.receive(answer).unwrap())
}
