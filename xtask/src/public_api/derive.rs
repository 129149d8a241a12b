use syn::Path;

use super::conditions::Conditions;

/// A macro in `derive`.
#[derive(Debug, Clone)]
pub(super) struct Derive {
    pub(super) path: Path,
    pub(super) conditions: Conditions,
}
