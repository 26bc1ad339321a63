//! The rules of the protocol, each of which can be taken away, and the circumstances it is run in.

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $without:literal,)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $variant,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What is done where the rule is taken away.
            pub fn without(self) -> &'static str {
                match self { $(Self::$variant => $without,)* }
            }
        }
    };
}

rules! {
    /// Resume ends at the co-signer what it tells the client to delete.
    ResumeEnds = "resume answers ended and leaves the claim at the co-signer",
    /// Earlier claims have ended before a passkey is made.
    ResumeFirst = "a passkey is made while an earlier claim of this browser is open",
    /// A browser has a user handle of its own for a wallet.
    HandlePerBrowser = "one user handle a wallet, on all devices",
    /// A later try in a browser uses the handle of the earlier.
    HandleKept = "each try draws another user handle",
    /// The handle is on the disk before the prompt.
    HandleFirst = "the handle is journaled after the prompt",
    /// The next share is sealed before anything that may commit it is sent.
    SealFirst = "the next share is sealed after the commit is sent",
    /// It is sealed before the confirmation is asked for: nothing hangs on this, since no commit can be sent without an answer to it.
    SealEarly = "the next share is sealed between confirm and commit",
    /// The copy comes with the confirmation.
    CopyAtConfirm = "the copy is stored when the client has promoted",
    /// A refusal, which nobody signed, gives nothing up.
    RefusalKeeps = "a refused commit deletes what is pending",
    /// The client promotes what it knows to be committed.
    PromoteKnown = "the client promotes when it sends the commit",
    /// One page at a time moves a wallet in a browser.
    WebLock = "no Web Lock",
    /// A commit names its claim, and the claim must be confirmed.
    CommitNamed = "a commit commits whatever is pending",
    /// A commit carries a signature by both new shares.
    CommitProved = "the statement's signature is not verified",
    /// An epoch follows the one that lives when it is stored.
    FollowsLive = "an epoch may follow one that has died",
    /// A later prepare ends an earlier claim.
    PrepareEnds = "a prepare is refused while another claim is pending",
    /// The epoch before is retired by the transaction that makes the next one live.
    RetireInCommit = "the epoch before is retired in a transaction of its own",
    /// A pending share signs nothing but its claim's statement.
    PendingSilent = "a pending share signs anything",
    /// A signature leaves only if its epoch still lives.
    LookAgain = "the epoch is looked up before a signature is made, and not after",
    /// A claim starts with a ticket for the browser that sends it.
    TicketBound = "a ticket is taken from any browser",
    /// A claim's requests are taken from the browser that started it.
    OwnerOnly = "a claim's requests are taken from anybody",
    /// A browser gets the copy that the co-signer keeps.
    Restores = "no copy is given out",
}

/// Where and how a model runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the documentation.
    pub name: &'static str,
    /// How many pages there are.
    pub pages: Pages,
    /// Whether one authenticator serves both devices: a synced passkey.
    pub synced: bool,
    /// Whether claimed wallets are rotated.
    pub rotates: bool,
    /// Whether somebody signs all the time with whatever lives.
    pub signs: bool,
    /// Whether requests are recorded and come again.
    pub replays: bool,
    /// How often storage may be wiped, in all.
    pub wipes: u8,
    /// How many refreshes may give shares that are of no pair, in all.
    pub broken: u8,
    /// Whether the wallet is claimed when it begins.
    pub claimed: bool,
    /// The rules that are taken away.
    pub without: &'static [Rule],
}

/// Which pages take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// One page of one browser.
    One,
    /// Two pages of one browser: one storage, one Web Lock, one authenticator.
    TwoTabs,
    /// One page each of two browsers.
    TwoDevices,
}

impl Setting {
    /// Whether a rule holds.
    pub fn holds(&self, rule: Rule) -> bool {
        !self.without.contains(&rule)
    }

    /// The same without some rules.
    pub fn without(self, rules: &'static [Rule]) -> Self {
        Self { without: rules, ..self }
    }
}
