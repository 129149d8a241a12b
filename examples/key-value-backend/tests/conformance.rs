//! The backend does what every backend that plays the role of streams has to do.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use eventstore_core::{StreamInfo, StreamName, StreamVersion};
use eventstore_testkit::conformance::{Parts, Role, Setup, Stop};
use key_value_backend::KeyValueStore;
use redb::{Database, ReadableTableMetadata, TableDefinition};
use tempfile::TempDir;

/// The file of a store, and what has opened it: nothing else can meanwhile.
struct Storage {
    folder: TempDir,
    opened: RefCell<(PathBuf, Option<Arc<Database>>)>,
}

async fn open() -> Setup<Storage> {
    Setup::new(Storage::new(), Storage::node)
        .another_node(async |storage| storage.node())
        .put_empty_stream(async |storage, stream| storage.put_empty_stream(stream))
        .reopen(async |storage, stop| {
            storage.reopen(stop);
            storage.node()
        })
}

impl Storage {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("events.redb");
        let database = Arc::new(Database::create(&file).unwrap());
        let opened = RefCell::new((file, Some(database)));
        Self { folder, opened }
    }

    fn node(&self) -> Parts {
        let database = self.opened.borrow().1.clone();
        Parts::default().streams(KeyValueStore::new(database.unwrap()).unwrap())
    }

    fn put_empty_stream(&self, stream: &StreamName) {
        let writing = self.opened.borrow().1.as_ref().unwrap().begin_write().unwrap();
        let streams: TableDefinition<&str, &[u8]> = TableDefinition::new("streams");
        let mut streams = writing.open_table(streams).unwrap();
        let info = StreamInfo {
            selector: stream.clone().into(),
            id: streams.len().unwrap(),
            version: StreamVersion::ZERO,
            created_at: SystemTime::now().try_into().unwrap(),
            deleted_at: None,
        };
        streams
            .insert(stream.as_str(), &*postcard::to_stdvec(&info).unwrap())
            .unwrap();
        drop(streams);
        writing.commit().unwrap();
    }

    fn reopen(&self, stop: Stop) {
        let (file, database) = &mut *self.opened.borrow_mut();
        let old = database.take().unwrap();
        if stop == Stop::Clean {
            drop(Arc::into_inner(old).unwrap());
        } else {
            // The file as a process that is killed between two commits leaves it.
            let writing = old.begin_write().unwrap();
            let copy = TempDir::new_in(&self.folder).unwrap().keep().join("events.redb");
            fs::copy(&*file, &copy).unwrap();
            writing.abort().unwrap();
            *file = copy;
        }
        *database = Some(Arc::new(Database::create(&*file).unwrap()));
    }
}

eventstore_testkit::conformance!(open; streams; except close_store);

#[test]
fn agrees_with_the_reference() {
    eventstore_testkit::agrees_with_the_reference(&[Role::Streams], 25, open);
}
