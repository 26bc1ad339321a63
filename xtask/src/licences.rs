//! The licences of everything in the lockfile, held to the list in deny.toml without another tool.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{process, process::say};

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
}

/// Checks the licence of every package and prints those that deny.toml does not let through; `false` if there is one.
///
/// # Errors
/// If deny.toml or cargo's metadata can't be read.
pub(crate) fn hold() -> Result<bool> {
    say("checking the licences of every dependency");
    let refused = refused()?;
    for package in &refused {
        println!("  {package}");
    }
    Ok(refused.is_empty())
}

fn refused() -> Result<Vec<String>> {
    let deny = fs::read_to_string("deny.toml").context("can't read deny.toml")?;
    let deny: Deny = toml::from_str(&deny).context("deny.toml lists no licences")?;
    let json = process::capture(Command::new("cargo").args(["metadata", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_str(&json).context("`cargo metadata` printed something unexpected")?;
    let refused = metadata.packages.into_iter().filter_map(|package| {
        let licence = package.license.unwrap_or_else(|| "no licence".to_owned());
        (!allows(&deny.licenses.allow, &licence)).then(|| format!("{}: {licence}", package.name))
    });
    Ok(refused.collect())
}

/// Whether an SPDX expression can be met by the listed licences alone.
///
/// `AND` binds tighter than `OR`; the old form with `/` means `OR`.
fn allows(allowed: &BTreeSet<String>, expression: &str) -> bool {
    let words = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = words.split_whitespace().peekable();
    either(allowed, &mut words) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(allowed: &BTreeSet<String>, words: &mut Words<'_>) -> bool {
    let mut met = both(allowed, words);
    while words.next_if_eq(&"OR").is_some() {
        met |= both(allowed, words);
    }
    met
}

fn both(allowed: &BTreeSet<String>, words: &mut Words<'_>) -> bool {
    let mut met = one(allowed, words);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(allowed, words);
    }
    met
}

fn one(allowed: &BTreeSet<String>, words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = either(allowed, words);
        return words.next_if_eq(&")").is_some() && met;
    }
    let Some(licence) = words.next() else { return false };
    if words.next_if_eq(&"WITH").is_some() {
        let exception = words.next().unwrap_or_default();
        return allowed.contains(&format!("{licence} WITH {exception}"));
    }
    allowed.contains(licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dependency_is_allowed() {
        crate::workspace::enter().unwrap();
        assert_eq!(refused().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn an_expression_is_met_only_by_listed_licences() {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned));
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/GPL-3.0",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "MIT AND Apache-2.0",
        ] {
            assert!(allows(&allowed, good), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "no licence",
            "(MIT",
            "MIT)",
            "",
        ] {
            assert!(!allows(&allowed, bad), "{bad}");
        }
    }
}
