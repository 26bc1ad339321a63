//! The control plane: JSON, for back ends that hold an API key.

use serde::{Deserialize, Serialize};

use crate::{ClaimantId, WalletType};

/// `GET /v1/identity`: whom to pin. Open to anyone.
pub const IDENTITY: &str = "/v1/identity";
/// `POST /v1/wallets/lookup`: wallets of a claimant (scope `wallets:read`).
pub const LOOKUP: &str = "/v1/wallets/lookup";
/// `POST /v1/wallets/claimant`: gives an unclaimed wallet another claimant id (scope `wallets:update`).
pub const UPDATE_CLAIMANT: &str = "/v1/wallets/claimant";

/// The co-signer's identity; keys as base64url of 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// X25519 channel key.
    pub channel_key: String,
    /// Ed25519 receipt key.
    pub receipt_key: String,
    /// The message version that is spoken.
    pub version: u8,
}

/// Asks for the wallets of a claimant. In the body, so that no identifier stands in an address or an access log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lookup {
    /// Whom they were made for.
    pub claimant_id: ClaimantId,
    /// Where an earlier answer's `next` says that it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many, 1 to [`MAX_LISTED_WALLETS`]; as many where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// The most wallets of one answer to a look-up.
pub const MAX_LISTED_WALLETS: u32 = 256;

/// The wallets of a claimant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wallets {
    /// Oldest first.
    pub wallets: Vec<WalletRecord>,
    /// What to ask with as `after` for those that come next, if there are any: opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A wallet as the co-signer knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WalletRecord {
    /// 16 bytes, base64url.
    pub wallet_id: String,
    /// What it is for.
    #[serde(rename = "type")]
    pub wallet_type: WalletType,
    /// `ecdsa-secp256k1` or `eddsa-ed25519`.
    pub scheme: String,
    /// X: 33 bytes, base64url: SEC 1 compressed, or 0xed and the 32 bytes of RFC 8032.
    pub public_key: String,
    /// The live epoch.
    pub epoch: u32,
    /// Whether its user has claimed it.
    pub claimed: bool,
    /// Whether its key was imported: somebody had it before, and may have it still.
    pub imported: bool,
    /// Unix seconds.
    pub created_at: u64,
}

/// Gives an unclaimed wallet another claimant id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateClaimant {
    /// 16 bytes, base64url.
    pub wallet_id: String,
    /// Whom it was made for so far.
    pub from: ClaimantId,
    /// Whom it is for now.
    pub to: ClaimantId,
}
