use axum::http::StatusCode;
use eventstore_core::Error;

/// Why a request is not answered as it asks, in words for the person who asked.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Problem {
    /// An argument of the address or the form is not what it has to be.
    pub(crate) fn invalid(argument: &str, reason: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("invalid {argument}: {reason}"))
    }

    /// There is no such thing.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// The request is refused, whatever it asks for.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// What was asked for contradicts what is stored.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// Something has failed that should not.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// There are too many requests of this kind.
    pub(crate) fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// The same once more, for each of several who asked the same.
    pub(crate) fn copy(&self) -> Self {
        Self::new(self.status, self.message.clone())
    }

    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::StreamNotFound { .. } | Error::SubscriptionNotFound { .. } | Error::EventsNotFound { .. } => {
                StatusCode::NOT_FOUND
            }
            Error::StreamDeleted { .. } => StatusCode::GONE,
            Error::InvalidInput { .. } => StatusCode::BAD_REQUEST,
            Error::SubscriptionHeld { .. } | Error::BeyondHead { .. } | Error::Aborted { .. } => StatusCode::CONFLICT,
            Error::AccessDenied { .. } => StatusCode::FORBIDDEN,
            Error::Unavailable { .. } | Error::TimedOut { .. } | Error::StoreClosed => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::warn!(%error, "the storage cannot answer a request for a page");
        }
        Self::new(status, error.to_string())
    }
}
