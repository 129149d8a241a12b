use async_trait::async_trait;
use eventstore_core::EventStore;
use eventstore_core::backend::ProjectionStore;

/// A database that holds the store, and the tables of the projection beside it.
#[async_trait]
pub(crate) trait Database: Sized + Send {
    type Store: EventStore + ProjectionStore<Transaction: Deposits> + Clone + 'static;

    /// Opens the store, and creates it if it is missing.
    async fn open(url: &str) -> anyhow::Result<Self>;

    fn store(&self) -> &Self::Store;

    /// Executes these statements, all or none.
    async fn execute(&mut self, statements: &'static str) -> anyhow::Result<()>;

    /// Reads what the view says, on another connection than those of the store.
    async fn balances(&mut self) -> anyhow::Result<Vec<(String, i64)>>;
}

/// A transaction in which the projection takes a step.
#[async_trait]
pub(crate) trait Deposits: Send {
    /// Executes this statement with an account and an amount.
    async fn deposit(&mut self, statement: &'static str, account: &str, cents: i64) -> Result<(), sqlx::Error>;
}
