use eventstore_backend::StoreLabel;
use eventstore_core::Result;

use crate::connection::Session;
use crate::{OnConnection, PostgresStore};

/// Where the calls of a handle run: each on a session of its own.
pub(super) trait Sessions: Sync {
    fn label(&self) -> &StoreLabel;

    fn session(&self) -> impl Future<Output = Result<Session<'_>>> + Send;

    /// A session for a change.
    fn session_for_change(&self) -> impl Future<Output = Result<Session<'_>>> + Send;
}

impl Sessions for PostgresStore {
    fn label(&self) -> &StoreLabel {
        &self.sessions.context().label
    }

    async fn session(&self) -> Result<Session<'_>> {
        self.sessions.session().await
    }

    /// The closing of the store waits for the change.
    async fn session_for_change(&self) -> Result<Session<'_>> {
        self.sessions.session_for_change().await
    }
}

impl Sessions for OnConnection<'_> {
    fn label(&self) -> &StoreLabel {
        self.store.label()
    }

    async fn session(&self) -> Result<Session<'_>> {
        self.store.sessions.refuse_if_closed()?;
        Ok(self.session_while_closing().await)
    }

    /// What is done belongs to the caller's transaction, which no one but the caller waits for.
    async fn session_for_change(&self) -> Result<Session<'_>> {
        self.session().await
    }
}
