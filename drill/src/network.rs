//! The way to the co-signer: its router, called in process, with faults.

use core::future::pending;
use std::cell::{Cell, RefCell};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use futures_util::FutureExt;
use mpc::channel::{ChannelKey, open_request};
use rand_core::OsRng;
use tokio::sync::Notify;
use tower::ServiceExt;
use wallet::{
    ErrorCode,
    host::{Cancel, CoSigner, HttpRequest, HttpResponse, TransportError},
};
use wire::ErrorBody;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives and is answered.
    Arrives,
    /// It is lost on the way there.
    RequestLost,
    /// Its answer is lost on the way back.
    AnswerLost,
    /// It never arrives, and its sender hears nothing: it waits for as long as it lives.
    Unheard,
    /// It arrives and is carried out, and its sender hears nothing: it waits for as long as it lives.
    Unanswered,
    /// One bit of its answer is flipped.
    AnswerDamaged,
    /// Something between here and there answers.
    Intercepted,
    /// A captive portal answers with its page, as if all were well.
    Portal,
    /// Half of its answer comes, as if it were whole.
    AnswerHalved,
    /// The co-signer refuses it, inside the channel where there is one, and says to wait 7 seconds.
    Refused(ErrorCode),
    /// It arrives and is carried out, but something between here and there says that the co-signer refused it.
    RefusalForged(ErrorCode),
    /// It never arrives, and something between here and there says that the co-signer refused it.
    RefusalInvented(ErrorCode),
    /// The caller cancels while it is under way; it arrives none the less.
    Cancelled,
}

/// One request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub path: String,
    pub bytes_up: usize,
    pub bytes_down: usize,
}

/// Decides the fate of a request by its number and path.
type Decide = Box<dyn FnMut(usize, &str) -> Fate>;

pub struct Network {
    router: RefCell<Router>,
    /// The co-signer's, by which it refuses.
    channel: ChannelKey,
    /// What it says where it refuses, if not a code and a sentence.
    pub says: RefCell<Option<ErrorBody>>,
    fate: RefCell<Decide>,
    log: RefCell<Vec<Sent>>,
    count: Cell<usize>,
    /// Told when a request begins to wait for what never comes.
    waits: Notify,
}

impl Network {
    pub fn new(router: Router, channel: ChannelKey) -> Self {
        Self {
            router: RefCell::new(router),
            channel,
            says: RefCell::default(),
            fate: RefCell::new(Box::new(|_, _| Fate::Arrives)),
            log: RefCell::default(),
            count: Cell::default(),
            waits: Notify::new(),
        }
    }

    /// The co-signer starts again.
    pub fn replace(&self, router: Router) {
        *self.router.borrow_mut() = router;
    }

    /// Decides the fate of each request from now on, by its number and path; numbers start at 0 again.
    pub fn decide(&self, fate: impl FnMut(usize, &str) -> Fate + 'static) {
        self.count.set(0);
        *self.fate.borrow_mut() = Box::new(fate);
    }

    /// One request, by its number from now, meets this fate; the others arrive.
    pub fn strike(&self, number: usize, fate: Fate) {
        self.decide(move |n, _| if n == number { fate } else { Fate::Arrives });
    }

    /// Every request of a path meets this fate.
    pub fn strike_path(&self, path: &'static str, fate: Fate) {
        self.decide(move |_, sent| if sent == path { fate } else { Fate::Arrives });
    }

    pub fn heal(&self) {
        self.decide(|_, _| Fate::Arrives);
    }

    /// Makes a call until one of its requests waits for what never comes, and drops it there: a page that is gone. Its outcome, if it
    /// ends before that.
    pub async fn leave_waiting<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        // Of a request that nobody asked about.
        let _ = self.waits.notified().now_or_never();
        tokio::select! {
            ended = call => Some(ended),
            () = self.waits.notified() => None,
        }
    }

    /// What was sent since this was last asked.
    pub fn sent(&self) -> Vec<Sent> {
        self.log.take()
    }

    /// The co-signer's refusal of a request: sealed, if that is.
    fn refuse(&self, request: &HttpRequest<'_>, code: ErrorCode) -> HttpResponse {
        let mut refusal = refusal(code);
        if let Some(said) = &*self.says.borrow() {
            refusal.body = serde_json::to_vec(said).unwrap();
        }
        let opened = open_request(&self.channel, request.path, request.body.unwrap_or_default());
        if let Ok(opened) = opened {
            refusal.body = opened.answering.refuse(&refusal.body, &mut OsRng).unwrap();
        }
        refusal
    }

    async fn pass(&self, request: &HttpRequest<'_>) -> HttpResponse {
        let mut http = Request::builder()
            .method(if request.body.is_some() { "POST" } else { "GET" })
            .uri(request.path)
            .header(header::CONTENT_TYPE, request.content_type);
        if let Some(authorization) = request.authorization {
            http = http.header(header::AUTHORIZATION, authorization);
        }
        for (name, value) in request.headers {
            http = http.header(*name, value);
        }
        let body = Body::from(request.body.unwrap_or_default().to_vec());
        let router = self.router.borrow().clone();
        let response = router.oneshot(http.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .map(|value| value.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), request.answer_limit)
            .await
            .expect("an answer within its limit")
            .to_vec();
        HttpResponse {
            status,
            body,
            retry_after,
        }
    }
}

impl CoSigner for Network {
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        let number = self.count.get();
        self.count.set(number + 1);
        let fate = (self.fate.borrow_mut())(number, request.path);
        let mut sent = Sent {
            path: request.path.to_owned(),
            bytes_up: request.body.map_or(0, <[u8]>::len),
            bytes_down: 0,
        };
        let answer = match fate {
            Fate::RequestLost => Err(TransportError::Unreachable),
            Fate::Unheard | Fate::Unanswered => {
                if fate == Fate::Unanswered {
                    sent.bytes_down = self.pass(&request).await.body.len();
                }
                self.log.borrow_mut().push(sent);
                self.waits.notify_one();
                return pending().await;
            }
            Fate::Intercepted => Ok(HttpResponse {
                status: 502,
                body: b"<html>bad gateway</html>".to_vec(),
                retry_after: None,
            }),
            Fate::Portal => Ok(HttpResponse {
                status: 200,
                body: b"<html>please log in to the network</html>".repeat(40),
                retry_after: None,
            }),
            Fate::Refused(code) => Ok(self.refuse(&request, code)),
            Fate::RefusalInvented(code) => Ok(refusal(code)),
            Fate::RefusalForged(code) => {
                self.pass(&request).await;
                Ok(refusal(code))
            }
            Fate::Arrives | Fate::AnswerLost | Fate::AnswerDamaged | Fate::AnswerHalved | Fate::Cancelled => {
                if fate == Fate::Cancelled {
                    request.cancel.cancel();
                }
                let mut response = self.pass(&request).await;
                sent.bytes_down = response.body.len();
                if fate == Fate::AnswerDamaged {
                    let middle = response.body.len() / 2;
                    response.body[middle] ^= 1;
                }
                if fate == Fate::AnswerHalved {
                    response.body.truncate(response.body.len() / 2);
                }
                match fate {
                    Fate::AnswerLost => Err(TransportError::Unreachable),
                    // A fetch that its caller has aborted gives nothing.
                    _ if request.cancel.is_cancelled() => Err(TransportError::Cancelled),
                    _ => Ok(response),
                }
            }
        };
        self.log.borrow_mut().push(sent);
        answer
    }
}

fn refusal(code: ErrorCode) -> HttpResponse {
    let body = ErrorBody::new(code, "a sentence");
    HttpResponse {
        status: code.status(),
        body: serde_json::to_vec(&body).unwrap(),
        retry_after: Some("7".to_owned()),
    }
}

/// Cancels a call when its `number`th request is sent.
pub fn cancel_at(network: &Network, number: usize, cancel: &Cancel) {
    let cancel = cancel.clone();
    network.decide(move |n, _| {
        if n == number {
            cancel.cancel();
        }
        Fate::Arrives
    });
}
