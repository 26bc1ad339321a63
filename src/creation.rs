//! What new wallets are made of.

use js_sys::Array;
use wallet::{ClaimantId, ImportedKey, KeyForm, WalletType};
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use crate::{
    claimant::claimant,
    data::{self, CreatedWallet, WalletData, to_js},
    error::Failure,
    options::Options,
    promise::Asked,
};

/// `CreateWalletOptions`.
pub(crate) fn one(options: &JsValue) -> Asked<(WalletType, ClaimantId)> {
    let options = Options::open("server.createWallet", options, &["type", "claimantId", "signal"])?;
    let asked = (data::wallet_type(&options)?, claimant(&options)?);
    Ok((asked, options.signal()?))
}

/// `CreateWalletPerTypeOptions`.
pub(crate) fn several(options: &JsValue) -> Asked<(Vec<WalletType>, ClaimantId)> {
    let known = ["types", "claimantId", "signal"];
    let options = Options::open("server.createWalletPerType", options, &known)?;
    let types = options.texts("types")?.into_iter();
    let types = types.map(|name| WalletType::parse(&name)).collect::<Option<_>>();
    let types = types.ok_or_else(|| options.refuse("types", "an array of \"EVM\", \"COSMOS\" and \"SOLANA\""))?;
    Ok(((types, claimant(&options)?), options.signal()?))
}

/// `ImportWalletOptions`.
pub(crate) fn imported(options: &JsValue) -> Asked<(ImportedKey, ClaimantId)> {
    let known = ["type", "privateKey", "form", "chainCode", "claimantId", "signal"];
    let options = Options::open("server.importWallet", options, &known)?;
    let wallet_type = data::wallet_type(&options)?;
    let (key, form) = key(&options, wallet_type)?;
    let chain_code = options.has("chainCode")?.then(|| options.bytes("chainCode"));
    let imported = ImportedKey {
        wallet_type,
        key,
        form,
        chain_code: chain_code.transpose()?.map(|code| *code),
    };
    Ok(((imported, claimant(&options)?), options.signal()?))
}

/// Reads a key in the form that tools of its chain export: for SOLANA a seed, or a seed and its public key.
fn key(options: &Options, wallet_type: WalletType) -> Result<(Zeroizing<[u8; 32]>, KeyForm), Failure> {
    let form = match (options.has("form")?, wallet_type) {
        (false, WalletType::Evm | WalletType::Cosmos) => KeyForm::Scalar,
        (false, WalletType::Solana) => KeyForm::Seed,
        (true, _) => match options.text("form")?.as_str() {
            "scalar" => KeyForm::Scalar,
            "seed" => KeyForm::Seed,
            _ => return Err(options.refuse("form", "\"seed\" or \"scalar\"")),
        },
    };
    if form == KeyForm::Seed && options.is_bytes("privateKey", 64)? {
        let pair = options.bytes::<64>("privateKey")?;
        let (seed, public_key) = pair.split_at(32);
        let (mut key, mut known) = (Zeroizing::new([0; 32]), [0; 32]);
        key.copy_from_slice(seed);
        known.copy_from_slice(public_key);
        return Ok((key, KeyForm::SeedOf(known)));
    }
    Ok((options.bytes("privateKey")?, form))
}

/// `CreatedWallet`.
pub(crate) fn created(wallet: &wallet::CreatedWallet) -> Result<JsValue, wallet::Error> {
    to_js(&CreatedWallet {
        wallet: WalletData::of(&wallet.wallet),
        share: &wallet.share,
    })
}

/// `CreatedWallet[]`.
pub(crate) fn all(wallets: &[wallet::CreatedWallet]) -> Result<Array, wallet::Error> {
    wallets.iter().map(created).collect()
}
