use std::collections::{BTreeMap, HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::{AppendGroup, GroupBuilder, GroupId, GroupLimits, Parts, Patience, QueuedAppend, Ticket, Verdict};
use crate::{Append, StreamName};

/// The queue of one process's appends on their way into shared transactions (group commit): a state machine without I/O, clock or
/// randomness.
///
/// Submit appends with [`submit`](Self::submit), commit the groups that [`next_group`](Self::next_group) returns, and report the result
/// with [`finish`](Self::finish) or [`split`](Self::split).
///
/// # Contract
///
/// - Each append that is not withdrawn is returned in a group again and again, until the group does not give it back. Appends to one stream
///   are returned in the order of their arrival.
/// - No stream is in two groups at once, and no event id is in one group twice.
/// - Appends to one stream share a group only if they have the same expected version, and it is not a particular version.
/// - A group of several appends stays within the limits. Appends that arrived first go first.
#[derive(Debug)]
pub struct AppendQueue {
    limits: GroupLimits,
    lanes: HashMap<StreamName, StreamQueue>,
    /// The streams' queues that can go into a group, by their first append.
    prompt: BTreeMap<Ticket, StreamName>,
    /// The queues whose first append may have to wait for a lock.
    patient: BTreeMap<Ticket, StreamName>,
    parts: Parts,
    under_way: HashMap<GroupId, UnderWay>,
    last_ticket: u64,
    last_group: u64,
}

/// The queue of the appends to one stream.
#[derive(Debug, Default)]
struct StreamQueue {
    waiting: VecDeque<QueuedAppend>,
    /// The number of groups that it is in: several only if they are parts of one group.
    groups: usize,
}

#[derive(Debug)]
struct UnderWay {
    patience: Patience,
    streams: Vec<StreamName>,
}

impl AppendQueue {
    /// Creates an empty queue.
    pub fn new(limits: GroupLimits) -> Self {
        Self {
            limits,
            lanes: HashMap::new(),
            prompt: BTreeMap::new(),
            patient: BTreeMap::new(),
            parts: Parts::default(),
            under_way: HashMap::new(),
            last_ticket: 0,
            last_group: 0,
        }
    }

    /// Adds an append to the end of the queue.
    pub fn submit(&mut self, append: Arc<Append>) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.put_back(QueuedAppend {
            ticket,
            append,
            attempts: 0,
            patience: Patience::Prompt,
        });
        ticket
    }

    /// Withdraws an append; returns `false` if it is in a group under way and cannot be stopped any more.
    pub fn withdraw(&mut self, ticket: Ticket, stream: &StreamName) -> bool {
        let is_taken =
            self.take_waiting(ticket, stream) || !self.recall(stream, |part| part.ticket == ticket).is_empty();
        // `take_waiting` has hidden the queue, even if it did not find the append.
        self.show(stream);
        is_taken
    }

    /// Whether no append waits and no group is under way.
    pub fn is_idle(&self) -> bool {
        self.lanes.is_empty() && self.under_way.is_empty()
    }

    /// Returns the next appends to commit together, if a group may begin now.
    pub fn next_group(&mut self) -> Option<AppendGroup> {
        self.next_prompt_group().or_else(|| self.next_patient_group())
    }

    /// Ends a group; appends that are given back return to their place in the queue, before later appends to the same stream.
    ///
    /// For a group that is not under way, this does nothing.
    pub fn finish(&mut self, group: GroupId, again: impl IntoIterator<Item = QueuedAppend>) {
        let Some(ended) = self.under_way.remove(&group) else {
            return;
        };
        for append in again {
            // Later appends to the same stream may wait in a part. They go back to the queue behind this one, or the
            // part would overtake it.
            let later = self.recall(append.append().stream(), |part| part.ticket > append.ticket);
            self.put_back(append);
            for append in later {
                self.put_back(append);
            }
        }
        for stream in &ended.streams {
            self.leave(stream);
        }
    }

    /// Ends a group that failed as a whole because of some of its appends, and returns these parts of it next, each as a group that no
    /// other append joins.
    ///
    /// In a part, appends to one stream must be next to each other, as they were in the group.
    pub fn split(&mut self, group: GroupId, parts: Vec<Vec<QueuedAppend>>) {
        for part in parts.into_iter().rev().filter(|part| !part.is_empty()) {
            let part = self.group(part, Patience::Prompt);
            // The part enters its streams before `finish` leaves them. In between, the queues would be free, and a
            // later append could overtake the part.
            self.enter(&part);
            self.parts.push_front(part);
        }
        self.finish(group, []);
    }

    fn next_prompt_group(&mut self) -> Option<AppendGroup> {
        let under_way = self.count(Patience::Prompt);
        if under_way >= self.limits.prompt_groups.get() {
            return None;
        }
        // A part goes before new groups, however small it is: its streams accept no other append until it is done.
        if let Some(part) = self.next_part() {
            return Some(self.begin(part));
        }
        // A small group beside another one costs a commit of its own. Its appends gain more by waiting, because the
        // callers that come back join them (ADR 19).
        if under_way > 0 && !self.has_events(self.limits.worthwhile) {
            return None;
        }
        let appends = self.take_appends();
        if appends.is_empty() {
            return None;
        }
        let group = self.group(appends, Patience::Prompt);
        self.enter(&group);
        Some(self.begin(group))
    }

    fn next_part(&mut self) -> Option<AppendGroup> {
        let under_way = &self.under_way;
        self.parts
            .pop(|stream| under_way.values().any(|group| group.streams.contains(stream)))
    }

    fn next_patient_group(&mut self) -> Option<AppendGroup> {
        if self.count(Patience::Patient) >= self.limits.patient_groups.get() {
            return None;
        }
        let (_, stream) = self.patient.pop_first()?;
        let append = self.lanes.get_mut(&stream)?.waiting.pop_front()?;
        // The append is alone, so that an append to another stream does not wait for this stream's lock as well
        // (ADR 17).
        let group = self.group(vec![append], Patience::Patient);
        self.enter(&group);
        Some(self.begin(group))
    }

    /// Takes as many appends as fit into one group, queue by queue.
    fn take_appends(&mut self) -> Vec<QueuedAppend> {
        let mut taken = GroupBuilder::new(self.limits);
        let mut passed_over = Vec::new();
        for _ in 0..self.share() {
            let Some((first, stream)) = self.prompt.pop_first() else {
                break;
            };
            let waiting = self.lanes.get_mut(&stream).map(|lane| &mut lane.waiting);
            let verdict = waiting.map_or(Verdict::Full, |waiting| taken.take_from(waiting));
            if verdict == Verdict::Taken {
                continue;
            }
            // Only these queues go back to `prompt`. A queue that gave an append stays out of it until its group ends,
            // so that its stream is in one group at a time.
            passed_over.push((first, stream));
            // An append that clashes is passed over. One that does not fit ends the group, or else small appends would
            // overtake a large one for ever.
            if verdict == Verdict::Full {
                break;
            }
        }
        self.prompt.extend(passed_over);
        taken.appends
    }

    /// How many queues a group takes: the first group leaves half of them to the next, if both are worth it.
    fn share(&self) -> usize {
        let lanes = self.prompt.len();
        let is_first = self.count(Patience::Prompt) == 0 && self.limits.prompt_groups > NonZeroUsize::MIN;
        if is_first && self.has_events(2 * self.limits.worthwhile) {
            lanes.div_ceil(2)
        } else {
            lanes
        }
    }

    /// Whether the first appends of the queues that can go have at least this many events.
    fn has_events(&self, events: usize) -> bool {
        let mut left = events;
        let mut firsts = self
            .prompt
            .values()
            .filter_map(|stream| self.lanes.get(stream)?.waiting.front());
        firsts.any(|first| {
            left = left.saturating_sub(first.append().events().len());
            left == 0
        })
    }

    fn group(&mut self, appends: Vec<QueuedAppend>, patience: Patience) -> AppendGroup {
        self.last_group += 1;
        AppendGroup {
            id: GroupId(self.last_group),
            patience,
            appends,
        }
    }

    fn begin(&mut self, mut group: AppendGroup) -> AppendGroup {
        for append in &mut group.appends {
            append.attempts += 1;
        }
        let streams = group.streams().cloned().collect();
        self.under_way.insert(
            group.id,
            UnderWay {
                patience: group.patience,
                streams,
            },
        );
        group
    }

    fn count(&self, patience: Patience) -> usize {
        self.under_way
            .values()
            .filter(|group| group.patience == patience)
            .count()
    }

    /// Marks the queues of the group as taken: they cannot go into another group.
    fn enter(&mut self, group: &AppendGroup) {
        for stream in group.streams() {
            self.lanes.entry(stream.clone()).or_default().groups += 1;
        }
    }

    /// Lets the queue go again, or forgets it if it is empty.
    fn leave(&mut self, stream: &StreamName) {
        if let Some(lane) = self.lanes.get_mut(stream) {
            lane.groups -= 1;
        }
        self.show(stream);
    }

    /// Takes an append out of its queue.
    fn take_waiting(&mut self, ticket: Ticket, stream: &StreamName) -> bool {
        self.hide(stream);
        let Some(lane) = self.lanes.get_mut(stream) else {
            return false;
        };
        let place = lane.waiting.binary_search_by_key(&ticket, QueuedAppend::ticket);
        place.is_ok_and(|place| lane.waiting.remove(place).is_some())
    }

    /// Takes appends to a stream out of the parts that wait.
    fn recall(&mut self, stream: &StreamName, is_wanted: impl Fn(&QueuedAppend) -> bool) -> Vec<QueuedAppend> {
        let (recalled, parts) = self.parts.take(stream, is_wanted);
        if let Some(lane) = self.lanes.get_mut(stream) {
            lane.groups -= parts;
        }
        recalled
    }

    /// Puts an append back where its ticket belongs.
    fn put_back(&mut self, append: QueuedAppend) {
        let stream = append.append().stream().clone();
        // The queue is known by its first ticket, which the insertion may change.
        self.hide(&stream);
        let waiting = &mut self.lanes.entry(stream.clone()).or_default().waiting;
        let place = waiting.partition_point(|other| other.ticket < append.ticket);
        waiting.insert(place, append);
        self.show(&stream);
    }

    /// Removes a queue from those that can go.
    fn hide(&mut self, stream: &StreamName) {
        if let Some(first) = self.lanes.get(stream).and_then(|lane| lane.waiting.front()) {
            self.prompt.remove(&first.ticket);
            self.patient.remove(&first.ticket);
        }
    }

    /// Adds a queue to those that can go, if it can.
    fn show(&mut self, stream: &StreamName) {
        let Some(lane) = self.lanes.get(stream) else {
            return;
        };
        match lane.waiting.front() {
            _ if lane.groups > 0 => {}
            Some(first) => {
                let lanes = match first.patience {
                    Patience::Prompt => &mut self.prompt,
                    Patience::Patient => &mut self.patient,
                };
                lanes.insert(first.ticket, stream.clone());
            }
            None => {
                self.lanes.remove(stream);
            }
        }
    }
}
