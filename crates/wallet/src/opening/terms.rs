//! The terms of a session, as its offer says them: they must fit each other and the offer, before the passkey is asked.

use std::ops::RangeInclusive;

use wire::ceremony::UnlockOffer;

use crate::{Error, Fault};

/// The longest that a session is believed to last, in seconds: a week, the longest that a co-signer can be set to.
const LONGEST: u64 = 7 * 24 * 60 * 60;

/// The shortest and the longest that a passkey's answer is believed to be waited for, in seconds, as a co-signer can be set.
const WAITS: RangeInclusive<u64> = 30..=60 * 60;

/// Checks what an offer says of the session's length, and of the time for the answer.
pub(super) fn check(offer: &UnlockOffer) -> Result<(), Error> {
    let terms = &offer.terms;
    let is_sound = (1..=terms.maximum).contains(&terms.length)
        && terms.maximum <= LONGEST
        && terms.idle > 0
        && WAITS.contains(&offer.answer_by.saturating_sub(offer.now))
        && offer.now.checked_add(terms.length) == Some(offer.expires_at);
    match is_sound {
        true => Ok(()),
        false => Err(Fault::Content("its terms of the session contradict each other").into()),
    }
}
