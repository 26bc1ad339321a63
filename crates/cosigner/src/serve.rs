//! Serving: one listener, patient with nobody, and a stop that finishes what was begun.

use std::{
    convert::Infallible,
    fs::{File, TryLockError},
    future::Future,
    net::SocketAddr,
    path::Path,
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{Error, State, app};

/// How long a client may take to send a request's head.
const HEAD: Duration = Duration::from_secs(10);
/// How long a stop waits for requests under way.
const STOP: Duration = Duration::from_secs(20);
/// How often what is past its time is erased.
const SWEEP: Duration = Duration::from_secs(60);

/// Binds the address of the settings.
///
/// # Errors
/// [`Error::Network`] with a sentence that names the address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::Network(format!(
            "listen: {address} can't be had ({error}); is another co-signer running?"
        ))
    })
}

/// Serves until `stop` is done, then finishes the requests under way.
///
/// # Errors
/// [`Error`] if another process serves the same database, or a first sweep fails: a co-signer that can't erase must not serve.
pub async fn serve(listener: TcpListener, state: State, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let _alone = hold(&state.0.config.database)?;
    sweep(&state).await?;
    let sweeper = tokio::spawn(sweep_for_ever(state.clone()));
    let app = app(state);
    let connections = GracefulShutdown::new();
    let mut stop = core::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => connect(&app, &connections, stream, address),
                // Out of file handles, most likely: others have to end first.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    tracing::info!("stopping: no new requests, finishing those under way");
    if timeout(STOP, connections.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests under way");
    }
    sweeper.abort();
    Ok(())
}

/// Takes the database for this server alone, by a lock on a file beside it that ends with the process. What runs and pairings are
/// spent is partly in memory, and a server burns the pairings that another's query is put to. Commands need no lock.
pub(crate) fn hold(database: &Path) -> Result<File, Error> {
    let wrong = |what: String| Error::Database(format!("database {}: {what}", database.display()));
    let locked = |error: std::io::Error| wrong(format!("can't be locked ({error})"));
    // One file, one lock, by whatever name.
    let mut path = database.canonicalize().map_err(locked)?.into_os_string();
    path.push(".lock");
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(locked)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(wrong("is served by another co-signer: stop that one first".to_owned())),
        Err(TryLockError::Error(error)) => Err(locked(error)),
    }
}

fn connect(app: &Router, connections: &GracefulShutdown, stream: TcpStream, address: SocketAddr) {
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let app: Router = app.clone().layer(Extension(ConnectInfo(address)));
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD)
        .keep_alive_timeout(HEAD)
        .max_concurrent_streams(64);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    let connection = connections.watch(connection.into_owned());
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

async fn sweep(state: &State) -> Result<(), Error> {
    let state = state.clone();
    let swept = tokio::task::spawn_blocking(move || state.sweep())
        .await
        .map_err(|error| Error::Database(error.to_string()))??;
    if swept != crate::store::Swept::default() {
        tracing::info!(
            claims = swept.claims,
            retired = swept.retired,
            unfinished = swept.unfinished,
            others = swept.others,
            "swept"
        );
    }
    Ok(())
}

async fn sweep_for_ever(state: State) -> Infallible {
    let mut ticks = interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep(&state).await {
            tracing::error!(%error, "nothing could be swept");
        }
    }
}
