//! A malicious network, or peer, against every message of every protocol.
//!
//! The changes are made from the messages' own definitions, borsh's schema of their types: each field of each message is
//! flipped, zeroed, cut, lengthened, encoded wrongly, and taken from another run, epoch, wallet, pairing, digest and
//! direction. Each protocol says by one rule for each field who must refuse another value of it, and with which abort. A run
//! must end so, without a panic and within seconds, and nobody may have anything that an honest run does not give.
//!
//! Of long arrays the first and the last are tried, or all, and more bits of each field, where `CLAIMKIT_LONG` is set.

// The lint settings let tests do this, but not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod change;
mod curves;
mod layout;
mod suite;
mod wire;

mod channel;
mod ecdsa;
mod eddsa;
mod export;
mod findings;
mod import;
mod keygen;
mod pairing;
mod refresh;

use std::{collections::BTreeSet, fs, path::Path};

/// What can be read from bytes and is no message: names, stored things, results, and what messages are made of.
const NO_MESSAGES: &[&str] = &[
    "mpc::channel::key::ChannelPublicKey",
    "mpc::ecdsa::signature::Digest",
    "mpc::ecdsa::signature::Signature",
    "mpc::eddsa::signature::Signature",
    "mpc::keygen::Context",
    "mpc::names::Epoch",
    "mpc::names::Role",
    "mpc::names::Scheme",
    "mpc::refresh::evidence::Evidence",
    "mpc::share::KeyInfo",
    "mpc::signature::Signature",
];

/// The public types of the crate that are read from bytes, by their derives.
fn readable_types(directory: &Path, module: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let module = match name {
            "lib" => module.into(),
            _ => format!("{module}::{name}"),
        };
        if path.is_dir() {
            readable_types(&path, &module, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let mut is_readable = false;
        for line in source.lines() {
            let words: Vec<_> = line.split(|character: char| !character.is_alphanumeric()).collect();
            if line.starts_with("#[derive(") {
                is_readable = line.contains("BorshDeserialize");
            } else if let ["pub", "struct" | "enum", name, ..] = words[..] {
                if std::mem::take(&mut is_readable) {
                    found.insert(format!("{module}::{name}"));
                }
            } else if words.contains(&"struct") {
                is_readable = false;
            }
        }
    }
}

#[test]
fn no_message_of_the_crate_is_left_out() {
    let mut found = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    readable_types(&source, "mpc", &mut found);
    let attacked = [
        keygen::messages(),
        refresh::messages(),
        pairing::messages(),
        ecdsa::messages(),
        eddsa::messages(),
        import::messages(),
        export::messages(),
    ];
    let attacked = attacked.iter().flatten().map(|message| message.type_name);
    let known: BTreeSet<String> = attacked.chain(NO_MESSAGES.iter().copied()).map(String::from).collect();
    assert_eq!(found, known);
}

/// Whether the long tests were asked for.
fn is_long() -> bool {
    std::env::var_os("CLAIMKIT_LONG").is_some()
}
