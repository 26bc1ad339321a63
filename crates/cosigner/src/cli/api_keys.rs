//! The commands around API keys.

use clap::Subcommand;
use cosigner::{Error, api_key::Scope, keys, store::ApiKeyRecord};
use serde::Serialize;

use super::{Settings, open, say, say_json};

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
        /// Print JSON: id, name, scopes, key.
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
    key: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: String,
    name: &'a str,
    scopes: Vec<&'static str>,
    created_at: u64,
    revoked_at: Option<u64>,
}

pub(super) fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Create {
            settings,
            name,
            scopes,
            json,
        } => {
            let key = keys::create(&open(&settings.config)?, &name, &scopes)?;
            let text = key.to_text();
            if json {
                say_json(&Created {
                    id: hex::encode(key.id()),
                    name: &name,
                    scopes: names(&scopes),
                    key: &text,
                })
            } else {
                say(&text)
            }
        }
        Command::List { settings, json } => {
            let keys = keys::list(&open(&settings.config)?)?;
            let listed: Vec<_> = keys.iter().map(listed).collect();
            if json {
                return say_json(&listed);
            }
            listed.iter().try_for_each(|key| {
                let state = if key.revoked_at.is_some() { "revoked" } else { "live" };
                say(&format!(
                    "{}  {state:7}  {}  {}",
                    key.id,
                    key.scopes.join(","),
                    key.name
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

fn listed(key: &ApiKeyRecord) -> Listed<'_> {
    Listed {
        id: hex::encode(key.id),
        name: &key.name,
        scopes: names(&key.scopes),
        created_at: key.created_at,
        revoked_at: key.revoked_at,
    }
}
