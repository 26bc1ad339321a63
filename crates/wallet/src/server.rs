//! The back end's side: makes wallets, signs before the claim, hands over.

mod creation;
mod hand_off;
mod handle;
mod lanes;
mod proofs;
mod slot;

use std::rc::Rc;

use mpc::{Epoch, Point};
use wire::{
    ClaimantId, CoSignerIdentity, DecodeError, WalletType,
    control::{IDENTITY, Identity, LOOKUP, Lookup, MAX_LISTED_WALLETS, WalletRecord, Wallets},
};
use zeroize::Zeroizing;

pub use self::{
    creation::{ImportedKey, KeyForm},
    hand_off::SealedHandOff,
    handle::ShareHandle,
};
use self::{lanes::Lanes, proofs::HeldKeys, slot::Slot};
use crate::{
    Error, Fault, WalletInfo,
    api_key::ApiKey,
    exchange::{get, post},
    host::{Cancel, Host},
    identity,
    info::{scheme_text, wallet_id},
    ownership::{Expected, VerifiedProof},
    prepared::{Prepared, PreparedSet},
    text,
};

/// The most answers that one look-up is read from: an honest co-signer has as many for nobody.
const MAX_PAGES: usize = 64;

/// A back end, connected to its co-signer.
pub struct Server<H: Host> {
    inner: Rc<Inner<H>>,
}

struct Inner<H> {
    host: Rc<H>,
    api_key: ApiKey,
    identity: CoSignerIdentity,
    pairing: Slot,
    lanes: Lanes,
    keys: HeldKeys,
}

/// A new wallet, or one whose share was written anew.
pub struct CreatedWallet {
    /// What is public of it.
    pub wallet: WalletInfo,
    /// The prepared share as text: to be stored encrypted.
    pub share: Zeroizing<String>,
}

/// A wallet as the co-signer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWallet {
    /// What is public of it.
    pub wallet: WalletInfo,
    /// Whether its user has claimed it.
    pub is_claimed: bool,
    /// Whether its key was imported: somebody had it before, and may have it still.
    pub is_imported: bool,
    /// Unix seconds.
    pub created_at: u64,
}

impl<H: Host> Server<H> {
    /// Asks the co-signer who it is; with `expected`, any other is refused.
    ///
    /// # Errors
    /// [`Error::Argument`] for a malformed API key; [`Error::Misbehaved`] if another co-signer answers; any other that a
    /// request may end in.
    pub async fn connect(
        host: Rc<H>,
        api_key: Zeroizing<String>,
        expected: Option<CoSignerIdentity>,
        cancel: &Cancel,
    ) -> Result<Self, Error> {
        let api_key = ApiKey::parse(&api_key)?;
        let told: Identity = get(&*host, IDENTITY, cancel).await?;
        let identity = identity::told(&told)?;
        if expected.is_some_and(|expected| expected != identity) {
            return Err(crate::Fault::Content("its identity is not the expected one").into());
        }
        Ok(Self {
            inner: Rc::new(Inner {
                host,
                api_key,
                identity,
                pairing: Slot::default(),
                lanes: Lanes::default(),
                keys: HeldKeys::default(),
            }),
        })
    }

    /// The co-signer's identity, to be pinned.
    pub fn identity(&self) -> &CoSignerIdentity {
        &self.inner.identity
    }

    /// Makes a wallet for someone who has not arrived yet.
    ///
    /// # Errors
    /// Any [`Error`]. After one that is retryable the co-signer may hold a wallet whose share was never given out: it can't
    /// sign, and another call makes another.
    pub async fn create_wallet(
        &self,
        wallet_type: WalletType,
        claimant: ClaimantId,
        cancel: &Cancel,
    ) -> Result<CreatedWallet, Error> {
        creation::generate(&self.inner, wallet_type, claimant_id(claimant)?, cancel).await
    }

    /// Makes a wallet of each type for someone who has not arrived yet, one after the other, in the order given.
    ///
    /// Stops at the first that fails. What was made by then is given: fewer wallets than types, for no share that was made may
    /// be lost. Keep them, then ask for the types that are missing.
    ///
    /// # Errors
    /// [`Error::Argument`] for no type, a type twice or a malformed claimant id; any other of [`Server::create_wallet`] where not
    /// even the first was made.
    pub async fn create_wallet_per_type(
        &self,
        wallet_types: &[WalletType],
        claimant: ClaimantId,
        cancel: &Cancel,
    ) -> Result<Vec<CreatedWallet>, Error> {
        let claimant = claimant_id(claimant)?;
        let is_twice = |wallet_type| wallet_types.iter().filter(|other| *other == wallet_type).count() > 1;
        if wallet_types.is_empty() || wallet_types.iter().any(is_twice) {
            return Err(Error::Argument("at least one type is asked for, and none twice"));
        }
        let mut created = Vec::new();
        for wallet_type in wallet_types {
            match creation::generate(&self.inner, *wallet_type, claimant.clone(), cancel).await {
                Ok(wallet) => created.push(wallet),
                Err(error) if created.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(created)
    }

    /// Makes a wallet of a key that exists already, for someone who has not arrived yet. Its epoch is 1: what was dealt is refreshed
    /// before either side keeps it. Compare the address with the known one before anything is sent to it.
    ///
    /// # Errors
    /// [`Error::Argument`] for a key that is none of the type's scheme, before anything is sent; any other as
    /// [`Server::create_wallet`].
    ///
    /// # Security
    /// Whoever had the key still has it, and signs without the co-signer: only a move of what it guards to a generated key ends that.
    pub async fn import_wallet(
        &self,
        imported: ImportedKey,
        claimant: ClaimantId,
        cancel: &Cancel,
    ) -> Result<CreatedWallet, Error> {
        creation::import(&self.inner, &imported, claimant_id(claimant)?, cancel).await
    }

    /// Whether there is a wallet for a claimant.
    ///
    /// # Errors
    /// As [`Server::get_wallets`].
    pub async fn has_wallet(&self, claimant: ClaimantId, cancel: &Cancel) -> Result<bool, Error> {
        let found = self.look_up(claimant_id(claimant)?, (None, Some(1)), cancel).await?;
        Ok(!found.wallets.is_empty())
    }

    /// The wallets of a claimant, oldest first.
    ///
    /// # Errors
    /// [`Error::Argument`] for a malformed claimant id; any other that a request may end in.
    pub async fn get_wallets(&self, claimant: ClaimantId, cancel: &Cancel) -> Result<Vec<ListedWallet>, Error> {
        let claimant = claimant_id(claimant)?;
        let (mut wallets, mut after) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let found = self.look_up(claimant.clone(), (after, None), cancel).await?;
            wallets.extend(found.wallets.iter().map(listed).collect::<Result<Vec<_>, _>>()?);
            after = found.next;
            if after.is_none() {
                return Ok(wallets);
            }
        }
        let endless = DecodeError::TooLong {
            got: wallets.len(),
            limit: MAX_PAGES * MAX_LISTED_WALLETS as usize,
        };
        Err(Fault::Form(endless).into())
    }

    async fn look_up(
        &self,
        claimant_id: ClaimantId,
        (after, limit): (Option<String>, Option<u32>),
        cancel: &Cancel,
    ) -> Result<Wallets, Error> {
        let question = Lookup {
            claimant_id,
            after,
            limit,
        };
        let authorization = self.inner.api_key.header();
        post(&*self.inner.host, LOOKUP, authorization, &question, cancel).await
    }

    /// Takes a prepared share into use.
    ///
    /// # Errors
    /// [`Error::Share`] for a damaged share, or one of another co-signer; [`Error::Version`].
    pub fn with_share(&self, share: Zeroizing<String>) -> Result<ShareHandle<H>, Error> {
        let prepared = Prepared::from_text(&share)?;
        if prepared.co_signer != self.inner.identity {
            return Err(Error::Share("the prepared share is of another co-signer"));
        }
        Ok(ShareHandle {
            server: self.inner.clone(),
            prepared,
        })
    }

    /// Seals prepared shares of one claimant to one browser, and signs the ticket that lets it claim them.
    ///
    /// `browser` is the text of [`Kit::public_key_text`](crate::Kit::public_key_text); the ticket is good for `ttl` seconds,
    /// 600 where none is given.
    ///
    /// # Errors
    /// [`Error::Share`] for shares that are damaged or not of this co-signer and one claimant; [`Error::Version`];
    /// [`Error::Argument`] for none, more than 16, one wallet twice, a malformed key, a time of 0 or over an hour.
    pub fn seal_for(
        &self,
        shares: Vec<Zeroizing<String>>,
        browser: &str,
        ttl: Option<u32>,
    ) -> Result<SealedHandOff, Error> {
        hand_off::seal(&self.inner, &PreparedSet::from_texts(&shares)?, browser, ttl)
    }

    /// Checks a proof that [`Session::prove`](crate::Session::prove) gave: what it says of its wallet was so when it was made. The
    /// co-signer's key set is fetched once for all who wait for it, and again after an hour or for a key that is not in it: at most once a
    /// minute, whether that succeeds or fails.
    ///
    /// # Errors
    /// [`Error::Argument`] for what is no proof; any other that [`Proof::verify`](crate::ownership::Proof::verify) gives, or a request
    /// may end in.
    pub async fn verify_proof(
        &self,
        proof: &str,
        expected: &Expected,
        cancel: &Cancel,
    ) -> Result<VerifiedProof, Error> {
        self.inner.keys.verify(&self.inner, proof, expected, cancel).await
    }

    /// This process's pairing, made if there is none, sealed under a key of the caller's: 32 random bytes.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn export_pairing(&self, key: &Zeroizing<[u8; 32]>, cancel: &Cancel) -> Result<String, Error> {
        let pairing = self.inner.pairing.get(&self.inner, cancel).await?;
        slot::export(&pairing, self.inner.identity, key)
    }

    /// Takes a pairing that [`Server::export_pairing`] gave.
    ///
    /// # Errors
    /// [`Error::Argument`] for another key, another co-signer's pairing, or damage; [`Error::Version`].
    pub async fn import_pairing(&self, key: &Zeroizing<[u8; 32]>, pairing: &str) -> Result<(), Error> {
        let pairing = slot::import(pairing, &self.inner.identity, key)?;
        self.inner.pairing.put(pairing).await;
        Ok(())
    }
}

fn claimant_id(claimant: ClaimantId) -> Result<ClaimantId, Error> {
    claimant.normalised().map_err(Error::Argument)
}

fn listed(record: &WalletRecord) -> Result<ListedWallet, Error> {
    read(record).ok_or(Error::Unreachable(
        "the co-signer answered with a wallet that can't be read",
    ))
}

fn read(record: &WalletRecord) -> Option<ListedWallet> {
    let (id, wallet_type) = (wallet_id(&record.wallet_id).ok()?, record.wallet_type);
    let public_key = Point::from_bytes(&text::decode::<33>(&record.public_key)?).ok()?;
    if record.scheme != scheme_text(wallet_type.scheme()) {
        return None;
    }
    Some(ListedWallet {
        wallet: WalletInfo::named(wallet_type, id, Epoch(record.epoch), public_key)?,
        is_claimed: record.claimed,
        is_imported: record.imported,
        created_at: record.created_at,
    })
}
