use std::path::{Path, PathBuf};

/// The path of a file that SQLite keeps beside a database: `-wal`, `-shm` or `-journal`.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    // SQLite resolves symbolic links first.
    let mut path = database
        .canonicalize()
        .unwrap_or_else(|_| database.to_owned())
        .into_os_string();
    path.push(suffix);
    path.into()
}
