use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use eventstore_core::EventId;
use sha2::{Digest, Sha256};

/// The first events of a stream, told by how many they are and a digest of their ids: two are equal only if they are the same
/// events in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    pub(crate) events: u64,
    pub(crate) digest: String,
}

/// Takes the events of a stream one after another.
#[derive(Debug, Clone, Default)]
pub(crate) struct PrefixBuilder {
    events: u64,
    ids: Sha256,
}

impl PrefixBuilder {
    pub(crate) fn push(&mut self, event_id: EventId) {
        self.events += 1;
        self.ids.update(event_id.as_uuid().as_bytes());
    }

    /// How many events were taken.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// All that were taken.
    pub(crate) fn prefix(&self) -> Prefix {
        Prefix {
            events: self.events,
            digest: STANDARD.encode(self.ids.clone().finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn prefix(ids: &[u128]) -> Prefix {
        let mut builder = PrefixBuilder::default();
        for id in ids {
            builder.push(Uuid::from_u128(*id).into());
        }
        builder.prefix()
    }

    #[test]
    fn is_equal_for_the_same_events_in_the_same_order_only() {
        assert_eq!(prefix(&[1, 2]), prefix(&[1, 2]));
        for other in [&[][..], &[1], &[2, 1], &[1, 3], &[1, 2, 3]] {
            assert_ne!(prefix(&[1, 2]), prefix(other));
        }
    }
}
