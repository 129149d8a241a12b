use std::collections::HashMap;

use uuid::Uuid;

use super::subscriber::Subscriber;
use crate::history::{Finding, Log, LogEvent, Report, Watched};

/// What came of one subscription.
pub(super) struct Subscription<'a> {
    watched: &'a Watched,
    /// All that it is about, selected or not, by number.
    source: HashMap<u64, &'a LogEvent>,
    /// What is to be delivered, in order.
    expected: Vec<Expected>,
    /// The place of each number there.
    places: HashMap<u64, usize>,
    /// The events of each key, in order, by their places.
    keys: Vec<Key>,
    /// Before this place all events are acknowledged.
    acknowledged: usize,
    last_delivered: Option<usize>,
    /// An event that is nowhere may have been deleted.
    has_hard_deletes: bool,
    checkpoint: u64,
    /// The one whose acknowledgements count, of a partition of a group.
    holder: Option<&'a str>,
    subscribers: HashMap<&'a str, Subscriber>,
    redeliveries: usize,
    late_deliveries: usize,
    late_acknowledgements: usize,
    findings: Vec<Finding>,
    /// An event, the subscriber who got it, and the place of an earlier one of the same key that no subscriber had dealt with.
    early: Vec<(&'a str, u64, usize)>,
}

struct Expected {
    number: u64,
    /// The key and the place among its events.
    key: Option<(usize, usize)>,
    is_delivered: bool,
    is_acknowledged: bool,
}

#[derive(Default)]
struct Key {
    events: Vec<usize>,
    /// How many of them are acknowledged before the first that is not.
    acknowledged: usize,
    last_delivered: Option<usize>,
}

impl<'a> Subscription<'a> {
    pub(super) fn new(watched: &'a Watched, log: &'a Log, has_hard_deletes: bool) -> Self {
        let mut subscription = Self {
            watched,
            source: HashMap::new(),
            expected: Vec::new(),
            places: HashMap::new(),
            keys: Vec::new(),
            acknowledged: 0,
            last_delivered: None,
            has_hard_deletes,
            checkpoint: 0,
            holder: None,
            subscribers: HashMap::new(),
            redeliveries: 0,
            late_deliveries: 0,
            late_acknowledgements: 0,
            findings: Vec::new(),
            early: Vec::new(),
        };
        let mut keys = HashMap::new();
        for event in &log.events {
            if let Some(number) = watched.number_of(event) {
                subscription.expect(number, event, &mut keys);
            }
        }
        subscription
    }

    fn expect(&mut self, number: u64, event: &'a LogEvent, keys: &mut HashMap<String, usize>) {
        self.source.insert(number, event);
        if number <= self.watched.start_after || !self.watched.wants(event) {
            return;
        }
        let place = self.expected.len();
        let key = self.watched.key_of(event).map(|key| {
            let new = keys.len();
            let key = *keys.entry(key).or_insert(new);
            self.keys.resize_with(self.keys.len().max(key + 1), Key::default);
            let events = self.keys.get_mut(key).map(|key| &mut key.events);
            let within = events.map_or(0, |events| {
                events.push(place);
                events.len() - 1
            });
            (key, within)
        });
        self.places.insert(number, place);
        self.expected.push(Expected {
            number,
            key,
            is_delivered: false,
            is_acknowledged: false,
        });
    }

    pub(super) fn joined(&mut self, subscriber: &'a str) {
        self.subscribers.insert(subscriber, Subscriber::after(self.checkpoint));
    }

    /// Another one holds the partition from now on.
    pub(super) fn given(&mut self, subscriber: &'a str) {
        self.joined(subscriber);
        self.holder = Some(subscriber);
    }

    fn is_fenced(&self, subscriber: &str) -> bool {
        self.holder.is_some_and(|holder| holder != subscriber)
    }

    pub(super) fn delivered(&mut self, subscriber: &'a str, number: u64, event: Uuid) {
        match self.source.get(&number) {
            Some(there) if there.event == event => {}
            None if self.has_hard_deletes => return,
            _ => return self.findings.push(Finding::Moved { number, event }),
        }
        let Some(place) = self.places.get(&number).copied() else {
            return self.findings.push(Finding::Unwanted {
                subscription: self.watched.name.clone(),
                number,
            });
        };
        if self.is_fenced(subscriber) {
            self.late_deliveries += 1;
            return;
        }
        self.behind_checkpoint(subscriber, number);
        self.in_order(subscriber, place);
        let Some(expected) = self.expected.get_mut(place) else {
            return;
        };
        self.redeliveries += usize::from(expected.is_delivered);
        expected.is_delivered = true;
        self.last_delivered = self.last_delivered.max(Some(place));
        if let Some(key) = expected.key.and_then(|(key, _)| self.keys.get_mut(key)) {
            key.last_delivered = key.last_delivered.max(Some(place));
        }
        if let Some(subscriber) = self.subscribers.get_mut(subscriber) {
            subscriber.delivered(place);
        }
    }

    fn behind_checkpoint(&mut self, subscriber: &'a str, number: u64) {
        let checkpoint = self.subscribers.get(subscriber).map_or(0, |it| it.checkpoint);
        if number <= checkpoint {
            self.findings.push(Finding::BehindCheckpoint {
                subscriber: subscriber.to_owned(),
                number,
                checkpoint,
            });
        }
    }

    /// Each earlier event of the key has to be acknowledged, or to be with the same subscriber.
    fn in_order(&mut self, name: &'a str, place: usize) {
        let Some(Expected {
            number,
            key: Some((key, within)),
            ..
        }) = self.expected.get(place)
        else {
            return;
        };
        let (Some(events), Some(subscriber)) = (self.keys.get(*key), self.subscribers.get_mut(name)) else {
            return;
        };
        let dealt_with = subscriber.reached(*key).max(events.acknowledged);
        subscriber.reach(*key, within + 1);
        if *within > dealt_with
            && let Some(earlier) = events.events.get(dealt_with)
        {
            self.early.push((name, *number, *earlier));
        }
    }

    pub(super) fn acknowledging(&mut self, subscriber: &'a str, number: u64) {
        if self.is_fenced(subscriber) {
            self.late_acknowledgements += 1;
            return;
        }
        let place = self.places.get(&number).copied();
        let subscriber = self.subscribers.get_mut(subscriber);
        let (Some(place), Some(subscriber)) = (place, subscriber) else {
            return;
        };
        for place in subscriber.acknowledge(place) {
            self.acknowledge(place);
        }
    }

    fn acknowledge(&mut self, place: usize) {
        let Some(expected) = self.expected.get_mut(place) else {
            return;
        };
        expected.is_acknowledged = true;
        let is_acknowledged = |place: &usize| self.expected.get(*place).is_some_and(|event| event.is_acknowledged);
        if let Some(key) = self.expected.get(place).and_then(|event| event.key)
            && let Some(key) = self.keys.get_mut(key.0)
        {
            while key.events.get(key.acknowledged).is_some_and(is_acknowledged) {
                key.acknowledged += 1;
            }
        }
        while is_acknowledged(&self.acknowledged) {
            self.acknowledged += 1;
        }
    }

    pub(super) fn checkpoint_seen(&mut self, checkpoint: u64) {
        let subscription = || self.watched.name.clone();
        if checkpoint < self.checkpoint {
            self.findings.push(Finding::CheckpointBackwards {
                subscription: subscription(),
                from: self.checkpoint,
                to: checkpoint,
            });
        }
        if let Some(first) = self.expected.get(self.acknowledged)
            && first.number <= checkpoint
        {
            self.findings.push(Finding::CheckpointAhead {
                subscription: subscription(),
                checkpoint,
                unacknowledged: first.number,
            });
        }
        self.checkpoint = checkpoint;
    }

    /// It was deleted: what was delivered and acknowledged before does not count.
    pub(super) fn begin_anew(&mut self) {
        self.checkpoint = 0;
        self.holder = None;
        self.acknowledged = 0;
        for event in &mut self.expected {
            event.is_delivered = false;
            event.is_acknowledged = false;
        }
        self.last_delivered = None;
        for key in &mut self.keys {
            key.acknowledged = 0;
            key.last_delivered = None;
        }
    }

    pub(super) fn end(mut self, report: &mut Report) {
        report.redeliveries += self.redeliveries;
        report.late_deliveries += self.late_deliveries;
        report.late_acknowledgements += self.late_acknowledgements;
        report.findings.append(&mut self.findings);
        report.findings.extend(self.out_of_order());
        report.findings.extend(self.skipped());
        report.findings.extend(self.left_behind());
    }

    /// Of events that were delivered too early those before which one was skipped are left out: that one is told.
    fn out_of_order(&self) -> impl Iterator<Item = Finding> {
        self.early.iter().filter_map(|(subscriber, number, earlier)| {
            let earlier = self.expected.get(*earlier).filter(|event| event.is_delivered)?;
            Some(Finding::OutOfOrder {
                subscriber: (*subscriber).to_owned(),
                number: *number,
                earlier: earlier.number,
            })
        })
    }

    fn skipped(&self) -> impl Iterator<Item = Finding> {
        let is_skipped = |place: usize, event: &Expected| !event.is_delivered && self.is_passed(place, event);
        let skipped = self.expected.iter().enumerate();
        skipped
            .filter(move |(place, event)| is_skipped(*place, event))
            .map(|(_, event)| Finding::Skipped {
                subscription: self.watched.name.clone(),
                number: event.number,
            })
    }

    /// Whether an event that has to come later was delivered.
    fn is_passed(&self, place: usize, event: &Expected) -> bool {
        let key = event.key.and_then(|(key, _)| self.keys.get(key));
        let last = key.map_or(self.last_delivered, |key| key.last_delivered);
        last.is_some_and(|last| last > place)
    }

    fn left_behind(&self) -> Option<Finding> {
        let is_left = |(place, event): &(usize, &Expected)| {
            !event.is_acknowledged && (event.is_delivered || !self.is_passed(*place, event))
        };
        let mut left = self.expected.iter().enumerate().filter(is_left);
        let (_, first) = left.next()?;
        Some(Finding::NotCaughtUp {
            subscription: self.watched.name.clone(),
            first: first.number,
            events: left.count() + 1,
        })
    }
}
