use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use eventstore_core::{BoxError, Error};

/// Copies one failure for each caller of an operation that was done for several at once.
pub(crate) fn copies_of(error: Error) -> impl FnMut() -> Error {
    let error = Arc::new(error);
    move || copy(&error)
}

fn copy(error: &Arc<Error>) -> Error {
    let source: BoxError = Box::new(SharedSource(Arc::clone(error)));
    match &**error {
        Error::Unavailable { message, .. } => Error::Unavailable {
            message: message.clone(),
            source: Some(source),
        },
        Error::TimedOut { setting, message, .. } => Error::TimedOut {
            setting,
            message: message.clone(),
            source: Some(source),
        },
        Error::OutcomeUnknown { .. } => Error::OutcomeUnknown { source },
        Error::Aborted { .. } => Error::Aborted { source },
        Error::AccessDenied { message, .. } => Error::AccessDenied {
            message: message.clone(),
            source,
        },
        Error::NotInitialized { message } => Error::NotInitialized {
            message: message.clone(),
        },
        Error::InvalidInput { argument, reason } => Error::InvalidInput {
            argument,
            reason: reason.clone(),
        },
        Error::Storage { message, .. } => Error::Storage {
            message: message.clone(),
            source,
        },
        other => Error::Storage {
            message: other.to_string(),
            source,
        },
    }
}

/// The source of an error that several callers receive.
#[derive(Debug)]
struct SharedSource(Arc<Error>);

impl fmt::Display for SharedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(source) => fmt::Display::fmt(source, f),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl StdError for SharedSource {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source().and_then(StdError::source)
    }
}
