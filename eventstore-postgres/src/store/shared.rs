use std::sync::Arc;

use eventstore_core::Result;

use crate::config::PostgresConfig;
use crate::connection::Pool;
use crate::notify::SharedListener;
use crate::subscriptions::SharedLocks;

/// What the stores of a process share that are connected beside one another: a pool, and the two connections of subscriptions.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) pool: Pool,
    pub(super) listener: Arc<SharedListener>,
    pub(super) locks: Arc<SharedLocks>,
}

impl Shared {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(super) fn new(config: &PostgresConfig) -> Result<Self> {
        let pool = Pool::new(config)?;
        Ok(Self {
            listener: Arc::new(SharedListener::new(config.clone(), pool.clone())),
            locks: Arc::new(SharedLocks::new(config.clone())),
            pool,
        })
    }
}
