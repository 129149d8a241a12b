use std::collections::{BTreeMap, HashMap};
use std::iter;
use std::sync::{Arc, Weak};

use eventstore_core::backend::{Page, PageRequest, StreamState};
use eventstore_core::{
    Error, EventId, EventNumber, ExpectedVersion, ParkedEvent, RecordedEvent, RecordedSnapshot, ReportedStatus, Result,
    StreamInfo, StreamName, StreamSelector, StreamVersion, SubscriptionId, SubscriptionKey, Timestamp,
};

use super::group::MemoryGroup;
use super::keys::Keys;
use super::lease_mark::LeaseMark;
use super::node::Node;
use super::stream::MemoryStream;
use super::subscription::MemorySubscription;
use crate::Payloads;

/// All that is stored, and the nodes that have to be told of it.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) all: MemoryStream,
    pub(super) streams: HashMap<StreamName, MemoryStream>,
    /// Every event, numbered as in `$all`.
    pub(super) events: HashMap<EventId, RecordedEvent>,
    pub(super) snapshots: BTreeMap<StreamName, RecordedSnapshot>,
    pub(super) keys: Keys,
    pub(super) subscriptions: HashMap<SubscriptionKey, MemorySubscription>,
    /// The subscriptions that members share, by their ids.
    pub(super) groups: BTreeMap<SubscriptionId, MemoryGroup>,
    pub(super) parked: HashMap<SubscriptionId, BTreeMap<EventNumber, ParkedEvent>>,
    /// What holders have reported, by the ids of their subscriptions.
    pub(super) statuses: BTreeMap<i64, ReportedStatus>,
    /// What the steps of projections have left.
    pub(super) effects: Vec<u32>,
    pub(super) leases: HashMap<SubscriptionId, Arc<LeaseMark>>,
    pub(super) nodes: Vec<Weak<Node>>,
    pub(super) payloads: Payloads,
    last_stream_id: u64,
    pub(super) last_subscription_id: i64,
    pub(super) last_epoch: i64,
}

impl State {
    pub(super) fn new(created_at: Timestamp) -> Self {
        Self {
            all: MemoryStream::new(0, StreamSelector::All, created_at),
            streams: HashMap::new(),
            events: HashMap::new(),
            snapshots: BTreeMap::new(),
            keys: Keys::default(),
            subscriptions: HashMap::new(),
            groups: BTreeMap::new(),
            parked: HashMap::new(),
            statuses: BTreeMap::new(),
            effects: Vec::new(),
            leases: HashMap::new(),
            nodes: Vec::new(),
            payloads: Payloads::Bytes,
            last_stream_id: 0,
            last_subscription_id: 0,
            last_epoch: 0,
        }
    }

    /// A copy of what is stored, without the nodes that work on it.
    pub(super) fn copied(&self) -> Self {
        Self {
            leases: HashMap::new(),
            nodes: Vec::new(),
            ..self.clone()
        }
    }

    pub(super) fn read_page(&self, request: &PageRequest) -> Result<Page> {
        Ok(self.readable(&request.selector)?.page(request))
    }

    pub(super) fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        Ok(self.readable(selector)?.number_at(at))
    }

    pub(super) fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        Ok(self.readable(selector)?.info().clone())
    }

    /// `$all` and every stream, soft-deleted ones included.
    pub(super) fn all_streams(&self) -> impl Iterator<Item = &MemoryStream> {
        iter::once(&self.all).chain(self.streams.values())
    }

    /// The stream, created with this time unless it exists.
    pub(super) fn stream_or_new(&mut self, name: &StreamName, created_at: Timestamp) -> &mut MemoryStream {
        if !self.streams.contains_key(name) {
            self.last_stream_id += 1;
            let stream = MemoryStream::new(self.last_stream_id, name.clone().into(), created_at);
            self.streams.insert(name.clone(), stream);
            self.stream_created(name);
        }
        self.streams
            .entry(name.clone())
            .or_insert_with(|| MemoryStream::new(self.last_stream_id, name.clone().into(), created_at))
    }

    pub(super) fn state_of(&self, name: &StreamName) -> StreamState {
        self.streams.get(name).map_or(StreamState::Absent, MemoryStream::state)
    }

    /// The version after which the next event of the stream comes, if the stream passes the expected-version check.
    pub(super) fn expect(&self, name: &StreamName, expected: ExpectedVersion) -> Result<StreamVersion> {
        expect_state(name, expected, self.state_of(name))
    }

    pub(super) fn tell_nodes(&mut self, selector: &StreamSelector, number: EventNumber) {
        self.nodes.retain(|node| node.strong_count() > 0);
        for node in self.nodes.iter().filter_map(Weak::upgrade) {
            node.tell(selector, number);
        }
    }

    /// Tells listeners of a change that no number describes.
    pub(super) fn tell_nodes_of_change(&self, selector: &StreamSelector) {
        for node in self.nodes.iter().filter_map(Weak::upgrade) {
            node.tell_of_change(selector);
        }
    }

    fn readable(&self, selector: &StreamSelector) -> Result<&MemoryStream> {
        match selector {
            StreamSelector::All => Ok(&self.all),
            StreamSelector::Stream(name) => match self.streams.get(name) {
                None => Err(selector.not_found()),
                Some(found) if found.is_deleted() => Err(Error::StreamDeleted { stream: name.clone() }),
                Some(found) => Ok(found),
            },
        }
    }
}

pub(super) fn expect_state(name: &StreamName, expected: ExpectedVersion, state: StreamState) -> Result<StreamVersion> {
    expected
        .check(state)
        .map_err(|refusal| expected.refused(name, state, refusal))
}
