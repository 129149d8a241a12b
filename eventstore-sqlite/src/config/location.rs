use std::io;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;

use eventstore_core::{Error, Result};
use tempfile::{Builder, TempDir};

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
        refuse_what_sqlite_cannot_take(path)?;
        // SQLite resolves a relative path again for each connection, though the process may have changed its working directory. And it takes
        // what begins with `file:` for a URI.
        let path = path::absolute(path).map_err(|error| Error::Unavailable {
            message: "there is no working directory".to_owned(),
            source: Some(error.into()),
        })?;
        Ok(Self::File(path))
    }

    /// The same file, by a path that stays its own when symbolic links are turned to others.
    pub(super) fn resolved(self) -> Self {
        match self {
            Self::File(path) => Self::File(path.canonicalize().unwrap_or(path)),
            temporary @ Self::Temporary(_) => temporary,
        }
    }

    fn temporary() -> Result<Self> {
        let folder = private_folder().map_err(|error| Error::Unavailable {
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

fn refuse_what_sqlite_cannot_take(path: &Path) -> Result<()> {
    let text = path
        .to_str()
        .ok_or_else(|| Error::invalid_input("path", "it is not UTF-8"))?;
    if text.contains('\0') {
        return Err(Error::invalid_input(
            "path",
            "it contains the character with the code 0",
        ));
    }
    Ok(())
}

/// A folder that no other user of the machine can look into.
fn private_folder() -> io::Result<TempDir> {
    let mut folder = Builder::new();
    folder.prefix("eventstore-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        folder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    folder.tempdir()
}
