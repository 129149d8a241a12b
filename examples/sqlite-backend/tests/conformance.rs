//! The backend does what every backend that plays the role of streams has to do.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use eventstore_testkit::conformance::{Parts, Role, Setup, Stop};
use sqlite_backend::SqliteStore;
use tempfile::TempDir;

/// The directory that a store is in, of those that are copies of each other.
struct Storage {
    all: TempDir,
    current: RefCell<PathBuf>,
}

async fn open() -> Setup<Storage> {
    Setup::new(Storage::new(), Storage::node)
        .another_node(async |storage| storage.node())
        .put_empty_stream(async |storage, stream| {
            let insert = "INSERT INTO streams (name, version, created_at) VALUES (?1, 0, 0)";
            let connection = rusqlite::Connection::open(storage.current.borrow().join("events.db")).unwrap();
            connection.execute(insert, [stream.as_str()]).unwrap();
        })
        .reopen(async |storage, stop| {
            if stop == Stop::Killed {
                storage.go_over_to_a_copy();
            }
            storage.node()
        })
}

impl Storage {
    fn new() -> Self {
        let all = TempDir::new().unwrap();
        let current = RefCell::new(all.path().to_owned());
        Self { all, current }
    }

    fn node(&self) -> Parts {
        Parts::default().streams(SqliteStore::open(&self.current.borrow().join("events.db")).unwrap())
    }

    /// The files as a process that is killed leaves them: what it holds in memory is not among them.
    fn go_over_to_a_copy(&self) {
        let copy = TempDir::with_prefix_in("copy", self.all.path()).unwrap().keep();
        for file in ["events.db", "events.db-wal"] {
            copy_if_there(&self.current.borrow().join(file), &copy.join(file));
        }
        self.current.replace(copy);
    }
}

fn copy_if_there(from: &Path, to: &Path) {
    if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

eventstore_testkit::conformance!(open; streams; except close_store);

#[test]
fn agrees_with_the_reference() {
    eventstore_testkit::agrees_with_the_reference(&[Role::Streams], 25, open);
}
