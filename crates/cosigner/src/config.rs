//! The settings: one TOML file, read once, refused whole if anything in it is wrong.

mod check;
mod listeners;
mod weak;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;

pub use self::listeners::{Admin, Connections};
use crate::Error;

/// Every setting of a co-signer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// The SQLite file. Its folder must exist.
    pub database: PathBuf,
    /// The high-water mark: a file that says how far the database once had come. Without it: the database's name, and `.mark`.
    #[serde(default)]
    pub high_water_mark: Option<PathBuf>,
    /// Whom this co-signer serves.
    pub relying_party: RelyingParty,
    /// Where the key comes from that encrypts everything at rest.
    pub key_encryption: KeySource,
    /// How long things last.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// How much one caller may ask for.
    #[serde(default)]
    pub limits: Limits,
    /// What the operator allows.
    #[serde(default)]
    pub policy: Policy,
    /// Where probes and metrics are.
    #[serde(default)]
    pub admin: Admin,
    /// How many connections there may be, and how long each is waited for.
    #[serde(default)]
    pub connections: Connections,
}

/// The site whose wallets and passkeys this co-signer holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelyingParty {
    /// The RP ID: a domain that every origin but the related ones is equal to or below.
    pub id: String,
    /// What authenticators show.
    pub name: String,
    /// The origins that pages may call from, such as `https://app.example.com`.
    pub origins: Vec<String>,
    /// Origins of other domains whose pages may use these passkeys too, as `https://<id>/.well-known/webauthn` tells browsers (WebAuthn
    /// Level 3, §5.11).
    #[serde(default)]
    pub related_origins: Vec<String>,
}

impl RelyingParty {
    /// Every origin that pages may call from.
    pub(crate) fn allowed_origins(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().chain(&self.related_origins).map(String::as_str)
    }
}

/// Where the key-encryption key comes from: 32 bytes, as base64url without padding.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "provider", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeySource {
    /// A file that only the co-signer's user can read.
    File {
        /// The file.
        path: PathBuf,
        /// Makes the file at first start. For a demo: in production the key is made, and kept a copy of, before.
        #[serde(default)]
        create_key: bool,
    },
    /// An environment variable.
    Environment {
        /// The variable's name.
        variable: String,
    },
}

/// How long things last, in seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// A claim, from its start to its commit.
    pub claim: u64,
    /// An unlock or an export, from its start to the passkey's answer.
    pub unlock: u64,
    /// A session, from its unlock or its last refresh.
    pub session: u64,
    /// A session that is not used.
    pub session_idle: u64,
    /// A session from its unlock, however often it is refreshed.
    pub session_maximum: u64,
    /// An epoch of a claimed wallet, until a session has to rotate it before it signs again; 0: for ever.
    pub epoch: u64,
    /// One request, until it is answered or given up.
    pub request: u64,
    /// A failed check of oblivious transfers, until it is forgotten.
    pub failed_check: u64,
    /// A key that signs proofs of ownership, until the next proof is signed by another.
    pub proof_key: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            claim: 10 * 60,
            unlock: 5 * 60,
            session: 90 * 60,
            session_idle: 30 * 60,
            session_maximum: 12 * 60 * 60,
            epoch: 0,
            request: 30,
            failed_check: 60 * 60,
            proof_key: 30 * 24 * 60 * 60,
        }
    }
}

/// How much one caller may ask for, in requests a minute where nothing else is said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// One API key.
    pub api_key: u32,
    /// One wallet: signatures and proofs; as many claims that are started, as many that are resumed, and as many unlocks, of which one
    /// network may begin a quarter.
    pub wallet: u32,
    /// One session.
    pub session: u32,
    /// Requests of one remote address that show neither API key, ticket, session nor passkey; and as many of the identity and the keys of
    /// proofs.
    pub address: u32,
    /// New pairings of one API key.
    pub pairing: u32,
    /// Exports that one session starts; as many changes of passkeys.
    pub export: u32,
    /// Rotations of one wallet that its passkey approved, a day; and as many that one session starts.
    pub rotations: u32,
    /// The seconds from one rotation of a wallet to the next.
    pub rotation_pause: u32,
    /// New pairings that one session makes beside rotations, a day.
    pub renewals: u32,
    /// Failed checks of oblivious transfers, of one API key, passkey or wallet that is being claimed, for as long as
    /// [`Lifetimes::failed_check`] says. Who has failed as many gets no new pairing.
    pub failed_checks: u32,
    /// Passkeys that were shown to claims of one wallet and did not hold, for as long as [`Lifetimes::failed_check`] says. A wallet
    /// with as many takes no confirmation of a claim.
    pub failed_confirmations: u32,
    /// Wallets of one claimant.
    pub wallets_per_claimant: u32,
    /// Requests being worked on at once, of all callers. Half of them may begin something: what was begun finds room.
    pub concurrent: u32,
    /// The header that a trusted proxy writes the caller's address to; its last entry counts. `forwarded` is read as RFC 7239 says, any other as
    /// a list of addresses, with or without port. None: the connection's address.
    pub address_header: Option<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            api_key: 60_000,
            wallet: 120,
            session: 600,
            address: 600,
            pairing: 30,
            export: 5,
            rotations: 24,
            rotation_pause: 60,
            renewals: 100,
            failed_checks: 5,
            failed_confirmations: 10,
            wallets_per_claimant: 64,
            concurrent: 256,
            address_header: None,
        }
    }
}

/// What the operator allows.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Whether a session gets the co-signer's share of its wallet.
    pub export: ExportPolicy,
    /// How often a session may be refreshed without the passkey.
    pub session_refreshes: u32,
    /// What becomes of a passkey whose signature counter is no higher than it was.
    pub sign_count: SignCountPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            export: ExportPolicy::default(),
            session_refreshes: 7,
            sign_count: SignCountPolicy::default(),
        }
    }
}

/// What becomes of a passkey whose signature counter went back: it may have been copied, or its authenticator counts badly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignCountPolicy {
    /// The audit log tells of it.
    #[default]
    Audit,
    /// The audit log tells of it, and the passkey is refused.
    Refuse,
}

/// Whether wallets may be exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportPolicy {
    /// No share ever leaves.
    #[default]
    Refused,
    /// Whoever unlocked a wallet may have its whole key, when the passkey says so once more.
    Allowed,
}

fn listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8787).into()
}

impl Config {
    /// Settings for a relying party, with a database and a key source; the rest as by default.
    pub fn new(relying_party: RelyingParty, database: impl Into<PathBuf>, key_encryption: KeySource) -> Self {
        Self {
            listen: listen(),
            database: database.into(),
            high_water_mark: None,
            relying_party,
            key_encryption,
            lifetimes: Lifetimes::default(),
            limits: Limits::default(),
            policy: Policy::default(),
            admin: Admin::default(),
            connections: Connections::default(),
        }
    }

    /// Where the high-water mark is.
    pub fn high_water_path(&self) -> PathBuf {
        self.high_water_mark.clone().unwrap_or_else(|| {
            let mut path = self.database.clone().into_os_string();
            path.push(".mark");
            path.into()
        })
    }

    /// Reads a settings file and checks it.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence: which file, which line or setting, what was expected.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |what: String| Error::Setting(format!("settings {}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("can't be read ({error})")))?;
        Self::parse(&text).map_err(|error| wrong(error.to_string()))
    }

    /// Reads settings from a file's text and checks them.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence: which line or setting, what was expected.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            // Some messages have lines of their own: an error here is one sentence.
            Error::Setting(format!("line {line}: {}", error.message().replace('\n', " ")))
        })?;
        config.check()?;
        Ok(config)
    }
}
