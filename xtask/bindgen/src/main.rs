//! Generates bindings: `xtask-bindgen <web|nodejs> <module.wasm> <folder> <name>`.
//!
//! The generator is a library of the workspace's lockfile, so its version is always that of the `wasm-bindgen` crate.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, module, folder, name] = arguments.as_slice() else {
        bail!("usage: xtask-bindgen <web|nodejs> <module.wasm> <folder> <name>");
    };
    let mut bindgen = Bindgen::new();
    match target.as_str() {
        "web" => bindgen.web(true)?,
        "nodejs" => bindgen.nodejs(true)?,
        other => bail!("`{other}` is neither `web` nor `nodejs`"),
    };
    bindgen
        .input_path(PathBuf::from(module))
        .out_name(name)
        .typescript(true)
        // wasm-opt puts the functions in the order of their names, and drops these.
        .remove_name_section(false)
        .remove_producers_section(true)
        // Each entry of the package says itself where the module is.
        .omit_default_module_path(target == "web")
        .generate(folder)
        .with_context(|| format!("no bindings for {module}"))
}
