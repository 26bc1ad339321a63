//! The control plane: identity, look-up, another claimant.

use base64ct::{Base64UrlUnpadded, Encoding};
use mpc::{Scheme, WalletId};
use wire::control::{Identity, Lookup, MAX_LISTED_WALLETS, UpdateClaimant, WalletRecord as WalletAnswer, Wallets};

use super::or_refuse;
use crate::{
    api_error::ApiError,
    api_key::Scope,
    door::Call,
    state::CoSigner,
    store::{ClaimantUpdate, WalletPlace, WalletRecord},
};

pub(crate) fn identity(co_signer: &CoSigner) -> Identity {
    let identity = co_signer.root.identity();
    Identity {
        channel_key: Base64UrlUnpadded::encode_string(&identity.channel.0),
        receipt_key: Base64UrlUnpadded::encode_string(&identity.receipt),
        version: wire::message::VERSION,
    }
}

pub(crate) fn lookup(co_signer: &CoSigner, call: Call<Lookup>) -> Result<Wallets, ApiError> {
    call.caller.api_key(Scope::WalletsRead)?;
    let claimant = call.message.claimant_id.normalised().map_err(ApiError::invalid)?;
    let limit = call.message.limit.unwrap_or(MAX_LISTED_WALLETS);
    if !(1..=MAX_LISTED_WALLETS).contains(&limit) {
        return Err(ApiError::invalid("limit must be 1 to 256"));
    }
    let after = call.message.after.as_deref().map(place_of).transpose()?;
    // One more than is answered tells whether there are more.
    let mut wallets = co_signer
        .store
        .wallets_of(&co_signer.root.claimant_index(&claimant), after, limit + 1)?;
    let goes_on = wallets.len() > limit as usize;
    wallets.truncate(limit as usize);
    wallets
        .iter()
        .try_for_each(|wallet| co_signer.restored.refuse(wallet.id))?;
    Ok(Wallets {
        next: wallets.last().filter(|_| goes_on).map(place),
        wallets: wallets.iter().map(answer).collect(),
    })
}

/// Where a look-up goes on behind a wallet.
fn place(wallet: &WalletRecord) -> String {
    Base64UrlUnpadded::encode_string(&[&wallet.created_at.to_be_bytes()[..], &wallet.id.0].concat())
}

fn place_of(text: &str) -> Result<WalletPlace, ApiError> {
    let mut bytes = [0; 24];
    let read = Base64UrlUnpadded::decode(text, &mut bytes).is_ok_and(|read| read.len() == 24);
    let (at, id) = bytes
        .split_first_chunk::<8>()
        .filter(|_| read)
        .ok_or_else(unreadable_place)?;
    let id = id.try_into().map_err(|_| unreadable_place())?;
    Ok((u64::from_be_bytes(*at), WalletId(id)))
}

fn unreadable_place() -> ApiError {
    ApiError::invalid("after must be what an earlier look-up answered as next")
}

pub(crate) fn update_claimant(co_signer: &CoSigner, call: Call<UpdateClaimant>) -> Result<WalletAnswer, ApiError> {
    let key = call.caller.api_key(Scope::WalletsUpdate)?.id;
    let UpdateClaimant { wallet_id, from, to } = call.message;
    let id = wallet_id_of(&wallet_id)?;
    let from = co_signer
        .root
        .claimant_index(&from.normalised().map_err(ApiError::invalid)?);
    let to = co_signer
        .root
        .claimant_index(&to.normalised().map_err(ApiError::invalid)?);
    let current = || co_signer.wallet(id);
    match current()? {
        WalletRecord { passkeys: Some(_), .. } => return Err(ApiError::already_claimed()),
        // The answer to this very request was lost, perhaps.
        wallet if wallet.claimant == to => return Ok(answer(&wallet)),
        wallet if wallet.claimant != from => {
            return Err(ApiError::not_authorised(
                "the wallet was made for another claimant than `from` says",
            ));
        }
        wallet => wallet.refuse_frozen()?,
    }
    let update = ClaimantUpdate {
        wallet: id,
        from,
        to,
        most: co_signer.config.limits.wallets_per_claimant,
        key,
        at: call.now,
    };
    or_refuse(co_signer.store.update_claimant(update), || {
        refused_more(co_signer, &to, || {
            ApiError::not_authorised("the wallet has changed meanwhile")
        })
    })?;
    Ok(answer(&current()?))
}

/// Why a wallet could not become a claimant's: they have as many as they may, or something else.
pub(super) fn refused_more(co_signer: &CoSigner, claimant: &[u8; 32], other: impl FnOnce() -> ApiError) -> ApiError {
    match co_signer.store.count_wallets_of(claimant) {
        Ok(count) if count >= u64::from(co_signer.config.limits.wallets_per_claimant) => ApiError::not_authorised(
            "the claimant has as many wallets as limits.wallets_per_claimant allows: the co-signer's operator may delete unclaimed ones",
        ),
        Ok(_) => other(),
        Err(error) => error.into(),
    }
}

fn wallet_id_of(text: &str) -> Result<WalletId, ApiError> {
    let mut id = [0; 16];
    match Base64UrlUnpadded::decode(text, &mut id).map(<[u8]>::len) {
        Ok(16) => Ok(WalletId(id)),
        Ok(_) | Err(_) => Err(ApiError::invalid(
            "walletId must be 16 bytes as base64url without padding",
        )),
    }
}

fn answer(wallet: &WalletRecord) -> WalletAnswer {
    WalletAnswer {
        wallet_id: Base64UrlUnpadded::encode_string(&wallet.id.0),
        wallet_type: wallet.wallet_type,
        scheme: match wallet.scheme() {
            Scheme::EcdsaSecp256k1 => "ecdsa-secp256k1".to_owned(),
            Scheme::EddsaEd25519 => "eddsa-ed25519".to_owned(),
        },
        public_key: Base64UrlUnpadded::encode_string(&wallet.public_key.to_bytes()),
        epoch: wallet.epoch.0,
        claimed: wallet.is_claimed(),
        imported: wallet.is_imported(),
        created_at: wallet.created_at,
    }
}
