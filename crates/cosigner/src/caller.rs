//! Who calls: a back end by its API key, a browser by the key that seals its requests.

use std::{
    cell::Cell,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header::AUTHORIZATION},
};
use mpc::channel::ChannelPublicKey;
use subtle::ConstantTimeEq;

use crate::{
    api_error::ApiError,
    api_key::{ApiKey, Scope},
    forwarded,
    limits::{Network, Subject},
    request_signature::Shown,
    state::CoSigner,
    store::ApiKeyRecord,
};

/// A caller, as far as it has proved who it is.
pub(crate) struct Caller {
    /// The API key of a back end: live, its secret shown.
    api_key: Option<ApiKeyRecord>,
    /// The key that sealed the request, proved by the channel.
    pub(crate) sender: Option<ChannelPublicKey>,
    /// Where it calls from, as far as the connection or a trusted proxy says.
    pub(crate) network: Option<Network>,
    /// The address whose bucket a request was taken out of, until the caller proves that others count it.
    charged: Cell<Option<Subject>>,
    /// What it shows of a signature. Nothing of it is checked.
    pub(crate) signature: Shown,
}

/// Lets a request in by its head: before its body is read, and so before anything is held for it. An API key is held to its own limit,
/// whoever shows none to that of its address.
pub(crate) fn admit(co_signer: &CoSigner, headers: &HeaderMap, extensions: &Extensions) -> Result<(), ApiError> {
    let now = co_signer.clock.now();
    let shown = bearer(headers);
    if let Some(key) = known_key(co_signer, shown, now)? {
        tracing::Span::current().record("key", hex::encode(key.id));
        let taken = co_signer.limiter.take(Subject::ApiKey(key.id), now);
        return taken.map_err(ApiError::rate_limited);
    }
    if let Some(address) = address(co_signer, headers, extensions) {
        let taken = co_signer.limiter.take(Subject::address(address), now);
        taken.map_err(ApiError::rate_limited)?;
    }
    match shown {
        Some(_) => Err(unknown_key()),
        None => Ok(()),
    }
}

/// Whether a request shows an API key, known or not.
pub(crate) fn shows_key(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

/// Holds what anybody may read to the limit of its address: a bucket of its own, so that it takes nothing from ceremonies.
pub(crate) fn admit_reader(co_signer: &CoSigner, headers: &HeaderMap, extensions: &Extensions) -> Result<(), ApiError> {
    match address(co_signer, headers, extensions) {
        Some(address) => {
            let taken = co_signer.limiter.take(Subject::reading(address), co_signer.clock.now());
            taken.map_err(ApiError::rate_limited)
        }
        None => Ok(()),
    }
}

impl Caller {
    /// Reads who calls, of a request that [`admit`] let in. The API key is looked up again: it may have been revoked while the body came.
    pub(crate) fn from_parts(
        co_signer: &CoSigner,
        headers: &HeaderMap,
        extensions: &Extensions,
        signature: Shown,
    ) -> Result<Self, ApiError> {
        let now = co_signer.clock.now();
        let shown = bearer(headers);
        let api_key = known_key(co_signer, shown, now)?;
        if api_key.is_none() && shown.is_some() {
            return Err(unknown_key());
        }
        if let Some(key) = &api_key {
            note_use(co_signer, key, now);
        }
        let address = address(co_signer, headers, extensions);
        let charged = address.filter(|_| api_key.is_none()).map(Subject::address);
        Ok(Self {
            api_key,
            sender: None,
            network: address.map(Network::of),
            charged: Cell::new(charged),
            signature,
        })
    }

    /// Gives back what its address was charged: the caller has shown a ticket, a claim under way, a session or a passkey, which are
    /// counted by themselves. Many honest people share one address. `requests`: with earlier ones that could show nothing yet.
    pub(crate) fn prove(&self, co_signer: &CoSigner, requests: u64) {
        if let Some(address) = self.charged.take() {
            co_signer.limiter.give_back(&address, requests);
        }
    }

    /// The API key, which must have a scope.
    pub(crate) fn api_key(&self, scope: Scope) -> Result<&ApiKeyRecord, ApiError> {
        let key = self
            .api_key
            .as_ref()
            .ok_or_else(|| ApiError::not_authorised("this needs an API key: Authorization: Bearer ck_…"))?;
        if key.scopes.contains(&scope) {
            Ok(key)
        } else {
            Err(ApiError::not_authorised(
                "the API key has not the scope that this needs",
            ))
        }
    }

    /// Whether an API key was shown.
    pub(crate) fn is_back_end(&self) -> bool {
        self.api_key.is_some()
    }

    /// The browser's key.
    pub(crate) fn sender(&self) -> Result<ChannelPublicKey, ApiError> {
        self.sender
            .ok_or_else(|| ApiError::not_authorised("this request must be sealed by the sender's own key"))
    }

    /// What tells this caller from others.
    pub(crate) fn name(&self) -> Vec<u8> {
        let key = self.api_key.as_ref().map(|key| key.id);
        let sender = self.sender.map(|sender| sender.0);
        // Options of fixed width: no two callers have one name.
        borsh::to_vec(&(key, sender)).unwrap_or_default()
    }
}

/// Writes down that a key was used, at most once a minute.
fn note_use(co_signer: &CoSigner, key: &ApiKeyRecord, now: u64) {
    if co_signer.limiter.take(Subject::KeyUse(key.id), now).is_ok() {
        co_signer.store.use_api_key(key.id, now);
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)
        .map(|header| header.to_str().unwrap_or_default())
}

fn unknown_key() -> ApiError {
    ApiError::not_authorised("the API key is not known, was revoked, or has expired")
}

fn known_key(co_signer: &CoSigner, shown: Option<&str>, now: u64) -> Result<Option<ApiKeyRecord>, ApiError> {
    let text = shown.and_then(|shown| shown.strip_prefix("Bearer "));
    let Some(shown) = text.and_then(ApiKey::from_text) else {
        return Ok(None);
    };
    let known = co_signer.store.api_key(&shown.id())?;
    Ok(known.filter(|known| {
        let same: bool = known.secret_hash.ct_eq(&shown.secret_hash()).into();
        same && known.is_live(now)
    }))
}

/// The caller's address: the last that a trusted proxy added, or the connection's. A header that is missing or holds no address
/// lifts no limit: who passed the proxy by has the connection's.
pub(crate) fn address(co_signer: &CoSigner, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let own = || {
        extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip())
    };
    let Some(header) = co_signer.config.limits.address_header.as_deref() else {
        return own();
    };
    forwarded::last(headers, header).or_else(|| {
        co_signer.unread_address.call_once(|| {
            tracing::warn!(
                header,
                "limits.address_header: a request came whose header holds no address: its caller counts as the proxy. Said once"
            );
        });
        own()
    })
}
