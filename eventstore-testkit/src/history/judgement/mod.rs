mod appends;
mod order;
mod places;
mod subscriber;
mod subscription;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use self::appends::Appends;
use self::places::Places;
use self::subscription::Subscription;
use super::{Log, Record, Report, Watched};

/// What happened, in the order in which it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    records: Vec<Record>,
}

impl History {
    /// Creates a history from records in order.
    #[must_use]
    pub fn of(records: Vec<Record>) -> Self {
        Self { records }
    }

    /// Reads a history from lines of JSON. An incomplete last line, which a killed process leaves behind, is ignored.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or holds a line that is not a record.
    pub fn read(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut reader = BufReader::new(File::open(path)?);
        let (mut records, mut line) = (Vec::new(), String::new());
        while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
            records.push(serde_json::from_str(&line)?);
            line.clear();
        }
        Ok(Self::of(records))
    }

    /// Returns the records, in order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Compares the history with the log, and with what the watched subscriptions must deliver.
    ///
    /// Subscriptions that are not watched are not judged. The log is assumed to be complete, and the history to be
    /// finished: events that are unacknowledged at its end count as left behind.
    #[must_use]
    pub fn judge(&self, log: &Log, watched: &[Watched]) -> Report {
        let mut judgement = Judgement::new(log, watched, self.has_hard_deletes());
        for record in &self.records {
            judgement.take(record);
        }
        judgement.end()
    }

    fn has_hard_deletes(&self) -> bool {
        let is_delete = |record: &Record| matches!(record, Record::HardDeleteCalled { .. });
        self.records.iter().any(is_delete)
    }
}

struct Judgement<'a> {
    report: Report,
    places: Places<'a>,
    appends: Appends<'a>,
    subscriptions: HashMap<&'a str, Subscription<'a>>,
    /// The subscription of each subscriber.
    subscribers: HashMap<&'a str, &'a str>,
}

impl<'a> Judgement<'a> {
    fn new(log: &'a Log, watched: &'a [Watched], has_hard_deletes: bool) -> Self {
        let subscription = |watched: &'a Watched| {
            let subscription = Subscription::new(watched, log, has_hard_deletes);
            (watched.name.as_str(), subscription)
        };
        Self {
            report: Report {
                findings: order::findings(log, has_hard_deletes),
                events: log.len(),
                ..Report::default()
            },
            places: Places::of(log, has_hard_deletes),
            appends: Appends::default(),
            subscriptions: watched.iter().map(subscription).collect(),
            subscribers: HashMap::new(),
        }
    }

    fn take(&mut self, record: &'a Record) {
        match record {
            Record::AppendCalled { call, stream, events } => self.appends.called(*call, stream, events),
            Record::AppendAnswered { call, answer } => self.appends.answered(*call, answer),
            Record::HardDeleteCalled { stream } => self.appends.deleted(stream),
            Record::Read { position, event } => self.report.findings.extend(self.places.moved(*position, *event)),
            Record::Subscribed {
                subscriber,
                subscription,
            } => {
                self.subscribers.insert(subscriber, subscription);
                self.of_subscription(subscription, |it| it.joined(subscriber));
            }
            Record::Given {
                subscriber,
                subscription,
            } => {
                self.subscribers.insert(subscriber, subscription);
                self.of_subscription(subscription, |it| it.given(subscriber));
            }
            Record::Delivered {
                subscriber,
                number,
                event,
            } => {
                self.report.deliveries += 1;
                self.of_subscriber(subscriber, |it| it.delivered(subscriber, *number, *event));
            }
            Record::Acknowledging { subscriber, number } => {
                self.of_subscriber(subscriber, |it| it.acknowledging(subscriber, *number));
            }
            Record::CheckpointSeen { subscription, number } => {
                self.report.checkpoints += 1;
                self.of_subscription(subscription, |it| it.checkpoint_seen(*number));
            }
            Record::SubscriptionDeleted { subscription } => {
                self.of_subscription(subscription, Subscription::begin_anew);
            }
            Record::Fault { .. } => self.report.faults += 1,
        }
    }

    fn of_subscriber(&mut self, subscriber: &str, take: impl FnOnce(&mut Subscription<'a>)) {
        if let Some(subscription) = self.subscribers.get(subscriber) {
            self.of_subscription(subscription, take);
        }
    }

    fn of_subscription(&mut self, name: &str, take: impl FnOnce(&mut Subscription<'a>)) {
        if let Some(subscription) = self.subscriptions.get_mut(name) {
            take(subscription);
        }
    }

    fn end(mut self) -> Report {
        self.appends.judge(&self.places, &mut self.report);
        let mut subscriptions: Vec<_> = self.subscriptions.into_iter().collect();
        subscriptions.sort_unstable_by_key(|(name, _)| *name);
        for (_, subscription) in subscriptions {
            subscription.end(&mut self.report);
        }
        self.report
    }
}
