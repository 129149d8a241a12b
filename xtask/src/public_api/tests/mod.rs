//! What is listed for small crates.

mod conditions;
mod implementations;
mod items;
mod names;
mod paths;

use std::collections::BTreeMap;
use std::path::Path;

use crate::public_api::surface::Surface;
use crate::public_api::{loader, render};

/// The lines for a crate of these files.
fn try_listed(files: &[(&str, &str)]) -> anyhow::Result<Vec<String>> {
    let files: BTreeMap<_, _> = files.iter().map(|(path, text)| (Path::new(*path), *text)).collect();
    let tree = loader::load(&|path| Ok(files.get(path).map(ToString::to_string)))?;
    render::lines(&Surface::of(&tree)?)
}

fn listed(files: &[(&str, &str)]) -> Vec<String> {
    try_listed(files).unwrap()
}

fn listed_of(text: &str) -> Vec<String> {
    listed(&[("lib.rs", text)])
}
