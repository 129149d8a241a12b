use std::path::{Path, PathBuf};

/// The directory of the workspace, as it was when this program was built.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}
