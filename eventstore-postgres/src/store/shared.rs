use std::sync::Arc;

use eventstore_core::Result;

use crate::PostgresConfig;
use crate::connection::Pool;
use crate::notify::SharedListener;
use crate::subscriptions::lease::SharedLocks;

/// What the stores of a process share that are connected beside one another: a pool, and the two connections of subscriptions.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) listener: Arc<SharedListener>,
    pub(crate) locks: Arc<SharedLocks>,
}

impl Shared {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self> {
        let pool = Pool::new(config)?;
        Ok(Self {
            listener: Arc::new(SharedListener::new(config.clone(), pool.clone())),
            locks: Arc::new(SharedLocks::new(config.clone())),
            pool,
        })
    }
}
