//! The back end.

use std::rc::Rc;

use wallet::host::{Absent, CoSigner, Host, HttpRequest, HttpResponse, TransportError};

use super::{
    line::{Letter, post},
    tower::Tower,
};
use crate::point;

/// The back end: no fuse is in its way, for its line is not the one that is drilled.
pub struct BackEnd {
    tower: Rc<Tower>,
    line: BackEndLine,
}

/// Its way to the co-signer.
pub struct BackEndLine(Rc<Tower>);

impl BackEnd {
    pub(super) fn new(tower: Rc<Tower>) -> Self {
        Self {
            line: BackEndLine(tower.clone()),
            tower,
        }
    }
}

impl CoSigner for BackEndLine {
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let path = point::path(request.path)
            .or_else(|| [wire::control::IDENTITY].into_iter().find(|path| *path == request.path));
        let letter = Letter {
            path: path.ok_or(TransportError::Unreachable)?,
            body: request.body.unwrap_or_default().to_vec(),
            content_type: request.content_type,
            headers: request.headers.to_vec(),
            limit: request.answer_limit,
        };
        Ok(post(cosigner::app(self.0.state()), &letter, request.authorization).await)
    }
}

impl Host for BackEnd {
    type CoSigner = BackEndLine;
    type Passkeys = Absent;
    type Store = Absent;
    type SessionKeys = Absent;

    fn co_signer(&self) -> &BackEndLine {
        &self.line
    }

    fn passkeys(&self) -> &Absent {
        &Absent
    }

    fn store(&self) -> &Absent {
        &Absent
    }

    fn session_keys(&self) -> &Absent {
        &Absent
    }

    fn now(&self) -> u64 {
        self.tower.now()
    }

    async fn pause(&self) {
        tokio::task::yield_now().await;
    }

    async fn wait(&self, _milliseconds: u32) {
        tokio::task::yield_now().await;
    }
}
