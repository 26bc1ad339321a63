//! What comes from outside, damaged in every field.

use base64ct::{Base64UrlUnpadded, Encoding};
use mpc::tags;
use wallet::{CoSignerIdentity, Error, ErrorCode, Kit, Proof, WalletType, host::Cancel, receipt};
use wire::{
    Envelope, PreparedShare, SecretBytes,
    share::HandOff,
    statement::{SHARE_CHECKSUM, to_bytes},
};
use zeroize::Zeroizing;

use crate::world::{Arrival, World, create, digest, options};

fn with_flipped_bit(text: &str, bit: usize) -> String {
    let mut bytes = Base64UrlUnpadded::decode_vec(text).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Base64UrlUnpadded::encode_string(&bytes)
}

fn bits(text: &str) -> usize {
    Base64UrlUnpadded::decode_vec(text).unwrap().len() * 8
}

async fn load(arrival: &Arrival, text: &str) -> Result<(), Error> {
    arrival
        .kit
        .load(vec![Zeroizing::new(text.to_owned())], &Cancel::default())
        .await
        .map(|_| ())
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_a_prepared_share_is_noticed() {
    every_flipped_bit_is_noticed(WalletType::Evm).await;
    every_flipped_bit_is_noticed(WalletType::Solana).await;
}

async fn every_flipped_bit_is_noticed(wallet_type: WalletType) {
    let arrival = World::new().arrival_of(&[wallet_type]).await;
    let text = arrival.shares[0].as_str();
    load(&arrival, text).await.unwrap();
    for bit in 0..bits(text) {
        let code = load(&arrival, &with_flipped_bit(text, bit)).await.unwrap_err().code();
        let expected = if bit / 8 == 4 {
            ErrorCode::VersionUnsupported
        } else {
            ErrorCode::ShareInvalid
        };
        assert_eq!(code, expected, "bit {bit}");
    }
    for end in 0..text.len() {
        assert_eq!(
            load(&arrival, &text[..end]).await.unwrap_err().code(),
            ErrorCode::ShareInvalid,
            "{end}"
        );
    }
    assert_eq!(
        load(&arrival, &format!("{text}AAAA")).await.unwrap_err().code(),
        ErrorCode::ShareInvalid
    );
    assert_eq!(
        load(&arrival, &"A".repeat(100_000)).await.unwrap_err().code(),
        ErrorCode::ShareInvalid
    );
    load(&arrival, &format!(" {text}\n")).await.unwrap();
}

/// A share whose maker has repaired the checksum: not damaged, but not what the co-signer knows.
fn forged(text: &str, change: impl Fn(&mut PreparedShare)) -> Zeroizing<String> {
    let mut share = PreparedShare::from_text(text).unwrap();
    change(&mut share);
    let (claimant, bytes) = (share.claimant.clone(), share.share.as_bytes().to_vec());
    let fields = (share.wallet_type, claimant, share.co_signer, bytes);
    share.checksum = tags::hash(SHARE_CHECKSUM, &[&to_bytes(&fields)]);
    share.to_text()
}

#[tokio::test]
async fn a_forged_share_is_refused_where_it_lies() {
    let world = World::new();
    let arrival = world.arrival().await;
    let text = arrival.shares[0].as_str();
    assert_eq!(*forged(text, |_| ()), text);
    // The pinned key of another co-signer: the kit expects this one.
    let other = World::new().state.identity();
    let foreign = forged(text, |share| share.co_signer = other);
    assert_eq!(
        load(&arrival, &foreign).await.unwrap_err().code(),
        ErrorCode::ShareInvalid
    );
    // Another claimant than the ticket's.
    let renamed = forged(text, |share| {
        share.claimant = wallet::ClaimantId::CustomId("eve".to_owned())
    });
    let claim = arrival.kit.load(vec![renamed], &Cancel::default()).await.unwrap();
    assert_eq!(
        claim.finish(arrival.options()).await.err().unwrap().code(),
        ErrorCode::NotAuthorised
    );
    // A share that does not fit its public share.
    let torn = forged(text, |share| {
        let mut bytes = share.share.as_bytes().to_vec();
        bytes[33] ^= 1;
        share.share = SecretBytes::from(Zeroizing::new(bytes));
    });
    assert_eq!(load(&arrival, &torn).await.unwrap_err().code(), ErrorCode::ShareInvalid);
    // What it is for: another scheme's type does not fit the share; one of the same scheme is the share's word alone.
    let mistyped = forged(text, |share| share.wallet_type = WalletType::Solana);
    assert_eq!(
        load(&arrival, &mistyped).await.unwrap_err().code(),
        ErrorCode::ShareInvalid
    );
    // Another public share of the co-signer, and so another wallet's key.
    let stranger = create(&arrival.server).await.share;
    let stranger = PreparedShare::from_text(&stranger).unwrap();
    let swapped = forged(text, |share| {
        let mut bytes = share.share.as_bytes().to_vec();
        let start = bytes.len() - 33;
        bytes[start..].copy_from_slice(&stranger.share.as_bytes()[start..]);
        share.share = SecretBytes::from(Zeroizing::new(bytes));
    });
    let claim = arrival
        .kit
        .load(vec![swapped.clone()], &Cancel::default())
        .await
        .unwrap();
    assert_eq!(
        claim.finish(arrival.options()).await.err().unwrap().code(),
        ErrorCode::ShareInvalid
    );
    let handle = arrival.server.with_share(swapped).unwrap();
    assert!(handle.sign(digest(1), &Cancel::default()).await.is_err());
    // Another epoch.
    let later = forged(text, |share| {
        let mut bytes = share.share.as_bytes().to_vec();
        bytes[51] = 1;
        share.share = SecretBytes::from(Zeroizing::new(bytes));
    });
    let claim = arrival.kit.load(vec![later], &Cancel::default()).await.unwrap();
    assert_eq!(
        claim.finish(arrival.options()).await.err().unwrap().code(),
        ErrorCode::EpochMismatch
    );
    assert!(arrival.browser.passkeys.prompts.borrow().is_empty());
    assert!(arrival.prepared_share_signs().await);
    arrival.finish().await.unwrap();
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_a_hand_off_is_noticed() {
    let arrival = World::new().arrival().await;
    let text = &arrival.hand_off.share;
    for bit in 0..bits(text) {
        let code = load(&arrival, &with_flipped_bit(text, bit)).await.unwrap_err().code();
        let expected = if bit / 8 == 4 {
            ErrorCode::VersionUnsupported
        } else {
            ErrorCode::ShareInvalid
        };
        assert_eq!(code, expected, "bit {bit}");
    }
}

#[tokio::test]
async fn a_hand_off_opens_in_one_browser_only() {
    let world = World::new();
    let arrival = world.arrival().await;
    let text = Zeroizing::new(arrival.hand_off.share.clone());
    let other = Kit::new(world.browser(), None);
    assert_eq!(
        other
            .load(vec![text.clone()], &Cancel::default())
            .await
            .err()
            .unwrap()
            .code(),
        ErrorCode::ShareInvalid
    );
    // Addressed anew, it still does not open.
    let mut hand_off = HandOff::from_text(&text).unwrap();
    hand_off.to = other.public_key();
    assert_eq!(
        other
            .load(vec![hand_off.to_text()], &Cancel::default())
            .await
            .err()
            .unwrap()
            .code(),
        ErrorCode::ShareInvalid
    );
    // Nor next to another share.
    let both = vec![text, arrival.shares[0].clone()];
    assert_eq!(
        arrival.kit.load(both, &Cancel::default()).await.err().unwrap().code(),
        ErrorCode::ShareInvalid
    );
}

#[tokio::test]
async fn only_a_proper_set_of_shares_is_loaded() {
    let world = World::new();
    let arrival = world.arrival().await;
    let share = arrival.shares[0].clone();
    let code = async |shares| {
        let loaded = arrival.kit.load(shares, &Cancel::default()).await;
        loaded.err().map(|error| error.code())
    };
    assert_eq!(code(vec![]).await, Some(ErrorCode::InvalidArgument));
    assert_eq!(
        code(vec![share.clone(), share.clone()]).await,
        Some(ErrorCode::InvalidArgument)
    );
    let grace = wallet::ClaimantId::CustomId("grace".to_owned());
    let graces = arrival
        .server
        .create_wallet(wallet::WalletType::Evm, grace, &Cancel::default())
        .await
        .unwrap()
        .share;
    assert_eq!(code(vec![share.clone(), graces]).await, Some(ErrorCode::ShareInvalid));
    let foreign = create(&World::new().server().await).await.share;
    assert_eq!(code(vec![share.clone(), foreign]).await, Some(ErrorCode::ShareInvalid));
    let mut many = vec![share];
    for _ in 0..16 {
        many.push(create(&arrival.server).await.share);
    }
    assert_eq!(code(many.clone()).await, Some(ErrorCode::InvalidArgument));
    assert_eq!(code(many[..16].to_vec()).await, None);
    let hand_off = arrival
        .server
        .seal_for(many[..16].to_vec(), &arrival.kit.public_key_text(), None)
        .unwrap();
    assert_eq!(code(vec![Zeroizing::new(hand_off.share)]).await, None);
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_a_ticket_is_noticed() {
    let arrival = World::new().arrival().await;
    let ticket = &arrival.hand_off.ticket;
    for bit in (0..bits(ticket)).step_by(3) {
        let proof = Proof::Ticket(with_flipped_bit(ticket, bit));
        let code = arrival.claim.finish(options(proof)).await.err().unwrap().code();
        assert!(
            matches!(
                code,
                ErrorCode::InvalidArgument | ErrorCode::NotAuthorised | ErrorCode::VersionUnsupported
            ),
            "bit {bit}: {code}"
        );
    }
    assert!(arrival.browser.passkeys.prompts.borrow().is_empty());
    arrival.finish().await.unwrap();
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_a_receipt_is_noticed() {
    every_flipped_bit_of_a_receipt_is_noticed(WalletType::Evm).await;
    every_flipped_bit_of_a_receipt_is_noticed(WalletType::Solana).await;
}

async fn every_flipped_bit_of_a_receipt_is_noticed(wallet_type: WalletType) {
    let world = World::new();
    let arrival = world.arrival_of(&[wallet_type]).await;
    let text = arrival.finish().await.unwrap().receipts.remove(0);
    receipt::verify(&text, None).unwrap();
    for bit in 0..bits(&text) {
        let code = receipt::verify(&with_flipped_bit(&text, bit), None).unwrap_err().code();
        let expected = if bit / 8 == 4 {
            ErrorCode::VersionUnsupported
        } else {
            ErrorCode::InvalidArgument
        };
        assert_eq!(code, expected, "bit {bit}");
    }
    let other = CoSignerIdentity {
        receipt: [1; 32],
        ..world.state.identity()
    };
    assert_eq!(
        receipt::verify(&text, Some(&other)).unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
    assert_eq!(
        receipt::verify("", None).unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn a_share_of_another_co_signer_than_the_expected_one_is_refused() {
    let world = World::new();
    let arrival = world.arrival().await;
    let other = World::new().state.identity();
    let kit = Kit::new(arrival.browser.clone(), Some(other));
    assert_eq!(
        kit.load(arrival.shares.clone(), &Cancel::default())
            .await
            .err()
            .unwrap()
            .code(),
        ErrorCode::ShareInvalid
    );
}
