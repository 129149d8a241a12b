//! The page that tells which tests hold which numbered behavior.

mod annotations;
mod audit;
mod catalogue;
mod number;
mod page;

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use self::annotations::Found;
use self::catalogue::Catalogue;
use crate::workspace;

const CATALOGUE: &str = "eventstore-testkit/behaviours.toml";
const PAGE: &str = "docs/behaviours.md";

/// Writes the page.
pub(crate) fn write() -> anyhow::Result<()> {
    let page = workspace::root().join(PAGE);
    fs::write(&page, render()?).with_context(|| format!("cannot write {}", page.display()))
}

/// Fails unless the page is as it would be written.
pub(crate) fn check() -> anyhow::Result<()> {
    if read(PAGE)? == render()? {
        Ok(())
    } else {
        bail!("{PAGE} is stale: run `cargo xtask behaviours`")
    }
}

/// The page; prints whatever does not fit, and is an error if there is such a thing.
fn render() -> anyhow::Result<String> {
    let catalogue = Catalogue::parse(&read(CATALOGUE)?).with_context(|| format!("cannot parse {CATALOGUE}"))?;
    let found = found()?;
    let findings = [found.findings, audit::findings(&catalogue, &found.annotations)].concat();
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings about {CATALOGUE} and the tests", findings.len());
    }
    Ok(page::render(&catalogue, &found.annotations))
}

/// What the tests of the workspace say.
fn found() -> anyhow::Result<Found> {
    let root = workspace::root();
    let mut found = Found::default();
    for member in workspace::members()? {
        for directory in ["src", "tests"] {
            for file in workspace::files(&member.join(directory), "rs")? {
                let path = file.strip_prefix(&root)?;
                found.extend(Found::in_file(path, &read(path)?)?);
            }
        }
    }
    Ok(found)
}

fn read(path: impl AsRef<Path>) -> anyhow::Result<String> {
    let path = workspace::root().join(path);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}
