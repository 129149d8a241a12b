use std::path::PathBuf;

use eventstore_sqlite::SqliteConfig;
use indicatif::ProgressBar;
use tempfile::TempDir;

use super::file::StoreFile;
use crate::error::Result;
use crate::measure::{Comparison, Entrant, Meter};
use crate::population::Population;
use crate::server::{Reading, ServerFacts, stands_in_memory};
use crate::settings::Settings;

/// The files of a measurement.
pub(super) struct Files {
    folder: TempDir,
    progress: ProgressBar,
    made: u32,
}

impl Files {
    /// Puts the files into a new folder beside the file of this URL.
    pub(super) fn beside(url: &str, progress: ProgressBar) -> Result<Self> {
        let path = SqliteConfig::from_url(url)?.path();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.map_or_else(|| PathBuf::from("."), PathBuf::from);
        Ok(Self {
            folder: TempDir::with_prefix_in("eventstore-load-", folder)?,
            progress,
            made: 0,
        })
    }

    /// A store with these streams in it.
    pub(super) async fn store(&mut self, populations: &[Population]) -> Result<StoreFile> {
        self.made += 1;
        let path = self.folder.path().join(format!("{}.db", self.made));
        StoreFile::create(path, populations).await
    }

    pub(super) fn facts(&self) -> ServerFacts {
        ServerFacts {
            product: "SQLite",
            version: rusqlite::version().to_owned(),
            fsync: true,
            synchronous_commit: "full".to_owned(),
            full_page_writes: true,
            data_in_memory: stands_in_memory(self.folder.path()),
        }
    }

    /// Measures the entrants in turn.
    pub(super) async fn compare(&mut self, entrants: Vec<Entrant>, settings: &Settings) -> Result<Comparison> {
        let progress = self.progress.clone();
        Comparison::run(self, entrants, settings.duration, settings.repeats, &progress).await
    }
}

impl Meter for Files {
    async fn reading(&mut self) -> Result<Reading> {
        Ok(Reading::of_this_process(0))
    }
}
