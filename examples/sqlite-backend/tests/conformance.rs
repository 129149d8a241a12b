//! The backend does what every backend that plays the role of streams has to do.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use eventstore_testkit::conformance::{Parts, Role, Setup};
use sqlite_backend::SqliteStore;
use tempfile::TempDir;

async fn open() -> Setup<TempDir> {
    Setup::new(TempDir::new().unwrap(), node)
        .another_node(async |directory| node(directory))
        .put_empty_stream(async |directory, stream| {
            let insert = "INSERT INTO streams (name, version, created_at) VALUES (?1, 0, 0)";
            let connection = rusqlite::Connection::open(directory.path().join("events.db")).unwrap();
            connection.execute(insert, [stream.as_str()]).unwrap();
        })
}

fn node(directory: &TempDir) -> Parts {
    Parts::default().streams(SqliteStore::open(&directory.path().join("events.db")).unwrap())
}

eventstore_testkit::conformance!(open; streams);

#[test]
fn agrees_with_the_reference() {
    eventstore_testkit::agrees_with_the_reference(&[Role::Streams], 25, open);
}
