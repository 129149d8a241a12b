use eventstore_core::Error;
use eventstore_subscriptions::{SubscriptionEnded, WaitError};

use crate::failure::Failure;

const DONE: u8 = 0;
const OTHER: u8 = 1;
const BAD_INPUT: u8 = 2;
const CONFLICT: u8 = 3;
const NOT_FOUND: u8 = 4;
const TIMED_OUT: u8 = 5;

impl Failure {
    /// The exit status of the program that ends with this.
    pub fn status(&self) -> u8 {
        status(self)
    }
}

fn status(failure: &Failure) -> u8 {
    match failure {
        _ if failure.is_broken_pipe() => DONE,
        Failure::Usage(_) => BAD_INPUT,
        Failure::SubscriptionEnded(SubscriptionEnded::StreamDeleted | SubscriptionEnded::SubscriptionDeleted) => {
            NOT_FOUND
        }
        Failure::WithRemedy { failure, .. } => status(failure),
        Failure::NoSnapshot(_) | Failure::NotParked(_) => NOT_FOUND,
        Failure::Wait(WaitError::TimedOut { .. }) => TIMED_OUT,
        Failure::LaterSnapshot(_) | Failure::AlreadyInStream { .. } => CONFLICT,
        _ => failure.store_error().map_or(OTHER, store_status),
    }
}

fn store_status(error: &Error) -> u8 {
    match error {
        Error::WrongExpectedVersion { .. }
        | Error::StreamAlreadyExists { .. }
        | Error::DuplicateEvent { .. }
        | Error::DifferentContent { .. }
        | Error::GroupDiffers { .. } => CONFLICT,
        Error::StreamNotFound { .. }
        | Error::StreamDeleted { .. }
        | Error::EventsNotFound { .. }
        | Error::SubscriptionNotFound { .. }
        | Error::ProjectionNotFound { .. } => NOT_FOUND,
        Error::InvalidInput { .. } | Error::BeyondHead { .. } => BAD_INPUT,
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use eventstore_core::{ExpectedVersion, StreamName, StreamVersion};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_failure_has_the_status_that_scripts_depend_on() {
        let stream = || StreamName::new("s").unwrap();
        let store = |error: Error| status(&Failure::Store(error));
        let wrong = Error::WrongExpectedVersion {
            stream: stream(),
            expected: ExpectedVersion::Any,
            actual: None,
        };
        let exists = Error::StreamAlreadyExists {
            stream: stream(),
            version: StreamVersion::FIRST,
        };
        let event_id = Uuid::nil().into();
        assert_eq!(store(wrong), CONFLICT);
        assert_eq!(store(exists), CONFLICT);
        assert_eq!(store(Error::DuplicateEvent { event_id }), CONFLICT);
        assert_eq!(store(Error::StreamNotFound { stream: stream() }), NOT_FOUND);
        assert_eq!(store(Error::StreamDeleted { stream: stream() }), NOT_FOUND);
        assert_eq!(store(Error::invalid_input("a", "b")), BAD_INPUT);
        let message = String::new();
        assert_eq!(store(Error::NotInitialized { message }), OTHER);
    }

    #[test]
    fn failures_beside_the_store_have_a_status_too() {
        assert_eq!(status(&Failure::Usage(String::new())), BAD_INPUT);
        assert_eq!(status(&Failure::Damaged(1)), OTHER);
        assert_eq!(status(&Failure::Output(io::ErrorKind::BrokenPipe.into())), DONE);
        assert_eq!(status(&Failure::Output(io::ErrorKind::StorageFull.into())), OTHER);
        assert_eq!(status(&SubscriptionEnded::StreamDeleted.into()), NOT_FOUND);
        let refused = SubscriptionEnded::Failed(Arc::new(Error::invalid_input("a", "b")));
        assert_eq!(status(&refused.into()), BAD_INPUT);
        let panicked = SubscriptionEnded::Panicked {
            number: None,
            message: String::new(),
        };
        let damaged = SubscriptionEnded::Damaged {
            after: 1.into(),
            source: Arc::new(Error::NotInitialized { message: String::new() }),
        };
        let not_stored = SubscriptionEnded::NotStored { source: None };
        for ended in [panicked, damaged, not_stored, SubscriptionEnded::StoreClosed] {
            assert_eq!(status(&ended.into()), OTHER);
        }
    }
}
