use std::fmt;

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Direction, Error, EventFilter, EventId, EventNumber, EventType,
    ExpectedVersion, Idempotence, Link, NewEvent, Result, Snapshot, SnapshotPolicy, StreamName, StreamSelector,
    StreamVersion, SubscriptionKey, SubscriptionName, Timestamp,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::strategy::Union;
use uuid::Uuid;

use crate::conformance::Role;

/// How many streams there are to choose from.
const STREAMS: u8 = 4;

/// How many event ids there are to choose from; few enough that some are chosen twice.
const IDS: u8 = 60;

/// A call with small arguments.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Append(Write),
    AppendSet(Vec<Write>),
    Link(Write),
    Delete {
        stream: Stream,
        expected: ExpectedVersion,
        is_hard: bool,
    },
    Undelete(Stream),
    Read {
        stream: Option<Stream>,
        direction: Direction,
        from: u32,
        limit: u32,
    },
    ReadMatching {
        stream: Option<Stream>,
        matching: Matching,
        direction: Direction,
        from: u32,
        limit: u32,
    },
    NumberAt {
        stream: Option<Stream>,
        second: u8,
    },
    Info(Option<Stream>),
    List {
        search: Option<Stream>,
        is_descending: bool,
    },
    RecordSnapshot {
        source: Stream,
        version: u32,
        policy: SnapshotPolicy,
    },
    ReadSnapshot(Stream),
    DeleteSnapshot(Stream),
    FindSubscription(Option<Stream>),
    SaveCheckpoint {
        stream: Option<Stream>,
        checkpoint: u32,
    },
}

/// Events, or links to them, to put into a stream.
#[derive(Debug, Clone)]
pub(super) struct Write {
    stream: Stream,
    expected: ExpectedVersion,
    ids: Vec<u8>,
    is_idempotent: bool,
}

/// Conditions that events have to meet.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    types: Option<Vec<u8>>,
    prefix: Option<Stream>,
    category: Option<Stream>,
    correlation: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stream(u8);

impl Stream {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..STREAMS).map(Self)
    }

    pub(super) fn name(self) -> Result<StreamName> {
        Ok(StreamName::new(self.to_string())?)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(b'a' + self.0))
    }
}

impl Write {
    pub(super) fn append(&self) -> Result<Append> {
        let events = self.ids.iter().copied().map(event).collect::<Result<Vec<_>>>()?;
        let append = Append::new(self.stream.name()?, self.expected, events)?;
        Ok(if self.is_idempotent {
            append.with_idempotence(Idempotence::ByIds)
        } else {
            append
        })
    }

    pub(super) fn link(&self) -> Result<Link> {
        let ids = self.ids.iter().copied().map(event_id);
        Link::new(self.stream.name()?, self.expected, ids)
    }
}

impl Matching {
    pub(super) fn filter(&self) -> Result<EventFilter> {
        let mut filter = EventFilter::default();
        if let Some(types) = &self.types {
            let types: Vec<_> = types.iter().copied().map(event_type).collect::<Result<Vec<_>>>()?;
            filter = filter.with_event_types(types)?;
        }
        if let Some(stream) = self.prefix {
            filter = filter.with_stream_prefix(stream.to_string())?;
        }
        if let Some(stream) = self.category {
            filter = filter.with_category(stream.to_string())?;
        }
        if let Some(id) = self.correlation {
            filter = filter.with_correlation_id(correlation_id(id));
        }
        Ok(filter)
    }
}

pub(super) fn append_set(writes: &[Write]) -> Result<AppendSet> {
    AppendSet::new(writes.iter().map(Write::append).collect::<Result<Vec<_>>>()?)
}

pub(super) fn deletion(stream: Stream, expected: ExpectedVersion, is_hard: bool) -> Result<Delete> {
    let stream = stream.name()?;
    let delete = if is_hard {
        Delete::new(stream, Deletion::Hard)
    } else {
        Delete::new(stream, Deletion::Soft)
    };
    Ok(delete.with_expected_version(expected))
}

pub(super) fn selector(stream: Option<Stream>) -> Result<StreamSelector> {
    stream.map_or(Ok(StreamSelector::All), |stream| Ok(stream.name()?.into()))
}

/// Where the subscription to a stream starts, whichever call creates it: a checkpoint is saved in two calls, of which the first creates
/// the subscription where there is none, so that another operation may find it in between.
pub(super) fn start_after(stream: Option<Stream>) -> EventNumber {
    EventNumber::from(stream.map_or(0, |stream| u32::from(stream.0)))
}

/// There is one subscription to each stream, and one to all.
pub(super) fn subscription(stream: Option<Stream>) -> Result<SubscriptionKey> {
    Ok(SubscriptionKey {
        selector: selector(stream)?,
        name: SubscriptionName::new("model")?,
    })
}

pub(super) fn page(stream: Option<Stream>, direction: Direction, from: u32, limit: u32) -> Result<PageRequest> {
    Ok(PageRequest::new(selector(stream)?, direction, from.into(), limit))
}

pub(super) fn snapshot(source: Stream, version: u32) -> Result<Snapshot> {
    Ok(Snapshot {
        source: source.name()?,
        version: StreamVersion::from(version),
        snapshot_type: EventType::new("State")?,
        data: format!("[{version}]").into(),
        metadata: None,
    })
}

/// Everything about an event follows from its id, the time in no order.
fn event(id: u8) -> Result<NewEvent> {
    let event = NewEvent::new(event_id(id), event_type(id % 3)?, "[1]")
        .with_correlation_id(correlation_id(id % 4))
        .with_created_at(time(id.wrapping_mul(7) % IDS)?);
    Ok(event)
}

fn event_type(number: u8) -> Result<EventType> {
    Ok(EventType::new(format!("Type{number}"))?)
}

fn correlation_id(number: u8) -> Uuid {
    Uuid::from_u128(number.into())
}

pub(super) fn time(second: u8) -> Result<Timestamp> {
    let micros = i64::from(second) * 1_000_000;
    Timestamp::from_unix_micros(micros).map_err(|error| Error::invalid_input("time", &error))
}

fn event_id(id: u8) -> EventId {
    Uuid::from_u128(id.into()).into()
}

/// The calls of these roles, each as often as its weight says. Of subscriptions those that keep something: what is delivered
/// depends on what happens meanwhile.
pub(super) fn operations(roles: &[Role]) -> Union<BoxedStrategy<Operation>> {
    Union::new_weighted(roles.iter().filter_map(|role| operations_of(*role)).collect())
}

fn operations_of(role: Role) -> Option<(u32, BoxedStrategy<Operation>)> {
    match role {
        Role::Streams => Some((15, of_streams().boxed())),
        Role::Links => Some((4, writes().prop_map(Operation::Link).boxed())),
        Role::Deletes => Some((3, of_deletes().boxed())),
        Role::Snapshots => Some((3, of_snapshots().boxed())),
        Role::Subscriptions => Some((3, of_subscriptions().boxed())),
        Role::Lookup
        | Role::Tracing
        | Role::Imports
        | Role::Administration
        | Role::Parking
        | Role::Projections
        | Role::Statistics
        | Role::Groups
        | Role::Catalog => None,
    }
}

fn of_streams() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => writes().prop_map(Operation::Append),
        2 => vec(writes(), 1..4).prop_map(Operation::AppendSet),
        3 => (option::of(streams()), directions(), 0..12_u32, 0..6_u32)
            .prop_map(|(stream, direction, from, limit)| Operation::Read { stream, direction, from, limit }),
        1 => option::of(streams()).prop_map(Operation::Info),
        1 => (option::of(streams()), any::<bool>())
            .prop_map(|(search, is_descending)| Operation::List { search, is_descending }),
    ]
}

fn of_deletes() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => (streams(), expectations(), any::<bool>())
            .prop_map(|(stream, expected, is_hard)| Operation::Delete { stream, expected, is_hard }),
        1 => streams().prop_map(Operation::Undelete),
    ]
}

fn of_snapshots() -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => (streams(), 0..4_u32, policies())
            .prop_map(|(source, version, policy)| Operation::RecordSnapshot { source, version, policy }),
        1 => streams().prop_map(Operation::ReadSnapshot),
        1 => streams().prop_map(Operation::DeleteSnapshot),
    ]
}

fn of_subscriptions() -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => option::of(streams()).prop_map(Operation::FindSubscription),
        3 => (option::of(streams()), 0..12_u32)
            .prop_map(|(stream, checkpoint)| Operation::SaveCheckpoint { stream, checkpoint }),
    ]
}

/// Reads of several pages: a change that is made meanwhile may be seen by only some of them.
pub(super) fn long_reads() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (option::of(streams()), matching(), directions(), 0..30_u32, 1..20_u32).prop_map(
            |(stream, matching, direction, from, limit)| Operation::ReadMatching {
                stream,
                matching,
                direction,
                from,
                limit,
            }
        ),
        1 => (option::of(streams()), 0..IDS + 2).prop_map(|(stream, second)| Operation::NumberAt { stream, second }),
    ]
}

fn matching() -> impl Strategy<Value = Matching> {
    let types = option::of(vec(0..4_u8, 0..3));
    (types, option::of(streams()), option::of(streams()), option::of(0..5_u8)).prop_map(
        |(types, prefix, category, correlation)| Matching {
            types,
            prefix,
            category,
            correlation,
        },
    )
}

fn streams() -> impl Strategy<Value = Stream> {
    (0..STREAMS).prop_map(Stream)
}

fn writes() -> impl Strategy<Value = Write> {
    (streams(), expectations(), ids(), any::<bool>()).prop_map(|(stream, expected, ids, is_idempotent)| Write {
        stream,
        expected,
        ids,
        is_idempotent,
    })
}

/// Some ids in any order, now and then one of them twice.
fn ids() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => btree_set(0..IDS, 1..5).prop_map(|ids| ids.into_iter().collect::<Vec<_>>()).prop_shuffle(),
        1 => vec(0..IDS, 0..3),
    ]
}

fn expectations() -> impl Strategy<Value = ExpectedVersion> {
    prop_oneof![
        4 => Just(ExpectedVersion::Any),
        1 => Just(ExpectedVersion::NoStream),
        1 => Just(ExpectedVersion::StreamExists),
        3 => (0..6_u32).prop_map(|version| ExpectedVersion::Exact(version.into())),
    ]
}

fn directions() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Backward)]
}

fn policies() -> impl Strategy<Value = SnapshotPolicy> {
    prop_oneof![Just(SnapshotPolicy::KeepNewest), Just(SnapshotPolicy::Replace)]
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again = if self.is_idempotent { " idempotently" } else { "" };
        write!(f, "{:?} into {} at {}{again}", self.ids, self.stream, self.expected)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |stream: &Option<Stream>| stream.map_or_else(|| "$all".to_owned(), |stream| stream.to_string());
        match self {
            Self::Append(write) => write!(f, "append {write}"),
            Self::AppendSet(writes) => {
                let writes: Vec<_> = writes.iter().map(ToString::to_string).collect();
                write!(f, "append set {}", writes.join(" and "))
            }
            Self::Link(write) => write!(f, "link {write}"),
            Self::Delete {
                stream,
                expected,
                is_hard,
            } => {
                let how = if *is_hard { "hard" } else { "soft" };
                write!(f, "{how} delete {stream} at {expected}")
            }
            Self::Undelete(stream) => write!(f, "undelete {stream}"),
            Self::Read {
                stream,
                direction,
                from,
                limit,
            } => write!(f, "read {} {direction:?} from {from} at most {limit}", of(stream)),
            Self::ReadMatching {
                stream,
                matching,
                direction,
                from,
                limit,
            } => write!(
                f,
                "read {matching:?} of {} {direction:?} from {from} at most {limit}",
                of(stream)
            ),
            Self::NumberAt { stream, second } => write!(f, "number in {} at second {second}", of(stream)),
            Self::Info(stream) => write!(f, "info of {}", of(stream)),
            Self::List { search, is_descending } => {
                write!(f, "list {} descending {is_descending}", of(search))
            }
            Self::RecordSnapshot {
                source,
                version,
                policy,
            } => write!(f, "record snapshot of {source} at {version} {policy:?}"),
            Self::ReadSnapshot(source) => write!(f, "read snapshot of {source}"),
            Self::DeleteSnapshot(source) => write!(f, "delete snapshot of {source}"),
            Self::FindSubscription(stream) => write!(f, "find or create subscription to {}", of(stream)),
            Self::SaveCheckpoint { stream, checkpoint } => {
                write!(f, "save checkpoint {checkpoint} of subscription to {}", of(stream))
            }
        }
    }
}
