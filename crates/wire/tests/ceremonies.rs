//! Each ceremony message: round trip, another version, cut short, something behind it, too long; and that the largest fits.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{
    Digest, Epoch, KeyInfo, PairingId, Path, RunId, Share, Signature, WalletId,
    channel::ChannelPublicKey,
    ecdsa, eddsa, export, import, keygen,
    pairing::{self, Progress, Transfers},
    refresh,
};
use rand_core::OsRng;
use wire::{
    ClaimantId, DecodeError, PasskeySet, ProcessMark, Receipt, Request, RequestKey, Ticket, WalletType,
    ceremony::*,
    message::{decode, encode},
    ownership::{Audience, PROOF_LIMIT, ProofNonce},
    passkeys::MAX_PASSKEYS,
    receipt::ReceiptBody,
    share::{HandOffContent, MAX_WALLETS},
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

fn context(wallet_type: WalletType) -> keygen::Context {
    keygen::Context {
        wallet: WalletId([1; 16]),
        scheme: wallet_type.scheme(),
        run: RUN,
    }
}

fn longest_claimant() -> ClaimantId {
    ClaimantId::CustomId("x".repeat(ClaimantId::MAX_LENGTH))
}

fn keygen(wallet_type: WalletType) -> Keygen {
    let context = context(wallet_type);
    let (client, commitment) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
    let start = KeygenStart {
        context: context.clone(),
        wallet_type,
        claimant: longest_claimant(),
        commitment: commitment.clone(),
    };
    let (co_signer, offer) = keygen::co_signer_start(context, commitment, &mut OsRng).unwrap();
    let (client, opening) = client.receive(offer.clone()).unwrap();
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

/// Of the longer of the two schemes.
fn signature() -> Signature {
    Signature::Ecdsa(ecdsa::Signature {
        r: [1; 32],
        s: [2; 32],
        recovery_id: 1,
    })
}

/// As long as any.
fn evidence(info: &KeyInfo) -> refresh::Evidence {
    let points = [info.co_signer, info.client].map(|point| point.to_bytes());
    borsh::from_slice(&[points.as_flattened(), &[9; 162]].concat()).unwrap()
}

fn receipt(info: &KeyInfo) -> Receipt {
    let statement = ClaimStatement {
        wallet: info.wallet,
        public_key: info.public_key().unwrap(),
        epoch: Epoch(1),
        transcript: [3; 32],
        evidence: evidence(info),
        credential: vec![4; 1023],
    };
    let body = ReceiptBody {
        statement,
        retired: Epoch(0),
        claimant: [5; 32],
        imported: true,
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
    for wallet_type in WalletType::ALL {
        let run = keygen(*wallet_type);
        request(&run.start, &run.offer);
        request(
            &KeygenFinish {
                run: RUN,
                opening: run.opening,
            },
            &run.confirmation,
        );
    }
}

#[test]
fn the_messages_of_an_import_hold() {
    for wallet_type in WalletType::ALL {
        let context = context(*wallet_type);
        let key = [1; 32];
        let (client, deal) = import::client_start(&context, &key, [2; 32], &mut OsRng).unwrap();
        let dealt = borsh::from_slice(&borsh::to_vec(&deal).unwrap()).unwrap();
        let co_signer = import::co_signer_receive(&context, dealt).unwrap();
        let binding = client.info().key_id;
        let (client, commitment) = refresh::client_start(&client, RUN, &binding, &mut OsRng).unwrap();
        let (co_signer, offer) =
            refresh::co_signer_start(&co_signer, RUN, &binding, commitment.clone(), &mut OsRng).unwrap();
        request(
            &ImportStart {
                context,
                wallet_type: *wallet_type,
                claimant: longest_claimant(),
                deal,
                commitment,
            },
            &offer,
        );
        let (_, opening) = client.receive(offer, &mut OsRng).unwrap();
        let (_, proof) = co_signer.receive(opening.clone(), &mut OsRng).unwrap();
        request(&ImportFinish { run: RUN, opening }, &proof);
    }
}

#[test]
fn the_messages_of_a_claim_hold_for_as_many_wallets_as_there_may_be() {
    let Keygen { client, co_signer, .. } = keygen(WalletType::Evm);
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
        imported: vec![true; MAX_WALLETS],
        passkeys: vec![[7; 32]; MAX_WALLETS],
        expires_at: 4,
        session: Some(OfferedSession {
            id: [5; 16],
            expires_at: 5,
            terms: SessionTerms {
                length: 1,
                idle: 2,
                maximum: 3,
                refreshes: 4,
                epoch: 5,
            },
            now: 6,
            process: ProcessMark([7; 16]),
        }),
    };
    request(
        &ClaimStart {
            ticket,
            keys: vec![ClaimedKey::of(info).unwrap(); MAX_WALLETS],
            session: ChannelPublicKey([8; 32]),
            request_key: RequestKey([4; 65]),
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
            pairing: Some(id),
            commitments: vec![commitment; MAX_WALLETS],
        },
        &ClaimRefreshOffer {
            offers: vec![refreshed.clone(); MAX_WALLETS],
            transfers: Some(transfers.clone()),
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
            transfers: Some(answer.clone()),
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
    let path = Path::new(vec![(1 << 31) - 1; Path::MAX_DEPTH]).unwrap();
    let (_, query) = ecdsa::client_start(&client, &path, &client_pairing, RUN, digest, &mut OsRng).unwrap();
    let answer = ecdsa::co_signer_answer(
        &co_signer,
        &path,
        &co_signer_pairing,
        RUN,
        digest,
        query.clone(),
        &mut OsRng,
    )
    .unwrap();
    request(
        &ClaimConfirm {
            claim: [1; 16],
            passkey: longest_claim_passkey(),
            copies: vec![SealedCopy(vec![4; SealedCopy::LIMIT]); MAX_WALLETS],
            queries: vec![(RUN, ConfirmQuery::Ecdsa(query.clone())); MAX_WALLETS],
        },
        &ClaimConfirmed {
            answers: vec![SignAnswer::Ecdsa(answer.clone()); MAX_WALLETS],
        },
    );
    request(
        &Sign {
            wallet: info.wallet,
            epoch: info.epoch,
            run: RUN,
            query: SignQuery::Ecdsa {
                pairing: id,
                path,
                digest,
                query,
            },
        },
        &SignAnswer::Ecdsa(answer),
    );

    let committed = ClaimCommitted {
        receipts: vec![receipt(info); MAX_WALLETS],
    };
    request(
        &ClaimCommit {
            claim: [1; 16],
            signatures: vec![signature(); MAX_WALLETS],
            device: DeviceName::new("😀".repeat(DeviceName::LIMIT)),
        },
        &committed,
    );
    let pending = PendingShare {
        claim: [1; 16],
        key: info.clone(),
    };
    request(
        &ClaimResume {
            shares: vec![pending; MAX_WALLETS],
        },
        &ClaimResumed {
            outcomes: vec![ResumeOutcome::Live(receipt(info)); MAX_WALLETS],
        },
    );
    request(
        &Copies {
            wallets: vec![info.wallet; MAX_WALLETS],
        },
        &KeptCopies {
            copies: vec![
                KeptCopy {
                    copy: SealedCopy(vec![4; SealedCopy::LIMIT]),
                    receipt: receipt(info),
                };
                MAX_WALLETS
            ],
        },
    );
    request(&ClaimAcknowledge { claim: [1; 16] }, &Done {});
}

#[test]
fn the_messages_of_a_claim_without_a_pairing_hold() {
    let Keygen { client, co_signer, .. } = keygen(WalletType::Solana);
    let info = client.info();
    let digest = Digest([8; 32]);
    let (awaiting_offer, commitment) = refresh::client_start(&client, RUN, &[9; 32], &mut OsRng).unwrap();
    let (_, offer) = refresh::co_signer_start(&co_signer, RUN, &[9; 32], commitment.clone(), &mut OsRng).unwrap();
    request(
        &ClaimRefresh {
            claim: [1; 16],
            run: RUN,
            pairing: None,
            commitments: vec![commitment; MAX_WALLETS],
        },
        &ClaimRefreshOffer {
            offers: vec![offer.clone(); MAX_WALLETS],
            transfers: None,
        },
    );
    let (_, opening) = awaiting_offer.receive(offer, &mut OsRng).unwrap();
    let prepare = ClaimPrepare {
        claim: [1; 16],
        openings: vec![opening; MAX_WALLETS],
        transfers: None,
    };
    request(&prepare, &ClaimPrepared { proofs: Vec::new() });

    let (_, query) = eddsa::client_start(&client, RUN, &digest.0, &mut OsRng).unwrap();
    let answer = eddsa::co_signer_answer(&co_signer, RUN, &digest.0, query.clone(), &mut OsRng).unwrap();
    request(
        &ClaimConfirm {
            claim: [1; 16],
            passkey: longest_claim_passkey(),
            copies: vec![SealedCopy(vec![4; 9])],
            queries: vec![(RUN, ConfirmQuery::Eddsa(query.clone())); MAX_WALLETS],
        },
        &ClaimConfirmed {
            answers: vec![SignAnswer::Eddsa(answer.clone()); MAX_WALLETS],
        },
    );
    let longest = SignQuery::Eddsa {
        message: vec![7; eddsa::MAX_MESSAGE],
        query,
    };
    request(
        &Sign {
            wallet: info.wallet,
            epoch: info.epoch,
            run: RUN,
            query: longest,
        },
        &SignAnswer::Eddsa(answer),
    );
    let signatures = vec![Signature::Eddsa(eddsa::Signature([5; 64])); MAX_WALLETS];
    let commit = ClaimCommit {
        claim: [1; 16],
        signatures,
        device: None,
    };
    request(&commit, &ClaimCommitted { receipts: vec![] });
}

#[test]
fn a_variant_that_there_is_not_is_refused() {
    let Keygen { client, start, .. } = keygen(WalletType::Solana);
    let (_, query) = eddsa::client_start(&client, RUN, b"a", &mut OsRng).unwrap();
    let sign = Sign {
        wallet: client.info().wallet,
        epoch: client.info().epoch,
        run: RUN,
        query: SignQuery::Eddsa {
            message: b"a".to_vec(),
            query,
        },
    };
    // Version, wallet, epoch, run; then the variant.
    let variant = 1 + 16 + 4 + 16;
    let bytes = encode(&sign).to_vec();
    assert_eq!(bytes[variant], 1);
    for other in 2..=255 {
        let mut wrong = bytes.clone();
        wrong[variant] = other;
        let read = decode::<Sign>(&wrong, Sign::LIMIT, Sign::PATH).err();
        assert_eq!(read, Some(DecodeError::Malformed { what: Sign::PATH }), "{other}");
    }
    // Version, then wallet, scheme and run; then the type.
    let (scheme, wallet_type) = (1 + 16, 1 + 16 + 1 + 16);
    let bytes = encode(&start).to_vec();
    assert_eq!((bytes[scheme], bytes[wallet_type]), (2, 3));
    for (position, values) in [(scheme, 3..=255), (wallet_type, 4..=255)] {
        for other in [0..=0, values].into_iter().flatten() {
            let mut wrong = bytes.clone();
            wrong[position] = other;
            let read = decode::<KeygenStart>(&wrong, KeygenStart::LIMIT, KeygenStart::PATH).err();
            let what = KeygenStart::PATH;
            assert_eq!(read, Some(DecodeError::Malformed { what }), "{other} at {position}");
        }
    }
}

#[test]
fn a_path_that_is_too_deep_or_hardened_is_refused() {
    let path = |indices: &[u32]| {
        let mut bytes = vec![indices.len() as u8];
        bytes.extend(indices.iter().flat_map(|index| index.to_le_bytes()));
        borsh::from_slice::<Path>(&bytes).ok()
    };
    assert_eq!(path(&[]), Some(Path::root()));
    assert!(path(&[(1 << 31) - 1; Path::MAX_DEPTH]).is_some());
    assert_eq!(path(&[0; Path::MAX_DEPTH + 1]), None);
    assert_eq!(path(&[0, 1 << 31]), None);
}

#[test]
fn the_messages_of_an_export_hold() {
    let Keygen { client, co_signer, .. } = keygen(WalletType::Evm);
    let wallet = client.info().wallet;
    let offer = ExportOffer {
        nonce: [1; 32],
        rp_id: "a.example".repeat(28),
    };
    request(&ExportStart { wallet }, &offer);
    let finish = ExportFinish {
        wallet,
        epoch: client.info().epoch,
        assertion: longest_assertion(),
    };
    request(&finish, &export::co_signer_reveal(&co_signer).unwrap());
}

fn longest_assertion() -> Assertion {
    Assertion {
        credential: vec![1; 1023],
        authenticator_data: vec![2; 4 * 1024],
        client_data_json: vec![3; 2 * 1024],
        signature: vec![4; 128],
    }
}

#[test]
fn the_messages_of_a_session_hold() {
    let info = keygen(WalletType::Evm).client.info().clone();
    let offer = UnlockOffer {
        nonce: [1; 32],
        rp_id: "a.example".repeat(28),
        answer_by: 2_000_000_000,
        expires_at: 2,
        terms: SessionTerms {
            length: 3,
            idle: 4,
            maximum: 5,
            refreshes: 6,
            epoch: 0,
        },
        now: 1,
        process: ProcessMark([7; 16]),
    };
    let device = DeviceName::new("🦀".repeat(DeviceName::LIMIT)).unwrap();
    request(
        &UnlockStart {
            wallets: vec![info.wallet; MAX_WALLETS],
            request_key: RequestKey([4; 65]),
        },
        &offer,
    );
    request(
        &UnlockFinish {
            assertion: longest_assertion(),
            device: device.clone(),
            ends_others: false,
        },
        &Unlocked {
            session: [8; 16],
            expires_at: 1,
            keys: vec![info.clone(); MAX_WALLETS],
            passkeys: vec![[7; 32]; MAX_WALLETS],
            rotate_by: Some(3),
        },
    );
    let refreshed = SessionRefreshed {
        expires_at: 1,
        refreshed: 2,
    };
    request(&SessionRefresh { refreshed: 1 }, &refreshed);
    let listed = ListedSession {
        session: [8; 16],
        device,
        began_at: 1,
        used_at: 2,
        expires_at: 3,
        is_current: true,
        wallets: vec![info.wallet; MAX_WALLETS],
    };
    let sessions = vec![listed; MAX_SESSIONS];
    request(&SessionList {}, &Sessions { sessions });
    for which in [Revoked::One([8; 16]), Revoked::Others, Revoked::All] {
        request(&SessionRevoke { which }, &Done {});
    }
    request(&Lock {}, &Done {});
    let prove = Prove {
        wallet: info.wallet,
        audience: Audience::new("a".repeat(256)).unwrap(),
        nonce: ProofNonce::new("n".repeat(128)).unwrap(),
    };
    let proof = "p".repeat(PROOF_LIMIT);
    request(&prove, &Proven { proof });
}

fn longest_passkey() -> NewPasskey {
    NewPasskey {
        registration: Registration {
            credential: vec![1; 1023],
            attestation_object: vec![2; 4 * 1024],
            client_data_json: vec![3; 2 * 1024],
        },
        key: ChannelPublicKey([6; 32]),
        name: DeviceName::new("🦀".repeat(DeviceName::LIMIT)).unwrap(),
    }
}

fn longest_claim_passkey() -> ClaimPasskey {
    ClaimPasskey::New {
        passkey: longest_passkey(),
        assertion: longest_assertion(),
    }
}

#[test]
fn changes_of_passkeys_fit_their_limits() {
    let info = keygen(WalletType::Evm).client.info().clone();
    let keys = vec![ClaimedKey::of(&info).unwrap(); MAX_WALLETS];
    let copies = vec![SealedCopy(vec![4; SealedCopy::LIMIT]); MAX_WALLETS];
    request(
        &PasskeyStart { keys },
        &PasskeyOffer {
            nonce: [2; 32],
            rp_id: "a.example".repeat(28),
            rp_name: "An app".into(),
            passkeys: vec![[7; 32]; MAX_WALLETS],
        },
    );
    let add = PasskeyAdd {
        passkey: longest_passkey(),
        approval: longest_assertion(),
        copies: copies.clone(),
    };
    request(&add, &Done {});
    let remove = PasskeyRemove {
        credential: vec![1; 1023],
        approval: longest_assertion(),
        copies,
    };
    request(&remove, &Done {});
    let name = longest_passkey().name;
    let rename = PasskeyRename {
        credential: vec![1; 1023],
        name: name.clone(),
    };
    request(&rename, &Done {});
    let listed = ListedPasskey {
        credential: vec![1; 1023],
        name,
        created_at: 1,
        used_at: 2,
        is_current: true,
        wallets: vec![info.wallet; MAX_WALLETS],
    };
    let passkeys = vec![listed; MAX_LISTED_PASSKEYS];
    request(&PasskeyList {}, &PasskeysListed { passkeys });
}

#[test]
fn a_device_is_named_by_1_to_64_characters_none_of_them_a_control() {
    for wrong in [String::new(), "a".repeat(65), "a\nb".to_owned(), "\u{7f}".to_owned()] {
        assert_eq!(DeviceName::new(wrong.as_str()), None);
        let bytes = borsh::to_vec(&wrong).unwrap();
        assert!(borsh::from_slice::<DeviceName>(&bytes).is_err(), "{wrong:?}");
    }
    let name = DeviceName::new("Firefox on Linux").unwrap();
    assert_eq!(
        borsh::from_slice::<DeviceName>(&borsh::to_vec(&name).unwrap()).unwrap(),
        name
    );
}

#[test]
fn no_two_requests_share_a_path() {
    let paths = PATHS;
    let mut sorted = paths.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), paths.len());
}

/// Counts the bytes that are read of it.
struct Counted<'a>(&'a [u8], usize);

impl borsh::io::Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> borsh::io::Result<usize> {
        let read = borsh::io::Read::read(&mut self.0, buffer)?;
        self.1 += read;
        Ok(read)
    }
}

/// Reads a type from `head`, a length, and as much behind it as there is room for. Gives how many bytes were read, if it was refused.
fn read_of<T: BorshDeserialize>(head: &[u8], length: u32) -> Option<usize> {
    let bytes = [head, &length.to_le_bytes(), &vec![0x41; 1 << 20]].concat();
    let mut counted = Counted(&bytes, 0);
    T::deserialize_reader(&mut counted).err().map(|_| counted.1)
}

/// Whether a field that stands behind `head` is refused, by its length alone, where it is longer than `most`.
fn bounds<T: BorshDeserialize>(head: &[u8], most: usize) {
    let most = u32::try_from(most).unwrap();
    for length in [most + 1, 1 << 20, u32::MAX] {
        assert_eq!(
            read_of::<T>(head, length),
            Some(head.len() + 4),
            "{}",
            std::any::type_name::<T>()
        );
    }
    // What fits is read, whatever becomes of what stands behind it.
    assert!(read_of::<T>(head, most).is_none_or(|read| read > head.len() + 4));
}

#[test]
fn a_field_beyond_its_bound_is_refused_by_its_length() {
    let field = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat();
    let id = field(&[1; 16]);
    bounds::<Registration>(&[], 1023);
    bounds::<Registration>(&id, 4096);
    bounds::<Registration>(&[&id[..], &field(&[2])].concat(), 2048);
    bounds::<Assertion>(&[], 1023);
    bounds::<Assertion>(&id, 4096);
    bounds::<Assertion>(&[&id[..], &field(&[2])].concat(), 2048);
    bounds::<Assertion>(&[&id[..], &field(&[2]), &field(&[3])].concat(), 128);
    for length in [0, 15] {
        assert_eq!(read_of::<Registration>(&[], length), Some(4));
    }
    bounds::<DeviceName>(&[], DeviceName::LIMIT * 4);
    bounds::<SealedCopy>(&[], SealedCopy::LIMIT);
    bounds::<Audience>(&[], 256);
    bounds::<ProofNonce>(&[], 128);
    bounds::<ClaimantId>(&[0], ClaimantId::MAX_LENGTH);
    bounds::<PasskeyRemove>(&[], 1023);
    bounds::<PasskeyRename>(&[], 1023);
    bounds::<Proven>(&[], PROOF_LIMIT);
    bounds::<UnlockOffer>(&[0; 32], 253);
}

#[test]
fn a_list_of_too_many_wallets_is_refused_by_its_length() {
    bounds::<RotationStart>(&[], MAX_WALLETS);
    bounds::<PasskeyStart>(&[], MAX_WALLETS);
    bounds::<ClaimResume>(&[], MAX_WALLETS);
    bounds::<UnlockStart>(&[], MAX_WALLETS);
    bounds::<Copies>(&[], MAX_WALLETS);
    bounds::<ClaimRefresh>(&[&[0; 16][..], &RUN.0, &[0]].concat(), MAX_WALLETS);
    bounds::<ClaimPrepare>(&[0; 16], MAX_WALLETS);
    bounds::<ClaimPrepared>(&[], MAX_WALLETS);
    bounds::<ClaimConfirmed>(&[], MAX_WALLETS);
    bounds::<ClaimCommit>(&[0; 16], MAX_WALLETS);
    bounds::<ClaimCommitted>(&[], MAX_WALLETS);
    bounds::<ClaimResumed>(&[], MAX_WALLETS);
    bounds::<TicketBody>(&[0; 8], MAX_WALLETS);
    bounds::<KeptCopies>(&[], MAX_WALLETS);
    bounds::<Sessions>(&[], MAX_SESSIONS);
    bounds::<PasskeysListed>(&[], MAX_LISTED_PASSKEYS);
    bounds::<PasskeySet>(&[0; 4], MAX_PASSKEYS);
    bounds::<HandOffContent>(&[], MAX_WALLETS);
}
