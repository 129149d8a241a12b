use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};

use crate::backend::{Page, PageCursor, PageRequest, PageStream};
use crate::{Error, EventNumber, Result, StreamSelector, Timestamp};

/// How often a page that does not come in time is halved before that is an error.
const HALVINGS: u32 = 3;

/// Reads events.
///
/// # Contract
///
/// - Events come in the order of their numbers, each exactly once, as they were appended.
/// - An event of another stream that is read through a link tells the place of the link. Every event tells its position, unless one stream is
///   read and the request does not ask for positions.
/// - A read by position has no hole that a later commit fills.
/// - A page is read in one snapshot, which includes `scanned_to` and `is_last`.
/// - The payloads on a page have no more bytes than [`PageRequest::max_bytes`], unless the page holds only one event. The bytes count as
///   the reader returns them, however they are stored. The limit applies before the payloads leave the storage.
/// - A filter leaves out exactly the events that do not match. The events that match keep the numbers that they have without the filter.
#[async_trait]
pub trait EventReader: Send + Sync {
    /// Reads one page.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) or [`StreamDeleted`](crate::Error::StreamDeleted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn read_page(&self, request: PageRequest) -> Result<Page>;

    /// Reads one page after another, as [`read_page`](Self::read_page) does, while the caller consumes them.
    ///
    /// Once the consumer has asked for a second page, the storage may read the next page while the consumer is busy with the current one.
    /// While the consumer asks for no page, the storage holds no snapshot and nothing else that others wait for.
    fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
        on_demand(self, cursor)
    }

    /// Returns the number of the first event that happened at this time or later, or the number that the next event will get if there is
    /// none.
    ///
    /// Times need not ascend with the numbers: the first event is the one with the lowest number.
    ///
    /// # Errors
    ///
    /// As for [`read_page`](Self::read_page).
    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber>;

    /// Returns the label that tells this store from the other stores of its process: the label `schema` of all metrics about it.
    ///
    /// It is empty by default, for a process with one store.
    #[expect(clippy::unnecessary_literal_bound, reason = "a backend that has a label owns it")]
    fn metrics_label(&self) -> &str {
        ""
    }
}

impl PageCursor {
    /// Reads the next page and moves past it; `None` after the last page.
    ///
    /// If a page does not arrive in time, half of it is requested, up to three times; the following pages grow again.
    ///
    /// Cancel-safe: if the future is dropped before it is ready, the next call reads the same page.
    ///
    /// # Errors
    ///
    /// As for [`EventReader::read_page`]; after an error, the method may be called again.
    pub async fn read<R>(&mut self, reader: &R) -> Result<Option<Page>>
    where
        R: EventReader + ?Sized,
    {
        let mut halvings = 0..HALVINGS;
        while let Some(request) = self.request().cloned() {
            match reader.read_page(request).await {
                Ok(page) => {
                    self.advance(&page);
                    return Ok(Some(page));
                }
                Err(Error::TimedOut { .. }) if halvings.next().is_some() && self.halve() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// Reads each page when it is asked for.
fn on_demand<R>(reader: &R, cursor: PageCursor) -> PageStream<'_>
where
    R: EventReader + ?Sized,
{
    stream::try_unfold(cursor, async move |mut cursor| {
        let page = cursor.read(reader).await?;
        Ok(page.map(|page| (page, cursor)))
    })
    .boxed()
}
