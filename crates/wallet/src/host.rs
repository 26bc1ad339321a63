//! What the client runs in: five ports, implemented by a browser, by Node, by a test.

// The futures need not be `Send`: a browser has one thread, and a native caller drives a client from one task.
#![allow(async_fn_in_trait)]

use wire::ceremony::{Assertion, Registration};
use zeroize::Zeroizing;

pub use crate::{
    absent::Absent,
    cancel::{Cancel, Hook},
};

/// What the client runs in.
pub trait Host {
    /// Sends requests to the co-signer.
    type CoSigner: CoSigner;
    /// Makes and uses passkeys.
    type Passkeys: Passkeys;
    /// Keeps sealed records.
    type Store: ShareStore;
    /// Makes keys that sign a session's requests.
    type SessionKeys: SessionKeys;

    /// The way to the co-signer.
    fn co_signer(&self) -> &Self::CoSigner;
    /// The passkeys.
    fn passkeys(&self) -> &Self::Passkeys;
    /// The store.
    fn store(&self) -> &Self::Store;
    /// The keys of sessions.
    fn session_keys(&self) -> &Self::SessionKeys;
    /// The wall clock, Unix seconds.
    fn now(&self) -> u64;
    /// Lets others run between two slices of long work: a page must stay alive.
    async fn pause(&self);
    /// Waits before something is tried again, at least as long as asked.
    async fn wait(&self, milliseconds: u32);
}

/// Sends one request to the co-signer and gives its answer, whatever the status. Never retries: that is its caller's decision.
pub trait CoSigner {
    /// Sends `request`.
    ///
    /// # Errors
    /// [`TransportError`] if no whole answer came.
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError>;
}

/// One HTTP request.
#[derive(Debug)]
pub struct HttpRequest<'a> {
    /// `GET` where there is no body, `POST` with it.
    pub body: Option<&'a [u8]>,
    /// The path below the co-signer's address, with its leading slash.
    pub path: &'a str,
    /// The body's media type.
    pub content_type: &'static str,
    /// The `Authorization` header's value, of a back end.
    pub authorization: Option<&'a str>,
    /// Further headers, by their names in lower case: a signature.
    pub headers: &'a [(&'static str, String)],
    /// The longest answer to read, in bytes.
    pub answer_limit: usize,
    /// Ends the request, if the caller asks for it.
    pub cancel: &'a Cancel,
}

/// One HTTP answer.
#[derive(Debug)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// `Retry-After`, as it came.
    pub retry_after: Option<String>,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Not connected, connection lost, time out, answer too long.
    #[error("the co-signer could not be reached")]
    Unreachable,
    /// The caller's cancellation.
    #[error("the call was cancelled")]
    Cancelled,
}

/// Makes keys that sign a session's requests.
pub trait SessionKeys {
    /// A key, until it is dropped.
    type Key: SessionKey;

    /// Makes a key pair of P-256 whose private half can't be read, by whatever this client runs in.
    ///
    /// # Errors
    /// [`SessionKeyError`] if there are no such keys here.
    async fn generate(&self) -> Result<Self::Key, SessionKeyError>;
}

/// A key that signs a session's requests.
pub trait SessionKey {
    /// The public half: SEC1, not compressed.
    fn public(&self) -> [u8; 65];

    /// Signs by ECDSA with SHA-256: r and s, 32 bytes each, big-endian.
    ///
    /// # Errors
    /// [`SessionKeyError`] if the key can't be used any more.
    async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SessionKeyError>;
}

/// No key for a session, or none that signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this browser, or this page's address, has no keys that sign and can't be copied")]
pub struct SessionKeyError;

/// Makes and uses passkeys. One ceremony a call, never retried, nothing shown but the browser's own prompt.
pub trait Passkeys {
    /// Whether passkeys with PRF can work here at all, as far as can be told without a prompt.
    async fn check(&self) -> Result<(), PasskeyError>;

    /// Makes a discoverable credential, user verification required, attestation `none`, ES256 or EdDSA.
    async fn create(&self, options: CreatePasskey<'_>) -> Result<CreatedPasskey, PasskeyError>;

    /// Asks for an assertion, user verification required, and the PRF output that goes with it.
    async fn get(&self, options: UsePasskey<'_>) -> Result<UsedPasskey, PasskeyError>;

    /// Tells the authenticator that a credential is of no use (WebAuthn `signalUnknownCredential`), where that can be told.
    async fn forget(&self, rp_id: &str, credential: &[u8]);
}

/// What a new passkey is made from.
#[derive(Debug)]
pub struct CreatePasskey<'a> {
    /// The relying party's id.
    pub rp_id: &'a str,
    /// The relying party's name.
    pub rp_name: &'a str,
    /// The WebAuthn user handle.
    pub user_handle: &'a [u8],
    /// What the authenticator shows for the user.
    pub user_name: &'a str,
    /// The challenge.
    pub challenge: &'a [u8; 32],
    /// The input of the PRF.
    pub prf_input: &'a [u8; 32],
    /// Credentials that an authenticator must not have already.
    pub exclude: &'a [Vec<u8>],
    /// Ends the prompt, if the caller asks for it.
    pub cancel: &'a Cancel,
}

/// What a passkey is asked.
#[derive(Debug)]
pub struct UsePasskey<'a> {
    /// The relying party's id.
    pub rp_id: &'a str,
    /// The challenge.
    pub challenge: &'a [u8; 32],
    /// The credentials that may answer; any of the relying party, if there are none.
    pub credentials: &'a [Vec<u8>],
    /// How the person is asked.
    pub mediation: Mediation,
    /// The input of the PRF.
    pub prf_input: &'a [u8; 32],
    /// Ends the prompt, if the caller asks for it.
    pub cancel: &'a Cancel,
}

/// How a person is asked for a passkey (Credential Management §2.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mediation {
    /// By a prompt.
    Prompt,
    /// By what the browser offers in a field that can be filled in: nothing is shown until the person chooses.
    Autofill,
}

/// A PRF output: 32 secret bytes. Erased when dropped; boxed, since each place that it moved through would keep a copy.
pub struct PrfOutput(pub Box<Zeroizing<[u8; 32]>>);

/// A new passkey.
pub struct CreatedPasskey {
    /// What the co-signer verifies.
    pub registration: Registration,
    /// What the browser said of the PRF.
    pub prf: CreatedPrf,
}

/// What a browser says of the PRF when it makes a passkey. Nothing is sealed to an output that is given here: it must be the same with an
/// assertion.
pub enum CreatedPrf {
    /// Here is an output.
    Output(PrfOutput),
    /// The passkey has a PRF; its output comes with an assertion.
    AtAssertion,
    /// The passkey has none.
    Unavailable,
}

/// A used passkey.
pub struct UsedPasskey {
    /// What the co-signer verifies.
    pub assertion: Assertion,
    /// The PRF output, if the passkey gave one.
    pub prf: Option<PrfOutput>,
}

/// Why a passkey ceremony gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// No passkeys in this browser, or none at this page's address.
    #[error("passkeys can't be used here")]
    Unsupported,
    /// The person, or the time-out, ended the prompt; no authenticator, wrong person and unknown credential look the same.
    #[error("the passkey prompt was ended")]
    Declined,
    /// The authenticator that the person chose has one of the excluded credentials.
    #[error("this device, or passkey provider, has a passkey of the wallet already: choose another one")]
    Excluded,
    /// The browser, or the passkey, can't evaluate a PRF.
    #[error(
        "the passkey gives no PRF output of 32 bytes: choose another authenticator or passkey provider, or update the browser"
    )]
    NoPrf,
    /// The caller's cancellation.
    #[error("the call was cancelled")]
    Cancelled,
    /// Another ceremony is under way, or the browser failed.
    #[error("the passkey prompt failed")]
    Failed,
}

/// Keeps sealed records by key. Never sees a share in clear.
pub trait ShareStore {
    /// Holds a name until it is dropped.
    type Held;

    /// Waits until nobody else holds `name`, in this page or in another of the same origin, then holds it.
    async fn hold(&self, name: &str, cancel: &Cancel) -> Result<Self::Held, StoreError>;

    /// Holds `name`, unless somebody else does at this moment.
    async fn try_hold(&self, name: &str) -> Result<Option<Self::Held>, StoreError>;

    /// Every record, in no order, as they were at one moment.
    async fn list(&self) -> Result<Vec<Record>, StoreError>;

    /// Makes all changes, or none; returns once they are durable and have been read back the same. None is made, and
    /// [`StoreError::Changed`] is the answer, if one of the records is of another generation than its change replaces.
    async fn write(&self, write: Write, changes: &[Change]) -> Result<(), StoreError>;
}

/// A record of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its key.
    pub key: String,
    /// Which write it is of: at least 1, given by the store, and to no other write of that key for as long as the store lasts.
    pub generation: u64,
    /// Its bytes: an envelope.
    pub bytes: Vec<u8>,
}

/// One change of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The record's key.
    pub key: String,
    /// The generation that it must be of; 0 where there must be none.
    pub replaces: u64,
    /// What stands there afterwards; nothing, if the record is to go.
    pub bytes: Option<Vec<u8>>,
}

macro_rules! writes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a write is for: every durable step of a client has one of these names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Write {
            $($(#[$doc])* $variant,)*
        }

        impl Write {
            /// Every kind of write.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

writes! {
    /// The user handle of a passkey that is about to be made, and again once its prompt has ended.
    Handle = "handle",
    /// The next shares and their pairing, sealed, as pending.
    Seal = "seal",
    /// The pending shares become the wallets'.
    Promote = "promote",
    /// Pending shares that nothing will promote are taken back.
    RollBack = "roll_back",
    /// A new pairing of a session.
    Pair = "pair",
    /// Copies that the co-signer kept, put in the place of what was lost.
    Restore = "restore",
    /// Shares, sealed to other passkeys than before.
    Passkeys = "passkeys",
    /// Pairings and handles that no wallet needs any more are erased.
    Sweep = "sweep",
}

/// The store failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Blocked, or gone.
    #[error("this device's storage can't be used: leave private browsing, or allow this site to store data")]
    Unavailable,
    /// There is no room left.
    #[error("this device's storage is full: free some space and try again")]
    Full,
    /// Another page changed a record meanwhile.
    #[error("another page changed the wallet meanwhile: try again")]
    Changed,
    /// What was read back is not what was written.
    #[error("this device's storage did not keep what was written")]
    NotKept,
    /// Another page held the name for longer than it is waited for.
    #[error("another page works on the same wallet, and may be suspended: close it and try again")]
    Busy,
    /// A newer release has stored there.
    #[error("this device's storage is a newer release's: load the page again, or update it")]
    Newer,
    /// The caller's cancellation, while another held the name.
    #[error("the call was cancelled")]
    Cancelled,
}
