//! What fuzzers have found worth keeping, on a stable compiler: none of it makes a target panic.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use targets::TARGETS;

fn corpus(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_target_has_a_corpus_and_survives_it() {
    for target in TARGETS {
        let files = corpus(target.name);
        assert!(!files.is_empty(), "{} has no corpus", target.name);
        for file in files {
            (target.run)(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_honest_input_gets_past_its_door() {
    for target in TARGETS {
        for (index, seed) in (target.seeds)().iter().enumerate() {
            assert!((target.run)(seed), "{}: seed {index} was refused", target.name);
        }
    }
}

#[test]
fn an_honest_input_cut_short_is_survived() {
    for target in TARGETS {
        for seed in (target.seeds)() {
            (target.run)(&seed[..seed.len() / 2]);
            (target.run)(&seed[..seed.len() - 1]);
        }
    }
}
