//! What a native client runs in: HTTP to a process, and whatever passkeys and store it is given.

use std::{
    net::SocketAddr,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wallet::host::{CoSigner, Host, HttpRequest, HttpResponse, Passkeys, ShareStore, TransportError};

use super::http::{self, Message};
use crate::request_keys::RequestKeys;

/// The way to the co-signer.
pub(super) struct Wire {
    address: Box<dyn Fn() -> Option<SocketAddr>>,
    /// Told of each request before it is sent, and of each answer before it is read.
    told: Box<dyn Fn(&str)>,
}

impl CoSigner for Wire {
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let mut headers = request.headers.to_vec();
        headers.extend(request.authorization.map(|value| ("authorization", value.to_owned())));
        let message = Message::request(request.path, request.content_type, &headers, request.body);
        (self.told)(&format!("send {}", request.path));
        let answer = (self.address)().and_then(|address| http::exchange(address, &message));
        (self.told)(&format!("receive {}", request.path));
        let answer = answer.filter(|answer| answer.body.len() <= request.answer_limit);
        let answer = answer.ok_or(TransportError::Unreachable)?;
        Ok(HttpResponse {
            status: answer.status().ok_or(TransportError::Unreachable)?,
            retry_after: answer.header("retry-after").map(ToOwned::to_owned),
            body: answer.body,
        })
    }
}

/// What a native client runs in.
pub(super) struct Device<P, S> {
    wire: Wire,
    passkeys: Rc<P>,
    store: S,
}

impl<P, S> Device<P, S> {
    /// A device that finds its co-signer so, and tells of each message.
    pub(super) fn new(
        address: impl Fn() -> Option<SocketAddr> + 'static,
        told: impl Fn(&str) + 'static,
        passkeys: Rc<P>,
        store: S,
    ) -> Self {
        let wire = Wire {
            address: Box::new(address),
            told: Box::new(told),
        };
        Self { wire, passkeys, store }
    }
}

impl<P: Passkeys, S: ShareStore> Host for Device<P, S> {
    type CoSigner = Wire;
    type Passkeys = P;
    type Store = S;
    type SessionKeys = RequestKeys;

    fn co_signer(&self) -> &Wire {
        &self.wire
    }

    fn passkeys(&self) -> &P {
        &self.passkeys
    }

    fn store(&self) -> &S {
        &self.store
    }

    fn session_keys(&self) -> &RequestKeys {
        &RequestKeys
    }

    fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    async fn pause(&self) {
        tokio::task::yield_now().await;
    }

    async fn wait(&self, milliseconds: u32) {
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
    }
}
