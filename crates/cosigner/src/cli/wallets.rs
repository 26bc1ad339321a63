//! The commands around wallets and their sessions.

use clap::{Args, Subcommand};
use cosigner::{Error, operation};
use mpc::WalletId;
use serde::Serialize;

use super::{Settings, ids, open, say, say_json};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Freeze a wallet: until it is thawed nothing is signed, rotated, exported, claimed or proved with it, and its passkeys stay as they
    /// are. Unlocking, listing and ending its sessions go on.
    Freeze(Named),
    /// Thaw a wallet.
    Unfreeze(Named),
    /// Show what is known of a wallet.
    Show(Named),
    /// Delete a wallet that nobody has claimed, for good: its prepared share is dead.
    Delete(Named),
}

#[derive(Subcommand)]
pub(super) enum SessionsCommand {
    /// End all sessions of a wallet, at once: whoever goes on needs the passkey.
    End(Named),
}

#[derive(Args)]
pub(super) struct Named {
    #[command(flatten)]
    settings: Settings,
    /// The wallet's id, as base64url or hexadecimal.
    #[arg(long, value_parser = ids::wallet)]
    wallet: WalletId,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    wallet: String,
    #[serde(rename = "type")]
    wallet_type: &'static str,
    epoch: u32,
    created_at: u64,
    imported: bool,
    claimed: bool,
    passkeys: usize,
    sessions: usize,
    exported_at: Option<u64>,
    frozen_at: Option<u64>,
}

#[derive(Serialize)]
struct Done {
    wallet: String,
    done: &'static str,
}

#[derive(Serialize)]
struct Ended {
    wallet: String,
    ended: usize,
}

pub(super) fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Freeze(named) => {
            operation::freeze(&open(&named.settings.config)?, named.wallet)?;
            done(&named, "frozen")
        }
        Command::Unfreeze(named) => {
            operation::thaw(&open(&named.settings.config)?, named.wallet)?;
            done(&named, "thawed")
        }
        Command::Delete(named) => {
            operation::delete_wallet(&open(&named.settings.config)?, named.wallet)?;
            done(&named, "deleted")
        }
        Command::Show(named) => show(&named),
    }
}

pub(super) fn run_sessions(command: SessionsCommand) -> Result<(), Error> {
    let SessionsCommand::End(named) = command;
    let ended = operation::end_sessions(&open(&named.settings.config)?, named.wallet)?;
    let wallet = ids::wallet_text(named.wallet);
    match named.json {
        true => say_json(&Ended { wallet, ended }),
        false => say(&format!("{ended} sessions of {wallet} have ended")),
    }
}

fn done(named: &Named, done: &'static str) -> Result<(), Error> {
    let wallet = ids::wallet_text(named.wallet);
    match named.json {
        true => say_json(&Done { wallet, done }),
        false => say(&format!("{wallet} is {done}")),
    }
}

fn show(named: &Named) -> Result<(), Error> {
    let (wallet, sessions) = operation::wallet(&open(&named.settings.config)?, named.wallet)?;
    let shown = Shown {
        wallet: ids::wallet_text(wallet.id),
        wallet_type: wallet.wallet_type.as_str(),
        epoch: wallet.epoch.0,
        created_at: wallet.created_at,
        imported: wallet.is_imported(),
        claimed: wallet.is_claimed(),
        passkeys: wallet.passkeys.as_ref().map_or(0, |passkeys| passkeys.recipients.len()),
        sessions,
        exported_at: wallet.exported_at,
        frozen_at: wallet.frozen_at,
    };
    if named.json {
        return say_json(&shown);
    }
    let time = |at: Option<u64>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    say(&format!(
        "wallet    {}\ntype      {}\nepoch     {}\ncreated   {}\nimported  {}\nclaimed   {}\npasskeys  {}\nsessions  {}\nexported  {}\nfrozen    {}",
        shown.wallet,
        shown.wallet_type,
        shown.epoch,
        shown.created_at,
        shown.imported,
        shown.claimed,
        shown.passkeys,
        shown.sessions,
        time(shown.exported_at),
        time(shown.frozen_at)
    ))
}
