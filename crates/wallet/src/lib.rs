#![doc = include_str!("../README.md")]

mod absent;
mod address;
mod api_key;
mod cancel;
mod claim;
pub mod contract;
mod error;
mod exchange;
pub mod host;
mod identity;
mod info;
mod json;
mod kit;
mod opening;
pub mod ownership;
mod pairing;
mod passkey;
mod payload;
mod prepared;
pub mod receipt;
mod records;
pub mod refusal;
#[cfg(test)]
mod released;
mod resume;
mod retry_after;
mod seal;
mod sender;
mod server;
mod session;
mod text;
mod vault;
mod wallet;

pub use claim::{Claim, Claimed, FinishOptions, Phase, Progress, Proof};
pub use error::{Error, Fault};
pub use identity::identity;
pub use info::{Child, WalletInfo, path, public_key_text, wallet_id};
pub use kit::Kit;
pub use mpc::{Digest, Epoch, Path, Point, Scheme, Signature, WalletId, channel::ChannelPublicKey};
pub use opening::{ExpectedWallet, expected_wallet};
pub use passkey::{BeforePrompt, Prompt};
pub use payload::Payload;
pub use records::Records;
pub use resume::{Resumed, Unsettled};
pub use server::{CreatedWallet, ImportedKey, KeyForm, ListedWallet, SealedHandOff, Server, ShareHandle};
pub use session::{
    AddPasskey, ListedPasskey, ListedSession, LockReason, Rotated, Session, SessionEvent, SessionOptions, passkey_id,
    passkey_id_text, session_id,
};
pub use wallet::Wallet;
pub use wire::{ClaimantId, CoSignerIdentity, ErrorCode, WalletType, ceremony::DeviceName, claimant::Unicode};
