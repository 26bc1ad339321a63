//! A query: answered once. One that is put to a pairing is its end, if it is not answered.

use mpc::{Digest, PairingId, Path, RunId, Share, ecdsa, eddsa};
use rand_core::OsRng;
use wire::{ErrorCode, ceremony::SignAnswer};

use super::{
    failed_check::{Answerable, keep_failed_check},
    or_refuse,
};
use crate::{
    api_error::ApiError,
    pairing_turn::PairingTurn,
    sealing::open_pairing,
    state::CoSigner,
    store::{PairingOwner, SealedSecret, WalletRecord},
};

/// One query, of either scheme.
#[expect(clippy::large_enum_variant, reason = "one at a time, moved once")]
pub(super) enum Query<'a> {
    Ecdsa(EcdsaQuery<'a>),
    Eddsa(EddsaQuery),
}

/// One ECDSA query, and the pairing it is put to.
pub(super) struct EcdsaQuery<'a> {
    pub(super) pairing: PairingId,
    /// Whose share signs: the pairing must serve its live epoch.
    pub(super) wallet: &'a WalletRecord,
    pub(super) owner: &'a PairingOwner,
    pub(super) answerable: &'a Answerable,
    /// From the wallet's key to the child that signs.
    pub(super) path: Path,
    pub(super) run: RunId,
    pub(super) digest: Digest,
    pub(super) query: ecdsa::Query,
    /// The pairing's: no query is put without.
    pub(super) turn: Option<&'a PairingTurn>,
}

/// One Ed25519 query, and what is signed.
pub(super) struct EddsaQuery {
    pub(super) run: RunId,
    pub(super) message: Vec<u8>,
    pub(super) query: eddsa::Query,
}

/// Answers a query, once.
pub(super) fn put(co_signer: &CoSigner, share: &Share, query: Query<'_>, now: u64) -> Result<SignAnswer, ApiError> {
    match query {
        Query::Ecdsa(query) => put_ecdsa(co_signer, share, query, now).map(SignAnswer::Ecdsa),
        Query::Eddsa(query) => put_eddsa(co_signer, share, query).map(SignAnswer::Eddsa),
    }
}

/// Answers an ECDSA query.
///
/// # Security
/// A failed check burns the pairing on the disk before anything is answered (trap T3). No check is done before a mark on the
/// disk says that a query is under way: where the process ends before it has burnt, the mark burns. Queries of one pairing are
/// answered one after the other: side by side, each could test a guess of its own, and tell by the time it took whether it was
/// right.
fn put_ecdsa(co_signer: &CoSigner, share: &Share, query: EcdsaQuery<'_>, now: u64) -> Result<ecdsa::Answer, ApiError> {
    let EcdsaQuery {
        pairing: id,
        wallet,
        owner,
        answerable,
        path,
        run,
        digest,
        query,
        turn,
    } = query;
    if !turn.is_some_and(|turn| turn.is_of(id)) {
        return Err(ApiError::internal("a query was put out of its pairing's turn"));
    }
    let pairing = open_pairing(&*co_signer.kek, id, &usable(co_signer, id, (wallet, owner), now)?)?;
    if !co_signer.live.runs.insert((id, run)) {
        return Err(answered_before());
    }
    co_signer.live.unused.remove(owner, id);
    let under_way = UnderWay::begin(co_signer, id)?;
    match ecdsa::co_signer_answer(share, &path, &pairing, run, digest, query, &mut OsRng) {
        Err(abort) if abort.burns_pairing() => {
            keep_failed_check(co_signer, Some(id), answerable, now)?;
            co_signer.metrics.pairing_burnt();
            Err(abort.into())
        }
        outcome => {
            under_way.end();
            outcome.map_err(ApiError::from)
        }
    }
}

/// Answers an Ed25519 query: no check of it depends on a secret, so nothing burns.
fn put_eddsa(co_signer: &CoSigner, share: &Share, query: EddsaQuery) -> Result<eddsa::Answer, ApiError> {
    let EddsaQuery { run, message, query } = query;
    if !co_signer.live.eddsa_runs.insert((share.info().wallet, run)) {
        return Err(answered_before());
    }
    Ok(eddsa::co_signer_answer(share, run, &message, query, &mut OsRng)?)
}

fn answered_before() -> ApiError {
    ApiError::new(
        ErrorCode::PeerMisbehaved,
        "this run was answered before: each signature needs a run of its own",
    )
}

/// The pairing's secret, if it is this owner's, serves the wallet's live epoch, and no query to it failed or never ended.
fn usable(
    co_signer: &CoSigner,
    id: PairingId,
    (wallet, owner): (&WalletRecord, &PairingOwner),
    now: u64,
) -> Result<SealedSecret, ApiError> {
    let marked_by = co_signer.store.query_of(id)?;
    if marked_by.is_some_and(|process| process != co_signer.process) {
        co_signer.burn_unfinished(now)?;
    }
    co_signer
        .store
        .pairing(id)?
        .filter(|record| record.owner == *owner && wallet.is_served_by(record))
        .filter(|_| !co_signer.live.burnt.contains(&id))
        .and_then(|record| record.sealed)
        .ok_or_else(ApiError::pairing_burnt)
}

/// A query under way. Dropped before its end, whatever the reason, it leaves the pairing dead: in this process at once, in the
/// next one by its mark.
struct UnderWay<'a> {
    co_signer: &'a CoSigner,
    pairing: PairingId,
    ended: bool,
}

impl<'a> UnderWay<'a> {
    /// Marks the pairing on the disk.
    fn begin(co_signer: &'a CoSigner, pairing: PairingId) -> Result<Self, ApiError> {
        let begun = co_signer.store.begin_query(pairing, co_signer.process);
        or_refuse(begun, ApiError::pairing_burnt)?;
        Ok(Self {
            co_signer,
            pairing,
            ended: false,
        })
    }

    fn end(mut self) {
        self.ended = true;
        self.co_signer.store.end_query(self.pairing, self.co_signer.process);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.co_signer.live.burnt.insert(self.pairing);
        }
    }
}
