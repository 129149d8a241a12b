//! Events as the statements of this room return them: all events of a page in one value (ADR 58).
//!
//! The driver copies and sends each column of each row by itself, which takes longer than SQLite takes to read the event. So a statement
//! joins the columns of an event, and then the events. An event begins with ten numbers. A comma ends each of them, and a number without a
//! value is empty. The last six are lengths. The texts and bytes that have these lengths follow; an id always has 16 bytes:
//!
//! ```text
//! position,number,stream version,time,
//! bytes of the stream,of the type,of the causation id,of the correlation id,of the data,of the metadata,
//! stream, id, type, causation id, correlation id, data, metadata
//! ```
//!
//! The number is empty where it is the position or the version; the stream is empty where it is the one that is read. Of large payloads,
//! only the lengths are there. SQLite takes the value for a text, but neither checks nor changes the bytes.

use bytes::Bytes;
use eventstore_backend::Recent;
use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Error, EventNumber, EventType, NewEvent, Position, RecordedEvent, Result, StreamName, StreamSelector,
    StreamVersion, Timestamp,
};
use uuid::Uuid;

/// The bytes of an id.
const ID: u64 = 16;

/// An event, and how many bytes its payloads have if they were left out.
pub(super) struct Unpacked {
    pub(super) event: NumberedEvent,
    pub(super) left_out: Option<u64>,
}

/// Takes events one after the other out of a packed value.
pub(super) struct Unpacker<'p> {
    selector: &'p StreamSelector,
    /// Payloads that have more bytes were left out.
    share: u64,
    rest: Fields<'p>,
    streams: Recent<StreamName>,
    event_types: Recent<EventType>,
}

impl<'p> Unpacker<'p> {
    pub(super) fn new(selector: &'p StreamSelector, share: u64, packed: &'p [u8]) -> Self {
        Self {
            selector,
            share,
            rest: Fields(packed),
            streams: Recent::default(),
            event_types: Recent::default(),
        }
    }

    /// `None` after the last event.
    pub(super) fn next(&mut self) -> Result<Option<Unpacked>> {
        if self.rest.0.is_empty() {
            return Ok(None);
        }
        let numbers = self.rest.numbers()?;
        self.unpack(&numbers).map(Some)
    }

    fn unpack(&mut self, numbers: &Numbers) -> Result<Unpacked> {
        let stream = self.stream(numbers.stream_bytes)?;
        let id = self.rest.id()?;
        let event_type = self.rest.text(numbers.event_type_bytes)?;
        let event_type = self.event_types.find_or_insert(event_type, EventType::from_storage);
        let mut event = NewEvent::new(id, event_type, Bytes::new());
        event.causation_id = self.rest.optional_id(numbers.causation_id_bytes)?;
        event.correlation_id = self.rest.optional_id(numbers.correlation_id_bytes)?;
        let bytes = numbers.data_bytes.saturating_add(numbers.metadata_bytes.unwrap_or(0));
        let left_out = Some(bytes).filter(|bytes| *bytes > self.share);
        if left_out.is_none() {
            event.data = self.rest.payload(numbers.data_bytes)?;
            event.metadata = numbers
                .metadata_bytes
                .map(|bytes| self.rest.payload(bytes))
                .transpose()?;
        }
        let event =
            RecordedEvent::new(event, stream, numbers.version, numbers.created_at).with_position(numbers.position);
        let event = NumberedEvent::new(self.selector, self.number(numbers), event);
        Ok(Unpacked { event, left_out })
    }

    fn number(&self, numbers: &Numbers) -> EventNumber {
        numbers.number.unwrap_or_else(|| match self.selector {
            StreamSelector::All => numbers.position.into(),
            StreamSelector::Stream(_) => numbers.version.into(),
        })
    }

    fn stream(&mut self, bytes: Option<u64>) -> Result<StreamName> {
        match (bytes, self.selector) {
            (Some(bytes), _) => {
                let name = self.rest.text(bytes)?;
                Ok(self.streams.find_or_insert(name, StreamName::from_storage))
            }
            (None, StreamSelector::Stream(name)) => Ok(name.clone()),
            (None, StreamSelector::All) => Err(damaged()),
        }
    }
}

/// The numbers before the texts and bytes of an event.
struct Numbers {
    position: Position,
    number: Option<EventNumber>,
    version: StreamVersion,
    created_at: Timestamp,
    stream_bytes: Option<u64>,
    event_type_bytes: u64,
    causation_id_bytes: Option<u64>,
    correlation_id_bytes: Option<u64>,
    data_bytes: u64,
    metadata_bytes: Option<u64>,
}

/// What is left of a packed value.
struct Fields<'p>(&'p [u8]);

impl<'p> Fields<'p> {
    fn numbers(&mut self) -> Result<Numbers> {
        Ok(Numbers {
            position: Position::from_storage(self.integer()?.ok_or_else(damaged)?)?,
            number: self.integer()?.map(EventNumber::from_storage).transpose()?,
            version: StreamVersion::from_storage(self.integer()?.ok_or_else(damaged)?)?,
            created_at: Timestamp::from_storage(self.integer()?.ok_or_else(damaged)?)?,
            stream_bytes: self.length()?,
            event_type_bytes: self.length()?.ok_or_else(damaged)?,
            causation_id_bytes: self.length()?,
            correlation_id_bytes: self.length()?,
            data_bytes: self.length()?.ok_or_else(damaged)?,
            metadata_bytes: self.length()?,
        })
    }

    /// The length of an event's stream is negative if there is no such stream.
    fn length(&mut self) -> Result<Option<u64>> {
        let length = self.integer()?;
        length
            .map(|length| u64::try_from(length).map_err(|_| damaged()))
            .transpose()
    }

    fn integer(&mut self) -> Result<Option<i64>> {
        let end = self.0.iter().position(|byte| *byte == b',').ok_or_else(damaged)?;
        let (text, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        if text.is_empty() {
            return Ok(None);
        }
        let text = std::str::from_utf8(text).map_err(Error::corrupt)?;
        text.parse().map(Some).map_err(Error::corrupt)
    }

    fn bytes(&mut self, length: u64) -> Result<&'p [u8]> {
        let length = usize::try_from(length).map_err(Error::corrupt)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self, length: u64) -> Result<&'p str> {
        std::str::from_utf8(self.bytes(length)?).map_err(Error::corrupt)
    }

    fn id(&mut self) -> Result<Uuid> {
        Uuid::from_slice(self.bytes(ID)?).map_err(Error::corrupt)
    }

    fn optional_id(&mut self, length: Option<u64>) -> Result<Option<Uuid>> {
        match length {
            None => Ok(None),
            Some(ID) => self.id().map(Some),
            Some(_) => Err(damaged()),
        }
    }

    /// A copy, so that an event that is kept does not keep its whole page.
    fn payload(&mut self, length: u64) -> Result<Bytes> {
        self.bytes(length).map(Bytes::copy_from_slice)
    }
}

fn damaged() -> Error {
    Error::corrupt("an event has a value that no event can have, or a stream that does not exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event of the stream `s,,`, with the id and the type in that order.
    const PACKED: &[u8] = b"7,,3,1000000,3,8,,,2,,s,,0123456789abcdefHappened{}";

    fn unpack(packed: &[u8], share: u64) -> Result<Option<Unpacked>> {
        Unpacker::new(&StreamSelector::All, share, packed).next()
    }

    #[test]
    fn lengths_say_where_values_end() {
        let packed = [PACKED, PACKED].concat();
        let mut unpacker = Unpacker::new(&StreamSelector::All, 2, &packed);
        for _ in 0..2 {
            let event = unpacker.next().unwrap().unwrap().event;
            assert_eq!((event.stream.as_str(), event.event_type.as_str()), ("s,,", "Happened"));
            assert_eq!(event.event_id.as_uuid().as_bytes(), b"0123456789abcdef");
            assert_eq!(
                (event.number, event.stream_version, &*event.data),
                (7.into(), 3.into(), &b"{}"[..])
            );
        }
        assert!(unpacker.next().unwrap().is_none());
    }

    #[test]
    fn an_event_that_is_cut_off_is_damaged() {
        for end in 1..PACKED.len() {
            let error = unpack(&PACKED[..end], 2).err();
            assert!(matches!(error, Some(Error::Storage { .. })), "{end}: {error:?}");
        }
    }

    #[test]
    fn what_no_event_can_have_is_damaged() {
        for numbers in [
            "7,,3,1000000,-1,8,,,2,,",
            "7,,3,1000000,,8,,,2,,",
            "-7,,3,1000000,3,8,,,2,,",
            "7,,3,1000000,3,8,15,,2,,",
            "7,,3,x,3,8,,,2,,",
            ",,3,1000000,3,8,,,2,,",
        ] {
            let packed = [numbers.as_bytes(), &[b'a'; 100]].concat();
            let error = unpack(&packed, 2).err();
            assert!(matches!(error, Some(Error::Storage { .. })), "{numbers}: {error:?}");
        }
    }
}
