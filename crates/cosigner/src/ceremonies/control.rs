//! The control plane: identity, look-up, another claimant.

use base64ct::{Base64UrlUnpadded, Encoding};
use mpc::{Scheme, WalletId};
use wire::control::{Identity, Lookup, UpdateClaimant, WalletRecord as WalletAnswer, Wallets};

use super::or_refuse;
use crate::{api_error::ApiError, api_key::Scope, door::Call, state::CoSigner, store::WalletRecord};

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
    let wallets = co_signer.store.wallets_of(&co_signer.root.claimant_index(&claimant))?;
    wallets
        .iter()
        .try_for_each(|wallet| co_signer.restored.refuse(wallet.id))?;
    Ok(Wallets {
        wallets: wallets.iter().map(answer).collect(),
    })
}

pub(crate) fn update_claimant(co_signer: &CoSigner, call: Call<UpdateClaimant>) -> Result<WalletAnswer, ApiError> {
    call.caller.api_key(Scope::WalletsUpdate)?;
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
        _ => {}
    }
    or_refuse(co_signer.store.update_claimant(id, from, to, call.now), || {
        ApiError::not_authorised("the wallet has changed meanwhile")
    })?;
    Ok(answer(&current()?))
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
