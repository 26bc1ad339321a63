//! The demo: a co-signer, a back end and a page, each from what this workspace builds.

mod consumer;
mod folder;
mod service;

use std::{
    net::TcpListener,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;

pub(crate) use consumer::install_package;
use folder::Folder;
use service::Service;

use crate::{
    build::{self, Profile},
    package,
    process::say,
    setup::{browser, node},
};

/// Where the page is, unless that port is taken.
const PAGE_PORT: u16 = 8400;

/// How long a service may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the demo is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Drives a whole claim in headless Chromium instead of waiting, and exits 0 only if it holds
    #[arg(long)]
    check: bool,
    /// With --check: writes the steps with their times, and what was seen, to this file
    #[arg(long, value_name = "FILE", value_parser = crate::absolute, requires = "check")]
    json: Option<PathBuf>,
    /// With --check: keeps a picture of the page after each step in this folder
    #[arg(long, value_name = "DIR", value_parser = crate::absolute, requires = "check")]
    screenshots: Option<PathBuf>,
    /// With --check: builds the co-signer as tests are built
    #[arg(long, hide = true, requires = "check")]
    dev: bool,
    /// The page's port [default: 8400, or any free one]
    #[arg(long)]
    port: Option<u16>,
    /// The co-signer's port [default: any free one]
    #[arg(long)]
    cosigner_port: Option<u16>,
}

/// Starts everything, then waits for Ctrl-C or drives the claim; `false` if that does not hold.
///
/// # Errors
/// If something can't be had, built or started.
pub(crate) fn run(options: &Options) -> Result<bool> {
    // Before anything starts, so that Ctrl-C can't leave a child behind.
    let (tell, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listens once the demo is on its way out.
        let _ = tell.send(());
    })
    .context("can't listen for Ctrl-C")?;

    let tarball = package::build()?;
    let co_signer = build::co_signer(if options.dev { Profile::Dev } else { Profile::Release })?;
    node::install("www")?;
    install_package("www", &tarball)?;
    let browser = if options.check { Some(prepare_check()?) } else { None };

    let page = listen(options.port, (!options.check).then_some(PAGE_PORT))?;
    let page_port = page.local_addr()?.port();
    let folder = Folder::make(options.check)?;
    // Without a wish it takes a port that is free when it starts, and says which.
    folder.write_config(options.cosigner_port.unwrap_or(0), page_port)?;
    let mut services = Services::default();
    let started = services.start(&folder, &co_signer, page, &stopped);
    let outcome = started.and_then(|co_signer_port| match &browser {
        Some(chromium) => check(options, chromium, page_port, co_signer_port, &stopped),
        None => services.watch(page_port, &stopped),
    });
    services.end();
    outcome
}

fn prepare_check() -> Result<PathBuf> {
    node::install("pkg-tests")?;
    Ok(browser::ensure()?.chromium)
}

/// Listens on the port that was asked for, or the usual one if it is free, or any that is.
fn listen(wanted: Option<u16>, usual: Option<u16>) -> Result<TcpListener> {
    if let Some(port) = wanted {
        return TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("port {port} is taken"));
    }
    let bind = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok();
    usual.and_then(bind).or_else(|| bind(0)).context("no port is free")
}

/// What runs while the demo runs, in the order it was started.
#[derive(Default)]
struct Services(Vec<Service>);

impl Services {
    /// Starts the co-signer and the back end, which serves `page`, and gives the co-signer's port.
    fn start(
        &mut self,
        folder: &Folder,
        co_signer: &Path,
        page: TcpListener,
        stopped: &mpsc::Receiver<()>,
    ) -> Result<u16> {
        say("starting the co-signer");
        folder.write_identity(co_signer)?;
        folder.make_api_key(co_signer)?;
        let mut command = Command::new(co_signer);
        command.args(["serve", "--config"]).arg(folder.config());
        let log = folder.log("co-signer");
        let service = Service::start("the co-signer", command, Stdio::null(), log.clone())?;
        self.0.push(service);
        let co_signer_port = self.wait(stopped, || service::serving_port(&log))?;

        say("starting the demo's back end");
        let page_port = page.local_addr()?.port();
        let mut command = Command::new("node");
        command
            .arg("server.mjs")
            .current_dir("www")
            .env("PORT", page_port.to_string())
            .env("LISTEN_FD", "0")
            .env("COSIGNER_URL", format!("http://localhost:{co_signer_port}"))
            .env("COSIGNER_IDENTITY_FILE", folder.identity())
            .env("COSIGNER_API_KEY_FILE", folder.api_key())
            .env("SHARE_KEY_FILE", folder.share_key())
            .env("DATABASE_FILE", folder.share_database());
        // It inherits the socket: between here and there nobody can take the port.
        let socket = OwnedFd::from(page).into();
        self.0.push(Service::start(
            "the demo's back end",
            command,
            socket,
            folder.log("back-end"),
        )?);
        self.wait(stopped, || service::answers(page_port, "/").then_some(()))?;
        Ok(co_signer_port)
    }

    /// Waits until the service started last is ready, and gives what shows it.
    fn wait<T>(&mut self, stopped: &mpsc::Receiver<()>, ready: impl Fn() -> Option<T>) -> Result<T> {
        let service = self.0.last_mut().context("nothing was started")?;
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(shown) = ready() {
                return Ok(shown);
            }
            service.must_run()?;
            if Instant::now() > end {
                bail!("{} does not answer: see {}", service.name, service.log.display());
            }
            if stopped.recv_timeout(Duration::from_millis(50)).is_ok() {
                bail!("stopped");
            }
        }
    }

    /// Waits for Ctrl-C, or for a service that ends by itself.
    fn watch(&mut self, page_port: u16, stopped: &mpsc::Receiver<()>) -> Result<bool> {
        println!("\n  Open http://localhost:{page_port} — Ctrl-C ends the demo.\n");
        while stopped.recv_timeout(Duration::from_millis(500)).is_err() {
            for service in &mut self.0 {
                service.must_run()?;
            }
        }
        Ok(true)
    }

    /// Ends what was started, last first: nobody should lose the co-signer they talk to.
    fn end(self) {
        for service in self.0.into_iter().rev() {
            service.end();
        }
    }
}

fn check(
    options: &Options,
    chromium: &Path,
    page_port: u16,
    co_signer_port: u16,
    stopped: &mpsc::Receiver<()>,
) -> Result<bool> {
    say("driving a claim in headless Chromium");
    let mut command = Command::new("node");
    command
        .arg("pkg-tests/demo-check.mjs")
        .args(["--url", &format!("http://localhost:{page_port}")])
        .args(["--cosigner", &format!("http://localhost:{co_signer_port}")])
        .arg("--chromium")
        .arg(chromium);
    if let Some(file) = &options.json {
        command.arg("--json").arg(file);
    }
    if let Some(folder) = &options.screenshots {
        command.arg("--screenshots").arg(folder);
    }
    let mut child = command.spawn().context("can't run node")?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if stopped.recv_timeout(Duration::from_millis(100)).is_ok() {
            service::ask_to_end(&child);
            child.wait()?;
            bail!("stopped");
        }
    }
}
