//! claimkit's command: checks receipts and refusals, without a network.

mod cli;
mod evidence;
mod input;
mod report;
mod utc;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse()).unwrap_or_else(|error| {
        cli::complain(&error.to_string());
        ExitCode::from(cli::USAGE)
    })
}
