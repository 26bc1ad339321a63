//! What every request of a session goes through: it is the session's, it lasts, and this request was signed by its key, just now, once.

use mpc::WalletId;
use wire::{ErrorCode, ProcessMark, RequestKey, http_signature::Parameters};

use crate::{
    api_error::ApiError,
    caller::Caller,
    config::Config,
    limits::Subject,
    request_signature::{Unsigned, Untaken, is_fresh},
    state::{CoSigner, Live},
    store::{Event, SessionRecord},
};

/// A session's last use is written down this often, in seconds.
const USED_EVERY: u64 = 60;

/// The session of the key that sends, while it lasts. Nothing is done for a request before this has taken it.
pub(super) fn live_session(co_signer: &CoSigner, caller: &Caller, now: u64) -> Result<SessionRecord, ApiError> {
    let key = caller.sender()?;
    let session = co_signer
        .store
        .session(&key)?
        .filter(|session| lasts(co_signer, session, now))
        .ok_or_else(over)?;
    check_session(co_signer, caller, &session, now)?;
    if now >= session.used_at.saturating_add(USED_EVERY) {
        co_signer.store.use_session(key, now)?;
    }
    Ok(session)
}

/// Checks a request of a session that may be over.
pub(super) fn check_session(
    co_signer: &CoSigner,
    caller: &Caller,
    session: &SessionRecord,
    now: u64,
) -> Result<(), ApiError> {
    check_signature(co_signer, caller, &Signer::Session(session), now)
}

/// Who signs a request.
pub(super) enum Signer<'a> {
    Session(&'a SessionRecord),
    /// Who begins a session of these wallets, and shows that it has the key to be bound. Anybody may: nothing is remembered of it, and what
    /// is written of it is counted by the wallet, not by a key that each attempt draws anew.
    Unlock(&'a RequestKey, &'a [WalletId]),
}

impl Signer<'_> {
    fn key(&self) -> &RequestKey {
        match self {
            Self::Session(session) => &session.request_key,
            Self::Unlock(key, _) => key,
        }
    }

    /// Counts a request of a session.
    fn take(&self, co_signer: &CoSigner, now: u64) -> Result<(), ApiError> {
        match self {
            Self::Session(session) => co_signer
                .limiter
                .take(Subject::Session(session.key), now)
                .map_err(ApiError::rate_limited),
            Self::Unlock(..) => Ok(()),
        }
    }

    /// Takes a request, once.
    fn take_nonce(&self, live: &Live, parameters: &Parameters, now: u64) -> Result<(), Untaken> {
        match self {
            // By the wallet, however many passkeys and sessions it has.
            Self::Session(session) => live.nonces.take(session.wallets.first(), parameters, now),
            // Its challenge is taken out by its one answer: a memory of it could only be filled, by whoever likes.
            Self::Unlock(..) if is_fresh(parameters, now) => Ok(()),
            Self::Unlock(..) => Err(Untaken::Stale),
        }
    }

    /// Puts a refusal into the audit log of its wallets, unless there were many of late: nobody fills the log.
    pub(super) fn note(&self, co_signer: &CoSigner, event: Event, now: u64) -> Result<(), ApiError> {
        let has_room = |subject| co_signer.limiter.take(subject, now).is_ok();
        let wallets: Vec<_> = match self {
            Self::Session(session) if has_room(Subject::RefusedRequest(session.key)) => session.wallets.clone(),
            Self::Session(_) => Vec::new(),
            Self::Unlock(_, wallets) => {
                let with_room = wallets
                    .iter()
                    .filter(|wallet| has_room(Subject::RefusedUnlock(**wallet)));
                with_room.copied().collect()
            }
        };
        if !wallets.is_empty() {
            co_signer.store.add_event(wallets, event, now)?;
        }
        Ok(())
    }
}

/// Checks who signed a request and when, and takes it: it is not taken again.
pub(super) fn check_signature(
    co_signer: &CoSigner,
    caller: &Caller,
    signer: &Signer<'_>,
    now: u64,
) -> Result<(), ApiError> {
    let refused = |event, refusal: ApiError| {
        signer.note(co_signer, event, now)?;
        Err(refusal)
    };
    let process = ProcessMark(co_signer.process.0);
    let stale = || {
        let refusal = ApiError::not_authorised("the request was not made just now, for this process of the co-signer");
        refused(Event::RequestStale, refusal.with_clock(now, process))
    };
    let parameters = match caller.signature.verify(signer.key()) {
        Ok(parameters) if parameters.process == process => parameters,
        Ok(_) => return stale(),
        Err(unsigned) => return refused(Event::ProofRefused, ApiError::not_authorised(sentence(unsigned))),
    };
    // Whoever shows no signature of the session's key, a recording of its requests at most, takes none of its requests.
    signer.take(co_signer, now)?;
    match signer.take_nonce(&co_signer.live, &parameters, now) {
        Ok(()) => {
            if let Signer::Session(_) = signer {
                caller.prove(co_signer, 1);
            }
            Ok(())
        }
        Err(Untaken::Stale) => stale(),
        Err(Untaken::Replayed) => refused(
            Event::RequestReplayed,
            ApiError::not_authorised("the request was taken before: each is taken once"),
        ),
        Err(Untaken::Full) => Err(ApiError::rate_limited(10)),
    }
}

fn sentence(unsigned: Unsigned) -> &'static str {
    match unsigned {
        Unsigned::Missing => {
            "a session's request must be signed by the key that was bound at the unlock: this one bears no such signature"
        }
        Unsigned::OtherBody => "the request's signature is of another body than the one that came",
        Unsigned::Wrong => {
            "the request's signature is of another path or time, or by another key than the one that was bound at the unlock"
        }
    }
}

/// Whether a session has neither come to its end nor gone unused for too long.
pub(super) fn lasts(co_signer: &CoSigner, session: &SessionRecord, now: u64) -> bool {
    let unused_until = session.used_at.saturating_add(unused_for(&co_signer.config));
    now < session.expires_at && now < unused_until
}

/// How long a session may go unused, in seconds, as far as is known: its last use is known to the minute, and none ends early for that.
pub(crate) fn unused_for(config: &Config) -> u64 {
    config.lifetimes.session_idle.saturating_add(USED_EVERY)
}

pub(super) fn over() -> ApiError {
    ApiError::new(
        ErrorCode::SessionExpired,
        "the session is over: unlock the wallet again",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::{Extensions, HeaderMap};
    use mpc::channel::ChannelPublicKey;
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
    use sha2::{Digest, Sha256};
    use wire::http_signature::{
        CONTENT_DIGEST, Parameters, SIGNATURE, SIGNATURE_INPUT, content_digest, signature_header,
    };

    use super::*;
    use crate::{
        config::{KeySource, RelyingParty},
        request_signature::Shown,
        state::State,
    };

    const NOW: u64 = 1_790_000_000;
    const PATH: &str = "/v1/session/list";

    fn state(folder: &std::path::Path) -> State {
        let relying_party = RelyingParty {
            id: "example.com".to_owned(),
            name: "Example".to_owned(),
            origins: vec!["https://app.example.com".to_owned()],
            related_origins: Vec::new(),
        };
        let key = KeySource::File {
            path: folder.join("kek"),
            create_key: true,
        };
        State::open(Config::new(relying_party, folder.join("db"), key)).unwrap()
    }

    fn parameters(co_signer: &CoSigner, number: u32) -> Parameters {
        let mut nonce = [0; 16];
        nonce[..4].copy_from_slice(&number.to_be_bytes());
        Parameters {
            created: NOW,
            nonce,
            process: ProcessMark(co_signer.process.0),
        }
    }

    /// Who sends a request with this signature.
    fn caller(co_signer: &CoSigner, key: &SigningKey, parameters: Parameters) -> Caller {
        let digest = content_digest(&Sha256::digest(b"body").into());
        let signature: Signature = key.sign(parameters.base(PATH, &digest).as_bytes());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (CONTENT_DIGEST, digest),
            (SIGNATURE_INPUT, parameters.to_header()),
            (SIGNATURE, signature_header(&signature.to_bytes().into())),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let shown = Shown::read(&headers, PATH, b"body");
        Caller::from_parts(co_signer, &headers, &Extensions::new(), shown).unwrap()
    }

    #[test]
    fn unlocks_take_no_room_and_are_as_fresh_as_requests() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        let co_signer = &*state.0;
        // No room is left for requests of sessions.
        let mut holders = 0_u32..;
        let take = |number: u32| co_signer.live.nonces.take(number, &parameters(co_signer, number), NOW);
        assert_eq!(holders.find(|number| take(*number).is_err()), Some(262_144));

        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let public = RequestKey(point.as_bytes().try_into().unwrap());
        let unlock = Signer::Unlock(&public, &[]);
        let check = |number, created, now| {
            let parameters = Parameters {
                created,
                ..parameters(co_signer, number)
            };
            let caller = caller(co_signer, &key, parameters);
            check_signature(co_signer, &caller, &unlock, now).map_err(|error| error.code())
        };
        for number in 0..3 {
            assert_eq!(check(number, NOW, NOW), Ok(()));
        }
        assert_eq!(check(3, NOW, NOW + 300), Ok(()));
        assert_eq!(check(3, NOW, NOW + 301), Err(ErrorCode::NotAuthorised));
        assert_eq!(check(3, NOW + 301, NOW), Err(ErrorCode::NotAuthorised));
    }

    #[test]
    fn one_wallets_requests_leave_room_for_those_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        let co_signer = &*state.0;
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let of = |wallet: u8, session: u8| SessionRecord {
            key: ChannelPublicKey([session; 32]),
            id: [session; 16],
            request_key: RequestKey(point.as_bytes().try_into().unwrap()),
            credential: vec![session],
            wallets: vec![WalletId([wallet; 16])],
            device: Vec::new(),
            began_at: NOW,
            used_at: NOW,
            expires_at: NOW + 600,
            refreshed: 0,
        };
        let check = |session: &SessionRecord, number| {
            let caller = caller(co_signer, &key, parameters(co_signer, number));
            check_signature(co_signer, &caller, &Signer::Session(session), NOW).map_err(|error| error.code())
        };
        // What is memory for all is filled by none, whatever number of passkeys and sessions a wallet has.
        let first = of(1, 1);
        let take = |number: u32| {
            let parameters = parameters(co_signer, number);
            Signer::Session(&first).take_nonce(&co_signer.live, &parameters, NOW)
        };
        assert_eq!((0..).find(|number| take(*number).is_err()), Some(8_192));
        assert_eq!(check(&of(1, 2), u32::MAX), Err(ErrorCode::RateLimited));
        assert_eq!(check(&of(2, 3), u32::MAX), Ok(()));
    }
}
