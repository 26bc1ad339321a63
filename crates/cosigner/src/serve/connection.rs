//! One connection: its requests counted, its silence timed.

use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, response::Response};
use hyper::{Request, body::Incoming, service::Service};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::TcpStream;

use super::places::Place;
use crate::config::Connections;

/// How often an idle HTTP/2 peer is asked whether it is there, and how long it has for the answer.
const PING: Duration = Duration::from_secs(20);
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 8;
/// The longest head of a request, in bytes.
const HEAD: usize = 16 * 1024;
/// What HTTP/2 may send of bodies before they are read: of one request, and of a connection's.
const STREAM_WINDOW: u32 = 64 * 1024;
const WINDOW: u32 = 256 * 1024;

/// Requests of a connection, on their way to the router.
struct Entrance {
    app: TowerToHyperService<Router>,
    address: SocketAddr,
    place: Arc<Place>,
}

impl Service<Request<Incoming>> for Entrance {
    type Response = Response;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, std::io::Error>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let Some(under_way) = self.place.begin() else {
            // Its place went to another connection as this request came: the client sends it again on a new one.
            return Box::pin(async { Err(std::io::ErrorKind::ConnectionAborted.into()) });
        };
        request.extensions_mut().insert(ConnectInfo(self.address));
        let answer = self.app.call(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(under_way);
            Ok(match answer {
                Ok(answer) => answer,
                Err(never) => match never {},
            })
        })
    }
}

/// Serves a connection until its peer ends it, it is silent for too long, its place goes to another, or the server stops.
pub(super) fn serve(
    app: &Router,
    watched: &GracefulShutdown,
    (stream, address): (TcpStream, SocketAddr),
    place: Place,
    settings: &Connections,
) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let place = Arc::new(place);
    let entrance = Entrance {
        app: TowerToHyperService::new(app.clone()),
        address,
        place: place.clone(),
    };
    let mut builder = Builder::new(TokioExecutor::new());
    // The times of heads are the place's: hyper's begin with a head's first byte, or before there is a version.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(WINDOW);
    let connection = builder.serve_connection(TokioIo::new(stream), entrance);
    let connection = watched.watch(connection.into_owned());
    let (head, idle) = (Duration::from_secs(settings.head), Duration::from_secs(settings.idle));
    tokio::spawn(async move {
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            },
            () = place.ended(head, idle) => {}
        }
    });
}
