//! Every label that a hash, a signature or a key is separated by, of all crates: one use each, and
//! a version.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::{collections::BTreeMap, fs, path::Path};

const CRATES: &[&str] = &["mpc", "wire", "wallet", "cosigner"];

/// What two crates name alike because they must compute the same: client and co-signer derive one
/// ticket key of an API key.
const ON_BOTH_SIDES: &[(&str, usize)] = &[("claimkit/api-key/ticket/v1", 2)];

/// The code of a file without its tests and comments.
fn code(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code = code.split("#[cfg(test)]\npub(crate) mod tests {").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The string literals of a file that are labels.
fn labels(code: &str) -> impl Iterator<Item = &str> {
    let after = code.split("\"claimkit/").skip(1);
    after.map(|rest| rest.split('"').next().unwrap())
}

fn collect(directory: &Path, found: &mut BTreeMap<String, Vec<String>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let source = fs::read_to_string(&path).unwrap();
            // A file of tests alone is declared as such by its parent; none of those here makes a
            // label.
            for label in labels(&code(&source)) {
                let place = path.file_name().unwrap().to_string_lossy().into_owned();
                found.entry(format!("claimkit/{label}")).or_default().push(place);
            }
        }
    }
}

/// The number after the last `/v`, and whether there is one.
fn is_versioned(label: &str) -> bool {
    let version = label
        .trim_end_matches("\\0")
        .rsplit_once("/v")
        .map(|(_, version)| version);
    version.is_some_and(|version| version.parse::<u8>().is_ok_and(|version| version > 0))
}

#[test]
fn labels_of_all_crates_are_distinct_and_versioned() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeMap::new();
    for name in CRATES {
        let before = found.len();
        collect(&crates.join(name).join("src"), &mut found);
        assert!(found.len() > before, "{name} has no label");
    }
    assert!(found.len() > 80, "{}", found.len());
    for (label, places) in &found {
        assert!(is_versioned(label), "{label} in {places:?}");
        let both = ON_BOTH_SIDES.iter().find(|(known, _)| known == label);
        assert_eq!(
            places.len(),
            both.map_or(1, |(_, count)| *count),
            "{label} in {places:?}"
        );
    }
    // What is signed as label and content, one after the other, ends its label with a zero byte, so
    // that none begins another.
    let names: Vec<_> = found.keys().map(|label| label.trim_end_matches("\\0")).collect();
    for (at, name) in names.iter().enumerate() {
        let begun = names
            .iter()
            .enumerate()
            .find(|(other, of)| *other != at && of.starts_with(name));
        assert_eq!(begun, None, "{name}");
    }
}
