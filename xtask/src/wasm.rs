//! From the root crate to a small wasm module with its JavaScript: cargo, bindings, wasm-opt.

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    process,
    process::say,
    setup::{
        node,
        target::{self, TRIPLE, Target},
    },
    workspace,
};

/// Where the npm package finds the module.
pub(crate) const FOLDER: &str = "npm/wasm";

/// What rustc uses of wasm beyond its first version; wasm-opt refuses a module that uses what it was not told of.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
];

/// The compiler has inlined what pays; more makes the module smaller, and what travels, compressed, larger.
const NO_INLINING: [&str; 3] = [
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=0",
];

/// Instances of one generic function then lie side by side, where gzip, which looks back 32 kB, sees that they are alike.
const IN_ORDER: &str = "--reorder-functions-by-name";

/// Builds `npm/wasm/claimkit.js`, `claimkit_bg.wasm` and `claimkit.d.ts`; quick if nothing changed.
///
/// # Errors
/// If a tool can't be had, or fails.
pub(crate) fn build() -> Result<()> {
    let target = target::ensure(None)?;
    say("building the wasm module");
    let module = compile(&target, "claimkit", "claimkit")?;
    let made = Path::new(FOLDER).join("claimkit_bg.wasm");
    let tools = ["xtask/package-lock.json", "xtask/bindgen/src/main.rs", file!()];
    let sources: Vec<&Path> = std::iter::once(module.as_str()).chain(tools).map(Path::new).collect();
    if process::is_newer(&made, &sources) {
        return Ok(());
    }
    let staged = workspace::made("wasm")?;
    bind("web", &module, &staged, "claimkit")?;
    optimise(&staged.join("claimkit_bg.wasm"))?;
    fs::create_dir_all(FOLDER).with_context(|| format!("can't make {FOLDER}"))?;
    for name in [
        "claimkit.js",
        "claimkit.d.ts",
        "claimkit_bg.wasm.d.ts",
        "claimkit_bg.wasm",
    ] {
        fs::copy(staged.join(name), Path::new(FOLDER).join(name)).with_context(|| format!("can't copy {name}"))?;
    }
    Ok(())
}

/// 128-bit vectors: smaller and quicker. Every browser had them (Chrome 91, Firefox 89, Safari 16.4) before it had the passkeys' PRF;
/// Node has them since 16.4.
const SIMD: &str = "-Ctarget-feature=+simd128";

/// Compiles a package's library to wasm with the profile that is shipped, and gives the module's path.
///
/// # Errors
/// If it doesn't compile.
pub(crate) fn compile(target: &Target, package: &str, library: &str) -> Result<String> {
    let mut cargo = target.cargo();
    cargo.args([
        "build",
        "--quiet",
        "--lib",
        "--target",
        TRIPLE,
        "--profile",
        "wasm",
        "-p",
        package,
    ]);
    cargo.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        format!("{SIMD} --remap-path-prefix={}=", registry()),
    );
    process::run(&mut cargo)?;
    let module = workspace::artifact(TRIPLE).join("wasm").join(format!("{library}.wasm"));
    Ok(module.to_string_lossy().into_owned())
}

/// Where cargo unpacks what it downloads: the builder's own path, which messages of panics would carry to every user.
fn registry() -> String {
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| format!("{home}/.cargo")));
    format!("{}/registry/src/", home.unwrap_or_default())
}

/// Generates the JavaScript for a compiled module (`kind`: `web` or `nodejs`).
///
/// # Errors
/// If the generator can't be built, or refuses the module.
pub(crate) fn bind(kind: &str, module: &str, folder: &Path, name: &str) -> Result<()> {
    say("generating its bindings");
    process::run(
        Command::new("cargo")
            .args(["run", "--quiet", "-p", "xtask-bindgen", "--", kind, module])
            .arg(folder)
            .arg(name),
    )
}

/// Optimises a module in place.
///
/// # Errors
/// If wasm-opt can't be had, or refuses the module.
pub(crate) fn optimise(module: &Path) -> Result<()> {
    node::ensure()?;
    node::install("xtask")?;
    say("optimising it");
    process::capture(
        Command::new("xtask/node_modules/.bin/wasm-opt")
            .arg("-Oz")
            .args(NO_INLINING)
            .arg(IN_ORDER)
            .args(FEATURES)
            .arg(module)
            .arg("--output")
            .arg(module),
    )
    .map(drop)
}
