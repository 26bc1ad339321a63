//! Holds docs/protocol.md and the code side by side: each numbered step of a protocol is named by the code that does it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::collections::BTreeSet;

const SPECIFICATION: &str = include_str!("../../../docs/protocol.md");

/// Each section with numbered steps, and the file that does them.
const PROTOCOLS: &[(&str, &str)] = &[
    ("Key generation", include_str!("../src/keygen.rs")),
    ("Refresh", include_str!("../src/refresh.rs")),
    ("Pairing", include_str!("../src/pairing.rs")),
    ("Extension", include_str!("../src/extension.rs")),
    ("Multiplication", include_str!("../src/multiply.rs")),
    ("Signing", include_str!("../src/ecdsa.rs")),
    ("Ed25519", include_str!("../src/eddsa.rs")),
    ("Derivation", include_str!("../src/derivation.rs")),
    ("Statement", include_str!("../src/context_key.rs")),
    ("Import", include_str!("../src/import.rs")),
];

/// The sections of the specification that have numbered steps, with their numbers.
fn specified() -> Vec<(&'static str, BTreeSet<u32>)> {
    let number = |line: &str| line.split_once(". ").and_then(|(number, _)| number.parse().ok());
    let steps = |section: &'static str| {
        let (name, body) = section.split_once('\n').unwrap();
        (name, body.lines().filter_map(number).collect::<BTreeSet<u32>>())
    };
    let sections = SPECIFICATION.split("\n## ").skip(1);
    sections.map(steps).filter(|(_, steps)| !steps.is_empty()).collect()
}

/// The steps of a section that a file names: «step 1», «steps 1 and 3», «steps 2 to 4».
fn named(file: &str, section: &str) -> BTreeSet<u32> {
    let mut steps = BTreeSet::new();
    for after in file.split(&format!("docs/protocol.md, {section}, step")).skip(1) {
        let line = after.lines().next().unwrap();
        let numbers = line.split(|letter: char| !letter.is_ascii_digit());
        let numbers: Vec<u32> = numbers.filter_map(|number| number.parse().ok()).collect();
        match numbers[..] {
            [first, last] if line.contains(" to ") => steps.extend(first..=last),
            _ => steps.extend(numbers),
        }
    }
    steps
}

#[test]
fn every_step_of_the_specification_is_named_by_the_code_that_does_it() {
    let specified = specified();
    let sections: BTreeSet<_> = specified.iter().map(|(name, _)| *name).collect();
    assert_eq!(sections, PROTOCOLS.iter().map(|(name, _)| *name).collect());
    for (section, steps) in specified {
        let (_, file) = PROTOCOLS.iter().find(|(name, _)| *name == section).unwrap();
        assert_eq!(named(file, section), steps, "{section}");
    }
}
