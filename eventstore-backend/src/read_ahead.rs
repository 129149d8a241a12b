use eventstore_core::backend::{Page, PageCursor, PageStream};
use eventstore_core::{Error, EventReader, Result};
use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinError, JoinHandle};

/// Reads pages in order; from the third on, each is read while the consumer is busy with the one before (ADR 20).
pub struct ReadAhead<'s, R> {
    store: &'s R,
    /// The consumer's position.
    cursor: PageCursor,
    source: Source,
}

/// The source of the next page.
enum Source {
    /// A consumer that reads only one page pays for no task.
    Store,
    NewTask,
    Task(Task),
}

/// A task that reads ahead, and what it has read.
struct Task {
    pages: Receiver<Result<Page>>,
    handle: JoinHandle<()>,
}

impl<'s, R: EventReader + Clone + 'static> ReadAhead<'s, R> {
    /// Returns the pages that the cursor asks for.
    ///
    /// The consumer itself reads the first page; the task that reads the others needs a tokio runtime, and ends with the last page, with a
    /// page that failed, or soon after the stream is dropped.
    pub fn pages(store: &'s R, cursor: PageCursor) -> PageStream<'s> {
        let reading = Self {
            store,
            cursor,
            source: Source::Store,
        };
        stream::try_unfold(reading, Self::next).boxed()
    }

    async fn next(mut self) -> Result<Option<(Page, Self)>> {
        if self.cursor.request().is_none() {
            return Ok(None);
        }
        let source = match self.source {
            Source::Store => {
                let page = self.cursor.read(self.store).await?;
                let source = Source::NewTask;
                return Ok(page.map(|page| (page, Self { source, ..self })));
            }
            Source::NewTask => start(self.store, self.cursor.clone()),
            Source::Task(task) => task,
        };
        let (page, source) = receive(source).await?;
        self.cursor.advance(&page);
        Ok(Some((page, Self { source, ..self })))
    }
}

async fn receive(mut task: Task) -> Result<(Page, Source)> {
    match task.pages.recv().await {
        Some(page) => Ok((page?, Source::Task(task))),
        None => Err(stopped(task.handle.await)),
    }
}

fn start(store: &(impl EventReader + Clone + 'static), cursor: PageCursor) -> Task {
    let (sender, pages) = mpsc::channel(1);
    let handle = tokio::spawn(read(store.clone(), cursor, sender));
    Task { pages, handle }
}

/// Reads a page when there is room for it, and to its end: a connection whose answer were cut off could not be used again.
async fn read(store: impl EventReader, mut cursor: PageCursor, pages: Sender<Result<Page>>) {
    while let Ok(room) = pages.reserve().await
        && let Some(page) = cursor.read(&store).await.transpose()
    {
        let has_failed = page.is_err();
        room.send(page);
        if has_failed {
            return;
        }
    }
}

/// Pages were missing, and no task reads them any more: it panicked, or its runtime has shut down.
fn stopped(outcome: Result<(), JoinError>) -> Error {
    Error::Storage {
        message: "the task that reads ahead ended before the last page".to_owned(),
        source: match outcome {
            Ok(()) => "it was stopped".into(),
            Err(error) => error.into(),
        },
    }
}
