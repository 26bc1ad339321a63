//! New wallets: of a key that both sides generate, or of one that exists already.

use mpc::{RunId, Scheme, Share, WalletId, import, keygen, refresh};
use rand_core::{OsRng, RngCore};
use wire::{
    ClaimantId, WalletType,
    ceremony::{ImportFinish, ImportStart, KeygenFinish, KeygenStart},
};
use zeroize::Zeroizing;

use super::{CreatedWallet, Inner};
use crate::{
    Error,
    exchange::{Caller, Patience, insist, repeat},
    host::{Cancel, Host},
    prepared::Prepared,
};

/// A key that exists already, to be made a wallet of. Erased when dropped.
pub struct ImportedKey {
    /// What the wallet is for; the key is of its scheme.
    pub wallet_type: WalletType,
    /// The key's bytes.
    pub key: Zeroizing<[u8; 32]>,
    /// What the bytes are.
    pub form: KeyForm,
    /// The BIP32 chain code that goes with it, if its children are to be the same; 32 random bytes where none is given.
    pub chain_code: Option<[u8; 32]>,
}

/// What 32 bytes of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// The scalar itself, as [`Session::export_key`](crate::Session::export_key) gives it: big-endian for EVM and COSMOS, where
    /// there is no other form; little-endian for SOLANA.
    Scalar,
    /// The seed of RFC 8032, which Solana's wallets call the secret key: the first half of their 64 bytes. SOLANA only.
    Seed,
    /// A seed, and the public key that must be its own: both halves of those 64 bytes. SOLANA only.
    SeedOf([u8; 32]),
}

/// A wallet about to be made.
fn context(wallet_type: WalletType) -> keygen::Context {
    keygen::Context {
        wallet: WalletId::random(&mut OsRng),
        scheme: wallet_type.scheme(),
        run: RunId::random(&mut OsRng),
    }
}

/// Generates a key with the co-signer.
pub(super) async fn generate<H: Host>(
    server: &Inner<H>,
    wallet_type: WalletType,
    claimant: ClaimantId,
    cancel: &Cancel,
) -> Result<CreatedWallet, Error> {
    let (host, to) = (&*server.host, &server.identity);
    let caller = Caller::ApiKey(server.api_key.header());
    let context = context(wallet_type);
    let run = context.run;
    let (awaiting, commitment) = keygen::client_start(context.clone(), &mut OsRng)?;
    let start = KeygenStart {
        context,
        wallet_type,
        claimant: claimant.clone(),
        commitment,
    };
    let offer = repeat((host, to, caller), &start, cancel, Patience::QUEUES).await?;
    let (awaiting, opening) = awaiting.receive(offer)?;
    let confirmation = insist(host, to, caller, &KeygenFinish { run, opening }, cancel).await?;
    created(server, wallet_type, claimant, awaiting.receive(confirmation)?)
}

/// Deals shares of a key, and refreshes them before either is kept.
pub(super) async fn import<H: Host>(
    server: &Inner<H>,
    imported: &ImportedKey,
    claimant: ClaimantId,
    cancel: &Cancel,
) -> Result<CreatedWallet, Error> {
    let (host, to) = (&*server.host, &server.identity);
    let caller = Caller::ApiKey(server.api_key.header());
    let wallet_type = imported.wallet_type;
    let (run, awaiting, start) = deal(imported, claimant.clone())?;
    let offer = repeat((host, to, caller), &start, cancel, Patience::QUEUES).await?;
    drop(start);
    let (awaiting, opening) = awaiting.receive(offer, &mut OsRng)?;
    let proof = insist(host, to, caller, &ImportFinish { run, opening }, cancel).await?;
    created(server, wallet_type, claimant, awaiting.receive(proof)?)
}

/// The first message of an import. The dealt share of epoch 0 goes no further than the refresh.
fn deal(
    imported: &ImportedKey,
    claimant: ClaimantId,
) -> Result<(RunId, refresh::ClientAwaitingOffer, ImportStart), Error> {
    let wallet_type = imported.wallet_type;
    let context = context(wallet_type);
    let run = context.run;
    let chain_code = imported.chain_code.unwrap_or_else(|| {
        let mut random = [0; 32];
        OsRng.fill_bytes(&mut random);
        random
    });
    let of_seed;
    let key = match (imported.form, context.scheme) {
        (KeyForm::Scalar, _) => &imported.key,
        (KeyForm::Seed | KeyForm::SeedOf(_), Scheme::EddsaEd25519) => {
            of_seed = import::scalar_of_seed(&imported.key);
            &of_seed
        }
        (KeyForm::Seed | KeyForm::SeedOf(_), Scheme::EcdsaSecp256k1) => {
            return Err(Error::Argument("only the key of a SOLANA wallet is given as a seed"));
        }
    };
    let dealt = import::client_start(&context, key, chain_code, &mut OsRng);
    let (share, deal) = dealt.map_err(|_| {
        Error::Argument("the key is none of its scheme: it is zero, or not below the order of the curve's group")
    })?;
    if let KeyForm::SeedOf(known) = imported.form
        && share.info().public_key()?.to_bytes().get(1..) != Some(&known[..])
    {
        return Err(Error::Argument(
            "the second half of the 64 bytes is not the public key of the first",
        ));
    }
    let (awaiting, commitment) = refresh::client_start(&share, run, &share.info().key_id, &mut OsRng)?;
    let start = ImportStart {
        context,
        wallet_type,
        claimant,
        deal,
        commitment,
    };
    Ok((run, awaiting, start))
}

fn created<H>(
    server: &Inner<H>,
    wallet_type: WalletType,
    claimant: ClaimantId,
    share: Share,
) -> Result<CreatedWallet, Error> {
    let prepared = Prepared::new(wallet_type, claimant, server.identity, share)?;
    Ok(CreatedWallet {
        share: prepared.to_text(),
        wallet: prepared.info,
    })
}
