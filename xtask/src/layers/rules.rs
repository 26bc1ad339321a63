//! The rules, each an absence.

use super::graph::Graph;

/// What one package of the workspace may not do.
struct Rule {
    package: &'static str,
    /// The only siblings its build may name.
    siblings: &'static [&'static str],
    /// The siblings its tests may name besides.
    test_siblings: &'static [&'static str],
    /// What its manifest may not name, outside its tests.
    unnamed: &'static [&'static str],
    /// What its build may not contain, however deep.
    absent: &'static [&'static str],
}

/// What performs something: a socket, a thread pool, a file.
const PERFORMERS: &[&str] = &["tokio", "reqwest", "axum", "hyper", "rusqlite"];

const RULES: &[Rule] = &[
    // Randomness and time are arguments: nothing here reaches for them.
    Rule {
        package: "claimkit-mpc",
        siblings: &[],
        test_siblings: &[],
        unnamed: &["getrandom", "wasm-bindgen", "js-sys", "web-sys"],
        absent: PERFORMERS,
    },
    // It says, and computes nothing.
    Rule {
        package: "claimkit-wire",
        siblings: &["claimkit-mpc"],
        test_siblings: &[],
        unnamed: &[
            "aes-gcm",
            "curve25519-dalek",
            "ed25519-dalek",
            "frost-core",
            "frost-ed25519",
            "getrandom",
            "hkdf",
            "hpke",
            "k256",
            "p256",
            "sha2",
            "sha3",
            "wasm-bindgen",
            "js-sys",
            "web-sys",
        ],
        absent: PERFORMERS,
    },
    // It sees the world through `Host`; its tests may meet a real co-signer.
    Rule {
        package: "claimkit-wallet",
        siblings: &["claimkit-mpc", "claimkit-wire"],
        test_siblings: &["claimkit-cosigner", "claimkit-drill"],
        unnamed: &["wasm-bindgen", "wasm-bindgen-futures", "js-sys", "web-sys", "gloo-net"],
        absent: PERFORMERS,
    },
    Rule {
        package: "claimkit-cosigner",
        siblings: &["claimkit-mpc", "claimkit-wire"],
        test_siblings: &[],
        unnamed: &["wasm-bindgen", "js-sys", "web-sys"],
        absent: &["reqwest"],
    },
    // It converts and calls `wallet`; its tests play the co-signer's part of the protocols in a browser, where no co-signer runs.
    Rule {
        package: "claimkit",
        siblings: &["claimkit-wallet", "claimkit-wire"],
        test_siblings: &["claimkit-mpc"],
        unnamed: &["k256", "frost-core", "frost-ed25519", "hpke", "axum"],
        absent: PERFORMERS,
    },
    // It checks what it is given, without a network.
    Rule {
        package: "claimkit-cli",
        siblings: &["claimkit-wallet", "claimkit-wire"],
        test_siblings: &[],
        unnamed: &["wasm-bindgen", "js-sys", "web-sys"],
        absent: PERFORMERS,
    },
    Rule {
        package: "claimkit-benches",
        siblings: &["claimkit-mpc"],
        test_siblings: &[],
        unnamed: &[],
        absent: PERFORMERS,
    },
    // It says what the other crates should do, and names them only to compare names.
    Rule {
        package: "claimkit-model",
        siblings: &[],
        test_siblings: &["claimkit-wallet", "claimkit-cosigner"],
        unnamed: &[],
        absent: PERFORMERS,
    },
    // It looks into the memory that `mpc` frees.
    Rule {
        package: "claimkit-residue",
        siblings: &[],
        test_siblings: &["claimkit-mpc"],
        unnamed: &[],
        absent: PERFORMERS,
    },
    // It breaks both sides, and is the world that tests stand in.
    Rule {
        package: "claimkit-drill",
        siblings: &["claimkit-mpc", "claimkit-wire", "claimkit-wallet", "claimkit-cosigner"],
        test_siblings: &[],
        unnamed: &[],
        absent: &[],
    },
    // It feeds every door: those of both sides.
    Rule {
        package: "claimkit-fuzz-targets",
        siblings: &["claimkit-mpc", "claimkit-wire", "claimkit-wallet", "claimkit-cosigner"],
        test_siblings: &[],
        unnamed: &[],
        absent: &[],
    },
    Rule {
        package: "xtask",
        siblings: &[],
        test_siblings: &[],
        unnamed: &["wasm-bindgen-cli-support"],
        absent: &[],
    },
    Rule {
        package: "xtask-bindgen",
        siblings: &[],
        test_siblings: &[],
        unnamed: &[],
        absent: &[],
    },
];

/// Every arrow of the graph that no rule allows.
pub(super) fn broken(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, named) in &graph.members {
        let Some(rule) = RULES.iter().find(|rule| rule.package == name) else {
            wrong.push(format!(
                "{name} has no rule: say in xtask/src/layers/rules.rs what it may name"
            ));
            continue;
        };
        let siblings = named.normal.iter().filter(|other| graph.members.contains_key(*other));
        for other in siblings.filter(|other| !rule.siblings.contains(&other.as_str())) {
            wrong.push(format!("{name} must not name {other}"));
        }
        let allowed = |other: &&String| {
            rule.siblings.contains(&other.as_str()) || rule.test_siblings.contains(&other.as_str()) || *other == name
        };
        let siblings = named.tests.iter().filter(|other| graph.members.contains_key(*other));
        for other in siblings.filter(|other| !allowed(other)) {
            wrong.push(format!("the tests of {name} must not name {other}"));
        }
        for other in rule.unnamed.iter().filter(|other| named.normal.contains(**other)) {
            wrong.push(format!("{name} must not name {other}"));
        }
        let below = graph.below(name);
        for other in rule.absent.iter().filter(|other| below.contains(**other)) {
            wrong.push(format!("the build of {name} must not contain {other}"));
        }
    }
    for rule in RULES.iter().filter(|rule| !graph.members.contains_key(rule.package)) {
        wrong.push(format!("there is a rule for {}, which is gone", rule.package));
    }
    wrong
}
