//! Further passkeys of claimed wallets: added and removed by a session whose person approves it, named and listed by any session.

use borsh::{BorshDeserialize, BorshSerialize};
use mpc::{WalletId, channel::ChannelPublicKey};

use super::{Assertion, DeviceName, Done, Registration, SealedCopy};
use crate::{bounded, message::Request, share::MAX_WALLETS, statement::ClaimedKey};

/// A passkey that was just made.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NewPasskey {
    /// As the browser gives it.
    pub registration: Registration,
    /// What shares are sealed to: the public half of what its PRF output becomes.
    pub key: ChannelPublicKey,
    /// What its person calls it.
    pub name: DeviceName,
}

/// Asks to change whom wallets are sealed to: by a session.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyStart {
    /// The keys as the client holds them: wallets of the session, 1 to [`MAX_WALLETS`].
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub keys: Vec<ClaimedKey>,
}
request!(PasskeyStart => PasskeyOffer, "/v1/passkey/start", 4 * 1024, 2048);

/// What the passkeys need; the client builds each challenge itself, from a `PasskeyTranscript`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyOffer {
    /// The co-signer's nonce.
    pub nonce: [u8; 32],
    /// The relying party's id.
    #[borsh(deserialize_with = "bounded::rp_id")]
    pub rp_id: String,
    /// The relying party's name, shown by authenticators.
    #[borsh(deserialize_with = "bounded::rp_name")]
    pub rp_name: String,
    /// The digest of each wallet's [`PasskeySet`](crate::PasskeySet), in the order asked for.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub passkeys: Vec<[u8; 32]>,
}

/// Adds a passkey. One that was added already is added again without a change.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyAdd {
    /// The passkey.
    pub passkey: NewPasskey,
    /// The session's own passkey says that it may.
    pub approval: Assertion,
    /// Each wallet's share, sealed to all of its passkeys, in the order asked for.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub copies: Vec<SealedCopy>,
}
request!(PasskeyAdd => Done, "/v1/passkey/add", 16 * 1024 + MAX_WALLETS * 9 * 1024, 64);

/// Removes a passkey: never the session's own, nor the last. One that was removed already is removed again without a change.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyRemove {
    /// Its credential id.
    #[borsh(deserialize_with = "bounded::credential_id")]
    pub credential: Vec<u8>,
    /// The session's own passkey says that it is to go.
    pub approval: Assertion,
    /// Each wallet's share, sealed to those that are left, in the order asked for.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub copies: Vec<SealedCopy>,
}
request!(PasskeyRemove => Done, "/v1/passkey/remove", 8 * 1024 + MAX_WALLETS * 9 * 1024, 64);

/// Gives a passkey of the session's wallets another name.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyRename {
    /// Its credential id.
    #[borsh(deserialize_with = "bounded::credential_id")]
    pub credential: Vec<u8>,
    /// The name.
    pub name: DeviceName,
}
request!(PasskeyRename => Done, "/v1/passkey/rename", 2048, 64);

/// Asks which passkeys open the session's wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeyList {}
request!(PasskeyList => PasskeysListed, "/v1/passkey/list", 16, MAX_LISTED_PASSKEYS * 2048);

/// The most passkeys that are listed; the oldest come first.
pub const MAX_LISTED_PASSKEYS: usize = 64;

/// The passkeys of the session's wallets.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasskeysListed {
    /// At most [`MAX_LISTED_PASSKEYS`], the oldest first.
    #[borsh(deserialize_with = "bounded::list::<_, _, MAX_LISTED_PASSKEYS>")]
    pub passkeys: Vec<ListedPasskey>,
}

/// A passkey as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListedPasskey {
    /// Its credential id.
    #[borsh(deserialize_with = "bounded::credential_id")]
    pub credential: Vec<u8>,
    /// What its person calls it.
    pub name: DeviceName,
    /// When it was registered, Unix seconds.
    pub created_at: u64,
    /// When it opened a session last, Unix seconds.
    pub used_at: u64,
    /// Whether it opened the session that asks.
    pub is_current: bool,
    /// The session's wallets that it opens.
    #[borsh(deserialize_with = "bounded::per_wallet")]
    pub wallets: Vec<WalletId>,
}
