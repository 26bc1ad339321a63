//! Debian's package manager.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{process, process::say};

/// Installs packages; `what` names what they are for.
///
/// # Errors
/// One sentence that says what to install, where this user or this system can't; apt's own words, where apt fails.
pub(crate) fn install(what: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if process::find("apt-get").is_none() {
        bail!("{what} is missing: install what Debian packages as {list}");
    }
    let Some(prefix) = as_root() else {
        bail!("{what} is missing: run `apt-get install --no-install-recommends {list}` as root");
    };
    say(&format!("installing {what} with apt-get: {list}"));
    let apt = |arguments: &[&str]| {
        let mut command = as_root_command(prefix, "apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    // A bare image has no package lists, or old ones that name files that are gone.
    if !process::succeeds(&mut apt(&arguments)) {
        process::capture(&mut apt(&["update"]))?;
        process::capture(&mut apt(&arguments))?;
    }
    Ok(())
}

/// Finds a program whose package has its name, or installs it.
///
/// # Errors
/// As [`install`].
pub(crate) fn ensure(program: &str) -> Result<()> {
    match process::find(program) {
        Some(_) => Ok(()),
        None => install(program, &[program]),
    }
}

/// How a program is run as root here.
#[derive(Clone, Copy)]
pub(super) enum Root {
    /// This user is root.
    Already,
    /// `sudo` asks for no password.
    Sudo,
}

/// Whether, and how, a program can be run as root without asking anybody.
pub(super) fn as_root() -> Option<Root> {
    let user = process::capture(Command::new("id").arg("-u")).unwrap_or_default();
    if user.trim() == "0" {
        return Some(Root::Already);
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Root::Sudo)
}

/// A program, run as root.
pub(super) fn as_root_command(root: Root, program: &str) -> Command {
    match root {
        Root::Already => Command::new(program),
        Root::Sudo => {
            let mut command = Command::new("sudo");
            command.args(["-n", "--preserve-env=DEBIAN_FRONTEND", program]);
            command
        }
    }
}
