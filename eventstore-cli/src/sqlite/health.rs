use std::fs::OpenOptions;
use std::path::Path;

use crate::Check;

/// Whether the file can be written to. It must not be open: the locks of SQLite end when the process closes the file here.
pub(super) fn is_writable(path: &Path) -> Check {
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => Check::well("writable", "yes"),
        Err(error) => Check::new("writable", false, error.to_string()),
    }
}
