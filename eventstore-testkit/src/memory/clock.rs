use std::time::{SystemTime, UNIX_EPOCH};

use eventstore_core::Timestamp;

/// The time of this machine, down to the microsecond.
#[expect(clippy::expect_used, reason = "tests do not run before 1970 or after 9999")]
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is after 1970");
    let micros = i64::try_from(since_epoch.as_micros()).expect("the clock is before the year 9999");
    Timestamp::from_unix_micros(micros).expect("the clock is before the year 9999")
}
