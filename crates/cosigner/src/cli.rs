//! The commands.

mod api_keys;
mod audit;
mod ids;
mod logs;
mod proof_keys;
mod times;
mod wallets;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use clap::{Args, Parser, Subcommand};
use cosigner::{
    Config, Error, State,
    config::KeySource,
    key_encryption, mark, operation,
    serve::{Listeners, serve},
};
use tokio::signal::unix::{SignalKind, signal};
use wire::control::Identity;

/// claimkit's co-signer: holds one share of each wallet, and signs only together with the other.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT, then finish the requests under way.
    Serve {
        #[command(flatten)]
        settings: Settings,
        /// Make the key-encryption key's file if it is not there. For a demo: in production make it first, and keep a copy.
        #[arg(long)]
        demo_create_key: bool,
    },
    /// Check a settings file, or print one to start from.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make, list and revoke the API keys of back ends. The server may be running.
    #[command(subcommand)]
    Keys(api_keys::Command),
    /// Read the audit log. The server may be running.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Freeze, thaw, show and delete wallets. The server may be running.
    #[command(subcommand)]
    Wallets(wallets::Command),
    /// End the sessions of a wallet. The server may be running.
    #[command(subcommand)]
    Sessions(wallets::SessionsCommand),
    /// Copy the database to a new file, and check the copy. The server may be running. Keep the high-water mark and the key-encryption key
    /// apart from it.
    Backup {
        #[command(flatten)]
        settings: Settings,
        /// The file, which must not be there yet.
        file: PathBuf,
    },
    /// Rotate and list the keys that sign proofs of ownership. The server may be running.
    #[command(subcommand)]
    ProofKeys(proof_keys::Command),
    /// Go on without the high-water mark that the database was used with.
    #[command(subcommand)]
    Mark(MarkCommand),
    /// Make a key-encryption key.
    #[command(subcommand)]
    Kek(KekCommand),
    /// Print the identity that clients pin: channel key and receipt key, base64url.
    Identity {
        #[command(flatten)]
        settings: Settings,
        /// Print JSON, as GET /v1/identity does.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Settings {
    /// The settings file (see `config example`).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Read a settings file, say what is wrong with it, or nothing.
    Check(Settings),
    /// Print a commented settings file.
    Example,
}

#[derive(Subcommand)]
enum MarkCommand {
    /// Take the database as it is, and make a new mark of it. Gives up what the old mark said: whatever was claimed, burnt or revoked
    /// after this copy of the database was made counts as if it had never been, and shares of ended epochs sign again.
    Accept(Settings),
}

#[derive(Subcommand)]
enum KekCommand {
    /// Write 32 random bytes, base64url, to a new file that only this user can read.
    Create {
        /// The file, which must not be there yet.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
}

/// Does what the arguments say.
pub(crate) fn run(arguments: Arguments) -> Result<(), Error> {
    match arguments.command {
        Command::Serve {
            settings,
            demo_create_key,
        } => {
            let mut config = Config::read(&settings.config)?;
            if let KeySource::File { create_key, .. } = &mut config.key_encryption {
                *create_key |= demo_create_key;
            }
            serve_until_stopped(config)
        }
        Command::Config(ConfigCommand::Check(settings)) => {
            for weakness in Config::read(&settings.config)?.weaknesses() {
                warn(&weakness);
            }
            say("the settings are good")
        }
        Command::Config(ConfigCommand::Example) => say(include_str!("../cosigner.example.toml").trim_end()),
        Command::Keys(command) => api_keys::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Wallets(command) => wallets::run(command),
        Command::Sessions(command) => wallets::run_sessions(command),
        Command::Backup { settings, file } => {
            operation::backup(&Config::read(&settings.config)?, &file)?;
            say(&format!("{} is a whole copy of the database", file.display()))
        }
        Command::ProofKeys(command) => proof_keys::run(command),
        Command::Mark(MarkCommand::Accept(settings)) => {
            let config = Config::read(&settings.config)?;
            let path = config.high_water_path();
            let old =
                mark::accept(config)?.map_or_else(String::new, |old| format!("; the old one is {}", old.display()));
            say(&format!(
                "{} now says what the database says, and nothing of what came after this copy of it{old}",
                path.display()
            ))
        }
        Command::Kek(KekCommand::Create { file }) => {
            key_encryption::create(&file)
                .map_err(|error| Error::Setting(format!("{} can't be made ({error})", file.display())))?;
            say(&format!(
                "{} holds a new key: keep a copy apart from the database",
                file.display()
            ))
        }
        Command::Identity { settings, json } => {
            let identity = open(&settings.config)?.identity();
            let identity = Identity {
                channel_key: Base64UrlUnpadded::encode_string(&identity.channel.0),
                receipt_key: Base64UrlUnpadded::encode_string(&identity.receipt),
                version: wire::message::VERSION,
            };
            if json {
                say_json(&identity)
            } else {
                say(&format!(
                    "channel key  {}\nreceipt key  {}",
                    identity.channel_key, identity.receipt_key
                ))
            }
        }
    }
}

/// Opens the state that a settings file names, in no server's way.
fn open(config: &Path) -> Result<State, Error> {
    State::open_beside(Config::read(config)?)
}

fn serve_until_stopped(config: Config) -> Result<(), Error> {
    logs::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Network(format!("no threads can be had ({error})")))?;
    runtime.block_on(async {
        let state = State::open(config.clone())?;
        let listeners = Listeners::bind(&config).await?;
        for weakness in config.weaknesses() {
            tracing::warn!("a setting weakens security: {weakness}");
        }
        let address = listeners.public.local_addr().unwrap_or(config.listen);
        let admin = listeners.admin.local_addr().unwrap_or(config.admin.listen);
        tracing::info!(%address, %admin, "serving");
        let no_signals = |error| Error::Network(format!("signals can't be had ({error})"));
        let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        serve(listeners, state, stop).await
    })
}

/// Writes to the standard output.
fn say(text: &str) -> Result<(), Error> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| Error::Network(format!("nothing can be written ({error})")))
}

fn say_json(value: &impl serde::Serialize) -> Result<(), Error> {
    let json = serde_json::to_string(value).map_err(|error| Error::Setting(error.to_string()))?;
    say(&json)
}

/// Writes a warning to the standard error.
fn warn(what: &str) {
    let _ = writeln!(std::io::stderr(), "claimkit-cosigner: warning: {what}");
}

/// Writes an error to the standard error, as one sentence.
pub(crate) fn complain(error: &Error) {
    let _ = writeln!(std::io::stderr(), "claimkit-cosigner: {error}");
}
