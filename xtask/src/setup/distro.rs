//! The wasm target's standard library where rustup can't reach its server: built once from Debian's packages.
//!
//! Debian's rustc comes with the library's source. What is built goes below that rustc's own folder, and rustup gets to
//! know the whole as a toolchain, so that everything after is an ordinary build: no nightly flag, no bootstrap variable.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use super::{
    debian,
    target::{TRIPLE, has_std},
};
use crate::{process, process::say, workspace};

/// The name that rustup gets for it.
pub(crate) const TOOLCHAIN: &str = "distro";

const SYSROOT: &str = "/usr";
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";
/// Beside the library: the rustc it was built with, since no other can read it.
const BUILT_WITH: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/built-with";
const LINKER: &str = "/usr/bin/rust-lld";

/// Whether the toolchain is there, and its library was built with the rustc it has now.
pub(super) fn is_ready() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.env("RUSTUP_TOOLCHAIN", TOOLCHAIN).env_remove("LD_LIBRARY_PATH");
    is_built() && Path::new(LINKER).exists() && has_std(&mut rustc)
}

/// Installs Debian's Rust, builds the library, links the toolchain. `false` where this is no Debian with rustup.
///
/// # Errors
/// If a step fails that can work here.
pub(super) fn build() -> Result<bool> {
    if process::find("apt-get").is_none() || process::find("rustup").is_none() {
        return Ok(false);
    }
    install()?;
    if !is_built() {
        compile()?;
    }
    process::capture(Command::new("rustup").args(["toolchain", "link", TOOLCHAIN, SYSROOT]))?;
    Ok(is_ready())
}

/// Installs the linter that goes with this toolchain, so that lints can be checked for the wasm target.
///
/// # Errors
/// As [`debian::install`].
pub(crate) fn install_clippy() -> Result<()> {
    if Path::new("/usr/bin/clippy-driver").exists() {
        return Ok(());
    }
    debian::install("the linter for the wasm target", &["rust-web-clippy"])
}

fn install() -> Result<()> {
    let packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];
    let installed = |package: &&str| process::succeeds(Command::new("dpkg").args(["--status", package]));
    if !packages.iter().all(installed) {
        debian::install("Debian's Rust", &packages)?;
    }
    // The linker is a link to the one of an LLVM release, which is a package of its own.
    if !Path::new(LINKER).exists() {
        let linker = fs::read_link(LINKER).with_context(|| format!("{LINKER} is missing: install lld"))?;
        let package = linker.file_name().unwrap_or_default().to_string_lossy().into_owned();
        debian::install("the linker for the wasm target", &[&package])?;
    }
    Ok(())
}

fn is_built() -> bool {
    let built_with = fs::read_to_string(BUILT_WITH).unwrap_or_default();
    version().is_ok_and(|version| version == built_with)
}

fn version() -> Result<String> {
    process::capture(Command::new(RUSTC).arg("-vV").env_remove("LD_LIBRARY_PATH"))
}

fn compile() -> Result<()> {
    say("building the wasm target's standard library from Debian's sources (once, about 90 seconds)");
    let folder = workspace::made("setup/std")?;
    let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n[lib]\npath = \"empty.rs\"\n\
                    [profile.release]\npanic = \"abort\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).context("can't write the empty crate")?;
    fs::write(folder.join("empty.rs"), "").context("can't write the empty crate")?;
    let mut cargo = Command::new(CARGO);
    cargo
        .current_dir(&folder)
        .args(["build", "--release", "--target", TRIPLE, "--target-dir", "target"])
        .arg("-Zbuild-std=std,panic_abort,test")
        // The one place for this variable: -Zbuild-std is how a standard library is built at all.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", RUSTC);
    for variable in [
        "RUSTUP_TOOLCHAIN",
        "CARGO",
        "LD_LIBRARY_PATH",
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "CARGO_TARGET_DIR",
    ] {
        cargo.env_remove(variable);
    }
    process::capture(&mut cargo)?;
    copy(&folder.join("target").join(TRIPLE).join("release/deps"))
}

fn copy(built: &Path) -> Result<()> {
    let root =
        debian::as_root().with_context(|| format!("{LIBRARY} is root's: run `cargo xtask setup` as root once"))?;
    let as_root = |program: &str, arguments: &[&str]| {
        process::capture(debian::as_root_command(root, program).args(arguments)).map(drop)
    };
    // A library of an older rustc would be found beside the new one.
    as_root("rm", &["-rf", LIBRARY])?;
    as_root("mkdir", &["-p", LIBRARY])?;
    for file in built
        .read_dir()
        .with_context(|| format!("{} is missing", built.display()))?
        .flatten()
    {
        let (path, name) = (file.path(), file.file_name());
        let name = name.to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            as_root("cp", &[&path.to_string_lossy(), LIBRARY])?;
        }
    }
    let stamp = workspace::made("setup")?.join("built-with");
    fs::write(&stamp, version()?).context("can't write the library's stamp")?;
    as_root("cp", &[&stamp.to_string_lossy(), BUILT_WITH])
}
