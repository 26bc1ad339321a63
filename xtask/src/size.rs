//! What a page has to load.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::{package, process, wasm};

/// Limits, gzip -9: a ratchet, a few kB above what a build weighs. Lower them with the build; the goal is in docs/benchmarks.md.
const WASM_LIMIT: u64 = 405_000;
const JAVASCRIPT_LIMIT: u64 = 16_000;

/// What the sizes are for.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// Writes the sizes to this file too
    #[arg(long, value_name = "FILE", value_parser = crate::absolute)]
    json: Option<PathBuf>,
}

/// One row: bytes as they are, and compressed with `gzip -9`.
#[derive(Serialize)]
struct Weight {
    what: &'static str,
    raw: u64,
    gzip: u64,
    limit: Option<u64>,
}

/// Builds the package, weighs its parts, and tells whether they are within their limits.
///
/// # Errors
/// If the package can't be built or the file can't be written.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let tarball = package::build()?;
    let weights = weigh(&tarball)?;
    println!("{:<32}{:>12}{:>12}{:>12}", "", "bytes", "gzip -9", "limit");
    for Weight { what, raw, gzip, limit } in &weights {
        let limit = limit.map(|limit| limit.to_string()).unwrap_or_default();
        println!("{what:<32}{raw:>12}{gzip:>12}{limit:>12}");
    }
    if let Some(path) = &options.json {
        let json = serde_json::to_string_pretty(&weights)?;
        fs::write(path, json).with_context(|| format!("can't write {}", path.display()))?;
    }
    let heavy: Vec<_> = weights
        .iter()
        .filter(|weight| weight.limit.is_some_and(|limit| weight.gzip > limit))
        .collect();
    for Weight { what, gzip, limit, .. } in &heavy {
        println!("{what} is over its limit by {} bytes", gzip - limit.unwrap_or_default());
    }
    Ok(heavy.is_empty())
}

fn weigh(tarball: &Path) -> Result<[Weight; 3]> {
    let module = fs::read(Path::new(wasm::FOLDER).join("claimkit_bg.wasm")).context("can't read the wasm module")?;
    let packed = fs::metadata(tarball).context("can't weigh the tarball")?.len();
    let javascript = javascript()?;
    Ok([
        Weight {
            what: "wasm",
            raw: module.len() as u64,
            gzip: gzip(&module)?,
            limit: Some(WASM_LIMIT),
        },
        Weight {
            what: "JavaScript, without adapters",
            raw: javascript.len() as u64,
            gzip: gzip(&javascript)?,
            limit: Some(JAVASCRIPT_LIMIT),
        },
        Weight {
            what: "tarball",
            raw: packed,
            gzip: packed,
            limit: None,
        },
    ])
}

/// The entry a page loads, and every module of the package that it imports from there: not what only a page with a worker loads.
fn javascript() -> Result<Vec<u8>> {
    let mut open = vec![fs::canonicalize("npm/dist/index.js").context("npm/dist/index.js is missing")?];
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut all = Vec::new();
    while let Some(path) = open.pop() {
        if seen.contains(&path) {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let imported = text.split(" from \"").skip(1).filter_map(|rest| rest.split('"').next());
        open.extend(
            imported
                .filter(|name| name.starts_with('.'))
                .filter_map(|text| fs::canonicalize(folder.join(text)).ok()),
        );
        all.extend_from_slice(text.as_bytes());
        seen.push(path);
    }
    Ok(all)
}

/// The length of `gzip -9`'s output.
fn gzip(bytes: &[u8]) -> Result<u64> {
    let file = Path::new("target/size.tmp");
    fs::write(file, bytes).context("can't write target/size.tmp")?;
    let packed = file.with_extension("tmp.gz");
    process::capture(
        Command::new("gzip")
            .args(["-9", "--no-name", "--force", "--keep"])
            .arg(file),
    )?;
    let length = fs::metadata(&packed).context("gzip wrote nothing")?.len();
    fs::remove_file(&packed)
        .and_then(|()| fs::remove_file(file))
        .context("can't remove what gzip wrote")?;
    Ok(length)
}
