//! What source files name that no manifest shows.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result};

/// The folders that see only the built package.
pub(super) const CONSUMERS: [&str; 3] = ["npm", "www", "pkg-tests"];

/// Each file below `folder` that names, by a relative path, something in the workspace's `src` or `crates`.
///
/// # Errors
/// If a file can't be read.
pub(super) fn reaching_in(folder: &Path) -> Result<Vec<String>> {
    let scripts = files(
        folder,
        &["cjs", "css", "html", "js", "json", "jsx", "mjs", "mts", "ts", "tsx"],
    )?;
    let mut wrong = Vec::new();
    for (file, text) in scripts {
        let home = file.parent().unwrap_or(Path::new(""));
        for path in quoted(&text).filter(|text| text.starts_with("./") || text.starts_with("../")) {
            let reached = resolve(home, path);
            if reached.starts_with("src") || reached.starts_with("crates") {
                wrong.push(format!("{} must not reach into {}", file.display(), reached.display()));
            }
        }
    }
    Ok(wrong)
}

/// Each Rust file below `folder` that names a clock.
///
/// # Errors
/// If a file can't be read.
pub(super) fn naming_a_clock(folder: &Path) -> Result<Vec<String>> {
    let clocks = ["std::time", "core::time", "Instant::now", "SystemTime"];
    let named = files(folder, &["rs"])?
        .into_iter()
        .filter(|(_, text)| clocks.iter().any(|clock| text.contains(clock)));
    Ok(named
        .map(|(file, _)| format!("{} must not name a clock", file.display()))
        .collect())
}

/// Every file below a folder with one of these endings, and its text; none where there is no such folder.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in folder
        .read_dir()
        .with_context(|| format!("can't read {}", folder.display()))?
    {
        let path = entry?.path();
        let skipped = ["node_modules", "dist", "package-lock.json"];
        if skipped.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path, endings)?);
        } else if path
            .extension()
            .is_some_and(|ending| endings.iter().any(|known| ending == *known))
        {
            let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
            found.push((path, text));
        }
    }
    Ok(found)
}

/// What stands between quotes, on one line each.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split(['"', '\'', '`']).skip(1))
}

/// A relative path as seen from the workspace's root.
fn resolve(home: &Path, path: &str) -> PathBuf {
    let mut reached = PathBuf::new();
    for part in home.join(path).components() {
        match part {
            Component::ParentDir => {
                reached.pop();
            }
            Component::Normal(part) => reached.push(part),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_root() {
        assert_eq!(
            resolve(Path::new("www/page"), "../../crates/mpc/x.js"),
            Path::new("crates/mpc/x.js")
        );
        assert_eq!(
            resolve(Path::new("npm/test"), "../src/loader.ts"),
            Path::new("npm/src/loader.ts")
        );
    }

    #[test]
    fn what_stands_between_quotes_is_found() {
        let found: Vec<&str> = quoted("import x from \"../src/a.js\";\nrequire('./b')").collect();
        assert!(found.contains(&"../src/a.js") && found.contains(&"./b"));
    }

    #[test]
    fn a_page_that_reaches_into_a_crate_is_refused() {
        let folder = std::env::temp_dir().join(format!("claimkit-layers-{}", std::process::id()));
        let clock = folder.join("clock.rs");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("page.mjs"), "import x from './own.js';").unwrap();
        fs::write(&clock, "use std::time::Instant;").unwrap();
        assert!(reaching_in(&folder).unwrap().is_empty());
        assert_eq!(naming_a_clock(&folder).unwrap().len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
