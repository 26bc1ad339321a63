//! What must hold in every state.

use crate::{
    Request, Rule, Setting,
    pair::Side,
    run::Run,
    state::{At, Phase, Sealed, Signing, State, browser},
};

macro_rules! properties {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $text:literal;)*) => {
        /// What must hold in every state.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Property {
            $($(#[$doc])* $variant,)*
        }

        impl Property {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its short name.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it says.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

properties! {
    /// I1.
    HeldByBoth = "I1", "the epoch that lives is held by both sides at all times";
    /// I2.
    OneSigns = "I2", "at most one epoch can sign";
    /// I3.
    OldSilent = "I3", "after a commit no older epoch signs";
    /// I4.
    SameKey = "I4", "the two shares that live are a pair of the wallet's key";
    /// I5.
    Proved = "I5", "no claim starts without the claimant's proof, and none ends in another's passkey";
    /// The passkey stays.
    PasskeyStays = "passkey stays", "a passkey that opens a claimed wallet is never replaced";
    /// Passkeys do not pile up.
    NoPile = "no pile", "a browser leaves at most one unfinished passkey, and one more for each time that it was wiped";
    /// The copy is at hand.
    CopyKept = "copy kept", "the co-signer keeps a sealed copy of the living epoch of a claimed wallet";
    /// The client promotes what is committed.
    PromotedLived = "promoted", "a client's active share is of an epoch that was committed";
    /// Epochs follow one another.
    OneLine = "one line", "each epoch follows the one that lived: a claimed wallet is not claimed again";
    /// Requests may come again.
    Again = "again", "a request that comes again changes nothing";
}

impl Property {
    /// Whether it holds in a state.
    pub fn holds(self, setting: &Setting, state: &State) -> bool {
        match self {
            Self::HeldByBoth => held_by_both(setting, state),
            Self::OneSigns => state.co_signer.signs_under(setting).count() <= 1,
            Self::OldSilent => old_are_silent(setting, state),
            Self::SameKey => state.broken != Some(state.co_signer.active),
            Self::Proved => is_proved(state),
            Self::PasskeyStays => state.co_signer.passkey.is_none_or(|passkey| exists(state, passkey)),
            Self::NoPile => Side::BOTH.into_iter().all(|browser| {
                let wiped = state.journals.of(browser).wiped;
                state.passkeys.of(browser).unfinished(state.co_signer.passkey) <= 1 + wiped
            }),
            Self::CopyKept => is_copied(setting, state),
            Self::PromotedLived => {
                let active = state.journals.both().into_iter().filter_map(|journal| journal.active);
                active
                    .into_iter()
                    .all(|sealed| state.co_signer.was_committed(sealed.share))
            }
            Self::OneLine => !state.co_signer.forked,
            Self::Again => again(setting, state),
        }
    }
}

/// Whether a passkey is anywhere.
fn exists(state: &State, passkey: Run) -> bool {
    passkey == Run::INTRUDER || state.passkeys.both().iter().any(|passkeys| passkeys.has(passkey))
}

fn held_by_both(setting: &Setting, state: &State) -> bool {
    let live = state.co_signer.active;
    let is_live = |sealed: &Option<Sealed>| sealed.filter(|sealed| sealed.share == live);
    let on_disk = |browser: Side| {
        let journal = state.journals.of(browser);
        [journal.active, journal.pending]
            .iter()
            .filter_map(is_live)
            .any(|sealed| state.reaches(setting, browser, sealed.passkey))
    };
    let is_copied = is_live(&state.co_signer.copy).is_some_and(|copy| exists(state, copy.passkey));
    // The app has the prepared share.
    live == Run::PREPARED || is_copied || Side::BOTH.into_iter().any(on_disk)
}

fn old_are_silent(setting: &Setting, state: &State) -> bool {
    let is_old = |run: Run| run != state.co_signer.active && state.co_signer.was_committed(run);
    state.co_signer.signing != Signing::Escaped && !state.co_signer.signs_under(setting).any(is_old)
}

fn is_proved(state: &State) -> bool {
    let co_signer = &state.co_signer;
    let by_intruder = |run: Option<Run>| run == Some(Run::INTRUDER);
    let pending = co_signer.pending;
    !by_intruder(co_signer.passkey)
        && !by_intruder(pending.map(|pending| pending.claim))
        && !by_intruder(pending.and_then(|pending| pending.passkey))
}

fn is_copied(setting: &Setting, state: &State) -> bool {
    let co_signer = &state.co_signer;
    match co_signer.passkey {
        None => co_signer.copy.is_none(),
        Some(passkey) => {
            let wanted = Sealed {
                share: co_signer.active,
                passkey,
            };
            co_signer.copy == Some(wanted) || !setting.holds(Rule::CopyAtConfirm)
        }
    }
}

/// Every request that the co-signer has carried out, once more: the same answer or a refusal, and nothing written.
fn again(setting: &Setting, state: &State) -> bool {
    let co_signer = &state.co_signer;
    let unmoved = |request: Request, claim: Run| {
        let mut after = *co_signer;
        let is_sound = state.broken != Some(claim);
        after.handle(setting, request, claim, is_sound).write.is_none() && after == *co_signer
    };
    let carried_out = co_signer.pending.map(|pending| match pending.phase {
        Phase::Prepared => unmoved(Request::Prepare, pending.claim),
        Phase::Confirmed => unmoved(Request::Prepare, pending.claim) && unmoved(Request::Confirm, pending.claim),
    });
    let is_over = |claim: Run| {
        [
            Request::Refresh,
            Request::Prepare,
            Request::Confirm,
            Request::Commit,
            Request::Resume,
        ]
        .into_iter()
        .all(|request| unmoved(request, claim))
    };
    // Claims that are gone, and those that were committed.
    let known = state
        .journals
        .both()
        .into_iter()
        .flat_map(|journal| [journal.active, journal.pending]);
    let asked = state
        .pages
        .both()
        .into_iter()
        .filter(|page| page.at == At::InDoubt || page.at == At::Promoted);
    let gone = known
        .flatten()
        .map(|sealed| sealed.share)
        .chain(asked.filter_map(|page| page.claim))
        .chain([co_signer.active, Run::PREPARED])
        .filter(|claim| !co_signer.is_pending(*claim))
        .filter(|claim| co_signer.refreshing.is_none_or(|refreshing| refreshing.claim != *claim));
    carried_out.unwrap_or(true) && gone.into_iter().all(is_over)
}

/// States that a model is worth nothing without.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// What is to be seen.
    pub text: &'static str,
    /// Whether it is.
    pub seen: fn(&Setting, &State) -> bool,
}

/// What every setting must show.
pub const SIGHTS: &[Sight] = &[
    Sight {
        text: "claimed, and it signs",
        seen: |_, state| state.is_claimed() && state.pages.first.at == At::Unlocked,
    },
    Sight {
        text: "committed, and the client does not know",
        seen: |_, state| {
            let pending = state.journals.first.pending;
            pending.is_some_and(|pending| pending.share == state.co_signer.active)
        },
    },
    Sight {
        text: "a commit whose page is gone is still under way",
        seen: |_, state| state.co_signer.pending.is_some_and(|pending| pending.late_commit),
    },
    Sight {
        text: "a share is pending of a claim that has ended",
        seen: |_, state| {
            let pending = state.journals.first.pending;
            pending.is_some_and(|pending| {
                !state.co_signer.is_pending(pending.share) && !state.co_signer.was_committed(pending.share)
            })
        },
    },
    Sight {
        text: "an unfinished passkey is there",
        seen: |_, state| !state.is_claimed() && state.passkeys.first.named.is_some(),
    },
    Sight {
        text: "the epoch before is erased",
        seen: |_, state| state.is_claimed() && !state.co_signer.retired,
    },
];

/// What settings in which storage may be wiped must show.
pub const WIPED: Sight = Sight {
    text: "only the copy has it",
    seen: |setting, state| {
        let on_disk = |side: Side| {
            let journal = state.journals.of(browser(setting, side));
            journal.active.is_some() || journal.pending.is_some()
        };
        state.is_claimed() && !Side::BOTH.into_iter().any(on_disk)
    },
};
