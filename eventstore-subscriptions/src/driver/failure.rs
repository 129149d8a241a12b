use std::time::SystemTime;

use eventstore_core::{EventId, EventNumber, StatusText, SubscriptionFailure, Timestamp};

/// An event that has failed just now; none if the clock of the machine shows no time that can be stored.
pub(crate) fn failure(number: EventNumber, event_id: EventId, message: impl AsRef<str>) -> Option<SubscriptionFailure> {
    Some(SubscriptionFailure {
        number,
        event_id,
        message: StatusText::new(message),
        failed_at: Timestamp::try_from(SystemTime::now()).ok()?,
    })
}
