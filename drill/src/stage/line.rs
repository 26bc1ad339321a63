//! The line between a device and the co-signer.

use std::{rc::Rc, sync::atomic::Ordering};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use cosigner::State;
use tower::ServiceExt;
use wallet::host::{CoSigner, HttpRequest, HttpResponse, TransportError};

use super::tower::Tower;
use crate::{
    fuse::Fuse,
    letters::{Fate, Letters},
    point::{self, Point},
};

/// One request, apart from who sent it.
#[derive(Clone)]
pub struct Letter {
    pub path: &'static str,
    pub body: Vec<u8>,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) limit: usize,
}

/// What a device sends and gets, with the fuse and the fates between.
pub struct Line {
    pub(super) tower: Rc<Tower>,
    pub(super) letters: Rc<Letters>,
}

impl Line {
    /// Lets a letter reach the co-signer. It goes on where its sender has died.
    fn deliver(&self, letter: Letter) -> tokio::task::JoinHandle<Option<HttpResponse>> {
        let fuse = self.tower.fuse.clone();
        let (state, fall) = (self.tower.state(), self.tower.fall());
        let generation = fuse.generation();
        let under_way = self.tower.under_way.clone();
        under_way.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let answer = answer(&fuse, generation, state, &letter, &fall).await;
            under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }

    /// Lets what was held up arrive, and nobody hear its answer.
    pub async fn deliver_late(&self) {
        for letter in self.letters.due() {
            let _ = self.deliver(letter).await;
        }
    }

    /// Lets everything that is still held up arrive.
    pub async fn deliver_rest(&self) {
        for letter in self.letters.rest() {
            let _ = self.deliver(letter).await;
        }
    }
}

impl CoSigner for Line {
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let fuse = &self.tower.fuse;
        let Some(path) = point::path(request.path) else {
            let letter = Letter {
                path: wire::control::IDENTITY,
                body: Vec::new(),
                content_type: request.content_type,
                headers: Vec::new(),
                limit: request.answer_limit,
            };
            return Ok(post(cosigner::app(self.tower.state()), &letter, None).await);
        };
        let letter = Letter {
            path,
            body: request.body.unwrap_or_default().to_vec(),
            content_type: request.content_type,
            headers: request.headers.to_vec(),
            limit: request.answer_limit,
        };
        fuse.breathe().await;
        fuse.pass(Point::Send(path), self.tower.fall());
        fuse.breathe().await;
        self.deliver_late().await;
        let lost = Err(TransportError::Unreachable);
        let answer = match self.letters.fate(&letter) {
            Fate::Arrives | Fate::Echoed(_) => self.deliver(letter).await.unwrap(),
            Fate::Lost | Fate::Delayed(_) => return lost,
            Fate::AnswerLost => {
                let _ = self.deliver(letter).await;
                return lost;
            }
            Fate::Twice => {
                let first = self.deliver(letter.clone()).await.unwrap();
                let _ = self.deliver(letter).await;
                first
            }
            Fate::TwiceAnsweredLast => {
                let _ = self.deliver(letter.clone()).await;
                self.deliver(letter).await.unwrap()
            }
        };
        let Some(answer) = answer else { return lost };
        fuse.breathe().await;
        fuse.pass(Point::Receive(path), self.tower.fall());
        fuse.breathe().await;
        Ok(answer)
    }
}

/// What a process that may die answers.
async fn answer(fuse: &Fuse, generation: u64, state: State, letter: &Letter, fall: &impl Fn()) -> Option<HttpResponse> {
    let lives = || (fuse.generation() == generation).then_some(());
    fuse.pass(Point::Hear(letter.path), fall);
    lives()?;
    let response = post(cosigner::app(state), letter, None).await;
    lives()?;
    fuse.pass(Point::Answer(letter.path), fall);
    lives()?;
    Some(response)
}

pub(super) async fn post(router: Router, letter: &Letter, authorization: Option<&str>) -> HttpResponse {
    let mut http = Request::builder()
        .method(if letter.body.is_empty() { "GET" } else { "POST" })
        .uri(letter.path)
        .header(header::CONTENT_TYPE, letter.content_type);
    if let Some(authorization) = authorization {
        http = http.header(header::AUTHORIZATION, authorization);
    }
    for (name, value) in &letter.headers {
        http = http.header(*name, value);
    }
    let request = http.body(Body::from(letter.body.clone())).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    HttpResponse {
        status: response.status().as_u16(),
        retry_after,
        body: to_bytes(response.into_body(), letter.limit).await.unwrap().to_vec(),
    }
}
