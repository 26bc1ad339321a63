//! The commands around the keys that sign proofs of ownership.

use clap::Subcommand;
use cosigner::{Error, proof_keys};
use serde::Serialize;

use super::{Settings, open, say, say_json};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Let a new key sign, and erase the old one's secret. What it signed is verified until it ends: it stays in
    /// /.well-known/jwks.json for a day. Prints the new key's id.
    Rotate(Settings),
    /// List the keys that sign proofs, or did.
    List {
        #[command(flatten)]
        settings: Settings,
        /// Print JSON: id, createdAt, retiredAt, in Unix seconds.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    created_at: u64,
    retired_at: Option<u64>,
}

pub(super) fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Rotate(settings) => say(&proof_keys::rotate(&open(&settings.config)?)?),
        Command::List { settings, json } => {
            let keys = proof_keys::list(&open(&settings.config)?)?;
            let keys = keys.into_iter().map(|(id, key)| Listed {
                id,
                created_at: key.created_at,
                retired_at: key.retired_at,
            });
            let keys: Vec<_> = keys.collect();
            if json {
                return say_json(&keys);
            }
            keys.iter().try_for_each(|key| {
                let state = if key.retired_at.is_some() { "retired" } else { "signs" };
                say(&format!("{}  {state}", key.id))
            })
        }
    }
}
