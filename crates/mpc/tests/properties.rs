//! What holds of every key, whatever the randomness: two honest parties, seeded, through chains of key generation, rotation and
//! signing.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::{collections::HashSet, sync::LazyLock};

use mpc::{
    Abort, Digest, Epoch, PairingId, Path, RunId, Scheme, Share, Signature, WalletId, ecdsa, eddsa, export, import,
    keygen,
    pairing::{self, ClientPairing, CoSignerPairing, Progress, Transfers},
    refresh,
};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

/// Both shares of a key.
struct Shares {
    client: Share,
    co_signer: Share,
}

static PAIRING: LazyLock<(ClientPairing, CoSignerPairing)> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let id = PairingId::random(&mut rng);
    let (state, offer) = pairing::co_signer_start(id, &mut rng);
    let transfers = pairing::client_start(id, offer).unwrap();
    let Progress::Done(client, answer) = transfers.advance(Transfers::COUNT, &mut rng).unwrap() else {
        panic!("all transfers are done");
    };
    (client, state.receive(answer).unwrap())
});

/// Whether the tests run in their long form.
fn long() -> bool {
    std::env::var_os("CLAIMKIT_LONG").is_some()
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if long() { 50 * cases } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![Just(Scheme::EcdsaSecp256k1), Just(Scheme::EddsaEd25519)]
}

fn random<const N: usize>(rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

fn context(scheme: Scheme, rng: &mut ChaCha20Rng) -> keygen::Context {
    keygen::Context {
        wallet: WalletId::random(rng),
        scheme,
        run: RunId::random(rng),
    }
}

fn generate(scheme: Scheme, rng: &mut ChaCha20Rng) -> Shares {
    let context = context(scheme, rng);
    let (client, commitment) = keygen::client_start(context.clone(), rng).unwrap();
    let (co_signer, offer) = keygen::co_signer_start(context, commitment, rng).unwrap();
    let (client, opening) = client.receive(offer).unwrap();
    let (co_signer, confirmation) = co_signer.receive(opening).unwrap();
    Shares {
        client: client.receive(confirmation).unwrap(),
        co_signer,
    }
}

fn refresh(client: &Share, co_signer: &Share, rng: &mut ChaCha20Rng) -> Result<Shares, Abort> {
    let (run, binding) = (RunId::random(rng), random(rng));
    let (client, commitment) = refresh::client_start(client, run, &binding, rng)?;
    let (co_signer, offer) = refresh::co_signer_start(co_signer, run, &binding, commitment, rng)?;
    let (client, opening) = client.receive(offer, rng)?;
    let (co_signer, proof) = co_signer.receive(opening, rng)?;
    Ok(Shares {
        client: client.receive(proof)?,
        co_signer,
    })
}

fn sign(
    client: &Share,
    co_signer: &Share,
    path: &Path,
    digest: Digest,
    rng: &mut ChaCha20Rng,
) -> Result<Signature, Abort> {
    let run = RunId::random(rng);
    match client.info().scheme {
        Scheme::EcdsaSecp256k1 => {
            let (state, query) = ecdsa::client_start(client, path, &PAIRING.0, run, digest, rng)?;
            let answer = ecdsa::co_signer_answer(co_signer, path, &PAIRING.1, run, digest, query, rng)?;
            state.finish(answer).map(Signature::Ecdsa)
        }
        Scheme::EddsaEd25519 => {
            let (state, query) = eddsa::client_start(client, run, &digest.0, rng)?;
            let answer = eddsa::co_signer_answer(co_signer, run, &digest.0, query, rng)?;
            state.finish(answer).map(Signature::Eddsa)
        }
    }
}

/// The 32 secret bytes of a stored share, behind its version and role.
fn secret(share: &Share) -> [u8; 32] {
    share.to_bytes()[2..34].try_into().unwrap()
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_chain_of_rotations_keeps_the_key_and_changes_everything_else(seed: u64, scheme in scheme(), rotations in 1..5_u32) {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let mut shares = generate(scheme, rng);
        let first = shares.client.info().clone();
        let key = shares.client.public_key();
        let mut seen = HashSet::from([secret(&shares.client), secret(&shares.co_signer)]);
        for epoch in 1..=rotations {
            let next = refresh(&shares.client, &shares.co_signer, rng).unwrap();
            let (info, digest) = (next.client.info(), Digest(random(rng)));
            prop_assert_eq!(info, next.co_signer.info());
            prop_assert_eq!((next.client.public_key(), next.co_signer.public_key()), (key, key));
            prop_assert_eq!((info.wallet, info.key_id, info.chain_code), (first.wallet, first.key_id, first.chain_code));
            prop_assert_eq!(info.epoch, Epoch(epoch));
            prop_assert!(seen.insert(secret(&next.client)) && seen.insert(secret(&next.co_signer)));

            let signature = sign(&next.client, &next.co_signer, &Path::root(), digest, rng).unwrap();
            prop_assert_eq!(signature.verify(&key, &digest), Ok(()));

            // A share of the epoch before goes with none of this one: not to sign, not to rotate.
            let stale = [(&shares.client, &next.co_signer), (&next.client, &shares.co_signer)];
            for (client, co_signer) in stale {
                let signed = sign(client, co_signer, &Path::root(), digest, rng);
                prop_assert_eq!(signed.err(), Some(Abort::OtherContext));
                prop_assert!(refresh(client, co_signer, rng).is_err());
            }
            shares = next;
        }
    }

    #[test]
    fn an_imported_key_is_exported_the_same_after_any_rotations(seed: u64, scheme in scheme(), rotations in 0..4_u32) {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        // Below the order of either group: the highest byte of the one, big-endian, and of the other, little-endian, is zero.
        let mut key: [u8; 32] = random(rng);
        (key[0], key[31]) = (0, 0);
        let context = context(scheme, rng);
        let (client, deal) = import::client_start(&context, &key, random(rng), rng).unwrap();
        let co_signer = import::co_signer_receive(&context, deal).unwrap();
        let mut shares = Shares { client, co_signer };
        for _ in 0..rotations {
            shares = refresh(&shares.client, &shares.co_signer, rng).unwrap();
        }
        let reveal = export::co_signer_reveal(&shares.co_signer).unwrap();
        prop_assert_eq!(*export::client_combine(&shares.client, reveal).unwrap(), key);
    }

    #[test]
    fn a_child_signs_for_the_key_that_was_derived_offline(seed: u64, indices in prop::collection::vec(0..0x8000_0000_u32, 1..4)) {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let shares = generate(Scheme::EcdsaSecp256k1, rng);
        let path = Path::new(indices).unwrap();
        let (child, digest) = (shares.client.info().child(&path).unwrap().public_key().unwrap(), Digest(random(rng)));
        prop_assert_ne!(child, shares.client.public_key());
        let signature = sign(&shares.client, &shares.co_signer, &path, digest, rng).unwrap();
        prop_assert_eq!(signature.verify(&child, &digest), Ok(()));
        prop_assert_eq!(signature.verify(&shares.client.public_key(), &digest), Err(Abort::WrongSignature));
    }

    #[test]
    fn a_stored_share_reads_back_to_the_byte(seed: u64, scheme in scheme()) {
        let shares = generate(scheme, &mut ChaCha20Rng::seed_from_u64(seed));
        for share in [shares.client, shares.co_signer] {
            let bytes = share.to_bytes();
            prop_assert_eq!(&*Share::from_bytes(&bytes).unwrap().to_bytes(), &*bytes);
        }
    }
}

/// 25 rotations of each scheme, each followed by a signature; 10,000 where `CLAIMKIT_LONG` is set.
#[test]
fn many_rotations_each_sign() {
    for scheme in [Scheme::EcdsaSecp256k1, Scheme::EddsaEd25519] {
        let rng = &mut ChaCha20Rng::seed_from_u64(u64::from(scheme as u8));
        let mut shares = generate(scheme, rng);
        let key = shares.client.public_key();
        let mut seen = HashSet::new();
        for _ in 0..if long() { 10_000 } else { 25 } {
            shares = refresh(&shares.client, &shares.co_signer, rng).unwrap();
            assert_eq!(shares.client.public_key(), key);
            assert!(seen.insert(secret(&shares.client)) && seen.insert(secret(&shares.co_signer)));
            let digest = Digest(random(rng));
            let signature = sign(&shares.client, &shares.co_signer, &Path::root(), digest, rng).unwrap();
            signature.verify(&key, &digest).unwrap();
        }
    }
}
