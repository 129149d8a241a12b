use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use eventstore_core::{
    Append, AppendReceipt, CheckpointOutcome, Direction, Error, EventId, EventNumber, NewEvent, Page, PageRequest,
    RecordedEvent, Result, StreamInfo, StreamName, StreamSelector, StreamState, StreamVersion, SubscriptionId,
    SubscriptionKey, SubscriptionRecord, Timestamp,
};

use super::lease::LeaseMark;
use super::node::Node;

/// All that is stored, and who has to be told of it.
#[derive(Debug)]
pub(super) struct State {
    /// The events of `$all`: the one at position n has the index n - 1.
    log: Vec<RecordedEvent>,
    streams: HashMap<StreamName, MemoryStream>,
    event_ids: HashSet<EventId>,
    subscriptions: HashMap<SubscriptionKey, SubscriptionRecord>,
    created_at: Timestamp,
    pub(super) leases: HashMap<SubscriptionId, Arc<LeaseMark>>,
    pub(super) nodes: Vec<Weak<Node>>,
}

#[derive(Debug)]
struct MemoryStream {
    /// The index in the log of each event: the one of version n has the index n - 1.
    log_indices: Vec<usize>,
    created_at: Timestamp,
}

impl State {
    pub(super) fn new(created_at: Timestamp) -> Self {
        Self {
            log: Vec::new(),
            streams: HashMap::new(),
            event_ids: HashSet::new(),
            subscriptions: HashMap::new(),
            created_at,
            leases: HashMap::new(),
            nodes: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, append: &Append, now: Timestamp) -> Result<AppendReceipt> {
        let stream = append.stream();
        let state = self.stream_state(stream)?;
        let version = append
            .expected()
            .check(state)
            .map_err(|refusal| append.expected().refused(stream, state, refusal))?;
        self.refuse_stored_ids(append.events())?;

        let receipt = AppendReceipt::following(
            stream.clone(),
            version,
            number(self.log.len())?,
            number(append.events().len())?.get(),
        )?;
        let (mut version, mut position) = (receipt.first_version, receipt.first_position);
        for event in append.events() {
            self.put(stream, event, version, position, now);
            (version, position) = (version.next(), position.next());
        }
        self.tell_nodes(&receipt);
        Ok(receipt)
    }

    /// Puts an empty stream there, unless one exists.
    pub(super) fn create_stream(&mut self, stream: &StreamName, created_at: Timestamp) {
        self.streams.entry(stream.clone()).or_insert_with(|| MemoryStream {
            log_indices: Vec::new(),
            created_at,
        });
    }

    pub(super) fn read_page(&self, request: &PageRequest) -> Result<Page> {
        let head = self.version(&request.selector)?.into();
        let (first, last) = match request.direction {
            Direction::Forward => forward_range(head, request),
            Direction::Backward => backward_range(head, request),
        };
        let ascending = (first.get()..=last.get()).map(|number| self.event(&request.selector, number));
        Ok(match request.direction {
            Direction::Forward => Page {
                events: ascending.collect::<Result<_>>()?,
                scanned_to: last,
                is_last: last >= head,
            },
            Direction::Backward => Page {
                events: ascending.rev().collect::<Result<_>>()?,
                scanned_to: first,
                is_last: first <= EventNumber::FIRST,
            },
        })
    }

    pub(super) fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        let created_at = match selector {
            StreamSelector::All => self.created_at,
            StreamSelector::Stream(name) => self.stream(name)?.created_at,
        };
        Ok(StreamInfo {
            selector: selector.clone(),
            version: self.version(selector)?,
            created_at,
        })
    }

    pub(super) fn find_or_create_subscription(
        &mut self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let id = SubscriptionId::new(number(self.subscriptions.len())?.next().as_i64());
        let checkpoint = start_after;
        let new = SubscriptionRecord { id, checkpoint };
        Ok(*self.subscriptions.entry(key.clone()).or_insert(new))
    }

    pub(super) fn save_checkpoint(&mut self, id: SubscriptionId, checkpoint: EventNumber) -> CheckpointOutcome {
        match self.subscriptions.values_mut().find(|record| record.id == id) {
            None => CheckpointOutcome::SubscriptionGone,
            Some(record) if record.checkpoint > checkpoint => CheckpointOutcome::Superseded(record.checkpoint),
            Some(record) => {
                record.checkpoint = checkpoint;
                CheckpointOutcome::Saved
            }
        }
    }

    fn stream_state(&self, stream: &StreamName) -> Result<StreamState> {
        Ok(match self.streams.get(stream) {
            None => StreamState::Absent,
            Some(found) => StreamState::Present {
                version: number(found.log_indices.len())?.into(),
            },
        })
    }

    fn refuse_stored_ids(&self, events: &[NewEvent]) -> Result<()> {
        match events.iter().find(|event| self.event_ids.contains(&event.id)) {
            Some(event) => Err(Error::DuplicateEvent { event_id: event.id }),
            None => Ok(()),
        }
    }

    fn put(&mut self, stream: &StreamName, event: &NewEvent, at: StreamVersion, position: EventNumber, now: Timestamp) {
        let created_at = event.created_at.unwrap_or(now);
        let recorded = RecordedEvent {
            event_number: position,
            event_id: event.id,
            stream: stream.clone(),
            stream_version: at,
            event_type: event.event_type.clone(),
            causation_id: event.causation_id,
            correlation_id: event.correlation_id,
            data: event.data.clone(),
            metadata: event.metadata.clone(),
            created_at,
        };
        self.create_stream(stream, created_at);
        if let Some(found) = self.streams.get_mut(stream) {
            found.log_indices.push(self.log.len());
        }
        self.event_ids.insert(event.id);
        self.log.push(recorded);
    }

    fn tell_nodes(&mut self, receipt: &AppendReceipt) {
        self.nodes.retain(|node| node.strong_count() > 0);
        for node in self.nodes.iter().filter_map(Weak::upgrade) {
            node.tell(&receipt.stream.clone().into(), receipt.last_version.into());
            node.tell(&StreamSelector::All, receipt.last_position);
        }
    }

    fn version(&self, selector: &StreamSelector) -> Result<StreamVersion> {
        let count = match selector {
            StreamSelector::All => self.log.len(),
            StreamSelector::Stream(name) => self.stream(name)?.log_indices.len(),
        };
        Ok(number(count)?.into())
    }

    fn stream(&self, name: &StreamName) -> Result<&MemoryStream> {
        self.streams
            .get(name)
            .ok_or_else(|| StreamSelector::from(name.clone()).not_found())
    }

    fn event(&self, selector: &StreamSelector, number: u64) -> Result<RecordedEvent> {
        let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        match selector {
            StreamSelector::All => self.log.get(index).cloned(),
            StreamSelector::Stream(name) => {
                let log_index = self.stream(name)?.log_indices.get(index);
                let event = log_index.and_then(|&log_index| self.log.get(log_index));
                event.map(|event| RecordedEvent {
                    event_number: event.stream_version.into(),
                    ..event.clone()
                })
            }
        }
        .ok_or_else(|| selector.not_found())
    }
}

/// The first and the last number of the page; the last one is smaller if there is nothing to read.
fn forward_range(head: EventNumber, request: &PageRequest) -> (EventNumber, EventNumber) {
    let first = request.from.max(EventNumber::FIRST);
    let before = first.previous();
    let wanted = before.after(request.limit.into()).unwrap_or(EventNumber::MAX);
    (first, wanted.min(head).max(before))
}

/// The lowest and the highest number of the page; the highest one is smaller if there is nothing to read.
fn backward_range(head: EventNumber, request: &PageRequest) -> (EventNumber, EventNumber) {
    let highest = request.from.min(head);
    let below = highest.get().saturating_sub(request.limit.into());
    let lowest = EventNumber::try_from(below).unwrap_or(EventNumber::ZERO).next();
    (lowest, highest)
}

fn number(count: usize) -> Result<EventNumber> {
    let count = i64::try_from(count).map_err(|error| Error::invalid_input("events", &error))?;
    EventNumber::try_from(count).map_err(|error| Error::invalid_input("events", &error))
}
