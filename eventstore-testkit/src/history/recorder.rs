use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::{Append, AppendReceipt, Error, EventNumber, EventWriter, Idempotence, Result};
use eventstore_subscriptions::Delivery;
use uuid::Uuid;

use super::{Answer, History, Record};

/// Records what happens; clones write one history.
#[derive(Debug, Clone)]
pub struct Recorder {
    sink: Arc<Mutex<Sink>>,
}

#[derive(Debug)]
enum Sink {
    Memory(Vec<Record>),
    /// What could not be written is told with the history.
    File {
        file: File,
        path: Box<Path>,
        failure: Option<io::Error>,
    },
}

impl Recorder {
    /// Creates a recorder that keeps the history in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::to(Sink::Memory(Vec::new()))
    }

    /// Creates a recorder that appends lines of JSON to a file, which other processes may do as well; the file is created
    /// if it does not exist.
    ///
    /// Others can read each record before the call that wrote it returns, and the record remains if the process is
    /// killed.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self::to(Sink::File {
            file,
            path: path.into(),
            failure: None,
        }))
    }

    /// Returns everything recorded until now, by other processes as well.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, if it holds a line that is not a record, or if a record could not be written to
    /// it.
    pub fn history(&self) -> io::Result<History> {
        match &mut *self.sink() {
            Sink::Memory(records) => Ok(History::of(records.clone())),
            Sink::File { failure, path, .. } => match failure.take() {
                Some(failure) => Err(failure),
                None => History::read(path),
            },
        }
    }

    /// Records this record.
    pub fn record(&self, record: Record) {
        self.sink().put(record);
    }

    /// Appends, and records the call and its answer; retries the call, as often as necessary, until its outcome is known.
    ///
    /// Give the append a time limit if the store may be away for good.
    ///
    /// # Errors
    ///
    /// The store's error, if no retry can help.
    pub async fn append(&self, store: &dyn EventWriter, append: Append) -> Result<AppendReceipt> {
        let append = append.with_idempotence(Idempotence::ByIds);
        loop {
            match self.append_once(store, append.clone()).await {
                Err(error) if error.is_retryable() => tokio::task::yield_now().await,
                answer => return answer,
            }
        }
    }

    /// Appends once, and records the call and its answer.
    ///
    /// # Errors
    ///
    /// The store's error.
    pub async fn append_once(&self, store: &dyn EventWriter, append: Append) -> Result<AppendReceipt> {
        let call = Uuid::now_v7();
        self.record(Record::AppendCalled {
            call,
            stream: append.stream().as_str().to_owned(),
            events: append.event_ids().map(Into::into).collect(),
        });
        let answered = store.append(append).await;
        let answer = answered
            .as_ref()
            .map_or_else(|error: &Error| Answer::from(error), Answer::from);
        self.record(Record::AppendAnswered { call, answer });
        answered
    }

    /// Records that a subscriber is about to subscribe.
    pub fn subscribed(&self, subscriber: &str, subscription: &str) {
        self.record(Record::Subscribed {
            subscriber: subscriber.to_owned(),
            subscription: subscription.to_owned(),
        });
    }

    /// Records that a subscriber has been given a partition of a group.
    pub fn given(&self, subscriber: &str, subscription: &str) {
        self.record(Record::Given {
            subscriber: subscriber.to_owned(),
            subscription: subscription.to_owned(),
        });
    }

    /// Records the events that a subscriber has got.
    pub fn delivered(&self, subscriber: &str, events: &[Delivery]) {
        for event in events {
            self.record(Record::Delivered {
                subscriber: subscriber.to_owned(),
                number: event.number.get(),
                event: event.event_id.as_uuid(),
            });
        }
    }

    /// Records that a subscriber is about to acknowledge.
    pub fn acknowledging(&self, subscriber: &str, number: impl Into<EventNumber>) {
        self.record(Record::Acknowledging {
            subscriber: subscriber.to_owned(),
            number: number.into().get(),
        });
    }

    /// Records a checkpoint that was found in storage.
    pub fn checkpoint_seen(&self, subscription: &str, number: EventNumber) {
        self.record(Record::CheckpointSeen {
            subscription: subscription.to_owned(),
            number: number.get(),
        });
    }

    /// Records a fault that was injected on purpose.
    pub fn fault(&self, what: impl Into<String>) {
        self.record(Record::Fault { what: what.into() });
    }

    fn to(sink: Sink) -> Self {
        Self {
            sink: Arc::new(Mutex::new(sink)),
        }
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink {
    fn put(&mut self, record: Record) {
        match self {
            Self::Memory(records) => records.push(record),
            Self::File { file, failure, .. } => {
                if let Err(error) = write_line(file, &record) {
                    failure.get_or_insert(error);
                }
            }
        }
    }
}

/// One write for the whole line: those of other processes come before or after it.
fn write_line(file: &mut File, record: &Record) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    file.write_all(&line)
}
