use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventstore_core::{Error, Result};
use tempfile::TempDir;

/// The path that means a store that ends with its last handle.
const MEMORY: &str = ":memory:";

/// Where a store is.
#[derive(Debug, Clone)]
pub(crate) enum Location {
    File(PathBuf),
    /// A file in a folder of its own, which is removed with the last value that refers to it.
    ///
    /// SQLite's own databases in memory have no write-ahead log: readers and the writer would wait for each other.
    Temporary(Arc<TempDir>),
}

impl Location {
    pub(crate) fn of(path: &Path) -> Result<Self> {
        if path == Path::new(MEMORY) {
            return Self::temporary();
        }
        if path.as_os_str().is_empty() {
            return Err(Error::invalid_input("path", "it is empty"));
        }
        Ok(Self::File(path.to_owned()))
    }

    fn temporary() -> Result<Self> {
        let folder = TempDir::with_prefix("eventstore-").map_err(|error| Error::Unavailable {
            message: "no temporary folder could be created".to_owned(),
            source: Some(error.into()),
        })?;
        Ok(Self::Temporary(Arc::new(folder)))
    }

    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary(_))
    }

    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Temporary(folder) => folder.path().join("events.db"),
        }
    }
}
