//! The commands around API keys.

use std::path::PathBuf;

use clap::Subcommand;
use cosigner::{Error, api_key::Scope, keys, store::ApiKeyRecord};
use serde::Serialize;

use super::{Settings, open, say, say_json, times};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make an API key and print it, now or never.
    Create {
        #[command(flatten)]
        settings: Settings,
        /// What you call it: 1 to 100 bytes.
        #[arg(long)]
        name: String,
        /// What it may do, separated by commas: wallets:create, wallets:import, wallets:read, wallets:update, sign,
        /// claims:ticket.
        #[arg(long, value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
        /// When it ends by itself: seconds since 1970, or so long from now, such as 90d. Without it: never.
        #[arg(long, value_parser = times::ahead)]
        expires: Option<u64>,
        /// Write the key to this file, which must not be there yet and only this user can read, and print its id instead.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Print JSON: id, name, scopes, expiresAt, and the key where it goes to no file.
        #[arg(long)]
        json: bool,
    },
    /// List all API keys, without their secrets.
    List {
        #[command(flatten)]
        settings: Settings,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke an API key: it opens nothing any more, and its tickets start no claim.
    Revoke {
        #[command(flatten)]
        settings: Settings,
        /// The key's id: 16 hexadecimal digits, between the two underscores of the key.
        #[arg(long)]
        id: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created<'a> {
    id: String,
    name: &'a str,
    scopes: Vec<&'static str>,
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: String,
    name: &'a str,
    scopes: Vec<&'static str>,
    created_at: u64,
    revoked_at: Option<u64>,
    expires_at: Option<u64>,
    used_at: Option<u64>,
    #[serde(skip)]
    state: &'static str,
}

pub(super) fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Create {
            settings,
            name,
            scopes,
            expires,
            file,
            json,
        } => {
            let state = open(&settings.config)?;
            let key = match &file {
                Some(file) => keys::create_in(&state, &name, &scopes, expires, file)?,
                None => keys::create_until(&state, &name, &scopes, expires)?,
            };
            let (id, text) = (hex::encode(key.id()), key.to_text());
            if json {
                return say_json(&Created {
                    id,
                    name: &name,
                    scopes: names(&scopes),
                    expires_at: expires,
                    key: file.is_none().then_some(text.as_str()),
                });
            }
            say(if file.is_some() { &id } else { &text })
        }
        Command::List { settings, json } => {
            let keys = keys::list(&open(&settings.config)?)?;
            let now = times::now();
            let listed: Vec<_> = keys.iter().map(|key| listed(key, now)).collect();
            if json {
                return say_json(&listed);
            }
            let time = |at: Option<u64>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
            listed.iter().try_for_each(|key| {
                say(&format!(
                    "{}  {:7}  {}  {}  expires {}  used {}",
                    key.id,
                    key.state,
                    key.scopes.join(","),
                    key.name,
                    time(key.expires_at),
                    time(key.used_at)
                ))
            })
        }
        Command::Revoke { settings, id } => {
            let mut bytes = [0; 8];
            hex::decode_to_slice(&id, &mut bytes)
                .map_err(|_| Error::Setting(format!("--id: must be 16 hexadecimal digits; got {id:?}")))?;
            keys::revoke(&open(&settings.config)?, bytes)
        }
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::from_name(name).ok_or_else(|| {
        let names = names(Scope::ALL).join(", ");
        format!("scopes are {names}")
    })
}

fn names(scopes: &[Scope]) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.as_str()).collect()
}

fn listed(key: &ApiKeyRecord, now: u64) -> Listed<'_> {
    Listed {
        id: hex::encode(key.id),
        name: &key.name,
        scopes: names(&key.scopes),
        created_at: key.created_at,
        revoked_at: key.revoked_at,
        expires_at: key.expires_at,
        used_at: key.used_at,
        state: match key.revoked_at {
            Some(_) => "revoked",
            None if key.is_live(now) => "live",
            None => "expired",
        },
    }
}
