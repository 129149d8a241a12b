use anyhow::{Context, Result};
use eventstore_core::backend::{NumberedEvent, Page, PageRequest, PageRoom};
use eventstore_core::{Direction, EventNumber, RecordedEvent, StreamSelector, Timestamp};
use redb::{ReadTransaction, ReadableTable};

use crate::streams;
use crate::tables::{Bytes, EVENTS, STREAMS, VERSIONS};

/// No number is missing, because nothing is ever deleted.
pub(crate) fn page(db: &ReadTransaction, request: &PageRequest) -> Result<Page> {
    let end = EventNumber::from(streams::get(&db.open_table(STREAMS)?, &request.selector)?.version);
    let (first, last) = (request.from.max(EventNumber::FIRST), request.from.min(end));
    let (numbers, before, beyond): (Box<dyn Iterator<Item = u64>>, _, _) = match request.direction {
        Direction::Forward => (
            Box::new(first.get()..=end.get()),
            first.previous(),
            end.max(first.previous()),
        ),
        Direction::Backward => (Box::new((1..=last.get()).rev()), last.next(), EventNumber::FIRST),
    };
    let (mut events, mut room) = (Vec::new(), PageRoom::of(request));
    let (mut scanned_to, mut is_last) = (beyond, true);
    for number in numbers {
        let event = numbered(db, &request.selector, number)?;
        if !request.filter.matches(&event) {
            continue;
        }
        if events.len() == usize::try_from(request.limit)? || !room.admits_event(&event) {
            (scanned_to, is_last) = (events.last().map_or(before, EventNumber::from), false);
            break;
        }
        events.push(event);
    }
    Ok(Page {
        events,
        scanned_to,
        is_last,
    })
}

pub(crate) fn number_at(db: &ReadTransaction, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
    let end = EventNumber::from(streams::get(&db.open_table(STREAMS)?, selector)?.version);
    let mut events = (1..=end.get()).map(|number| numbered(db, selector, number));
    let found = events.find(|event| event.as_ref().map_or(true, |event| event.created_at >= at));
    Ok(found.transpose()?.map_or(end.next(), |event| event.number))
}

pub(crate) fn event(events: &impl ReadableTable<u64, Bytes>, position: u64) -> Result<RecordedEvent> {
    let stored = events.get(position)?.context("an event is missing")?;
    Ok(postcard::from_bytes(stored.value())?)
}

fn numbered(db: &ReadTransaction, selector: &StreamSelector, number: u64) -> Result<NumberedEvent> {
    let position = match selector {
        StreamSelector::All => number,
        StreamSelector::Stream(name) => {
            let position = db.open_table(VERSIONS)?.get((name.as_str(), number))?;
            position.context("a version is missing")?.value()
        }
    };
    let event = event(&db.open_table(EVENTS)?, position)?;
    Ok(NumberedEvent::new(selector, EventNumber::from_storage(number)?, event))
}
