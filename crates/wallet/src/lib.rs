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
mod pairing;
mod passkey;
mod prepared;
pub mod receipt;
mod seal;
mod server;
mod session;
mod text;
mod vault;
mod wallet;

pub use claim::{Claim, Claimed, FinishOptions, Phase, Progress, Proof};
pub use error::{Error, Fault};
pub use identity::identity;
pub use info::{WalletInfo, wallet_id};
pub use kit::Kit;
pub use mpc::{Digest, Epoch, Point, Scheme, Signature, WalletId, channel::ChannelPublicKey};
pub use server::{CreatedWallet, ListedWallet, SealedHandOff, Server, ShareHandle, WalletType};
pub use session::Session;
pub use wallet::Wallet;
pub use wire::{ClaimantId, CoSignerIdentity, ErrorCode};
