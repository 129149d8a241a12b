use std::collections::BTreeMap;

use super::export::Export;
use super::exports;
use super::item_id::ItemId;
use super::module_path::joined;
use super::resolver::Resolver;
use super::target::Target;
use super::tree::Tree;

/// What a crate offers, and by which paths.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    pub(super) tree: &'a Tree,
    pub(super) exports: Vec<Export>,
    /// The shortest path of each item; one that is not hidden, if there is one.
    paths: BTreeMap<ItemId, Vec<String>>,
}

impl<'a> Surface<'a> {
    pub(super) fn of(tree: &'a Tree) -> anyhow::Result<Self> {
        let exports = exports::all(tree)?;
        let paths = shortest(&exports);
        Ok(Self { tree, exports, paths })
    }

    pub(super) fn resolver(&self) -> Resolver<'a> {
        Resolver::new(self.tree)
    }

    /// The path by which users know an item.
    pub(super) fn path_of(&self, id: &ItemId) -> Option<&Vec<String>> {
        self.paths.get(id)
    }

    /// The path that is printed for an item, even if it is private.
    pub(super) fn printed_path_of(&self, id: &ItemId) -> Vec<String> {
        within_crate(self.path_of(id).unwrap_or(&id.path()))
    }
}

pub(super) fn within_crate(path: &[String]) -> Vec<String> {
    ["crate".to_owned()].into_iter().chain(path.iter().cloned()).collect()
}

fn shortest(exports: &[Export]) -> BTreeMap<ItemId, Vec<String>> {
    let mut found: Vec<_> = exports.iter().filter(|export| !export.is_glob).collect();
    found.sort_by_key(|export| (export.attributes.is_hidden, export.path.len(), &export.path));
    let mut paths = BTreeMap::new();
    for export in found {
        if let Target::Item(id, rest) = &export.target
            && rest.is_empty()
        {
            paths.entry(id.clone()).or_insert_with(|| export.path.clone());
        }
    }
    paths
}

/// The path of a part of an item.
pub(super) fn part(path: &[String], rest: &[String]) -> Vec<String> {
    rest.iter().fold(path.to_vec(), |path, name| joined(&path, name))
}
