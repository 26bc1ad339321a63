//! What happens, by the names that the code has for it.

macro_rules! names {
    ($(#[$of:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

names! {
    /// What a client does. A step that follows an answer begins with hearing it.
    Step {
        /// The page is opened.
        Open = "open",
        /// The proof is shown and an offer had: the ticket, or for a rotation the session.
        Start = "start",
        /// The user handle is looked up, or drawn and journaled.
        Handle = "handle",
        /// The passkey is made.
        Passkey = "passkey",
        /// The client commits to its contributions.
        Refresh = "refresh",
        /// The client opens them.
        Prepare = "prepare",
        /// The next share is sealed and journaled.
        Seal = "seal",
        /// The registration, the copy and the query for the statement's signature are sent.
        Confirm = "confirm",
        /// The statement's signature is sent.
        Commit = "commit",
        /// What is pending in the journal becomes active there; the handle goes.
        Promote = "promote",
        /// The co-signer is told that the epoch before is of no more use.
        Acknowledge = "acknowledge",
        /// The co-signer is asked what became of what is pending.
        Resume = "resume",
        /// What is pending in the journal is deleted.
        RollBack = "roll_back",
        /// The passkey opens the active share.
        Unlock = "unlock",
        /// The open share signs.
        Sign = "sign",
        /// The sealed copy is fetched.
        Copies = "copies",
        /// The sealed copy is journaled as active.
        Restore = "restore",
        /// A call ends without its end: no answer, a refusal, a cancellation, storage that is full.
        Stop = "stop",
        /// A commit is refused: the claim object goes back to where it began.
        Refused = "refused",
        /// The page is closed, or its browser dies.
        Close = "close",
    }
}

names! {
    /// What is asked of the co-signer in a message that may be lost, late or repeated.
    Request {
        /// Refresh.
        Refresh = "refresh",
        /// Prepare.
        Prepare = "prepare",
        /// Confirm.
        Confirm = "confirm",
        /// Commit.
        Commit = "commit",
        /// Resume.
        Resume = "resume",
    }
}

names! {
    /// What the co-signer writes: each is one transaction.
    Write {
        /// The next shares are pending; an earlier claim's are dropped.
        PrepareClaim = "prepare_claim",
        /// The passkey and the copies are kept with the claim.
        ConfirmClaim = "confirm_claim",
        /// The next epoch lives, the one before is retired, passkey and copies are the wallet's.
        CommitClaim = "commit_claim",
        /// A claim that is not committed is dropped.
        EndClaim = "end_claim",
        /// The retired share is erased.
        EraseRetired = "erase_retired",
        /// What is past its time is dropped or erased.
        Sweep = "sweep",
    }
}

impl Step {
    /// The steps that write the journal, each in one transaction.
    pub const JOURNALED: &[Self] = &[Self::Handle, Self::Seal, Self::Promote, Self::RollBack, Self::Restore];
}
