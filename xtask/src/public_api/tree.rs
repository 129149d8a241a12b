use std::collections::BTreeMap;

use super::definition::Definition;
use super::item_id::ItemId;
use super::module::Module;
use super::module_path::ModulePath;

/// The modules of a crate.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) modules: BTreeMap<ModulePath, Module>,
    /// The uses of macros of other crates: what they make is not known.
    pub(super) unlisted: Vec<String>,
}

impl Tree {
    /// The modules directly within one, with their paths.
    pub(super) fn children<'a>(&'a self, path: &'a [String]) -> impl Iterator<Item = (&'a ModulePath, &'a Module)> {
        self.modules
            .iter()
            .filter(move |(child, _)| child.split_last().is_some_and(|(_, parent)| parent == path))
    }

    /// What is defined by that name: several items, if their conditions differ or a function has the name of a type.
    pub(super) fn definitions<'a>(&'a self, id: &'a ItemId) -> impl Iterator<Item = &'a Definition> {
        let module = self.modules.get(&id.module);
        let definitions = module.into_iter().flat_map(|module| &module.definitions);
        definitions.filter(|definition| definition.name == id.name)
    }
}
