//! The fault points: every message on either side, every durable write before, torn and after. Read off the code's own lists, so that
//! none is forgotten when one is added.

use core::fmt;

use cosigner::store;
use wallet::host;
use wire::ceremony::PATHS;

/// One place where a party may die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// The client is about to send a request.
    Send(&'static str),
    /// The co-signer has got it, and done nothing yet.
    Hear(&'static str),
    /// The co-signer is about to answer.
    Answer(&'static str),
    /// The client has got the answer, and done nothing yet.
    Receive(&'static str),
    /// The client writes to its store.
    ClientWrite(host::Write, Moment),
    /// The co-signer writes to its store.
    CoSignerWrite(store::Write, Moment),
}

/// How far a write has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// Nothing is written.
    Before,
    /// The co-signer's transaction has changed what it changes, and is not committed.
    Within,
    /// Half of it is on the disk: the log of a database, or its high-water mark, is cut inside what was added; of a client's write the
    /// first change was made and the others were not, which is worse than any browser promises.
    Torn,
    /// All of it is on the disk, and nobody was told.
    After,
}

/// Which party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    Client,
    CoSigner,
}

impl Point {
    /// Every point that the drilled flows pass.
    pub fn registered() -> Vec<Self> {
        let paths = PATHS.iter().copied().filter(|path| is_drilled(path));
        let messages = paths.flat_map(|path| {
            [
                Self::Send(path),
                Self::Hear(path),
                Self::Answer(path),
                Self::Receive(path),
            ]
        });
        let writes = host::Write::ALL.iter().filter(|write| **write != host::Write::Passkeys);
        let client = writes.flat_map(|write| {
            [Moment::Before, Moment::Torn, Moment::After].map(|moment| Self::ClientWrite(*write, moment))
        });
        let writes = store::Write::ALL.iter().filter(|write| is_write_drilled(**write));
        let co_signer = writes.flat_map(|write| {
            [Moment::Before, Moment::Within, Moment::Torn, Moment::After]
                .map(|moment| Self::CoSignerWrite(*write, moment))
        });
        messages.chain(client).chain(co_signer).collect()
    }

    /// Whose point it is: who dies at it by itself.
    pub fn side(self) -> Side {
        match self {
            Self::Send(_) | Self::Receive(_) | Self::ClientWrite(..) => Side::Client,
            Self::Hear(_) | Self::Answer(_) | Self::CoSignerWrite(..) => Side::CoSigner,
        }
    }

    /// The point of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::registered().into_iter().find(|point| point.to_string() == name)
    }
}

impl Moment {
    fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Within => "within",
            Self::Torn => "torn",
            Self::After => "after",
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(path) => write!(f, "client.send:{path}"),
            Self::Hear(path) => write!(f, "co-signer.hear:{path}"),
            Self::Answer(path) => write!(f, "co-signer.answer:{path}"),
            Self::Receive(path) => write!(f, "client.receive:{path}"),
            Self::ClientWrite(write, moment) => write!(f, "client.write:{}:{}", write.as_str(), moment.as_str()),
            Self::CoSignerWrite(write, moment) => write!(f, "co-signer.write:{}:{}", write.as_str(), moment.as_str()),
        }
    }
}

/// The request's path, as the registry has it.
pub fn path(path: &str) -> Option<&'static str> {
    PATHS.iter().copied().find(|known| *known == path)
}

/// Key generation and import make a wallet that nobody pays to before its back end has heard of it, and an export moves nothing, nor does
/// what a session does with its kin or its passkeys: they are no part of a claim.
fn is_drilled(path: &str) -> bool {
    ![
        "/v1/keygen/",
        "/v1/import/",
        "/v1/export/",
        "/v1/session/",
        "/v1/passkey/",
        "/v1/prove",
    ]
    .iter()
    .any(|other| path.starts_with(other))
}

/// The same for what the co-signer stores; a variant that is added has to be placed here.
fn is_write_drilled(write: store::Write) -> bool {
    use store::Write;
    match write {
        Write::Sweep
        | Write::EraseRetired
        | Write::AddPairing
        | Write::BeginQuery
        | Write::EndQuery
        | Write::BurnUnfinished
        | Write::PrepareClaim
        | Write::ConfirmClaim
        | Write::EndClaim
        | Write::CommitClaim
        | Write::BeginSession
        | Write::EndSession
        | Write::HighWater => true,
        // Operators' commands, databases that were set back, back ends' wallets, exports, sessions' housekeeping, probes, and lies: nothing
        // that a claim does.
        Write::PutRoot
        | Write::HeedHighWater
        | Write::Probe
        | Write::AddEvent
        | Write::AddApiKey
        | Write::UseApiKey
        | Write::RevokeApiKey
        | Write::CreateWallet
        | Write::UpdateClaimant
        | Write::FreezeWallet
        | Write::DeleteWallet
        | Write::RecordExport
        | Write::ChangePasskeys
        | Write::RenamePasskey
        | Write::BurnPairing
        | Write::FailCheck
        | Write::UseSession
        | Write::RefreshSession
        | Write::RevokeSessions
        | Write::EndSessionsOf
        | Write::RotateProofKey => false,
    }
}
