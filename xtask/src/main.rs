//! claimkit's commands, run as `cargo xtask <command>` from any folder of the workspace.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks on its terminal"
)]

mod bench;
mod build;
mod ci;
mod counts;
mod demo;
mod drill;
mod fuzz;
mod in_browser;
mod layers;
mod licences;
mod miri;
mod mutants;
mod nightly;
mod outcome;
mod package;
mod process;
mod runner;
mod schedule;
mod setup;
mod size;
mod stamp;
mod suites;
mod test;
mod timing;
mod wasm;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// claimkit's commands. Each sets up what it needs, says what it is doing, and is quick when there is nothing to do.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, propagate_version = true)]
#[command(
    after_help = "Variables: CHROMIUM, CHROMEDRIVER, FIREFOX, GECKODRIVER, WEBKITDRIVER and XVFB name browsers and \
                        drivers that are not on the PATH."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Gets everything the other commands need: wasm target, tools, browser, npm packages
    Setup(setup::Options),
    /// Builds the npm package from nothing: target/npm/claimkit.tgz
    Build,
    /// Starts the co-signer, the demo's back end and its page, and prints the address to open
    Demo(demo::Options),
    /// Runs every test: native, in three browsers, package, demo
    Test(test::Options),
    /// Runs what CI runs: formatting, lints, documentation, layers, licences, API review, every test, size limits
    Ci(ci::Options),
    /// Times the protocols, native and in wasm, beside the published figures of others
    Bench(bench::Options),
    /// Kills either side at every point of a claim and harms every message, and looks whether a wallet was lost
    Drill(drill::Options),
    /// Feeds every decoder and step with what nobody sends (needs a nightly compiler and cargo-fuzz)
    Fuzz(fuzz::Options),
    /// Times what touches secrets, for two classes of secrets, and compares
    Timing(timing::Options),
    /// Changes mpc here and there, and expects a test to fail each time (needs cargo-mutants)
    Mutants(mutants::Options),
    /// Interprets the fast tests of mpc and wire (needs a nightly compiler and miri)
    Miri,
    /// Weighs the package and holds it to its limits
    Size(size::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(stop) => {
            eprintln!("cargo xtask: {stop:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `false` when it ran to its end and something it checked does not hold.
fn run(command: Command) -> Result<bool> {
    workspace::enter()?;
    match command {
        Command::Setup(options) => setup::run(&options).map(|()| true),
        Command::Build => package::build().map(|_| true),
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Ci(options) => ci::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Drill(options) => drill::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Timing(options) => timing::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Miri => miri::run(),
        Command::Size(options) => size::run(&options),
    }
}

/// Reads a path as the caller means it, before the commands go to the workspace's root.
fn absolute(argument: &str) -> std::io::Result<PathBuf> {
    std::path::absolute(argument)
}
