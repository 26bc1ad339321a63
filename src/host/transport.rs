//! Ways to the co-signer: the page's `fetch`, or what a server's loader lends.

use std::rc::Rc;

use gloo_net::http::{Request, RequestBuilder, Response};
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wallet::host::{CoSigner, HttpRequest, HttpResponse, TransportError};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{
    ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect,
};

use super::Cause;
use crate::signal::Stop;

/// The longest that one request may take, in milliseconds.
const TIME_OUT: u32 = 30_000;

/// What a page can't tell from a network that is down: a browser hides it from scripts.
const UNTOLD: &str = "If it stays so, look at three things. The page's Content-Security-Policy must allow the co-signer's address \
    (connect-src). The co-signer's `origins` must list the page's origin. Nothing in the page may add headers to its requests, as \
    monitoring does";

/// The page's `fetch`.
pub struct Fetch {
    pub(super) address: String,
    pub(super) cause: Rc<Cause>,
}

impl CoSigner for Fetch {
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        if request.cancel.is_cancelled() {
            return Err(TransportError::Cancelled);
        }
        let stop = Stop::new(request.cancel, Some(TIME_OUT)).ok_or(TransportError::Unreachable)?;
        exchange(&self.address, &request, &stop).await.map_err(|said| {
            if stop.signal.aborted() {
                self.cause.keep(said);
            } else {
                self.cause.keep_unclear(said, UNTOLD);
            }
            if request.cancel.is_cancelled() {
                TransportError::Cancelled
            } else {
                TransportError::Unreachable
            }
        })
    }
}

/// Sends a request and reads its whole answer. A page has no API key to send with it.
async fn exchange(address: &str, request: &HttpRequest<'_>, stop: &Stop) -> Result<HttpResponse, JsValue> {
    let url = format!("{address}{}", request.path);
    let builder = sealed_off(if request.body.is_some() {
        Request::post(&url)
    } else {
        Request::get(&url)
    })
    .abort_signal(Some(&stop.signal));
    let builder = request
        .headers
        .iter()
        .fold(builder, |builder, (name, value)| builder.header(name, value));
    let ready = match request.body {
        Some(body) => builder
            .header("content-type", request.content_type)
            .body(Uint8Array::from(body)),
        None => builder.build(),
    };
    let ready = ready.map_err(|error| js_sys::Error::new(&error.to_string()))?;
    let answer = Response::from(fetch(&ready.into())?.await?.dyn_into::<web_sys::Response>()?);
    Ok(HttpResponse {
        status: answer.status(),
        retry_after: answer.headers().get("retry-after"),
        body: read(&answer, request.answer_limit).await?,
    })
}

/// No cookie, no cache, no referrer, no other address than the one asked for.
fn sealed_off(builder: RequestBuilder) -> RequestBuilder {
    builder
        .mode(RequestMode::Cors)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer)
}

/// Reads a body of at most `limit` bytes, piece by piece: a longer one is never held.
async fn read(answer: &Response, limit: usize) -> Result<Vec<u8>, JsValue> {
    let mut bytes = Vec::new();
    let Some(stream) = answer.body() else {
        return Ok(bytes);
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let piece = reader.read().await?;
        let Ok(value) = Reflect::get(&piece, &"value".into())?.dyn_into::<Uint8Array>() else {
            return Ok(bytes);
        };
        if bytes.len() + value.length() as usize > limit {
            drop(reader.cancel().await);
            return Err(js_sys::Error::new("the answer is longer than it may be").into());
        }
        bytes.extend_from_slice(&value.to_vec());
    }
}

#[wasm_bindgen]
extern "C" {
    // Not by gloo-net, which panics if what a page put in the place of `fetch` rejects with no `Error` or gives no `Response`.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<Promise, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// What a server's loader lends: one request, its whole answer, no retry.
    #[wasm_bindgen(typescript_type = "Transport")]
    pub type Transport;

    #[wasm_bindgen(method, structural, catch)]
    fn send(this: &Transport, request: &JsValue) -> Result<Promise, JsValue>;
}

/// A server's loader's means.
pub(crate) struct Borrowed {
    pub(super) address: String,
    pub(super) transport: Transport,
    pub(super) cause: Rc<Cause>,
}

impl CoSigner for Borrowed {
    async fn send(&self, request: HttpRequest<'_>) -> Result<HttpResponse, TransportError> {
        if request.cancel.is_cancelled() {
            return Err(TransportError::Cancelled);
        }
        let stop = Stop::new(request.cancel, None).ok_or(TransportError::Unreachable)?;
        self.lend(&request, &stop).await.map_err(|said| {
            self.cause.keep(said);
            if request.cancel.is_cancelled() {
                TransportError::Cancelled
            } else {
                TransportError::Unreachable
            }
        })
    }
}

impl Borrowed {
    async fn lend(&self, request: &HttpRequest<'_>, stop: &Stop) -> Result<HttpResponse, JsValue> {
        let asked = Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&asked, &name.into(), &value);
        set("url", format!("{}{}", self.address, request.path).into())?;
        set("contentType", request.content_type.into())?;
        set("answerLimit", (request.answer_limit as f64).into())?;
        set(
            "authorization",
            request.authorization.map_or(JsValue::UNDEFINED, JsValue::from),
        )?;
        set(
            "body",
            request
                .body
                .map_or(JsValue::UNDEFINED, |body| Uint8Array::from(body).into()),
        )?;
        set("signal", stop.signal.clone().into())?;
        let answer = self.transport.send(&asked)?.await?;
        let get = |name: &str| Reflect::get(&answer, &name.into());
        let body: Uint8Array = get("body")?.dyn_into()?;
        Ok(HttpResponse {
            status: get("status")?.as_f64().map_or(0, |status| status as u16),
            retry_after: get("retryAfter")?.as_string(),
            body: body.to_vec(),
        })
    }
}
