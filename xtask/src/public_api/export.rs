use super::attributes::Attributes;
use super::target::Target;

/// A path by which users of a crate name something.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub(super) path: Vec<String>,
    pub(super) target: Target,
    /// Whether all that the target has is meant.
    pub(super) is_glob: bool,
    pub(super) attributes: Attributes,
}
