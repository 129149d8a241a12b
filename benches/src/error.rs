use eventstore_testkit::server::ServerError;
use thiserror::Error;

/// What ends a measurement without a result.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("invalid {argument}: {reason}")]
    InvalidArgument { argument: &'static str, reason: String },
    #[error("no server: {0}")]
    Server(#[from] ServerError),
    #[error(transparent)]
    Store(#[from] eventstore_core::Error),
    #[error("the database refuses: {0}")]
    Database(#[from] sqlx::Error),
    #[error("SQLite refuses: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A figure of a store that lost events is worth nothing.
    #[error("{what} lost or damaged events: {finding}")]
    Unsound { what: String, finding: String },
    #[error("{name} was not measured")]
    NotMeasured { name: &'static str },
    #[error("a task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
    #[error(transparent)]
    Subscription(#[from] eventstore_subscriptions::SubscriptionEnded),
    #[error(transparent)]
    Subscribe(#[from] eventstore_subscriptions::SubscribeError),
    #[error(transparent)]
    Acknowledgement(#[from] eventstore_subscriptions::AckError),
    #[error("another process of the load generator failed: {0}")]
    Child(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the result cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("interrupted")]
    Interrupted,
}

pub(crate) type Result<T, E = LoadError> = std::result::Result<T, E>;

impl LoadError {
    const USAGE: u8 = 2;
    const FAILURE: u8 = 1;

    pub(crate) fn invalid(argument: &'static str, reason: impl Into<String>) -> Self {
        Self::InvalidArgument {
            argument,
            reason: reason.into(),
        }
    }

    /// 2 for bad input, as clap has it; 1 for the rest.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::InvalidArgument { .. } | Self::Store(eventstore_core::Error::InvalidInput { .. }) => Self::USAGE,
            _ => Self::FAILURE,
        }
    }
}
