use std::num::{NonZeroU32, NonZeroU64};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eventstore_core::{Error, Result};

use super::{Location, Synchronous};
use crate::error::BUSY_TIMEOUT;

/// SQLite counts milliseconds in 32 bits, and cannot wait longer than almost 25 days.
const BUSY_TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_hours(24 * 24);

/// Where a store is, and how it is opened.
///
/// ```
/// use eventstore_sqlite::SqliteConfig;
///
/// let config = SqliteConfig::from_url("sqlite:/var/lib/shop/events.db?busy_timeout=2s")?;
/// assert_eq!(config.path(), std::path::Path::new("/var/lib/shop/events.db"));
/// # Ok::<_, eventstore_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqliteConfig {
    pub(super) location: Location,
    pub(super) synchronous: Synchronous,
    pub(super) busy_timeout: Duration,
    pub(super) read_connections: NonZeroU32,
    pub(super) scan_window: NonZeroU32,
    pub(super) hard_deletes: bool,
    pub(super) max_bytes: Option<NonZeroU64>,
}

impl SqliteConfig {
    /// How long a call waits for a connection, and for other writers of the file, unless set otherwise: 5 seconds.
    pub const DEFAULT_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
    /// How many reads of events are made at the same time unless set otherwise.
    pub const DEFAULT_READ_CONNECTIONS: NonZeroU32 = NonZeroU32::new(4).unwrap();
    /// How many event numbers a filtered page examines at most unless set otherwise.
    pub const DEFAULT_SCAN_WINDOW: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

    /// Creates the settings for the store in this file, with default values; the path `:memory:` means a store that ends with its last
    /// handle.
    ///
    /// A relative path is completed now by the working directory of the process.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`](eventstore_core::Error::InvalidInput) naming `path` if it is empty, not UTF-8, or has a
    ///   character that no path can have
    /// - [`Error::Unavailable`](eventstore_core::Error::Unavailable) if there is no folder for temporary files, or no working directory
    pub fn new(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self {
            location: Location::of(path.as_ref())?,
            synchronous: Synchronous::default(),
            busy_timeout: Self::DEFAULT_BUSY_TIMEOUT,
            read_connections: Self::DEFAULT_READ_CONNECTIONS,
            scan_window: Self::DEFAULT_SCAN_WINDOW,
            hard_deletes: false,
            max_bytes: None,
        })
    }

    /// Sets what an acknowledged append survives; a power cut, unless set otherwise.
    #[must_use]
    pub fn with_synchronous(self, synchronous: Synchronous) -> Self {
        Self { synchronous, ..self }
    }

    /// Sets how long a call waits for a connection, and for other writers of the file: 1 millisecond to 24 days.
    #[must_use]
    pub fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        Self { busy_timeout, ..self }
    }

    /// Sets how many reads of events are made at the same time.
    #[must_use]
    pub fn with_read_connections(self, read_connections: NonZeroU32) -> Self {
        Self {
            read_connections,
            ..self
        }
    }

    /// Sets how many event numbers a filtered page examines at most.
    #[must_use]
    pub fn with_scan_window(self, scan_window: NonZeroU32) -> Self {
        Self { scan_window, ..self }
    }

    /// Enables hard deletes.
    #[must_use]
    pub fn enable_hard_deletes(self) -> Self {
        self.with_hard_deletes(true)
    }

    /// Enables or disables hard deletes, which are disabled unless set otherwise.
    #[must_use]
    pub fn with_hard_deletes(self, hard_deletes: bool) -> Self {
        Self { hard_deletes, ..self }
    }

    /// Sets how large the file may become, without its write-ahead log: a change that would make it larger is refused with
    /// [`Error::Unavailable`](eventstore_core::Error::Unavailable).
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: NonZeroU64) -> Self {
        Self {
            max_bytes: Some(max_bytes),
            ..self
        }
    }

    /// Returns the path of the file, which is absolute.
    pub fn path(&self) -> PathBuf {
        self.location.path()
    }

    /// Whether the store ends with its last handle.
    pub fn is_temporary(&self) -> bool {
        self.location.is_temporary()
    }

    /// The settings for the same file, by a path that stays its own.
    pub(crate) fn resolved(self) -> Self {
        Self {
            location: self.location.resolved(),
            ..self
        }
    }

    pub(crate) fn refuse_bad_busy_timeout(&self) -> Result<()> {
        if BUSY_TIMEOUTS.contains(&self.busy_timeout) {
            return Ok(());
        }
        Err(Error::invalid_input(BUSY_TIMEOUT, "expected 1 millisecond to 24 days"))
    }

    pub(crate) fn synchronous(&self) -> Synchronous {
        // What ends with the last handle need not survive a power cut.
        if self.is_temporary() {
            Synchronous::Off
        } else {
            self.synchronous
        }
    }

    pub(crate) fn busy_timeout(&self) -> Duration {
        self.busy_timeout
    }

    pub(crate) fn read_connections(&self) -> NonZeroU32 {
        self.read_connections
    }

    pub(crate) fn scan_window(&self) -> NonZeroU32 {
        self.scan_window
    }

    pub(crate) fn has_hard_deletes(&self) -> bool {
        self.hard_deletes
    }

    pub(crate) fn max_bytes(&self) -> Option<NonZeroU64> {
        self.max_bytes
    }
}
