use std::ffi::OsString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use futures_util::{FutureExt, StreamExt};
use inotify::{EventOwned, EventStream, Inotify, WatchMask, Watches};

use crate::connection::beside;

/// Room for many events; the system makes one of identical events that follow each other.
const BUFFER_BYTES: usize = 4_096;

/// A watch over the log of a file, and over the folder, because the log comes and goes.
pub(super) struct LogWatch {
    events: EventStream<Vec<u8>>,
    watches: Watches,
    log: PathBuf,
    log_name: OsString,
}

impl LogWatch {
    pub(super) fn begin(database: &Path) -> io::Result<Self> {
        let log = beside(database, "-wal");
        let inotify = Inotify::init()?;
        let mut watches = inotify.watches();
        watches.add(
            folder_of(&log),
            WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::ONLYDIR,
        )?;
        let mut watch = Self {
            log_name: log.file_name().unwrap_or_default().to_owned(),
            events: event_stream(inotify)?,
            watches,
            log,
        };
        watch.watch_log()?;
        Ok(watch)
    }

    /// Waits for the next writes. Cancel-safe.
    pub(super) async fn written(&mut self) -> io::Result<()> {
        let mut is_written = false;
        while !is_written {
            is_written = self.next().await?;
            // What came with the first event is taken with it.
            while let Some(also_written) = self.next().now_or_never() {
                is_written |= also_written?;
            }
        }
        Ok(())
    }

    /// Whether the next event is about the log.
    async fn next(&mut self) -> io::Result<bool> {
        let Some(event) = self.events.next().await.transpose()? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if is_of_folder(&event) {
            if event.name.as_ref() != Some(&self.log_name) {
                return Ok(false);
            }
            self.watch_log()?;
        }
        Ok(true)
    }

    fn watch_log(&mut self) -> io::Result<()> {
        match self.watches.add(&self.log, WatchMask::MODIFY) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Only events of the folder have a name.
fn is_of_folder(event: &EventOwned) -> bool {
    event.name.is_some()
}

/// Registers with the runtime, which panics if it was built without I/O.
fn event_stream(inotify: Inotify) -> io::Result<EventStream<Vec<u8>>> {
    let registered = catch_unwind(AssertUnwindSafe(|| inotify.into_event_stream(vec![0; BUFFER_BYTES])));
    registered.unwrap_or_else(|_| Err(io::Error::other("the runtime of the store has no I/O")))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
