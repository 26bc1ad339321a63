//! Settings that are allowed and weaken something: said at start and by `config check`, each with what it costs.

use std::path::Path;

use super::{Config, ExportPolicy, KeySource, Limits};

/// Numbers above this many times their default are said.
const FAR: u64 = 10;

impl Config {
    /// A sentence for each setting that weakens security.
    pub fn weaknesses(&self) -> Vec<String> {
        let mut said = Vec::new();
        self.network(&mut said);
        self.files(&mut said);
        self.policies(&mut said);
        self.numbers(&mut said);
        said
    }

    fn network(&self, said: &mut Vec<String>) {
        if !self.listen.ip().is_loopback() {
            said.push(match &self.limits.address_header {
                None => format!(
                    "listen: {} is reachable from other machines, the co-signer has no TLS, and no proxy is declared: API keys cross the \
                     network in clear. Listen on loopback behind a proxy that ends TLS, and name limits.address_header",
                    self.listen
                ),
                Some(header) => format!(
                    "listen: {} is reachable from other machines: whoever passes the proxy by writes {header} as they like. Let only the \
                     proxy reach it",
                    self.listen
                ),
            });
        }
        if !self.admin.listen.ip().is_loopback() {
            said.push(format!(
                "admin.listen: {} is reachable from other machines: metrics tell of failed checks, burnt pairings and how many wallets \
                 there are. Let only your monitoring reach it",
                self.admin.listen
            ));
        }
        let local = self
            .relying_party
            .allowed_origins()
            .filter(|origin| origin.starts_with("http://"));
        for origin in local {
            said.push(format!(
                "relying_party.origins: {origin} is no https: for development only"
            ));
        }
    }

    fn files(&self, said: &mut Vec<String>) {
        let mark = self.high_water_path();
        if is_beside(&mark, &self.database) {
            said.push(format!(
                "high_water_mark: {} is in the database's folder: a snapshot that restores both hides that the database is an older copy. \
                 Put it on another volume",
                mark.display()
            ));
        }
        match &self.key_encryption {
            KeySource::File { path, create_key } => {
                if is_beside(path, &self.database) {
                    said.push(format!(
                        "key_encryption.path: {} is in the database's folder: one backup would hold both, which together are every share",
                        path.display()
                    ));
                }
                if *create_key {
                    said.push(
                        "key_encryption.create_key: a key that is made at start has no copy: with its disk every wallet is lost. For a \
                         demo only"
                            .to_owned(),
                    );
                }
                others_read(path, "key_encryption.path", said);
            }
            KeySource::Environment { variable } => said.push(format!(
                "key_encryption.variable: {variable} is handed to every process that this one's environment is shown to. A file that only \
                 this user reads is safer"
            )),
        }
        others_read(&self.database, "database", said);
        others_read(&mark, "high_water_mark", said);
    }

    fn policies(&self, said: &mut Vec<String>) {
        if self.policy.export == ExportPolicy::Allowed {
            said.push(
                "policy.export: whoever unlocks a wallet may take its whole key away by one more prompt; no limit holds for it then"
                    .to_owned(),
            );
        }
        if self.limits.rotation_pause == 0 {
            said.push("limits.rotation_pause: without a pause a stolen session rotates as fast as it can".to_owned());
        }
        if self.policy.session_refreshes > 100 {
            said.push(format!(
                "policy.session_refreshes: {} refreshes without the passkey: a stolen session lasts lifetimes.session_maximum",
                self.policy.session_refreshes
            ));
        }
    }

    fn numbers(&self, said: &mut Vec<String>) {
        let (limits, usual) = (&self.limits, Limits::default());
        for (name, number, usual, costs) in [
            (
                "failed_checks",
                limits.failed_checks,
                usual.failed_checks,
                "each failed check tells one bit of a pairing",
            ),
            (
                "failed_confirmations",
                limits.failed_confirmations,
                usual.failed_confirmations,
                "more passkeys are tried at one wallet",
            ),
            (
                "wallets_per_claimant",
                limits.wallets_per_claimant,
                usual.wallets_per_claimant,
                "a leaked API key makes more wallets in one person's name",
            ),
            (
                "pairing",
                limits.pairing,
                usual.pairing,
                "each burnt pairing told one bit",
            ),
            (
                "renewals",
                limits.renewals,
                usual.renewals,
                "each burnt pairing told one bit",
            ),
            ("export", limits.export, usual.export, "more prompts for a whole key"),
            (
                "rotations",
                limits.rotations,
                usual.rotations,
                "more epochs for whoever stole a session",
            ),
            ("address", limits.address, usual.address, "who guesses is held less"),
            ("wallet", limits.wallet, usual.wallet, "a stolen session signs faster"),
            (
                "session",
                limits.session,
                usual.session,
                "a stolen session signs faster",
            ),
            (
                "concurrent",
                limits.concurrent,
                usual.concurrent,
                "more memory for callers who show nothing",
            ),
        ] {
            if u64::from(number) > FAR * u64::from(usual) {
                said.push(format!("limits.{name}: {number} is far over {usual}: {costs}"));
            }
        }
        let lifetimes = &self.lifetimes;
        for (name, seconds, most) in [
            ("session", lifetimes.session, 12 * 60 * 60),
            ("session_idle", lifetimes.session_idle, 12 * 60 * 60),
            ("session_maximum", lifetimes.session_maximum, 24 * 60 * 60),
            ("proof_key", lifetimes.proof_key, 90 * 24 * 60 * 60),
        ] {
            if seconds > most {
                said.push(format!(
                    "lifetimes.{name}: {seconds} seconds are long: what was stolen is good for as long"
                ));
            }
        }
        if lifetimes.failed_check < 15 * 60 {
            said.push(format!(
                "lifetimes.failed_check: after {} seconds a failed check is forgotten: bits of pairings are learnt faster",
                lifetimes.failed_check
            ));
        }
    }
}

/// Whether two files are in one folder.
fn is_beside(one: &Path, other: &Path) -> bool {
    let folder = |path: &Path| {
        let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        parent.unwrap_or(Path::new(".")).canonicalize().ok()
    };
    folder(one).is_some_and(|one| folder(other) == Some(one))
}

/// Says that a file which is there can be read or written by others than its user.
#[cfg(unix)]
fn others_read(path: &Path, setting: &str, said: &mut Vec<String>) {
    if let Ok(metadata) = std::fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
    {
        said.push(format!(
            "{setting}: {} can be read or written by others than its user: chmod 600",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn others_read(_: &Path, _: &str, _: &mut Vec<String>) {}
