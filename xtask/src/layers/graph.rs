//! What depends on what, as far as the layers care.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

/// The workspace's packages and what is below them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Each package of the workspace and what it names itself.
    pub(super) members: BTreeMap<String, Named>,
    /// Each package, of the workspace or not, and what its normal build names.
    pub(super) builds: BTreeMap<String, BTreeSet<String>>,
}

/// What one package names in its manifest.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// In its normal and build dependencies, whatever the target or feature.
    pub(super) normal: BTreeSet<String>,
    /// Only for its tests.
    pub(super) tests: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Graph {
    /// Asks cargo about this workspace.
    ///
    /// # Errors
    /// If cargo can't say.
    pub(super) fn of_workspace() -> Result<Self> {
        // The platforms it is built for: others' dependencies, such as a runtime for emscripten, are in no build.
        let platforms = [
            "--filter-platform",
            "wasm32-unknown-unknown",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ];
        let mut cargo = Command::new("cargo");
        let json = process::capture(cargo.args(["metadata", "--format-version", "1"]).args(platforms))?;
        Self::read(&json)
    }

    /// Reads what `cargo metadata` printed.
    ///
    /// # Errors
    /// If that is in another form than cargo's version 1.
    pub(super) fn read(json: &str) -> Result<Self> {
        let metadata: Metadata = serde_json::from_str(json).context("`cargo metadata` printed something unexpected")?;
        let names: BTreeMap<&str, &str> = metadata
            .packages
            .iter()
            .map(|package| (package.id.as_str(), package.name.as_str()))
            .collect();
        let mut graph = Self::default();
        for package in &metadata.packages {
            if metadata.workspace_members.contains(&package.id) {
                graph.members.insert(package.name.clone(), named(package));
            }
        }
        for node in &metadata.resolve.nodes {
            let normal = node
                .deps
                .iter()
                .filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none()));
            let below = normal.filter_map(|edge| names.get(edge.pkg.as_str()).map(|name| (*name).to_owned()));
            if let Some(name) = names.get(node.id.as_str()) {
                graph.builds.entry((*name).to_owned()).or_default().extend(below);
            }
        }
        Ok(graph)
    }

    /// Everything that the normal build of `package` contains, itself not.
    pub(super) fn below(&self, package: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![package.to_owned()];
        while let Some(name) = open.pop() {
            for next in self.builds.get(&name).into_iter().flatten() {
                if found.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        found
    }
}

fn named(package: &Package) -> Named {
    let (tests, normal): (Vec<_>, Vec<_>) = package
        .dependencies
        .iter()
        .partition(|dependency| dependency.kind.as_deref() == Some("dev"));
    let names = |dependencies: Vec<&Dependency>| dependencies.into_iter().map(|found| found.name.clone()).collect();
    Named {
        normal: names(normal),
        tests: names(tests),
    }
}
