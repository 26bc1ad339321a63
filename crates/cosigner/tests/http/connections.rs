//! The real listener over real sockets: who says nothing, says it slowly, or comes with many, keeps nobody out.

use std::{future::pending, net::SocketAddr, time::Duration};

use axum::http::header;
use cosigner::serve::{Listeners, serve};
use rand_core::OsRng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use wire::{
    ErrorCode, Request,
    ceremony::{ClaimConfirm, PairingStart},
};

use crate::{
    sealed::seal_request,
    world::{Caller, World, random_key},
};

/// Nothing here is to take as long: a test that waits for it has failed.
const TOO_LONG: Duration = Duration::from_secs(120);
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A served world.
struct Served {
    address: SocketAddr,
    server: JoinHandle<()>,
    _world: World,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn served(world: World) -> Served {
    let listeners = Listeners::bind(&world.config).await.unwrap();
    let address = listeners.public.local_addr().unwrap();
    let state = world.state.clone();
    let server = tokio::spawn(async move { serve(listeners, state, pending()).await.unwrap() });
    Served {
        address,
        server,
        _world: world,
    }
}

/// Connects from an address of this machine: 127.0.0.0/8 is all of it.
async fn connect_from(host: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).unwrap();
    socket.connect(to).await.unwrap()
}

/// What comes until the other side ends the connection.
async fn until_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = timeout(TOO_LONG, stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks on a connection that is kept, and gives the first bytes of what is answered.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> String {
    stream.write_all(request).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = timeout(TOO_LONG, stream.read(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

async fn is_answered(stream: &mut TcpStream) -> bool {
    ask(stream, HEALTH).await.starts_with("HTTP/1.1 200")
}

#[tokio::test]
async fn silent_connections_and_half_heads_are_ended() {
    let served = served(World::with(|config| config.connections.head = 1)).await;
    let mut said: Vec<_> = vec![];
    for words in [
        &b""[..],
        b"PRI * HT",
        b"GET /healthz HTTP/1.1\r\nho",
        b"G",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = connect_from(1, served.address).await;
        stream.write_all(words).await.unwrap();
        said.push(stream);
    }
    for stream in &mut said {
        let answer = until_end(stream).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_that_was_used_outlives_the_time_of_a_first_head() {
    assert!(cosigner::config::Connections::default().idle >= 75);
    let served = served(World::with(|config| config.connections.head = 1)).await;
    let mut kept = connect_from(1, served.address).await;
    assert!(is_answered(&mut kept).await);
    // One that came later has run out of the same time.
    until_end(&mut connect_from(1, served.address).await).await;
    assert!(is_answered(&mut kept).await);
}

#[tokio::test]
async fn an_idle_connection_ends_in_its_time() {
    let served = served(World::with(|config| config.connections.idle = 1)).await;
    let mut stream = connect_from(1, served.address).await;
    assert!(is_answered(&mut stream).await);
    assert_eq!(until_end(&mut stream).await, "");
    let mut half = connect_from(1, served.address).await;
    assert!(is_answered(&mut half).await);
    half.write_all(b"GET /healthz HT").await.unwrap();
    assert_eq!(until_end(&mut half).await, "");
}

/// More than this process and most have handles for by default.
#[tokio::test]
async fn thirteen_hundred_silent_connections_keep_nobody_out() {
    let served = served(World::with(|config| {
        config.connections.total = 200;
        config.connections.per_address = 100;
        config.connections.head = 60;
    }))
    .await;
    let mut kept = connect_from(3, served.address).await;
    assert!(is_answered(&mut kept).await);
    let mut silent = std::collections::VecDeque::new();
    for _ in 0..1300 {
        silent.push_back(connect_from(2, served.address).await);
        // What the server ended needs no handle here.
        if silent.len() > 150 {
            assert_eq!(until_end(&mut silent.pop_front().unwrap()).await, "");
        }
    }
    // Neither a newcomer, of their address or of another, nor one who was there before.
    for host in [2, 4] {
        assert!(
            is_answered(&mut connect_from(host, served.address).await).await,
            "{host}"
        );
    }
    assert!(is_answered(&mut kept).await);
}

#[tokio::test]
async fn requests_under_way_lose_their_place_to_nobody() {
    let served = served(World::with(|config| {
        config.connections.total = 8;
        config.connections.per_address = 2;
        config.lifetimes.request = 300;
        config.connections.body = 300;
    }))
    .await;
    // Two whose bodies are on their way.
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n",
        PairingStart::PATH
    );
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = connect_from(2, served.address).await;
        assert!(ask(&mut stream, head.as_bytes()).await.starts_with("HTTP/1.1 100"));
        busy.push(stream);
    }
    // A third of their address finds no place, one of another address does.
    assert_eq!(until_end(&mut connect_from(2, served.address).await).await, "");
    assert!(is_answered(&mut connect_from(3, served.address).await).await);
    for stream in &mut busy {
        assert!(ask(stream, b"ab").await.starts_with("HTTP/1.1 400"));
    }
}

/// The head of a ceremony's request, whose body is not sent.
fn head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn an_address_over_its_limit_is_told_so_by_its_head_alone() {
    let served = served(World::with(|config| {
        config.limits.address = 3;
        config.connections.body = 300;
        config.lifetimes.request = 300;
    }))
    .await;
    let head = head(ClaimConfirm::PATH, 1000);
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let mut stream = connect_from(2, served.address).await;
        let asked = head.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
        assert!(ask(&mut stream, asked.as_bytes()).await.starts_with("HTTP/1.1 100"));
        waiting.push(stream);
    }
    let mut fourth = connect_from(2, served.address).await;
    assert!(ask(&mut fourth, head.as_bytes()).await.starts_with("HTTP/1.1 429"));
    let mut of_another = connect_from(3, served.address).await;
    let asked = head.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    assert!(ask(&mut of_another, asked.as_bytes()).await.starts_with("HTTP/1.1 100"));
}

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_refused_at_once() {
    let served = served(World::with(|config| {
        config.connections.body = 300;
        config.lifetimes.request = 300;
    }))
    .await;
    let mut stream = connect_from(1, served.address).await;
    let answer = ask(
        &mut stream,
        head(ClaimConfirm::PATH, ClaimConfirm::LIMIT + 129).as_bytes(),
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("longer"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_comes_slowly_ends_in_its_time() {
    let served = served(World::with(|config| {
        config.connections.body = 1;
        config.lifetimes.request = 300;
    }))
    .await;
    let mut stream = connect_from(1, served.address).await;
    stream
        .write_all(head(ClaimConfirm::PATH, 1000).as_bytes())
        .await
        .unwrap();
    stream.write_all(&[7; 10]).await.unwrap();
    let answer = until_end(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("co_signer_unreachable"),
        "{answer}"
    );
}

#[tokio::test]
async fn each_listener_leads_to_its_own_doors() {
    let world = World::new();
    let listeners = Listeners::bind(&world.config).await.unwrap();
    let (public, admin) = (
        listeners.public.local_addr().unwrap(),
        listeners.admin.local_addr().unwrap(),
    );
    let state = world.state.clone();
    let server = tokio::spawn(async move { serve(listeners, state, pending()).await.unwrap() });
    for (address, path, status) in [
        (public, "/healthz", "200"),
        (public, "/metrics", "404"),
        (public, "/readyz", "404"),
        (public, "/v1/identity", "200"),
        (admin, "/healthz", "200"),
        (admin, "/metrics", "200"),
        (admin, "/readyz", "200"),
        (admin, "/v1/identity", "404"),
    ] {
        let mut stream = connect_from(1, address).await;
        let asked = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let answer = ask(&mut stream, asked.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {answer}");
    }
    server.abort();
}

#[tokio::test]
async fn an_address_is_known_by_its_connection_on_the_real_listener() {
    let world = World::with(|config| config.limits.address = 1);
    let key = random_key();
    let to = world.state.identity().channel;
    let (_, body) = seal_request(&to, Some(&key), PairingStart::PATH, &[1; 20], &mut OsRng).unwrap();
    let mut world = world;
    let listeners = Listeners::bind(&world.config).await.unwrap();
    world.remote = Some(listeners.public.local_addr().unwrap());
    let state = world.state.clone();
    let server = tokio::spawn(async move { serve(listeners, state, pending()).await.unwrap() });
    let world = std::sync::Arc::new(world);
    let post = async || {
        let (world, body) = (world.clone(), body.clone());
        // The world's own client blocks its thread.
        let posted = std::thread::spawn(move || {
            let caller = Caller::default();
            let post = world.post(PairingStart::PATH, &caller, "application/octet-stream", body);
            futures_util::FutureExt::now_or_never(post)
        });
        tokio::task::spawn_blocking(|| posted.join().unwrap().unwrap())
            .await
            .unwrap()
    };
    assert_eq!(post().await.code(), ErrorCode::InvalidArgument);
    let refused = post().await;
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    server.abort();
}
