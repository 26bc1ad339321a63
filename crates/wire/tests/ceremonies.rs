//! Each ceremony message: round trip, another version, cut short, something behind it, too long; and that the largest fits.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{
    Digest, Epoch, KeyInfo, PairingId, RunId, Scheme, Share, Signature, WalletId,
    channel::ChannelPublicKey,
    ecdsa, keygen,
    pairing::{self, Progress, Transfers},
    refresh,
};
use rand_core::OsRng;
use wire::{
    ClaimantId, DecodeError, Receipt, Request, Ticket,
    ceremony::*,
    message::{decode, encode},
    receipt::ReceiptBody,
    share::MAX_WALLETS,
    statement::{ClaimStatement, ClaimedKey},
    ticket::TicketBody,
};

const RUN: RunId = RunId([7; 16]);

/// Encodes and decodes a message in every wrong way.
fn holds<T: BorshSerialize + BorshDeserialize>(message: &T, limit: usize, what: &'static str) {
    let bytes = encode(message);
    assert!(
        bytes.len() <= limit,
        "{what}: {} bytes, {limit} are allowed",
        bytes.len()
    );
    let read: T = decode(&bytes, limit, what).unwrap();
    assert_eq!(*encode(&read), *bytes, "{what}");

    let mut other = bytes.to_vec();
    other[0] = 2;
    assert_eq!(
        decode::<T>(&other, limit, what).err(),
        Some(DecodeError::Version { got: 2, expected: 1 })
    );
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(
        decode::<T>(&longer, limit + 1, what).err(),
        Some(DecodeError::Malformed { what })
    );
    assert_eq!(
        decode::<T>(&vec![1; limit + 1], limit, what).err(),
        Some(DecodeError::TooLong { got: limit + 1, limit })
    );
    let step = (bytes.len() / 200).max(1);
    for end in (0..bytes.len()).step_by(step) {
        assert_eq!(
            decode::<T>(&bytes[..end], limit, what).err(),
            Some(DecodeError::Malformed { what }),
            "cut at {end}"
        );
    }
}

fn request<R: Request>(request: &R, answer: &R::Answer) {
    holds(request, R::LIMIT, R::PATH);
    holds(answer, R::ANSWER_LIMIT, R::PATH);
}

struct Keygen {
    start: KeygenStart,
    offer: keygen::Offer,
    opening: keygen::Opening,
    confirmation: keygen::Confirmation,
    client: Share,
    co_signer: Share,
}

fn keygen() -> Keygen {
    let context = keygen::Context {
        wallet: WalletId([1; 16]),
        scheme: Scheme::EcdsaSecp256k1,
        run: RUN,
    };
    let claimant = ClaimantId::CustomId("x".repeat(ClaimantId::MAX_LENGTH));
    let (client, commitment) = keygen::client_start(context.clone(), &mut OsRng);
    let start = KeygenStart {
        context: context.clone(),
        claimant,
        commitment: commitment.clone(),
    };
    let (co_signer, offer) = keygen::co_signer_start(context, commitment, &mut OsRng);
    let (client, opening) = client.receive(offer.clone(), &mut OsRng).unwrap();
    let (co_signer, confirmation) = co_signer.receive(opening.clone()).unwrap();
    let client = client.receive(confirmation.clone()).unwrap();
    Keygen {
        start,
        offer,
        opening,
        confirmation,
        client,
        co_signer,
    }
}

fn signature() -> Signature {
    Signature {
        r: [1; 32],
        s: [2; 32],
        recovery_id: 1,
    }
}

fn receipt(info: &KeyInfo) -> Receipt {
    let statement = ClaimStatement {
        wallet: info.wallet,
        public_key: info.public_key().unwrap(),
        epoch: Epoch(1),
        transcript: [3; 32],
        credential: vec![4; 1023],
    };
    let body = ReceiptBody {
        statement,
        retired: Epoch(0),
        claimant: [5; 32],
        committed_at: 6,
        wallet_signature: signature(),
        co_signer: [7; 32],
    };
    Receipt {
        body,
        signature: [8; 64],
    }
}

#[test]
fn the_messages_of_key_generation_hold() {
    let run = keygen();
    request(&run.start, &run.offer);
    request(
        &KeygenFinish {
            run: RUN,
            opening: run.opening,
        },
        &run.confirmation,
    );
}

#[test]
fn the_messages_of_a_claim_hold_for_as_many_wallets_as_there_may_be() {
    let Keygen { client, co_signer, .. } = keygen();
    let info = client.info();
    let ticket = Ticket {
        body: TicketBody {
            key_id: [1; 8],
            wallets: vec![info.wallet; MAX_WALLETS],
            claimant: ClaimantId::CustomId("x".repeat(ClaimantId::MAX_LENGTH)),
            browser: ChannelPublicKey([2; 32]),
            expires_at: 3,
            nonce: [4; 16],
        },
        signature: [5; 64],
    };
    let offer = ClaimOffer {
        claim: [1; 16],
        nonce: [2; 32],
        rp_id: "a.example".repeat(28),
        rp_name: "An app".into(),
        user_handle: [3; 32],
        expires_at: 4,
    };
    request(
        &ClaimStart {
            ticket,
            keys: vec![ClaimedKey::of(info).unwrap(); MAX_WALLETS],
        },
        &offer,
    );

    let (awaiting_offer, commitment) = refresh::client_start(&client, RUN, &[9; 32], &mut OsRng).unwrap();
    let (awaiting_opening, refreshed) =
        refresh::co_signer_start(&co_signer, RUN, &[9; 32], commitment.clone(), &mut OsRng).unwrap();
    let id = PairingId([6; 16]);
    let (awaiting_answer, transfers) = pairing::co_signer_start(id, &mut OsRng);
    request(
        &ClaimRefresh {
            claim: [1; 16],
            run: RUN,
            pairing: id,
            commitments: vec![commitment; MAX_WALLETS],
        },
        &ClaimRefreshOffer {
            offers: vec![refreshed.clone(); MAX_WALLETS],
            transfers: transfers.clone(),
        },
    );
    request(&PairingStart { pairing: id }, &transfers);

    let (_, opening) = awaiting_offer.receive(refreshed, &mut OsRng).unwrap();
    let (_, proof) = awaiting_opening.receive(opening.clone(), &mut OsRng).unwrap();
    let work = pairing::client_start(id, transfers).unwrap();
    let Progress::Done(client_pairing, answer) = work.advance(Transfers::COUNT, &mut OsRng).unwrap() else {
        panic!("all transfers are done");
    };
    request(
        &ClaimPrepare {
            claim: [1; 16],
            openings: vec![opening; MAX_WALLETS],
            transfers: answer.clone(),
        },
        &ClaimPrepared {
            proofs: vec![proof; MAX_WALLETS],
        },
    );
    request(
        &PairingFinish {
            pairing: id,
            answer: answer.clone(),
        },
        &Done {},
    );

    let co_signer_pairing = awaiting_answer.receive(answer).unwrap();
    let digest = Digest([8; 32]);
    let (_, query) = ecdsa::client_start(&client, &client_pairing, RUN, digest, &mut OsRng).unwrap();
    let answer =
        ecdsa::co_signer_answer(&co_signer, &co_signer_pairing, RUN, digest, query.clone(), &mut OsRng).unwrap();
    let registration = Registration {
        credential: vec![1; 1023],
        attestation_object: vec![2; 8 * 1024],
        client_data_json: vec![3; 2 * 1024],
    };
    request(
        &ClaimConfirm {
            claim: [1; 16],
            registration,
            queries: vec![(RUN, query.clone()); MAX_WALLETS],
        },
        &ClaimConfirmed {
            answers: vec![answer.clone(); MAX_WALLETS],
        },
    );
    request(
        &Sign {
            wallet: info.wallet,
            epoch: info.epoch,
            pairing: id,
            run: RUN,
            digest,
            query,
        },
        &answer,
    );

    let committed = ClaimCommitted {
        receipts: vec![receipt(info); MAX_WALLETS],
    };
    request(
        &ClaimCommit {
            claim: [1; 16],
            signatures: vec![signature(); MAX_WALLETS],
        },
        &committed,
    );
    request(&ClaimStatus { claim: [1; 16] }, &ClaimState::Committed(committed));
    request(&ClaimAcknowledge { claim: [1; 16] }, &Done {});
}

#[test]
fn the_messages_of_a_session_hold() {
    let info = keygen().client.info().clone();
    let offer = UnlockOffer {
        nonce: [1; 32],
        rp_id: "a.example".repeat(28),
        expires_at: 2,
    };
    request(
        &UnlockStart {
            wallets: vec![info.wallet; MAX_WALLETS],
        },
        &offer,
    );
    let assertion = Assertion {
        credential: vec![1; 1023],
        authenticator_data: vec![2; 1024],
        client_data_json: vec![3; 2 * 1024],
        signature: vec![4; 72],
    };
    request(
        &UnlockFinish { assertion },
        &Unlocked {
            expires_at: 1,
            keys: vec![info; MAX_WALLETS],
        },
    );
    request(&Lock {}, &Done {});
}

#[test]
fn no_two_requests_share_a_path() {
    let paths = [
        KeygenStart::PATH,
        KeygenFinish::PATH,
        PairingStart::PATH,
        PairingFinish::PATH,
        Sign::PATH,
        ClaimStart::PATH,
        ClaimRefresh::PATH,
        ClaimPrepare::PATH,
        ClaimConfirm::PATH,
        ClaimCommit::PATH,
        ClaimAcknowledge::PATH,
        ClaimStatus::PATH,
        UnlockStart::PATH,
        UnlockFinish::PATH,
        Lock::PATH,
    ];
    let mut sorted = paths.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), paths.len());
}
