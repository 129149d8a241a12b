use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::time::{sleep, timeout};

/// How long the connections of this process may take to close the file.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long to wait from one look to the next.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until this process has closed the file: the last one to close it copies the log into the file, and removes the log.
///
/// Each connection is closed by a thread of its own, which tells nobody. Where the system does not say which files are open, the log may
/// stay beside the file until the next command.
pub(super) async fn until_closed(path: &Path) {
    let Ok(path) = path.canonicalize() else { return };
    let closed = async {
        while is_open(&path) {
            sleep(PAUSE).await;
        }
    };
    // Nothing is lost if the log stays.
    let _ = timeout(PATIENCE, closed).await;
}

fn is_open(path: &Path) -> bool {
    let Ok(open) = fs::read_dir("/proc/self/fd") else {
        return false;
    };
    open.flatten()
        .any(|file| fs::read_link(file.path()).is_ok_and(|target| target == path))
}
