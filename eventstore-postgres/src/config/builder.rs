use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use super::{PasswordSource, PostgresConfig};
use crate::values::{DataType, SchemaName};

impl PostgresConfig {
    /// Uses the store in this schema; the default is `public`.
    #[must_use]
    pub fn with_schema(self, schema: SchemaName) -> Self {
        Self { schema, ..self }
    }

    /// Refuses a store whose payload columns have another type; by default any type is accepted.
    #[must_use]
    pub fn with_data_type(self, data_type: DataType) -> Self {
        Self {
            data_type: Some(data_type),
            ..self
        }
    }

    /// Sets the size of the store's own pool, at most 10,000 connections; two more are opened when subscriptions run.
    #[must_use]
    pub fn with_pool_size(self, connections: NonZeroUsize) -> Self {
        Self {
            pool_size: connections,
            ..self
        }
    }

    /// Sets the time limit for making a connection.
    #[must_use]
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        Self {
            connect_timeout: timeout,
            ..self
        }
    }

    /// Sets how long a call waits for a free connection in the pool.
    #[must_use]
    pub fn with_acquire_timeout(self, timeout: Duration) -> Self {
        Self {
            acquire_timeout: timeout,
            ..self
        }
    }

    /// Sets how long a statement may take before the server cancels it, in whole milliseconds.
    #[must_use]
    pub fn with_statement_timeout(self, timeout: Duration) -> Self {
        Self {
            statement_timeout: timeout,
            ..self
        }
    }

    /// Sets how long appends that share a transaction wait for a lock that another transaction holds, in whole
    /// milliseconds.
    ///
    /// After that, the append that needs the lock waits by itself, and the others go on. Choose a value below the
    /// server's `deadlock_timeout`, and above the time that the queued commits of other processes take.
    #[must_use]
    pub fn with_lock_timeout(self, timeout: Duration) -> Self {
        Self {
            lock_timeout: timeout,
            ..self
        }
    }

    /// Sets the scan window: how many event numbers, matching or not, one statement scans when it reads with a filter or
    /// searches for a time.
    ///
    /// A larger window costs fewer round trips; a smaller one keeps each statement, and its snapshot, shorter. At most
    /// 10,000,000.
    #[must_use]
    pub fn with_scan_window(self, numbers: NonZeroU32) -> Self {
        Self {
            scan_window: numbers,
            ..self
        }
    }

    /// Sets how many bytes of payloads a page holds at most, between 64 KiB and 1 GiB; a single event larger than this
    /// gets its own page.
    ///
    /// A read can ask for less. A continuing read keeps up to four pages in memory, a subscription two.
    #[must_use]
    pub fn with_page_bytes(self, bytes: NonZeroU64) -> Self {
        Self {
            page_bytes: bytes,
            ..self
        }
    }

    /// Allows this store to hard-delete streams; off by default.
    #[must_use]
    pub fn enable_hard_deletes(self) -> Self {
        self.with_hard_deletes(true)
    }

    /// Sets whether this store may hard-delete streams; off by default.
    #[must_use]
    pub fn with_hard_deletes(self, hard_deletes: bool) -> Self {
        Self { hard_deletes, ..self }
    }

    /// Asks this source for the password of each new connection, instead of using one from the URL or the environment.
    ///
    /// A store on a [pool of the application's](Self::from_pool) asks the source only for the connections that the store
    /// makes itself: those that listen and hold leases.
    #[must_use]
    pub fn with_password_source(self, source: impl PasswordSource + 'static) -> Self {
        Self {
            password_source: Some(Arc::new(source)),
            ..self
        }
    }

    /// Sets whether connections lead to a pooler that assigns a server connection to each transaction, as `PgBouncer`
    /// does in its mode `transaction`; off by default.
    ///
    /// If so, everything runs in transactions, and nothing is prepared for a later transaction. Work that needs its own
    /// session uses the [session URL](Self::with_session_url), which is then required.
    #[must_use]
    pub fn with_transaction_pooling(self, transaction_pooling: bool) -> Self {
        Self {
            transaction_pooling,
            ..self
        }
    }

    /// Sets the interval at which one statement polls the streams that this process listens to, to find events that were
    /// not notified.
    ///
    /// While there is no connection for notifications, the streams are polled over the pool, at least every two seconds.
    #[must_use]
    pub fn with_poll_interval(self, interval: Duration) -> Self {
        Self {
            poll_interval: interval,
            ..self
        }
    }
}
