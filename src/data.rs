//! Data that crosses the boundary: what results look like, and how identifiers and keys are read.

use base64ct::{Base64UrlUnpadded, Encoding};
use js_sys::Array;
use serde::Serialize;
use wallet::{
    ChannelPublicKey, CoSignerIdentity, ListedWallet, Resumed, Rotated, Unsettled, WalletInfo, WalletType,
    public_key_text, receipt::VerifiedReceipt,
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{error::Failure, options::Options};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("data/types.d.ts");

/// `WalletInfo`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalletData {
    wallet_id: String,
    #[serde(flatten)]
    located: Located,
    scheme: &'static str,
    public_key: String,
    epoch: u32,
}

/// A wallet's type, and the address that follows from it.
#[derive(Serialize)]
struct Located {
    r#type: &'static str,
    address: String,
}

impl Located {
    fn of(info: &WalletInfo) -> Self {
        Self {
            r#type: info.wallet_type.as_str(),
            address: info.address(),
        }
    }
}

impl WalletData {
    pub(crate) fn of(info: &WalletInfo) -> Self {
        Self {
            wallet_id: info.id_text(),
            located: Located::of(info),
            scheme: info.scheme_text(),
            public_key: public_key_text(&info.public_key),
            epoch: info.epoch.0,
        }
    }
}

/// `ChildKey`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChildData {
    pub(crate) public_key: String,
    pub(crate) address: String,
}

/// `WalletRecord`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalletRecord {
    #[serde(flatten)]
    wallet: WalletData,
    claimed: bool,
    imported: bool,
    created_at: u64,
}

impl WalletRecord {
    pub(crate) fn of(listed: &ListedWallet) -> Self {
        Self {
            wallet: WalletData::of(&listed.wallet),
            claimed: listed.is_claimed,
            imported: listed.is_imported,
            created_at: milliseconds(listed.created_at),
        }
    }
}

/// `CreatedWallet`.
#[derive(Serialize)]
pub(crate) struct CreatedWallet<'a> {
    pub(crate) wallet: WalletData,
    pub(crate) share: &'a str,
}

/// `HandOff`.
#[derive(Serialize)]
pub(crate) struct HandOff<'a> {
    pub(crate) share: &'a str,
    pub(crate) ticket: &'a str,
}

/// `Resumed`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResumedData {
    finished: Vec<WalletData>,
    rolled_back: Vec<WalletData>,
    busy: Vec<WalletData>,
    failed: Vec<UnsettledData>,
}

/// `Unsettled`.
#[derive(Serialize)]
struct UnsettledData {
    wallet: WalletData,
    code: &'static str,
    message: String,
    retryable: bool,
}

impl UnsettledData {
    fn of(failed: &Unsettled) -> Self {
        Self {
            wallet: WalletData::of(&failed.wallet),
            code: failed.error.code().as_str(),
            message: failed.error.to_string(),
            retryable: failed.error.is_retryable(),
        }
    }
}

impl ResumedData {
    pub(crate) fn of(resumed: &Resumed) -> Self {
        let all = |wallets: &[WalletInfo]| wallets.iter().map(WalletData::of).collect();
        Self {
            finished: all(&resumed.finished),
            rolled_back: all(&resumed.rolled_back),
            busy: all(&resumed.busy),
            failed: resumed.failed.iter().map(UnsettledData::of).collect(),
        }
    }
}

/// `Rotated`.
#[derive(Serialize)]
pub(crate) struct RotatedData {
    wallets: Vec<WalletData>,
    receipts: Vec<String>,
}

impl RotatedData {
    pub(crate) fn of(rotated: &Rotated) -> Self {
        Self {
            wallets: rotated.wallets.iter().map(WalletData::of).collect(),
            receipts: rotated.receipts.clone(),
        }
    }
}

/// `FinishedClaim`.
#[derive(Serialize)]
pub(crate) struct FinishedClaim<'a> {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) wallet: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) session: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub(crate) wallets: Array,
    pub(crate) receipt: &'a str,
    pub(crate) receipts: &'a [String],
}

/// `ReceiptDetails`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptData {
    wallet_id: String,
    /// Where the caller said what the wallet is for: a receipt doesn't.
    #[serde(flatten)]
    located: Option<Located>,
    scheme: &'static str,
    public_key: String,
    epoch: u32,
    credential_id: String,
    co_signer: String,
    imported: bool,
    committed_at: u64,
}

impl ReceiptData {
    pub(crate) fn of(receipt: &VerifiedReceipt, wallet_type: Option<WalletType>) -> Result<Self, wallet::Error> {
        let wallet = wallet_type.map(|wallet_type| receipt.wallet_of_type(wallet_type));
        Ok(Self {
            wallet_id: receipt.id_text(),
            located: wallet.transpose()?.as_ref().map(Located::of),
            scheme: receipt.scheme_text(),
            public_key: public_key_text(&receipt.public_key),
            epoch: receipt.epoch.0,
            credential_id: Base64UrlUnpadded::encode_string(&receipt.credential),
            co_signer: Base64UrlUnpadded::encode_string(&receipt.co_signer),
            imported: receipt.imported,
            committed_at: milliseconds(receipt.committed_at),
        })
    }
}

/// `CoSignerIdentity`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    channel_key: String,
    receipt_key: String,
}

impl From<&CoSignerIdentity> for Identity {
    fn from(identity: &CoSignerIdentity) -> Self {
        Self {
            channel_key: Base64UrlUnpadded::encode_string(&identity.channel.0),
            receipt_key: Base64UrlUnpadded::encode_string(&identity.receipt),
        }
    }
}

/// A result, as JavaScript sees it.
pub(crate) fn to_js(data: &impl Serialize) -> Result<JsValue, wallet::Error> {
    let plain = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    data.serialize(&plain)
        .map_err(|_| wallet::Error::Internal("a result could not be given to JavaScript"))
}

/// Unix seconds as JavaScript's milliseconds.
pub(crate) fn milliseconds(seconds: u64) -> u64 {
    seconds.saturating_mul(1000)
}

/// Unix seconds of a clock that is ahead by so many seconds, as milliseconds of this device's clock.
pub(crate) fn local_time(seconds: u64, ahead: i64) -> f64 {
    milliseconds(seconds.saturating_add_signed(-ahead)) as f64
}

/// Reads what a wallet is for.
pub(crate) fn wallet_type(options: &Options) -> Result<WalletType, Failure> {
    WalletType::parse(&options.text("type")?).ok_or_else(|| options.refuse("type", "\"EVM\", \"COSMOS\" or \"SOLANA\""))
}

/// Reads one share, or several.
pub(crate) fn shares(options: &Options) -> Result<Vec<Zeroizing<String>>, Failure> {
    match options.has("shares")? {
        true if options.has("share")? => Err(options.refuse("share", "left out where `shares` is given")),
        true => options.texts("shares"),
        false => Ok(vec![options.text("share")?]),
    }
}

/// Reads the co-signer that is expected, if one is.
pub(crate) fn identity(options: &Options) -> Result<Option<CoSignerIdentity>, Failure> {
    if !options.has("identity")? {
        return Ok(None);
    }
    let identity = options.bag("identity", &["channelKey", "receiptKey", "version"])?;
    Ok(Some(CoSignerIdentity {
        channel: ChannelPublicKey(key(&identity, "channelKey")?),
        receipt: key(&identity, "receiptKey")?,
    }))
}

fn key(options: &Options, name: &str) -> Result<[u8; 32], Failure> {
    let mut key = [0; 32];
    match Base64UrlUnpadded::decode(options.text(name)?.as_bytes(), &mut key).map(<[u8]>::len) {
        Ok(32) => Ok(key),
        Ok(_) | Err(_) => Err(options.refuse(name, "32 bytes in base64url")),
    }
}

/// Writes bytes as a `Uint8Array`.
pub(crate) fn bytes<S: serde::Serializer>(bytes: impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes.as_ref())
}
