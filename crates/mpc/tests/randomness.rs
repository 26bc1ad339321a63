//! Holds the crate to docs/decisions/0020-hedged-randomness.md: whatever takes a random source
//! hedges what it draws.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::{fs, path::Path};

/// What hedges a source: a function of which the body calls one of these draws nothing else.
const HEDGES: &[&str] = &["Hedged::new(", "run.draws(", "draws(&key,"];

/// What takes a source and hedges nothing, with the reason; once for each function of that name.
const OTHERS: &[(&str, &str, &str)] = &[
    ("channel/key.rs", "random", "a key that answers to nothing"),
    ("names.rs", "random", "names, which are public"),
    ("channel.rs", "seal_request", "hands it to seal, which hedges"),
    ("channel.rs", "seal", "hands it to AnswerSecret::seal, which hedges"),
    ("channel.rs", "refuse", "hands it to AnswerSecret::seal, which hedges"),
    ("channel.rs", "seal_to", "hands it to seal, which hedges"),
    ("eddsa.rs", "client_start", "hands it to Signer::new, which hedges"),
    ("eddsa.rs", "co_signer_answer", "hands it to Signer::new, which hedges"),
    ("pairing.rs", "advance", "hands it to Place::answer, which hedges"),
    (
        "refresh.rs",
        "receive",
        "hands it to ProofOfKnowledge::prove, which hedges",
    ),
    (
        "refresh.rs",
        "receive",
        "hands it to ProofOfKnowledge::prove, which hedges",
    ),
    (
        "refresh.rs",
        "receive_with_evidence",
        "hands it to ProofOfKnowledge::prove, which hedges",
    ),
    (
        "eddsa/ciphersuite.rs",
        "random",
        "frost-core asks for it in what is not called here",
    ),
    // What draws one value from a source that its callers have hedged.
    ("ed25519.rs", "random", "from a hedged source"),
    ("eddsa.rs", "nonce", "from a hedged source"),
    ("extension.rs", "choose", "from a hedged source"),
    ("keygen.rs", "random", "from a hedged source"),
    ("pairing/transfer.rs", "offer", "from a hedged source"),
    ("pairing/transfer.rs", "random_point", "from a hedged source"),
    ("refresh/run.rs", "random", "from a hedged source"),
    ("scalar.rs", "random", "from a hedged source"),
    ("secp256k1/scalar.rs", "random", "from a hedged source"),
];

/// The files of the crate that are not tests alone.
fn sources(directory: &Path, root: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, root, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = code.split("#[cfg(test)]\npub(crate) mod tests {").next().unwrap();
        found.push((name, code.to_owned()));
    }
}

/// Whether a file is compiled for tests alone, by the line that declares its module.
fn is_test(name: &str, all: &[(String, String)]) -> bool {
    let stem = name.trim_end_matches(".rs");
    let (parent, module) = match stem.rsplit_once('/') {
        Some((parent, module)) => (format!("{parent}.rs"), module),
        None => ("lib.rs".to_owned(), stem),
    };
    let declared = |visibility: &str| format!("#[cfg(test)]\n{visibility}mod {module};");
    let parents = all.iter().filter(|(name, _)| *name == parent);
    let mut parents = parents.map(|(_, code)| code);
    parents.any(|code| {
        ["", "pub(crate) ", "pub(super) "]
            .iter()
            .any(|of| code.contains(&declared(of)))
    }) || (parent != "lib.rs" && is_test(&parent, all))
}

#[test]
fn every_random_source_is_hedged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    sources(&root, &root, &mut all);
    let mut unhedged = Vec::new();
    let mut hedged = 0;
    for (name, code) in all.iter().filter(|(name, _)| !is_test(name, &all)) {
        for function in code.split("fn ").skip(1) {
            let head = function.split_once('{').map_or(function, |(head, _)| head);
            let takes = ["CryptoRngCore", "RngCore + CryptoRng"]
                .iter()
                .any(|source| head.contains(source));
            if !takes || name == "hedge.rs" {
                continue;
            }
            let called = head.split(['(', '<']).next().unwrap().to_owned();
            if HEDGES.iter().any(|hedge| function.contains(hedge)) {
                hedged += 1;
            } else {
                unhedged.push((name.clone(), called));
            }
        }
    }
    unhedged.sort();
    let mut known: Vec<_> = OTHERS
        .iter()
        .map(|(file, of, _)| (file.to_string(), of.to_string()))
        .collect();
    known.sort();
    assert_eq!(unhedged, known);
    assert!(hedged >= 10, "{hedged}");
}
