//! The native programs that are tested, shown and shipped.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{process, process::say, workspace};

/// Packages whose one program has their name.
const CO_SIGNER: &str = "claimkit-cosigner";
const DRILL: &str = "claimkit-drill";

/// How cargo builds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As the tests are built, with every check of overflow and of debug assertions; what they depend on is built once for both.
    Dev,
    /// As it is deployed.
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Builds the co-signer, and gives its absolute path.
///
/// # Errors
/// If it doesn't compile.
pub(crate) fn co_signer(profile: Profile) -> Result<PathBuf> {
    say("building the co-signer");
    program(CO_SIGNER, profile)
}

/// Builds the crash drill, and gives its absolute path.
///
/// # Errors
/// If it doesn't compile.
pub(crate) fn drill(profile: Profile) -> Result<PathBuf> {
    say("building the drill");
    program(DRILL, profile)
}

/// Builds every native test, and the programs that tests start: in one go, so that cargo chooses the features of what they share once.
///
/// # Errors
/// If something doesn't compile.
pub(crate) fn tests() -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--workspace", "--tests"]);
    for program in [CO_SIGNER, DRILL] {
        cargo.args(["--bin", program]);
    }
    process::run(&mut cargo)
}

fn program(name: &str, profile: Profile) -> Result<PathBuf> {
    match profile {
        Profile::Dev => tests()?,
        Profile::Release => {
            process::run(Command::new("cargo").args(["build", "--quiet", "--release", "--bins", "-p", name]))?;
        }
    }
    Ok(std::path::absolute(workspace::artifact(profile.folder()).join(name))?)
}
