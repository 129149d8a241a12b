use std::num::NonZeroU64;
use std::path::Path;
use std::process::{Command, Stdio};

use eventstore_core::Error;
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use tempfile::TempDir;

use crate::contents::assert_sound;
use crate::request::Request;
use crate::trials::trials;
use crate::writer::{Acknowledged, make};

trials! {
    on_a_full_disk_appends_are_refused_and_nothing_is_lost,
}

/// How large the disk is until it is made larger.
const SMALL: u64 = 2 * 1024 * 1024;

const LARGE: u64 = 16 * 1024 * 1024;

/// How many appends are refused before there is room again.
const REFUSED: u32 = 5;

/// How many are made then.
const LATER: u32 = 100;

/// A folder with little room for a store.
struct SmallDisk {
    folder: Option<TempDir>,
    /// Otherwise the setting `max_bytes` takes the place of the disk.
    is_mounted: bool,
}

async fn on_a_full_disk_appends_are_refused_and_nothing_is_lost() {
    let mut disk = SmallDisk::new();
    let store = SqliteStore::open_with(disk.config(SMALL)).await.unwrap();
    let mut acknowledged = Vec::new();
    let error = fill(&store, &mut acknowledged).await;
    let filled = u32::try_from(acknowledged.len()).unwrap();
    println!("{filled} requests until {error}");
    assert_is_full(&error);
    for number in filled..filled + REFUSED {
        if let Err(error) = request(&store, number, &mut acknowledged).await {
            assert_is_full(&error);
        }
    }
    disk.judge(&store, &acknowledged).await;

    disk.make_room();
    let store = if disk.is_mounted {
        store
    } else {
        store.close().await;
        SqliteStore::open_with(disk.config(LARGE)).await.unwrap()
    };
    for number in filled + REFUSED..filled + REFUSED + LATER {
        request(&store, number, &mut acknowledged).await.unwrap();
    }
    disk.judge(&store, &acknowledged).await;
    store.close().await;
}

/// Returns why nothing more could be appended.
async fn fill(store: &SqliteStore, acknowledged: &mut Vec<Acknowledged>) -> Error {
    for number in 0.. {
        if let Err(error) = request(store, number, acknowledged).await {
            return error;
        }
    }
    unreachable!("the disk has room for everything");
}

async fn request(
    store: &SqliteStore,
    number: u32,
    acknowledged: &mut Vec<Acknowledged>,
) -> eventstore_core::Result<()> {
    let request = Request { writer: 1, number };
    let position = make(store, request).await?;
    acknowledged.push(Acknowledged { request, position });
    Ok(())
}

fn assert_is_full(error: &Error) {
    let is_full = matches!(error, Error::Unavailable { message, .. } if message.contains("disk is full"));
    assert!(is_full && error.is_retryable(), "{error:?}");
}

impl SmallDisk {
    /// A file system in memory, which takes the rights of an administrator.
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let is_mounted = mount(&format!("size={SMALL}"), folder.path());
        if !is_mounted {
            println!("no file system can be mounted here: `max_bytes` takes the place of a small disk");
        }
        Self {
            folder: Some(folder),
            is_mounted,
        }
    }

    fn config(&self, bytes: u64) -> SqliteConfig {
        let config = SqliteConfig::new(self.folder().path().join("events.db")).unwrap();
        if self.is_mounted {
            config
        } else {
            config.with_max_bytes(NonZeroU64::new(bytes).unwrap())
        }
    }

    fn make_room(&self) {
        let remount = format!("remount,size={LARGE}");
        assert!(!self.is_mounted || mount(&remount, self.folder().path()));
    }

    async fn judge(&mut self, store: &SqliteStore, acknowledged: &[Acknowledged]) {
        let config = self.config(LARGE);
        let folder = self.folder.take().unwrap();
        let (folder, _) = assert_sound(folder, store, &config, acknowledged).await;
        self.folder = Some(folder);
    }

    fn folder(&self) -> &TempDir {
        self.folder.as_ref().unwrap()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let (true, Some(folder)) = (self.is_mounted, &self.folder) {
            let _ = Command::new("umount").arg("--lazy").arg(folder.path()).status();
        }
    }
}

fn mount(options: &str, folder: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder);
    let status = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
