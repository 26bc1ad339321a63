//! Writes the seeds of a target as files into a folder: `seeds TARGET FOLDER`.
#![allow(clippy::print_stderr, reason = "a command speaks on its terminal")]

use std::{env, fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        eprintln!("seeds TARGET FOLDER");
        return ExitCode::FAILURE;
    };
    let Some(target) = targets::TARGETS.iter().find(|target| target.name == name) else {
        eprintln!("there is no target {name}");
        return ExitCode::FAILURE;
    };
    let written = (target.seeds)()
        .iter()
        .enumerate()
        .try_for_each(|(index, seed)| fs::write(Path::new(folder).join(format!("seed-{index:02}")), seed));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}
