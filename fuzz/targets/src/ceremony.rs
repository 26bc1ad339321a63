//! Every ceremony message, requests and answers alike: what decodes is canonical.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{Epoch, Path, Scheme, channel::ChannelPublicKey, export};
use wire::{
    ClaimantId, ProcessMark, Request, RequestKey, WalletType,
    ceremony::{
        Assertion, ClaimAcknowledge, ClaimCommit, ClaimCommitted, ClaimConfirm, ClaimConfirmed, ClaimOffer,
        ClaimPasskey, ClaimPrepare, ClaimPrepared, ClaimRefresh, ClaimRefreshOffer, ClaimResume, ClaimResumed,
        ClaimStart, ConfirmQuery, Copies, DeviceName, Done, ExportFinish, ExportOffer, ExportStart, ImportFinish,
        ImportStart, KeptCopies, KeptCopy, KeygenFinish, KeygenStart, ListedPasskey, ListedSession, Lock, NewPasskey,
        OfferedSession, PairingFinish, PairingStart, PasskeyAdd, PasskeyList, PasskeyOffer, PasskeyRemove,
        PasskeyRename, PasskeyStart, PasskeysListed, PendingShare, Prove, Proven, Registration, ResumeOutcome, Revoked,
        SealedCopy, SessionList, SessionRefresh, SessionRefreshed, SessionRevoke, SessionTerms, Sessions, Sign,
        SignAnswer, SignQuery, UnlockFinish, UnlockOffer, UnlockStart, Unlocked,
    },
    message::{decode, encode},
    ownership::{Audience, ProofNonce},
    statement::ClaimedKey,
};

use crate::{
    choosing, chosen,
    envelopes::{receipt, ticket},
    honest::{DIGEST, EDDSA, PAIRED, PAIRING, REFRESH, RUN, Refresh, SIGNING, WALLET, context, deal, ecdsa_key},
};

macro_rules! both {
    ($($request:ty),*) => { [$(request::<$request>, answer::<$request>),*] };
}

const TERMS: SessionTerms = SessionTerms {
    length: 5400,
    idle: 1800,
    maximum: 43_200,
    refreshes: 7,
    epoch: 0,
};

const KINDS: [fn(&[u8]) -> bool; 58] = both!(
    KeygenStart,
    KeygenFinish,
    PairingStart,
    PairingFinish,
    Sign,
    ImportStart,
    ImportFinish,
    ExportStart,
    ExportFinish,
    ClaimStart,
    ClaimRefresh,
    ClaimPrepare,
    ClaimConfirm,
    ClaimCommit,
    ClaimAcknowledge,
    ClaimResume,
    UnlockStart,
    UnlockFinish,
    Lock,
    Copies,
    SessionRefresh,
    SessionList,
    SessionRevoke,
    Prove,
    PasskeyStart,
    PasskeyAdd,
    PasskeyRemove,
    PasskeyRename,
    PasskeyList
);

fn holds<T: BorshSerialize + BorshDeserialize>(bytes: &[u8], limit: usize, what: &'static str) -> bool {
    decode::<T>(bytes, limit, what).is_ok_and(|message| *encode(&message) == bytes || panic!("not canonical"))
}

fn request<R: Request>(bytes: &[u8]) -> bool {
    holds::<R>(bytes, R::LIMIT, R::PATH)
}

fn answer<R: Request>(bytes: &[u8]) -> bool {
    holds::<R::Answer>(bytes, R::ANSWER_LIMIT, R::PATH)
}

/// Decodes one kind of message.
pub fn run(data: &[u8]) -> bool {
    chosen(&KINDS, data).is_some_and(|(decode, bytes)| decode(&bytes))
}

/// One of each, of one wallet.
pub fn seeds() -> Vec<Vec<u8>> {
    let messages = [keygen(), pairing(), keys(), claim(), session(), passkeys()].concat();
    messages
        .into_iter()
        .enumerate()
        .map(|(kind, bytes)| choosing(kind, &bytes))
        .collect()
}

fn exchange<R: Request>(request: &R, answer: &R::Answer) -> [Vec<u8>; 2] {
    [encode(request).to_vec(), encode(answer).to_vec()]
}

fn keygen() -> Vec<Vec<u8>> {
    let start = KeygenStart {
        context: context(Scheme::EcdsaSecp256k1),
        wallet_type: WalletType::Evm,
        claimant: ClaimantId::Email("ada@example.com".to_owned()),
        commitment: ecdsa_key().commitment.clone(),
    };
    let finish = KeygenFinish {
        run: RUN,
        opening: ecdsa_key().opening.clone(),
    };
    [
        exchange(&start, &ecdsa_key().offer),
        exchange(&finish, &ecdsa_key().confirmation),
    ]
    .concat()
}

fn pairing() -> Vec<Vec<u8>> {
    let finish = PairingFinish {
        pairing: PAIRING,
        answer: PAIRED.answer.clone(),
    };
    let sign = Sign {
        wallet: WALLET,
        epoch: Epoch(0),
        run: RUN,
        query: SignQuery::Ecdsa {
            pairing: PAIRING,
            path: Path::new(vec![0, 5]).unwrap(),
            digest: DIGEST,
            query: SIGNING.0.clone(),
        },
    };
    [
        exchange(&PairingStart { pairing: PAIRING }, &PAIRED.offer),
        exchange(&finish, &Done {}),
        exchange(&sign, &SignAnswer::Ecdsa(SIGNING.1.clone())),
    ]
    .concat()
}

fn refreshed_key() -> &'static Refresh {
    REFRESH.of(Scheme::EcdsaSecp256k1)
}

fn assertion() -> Assertion {
    Assertion {
        credential: vec![1; 16],
        authenticator_data: vec![2; 37],
        client_data_json: b"{}".to_vec(),
        signature: vec![3; 70],
    }
}

fn keys() -> Vec<Vec<u8>> {
    let refreshed = REFRESH.of(Scheme::EddsaEd25519);
    let import = ImportStart {
        context: context(Scheme::EddsaEd25519),
        wallet_type: WalletType::Solana,
        claimant: ClaimantId::CustomId("42".to_owned()),
        deal: deal(Scheme::EddsaEd25519),
        commitment: refreshed.commitment.clone(),
    };
    let finish = ImportFinish {
        run: RUN,
        opening: refreshed.opening.clone(),
    };
    let offer = ExportOffer {
        nonce: [1; 32],
        rp_id: "example.com".to_owned(),
    };
    let export = ExportFinish {
        wallet: WALLET,
        epoch: Epoch(1),
        assertion: assertion(),
    };
    let reveal = export::co_signer_reveal(&ecdsa_key().co_signer).unwrap();
    [
        exchange(&import, &refreshed.offer),
        exchange(&finish, &refreshed.proof),
        exchange(&ExportStart { wallet: WALLET }, &offer),
        exchange(&export, &reveal),
    ]
    .concat()
}

fn claim() -> Vec<Vec<u8>> {
    let claim = [1; 16];
    let offer = ClaimOffer {
        claim,
        nonce: [2; 32],
        rp_id: "example.com".to_owned(),
        rp_name: "Example".to_owned(),
        imported: vec![false],
        passkeys: vec![[5; 32]],
        expires_at: 1_790_000_000,
        session: Some(OfferedSession {
            id: [8; 16],
            expires_at: 1_790_005_400,
            terms: TERMS,
            now: 1_790_000_000,
            process: ProcessMark([7; 16]),
        }),
    };
    let start = ClaimStart {
        ticket: ticket(),
        keys: vec![ClaimedKey::of(ecdsa_key().client.info()).unwrap()],
        session: ChannelPublicKey([6; 32]),
        request_key: RequestKey([4; 65]),
    };
    let refresh = ClaimRefresh {
        claim,
        run: RUN,
        pairing: Some(PAIRING),
        commitments: vec![refreshed_key().commitment.clone()],
    };
    let refreshed = ClaimRefreshOffer {
        offers: vec![refreshed_key().offer.clone()],
        transfers: Some(PAIRED.offer.clone()),
    };
    let prepare = ClaimPrepare {
        claim,
        openings: vec![refreshed_key().opening.clone()],
        transfers: Some(PAIRED.answer.clone()),
    };
    let prepared = ClaimPrepared {
        proofs: vec![refreshed_key().proof.clone()],
    };
    let confirm = ClaimConfirm {
        claim,
        passkey: ClaimPasskey::New {
            passkey: new_passkey(),
            assertion: assertion(),
        },
        copies: vec![copy()],
        queries: vec![
            (RUN, ConfirmQuery::Ecdsa(SIGNING.0.clone())),
            (RUN, ConfirmQuery::Eddsa(EDDSA.0.clone())),
        ],
    };
    let confirmed = ClaimConfirmed {
        answers: vec![SignAnswer::Ecdsa(SIGNING.1.clone()), SignAnswer::Eddsa(EDDSA.1.clone())],
    };
    let committed = ClaimCommitted {
        receipts: vec![receipt()],
    };
    let commit = ClaimCommit {
        claim,
        signatures: vec![receipt().body.wallet_signature],
        device: Some(DeviceName::default()),
    };
    let pending = PendingShare {
        claim,
        key: ecdsa_key().client.info().clone(),
    };
    let resume = ClaimResume {
        shares: vec![pending; 3],
    };
    let resumed = ClaimResumed {
        outcomes: vec![
            ResumeOutcome::Live(receipt()),
            ResumeOutcome::Superseded(receipt()),
            ResumeOutcome::Ended,
        ],
    };
    [
        exchange(&start, &offer),
        exchange(&refresh, &refreshed),
        exchange(&prepare, &prepared),
        exchange(&confirm, &confirmed),
        exchange(&commit, &committed),
        exchange(&ClaimAcknowledge { claim }, &Done {}),
        exchange(&resume, &resumed),
    ]
    .concat()
}

fn new_passkey() -> NewPasskey {
    NewPasskey {
        registration: Registration {
            credential: vec![1; 16],
            attestation_object: vec![2; 64],
            client_data_json: b"{}".to_vec(),
        },
        key: ChannelPublicKey([6; 32]),
        name: DeviceName::default(),
    }
}

fn passkeys() -> Vec<Vec<u8>> {
    let offer = PasskeyOffer {
        nonce: [2; 32],
        rp_id: "example.com".to_owned(),
        rp_name: "Example".to_owned(),
        passkeys: vec![[5; 32]],
    };
    let listed = PasskeysListed {
        passkeys: vec![ListedPasskey {
            credential: vec![1; 16],
            name: DeviceName::default(),
            created_at: 1_790_000_000,
            used_at: 1_790_000_000,
            is_current: true,
            wallets: vec![WALLET],
        }],
    };
    let start = PasskeyStart {
        keys: vec![ClaimedKey::of(ecdsa_key().client.info()).unwrap()],
    };
    let add = PasskeyAdd {
        passkey: new_passkey(),
        approval: assertion(),
        copies: vec![copy()],
    };
    let remove = PasskeyRemove {
        credential: vec![1; 16],
        approval: assertion(),
        copies: vec![copy()],
    };
    let rename = PasskeyRename {
        credential: vec![1; 16],
        name: DeviceName::default(),
    };
    [
        exchange(&start, &offer),
        exchange(&add, &Done {}),
        exchange(&remove, &Done {}),
        exchange(&rename, &Done {}),
        exchange(&PasskeyList {}, &listed),
    ]
    .concat()
}

fn copy() -> SealedCopy {
    SealedCopy(vec![4; 900])
}

fn session() -> Vec<Vec<u8>> {
    let offer = UnlockOffer {
        nonce: [1; 32],
        rp_id: "example.com".to_owned(),
        answer_by: 2_000_000_000,
        expires_at: 1_790_005_400,
        terms: TERMS,
        now: 1_790_000_000,
        process: ProcessMark([7; 16]),
    };
    let unlocked = Unlocked {
        session: [8; 16],
        expires_at: 1_790_000_000,
        keys: vec![ecdsa_key().client.info().clone()],
        passkeys: vec![[5; 32]],
        rotate_by: Some(1_800_000_000),
    };
    let copies = KeptCopies {
        copies: vec![KeptCopy {
            copy: copy(),
            receipt: receipt(),
        }],
    };
    let start = UnlockStart {
        wallets: vec![WALLET],
        request_key: RequestKey([4; 65]),
    };
    let finish = UnlockFinish {
        assertion: assertion(),
        device: DeviceName::default(),
        ends_others: false,
    };
    let revoke = SessionRevoke {
        which: Revoked::One([8; 16]),
    };
    let prove = Prove {
        wallet: WALLET,
        audience: Audience::new("https://shop.example").unwrap(),
        nonce: ProofNonce::new("n1").unwrap(),
    };
    let refreshed = SessionRefreshed {
        expires_at: 1_790_005_400,
        refreshed: 2,
    };
    let sessions = Sessions {
        sessions: vec![ListedSession {
            session: [8; 16],
            device: DeviceName::default(),
            began_at: 1_790_000_000,
            used_at: 1_790_000_060,
            expires_at: 1_790_005_400,
            is_current: true,
            wallets: vec![WALLET],
        }],
    };
    [
        exchange(&start, &offer),
        exchange(&finish, &unlocked),
        exchange(&Lock {}, &Done {}),
        exchange(&Copies { wallets: vec![WALLET] }, &copies),
        exchange(&SessionRefresh { refreshed: 1 }, &refreshed),
        exchange(&SessionList {}, &sessions),
        exchange(&revoke, &Done {}),
        exchange(
            &prove,
            &Proven {
                proof: "a.b.c".to_owned(),
            },
        ),
    ]
    .concat()
}
