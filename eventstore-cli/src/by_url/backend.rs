use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{Error, EventStore};
use futures_util::future::LocalBoxFuture;

use super::{Index, Init, Migrate};
use crate::output::Output;
use crate::{Check, Failure, Observation, Purpose};

/// A kind of store that a URL can name: how to connect, and what the commands do that make, change and remove a store.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Connects.
    async fn connect(&self, purpose: Purpose) -> Result<Arc<dyn EventStore>, Failure>;

    /// How long a command that has to end by itself waits for a storage that does not let it begin.
    fn patience(&self) -> Duration;

    /// What helps against an error of this kind of store; `None` if it is what helps with every kind.
    fn remedy(&self, error: &Error) -> Option<&'static str>;

    /// Waits until stores that were closed have let go of what they were in.
    async fn finish(&self);

    /// Checks how the store is doing.
    async fn health(&self) -> Vec<Check>;

    /// Checks the whole store.
    fn verify<'a>(&'a self, report: &'a mut (dyn FnMut(Observation) + Send))
    -> LocalBoxFuture<'a, Result<(), Failure>>;

    /// Makes the database in which a store can be.
    async fn create(&self, output: &Output) -> Result<(), Failure>;

    /// Makes an empty store.
    async fn init(&self, init: Init, output: &Output) -> Result<(), Failure>;

    /// Brings the tables up to date.
    async fn migrate(&self, migrate: Migrate, output: &mut Output) -> Result<(), Failure>;

    /// Prints the history of the tables; fails if something is pending.
    async fn migrations(&self, output: &mut Output) -> Result<(), Failure>;

    /// Empties the store.
    async fn reset(&self, output: &Output) -> Result<(), Failure>;

    /// What removing a store does, for the one who has to confirm it.
    fn removal(&self) -> &'static str;

    /// Removes the store, and also what it is in, if that is asked for.
    async fn remove(&self, with_database: bool, output: &Output) -> Result<(), Failure>;

    /// Lists, creates or drops an index.
    async fn index(&self, index: Index, output: &mut Output) -> Result<(), Failure>;

    /// Copies the store to this file while it is in use.
    async fn back_up(&self, file: &Path, output: &Output) -> Result<(), Failure>;
}
