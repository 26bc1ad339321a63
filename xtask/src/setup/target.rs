//! The standard library of wasm32-unknown-unknown, by the first of three ways that works.

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::distro;
use crate::{process, process::say};

/// The target's name.
pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

/// A way to the target's standard library, in the order they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// The active toolchain has it
    Present,
    /// `rustup target add`
    Rustup,
    /// Built once from Debian's packages, beside the active toolchain
    Distro,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Present => "the active toolchain has it",
            Self::Rustup => "added by rustup",
            Self::Distro => "built from Debian's packages (toolchain `distro`)",
        })
    }
}

/// A toolchain that builds for the target.
pub(crate) struct Target {
    source: Source,
}

impl Target {
    /// The way it was had.
    pub(crate) fn source(&self) -> Source {
        self.source
    }

    /// A cargo that builds for the target, without the `--target` itself.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        if self.source == Source::Distro {
            // What the cargo that started this command set for its own rustc does not fit the other one.
            cargo
                .env("RUSTUP_TOOLCHAIN", distro::TOOLCHAIN)
                .env_remove("LD_LIBRARY_PATH")
                .env_remove("RUSTC");
        }
        cargo
    }
}

/// Gets the target by `wanted`, or by the first way that works.
///
/// # Errors
/// One sentence that says what to install, if no way works.
pub(crate) fn ensure(wanted: Option<Source>) -> Result<Target> {
    let source = match wanted {
        Some(source) => take(source)?.with_context(|| format!("the wasm target can't be had this way: {source:?}"))?,
        None => find()?,
    };
    Ok(Target { source })
}

fn find() -> Result<Source> {
    if has_std(&mut rustc()) {
        return Ok(Source::Present);
    }
    // What was built once is taken before rustup's server is asked again: it may be out of reach.
    if distro::is_ready() {
        return Ok(Source::Distro);
    }
    for source in [Source::Rustup, Source::Distro] {
        if let Some(source) = take(source)? {
            return Ok(source);
        }
    }
    bail!(
        "the standard library of {TRIPLE} is missing: run `rustup target add {TRIPLE}` where rustup reaches its server"
    )
}

fn take(source: Source) -> Result<Option<Source>> {
    let works = match source {
        Source::Present => has_std(&mut rustc()),
        Source::Rustup => add_by_rustup(),
        Source::Distro => distro::is_ready() || distro::build()?,
    };
    Ok(works.then_some(source))
}

fn add_by_rustup() -> bool {
    if process::find("rustup").is_none() {
        return false;
    }
    say(&format!("asking rustup for {TRIPLE}"));
    // rustup tries a server it can't reach again and again, for many minutes: two say enough.
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TRIPLE]).env("RUSTUP_MAX_RETRIES", "1");
    process::succeeds_within(&mut rustup, Duration::from_secs(120)) && has_std(&mut rustc())
}

fn rustc() -> Command {
    Command::new("rustc")
}

/// Whether this rustc's folder for the target holds a standard library.
pub(super) fn has_std(rustc: &mut Command) -> bool {
    let Ok(output) = rustc.args(["--print", "target-libdir", "--target", TRIPLE]).output() else {
        return false;
    };
    let folder = String::from_utf8_lossy(&output.stdout);
    let Ok(files) = Path::new(folder.trim()).read_dir() else {
        return false;
    };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}
