//! The lines of a snapshot.

mod context;
mod definitions;
mod derives;
mod enums;
mod functions;
mod impls;
mod macros;
mod structs;
mod traits;

use std::collections::BTreeSet;

use super::export::Export;
use super::item_id::ItemId;
use super::line::Line;
use super::surface::{Surface, part, within_crate};
use super::target::Target;
use super::text;

/// A line for each thing that the crate offers, in an order that depends on nothing else.
pub(super) fn lines(surface: &Surface<'_>) -> anyhow::Result<Vec<String>> {
    let mut lines = BTreeSet::new();
    for export in &surface.exports {
        lines.extend(lines_of(surface, export)?);
    }
    for (path, module) in &surface.tree.modules {
        for (attributes, item) in &module.impls {
            lines.extend(impls::lines(surface, path, attributes, item)?);
        }
    }
    Ok(lines.into_iter().map(|line| line.text).collect())
}

fn lines_of(surface: &Surface<'_>, export: &Export) -> anyhow::Result<Vec<Line>> {
    match &export.target {
        Target::Module(_) => Ok(vec![line(export, "mod", None)]),
        Target::Foreign(path) => Ok(vec![line(export, "use", Some(path))]),
        Target::Item(id, rest) if rest.is_empty() && !export.is_glob => items(surface, export, id),
        Target::Item(id, rest) => {
            let path = part(&surface.printed_path_of(id), rest);
            Ok(vec![line(export, "use", Some(&path))])
        }
    }
}

/// All of it by the path by which it is known best; by another, only that it is the same.
fn items(surface: &Surface<'_>, export: &Export, id: &ItemId) -> anyhow::Result<Vec<Line>> {
    if surface.tree.definitions(id).all(|definition| !definition.is_public) {
        return Ok(Vec::new());
    }
    if surface.path_of(id) == Some(&export.path) {
        return definitions::lines(surface, export, id);
    }
    Ok(vec![line(export, "use", Some(&surface.printed_path_of(id)))])
}

fn line(export: &Export, keyword: &str, target: Option<&[String]>) -> Line {
    let path = text::path(&within_crate(&export.path));
    let mut text = format!("{}pub {keyword} {path}", export.attributes.prefix());
    if let Some(target) = target {
        text.push_str(" = ");
        text.push_str(&text::path(target));
        text.push_str(if export.is_glob { "::*" } else { "" });
    }
    Line::item(&export.path, text)
}
