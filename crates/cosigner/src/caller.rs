//! Who calls: a back end by its API key, a browser by the key that seals its requests.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header::AUTHORIZATION},
};
use mpc::channel::ChannelPublicKey;
use subtle::ConstantTimeEq;

use crate::{
    api_error::ApiError,
    api_key::{ApiKey, Scope},
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
    /// What it shows of a signature. Nothing of it is checked.
    pub(crate) signature: Shown,
}

impl Caller {
    /// Reads the `Authorization` header. Whoever has none is held to the limit of its address.
    pub(crate) fn from_parts(
        co_signer: &CoSigner,
        headers: &HeaderMap,
        extensions: &Extensions,
        now: u64,
        signature: Shown,
    ) -> Result<Self, ApiError> {
        let shown = headers
            .get(AUTHORIZATION)
            .map(|header| header.to_str().unwrap_or_default());
        let api_key = match shown.and_then(|shown| shown.strip_prefix("Bearer ")) {
            Some(text) => recognise(co_signer, text, now)?,
            None => None,
        };
        let address = address(co_signer, headers, extensions);
        let limited = match (&api_key, address) {
            (Some(key), _) => co_signer.limiter.take(Subject::ApiKey(key.id), now),
            (None, Some(address)) => co_signer.limiter.take(Subject::address(address), now),
            (None, None) => Ok(()),
        };
        limited.map_err(ApiError::rate_limited)?;
        if api_key.is_none() && shown.is_some() {
            return Err(ApiError::not_authorised(
                "the API key is not known, was revoked, or has expired",
            ));
        }
        if let Some(key) = &api_key {
            tracing::Span::current().record("key", hex::encode(key.id));
            note_use(co_signer, key, now);
        }
        Ok(Self {
            api_key,
            sender: None,
            network: address.map(Network::of),
            signature,
        })
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

fn recognise(co_signer: &CoSigner, text: &str, now: u64) -> Result<Option<ApiKeyRecord>, ApiError> {
    let Some(shown) = ApiKey::from_text(text) else {
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
fn address(co_signer: &CoSigner, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
    let header = co_signer.config.limits.address_header.as_deref();
    header.and_then(|header| forwarded(headers, header)).or_else(|| {
        extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip())
    })
}

fn forwarded(headers: &HeaderMap, header: &str) -> Option<IpAddr> {
    let last = headers.get_all(header).iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}
