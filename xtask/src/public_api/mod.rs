//! A snapshot of what each published crate offers, so that a change of it is seen when it is made.
//!
//! Sources are parsed, not compiled: what other crates' macros make of them is not known here.

mod attributes;
mod conditions;
mod definition;
mod derive;
mod difference;
mod export;
mod exports;
mod import;
mod item_id;
mod line;
mod loader;
mod macro_rules;
mod module;
mod module_path;
mod names;
mod package_features;
mod render;
mod resolver;
mod surface;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use self::surface::Surface;
use crate::workspace;

const DIRECTORY: &str = "docs/public-api";
const HEADING: &str = "// Written by `cargo xtask public-api`: do not edit.\n";

/// Writes the snapshots.
pub(crate) fn write() -> anyhow::Result<()> {
    let directory = workspace::root().join(DIRECTORY);
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    for package in workspace::PUBLISHED {
        let file = file_of(package);
        fs::write(&file, snapshot(package)?).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Prints how the crates differ from the snapshots; an error if they do.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for package in workspace::PUBLISHED {
        let differing = difference::lines(&read(&file_of(package))?.unwrap_or_default(), &snapshot(package)?);
        if !differing.is_empty() {
            eprintln!("{package}:\n{}", differing.join("\n"));
            stale.push(package);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "{} differ from the snapshots in {DIRECTORY}; if that is intended, run `cargo xtask public-api` in {}",
        stale.join(", "),
        workspace::root().display()
    )
}

fn snapshot(package: &str) -> anyhow::Result<String> {
    let directory = workspace::root().join(package);
    let manifest = read(&directory.join("Cargo.toml"))?.with_context(|| format!("{package} has no manifest"))?;
    let tree = loader::load(&|path| read(&directory.join("src").join(path)))
        .with_context(|| format!("cannot read the sources of {package}"))?;
    for invocation in &tree.unlisted {
        eprintln!("{package}: not listed is what is made by {invocation}");
    }
    let surface = Surface::of(&tree).with_context(|| format!("cannot tell what {package} offers"))?;
    let lines = [package_features::lines(&manifest)?, render::lines(&surface)?].concat();
    Ok(format!("{HEADING}{}\n", lines.join("\n")))
}

fn file_of(package: &str) -> PathBuf {
    workspace::root().join(DIRECTORY).join(package).with_extension("txt")
}

/// The text of a file, or nothing if there is none.
fn read(path: &Path) -> anyhow::Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(text))
}
