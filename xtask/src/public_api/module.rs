use syn::ItemImpl;

use super::attributes::Attributes;
use super::definition::Definition;
use super::import::Import;

/// What is written in a module.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) is_public: bool,
    pub(super) attributes: Attributes,
    pub(super) definitions: Vec<Definition>,
    pub(super) imports: Vec<Import>,
    pub(super) impls: Vec<(Attributes, ItemImpl)>,
}

impl Module {
    pub(super) fn defines(&self, name: &str) -> bool {
        self.definitions.iter().any(|definition| definition.name == name)
    }
}
