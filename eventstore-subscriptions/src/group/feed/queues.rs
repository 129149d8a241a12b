use std::collections::{BTreeMap, BTreeSet, VecDeque};

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{EventNumber, PartitionNumber};

/// How many events, and how many bytes of their payloads, wait for a process at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Events of one partition.
    pub(super) per_partition: usize,
    /// Events of all partitions. A partition without any may always have one.
    pub(super) events: usize,
    /// Bytes of payloads of one partition.
    pub(super) bytes_per_partition: u64,
    /// Bytes of payloads of all partitions.
    pub(super) bytes: u64,
}

/// The events that were read for the partitions that a process holds, and were not taken yet.
///
/// # Contract
///
/// - Each partition is given its own events after its checkpoint, in order, each once.
/// - One pass over the log serves all partitions. A partition that is new, or whose queue was full, is behind: the pass goes back for it once it
///   has room, and the others skip what they have seen.
/// - A partition whose queue is full holds up no other.
#[derive(Debug)]
pub(super) struct Queues {
    limits: Limits,
    by_partition: BTreeMap<PartitionNumber, Queue>,
    /// The partitions that have been read less far than the frontier.
    behind: BTreeSet<PartitionNumber>,
    /// Up to here everything was read for all partitions that are not behind.
    frontier: EventNumber,
    /// Nothing is known to exist beyond the frontier.
    is_at_the_end: bool,
    /// The last read was for a partition that is behind: the next one may be at the frontier.
    went_back: bool,
    events: usize,
    bytes: u64,
}

#[derive(Debug)]
struct Queue {
    events: VecDeque<NumberedEvent>,
    bytes: u64,
    /// Everything up to here was read for this partition, if it is behind.
    read_to: EventNumber,
    /// What is not after this number is not for this partition: it begins here, or has taken what comes before.
    after: EventNumber,
}

/// A page, with the partition of each event.
#[derive(Debug)]
pub(super) struct PartitionedPage {
    pub(super) events: Vec<(PartitionNumber, NumberedEvent)>,
    pub(super) scanned_to: EventNumber,
    pub(super) is_last: bool,
}

/// What a partition is given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) events: Vec<NumberedEvent>,
    /// All events of the partition up to here were given.
    pub(super) up_to: EventNumber,
    pub(super) is_last: bool,
}

impl Queues {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            by_partition: BTreeMap::new(),
            behind: BTreeSet::new(),
            frontier: EventNumber::ZERO,
            is_at_the_end: false,
            went_back: false,
            events: 0,
            bytes: 0,
        }
    }

    /// Reads for this partition too, after its checkpoint.
    pub(super) fn add(&mut self, partition: PartitionNumber, after: EventNumber) {
        self.remove(partition);
        if self.by_partition.is_empty() {
            self.frontier = after;
            self.is_at_the_end = false;
        }
        if after < self.frontier {
            self.behind.insert(partition);
        }
        let queue = Queue {
            events: VecDeque::new(),
            bytes: 0,
            read_to: after,
            after,
        };
        self.by_partition.insert(partition, queue);
    }

    pub(super) fn remove(&mut self, partition: PartitionNumber) {
        if let Some(queue) = self.by_partition.remove(&partition) {
            self.forget(&queue.events);
        }
        self.behind.remove(&partition);
    }

    /// Forgets what was read and not taken: it may be of a log that is no more.
    pub(super) fn begin_again(&mut self) {
        for (partition, queue) in &mut self.by_partition {
            queue.events.clear();
            queue.bytes = 0;
            queue.read_to = queue.after;
            if queue.after < self.frontier {
                self.behind.insert(*partition);
            }
        }
        (self.events, self.bytes) = (0, 0);
        self.is_at_the_end = false;
    }

    /// There may be more events beyond the frontier.
    pub(super) fn expect_more(&mut self) {
        self.is_at_the_end = false;
    }

    /// Up to where everything was read for all partitions that are not behind.
    pub(super) fn frontier(&self) -> EventNumber {
        self.frontier
    }

    /// Whether anything waits.
    pub(super) fn has_any(&self) -> bool {
        self.events > 0
    }

    /// Up to where everything was read for this partition, if nothing waits for it.
    pub(super) fn idle_at(&self, partition: PartitionNumber) -> Option<EventNumber> {
        let queue = self.by_partition.get(&partition)?;
        queue.events.is_empty().then(|| self.read_to(partition, queue))
    }

    /// The number after which to read next, unless there is nothing to read, or no room.
    pub(super) fn next_read(&self) -> Option<EventNumber> {
        let back = self
            .behind
            .iter()
            .filter_map(|partition| self.by_partition.get(partition));
        let back = back
            .filter(|queue| self.has_room(queue))
            .map(|queue| queue.read_to)
            .min();
        let is_all_behind = self.behind.len() == self.by_partition.len();
        let on = (!self.is_at_the_end && !is_all_behind).then_some(self.frontier);
        if self.went_back { on.or(back) } else { back.or(on) }
    }

    /// Takes in a page that was read after this number. Returns the partitions that have got something to take.
    pub(super) fn put(&mut self, after: EventNumber, page: PartitionedPage) -> BTreeSet<PartitionNumber> {
        let mut filled = BTreeSet::new();
        let mut full = BTreeSet::new();
        for (partition, event) in page.events {
            match self.put_event(after, partition, event) {
                Put::Queued => _ = filled.insert(partition),
                Put::Full => _ = full.insert(partition),
                Put::NotWanted => {}
            }
        }
        self.pass(after, page.scanned_to, &full);
        // The log may end before the frontier, which a checkpoint beyond its end has set.
        if page.scanned_to >= self.frontier || page.is_last {
            self.frontier = page.scanned_to;
            self.is_at_the_end = page.is_last;
        }
        self.behind.retain(|partition| {
            self.by_partition
                .get(partition)
                .is_some_and(|queue| queue.read_to < self.frontier || full.contains(partition))
        });
        self.went_back = after < self.frontier && page.scanned_to < self.frontier;
        filled
    }

    /// Gives a partition its events after this number, at most so many with at most so many bytes, but one in any case.
    pub(super) fn take(&mut self, partition: PartitionNumber, after: EventNumber, limit: usize, bytes: u64) -> Taken {
        let Some(mut queue) = self.by_partition.remove(&partition) else {
            return Taken {
                up_to: after,
                is_last: true,
                ..Taken::default()
            };
        };
        if after < queue.after {
            self.forget(&queue.events);
            queue.events.clear();
            queue.bytes = 0;
            (queue.after, queue.read_to) = (after, after);
            self.behind.insert(partition);
        }
        let taken = self.take_from(&mut queue, after, limit, bytes);
        let is_last = queue.events.is_empty();
        let up_to = match taken.last() {
            Some(last) if !is_last => last.number,
            _ => self.read_to(partition, &queue).max(after),
        };
        queue.after = up_to;
        self.by_partition.insert(partition, queue);
        Taken {
            events: taken,
            up_to,
            is_last,
        }
    }

    fn take_from(&mut self, queue: &mut Queue, after: EventNumber, limit: usize, bytes: u64) -> Vec<NumberedEvent> {
        let mut taken = Vec::new();
        let mut taken_bytes = 0_u64;
        while let Some(event) = queue.events.front() {
            if event.number > after {
                taken_bytes = taken_bytes.saturating_add(event.payload_bytes());
                if taken.len() >= limit || (taken_bytes > bytes && !taken.is_empty()) {
                    break;
                }
            }
            let Some(event) = queue.events.pop_front() else { break };
            self.forget([&event]);
            queue.bytes = queue.bytes.saturating_sub(event.payload_bytes());
            if event.number > after {
                taken.push(event);
            }
        }
        taken
    }

    fn put_event(&mut self, after: EventNumber, partition: PartitionNumber, event: NumberedEvent) -> Put {
        let Some(queue) = self.by_partition.get(&partition) else {
            return Put::NotWanted;
        };
        let read_to = self.read_to(partition, queue);
        // Between what was read for it and this page, there may be events of it.
        if read_to < after || event.number <= read_to {
            return Put::NotWanted;
        }
        if event.number <= queue.after {
            return Put::NotWanted;
        }
        if !self.has_room(queue) {
            self.fall_behind(partition, read_to);
            return Put::Full;
        }
        self.events += 1;
        self.bytes = self.bytes.saturating_add(event.payload_bytes());
        if let Some(queue) = self.by_partition.get_mut(&partition) {
            if self.behind.contains(&partition) {
                queue.read_to = event.number;
            }
            queue.bytes = queue.bytes.saturating_add(event.payload_bytes());
            queue.events.push_back(event);
        }
        Put::Queued
    }

    /// A full queue stays where it is, at its last event at the least.
    fn fall_behind(&mut self, partition: PartitionNumber, read_to: EventNumber) {
        if let Some(queue) = self.by_partition.get_mut(&partition) {
            let last = queue.events.back().map_or(read_to, |event| event.number);
            queue.read_to = read_to.max(last);
            self.behind.insert(partition);
        }
    }

    /// What is behind, and was not full, has been read as far as the page goes.
    fn pass(&mut self, after: EventNumber, scanned_to: EventNumber, full: &BTreeSet<PartitionNumber>) {
        for partition in self.behind.difference(full) {
            if let Some(queue) = self
                .by_partition
                .get_mut(partition)
                .filter(|queue| queue.read_to >= after)
            {
                queue.read_to = queue.read_to.max(scanned_to);
            }
        }
    }

    fn read_to(&self, partition: PartitionNumber, queue: &Queue) -> EventNumber {
        if self.behind.contains(&partition) {
            queue.read_to
        } else {
            self.frontier
        }
    }

    fn has_room(&self, queue: &Queue) -> bool {
        let is_within_limits = self.events < self.limits.events && self.bytes < self.limits.bytes;
        let has_few = queue.events.len() < self.limits.per_partition && queue.bytes < self.limits.bytes_per_partition;
        queue.events.is_empty() || (has_few && is_within_limits)
    }

    fn forget<'e>(&mut self, events: impl IntoIterator<Item = &'e NumberedEvent>) {
        for event in events {
            self.events -= 1;
            self.bytes = self.bytes.saturating_sub(event.payload_bytes());
        }
    }
}

/// What became of an event of a page.
enum Put {
    Queued,
    /// The partition has no room: it falls behind, and the event is read again.
    Full,
    /// No one here holds the partition, or it has been given the event before.
    NotWanted,
}
