//! claimkit's client.

mod absent;
mod address;
mod cancel;
mod claim;
mod error;
pub mod host;
mod info;
mod kit;
pub mod receipt;
mod server;
mod session;
mod wallet;

pub use claim::{Claim, Claimed, FinishOptions, Phase, Progress, Proof};
pub use error::{Error, Fault};
pub use info::{WalletInfo, wallet_id};
pub use kit::Kit;
pub use mpc::{Digest, Epoch, Point, Scheme, Signature, WalletId, channel::ChannelPublicKey};
pub use server::{CreatedWallet, ListedWallet, SealedHandOff, Server, ShareHandle, WalletType};
pub use session::Session;
pub use wallet::Wallet;
pub use wire::{ClaimantId, CoSignerIdentity, ErrorCode};
