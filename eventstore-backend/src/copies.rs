use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use eventstore_core::{BoxError, Error};

/// Returns a function that copies one failure for each caller of an operation that was done for several at once.
pub fn copies_of(error: Error) -> impl FnMut() -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_gets_the_failure_with_its_category_message_and_source() {
        let error = Error::Unavailable {
            message: "the storage is gone".to_owned(),
            source: Some("its disk is full".into()),
        };
        let mut copies = copies_of(error);
        for copy in [copies(), copies()] {
            assert!(copy.is_retryable());
            assert_eq!(
                copy.source().map(ToString::to_string).as_deref(),
                Some("its disk is full")
            );
            assert!(matches!(copy, Error::Unavailable { message, .. } if message == "the storage is gone"));
        }
    }

    #[test]
    fn a_failure_that_has_no_copy_becomes_one_of_the_storage() {
        let copy = copies_of(Error::StoreClosed)();
        assert!(matches!(&copy, Error::Storage { message, .. } if *message == Error::StoreClosed.to_string()));
    }
}
