use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_backend::Closing;
use eventstore_core::Result;

use crate::connection::{Client, Pool, PostgresTransaction, Session, SessionConnection, SessionContext};
use crate::error::Limit;

/// Sessions of one store on connections of its pool; cheap to clone.
#[derive(Clone)]
pub(crate) struct PooledSessions {
    source: Arc<Source>,
    /// How long a call may wait for a connection and for each answer, if that is less than what the store is set to.
    limit: Option<Duration>,
}

struct Source {
    pool: Pool,
    context: SessionContext,
    closing: Closing,
}

impl PooledSessions {
    pub(crate) fn new(pool: Pool, context: SessionContext) -> Self {
        Self {
            source: Arc::new(Source {
                pool,
                context,
                closing: Closing::default(),
            }),
            limit: None,
        }
    }

    /// The same sessions for calls that wait no longer than this.
    pub(crate) fn within(&self, limit: Duration) -> Self {
        Self {
            limit: Some(limit),
            ..self.clone()
        }
    }

    /// The same sessions without a limit for single calls.
    pub(crate) fn without_limit(&self) -> Self {
        Self {
            limit: None,
            ..self.clone()
        }
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.limit
    }

    /// How long an answer may take on a connection that the store does not limit.
    pub(crate) fn answer_limit(&self) -> Limit {
        self.limit.map_or(Limit::NONE, Limit::of_call)
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.source.context
    }

    /// The maximum number of connections.
    pub(crate) fn connections(&self) -> usize {
        self.source.pool.size()
    }

    pub(crate) async fn session(&self) -> Result<Session<'_>> {
        self.refuse_if_closed()?;
        self.session_while_closing().await
    }

    /// A session for a change, which the closing of the store waits for.
    pub(crate) async fn session_for_change(&self) -> Result<Session<'_>> {
        // Before `session` asks whether the store is closed: `close` waits for every change that was let through.
        let change = self.source.closing.change();
        Ok(self.session().await?.for_change(change))
    }

    /// A session for what was begun before the store was closed, and has to end.
    pub(crate) async fn session_while_closing(&self) -> Result<Session<'_>> {
        let client = self.client().await?;
        Ok(Session::new(self.context(), SessionConnection::Pooled(client)))
    }

    pub(crate) async fn begin(&self) -> Result<PostgresTransaction> {
        self.refuse_if_closed()?;
        self.begin_while_closing().await
    }

    /// A transaction for what was begun before the store was closed, and has to end.
    pub(crate) async fn begin_while_closing(&self) -> Result<PostgresTransaction> {
        PostgresTransaction::begin(self.client().await?).await
    }

    async fn client(&self) -> Result<Client> {
        let started = Instant::now();
        let client = self.source.pool.client(self.limit).await;
        self.context().label.pooled(started.elapsed());
        client
    }

    pub(crate) fn refuse_if_closed(&self) -> Result<()> {
        self.source.closing.refuse_if_closed()
    }

    /// Refuses further sessions.
    pub(crate) fn begin_to_close(&self) {
        self.source.closing.begin();
    }

    /// Waits for the changes under way as long as a change may take.
    pub(crate) async fn wait_for_changes(&self) {
        let config = &self.context().config;
        let longest = config.acquire_timeout() + config.statement_timeout();
        self.source.closing.wait_for_changes(longest).await;
    }
}
