//! The demo's data: databases in one place, the keys that open them in another.

use std::{
    fs,
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{process, workspace};

/// What the back end's key may do.
const SCOPES: &str = "wallets:create,wallets:read,wallets:update,sign,claims:ticket";

/// The folder, by its absolute path.
pub(super) struct Folder {
    root: PathBuf,
}

#[derive(Deserialize)]
struct Created {
    key: String,
}

impl Folder {
    /// The demo's folder, as the last run left it; a check's folder is `fresh`.
    ///
    /// # Errors
    /// If it can't be made.
    pub(super) fn make(fresh: bool) -> Result<Self> {
        let root = std::path::absolute(if fresh { "target/demo-check" } else { "target/demo" })?;
        if fresh && root.exists() {
            fs::remove_dir_all(&root).with_context(|| format!("can't empty {}", root.display()))?;
        }
        for part in ["co-signer", "back-end", "keys"] {
            workspace::made(root.join(part))?;
        }
        Ok(Self { root })
    }

    /// The co-signer's settings.
    pub(super) fn config(&self) -> PathBuf {
        self.root.join("co-signer/config.toml")
    }

    /// The co-signer's identity, which back end and page pin.
    pub(super) fn identity(&self) -> PathBuf {
        self.root.join("keys/identity.json")
    }

    /// The back end's API key.
    pub(super) fn api_key(&self) -> PathBuf {
        self.root.join("keys/api-key")
    }

    /// The key that encrypts the back end's shares.
    pub(super) fn share_key(&self) -> PathBuf {
        self.root.join("keys/shares")
    }

    /// The back end's database.
    pub(super) fn share_database(&self) -> PathBuf {
        self.root.join("back-end/shares.db")
    }

    /// What a service prints.
    pub(super) fn log(&self, service: &str) -> PathBuf {
        self.root.join(format!("{service}.log"))
    }

    /// Writes the co-signer's settings; the ports may be others than last time.
    ///
    /// # Errors
    /// If they can't be written.
    pub(super) fn write_config(&self, co_signer_port: u16, page_port: u16) -> Result<()> {
        let quoted = |path: &Path| serde_json::to_string(path).context("the workspace's path is not text");
        let config = format!(
            "listen = \"127.0.0.1:{co_signer_port}\"\ndatabase = {}\n\n\
             [relying_party]\nid = \"localhost\"\nname = \"claimkit demo\"\norigins = [\"http://localhost:{page_port}\"]\n\n\
             [key_encryption]\nprovider = \"file\"\npath = {}\ncreate_key = true\n\n\
             [limits]\nrotation_pause = 0\n\n[admin]\nlisten = \"127.0.0.1:0\"\n",
            quoted(&self.root.join("co-signer/co-signer.db"))?,
            quoted(&self.root.join("keys/co-signer"))?,
        );
        fs::write(self.config(), config).with_context(|| format!("can't write {}", self.config().display()))
    }

    /// Writes down the co-signer's identity, as it prints it.
    ///
    /// # Errors
    /// If it can't be had.
    pub(super) fn write_identity(&self, co_signer: &Path) -> Result<()> {
        let mut command = Command::new(co_signer);
        command.args(["identity", "--json", "--config"]).arg(self.config());
        let identity = process::capture(&mut command)?;
        fs::write(self.identity(), identity).with_context(|| format!("can't write {}", self.identity().display()))
    }

    /// Has the co-signer make an API key for the back end, unless there is one.
    ///
    /// # Errors
    /// If it refuses.
    pub(super) fn make_api_key(&self, co_signer: &Path) -> Result<()> {
        let path = self.api_key();
        if path.exists() {
            return Ok(());
        }
        let mut command = Command::new(co_signer);
        command
            .args(["keys", "create", "--config"])
            .arg(self.config())
            .args(["--name", "demo", "--scopes", SCOPES, "--json"]);
        let created: Created =
            serde_json::from_str(&process::capture(&mut command)?).context("the co-signer printed no key")?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(created.key.as_bytes())
            .with_context(|| format!("can't write {}", path.display()))
    }
}
