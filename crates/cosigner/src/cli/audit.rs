//! The commands around the audit log.

use std::time::Duration;

use clap::{Args, Subcommand};
use cosigner::{
    Error, State, operation,
    store::{AuditFilter, AuditRecord},
};
use mpc::WalletId;
use serde::Serialize;

use super::{Settings, ids, open, say, say_json, times};

/// Events that are read at once.
const PAGE: u32 = 1000;
/// How often `follow` looks for new ones.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print events, oldest first.
    List {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        filter: Filter,
        /// Print one JSON object a line: number, at, event, and wallet and key where there are any.
        #[arg(long)]
        json: bool,
        /// At most so many.
        #[arg(long)]
        limit: Option<u64>,
    },
    /// Print events as they come, from now on or from --since, until it is stopped.
    Follow {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        filter: Filter,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print all events as JSON, one object a line, to be kept elsewhere; --after the number of the last one goes on from there.
    Export {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        filter: Filter,
    },
}

#[derive(Args)]
pub(super) struct Filter {
    /// Of this wallet: its id, as base64url or hexadecimal.
    #[arg(long, value_parser = ids::wallet)]
    wallet: Option<WalletId>,
    /// Done with this API key: its id, 16 hexadecimal digits.
    #[arg(long, value_parser = ids::key)]
    key: Option<[u8; 8]>,
    /// Of this name, such as exported.
    #[arg(long)]
    event: Option<String>,
    /// Not before this time: seconds since 1970, or so long ago, such as 24h.
    #[arg(long, value_parser = times::ago)]
    since: Option<u64>,
    /// Before this time.
    #[arg(long, value_parser = times::ago)]
    until: Option<u64>,
    /// Of a higher number than this.
    #[arg(long, default_value_t = 0)]
    after: u64,
}

impl Filter {
    fn page(&self, after: u64) -> AuditFilter {
        AuditFilter {
            after,
            wallet: self.wallet,
            key: self.key,
            event: self.event.clone(),
            since: self.since,
            until: self.until,
            limit: PAGE,
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    number: u64,
    at: u64,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(super) fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::List {
            settings,
            filter,
            json,
            limit,
        } => {
            let state = open(&settings.config)?;
            print(&state, &filter, filter.after, json, limit.unwrap_or(u64::MAX)).map(drop)
        }
        Command::Export { settings, filter } => {
            let state = open(&settings.config)?;
            print(&state, &filter, filter.after, true, u64::MAX).map(drop)
        }
        Command::Follow { settings, filter, json } => follow(&open(&settings.config)?, &filter, json),
    }
}

/// Prints events from a number on. Gives the number of the last one.
fn print(state: &State, filter: &Filter, mut after: u64, json: bool, mut left: u64) -> Result<u64, Error> {
    loop {
        let page = operation::audit(state, &filter.page(after))?;
        for record in &page {
            if left == 0 {
                return Ok(after);
            }
            print_one(record, json)?;
            after = record.number;
            left -= 1;
        }
        if page.len() < PAGE as usize {
            return Ok(after);
        }
    }
}

fn follow(state: &State, filter: &Filter, json: bool) -> Result<(), Error> {
    let mut after = filter.after;
    if filter.since.is_none() && filter.after == 0 {
        after = operation::last_event(state)?;
    }
    loop {
        after = print(state, filter, after, json, u64::MAX)?;
        std::thread::sleep(PAUSE);
    }
}

fn print_one(record: &AuditRecord, json: bool) -> Result<(), Error> {
    let line = Line {
        number: record.number,
        at: record.at,
        event: &record.event,
        wallet: record.wallet.map(ids::wallet_text),
        key: record.key.map(hex::encode),
    };
    if json {
        return say_json(&line);
    }
    let of = |what: Option<&str>| what.unwrap_or("-").to_owned();
    let (wallet, key) = (of(line.wallet.as_deref()), of(line.key.as_deref()));
    say(&format!(
        "{}  {}  {wallet:22}  {key:16}  {}",
        line.number, line.at, line.event
    ))
}
