use std::fmt;
use std::io;
use std::time::Duration;

use tokio::time::timeout;

/// The longest time that an answer of the server may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    time: Option<Duration>,
    /// The setting that determines it; `None` if the server should have ended the statement before.
    setting: Option<&'static str>,
}

/// The time that a setting allows for an answer has passed.
#[derive(Debug, thiserror::Error)]
pub(super) struct Late {
    pub(super) setting: &'static str,
    pub(super) time: Duration,
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no answer within {:?}", self.time)
    }
}

impl Limit {
    /// For work that only its caller can limit.
    pub(crate) const NONE: Self = Self {
        time: None,
        setting: None,
    };

    /// For statements that the server itself ends in time: if no answer comes, the server is gone.
    pub(crate) fn of_server(time: Duration) -> Self {
        Self {
            time: Some(time),
            setting: None,
        }
    }

    pub(crate) fn by(setting: &'static str, time: Duration) -> Self {
        Self {
            time: Some(time),
            setting: Some(setting),
        }
    }

    /// For the calls of a handle that has a time of its own.
    pub(crate) fn of_call(time: Duration) -> Self {
        Self::by("with_timeout", time)
    }

    /// Extends the limit by this time.
    pub(crate) fn and(self, more: Duration) -> Self {
        Self {
            time: self.time.map(|time| time + more),
            ..self
        }
    }

    /// The shorter of both limits.
    pub(crate) fn or_sooner(self, other: Self) -> Self {
        match (self.time, other.time) {
            (Some(time), Some(sooner)) if sooner < time => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// Waits for an answer no longer than this limit.
    pub(crate) async fn hold<T>(self, answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
        let Some(time) = self.time else {
            return answer.await;
        };
        timeout(time, answer).await.unwrap_or_else(|elapsed| {
            Err(sqlx::Error::Io(match self.setting {
                Some(setting) => io::Error::new(io::ErrorKind::TimedOut, Late { setting, time }),
                None => io::Error::new(io::ErrorKind::TimedOut, elapsed),
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use eventstore_core::Error;

    use super::*;
    use crate::error::{reading, writing};

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_names_the_setting_and_a_change_is_unknown() {
        let limit =
            Limit::of_server(Duration::from_secs(16)).or_sooner(Limit::by("with_timeout", Duration::from_secs(1)));
        let late = async || limit.hold(pending::<Result<(), sqlx::Error>>()).await.unwrap_err();
        let error = reading(late().await);
        assert!(
            matches!(
                &error,
                Error::TimedOut {
                    setting: "with_timeout",
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(error.to_string(), "timed out by `with_timeout`: no answer within 1s");
        let error = writing(late().await);
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_end_a_statement_in_time_is_not_there() {
        let limit = Limit::of_server(Duration::from_secs(16)).or_sooner(Limit::NONE);
        let error = limit.hold(pending::<Result<(), sqlx::Error>>()).await.unwrap_err();
        let error = reading(error);
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn without_a_limit_an_answer_is_passed_on() {
        assert!(Limit::NONE.hold(async { Ok(7) }).await.is_ok_and(|answer| answer == 7));
    }
}
