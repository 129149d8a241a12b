use super::module_path::{ModulePath, joined};

/// Where an item is defined, and by what name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ItemId {
    pub(super) module: ModulePath,
    pub(super) name: String,
}

impl ItemId {
    pub(super) fn new(module: &[String], name: &str) -> Self {
        Self {
            module: module.to_vec(),
            name: name.to_owned(),
        }
    }

    /// The path in the sources.
    pub(super) fn path(&self) -> Vec<String> {
        joined(&self.module, &self.name)
    }
}
