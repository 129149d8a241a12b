use async_trait::async_trait;
use eventstore_core::EventStore;
use eventstore_core::backend::ProjectionStore;

use crate::projection::TotalsByStream;

/// A database that holds the store, and the table of the projection beside it.
#[async_trait]
pub(crate) trait Database: Sized + Send {
    type Store: EventStore + ProjectionStore<Transaction: AddTotals> + Clone + 'static;

    /// Opens the store and the table, and creates what is missing.
    async fn open(url: &str) -> anyhow::Result<Self>;

    fn store(&self) -> &Self::Store;

    /// Reads the table: path, changes, added and removed lines.
    async fn rows(&mut self) -> anyhow::Result<Vec<(String, i64, i64, i64)>>;
}

/// A transaction in which the projection takes a step.
#[async_trait]
pub(crate) trait AddTotals: Send {
    /// Adds to what the table says of these streams.
    async fn add(&mut self, streams: &TotalsByStream<'_>) -> Result<(), sqlx::Error>;
}
