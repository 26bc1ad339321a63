//! The demo: a co-signer, a back end and a page, each from what this workspace builds.

mod consumer;
mod folder;
mod service;

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;

pub(crate) use consumer::install_package;
use folder::Folder;
use service::Service;

use crate::{
    package, process,
    process::say,
    setup::{browser, node},
    workspace,
};

/// Where the page is, unless that port is taken.
const PAGE_PORT: u16 = 8400;

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
    let co_signer = build_co_signer()?;
    node::install("www")?;
    install_package("www", &tarball)?;
    let browser = if options.check { Some(prepare_check()?) } else { None };

    let page_port = port(options.port, (!options.check).then_some(PAGE_PORT))?;
    let co_signer_port = port(options.cosigner_port, None)?;
    let folder = Folder::make(options.check)?;
    folder.write_config(co_signer_port, page_port)?;
    let mut services = Services::default();
    let started = services.start(&folder, &co_signer, co_signer_port, page_port, &stopped);
    let outcome = started.and_then(|()| match &browser {
        Some(chromium) => check(options, chromium, page_port, co_signer_port, &stopped),
        None => services.watch(page_port, &stopped),
    });
    services.end();
    outcome
}

/// Builds the co-signer as it would be deployed, and gives its absolute path.
///
/// # Errors
/// If it doesn't compile.
pub(crate) fn build_co_signer() -> Result<PathBuf> {
    say("building the co-signer");
    process::run(Command::new("cargo").args(["build", "--quiet", "--release", "-p", "claimkit-cosigner", "--bins"]))?;
    Ok(std::path::absolute(workspace::artifact("release/claimkit-cosigner"))?)
}

fn prepare_check() -> Result<PathBuf> {
    node::install("pkg-tests")?;
    Ok(browser::ensure()?.chromium)
}

/// The port that was asked for, or the usual one if it is free, or any that is.
fn port(wanted: Option<u16>, usual: Option<u16>) -> Result<u16> {
    if let Some(port) = wanted {
        TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("port {port} is taken"))?;
        return Ok(port);
    }
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok()?.local_addr().ok();
    let address = usual.and_then(free).or_else(|| free(0)).context("no port is free")?;
    Ok(address.port())
}

/// What runs while the demo runs, in the order it was started.
#[derive(Default)]
struct Services(Vec<Service>);

impl Services {
    fn start(
        &mut self,
        folder: &Folder,
        co_signer: &Path,
        co_signer_port: u16,
        page_port: u16,
        stopped: &mpsc::Receiver<()>,
    ) -> Result<()> {
        say("starting the co-signer");
        folder.make_api_key(co_signer)?;
        let mut command = Command::new(co_signer);
        command.args(["serve", "--config"]).arg(folder.config());
        self.0
            .push(Service::start("the co-signer", command, folder.log("co-signer"))?);
        self.wait(co_signer_port, "/readyz", stopped)?;

        say("starting the demo's back end");
        let mut command = Command::new("node");
        command
            .arg("server.mjs")
            .current_dir("www")
            .env("PORT", page_port.to_string())
            .env("COSIGNER_URL", format!("http://localhost:{co_signer_port}"))
            .env("COSIGNER_API_KEY_FILE", folder.api_key())
            .env("SHARE_KEY_FILE", folder.share_key())
            .env("DATABASE_FILE", folder.share_database());
        self.0
            .push(Service::start("the demo's back end", command, folder.log("back-end"))?);
        self.wait(page_port, "/", stopped)
    }

    /// Waits until the service started last answers.
    fn wait(&mut self, port: u16, path: &str, stopped: &mpsc::Receiver<()>) -> Result<()> {
        let Some(service) = self.0.last_mut() else {
            return Ok(());
        };
        let end = Instant::now() + Duration::from_secs(60);
        while !service::answers(port, path) {
            service.must_run()?;
            if Instant::now() > end {
                bail!("{} does not answer: see {}", service.name, service.log.display());
            }
            if stopped.recv_timeout(Duration::from_millis(50)).is_ok() {
                bail!("stopped");
            }
        }
        Ok(())
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
