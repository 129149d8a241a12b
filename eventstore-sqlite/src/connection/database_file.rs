use std::path::PathBuf;
use std::sync::Arc;

use eventstore_core::{Error, Result};
use tracing::error;

use super::{Log, Turns};
use crate::config::SqliteConfig;

/// The file that the connections of a store have open.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    identity: Option<Identity>,
    pub(super) log: Log,
}

/// What tells a file from another one at the same path, where the system has that.
type Identity = (u64, u64);

impl DatabaseFile {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(super) fn new(config: &SqliteConfig, turns: Arc<Turns>) -> Self {
        let path = config.path();
        Self {
            identity: identity_of(&path),
            path,
            log: Log::new(config, turns),
        }
    }

    /// The size of the file and its log.
    pub(super) fn bytes(&self) -> Result<u64> {
        match self.path.metadata() {
            Ok(file) => Ok(file.len() + self.log.bytes()),
            Err(error) => Err(Error::storage("the size of the file cannot be read", error)),
        }
    }

    /// Refuses to go on with a file that is no longer at its path.
    ///
    /// A file that was removed or replaced still takes whatever is written to it, until the last connection is closed.
    pub(super) fn refuse_if_gone(&self) -> Result<()> {
        if self.identity.is_none() || identity_of(&self.path) == self.identity {
            return Ok(());
        }
        let path = self.path.display();
        error!(%path, "the file of an open store was removed or replaced");
        let message = format!("{path} was removed or replaced while the store has it open: open it again");
        Err(Error::storage(message, "nothing was written"))
    }
}

#[cfg(unix)]
fn identity_of(path: &std::path::Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;

    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity_of(_: &std::path::Path) -> Option<Identity> {
    None
}
