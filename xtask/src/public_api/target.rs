use super::item_id::ItemId;
use super::module_path::ModulePath;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Module(ModulePath),
    /// An item of the crate, and the rest of the path, which leads to a part of it.
    Item(ItemId, Vec<String>),
    /// The full path of what another crate has, or of what is known without a `use`.
    Foreign(Vec<String>),
}
