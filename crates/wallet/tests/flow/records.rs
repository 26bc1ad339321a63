//! What a page knows of its wallets by itself: another page's signature is taken where it holds, and nowhere else.

use wallet::{Digest, ErrorCode, Path, Payload, Records, Signature, WalletInfo, WalletType, host::Cancel, path};

use crate::world::{Arrival, Browser, World, payload, sign};

fn bytes(signature: &Signature) -> Vec<u8> {
    match signature {
        Signature::Ecdsa(signature) => [&signature.r[..], &signature.s[..], &[27 + signature.recovery_id]].concat(),
        Signature::Eddsa(signature) => signature.0.to_vec(),
    }
}

async fn records(arrival: &Arrival) -> Records<Browser> {
    let wallet = arrival.reopen().wallets().await.unwrap().remove(0);
    wallet.records().await.unwrap()
}

fn taken(records: &Records<Browser>, wallet: &WalletInfo, payload: &Payload, bytes: &[u8]) -> Result<(), ErrorCode> {
    let taken = records.verify(wallet.id, payload, bytes);
    taken.map(|_| ()).map_err(|error| error.code())
}

#[tokio::test]
async fn another_pages_signature_is_taken_if_it_holds() {
    let arrival = World::new().arrival_of(&[WalletType::Evm, WalletType::Solana]).await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    let records = records(&arrival).await;
    let child = |byte| Payload::Digest {
        digest: Digest([byte; 32]),
        path: path(vec![0, 5]).unwrap(),
    };
    let mut asked: Vec<_> = session
        .wallets()
        .into_iter()
        .map(|info| (payload(&info, 1), payload(&info, 2), info))
        .collect();
    let evm = session
        .wallets()
        .into_iter()
        .find(|info| info.wallet_type == WalletType::Evm)
        .unwrap();
    asked.push((child(1), child(2), evm.clone()));
    for (payload, other, info) in &asked {
        let signature = session
            .sign(info.id, payload.clone(), &Cancel::default())
            .await
            .unwrap();
        let signed = bytes(&signature);
        assert_eq!(records.verify(info.id, payload, &signed).unwrap(), signature);
        assert_eq!(taken(&records, info, other, &signed), Err(ErrorCode::PeerMisbehaved));
        for position in 0..signed.len() {
            let mut forged = signed.clone();
            forged[position] ^= 1;
            assert_eq!(
                taken(&records, info, payload, &forged),
                Err(ErrorCode::PeerMisbehaved),
                "{position}"
            );
        }
        for length in [0, 32, 63, signed.len() - 1] {
            assert_eq!(
                taken(&records, info, payload, &signed[..length]),
                Err(ErrorCode::PeerMisbehaved),
                "{length}"
            );
        }
    }
    let signed = bytes(&session.sign(evm.id, child(1), &Cancel::default()).await.unwrap());
    let root = Payload::Digest {
        digest: Digest([1; 32]),
        path: Path::root(),
    };
    assert_eq!(
        taken(&records, &evm, &root, &signed),
        Err(ErrorCode::PeerMisbehaved),
        "a child's is not the wallet's"
    );
    let unknown = wallet::WalletId([9; 16]);
    assert_eq!(
        records.verify(unknown, &root, &signed).unwrap_err().code(),
        ErrorCode::WalletNotFound
    );
}

#[tokio::test]
async fn stored_records_move_the_epoch_and_never_the_key() {
    let arrival = World::new().arrival().await;
    let wallet = arrival.finish().await.unwrap().wallets.remove(0);
    let records = records(&arrival).await;
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    session.rotate(&Cancel::default(), &|_| ()).await.unwrap();
    assert_eq!(records.wallets()[0].epoch.0, 1);
    records.look().await.unwrap();
    assert_eq!(records.wallets()[0].epoch.0, 2);
    sign(&session, 1).await.unwrap();

    // Another script of the origin writes a wallet of its own in its place, at a later epoch.
    let stranger = World::new().arrival().await;
    let other = stranger.finish().await.unwrap().wallets.remove(0);
    let session = other
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await
        .unwrap();
    for _ in 0..2 {
        session.rotate(&Cancel::default(), &|_| ()).await.unwrap();
    }
    let known = records.wallets();
    let key = arrival
        .browser
        .store
        .records()
        .into_iter()
        .find(|record| record.key.starts_with("wallet/"))
        .unwrap()
        .key;
    let mut forged = stranger.browser.store.records();
    for record in forged.iter_mut().filter(|record| record.key.starts_with("wallet/")) {
        record.key.clone_from(&key);
    }
    arrival.browser.store.set(forged);
    records.look().await.unwrap();
    assert_eq!(records.wallets(), known);
}
