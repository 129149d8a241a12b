use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::places::Places;
use crate::history::{Answer, Finding, LogEvent, Report};

/// What was appended: calls with the same first event repeat each other.
#[derive(Default)]
pub(super) struct Appends<'a> {
    calls: HashMap<Uuid, Uuid>,
    /// In the order in which they were first called.
    order: Vec<Uuid>,
    attempts: HashMap<Uuid, Attempts<'a>>,
    deleted: HashSet<&'a str>,
}

struct Attempts<'a> {
    stream: &'a str,
    events: &'a [Uuid],
    called: usize,
    answers: Vec<&'a Answer>,
}

impl<'a> Appends<'a> {
    pub(super) fn called(&mut self, call: Uuid, stream: &'a str, events: &'a [Uuid]) {
        let Some(first) = events.first() else { return };
        self.calls.insert(call, *first);
        let attempts = self.attempts.entry(*first).or_insert_with(|| {
            self.order.push(*first);
            Attempts {
                stream,
                events,
                called: 0,
                answers: Vec::new(),
            }
        });
        attempts.called += 1;
    }

    pub(super) fn answered(&mut self, call: Uuid, answer: &'a Answer) {
        let first = self.calls.get(&call);
        if let Some(attempts) = first.and_then(|first| self.attempts.get_mut(first)) {
            attempts.answers.push(answer);
        }
    }

    /// Nothing is known of a stream that was deleted.
    pub(super) fn deleted(&mut self, stream: &'a str) {
        self.deleted.insert(stream);
    }

    pub(super) fn judge(&self, places: &Places<'_>, report: &mut Report) {
        for attempts in self.order.iter().filter_map(|first| self.attempts.get(first)) {
            report.appends += attempts.called;
            report.unknown_outcomes += attempts.called - attempts.known();
            if !self.deleted.contains(attempts.stream) {
                report.findings.extend(attempts.finding(places));
            }
        }
        report.findings.extend(places.stored_twice());
    }
}

impl Attempts<'_> {
    fn known(&self) -> usize {
        let is_known = |answer: &&&Answer| !matches!(answer, Answer::Unknown);
        self.answers.iter().filter(is_known).count()
    }

    fn finding(&self, places: &Places<'_>) -> Option<Finding> {
        let event = *self.events.first()?;
        let stream = || self.stream.to_owned();
        let stored: Vec<_> = self.events.iter().filter_map(|event| places.find(*event)).collect();
        let (Some(first), Some(last)) = (stored.first(), stored.last()) else {
            let is_lost = self.receipts().next().is_some();
            return is_lost.then(|| Finding::Lost {
                stream: stream(),
                event,
            });
        };
        if !self.is_whole(&stored) {
            return Some(Finding::Torn {
                stream: stream(),
                event,
            });
        }
        if self.called == self.answers.len() && self.answers.iter().all(|answer| **answer == Answer::Refused) {
            return Some(Finding::RefusedButStored {
                stream: stream(),
                event,
            });
        }
        let receipt = Answer::Stored {
            first_version: first.version,
            last_version: last.version,
            first_position: first.position,
            last_position: last.position,
        };
        let is_wrong = self.receipts().any(|told| *told != receipt);
        is_wrong.then(|| Finding::WrongReceipt {
            stream: stream(),
            event,
        })
    }

    fn receipts(&self) -> impl Iterator<Item = &Answer> {
        let is_receipt = |answer: &&Answer| matches!(answer, Answer::Stored { .. });
        self.answers.iter().copied().filter(is_receipt)
    }

    /// Whether all are there, next to each other in their stream and in `$all`.
    fn is_whole(&self, stored: &[&LogEvent]) -> bool {
        let follows = |pair: &[&LogEvent]| match pair {
            [one, next] => next.version == one.version + 1 && next.position == one.position + 1,
            _ => true,
        };
        stored.len() == self.events.len()
            && stored.iter().all(|event| event.stream == self.stream)
            && stored.windows(2).all(follows)
    }
}
