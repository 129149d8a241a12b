use async_trait::async_trait;

use crate::Result;

/// What a backend knows of itself; what it does not know is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct StoreStatistics {
    /// How many bytes the store takes on disk: its tables with their indexes, or its file with the log of the file.
    pub bytes_on_disk: Option<u64>,
    /// How many connections all clients have to the database, not only this process.
    pub connections: Option<u64>,
    /// How many connections the server allows to the database.
    pub connection_limit: Option<u64>,
    /// How many transactions the database has committed since its counters were reset.
    ///
    /// Two readings give a rate, here and in the other counters.
    pub commits: Option<u64>,
    /// How many rows queries have read from the store's tables since the counters were reset.
    pub rows_read: Option<u64>,
    /// How many rows were inserted into the table of events since the counters were reset.
    pub rows_appended: Option<u64>,
}

/// Tells what a backend knows of itself, for a page that people look at.
///
/// # Contract
///
/// - What the backend does not know, or the caller may not see, is `None` and no error.
/// - A store takes some bytes on disk, and not fewer after an append than before it.
/// - Counters do not go down, unless they are reset. They may be late, because a server counts after the commit.
/// - A call is cheap: it costs the same however many events there are.
#[async_trait]
pub trait StatisticsSource: Send + Sync {
    /// Returns what the backend knows of itself now.
    ///
    /// Nothing is changed, so the future may be dropped at any time.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn statistics(&self) -> Result<StoreStatistics>;
}
