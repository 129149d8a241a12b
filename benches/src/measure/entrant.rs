use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::caller::{Caller, drive};
use super::slice::Slice;
use crate::error::Result;

/// The name of the entrant that the others are references for.
pub(crate) const OURS: &str = "ours";

/// One of those that are measured in turn.
pub(crate) struct Entrant {
    pub(super) name: &'static str,
    callers: Box<dyn Callers>,
    beside: Option<Background>,
}

/// Goes on until it fails or is dropped.
type Background = Box<dyn Fn() -> BoxFuture<'static, Result<Infallible>> + Send>;

impl Entrant {
    pub(crate) fn new<C: Caller>(name: &'static str, callers: Vec<C>) -> Self {
        Self {
            name,
            callers: Box::new(callers),
            beside: None,
        }
    }

    /// Has this going on meanwhile.
    #[must_use]
    pub(crate) fn beside<F>(self, background: impl Fn() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Infallible>> + Send + 'static,
    {
        Self {
            beside: Some(Box::new(move || background().boxed())),
            ..self
        }
    }

    /// Calls for this long, and at least once.
    pub(crate) async fn run(&mut self, duration: Duration) -> Result<Slice> {
        let Some(background) = &self.beside else {
            return self.callers.drive(duration).await;
        };
        tokio::select! {
            slice = self.callers.drive(duration) => slice,
            Err(failure) = background() => Err(failure),
        }
    }
}

#[async_trait]
trait Callers: Send {
    async fn drive(&mut self, duration: Duration) -> Result<Slice>;
}

#[async_trait]
impl<C: Caller> Callers for Vec<C> {
    async fn drive(&mut self, duration: Duration) -> Result<Slice> {
        drive(self, duration).await
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::error::LoadError;

    struct Single;

    impl Caller for Single {
        async fn call(&mut self) -> Result<u64> {
            tokio::task::yield_now().await;
            Ok(1)
        }
    }

    #[tokio::test]
    async fn what_goes_on_meanwhile_ends_with_the_callers() {
        let mut entrant = Entrant::new(OURS, vec![Single]).beside(pending);
        assert_eq!(entrant.run(Duration::ZERO).await.unwrap().events, 1);
    }

    #[tokio::test]
    async fn a_failure_of_what_goes_on_meanwhile_ends_the_measurement() {
        let mut entrant = Entrant::new(OURS, vec![Single]).beside(async || Err(LoadError::Interrupted));
        let outcome = entrant.run(Duration::from_mins(1)).await;
        assert!(matches!(outcome, Err(LoadError::Interrupted)));
    }
}
