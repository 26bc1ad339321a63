//! Serving: a listener for clients, one for the operator's machines, patient with nobody, and a stop that finishes what was begun.

mod connection;
mod handles;
mod places;

use std::{
    convert::Infallible,
    fs::{File, TryLockError},
    future::Future,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval, timeout},
};

use self::places::Places;
use crate::{Config, Error, State, admin, app, config::Connections};

/// How long a stop waits for requests under way.
const STOP: Duration = Duration::from_secs(20);
/// How often what is past its time is erased.
const SWEEP: Duration = Duration::from_secs(60);
/// How long the listener rests where no connection can be accepted.
const REST: Duration = Duration::from_millis(100);
/// Connections to the operator's listener.
const ADMIN_CONNECTIONS: usize = 32;

/// The two listeners of a co-signer.
#[derive(Debug)]
pub struct Listeners {
    /// For clients and back ends.
    pub public: TcpListener,
    /// For probes and metrics.
    pub admin: TcpListener,
}

impl Listeners {
    /// Binds the addresses of the settings.
    ///
    /// # Errors
    /// [`Error::Network`] with a sentence that names the address.
    pub async fn bind(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            public: bind("listen", config.listen).await?,
            admin: bind("admin.listen", config.admin.listen).await?,
        })
    }
}

async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::Network(format!(
            "{setting}: {address} can't be had ({error}); is another co-signer running?"
        ))
    })
}

/// Serves until `stop` is done, then finishes the requests under way.
///
/// # Errors
/// [`Error`] if another process serves the same database, or a first sweep fails: a co-signer that can't erase must not serve.
pub async fn serve(listeners: Listeners, state: State, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let _alone = hold(&state.0.config.database)?;
    sweep(&state).await?;
    let settings = state.0.config.connections;
    let sweeper = tokio::spawn(sweep_for_ever(state.clone()));
    let total = handles::connections(settings.total);
    let per_address = match state.0.config.limits.address_header {
        // All are the proxy's.
        Some(_) => total,
        None => settings.per_address as usize,
    };
    let public = Door {
        listener: listeners.public,
        app: app(state.clone()),
        places: Places::new(total, per_address),
        settings,
    };
    let operators = Door {
        listener: listeners.admin,
        app: admin(state),
        places: Places::new(ADMIN_CONNECTIONS, ADMIN_CONNECTIONS),
        settings,
    };
    let connections = GracefulShutdown::new();
    tokio::select! {
        () = stop => {}
        never = public.accept(&connections) => match never {},
        never = operators.accept(&connections) => match never {},
    }
    drop((public, operators));
    tracing::info!("stopping: no new requests, finishing those under way");
    if timeout(STOP, connections.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests under way");
    }
    sweeper.abort();
    Ok(())
}

/// A listener and what is behind it.
struct Door {
    listener: TcpListener,
    app: Router,
    places: Arc<Places>,
    settings: Connections,
}

impl Door {
    async fn accept(&self, connections: &GracefulShutdown) -> Infallible {
        let mut is_told = false;
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    is_told = false;
                    if let Some(place) = self.places.take(address.ip()) {
                        connection::serve(&self.app, connections, (stream, address), place, &self.settings);
                    }
                }
                // Out of file handles, most likely: others have to end first.
                Err(error) => {
                    if !core::mem::replace(&mut is_told, true) {
                        tracing::warn!(%error, "connections are not accepted");
                    }
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
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
