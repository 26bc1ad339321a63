//! No protocol leaves a share in memory that it frees.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use curve25519_dalek::Scalar;
use k256::elliptic_curve::PrimeField;
use mpc::{
    Digest, PairingId, Path, RunId, Scheme, Share, WalletId, ecdsa, eddsa, export, keygen,
    pairing::{self, ClientPairing, CoSignerPairing, Progress, Transfers},
    refresh,
};
use rand_core::OsRng;

thread_local! {
    static WANTED: Cell<Option<[u8; 32]>> = const { Cell::new(None) };
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which looks through what this thread frees.
struct Looking;

// SAFETY: every call goes to the system's allocator unchanged; a block is read, whole, before it is given back.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Ok(Some(wanted)) = WANTED.try_with(Cell::get) {
            // SAFETY: the block is live until the next call, and this many bytes long; what was never written reads as anything.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            if bytes.windows(wanted.len()).any(|window| *window == wanted) {
                FOUND.with(|found| found.set(found.get() + 1));
            }
        }
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Looking = Looking;

/// How many blocks that `run` frees hold the secret, in either byte order.
fn freed_with(secret: [u8; 32], mut run: impl FnMut()) -> usize {
    let mut reversed = secret;
    reversed.reverse();
    let mut found = 0;
    for wanted in [secret, reversed] {
        FOUND.set(0);
        WANTED.set(Some(wanted));
        run();
        WANTED.set(None);
        found += FOUND.get();
    }
    found
}

struct Wallet {
    client: Share,
    co_signer: Share,
}

impl Wallet {
    fn new(scheme: Scheme) -> Self {
        let context = keygen::Context {
            wallet: WalletId([1; 16]),
            scheme,
            run: RunId([2; 16]),
        };
        let (client, message) = keygen::client_start(context.clone(), &mut OsRng).unwrap();
        let (co_signer, message) = keygen::co_signer_start(context, message, &mut OsRng).unwrap();
        let (client, message) = client.receive(message).unwrap();
        let (co_signer, message) = co_signer.receive(message).unwrap();
        let client = client.receive(message).unwrap();
        Self { client, co_signer }
    }

    fn refresh(&self) {
        let (run, binding) = (RunId::random(&mut OsRng), [0; 32]);
        let (client, message) = refresh::client_start(&self.client, run, &binding, &mut OsRng).unwrap();
        let (co_signer, message) =
            refresh::co_signer_start(&self.co_signer, run, &binding, message, &mut OsRng).unwrap();
        let (client, message) = client.receive(message, &mut OsRng).unwrap();
        let (_, message) = co_signer.receive(message, &mut OsRng).unwrap();
        client.receive(message).unwrap();
    }

    fn sign_eddsa(&self) {
        let run = RunId::random(&mut OsRng);
        let (client, query) = eddsa::client_start(&self.client, run, b"message", &mut OsRng).unwrap();
        let answer = eddsa::co_signer_answer(&self.co_signer, run, b"message", query, &mut OsRng).unwrap();
        client.finish(answer).unwrap();
    }

    fn sign_ecdsa(&self, (client_pairing, co_signer_pairing): &(ClientPairing, CoSignerPairing)) {
        let (run, digest) = (RunId::random(&mut OsRng), Digest([3; 32]));
        for path in [Path::root(), Path::new(vec![1]).unwrap()] {
            let (client, query) =
                ecdsa::client_start(&self.client, &path, client_pairing, run, digest, &mut OsRng).unwrap();
            let answer = ecdsa::co_signer_answer(
                &self.co_signer,
                &path,
                co_signer_pairing,
                run,
                digest,
                query,
                &mut OsRng,
            )
            .unwrap();
            client.finish(answer).unwrap();
        }
    }

    fn store_and_export(&self) {
        for share in [&self.client, &self.co_signer] {
            Share::from_bytes(&share.to_bytes()).unwrap();
        }
        let reveal = export::co_signer_reveal(&self.co_signer).unwrap();
        export::client_combine(&self.client, reveal).unwrap();
    }

    /// The secrets, as stored.
    fn secrets(&self) -> [[u8; 32]; 2] {
        [&self.client, &self.co_signer].map(|share| share.to_bytes()[2..34].try_into().unwrap())
    }
}

fn paired() -> (ClientPairing, CoSignerPairing) {
    let id = PairingId([4; 16]);
    let (co_signer, offer) = pairing::co_signer_start(id, &mut OsRng);
    let transfers = pairing::client_start(id, offer).unwrap();
    match transfers.advance(Transfers::COUNT, &mut OsRng).unwrap() {
        Progress::Done(client, answer) => (client, co_signer.receive(answer).unwrap()),
        Progress::More(_) => unreachable!("all transfers were asked for"),
    }
}

#[test]
fn the_allocator_finds_what_is_left_behind() {
    let secret = [0x5a; 32];
    assert_eq!(freed_with(secret, || drop(std::hint::black_box(secret.to_vec()))), 2);
    assert_eq!(freed_with(secret, || drop(std::hint::black_box([1; 32].to_vec()))), 0);
}

#[test]
fn no_protocol_on_secp256k1_leaves_a_share_in_freed_memory() {
    let (wallet, pairing) = (Wallet::new(Scheme::EcdsaSecp256k1), paired());
    for secret in wallet.secrets() {
        // What k256 keeps in its words is the number itself, least significant first: the reversed bytes.
        assert!(bool::from(k256::Scalar::from_repr(secret.into()).is_some()));
        assert_eq!(freed_with(secret, || wallet.refresh()), 0, "refresh");
        assert_eq!(freed_with(secret, || wallet.sign_ecdsa(&pairing)), 0, "ECDSA");
        assert_eq!(freed_with(secret, || wallet.store_and_export()), 0, "storing, export");
    }
}

#[test]
fn no_protocol_on_ed25519_leaves_a_share_in_freed_memory() {
    let wallet = Wallet::new(Scheme::EddsaEd25519);
    let scalar = |bytes| Scalar::from_canonical_bytes(bytes).unwrap();
    let [client, co_signer] = wallet.secrets();
    let half = (scalar(client) * Scalar::from(2u8).invert()).to_bytes();
    let negated = (-scalar(co_signer)).to_bytes();
    for secret in [client, co_signer, half, negated] {
        assert_eq!(freed_with(secret, || wallet.refresh()), 0, "refresh");
        assert_eq!(freed_with(secret, || wallet.sign_eddsa()), 0, "Ed25519");
        assert_eq!(freed_with(secret, || wallet.store_and_export()), 0, "storing, export");
    }
}
