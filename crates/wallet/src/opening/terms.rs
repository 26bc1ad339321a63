//! The terms of a session, as its offer says them: they must fit each other and the offer, before the passkey is asked.

use std::ops::RangeInclusive;

use wire::ceremony::{OfferedSession, SessionTerms, UnlockOffer};

use crate::{Error, Fault};

/// The longest that a session is believed to last, in seconds: a week, the longest that a co-signer can be set to.
const LONGEST: u64 = 7 * 24 * 60 * 60;

/// The shortest and the longest that a passkey's answer is believed to be waited for, in seconds, as a co-signer can be set.
const WAITS: RangeInclusive<u64> = 30..=60 * 60;

/// How long after its first answer a co-signer may give the same offer to a request that comes again, in seconds.
const REPEATED: u64 = 60;

/// Checks what an unlock's offer says of the session's length, and of the time for the answer.
pub(super) fn check(offer: &UnlockOffer) -> Result<(), Error> {
    let waits = offer.answer_by.saturating_sub(offer.now);
    sound(WAITS.contains(&waits) && fits(&offer.terms, offer.expires_at) == Some(offer.now))
}

/// Checks what a claim's offer says of the length of its session.
pub(crate) fn check_of_claim(offer: &OfferedSession) -> Result<(), Error> {
    let offered_at = fits(&offer.terms, offer.expires_at);
    sound(offered_at.is_some_and(|at| at <= offer.now && offer.now - at <= REPEATED))
}

/// When a session was offered that ends at this time, if its terms fit each other.
fn fits(terms: &SessionTerms, expires_at: u64) -> Option<u64> {
    let is_sound = (1..=terms.maximum).contains(&terms.length) && terms.maximum <= LONGEST && terms.idle > 0;
    expires_at.checked_sub(terms.length).filter(|_| is_sound)
}

fn sound(is_sound: bool) -> Result<(), Error> {
    match is_sound {
        true => Ok(()),
        false => Err(Fault::Content("its terms of the session contradict each other").into()),
    }
}
