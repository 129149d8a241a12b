use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream::{StreamExt, TryStreamExt};

use crate::{RecordedEvent, Result};

/// Events that are read as they are consumed; it ends after the first error.
#[must_use = "nothing is read until the events are taken"]
pub struct EventStream<'a>(BoxStream<'a, Result<RecordedEvent>>);

impl<'a> EventStream<'a> {
    pub(super) fn new(events: impl Stream<Item = Result<RecordedEvent>> + Send + 'a) -> Self {
        Self(events.boxed())
    }

    /// Returns the next event, or the error that ends the read; `None` after the last one.
    ///
    /// Cancel-safe: dropping the future before it is ready loses no event.
    pub async fn next(&mut self) -> Option<Result<RecordedEvent>> {
        self.0.next().await
    }

    /// Returns all remaining events.
    ///
    /// # Errors
    ///
    /// The first error of the read.
    pub async fn collect(self) -> Result<Vec<RecordedEvent>> {
        self.0.try_collect().await
    }
}

impl Stream for EventStream<'_> {
    type Item = Result<RecordedEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for EventStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}
