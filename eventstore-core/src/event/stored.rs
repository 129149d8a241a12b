use std::collections::HashMap;

use crate::{Append, AppendReceipt, Error, EventId, Position, Result, StreamName, StreamVersion};

/// The place of a stored event whose id was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlace {
    /// The event's id.
    pub id: EventId,
    /// The stream that the event was appended to.
    pub stream: StreamName,
    /// The event's version in that stream.
    pub version: StreamVersion,
    /// The event's position in `$all`.
    pub position: Position,
    /// Whether the stored type and data are those that the event has in the append; `true` unless the append [compares
    /// contents](Append::compares_content).
    pub has_same_content: bool,
}

impl Append {
    /// Decides what stored events with ids of this append mean for it.
    ///
    /// Returns `None` if there are none, and the receipt of an earlier attempt if the append is idempotent and they are exactly its events.
    ///
    /// # Errors
    ///
    /// - [`Error::DuplicateEvent`] otherwise. Of an idempotent append, it names the first stored event that is not where an earlier attempt
    ///   would have put it, or the first stored event if all found events are in place but some are missing. Of any other append, it names
    ///   the first stored event.
    /// - [`Error::DifferentContent`] if exactly the events of the append are stored, but one of them has another type or other data, and
    ///   the append [compares contents](Self::compares_content)
    pub fn earlier_receipt(&self, stored: &[StoredPlace]) -> Result<Option<AppendReceipt>> {
        let stored: HashMap<_, _> = stored.iter().map(|event| (event.id, event)).collect();
        let found: Vec<_> = (0..)
            .zip(self.event_ids())
            .filter_map(|(index, id)| Some((index, *stored.get(&id)?)))
            .collect();
        let Some((index, first)) = found.first().copied() else {
            return Ok(None);
        };
        // An earlier attempt stored its events one after the other, without a gap in the stream or in `$all`. Anything
        // else is another append that uses the same ids.
        let fits = |(other, event): &(i64, &StoredPlace)| {
            let apart = other - index;
            event.stream == *self.stream()
                && event.version.as_i64() == first.version.as_i64() + apart
                && event.position.as_i64() == first.position.as_i64() + apart
        };
        let misfit = found.iter().find(|event| !fits(event)).map(|(_, event)| event.id);
        if misfit.is_some() || found.len() < self.events().len() || !self.is_idempotent() {
            return Err(Error::DuplicateEvent {
                event_id: misfit.filter(|_| self.is_idempotent()).unwrap_or(first.id),
            });
        }
        let differs = |event: &&(i64, &StoredPlace)| self.compares_content() && !event.1.has_same_content;
        if let Some((_, event)) = found.iter().find(differs) {
            return Err(Error::DifferentContent { event_id: event.id });
        }
        let receipt = AppendReceipt::following(
            first.stream.clone(),
            first.version.previous(),
            first.position.previous(),
            u64::try_from(found.len()).unwrap_or(u64::MAX),
        )?;
        Ok(Some(AppendReceipt {
            is_deduplicated: true,
            ..receipt
        }))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{EventType, ExpectedVersion, Idempotence, NewEvent};

    fn append(ids: &[u128]) -> Append {
        let event = |id: &u128| NewEvent::new(Uuid::from_u128(*id), EventType::new("T").unwrap(), "");
        let stream = StreamName::new("s").unwrap();
        Append::new(stream, ExpectedVersion::NoStream, ids.iter().map(event)).unwrap()
    }

    /// The events with these ids in the stream `s`, from version 4 and position 7 on.
    fn stored(ids: &[u128]) -> Vec<StoredPlace> {
        let event = |(index, id): (u32, &u128)| StoredPlace {
            id: Uuid::from_u128(*id).into(),
            stream: StreamName::new("s").unwrap(),
            version: (4 + index).into(),
            position: (7 + index).into(),
            has_same_content: true,
        };
        (0..).zip(ids).map(event).collect()
    }

    fn refused_id(append: &Append, stored: &[StoredPlace]) -> u128 {
        match append.earlier_receipt(stored) {
            Err(Error::DuplicateEvent { event_id }) => event_id.as_uuid().as_u128(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn new_events_are_no_matter() {
        assert!(matches!(append(&[1, 2]).earlier_receipt(&[]), Ok(None)));
        assert!(matches!(
            append(&[1, 2])
                .with_idempotence(Idempotence::ByIds)
                .earlier_receipt(&[]),
            Ok(None)
        ));
    }

    #[test]
    fn a_stored_event_refuses_an_ordinary_append() {
        assert_eq!(refused_id(&append(&[1, 2]), &stored(&[1, 2])), 1);
        assert_eq!(refused_id(&append(&[1, 2]), &stored(&[2])), 2);
    }

    #[test]
    fn just_these_events_give_the_receipt_of_the_earlier_attempt() {
        let receipt = append(&[1, 2])
            .with_idempotence(Idempotence::ByIds)
            .earlier_receipt(&stored(&[1, 2]))
            .unwrap()
            .unwrap();
        assert_eq!((receipt.first_version.get(), receipt.last_version.get()), (4, 5));
        assert_eq!((receipt.first_position.get(), receipt.last_position.get()), (7, 8));
        assert!(receipt.is_deduplicated);
    }

    #[test]
    fn another_content_refuses_an_append_that_compares_contents() {
        let mut stored = stored(&[1, 2]);
        stored[1].has_same_content = false;
        assert!(matches!(
            append(&[1, 2])
                .with_idempotence(Idempotence::ByIds)
                .earlier_receipt(&stored),
            Ok(Some(_))
        ));
        let comparing = append(&[1, 2]).with_idempotence(Idempotence::ByContent);
        let refused = comparing.earlier_receipt(&stored);
        assert!(matches!(refused, Err(Error::DifferentContent { event_id }) if event_id == stored[1].id));
        assert_eq!(
            refused_id(&append(&[2, 1]).with_idempotence(Idempotence::ByContent), &stored),
            1
        );
    }

    #[test]
    fn any_other_overlap_refuses_an_idempotent_append() {
        assert_eq!(
            refused_id(
                &append(&[1, 2, 3]).with_idempotence(Idempotence::ByIds),
                &stored(&[1, 2])
            ),
            1
        );
        assert_eq!(
            refused_id(&append(&[2, 1]).with_idempotence(Idempotence::ByIds), &stored(&[1, 2])),
            1
        );
        assert_eq!(
            refused_id(&append(&[0, 1]).with_idempotence(Idempotence::ByIds), &stored(&[1])),
            1
        );
        let mut elsewhere = stored(&[1, 2]);
        elsewhere[1].stream = StreamName::new("t").unwrap();
        assert_eq!(
            refused_id(&append(&[1, 2]).with_idempotence(Idempotence::ByIds), &elsewhere),
            2
        );
        let mut apart = stored(&[1, 2]);
        apart[1].position = 9.into();
        assert_eq!(
            refused_id(&append(&[1, 2]).with_idempotence(Idempotence::ByIds), &apart),
            2
        );
    }
}
