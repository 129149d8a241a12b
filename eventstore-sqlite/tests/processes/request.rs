use eventstore_core::{Append, AppendSet, EventId, EventType, ExpectedVersion, NewEvent, StreamName};
use uuid::Uuid;

use crate::random::Random;

/// How many streams there are.
const STREAMS: u64 = 8;

/// What a writer appends at once: one append, or a set of them. All of it follows from the two numbers, so that whoever
/// reads an event knows what else must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) writer: u32,
    pub(crate) number: u32,
}

impl Request {
    /// The request that an event belongs to, and the index of the event in it.
    pub(crate) fn of(id: EventId) -> (Self, usize) {
        let id = id.as_uuid().as_u128();
        let part = |shift: u32| u32::try_from((id >> shift) & u128::from(u32::MAX)).unwrap();
        let request = Self {
            writer: part(64),
            number: part(32),
        };
        (request, usize::try_from(part(0)).unwrap())
    }

    pub(crate) fn first_event(self) -> Uuid {
        self.event(0)
    }

    fn event(self, index: u32) -> Uuid {
        Uuid::from_u128((u128::from(self.writer) << 64) | (u128::from(self.number) << 32) | u128::from(index))
    }

    /// One to three streams with one to four events each.
    pub(crate) fn appends(self) -> Vec<Append> {
        let mut random = Random::seeded((u64::from(self.writer) << 32) | u64::from(self.number));
        let (streams, first) = (1 + random.below(3), random.below(STREAMS));
        let mut index = 0;
        let append = |stream| {
            let stream = StreamName::new(format!("s-{}", (first + stream) % STREAMS)).unwrap();
            let events: Vec<_> = (0..=random.below(4))
                .map(|_| {
                    let id = self.event(index);
                    index += 1;
                    NewEvent::new(id, EventType::new("Happened").unwrap(), payload(&mut random))
                })
                .collect();
            Append::new(stream, ExpectedVersion::Any, events).unwrap()
        };
        (0..streams).map(append).collect()
    }

    /// How many events it has.
    pub(crate) fn events(self) -> usize {
        self.appends().iter().map(|append| append.events().len()).sum()
    }

    pub(crate) fn set(self) -> AppendSet {
        AppendSet::new(self.appends()).unwrap()
    }
}

/// Mostly short; now and then one that takes several pages of the file.
fn payload(random: &mut Random) -> Vec<u8> {
    let limit = match random.below(20) {
        0 => 20_000,
        1..=4 => 3_000,
        _ => 200,
    };
    let words = 1 + random.below(limit) / 8;
    (0..words).flat_map(|_| random.next().to_le_bytes()).collect()
}
